"""What `on_event` tells about each send: order, thread, context, and that it harms none."""

from __future__ import annotations

import asyncio
import contextvars
import logging
import sys
import threading
import time
from typing import Any

import pytest
from conftest import GOOD, async_client_of, bodies, client_of, is_of_an_end
from test_generated import declarations

import linkwa
from linkwa.outbox import Outbox, SqliteStore
from linkwa.receiver import CallbackReceiver

TO = "+46000000001"
GOOD_KINDS = ["send_queued", "attempt_begun", "phase_reached", "attempt_ended", "send_ended"]
"""Those of a send on a kept connection."""
FIRST_KINDS = ["send_queued", "attempt_begun", "phase_reached", "phase_reached", "attempt_ended", "send_ended"]
"""Those of a send on a new connection."""

request_id: contextvars.ContextVar[str] = contextvars.ContextVar("request_id")


class Listener:
    """Keeps each event, with the thread and the context in which it came."""

    def __init__(self) -> None:
        self.seen: list[tuple[linkwa.Event, int, str | None]] = []

    def __call__(self, event: linkwa.Event) -> None:
        self.seen.append((event, threading.get_ident(), request_id.get(None)))

    @property
    def events(self) -> list[linkwa.Event]:
        return [event for event, _, _ in self.seen]

    def kinds(self) -> list[str]:
        return [event.kind for event in self.events]


def test_the_events_of_a_send_come_before_it_returns_with_the_callers_thread_and_context(sandbox):
    listener = Listener()
    with client_of(sandbox.base_url) as client:
        client.send_text(TO, "warm")
        client.on_event(listener)
        sent: list[linkwa.SendResult] = []

        def send() -> None:
            request_id.set("from a thread")
            sent.append(client.send([TO, "+46000000002"], [linkwa.Text("a"), linkwa.Text("b")], ref_id="order-17"))
            assert listener.kinds() == GOOD_KINDS

        thread = threading.Thread(target=send)
        thread.start()
        thread.join()
        assert {(ident, context) for _, ident, context in listener.seen} == {(thread.ident, "from a thread")}
        queued, begun, body, attempt, ended = listener.events
        assert len({event.send_id for event in listener.events}) == 1
        assert queued.ref_id == "order-17" and queued.message_types == ("text", "text") and queued.destinations == 2
        assert (begun.attempt, body.phase) == (1, "body")
        # The worker of the send before may not have noticed its end.
        assert begun.under_way in (1, 2) and begun.queued == 0
        assert (attempt.outcome, attempt.http_status, attempt.result_code) == ("accepted", 200, 112001)
        assert attempt.answer_time is not None and 0 < attempt.answer_time <= attempt.elapsed <= ended.elapsed < 60
        assert abs(ended.time - time.time()) < 60 and queued.time <= begun.time <= body.time <= ended.time
        assert queued.elapsed == begun.elapsed == 0
        assert (ended.outcome, ended.http_status, ended.result_code) == ("accepted", 200, 112001)
        assert (ended.code, ended.reason) == (None, None)
        assert attempt.connect_time is None and ended.pause is None
        assert f"{sandbox.base_url}/messages" == ended.url
        assert ended.to_dict()["kind"] == "send_ended" and "pause" not in ended.to_dict()
        assert "kind='send_ended'" in repr(ended)

        listener.seen.clear()
        # On the main thread a worker sends.
        with pytest.raises(linkwa.Rejected):
            client.send_text("+46000001400", "x")
        assert listener.kinds() == GOOD_KINDS
        ended = listener.events[-1]
        assert (ended.outcome, ended.http_status, ended.code, ended.reason) == ("rejected", 400, "rejected", None)
        assert {ident for _, ident, _ in listener.seen} == {threading.get_ident()}


def test_a_removed_function_is_called_no_more_and_one_that_raises_is_logged_and_harms_nothing(sandbox, caplog):
    first, second = Listener(), Listener()

    def broken(_: linkwa.Event) -> None:
        raise ValueError("a listener's own")

    with client_of(sandbox.base_url) as client:
        removes = [client.on_event(function) for function in (first, broken, second, second)]
        with caplog.at_level(logging.ERROR, "linkwa"):
            client.send_text(TO, "x")
        assert first.kinds() == FIRST_KINDS and second.kinds() == [kind for kind in FIRST_KINDS for _ in range(2)]
        assert len(caplog.records) == len(FIRST_KINDS) and all(record.exc_info for record in caplog.records)
        for remove in (*removes, removes[0]):
            remove()
        client.send_text(TO, "x")
        assert (len(first.events), len(second.events)) == (len(FIRST_KINDS), 2 * len(FIRST_KINDS))


