"""Uses everything of the clients, for the type checkers; it is not run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import linkwa
from linkwa.otel import context_of, instrument
from linkwa.receiver import CallbackReceiver
from linkwa.types import (
    Callback,
    ClientSettings,
    Disposition,
    HttpMethod,
    Message,
    MessageDict,
    MessageRequestDict,
    Messages,
    Outcome,
    PriorityWord,
    Reason,
    RegionWord,
    SendOptions,
    Status,
)

LINK = "https://example.com/a.png"
TO = ["+46000000001", "+46000000002"]
HEADER = linkwa.Header(linkwa.Document(LINK, filename="invoice.pdf"))
BUTTONS = linkwa.Buttons("Where to?", [linkwa.Button("home", "Home")], header=linkwa.Image(id="1017"), footer="Free")
SHOPS = linkwa.Section("Shops", (linkwa.Row("oslo", "Oslo", description="Open"), linkwa.Row("rome", "Rome")))
LIST = linkwa.List("Where to?", "Choose", [SHOPS], header="Trip", footer=None)


def make() -> linkwa.Client:
    linkwa.configure(
        base_url="http://127.0.0.1:1", username="user", password="secret", allow_http=True, ca_file=Path("ca")
    )
    client: linkwa.Client = linkwa.Client.from_env()
    client = linkwa.Client.from_env(timeout=5, source="+46000000000", region="n-eu")
    client.close()
    client.close(timeout=1.5)
    return linkwa.Client(
        region=linkwa.Region.N_EU,
        username="user",
        password="secret",
        platform_id="p",
        platform_partner_id="pp",
        source="+46000000000",
        priority=linkwa.Priority.HIGH,
        event_report_gates=["gate"],
        custom_parameters={"campaign": "spring"},
        relative_validity_time=timedelta(hours=1),
        platform_service_id="s",
        platform_service_type="t",
        timeout=30,
        connect_timeout=10.0,
        max_connections=64,
        max_queue=100,
        max_attempts=3,
        retry_when_busy=False,
        proxy=None,
        no_proxy=None,
        proxy_from_env=False,
        ca_file="ca.pem",
        system_roots=False,
        strict=True,
        extensions=True,
    )


def functions(contact: linkwa.Contact) -> list[linkwa.SendResult]:
    return [
        linkwa.send(TO, [linkwa.Text("Hello"), linkwa.Video(LINK)]),
        linkwa.send_text("+46000000001", "Hello", preview_url=False, priority="HIGH", ref_id="r", timeout=5),
        linkwa.send_image(TO, LINK, caption="c", event_report_gates=("gate",), custom_parameters={"a": "b"}),
        linkwa.send_audio(tuple(TO), LINK, relative_validity_time=timedelta(minutes=5), source="+46000000000"),
        linkwa.send_video(TO, LINK, caption=None, absolute_validity_time="2030-01-01T00:00:00Z"),
        linkwa.send_document(
            TO, LINK, caption="c", filename="f.pdf", absolute_validity_time=datetime.now(timezone.utc)
        ),
        linkwa.send_location(TO, latitude=59, longitude=18.1, name="Office", address=None, platform_service_id="s"),
        linkwa.send_contacts(TO, [contact], platform_service_type="t", platform_transaction_id="u"),
        linkwa.send_template(TO, "order", namespace="n", language="en", components=[HEADER, linkwa.Body("Anna")]),
        linkwa.send_interactive(TO, BUTTONS, priority="HIGH"),
        linkwa.send_image(TO, id="1017", caption="c"),
        linkwa.send_template(TO, "order", language="en"),
        linkwa.send_request('{"refId": "r"}', timeout=1),
        linkwa.send_raw('{"refId": "r"}'),
    ]


def verbs(client: linkwa.Client, request: MessageRequestDict, message: MessageDict) -> list[linkwa.SendResult]:
    with client:
        return [
            client.send("+46000000001", message),
            client.send("+46000000001", [message, linkwa.Audio(LINK)]),
            client.send_text(TO, "Hello"),
            client.send_image(TO, LINK),
            client.send_audio(TO, LINK),
            client.send_video(TO, LINK),
            client.send_document(TO, LINK),
            client.send_location(TO, latitude=59.0, longitude=18),
            client.send_contacts(TO, [card()]),
            client.send_template(TO, "order", namespace="n", language="en"),
            client.send_interactive(TO, LIST),
            client.send_request(request),
            client.send_raw(b"{}", timeout=1),
        ]


def card() -> linkwa.Contact:
    return linkwa.Contact(
        name=linkwa.Name("John Smith", last_name="Smith"),
        org=linkwa.Org(company="Company", department=None, title="CEO"),
        urls=[linkwa.Url("https://example.com", type="WORK")],
        addresses=[linkwa.Address(street="Street 1", city="Stockholm", zip="11122", country_code="SE")],
        birthday="2000-01-31",
    )


def bytes_of(client: linkwa.Client) -> bytes:
    built: bytes = linkwa.build(TO, linkwa.Text("Hello"), ref_id="r")
    return built + client.build(
        "+46000000001", {"type": "text", "text": {"body": "Hello"}}, priority=linkwa.Priority.LOW
    )


def result(result: linkwa.SendResult) -> str:
    receipts: tuple[linkwa.Receipt, ...] = result.receipts
    warnings: tuple[linkwa.Finding, ...] = result.warnings
    ids: tuple[str, ...] = result.message_ids
    numbers: tuple[int, int, bool] = (result.result_code, result.attempts, result.repeat)
    where = [f"{receipt.destination} {receipt.message_id}" for receipt in receipts]
    return f"{result.ref_id}{result.description}{ids}{numbers}{where}{[warning.path for warning in warnings]}"


def many(client: linkwa.Client, store: Callable[[str], None]) -> None:
    def greeting(destination: str) -> linkwa.Text:
        return linkwa.Text(f"Hello {destination}")

    run: linkwa.SendMany = client.send_many(iter(TO), greeting, rate=10, resume=None, resend_unknown=False)
    with run:
        for chunk in run:
            note(chunk)
            progress: linkwa.Progress = run.progress
            if progress.sent > 10:
                run.stop()
    store(run.checkpoint())
    run.close()
    for one in linkwa.send_many(TO, {"type": "text", "text": {"body": "b"}}, destinations_per_request=2, ref_id="r"):
        note(one)


def note(chunk: linkwa.Chunk) -> str:
    result: linkwa.SendResult | None = chunk.result
    error: linkwa.LinkwaError | None = chunk.error
    destinations: Sequence[str] = chunk.destinations
    return f"{chunk.index}{chunk.ref_id}{destinations}{result and result.ref_id}{error and error.code}"


async def awaited(message: MessageDict) -> list[linkwa.SendResult]:
    client: linkwa.AsyncClient = linkwa.AsyncClient.from_env()
    await client.close()
    await client.aclose()
    async with linkwa.AsyncClient(region="n-eu", username="user", password="secret") as client:
        run: linkwa.AsyncSendMany = client.send_many(TO, message, rate=1.5)
        async with run:
            async for chunk in run:
                note(chunk)
        await run.aclose()
        client.build(TO, message)
        return [
            await client.send(TO, message),
            await client.send_text(TO, "Hello"),
            await client.send_image(TO, LINK),
            await client.send_audio(TO, LINK),
            await client.send_video(TO, LINK),
            await client.send_document(TO, LINK),
            await client.send_location(TO, latitude=59.0, longitude=18),
            await client.send_contacts(TO, [card()]),
            await client.send_template(TO, "order", namespace="n", language="en"),
            await client.send_interactive(TO, BUTTONS),
            await client.send_request(b'{"refId": "r"}'),
            await client.send_raw({"refId": "r"}, timeout=1),
        ]


async def resources(client: linkwa.Client, other: linkwa.AsyncClient) -> list[linkwa.HttpResponse]:
    method: HttpMethod = "POST"
    findings: Sequence[linkwa.Finding] = linkwa.check_destination("+46000000001")
    fields: dict[str, Any] = linkwa.SendResult(ref_id="r", result_code=112001).to_dict(details=True)
    events: list[tuple[linkwa.Event, float, str | None]] = []
    remove = client.on_event(lambda event: events.append((event, event.elapsed, event.outcome)))
    other.on_event(print)
    remove()
    return [
        linkwa.request("GET", f"media/{len(findings)}{len(fields)}"),
        client.request(method, "mo/status", {"status": "read"}, timeout=5),
        await other.request("PUT", "media/17", b"bytes", content_type="image/png"),
    ]


def errors(error: linkwa.LinkwaError) -> str:
    disposition: Disposition = error.disposition
    words: list[str | None] = [
        disposition,
        error.code,
        error.outcome,
        error.reason,
        error.ref_id,
        error.description,
        error.path,
    ]
    numbers: list[float | None] = [error.http_status, error.result_code, error.retry_after, error.position]
    body: bytes = error.response_body or b""
    if isinstance(error, linkwa.InvalidRequest):
        return ", ".join(f"{finding.path}: {finding.code}" for finding in error.findings)
    if isinstance(error, (linkwa.InvalidConfig, linkwa.NotSent, linkwa.Rejected, linkwa.OutcomeUnknown)):
        return f"{words}{numbers}{body!r}{error.translated_description}"
    return "ours" if isinstance(error, (linkwa.InternalError, linkwa.InvalidCallback)) else linkwa.__version__


def words(error: linkwa.LinkwaError, report: linkwa.EventReport) -> tuple[Outcome | None, Reason | None, Status]:
    region: RegionWord = "n-eu"
    priority: PriorityWord = "LOW"
    linkwa.Client(region=region, username="user", password="secret", priority=priority)
    return error.outcome, error.reason, report.status


def aliases(message: linkwa.Message, options: linkwa.SendOptions, body: bytes) -> linkwa.Callback:
    same: Message = message
    several: Messages = [same, linkwa.Text("Hello")]
    few: SendOptions = {"ref_id": "r"}
    linkwa.send(TO, several, **options)
    linkwa.send(TO, message, **few)
    callback: Callback = linkwa.parse_callback(body)
    return callback


def with_settings(given: ClientSettings, password: str) -> linkwa.AsyncClient:
    settings: linkwa.ClientSettings = {**given, "timeout": 5, "connect_timeout": 2.5, "ca_file": Path("ca")}
    linkwa.configure(username="user", password=password, **settings)
    with linkwa.Client.from_env(**settings) as client:
        client.build(TO, linkwa.Text("Hello"), priority="LOW")
    return linkwa.AsyncClient(username="user", password=password, **settings)


class OwnClient(linkwa.Client):
    """Is kept by what returns the class itself."""

    def shop(self) -> str:
        return "shop"


def own() -> str:
    with OwnClient.from_env() as client:
        return client.shop()


def traced(client: linkwa.AsyncClient, receiver: CallbackReceiver, report: linkwa.EventReport) -> None:
    ends = [instrument(), instrument(client, propagate=True), instrument(receiver, tracer_provider=None)]
    remove: Callable[[], None] = receiver.on_event(lambda event: print(event.kind, event.refusal))
    _ = len(context_of(report))
    for end in (*ends, remove):
        end()


def refused(client: linkwa.Client, asynchronous: linkwa.AsyncClient, unknown: dict[str, Any]) -> None:
    """Each line is an error for a type checker: one that accepted it would call its comment needless."""
    linkwa.send_text("+46000000001")  # type: ignore[call-arg]
    linkwa.send_text(46000000001, "Hello")  # type: ignore[arg-type]
    linkwa.send_location("+46000000001", 59.0, 18.0)  # type: ignore[call-arg, misc, unused-ignore]
    linkwa.send_text("+46000000001", "Hello", prio="HIGH")  # type: ignore[call-arg]
    linkwa.send_image("+46000000001", LINK, timeout=timedelta(seconds=1))  # type: ignore[arg-type]
    linkwa.send("+46000000001", 5)  # type: ignore[arg-type]
    linkwa.send("+46000000001", linkwa.Text("Hello"), priority="URGENT")  # type: ignore[arg-type]
    linkwa.Client(region="eu", username="user", password="secret")  # type: ignore[arg-type]
    _ = linkwa.LinkwaError().outcome == "lost"  # type: ignore[comparison-overlap]
    linkwa.Client(region="n-eu", username="user")  # type: ignore[call-arg]
    linkwa.Client(regoin="n-eu", username="user", password="secret")  # type: ignore[call-arg]
    client.send_many(TO, linkwa.Text("Hello"), prio="HIGH")  # type: ignore[call-arg]
    _ = asynchronous.send_text("+46000000001", "Hello").ref_id  # type: ignore[attr-defined]
    _ = client.send_raw(unknown).refId  # type: ignore[attr-defined]
    client.send("+46000000001", unknown)  # type: ignore[arg-type]
    client.send("+46000000001", {"type": "text", "text": {"bdy": "Hello"}})  # type: ignore[typeddict-item, typeddict-unknown-key, arg-type, unused-ignore]
    client.send("+46000000001", {"type": "audio", "audio": {"link": LINK, "caption": "c"}})  # type: ignore[typeddict-item, typeddict-unknown-key, arg-type, unused-ignore]
    client.send_request({"platfromId": "p"})  # type: ignore[typeddict-item, typeddict-unknown-key, arg-type, unused-ignore]
