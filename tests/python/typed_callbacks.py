"""Uses everything of callbacks, for the type checkers; it is not run."""

from __future__ import annotations

from collections.abc import Awaitable, Iterator, Mapping
from datetime import datetime
from ipaddress import IPv4Address, ip_network
from typing import Any

import linkwa
from linkwa.receiver import Answer, CallbackOutbox, CallbackReceiver, Claim, Handler


def callbacks(body: bytes) -> str:
    callback = linkwa.parse_callback(body)
    if isinstance(callback, linkwa.EventReport):
        return report(callback)
    return message(callback)


def report(report: linkwa.EventReport) -> str:
    ids: list[str | None] = [report.message_id, report.ref_id, report.message_type, report.timestamp_raw]
    index: int | None = report.message_index
    when: datetime | None = report.timestamp
    code: int = report.result_code
    parameters: list[dict[str, str] | None] = [report.custom_parameters, report.gate_custom_parameters]
    extra: dict[str, Any] = report.extra
    exact: dict[str, str] = report.extra_json
    if report.status == "delivered" or report.is_delivered:
        return report.key + report.raw
    named = linkwa.ResultCode(code)
    told: list[bool] = [named.is_success, named.is_failure, named.is_final, named.should_contact_support]
    return f"{named.explanation}{ids}{index}{when}{parameters}{extra}{exact}{told}{linkwa.ResultCode.DELIVERED}"


def message(message: linkwa.ReceivedMessage) -> str:
    content: linkwa.Content = message.content
    inner: linkwa.InboundMessage | None = content.message
    button: linkwa.InboundButton | None = inner.button if inner else message.button
    context: linkwa.Context | None = message.context
    route: linkwa.Route | None = message.route
    gates: tuple[str, ...] | None = route.gate_ids if route else None
    active: bool | None = route.active if route else None
    start: datetime | None = route.start if route else message.provider_timestamp
    texts = [content.type, button.payload if button else None, context.source if context else None, message.text]
    closes: datetime | None = message.care_window_closes_at
    user: list[str | None] = [message.source, message.reply_to, message.user_id, message.parent_user_id]
    return f"{user}{message.message_id}{gates}{active}{start}{texts}{closes}{content.extra}"


def inbound(message: linkwa.ReceivedMessage) -> list[str | None]:
    media: linkwa.InboundMedia | None = message.media
    location: linkwa.InboundLocation | None = message.location
    degrees: float | None = location.latitude if location else None
    contacts: tuple[linkwa.InboundContact, ...] = message.contacts or ()
    names: list[linkwa.InboundContactName | None] = [contact.name for contact in contacts]
    phones: list[linkwa.InboundPhone] = [phone for contact in contacts for phone in contact.phones or ()]
    chosen: linkwa.InboundInteractive | None = message.interactive
    reply: linkwa.InboundButtonReply | None = chosen.button_reply if chosen else None
    row: linkwa.InboundListReply | None = chosen.list_reply if chosen else None
    texts = [
        media.caption if media else None,
        reply.id if reply else None,
        row.description if row else None,
        f"{degrees}",
    ]
    return [*texts, *(name.formatted_name for name in names if name), *(phone.phone for phone in phones)]


def tracker(report: linkwa.EventReport) -> Iterator[linkwa.MessageState]:
    tracker = linkwa.StatusTracker()
    state: linkwa.MessageState = tracker.apply(report)
    found: linkwa.MessageState | None = tracker.state("m", 0) or tracker.request_state("r")
    if tracker.resolve("r") == "accepted" and found == state:
        tracker.retain(lambda state: not state.is_final)
    states: tuple[linkwa.MessageState, ...] = tracker.states("r")
    assert states or tracker.resolve("r") == "message_failed"
    tracker.forget("m")
    tracker.forget_ref_id("r")
    assert len(tracker) and state.changed and state.other_code and state.timestamp and not state.is_delivered
    yield from linkwa.StatusTracker.from_json(tracker.to_json())


def guard(peer: str | None, headers: Mapping[str, str], raw: list[tuple[bytes, bytes]], body: bytes) -> str | None:
    guard = linkwa.CallbackGuard(
        ranges=["192.0.2.1", ip_network("10.0.0.0/8")],
        trusted_proxies=[IPv4Address("10.0.0.1")],
        forwarded="x-forwarded-for",
        basic=("user", "secret"),
        headers={"X-Key": "secret"},
        max_body=1024,
    )
    verdict: linkwa.Verdict = guard.check(peer, headers, len(body)) and guard.check(peer, raw, len(body))
    guard.check(IPv4Address("10.0.0.1"), headers.items(), body_length=0)
    return verdict.sender if verdict else verdict.refusal


def care(last: datetime, message: linkwa.ReceivedMessage) -> datetime | None:
    window: linkwa.CareWindow = linkwa.care_window(last)
    of: linkwa.CareWindow | None = linkwa.CareWindow.of(message, now=last)
    assert linkwa.is_gateway_address("192.0.2.1") or linkwa.is_gateway_address(IPv4Address("192.0.2.1")) or of
    return window.closes_at if window.is_open else None


class Blocking:
    """An outbox."""

    def claim(self, callback: linkwa.Callback) -> Claim:
        return "repeat" if callback.key else "new"

    def apply(self, callback: linkwa.Callback) -> bool:
        return bool(callback.key)

    def release(self, callback: linkwa.Callback) -> None:
        return None


class Awaited:
    """An outbox of asyncio."""

    async def claim(self, callback: linkwa.Callback) -> Claim:
        return "busy"

    async def apply(self, callback: linkwa.Callback) -> None:
        return None

    def release(self, callback: linkwa.Callback) -> Awaitable[None]:
        return self.apply(callback)


async def receive(peer: str | None, headers: Mapping[str, str], raw: list[tuple[bytes, bytes]], body: bytes) -> Answer:
    async def awaited(callback: linkwa.Callback) -> None:
        await receive(None, headers, raw, callback.raw.encode())

    outboxes: list[CallbackOutbox] = [Blocking(), Awaited()]
    handlers: list[Handler] = [awaited, lambda callback: callback.key]
    receiver = CallbackReceiver(
        handlers[0], guard=linkwa.CallbackGuard(), outbox=outboxes[0], acknowledgement=b"OK", max_bytes=1024
    )
    CallbackReceiver(awaited, guard=None, outbox=Awaited())
    CallbackReceiver(awaited)  # type: ignore[call-arg]
    status, lines, content = receiver.handle(IPv4Address("192.0.2.1"), raw, body)
    lines.append(("X-Status", str(status) + content.decode()))
    views: list[object] = [receiver.asgi, receiver.wsgi({}, print), receiver.django]
    assert views
    return await receiver.handle_async(peer, headers, body)