@pytest.mark.parametrize("way", ["blocking", "async"])
@pytest.mark.parametrize("kind", ["send_queued", "send_ended"])
@pytest.mark.parametrize("ends", [KeyboardInterrupt, SystemExit])
def test_an_exception_that_ends_the_program_has_the_outcome_of_the_send_that_it_interrupts(
    sandbox, caplog, way, kind, ends
):
    sandbox.reset()

    def interrupt(event: linkwa.Event) -> None:
        if event.kind == kind:
            raise ends

    async def send(to: str) -> None:
        async with async_client_of(sandbox.base_url) as client:
            client.on_event(interrupt)
            await client.send_text(to, "x", ref_id="r")

    for to, outcome in ((TO, "accepted"), ("+46000001400", "rejected"), ("+46000001500", "unknown")):
        caplog.clear()
        with pytest.raises(ends) as caught:
            if way == "async":
                asyncio.run(send(to))
            else:
                with client_of(sandbox.base_url) as client:
                    client.on_event(interrupt)
                    client.send_text(to, "x", ref_id="r")
        (record,) = [record for record in caplog.records if is_of_an_end(record)]
        assert (record.levelname, record.ref_id, record.outcome) == ("WARNING", "r", outcome)
        assert (caught.value.linkwa_ref_id, caught.value.linkwa_outcome) == ("r", outcome)
        assert getattr(caught.value, "__notes__", [record.getMessage()]) == [record.getMessage()]
    assert len(bodies(sandbox)) == 3


def test_the_outcome_of_a_send_of_an_observer_is_not_that_of_the_send_that_it_observes(sandbox, tmp_path):
    def interrupt(event: linkwa.Event) -> None:
        if event.kind == "send_ended":
            error: Any = KeyboardInterrupt()
            error.linkwa_ref_id, error.linkwa_outcome = "of the observer", "not_sent"
            raise error

    with client_of(sandbox.base_url) as client, SqliteStore(tmp_path / "outbox.db") as store:
        outbox = Outbox(client, store)
        outbox.create_schema()
        client.on_event(interrupt)
        with pytest.raises(KeyboardInterrupt) as caught:
            outbox.send(TO, linkwa.Text("x"), ref_id="r")
        assert (caught.value.linkwa_ref_id, caught.value.linkwa_outcome) == ("r", "accepted")
        status = outbox.status("r")
        assert status is not None and status.state == "unknown"


def test_an_exception_that_interrupts_what_is_no_send_has_no_outcome(sandbox, caplog):
    with client_of(sandbox.base_url) as client:
        client.on_event(lambda event: sys.exit(1))
        client_of(sandbox.base_url).send_text(TO, "x")
        with pytest.raises(linkwa.InvalidRequest):
            client.send_text("not a number", "x")
        with pytest.raises(SystemExit) as caught:
            client.request("GET", "nothing")
    assert (caught.value.linkwa_ref_id, caught.value.linkwa_outcome) == ("", "answered")
    assert [record.outcome for record in caplog.records if is_of_an_end(record)] == ["answered"]


@pytest.mark.parametrize("way", ["blocking", "async"])
def test_a_run_keeps_the_result_in_whose_place_an_observer_raises(fault, way):
    server = fault(GOOD)
    interrupts = [SystemExit]
    runs: list[Any] = []

    def interrupt(event: linkwa.Event) -> None:
        if event.kind == "send_ended" and interrupts:
            raise interrupts.pop()

    def begin(client: Any) -> Any:
        client.on_event(interrupt)
        runs.append(client.send_many([TO, "+46000000002"], linkwa.Text("x"), destinations_per_request=1))
        return runs[0]

    async def first() -> None:
        async with async_client_of(server.url, max_connections=1) as client:
            await begin(client).__anext__()

    async def rest() -> list[linkwa.Chunk]:
        return [chunk async for chunk in runs[0]]

    if way == "async":
        with pytest.raises(SystemExit):
            asyncio.run(first())
        chunks = asyncio.run(rest())
    else:
        with client_of(server.url, max_connections=1) as client:
            many = begin(client)
            with pytest.raises(SystemExit):
                next(many)
            chunks = list(many)
    accepted = [chunk for chunk in chunks if chunk.error is None]
    assert len(accepted) == runs[0].progress.sent >= 1


