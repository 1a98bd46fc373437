"""The spans and metrics of `linkwa.otel`, made with OpenTelemetry's SDK."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from conftest import SECRET, async_client_of, bodies, client_of, http, run_script

import linkwa
from linkwa.receiver import CallbackReceiver

pytest.importorskip("opentelemetry.sdk", reason="opentelemetry-sdk is not installed")

from opentelemetry import trace
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from linkwa.otel import context_of, instrument

TO = "+46700000118"
TEXT = "a private text"
PEER = "195.84.162.34"
"""An address of LINK's."""
MESSAGE = b'{"messageId": "i", "source": "+461", "content": {"message": {"contentType": "TEXT", "text": "x"}}}'


class Telemetry:
    """Keeps spans and metrics."""

    def __init__(self) -> None:
        self.exporter = InMemorySpanExporter()
        self.reader = InMemoryMetricReader()
        self.tracers = TracerProvider()
        self.tracers.add_span_processor(SimpleSpanProcessor(self.exporter))
        self.meters = MeterProvider([self.reader])
        self.tracer = self.tracers.get_tracer("test")

    def instrument(self, target: Any, **options: Any) -> Any:
        return instrument(target, tracer_provider=self.tracers, meter_provider=self.meters, **options)

    def spans(self, name: str | None = None) -> list[ReadableSpan]:
        """The spans that have ended, in that order."""
        return [span for span in self.exporter.get_finished_spans() if name in (None, span.name)]

    def points(self, name: str) -> list[tuple[dict[str, Any], Any]]:
        """The attributes and the value of each series of a metric."""
        data = self.reader.get_metrics_data()
        metrics = [
            metric
            for resource in (data.resource_metrics if data else [])
            for scope in resource.scope_metrics
            for metric in scope.metrics
            if metric.name == name
        ]
        return [(dict(point.attributes), point) for metric in metrics for point in metric.data.data_points]

    def values(self, name: str) -> list[tuple[dict[str, Any], Any]]:
        return [(attributes, point.value) for attributes, point in self.points(name)]

    def all(self) -> str:
        """Everything that is exported, as a text."""
        data = self.reader.get_metrics_data()
        return "".join(span.to_json() for span in self.spans()) + (data.to_json() if data else "")


@pytest.fixture
def telemetry() -> Iterator[Telemetry]:
    telemetry = Telemetry()
    yield telemetry
    telemetry.tracers.shutdown()
    telemetry.meters.shutdown()


def is_child(span: ReadableSpan, parent: Any) -> bool:
    context = parent.get_span_context()
    return span.parent is not None and (span.parent.span_id, span.context.trace_id) == (
        context.span_id,
        context.trace_id,
    )


def host_and_port(url: str) -> dict[str, Any]:
    host, _, port = url.split("/")[2].partition(":")
    return {"server.address": host, "server.port": int(port)}


def test_a_send_is_a_span_with_a_client_span_for_its_attempt(sandbox, telemetry):
    with client_of(sandbox.base_url) as client:
        telemetry.instrument(client)
        with telemetry.tracer.start_as_current_span("job") as job:
            client.send([TO, "+46700000119"], [linkwa.Text(TEXT), linkwa.Text("b")], ref_id="order-17")
    attempt, send, _ = telemetry.spans()
    assert (send.name, send.kind, send.status.status_code) == ("linkwa.send", SpanKind.INTERNAL, StatusCode.UNSET)
    assert is_child(send, job) and is_child(attempt, send)
    assert dict(send.attributes or {}) == {
        "linkwa.ref_id": "order-17",
        "linkwa.message_types": ("text", "text"),
        "linkwa.destinations": 2,
        "linkwa.outcome": "accepted",
        "linkwa.result_code": 112001,
    }
    assert (attempt.name, attempt.kind, attempt.status.status_code) == ("POST", SpanKind.CLIENT, StatusCode.UNSET)
    where = host_and_port(sandbox.base_url)
    assert dict(attempt.attributes or {}) == {
        "http.request.method": "POST",
        **where,
        "url.full": f"{sandbox.base_url}/messages",
        "http.response.status_code": 200,
        "linkwa.outcome": "accepted",
        "linkwa.result_code": 112001,
    }
    assert [event.name for event in attempt.events] == ["linkwa.connect", "linkwa.body"]
    assert attempt.start_time <= attempt.events[0].timestamp <= attempt.events[1].timestamp <= attempt.end_time
    assert send.instrumentation_scope.name == "linkwa" and send.instrumentation_scope.version == linkwa.__version__
    ((attributes, duration),) = telemetry.points("http.client.request.duration")
    assert attributes == {"http.request.method": "POST", **where, "http.response.status_code": 200}
    assert duration.count == 1 and 0 < duration.sum < 60 and duration.explicit_bounds[:2] == (0.005, 0.01)


@pytest.mark.parametrize(
    ("to", "status", "error"), [("+46000001400", 400, "400"), ("+46000001503", 503, "server_error")]
)
def test_a_send_that_fails_says_why(sandbox, telemetry, to, status, error):
    with client_of(sandbox.base_url) as client:
        telemetry.instrument(client)
        with pytest.raises(linkwa.LinkwaError) as raised:
            client.send_text(to, TEXT)
    attempt, send = telemetry.spans()
    for span in (attempt, send):
        attributes = span.attributes or {}
        assert (attributes["error.type"], attributes["linkwa.outcome"]) == (error, raised.value.outcome)
        assert (span.status.status_code, span.status.description, span.events[2:]) == (StatusCode.ERROR, None, ())
    assert (attempt.attributes or {})["http.response.status_code"] == status
    ((attributes, _),) = telemetry.points("http.client.request.duration")
    assert (attributes["http.response.status_code"], attributes["error.type"]) == (status, error)


def test_each_attempt_is_a_span_with_its_number(telemetry):
    with client_of("http://127.0.0.1:1/x") as client:
        telemetry.instrument(client)
        with pytest.raises(linkwa.NotSent):
            client.send_text(TO, TEXT)
    *attempts, send = telemetry.spans()
    assert [(span.attributes or {}).get("http.request.resend_count") for span in attempts] == [None, 1, 2]
    assert all(is_child(span, send) for span in attempts)
    ((_, duration),) = telemetry.points("http.client.request.duration")
    assert duration.count == 3
    assert {(span.attributes or {})["error.type"] for span in (*attempts, send)} == {"connect"}


def test_what_is_never_a_send_is_a_span_with_its_error(sandbox, telemetry):
    with client_of(sandbox.base_url) as client:
        telemetry.instrument(client)
        with pytest.raises(linkwa.InvalidRequest):
            client.send_text("not a number", TEXT)
        with pytest.raises(TypeError):
            client.send_text(TO, 17)  # type: ignore[arg-type]
    assert [(span.name, (span.attributes or {})["error.type"]) for span in telemetry.spans()] == [
        ("linkwa.send", "invalid_request")
    ]


def test_a_request_to_another_resource_has_no_path(sandbox, telemetry):
    with client_of(sandbox.base_url) as client:
        telemetry.instrument(client)
        client.request("PUT", f"mo/{TO[1:]}", {"a": TEXT})
    attempt, request = telemetry.spans()
    assert (request.name, attempt.name) == ("linkwa.request", "PUT")
    where = {"http.request.method": "PUT", **host_and_port(sandbox.base_url), "http.response.status_code": 404}
    assert dict(attempt.attributes or {}) == {**where, "linkwa.outcome": "answered", "error.type": "404"}
    assert dict(request.attributes or {}) == {"linkwa.outcome": "answered", "error.type": "404"}
    ((attributes, _),) = telemetry.points("http.client.request.duration")
    assert attributes == {**where, "error.type": "404"}


def test_tasks_of_an_event_loop_have_their_own_traces(sandbox, telemetry):
    async def job(client: linkwa.AsyncClient, number: int) -> tuple[Any, str]:
        with telemetry.tracer.start_as_current_span(f"job {number}") as span:
            return span, (await client.send_text(TO, TEXT)).ref_id

    async def main() -> list[tuple[Any, str]]:
        async with async_client_of(sandbox.base_url) as client:
            telemetry.instrument(client)
            return await asyncio.gather(*(job(client, number) for number in range(8)))

    jobs = asyncio.run(main())
    sends = {(span.attributes or {})["linkwa.ref_id"]: span for span in telemetry.spans("linkwa.send")}
    attempts = telemetry.spans("POST")
    assert len(sends) == len(attempts) == 8
    for span, ref_id in jobs:
        assert is_child(sends[ref_id], span)
        assert [is_child(attempt, sends[ref_id]) for attempt in attempts].count(True) == 1