async def nothing(event: linkwa.Event) -> None:
    """Does nothing."""


@pytest.mark.parametrize("wrong", [None, "print", 1, nothing])
def test_what_cannot_be_called_is_no_function_for_events(sandbox, wrong):
    receiver = CallbackReceiver(print, guard=None)
    with client_of(sandbox.base_url) as client:
        for target in (client, receiver):
            with pytest.raises(TypeError, match="'function'"):
                target.on_event(wrong)


def test_each_task_of_an_event_loop_gets_its_own_events_in_its_own_context(sandbox):
    listener = Listener()

    async def send(client: linkwa.AsyncClient, number: int) -> str:
        request_id.set(f"task {number}")
        return (await client.send_text(TO, "x")).ref_id

    async def main() -> list[str]:
        async with async_client_of(sandbox.base_url) as client:
            client.on_event(listener)
            return await asyncio.gather(*(send(client, number) for number in range(8)))

    ref_ids = asyncio.run(main())
    assert len(set(ref_ids)) == 8 and listener.kinds().count("send_ended") == 8
    assert {ident for _, ident, _ in listener.seen} == {threading.get_ident()}
    for number, ref_id in enumerate(ref_ids):
        own = [(event.kind, context) for event, _, context in listener.seen if event.ref_id == ref_id]
        assert {context for _, context in own} == {f"task {number}"}
        assert [kind for kind, _ in own] in (FIRST_KINDS, GOOD_KINDS)


def test_a_cancelled_task_gets_the_end_of_its_send(fault):
    listener = Listener()
    server = fault()

    async def main() -> None:
        async with async_client_of(server.url) as client:
            client.on_event(listener)
            task = asyncio.ensure_future(client.send_text(TO, "x"))
            while not server.bodies:
                await asyncio.sleep(0.005)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    asyncio.run(main())
    assert listener.kinds() == FIRST_KINDS
    assert [(event.kind, event.outcome, event.reason) for event in listener.events[-2:]] == [
        ("attempt_ended", "unknown", "cancelled"),
        ("send_ended", "unknown", "cancelled"),
    ]


def test_a_run_reports_its_requests_when_results_are_read(sandbox):
    numbers = [f"+4670000{index:04}" for index in range(6)]
    listener = Listener()
    with client_of(sandbox.base_url) as client:
        client.on_event(listener)
        for chunk in client.send_many(numbers, linkwa.Text("x"), destinations_per_request=2, ref_id="run"):
            assert chunk.error is None
            assert chunk.ref_id in {event.ref_id for event in listener.events if event.kind == "send_ended"}
    assert {event.destinations for event in listener.events} == {2}
    ended = [event for event in listener.events if event.kind == "send_ended"]
    assert sorted(event.ref_id or "" for event in ended) == ["run-0", "run-1", "run-2"]
    assert {(event.outcome, event.result_code) for event in ended} == {("accepted", 112001)}

    async def main() -> None:
        async with async_client_of(sandbox.base_url) as client:
            client.on_event(listener)
            listener.seen.clear()
            async for chunk in client.send_many(numbers, linkwa.Text("x"), destinations_per_request=2):
                assert chunk.ref_id in {event.ref_id for event in listener.events if event.kind == "send_ended"}

    asyncio.run(main())
    assert listener.kinds().count("send_ended") == 3


def test_an_event_has_every_field_that_core_declares_and_no_number_text_or_credential(sandbox):
    listener = Listener()
    with client_of(sandbox.base_url, headers={"x-api-key": "canarykey"}) as client:
        client.on_event(listener)
        client.send_text("+46700000118", "canarytext", custom_parameters={"canaryname": "canaryvalue"}, ref_id="r")
        client.request("POST", "canarypath/46700000118", {"canary": "canarybody"})
    names = {field["name"] for field in declarations()["event"]}
    for event in listener.events:
        assert {name for name in dir(event) if not name.startswith("_")} == names | {"to_dict"}
        text = repr([getattr(event, name) for name in names]).lower()
        assert "canary" not in text and "46700000" not in text and "secret" not in text, text
    assert listener.kinds() == [*FIRST_KINDS, *GOOD_KINDS]
    assert {event.method for event in listener.events} == {"POST"}
    answered = listener.events[-1]
    assert (answered.outcome, answered.http_status, answered.url, answered.ref_id) == ("answered", 404, None, None)