def test_a_cancelled_task_ends_its_spans(fault, telemetry):
    server = fault()

    async def main() -> None:
        async with async_client_of(server.url) as client:
            telemetry.instrument(client)
            task = asyncio.ensure_future(client.send_text(TO, TEXT))
            while not server.bodies:
                await asyncio.sleep(0.005)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    asyncio.run(main())
    assert [(span.name, (span.attributes or {})["error.type"]) for span in telemetry.spans()] == [
        ("POST", "cancelled"),
        ("linkwa.send", "cancelled"),
    ]


def test_the_requests_of_a_run_are_spans_and_join_its_trace(sandbox, telemetry):
    sandbox.reset()
    numbers = [f"+4670000{index:04}" for index in range(6)]
    with client_of(sandbox.base_url) as client:
        telemetry.instrument(client, propagate=True)
        with telemetry.tracer.start_as_current_span("run") as run:
            chunks = list(client.send_many(numbers, linkwa.Text(TEXT), destinations_per_request=2))

        async def main() -> int:
            async with async_client_of(sandbox.base_url) as other:
                telemetry.instrument(other, propagate=True)
                with telemetry.tracer.start_as_current_span("async run"):
                    many = other.send_many(numbers, linkwa.Text(TEXT), destinations_per_request=3)
                    return len([chunk async for chunk in many])

        assert (len(chunks), asyncio.run(main())) == (3, 2)
    sends = telemetry.spans("linkwa.send")
    assert {(span.attributes or {})["linkwa.ref_id"] for span in sends[:3]} == {chunk.ref_id for chunk in chunks}
    assert all(is_child(span, run) for span in sends[:3]) and len(sends) == 5
    assert all(any(is_child(attempt, send) for send in sends) for attempt in telemetry.spans("POST"))
    parents = [body["customParameters"]["traceparent"].split("-")[1] for body in bodies(sandbox)]
    assert len(parents) == 5 and set(parents[:3]) == {format(run.get_span_context().trace_id, "032x")}
    assert set(parents[3:]) == {format(sends[4].context.trace_id, "032x")}


def test_a_run_inside_a_function_of_on_event_has_spans_of_its_own(sandbox, telemetry):
    with client_of(sandbox.base_url) as client:
        telemetry.instrument(client)

        def send_more(event: linkwa.Event) -> None:
            if (event.kind, event.ref_id) == ("send_ended", "first"):
                assert len(list(client.send_many([TO], linkwa.Text(TEXT), ref_id="more"))) == 1

        client.on_event(send_more)
        client.send_text(TO, TEXT, ref_id="first")
    more, first = telemetry.spans("linkwa.send")
    assert [(span.attributes or {})["linkwa.ref_id"] for span in (more, first)] == ["more-0", "first"]
    assert is_child(more, first)


def test_a_delivery_joins_the_trace_of_its_send(sandbox, telemetry):
    sandbox.reset()
    seen: list[tuple[linkwa.Callback, Any]] = []
    receiver = CallbackReceiver(lambda callback: seen.append((callback, trace.get_current_span())), guard=None)
    telemetry.instrument(receiver, propagate=True)
    with client_of(sandbox.base_url, custom_parameters={"shop": "17"}) as client:
        telemetry.instrument(client, propagate=True)
        client.send_text(TO, TEXT)
        client.send_text(TO, TEXT, custom_parameters={"traceparent": "my own"})
        client.send_text(TO, TEXT, custom_parameters={})
    own, kept, added = (body["customParameters"] for body in bodies(sandbox))
    send = telemetry.spans("linkwa.send")[0]
    trace_id, span_id = format(send.context.trace_id, "032x"), format(send.context.span_id, "016x")
    assert own.pop("shop") == "17" and own["traceparent"].startswith(f"00-{trace_id}-{span_id}-") and len(own) == 1
    assert kept == {"traceparent": "my own"} and list(added) == ["traceparent"]

    def report(parameters: dict[str, str], result_code: int) -> bytes:
        return json.dumps({"messageId": "m", "resultCode": result_code, "customParameters": parameters}).encode()

    for parameters, code in [(own, 112003), (kept, 112002), ({"traceparent": 5}, 112007)]:
        assert receiver.handle(PEER, {}, report(parameters, code))[0] == 200
    delivery, *others = telemetry.spans("linkwa.callback")
    assert delivery.kind is SpanKind.CONSUMER and is_child(delivery, send)
    assert dict(delivery.attributes or {}) == {"linkwa.callback.kind": "event_report", "linkwa.status": "delivered"}
    assert [span.parent for span in others] == [None, None]
    assert seen[0][1].get_span_context() == delivery.get_span_context()
    context = trace.get_current_span(context_of(seen[0][0])).get_span_context()
    assert (context.trace_id, context.is_remote) == (send.context.trace_id, True)
    message = linkwa.parse_callback(json.dumps({**json.loads(MESSAGE), "customParameters": own}))
    assert not trace.get_current_span(context_of(message)).get_span_context().is_valid


def test_without_propagate_nothing_is_added_or_believed(sandbox, telemetry):
    sandbox.reset()
    with client_of(sandbox.base_url) as client:
        telemetry.instrument(client)
        client.send_text(TO, TEXT)
    (body,) = bodies(sandbox)
    assert "customParameters" not in body
    receiver = CallbackReceiver(lambda callback: None, guard=None)
    telemetry.instrument(receiver)
    parent = {"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}
    receiver.handle(PEER, {}, json.dumps({"messageId": "m", "resultCode": 112003, "customParameters": parent}).encode())
    assert [span.parent for span in telemetry.spans("linkwa.callback")] == [None]


def test_callbacks_are_counted_by_kind_and_verdict_and_a_failed_handler_is_an_error(telemetry):
    async def handle(callback: linkwa.Callback) -> None:
        if isinstance(callback, linkwa.ReceivedMessage):
            raise LookupError(TEXT)

    receiver = CallbackReceiver(handle, guard=linkwa.CallbackGuard())
    end = telemetry.instrument(receiver)
    report, message = (
        b'{"messageId": "m", "resultCode": 112003}',
        MESSAGE,
    )

    async def main() -> list[int]:
        calls = [(PEER, report), (PEER, message), ("192.0.2.1", report), (PEER, b"{"), (None, report)]
        return [(await receiver.handle_async(peer, {}, body))[0] for peer, body in calls]

    assert asyncio.run(main()) == [200, 500, 403, 400, 403]
    kind, verdict = "linkwa.callback.kind", "linkwa.callback.verdict"
    assert sorted(telemetry.values("linkwa.callbacks"), key=str) == [
        ({kind: "event_report", verdict: "accepted"}, 1),
        ({kind: "received_message", verdict: "accepted"}, 1),
        ({verdict: "address"}, 1),
        ({verdict: "invalid"}, 1),
        ({verdict: "unusable"}, 1),
    ]
    delivered, failed = telemetry.spans("linkwa.callback")
    assert delivered.status.status_code is StatusCode.UNSET
    assert ((failed.attributes or {})["error.type"], failed.status.status_code) == ("LookupError", StatusCode.ERROR)
    assert TEXT not in telemetry.all()
    end()
    receiver.handle(PEER, {}, report.replace(b'"m"', b'"n"'))
    assert len(telemetry.spans("linkwa.callback")) == 2


def test_metrics_say_how_many_sends_are_under_way_and_wait(fault, telemetry):
    server = fault()

    async def main() -> list[Any]:
        async with async_client_of(server.url, max_connections=1) as client:
            end = telemetry.instrument(client)
            tasks = [asyncio.ensure_future(client.send_text(TO, TEXT)) for _ in range(3)]
            while not server.bodies:
                await asyncio.sleep(0.005)
            names = ("http.client.active_requests", "linkwa.client.queued")
            seen = [telemetry.values(name) for name in names]
            end()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            return [*seen, telemetry.values(names[0])]

    where = host_and_port(server.url)
    assert asyncio.run(main()) == [[(where, 1)], [(where, 2)], []]


class Broken(SpanProcessor):
    """Raises an exception at the start of a span, at its end, or both."""

    def __init__(self, *where: str, raises: type[BaseException] = ZeroDivisionError) -> None:
        self.where, self.raises = where, raises

    def on_start(self, span: Any, parent_context: Any = None) -> None:
        if "start" in self.where:
            raise self.raises

    def on_end(self, span: ReadableSpan) -> None:
        if "end" in self.where:
            raise self.raises


@pytest.mark.parametrize("where", [("start",), ("end",), ("start", "end"), ("meter",)])
def test_an_exception_of_a_tracer_or_a_meter_harms_no_send_and_no_callback(
    sandbox, telemetry, caplog, monkeypatch, where
):
    sandbox.reset()
    telemetry.tracers.add_span_processor(Broken(*where))
    handled: list[linkwa.Callback] = []
    receiver = CallbackReceiver(handled.append, guard=None)
    if "meter" in where:

        def fail(*_: Any) -> None:
            raise ZeroDivisionError

        monkeypatch.setattr("opentelemetry.sdk.metrics._internal.instrument.Histogram.record", fail)
        monkeypatch.setattr("opentelemetry.sdk.metrics._internal.instrument.Counter.add", fail)

    async def main() -> None:
        async with async_client_of(sandbox.base_url) as client:
            telemetry.instrument(client, propagate=True)
            assert (await client.send_text(TO, TEXT, ref_id="c")).result_code == 112001

    telemetry.instrument(receiver, propagate=True)
    with client_of(sandbox.base_url) as client:
        telemetry.instrument(client, propagate=True)
        for ref_id in ("a", "b"):
            assert client.send_text(TO, TEXT, ref_id=ref_id).result_code == 112001
        with pytest.raises(linkwa.Rejected):
            client.send_text("+46000001400", TEXT, ref_id="refused")
        (chunk,) = client.send_many([TO], linkwa.Text(TEXT), ref_id="run")
        assert chunk.error is None
    asyncio.run(main())
    for _ in range(2):
        assert receiver.handle(PEER, {}, MESSAGE)[0] == 200
    assert len(handled) == 1
    assert sorted(body["refId"] for body in bodies(sandbox)) == ["a", "b", "c", "refused", "run-0"]
    warnings = [record for record in caplog.records if record.name == "linkwa.otel"]
    # One of each client and of the receiver.
    assert len(warnings) == 3 and all(record.exc_info for record in warnings)
    assert not trace.get_current_span().get_span_context().is_valid
    if "meter" not in where:
        assert sum(point.count for _, point in telemetry.points("http.client.request.duration")) == 5


@pytest.mark.parametrize("where", ["start", "end"])
def test_ctrl_c_in_a_tracer_keeps_the_outcome_of_the_send(sandbox, telemetry, where):
    with client_of(sandbox.base_url) as client:
        telemetry.instrument(client)
        telemetry.tracers.add_span_processor(Broken(where, raises=KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt) as caught:
            client.send_text(TO, TEXT, ref_id="r")
    known = (getattr(caught.value, "linkwa_ref_id", None), getattr(caught.value, "linkwa_outcome", None))
    # At its start nothing was sent.
    assert known == ((None, None) if where == "start" else ("r", "accepted"))


def test_a_provider_that_is_set_later_gets_the_values_of_all_clients(sandbox):
    script = """
from opentelemetry import metrics
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from linkwa.otel import instrument
clients = [make_client(), make_client(base_url="http://127.0.0.1:1/x"), make_client(base_url="http://127.0.0.1:2/x")]
instrument(clients[0])
reader = InMemoryMetricReader()
provider = MeterProvider([reader])
metrics.set_meter_provider(provider)
instrument(clients[1])
instrument(clients[2], meter_provider=provider)
clients[0].send_text("+46000000001", "Hello")
found = {}
for metric in reader.get_metrics_data().resource_metrics[0].scope_metrics[0].metrics:
    found[metric.name] = len(metric.data.data_points)
print(sorted(found.items()))
"""
    status, out, err = run_script(script, sandbox.base_url)
    counts = [("http.client.active_requests", 3), ("http.client.request.duration", 1), ("linkwa.client.queued", 3)]
    assert (status, out, err) == (0, f"{counts}\n", "")


def test_the_end_of_one_call_leaves_a_later_one_and_other_clients_alone(sandbox, telemetry):
    with client_of(sandbox.base_url) as client, client_of(sandbox.base_url) as other:
        first = telemetry.instrument(client)
        second = telemetry.instrument(client)
        telemetry.instrument(other)
        for count, end in ((2, first), (4, second), (4, second)):
            client.send_text(TO, TEXT)
            assert len(telemetry.spans()) == count
            end()
        other.send_text(TO, TEXT)
        assert len(telemetry.spans()) == 6
    with pytest.raises(TypeError, match="'target'"):
        instrument(telemetry)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["target", "propagate", "tracer_provider", "meter_provider"])
def test_a_wrong_argument_is_a_type_error_that_names_it_and_changes_nothing(sandbox, telemetry, name):
    with client_of(sandbox.base_url) as client:
        telemetry.instrument(client)
        wrong: dict[str, Any] = {"target": client, name: "x"}
        with pytest.raises(TypeError, match=f"'{name}'"):
            instrument(**wrong)
        client.send_text(TO, TEXT)
    assert len(telemetry.spans("linkwa.send")) == 1


def test_the_default_client_can_be_instrumented(sandbox):
    script = """
from opentelemetry import metrics, trace
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from linkwa.otel import instrument
exporter, reader = InMemorySpanExporter(), InMemoryMetricReader()
trace.set_tracer_provider(TracerProvider())
trace.get_tracer_provider().add_span_processor(SimpleSpanProcessor(exporter))
metrics.set_meter_provider(MeterProvider([reader]))
instrument()
def observed():
    data = reader.get_metrics_data()
    scopes = [scope for resource in (data.resource_metrics if data else []) for scope in resource.scope_metrics]
    return sorted(metric.name for scope in scopes for metric in scope.metrics if scope.scope.name == "linkwa")
print(observed())  # there is no configuration yet
linkwa.configure(**account)
linkwa.send_text("+46000000001", "Hello")
print([span.name for span in exporter.get_finished_spans()], observed())
"""
    status, out, err = run_script(script, sandbox.base_url)
    names = ["http.client.active_requests", "http.client.request.duration", "linkwa.client.queued"]
    assert (status, out, err) == (0, f"[]\n['POST', 'linkwa.send'] {names}\n", "")


def test_threads_share_a_client_and_each_has_its_own_trace(sandbox, telemetry):
    with client_of(sandbox.base_url) as client:
        telemetry.instrument(client)

        def work(number: int) -> None:
            with telemetry.tracer.start_as_current_span(f"job {number}"):
                for _ in range(5):
                    client.send_text(TO, TEXT)

        threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    jobs = [span for span in telemetry.spans() if span.name.startswith("job")]
    sends, attempts = telemetry.spans("linkwa.send"), telemetry.spans("POST")
    assert [[is_child(send, job) for send in sends].count(True) for job in jobs] == [5] * 6
    assert [[is_child(attempt, send) for attempt in attempts].count(True) for send in sends] == [1] * 30


def test_no_span_metric_or_log_has_a_number_a_text_or_a_credential(sandbox, fault, telemetry, caplog):
    caplog.set_level(1)
    echo = fault(lambda body: http(400, b'{"resultCode":112404,"description":"+46700000118 a private text"}'))
    receiver = CallbackReceiver(
        lambda callback: None, guard=linkwa.CallbackGuard(any_address=True, basic=("user", SECRET))
    )
    telemetry.instrument(receiver, propagate=True)
    for url in (sandbox.base_url, echo.url):
        with client_of(url, custom_parameters={"canary": SECRET}) as client:
            telemetry.instrument(client, propagate=True)
            for send in (
                lambda client=client: client.send_text(TO, TEXT, ref_id="r"),
                lambda client=client: client.send_raw({"destinations": [TO], "messages": [TEXT]}),
                lambda client=client: client.request("POST", f"mo/{TO}", {"text": TEXT}),
                lambda client=client: client.send_text(f"{TO} {TEXT}", TEXT),
                lambda client=client: list(client.send_many([TO, TEXT], linkwa.Text(TEXT), ref_id="run")),
            ):
                try:
                    send()
                except linkwa.LinkwaError:
                    continue
    body = json.dumps({"messageId": TEXT, "refId": TO, "resultCode": 112003, "customParameters": {"a": TO}}).encode()
    header = {"Authorization": "Basic dXNlcjpjYW5hcnktN2YzYTlj"}
    assert receiver.handle(PEER, header, body)[0] == 200
    assert receiver.handle(PEER, {"Authorization": f"Basic {SECRET}"}, body)[0] == 401
    shown = telemetry.all()
    # For each of the two servers: a text, raw JSON, one that is invalid, and a run.
    assert (len(telemetry.spans("linkwa.send")), len(telemetry.spans("linkwa.request"))) == (8, 2)
    assert len(telemetry.spans("linkwa.callback")) == 1 and "linkwa.callbacks" in shown
    lines = [repr(vars(record)) for record in caplog.records if record.name.startswith("linkwa")]
    assert len(lines) >= len(telemetry.spans("POST")) == 8
    for private in (TO[1:], TEXT, SECRET, "dXNlcjpjYW5hcnktN2YzYTlj"):
        assert private not in shown and not any(private in line for line in lines), private


def test_without_opentelemetry_the_import_says_what_to_install(sandbox):
    script = """
sys.modules["opentelemetry"] = None
try:
    import linkwa.otel
except ImportError as error:
    print("linkwa[otel]" in str(error))
"""
    assert run_script(script, sandbox.base_url)[:2] == (0, "True\n")
