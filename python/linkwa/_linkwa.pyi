from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import Any, Literal, Protocol, final

__version__: str

# Callbacks.
_Status = Literal["queued", "sent", "delivered", "failed", "other"]
_Resolution = Literal["accepted", "failed", "unknown"]
_Refusal = Literal["address", "forwarded", "credentials", "header", "too_large", "unusable"]
_Address = str | IPv4Address | IPv6Address
_Range = str | IPv4Address | IPv6Address | IPv4Network | IPv6Network

class _Items(Protocol):
    def items(self) -> Iterable[tuple[str | bytes, str | bytes]]: ...

_Headers = _Items | Iterable[tuple[str | bytes, str | bytes]]

@final
class EventReport:
    """What came of a message to one destination (C-1), or of a request that failed whole. `parse_callback` makes it.

    It holds the callback's text; attributes are read from it. A field that is absent, null or of an unexpected shape is
    None. Two are equal whose texts are. The repr shows nothing that somebody wrote.
    """

    __match_args__ = ("status", "ref_id", "message_id")
    @property
    def message_id(self) -> str | None:
        """The id that the gateway gave the message when it accepted it."""
    @property
    def ref_id(self) -> str | None:
        """The reference of the request."""
    @property
    def message_type(self) -> str | None:
        """The message's type ("text", "template", …); "request" for a request that failed whole."""
    @property
    def message_index(self) -> int | None:
        """Which of the request's messages it is, from 0; -1 for a request that failed whole and had several."""
    @property
    def timestamp(self) -> datetime | None:
        """When it happened, with the offset that it was written with, to the microsecond. None if it is absent, no RFC
        3339 date-time, or none that a datetime can hold; its text as it came is in `timestamp_raw`.
        """
    @property
    def timestamp_raw(self) -> str | None:
        """The text of `timestamp` as it came."""
    @property
    def result_code(self) -> int:
        """What came of the message (R-4): a number of `ResultCode`, or one that is newer."""
    @property
    def result_description(self) -> str | None:
        """The result in the gateway's words."""
    @property
    def status(self) -> _Status:
        """What came of the message, in a word: "queued" (112001), "sent" (112002), "delivered" (112003), "failed"
        (112000, a listed 1124xx, 112500), "other".
        """
    @property
    def gate_custom_parameters(self) -> dict[str, str] | None:
        """The parameters of the gate that the report was sent to, in a new dict."""
    @property
    def custom_parameters(self) -> dict[str, str] | None:
        """The parameters that the request gave along, in a new dict."""
    @property
    def key(self) -> str:
        """What tells this report from others; the same one may come twice (C-8):
        "report:{messageId}:{refId}:{messageIndex}:{resultCode}", an absent part written "-".
        """
    @property
    def raw(self) -> str:
        """The callback's JSON text as it came."""
    @property
    def extra(self) -> dict[str, Any]:
        """Fields that this library does not know, and known ones of an unexpected shape (C-6), decoded at each access.
        An integer of more digits than int takes (4,300, as a rule) is a Decimal.
        """
    @property
    def extra_json(self) -> dict[str, str]:
        """The same fields as `extra`: their JSON texts, exactly as they came."""
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __reduce__(self) -> tuple[Any, ...]: ...

@final
class ReceivedMessage:
    """A message that a user sent to a business number (C-2). `parse_callback` makes it.

    It holds the callback's text; attributes are read from it. A field that is absent, null or of an unexpected shape is
    None. Four parts that everybody reads stand on top as well: `content_type`, `text`, `button`, `context`. Two are
    equal whose texts are. The repr shows nothing that somebody wrote.
    """

    __match_args__ = ("source", "text")
    @property
    def destination(self) -> str | None:
        """The business number."""
    @property
    def source(self) -> str:
        """The number of the user who wrote."""
    @property
    def content(self) -> Content:
        """What the message consists of."""
    @property
    def provider(self) -> str | None:
        """Who delivered it: "whatsapp"."""
    @property
    def timestamp(self) -> datetime | None:
        """When the gateway received it, with the offset that it was written with, to the microsecond. None if it is
        absent, no RFC 3339 date-time, or none that a datetime can hold; its text as it came is in `timestamp_raw`.
        """
    @property
    def timestamp_raw(self) -> str | None:
        """The text of `timestamp` as it came."""
    @property
    def message_id(self) -> str:
        """The gateway's id of the message."""
    @property
    def provider_timestamp(self) -> datetime | None:
        """When the provider received it; as `timestamp`. Its text as it came is in `provider_timestamp_raw`."""
    @property
    def provider_timestamp_raw(self) -> str | None:
        """The text of `provider_timestamp` as it came."""
    @property
    def provider_message_id(self) -> str | None:
        """The provider's id of the message."""
    @property
    def route(self) -> Route | None:
        """How the message found its way to this callback."""
    @property
    def gate_custom_parameters(self) -> dict[str, str] | None:
        """The parameters of the gate that it was sent to, in a new dict."""
    @property
    def custom_parameters(self) -> dict[str, str] | None:
        """Further parameters, in a new dict."""
    @property
    def content_type(self) -> str | None:
        """`content.message.content_type`: "TEXT" or "BUTTON"; newer gateways have more."""
    @property
    def text(self) -> str | None:
        """`content.message.text`: what the user wrote."""
    @property
    def button(self) -> Button | None:
        """`content.message.button`: the button that the user pressed."""
    @property
    def context(self) -> Context | None:
        """`content.message.context`: what the user replied to."""
    @property
    def care_window_closes_at(self) -> datetime | None:
        """Until when every message type may be sent to the user (W-1): 24 hours after the provider's timestamp, or else
        the gateway's. None if neither can be read. Advisory: a later message opens the window anew.
        """
    @property
    def key(self) -> str:
        """What tells this message from others; the same one may come twice (C-8): "message:{messageId}"."""
    @property
    def raw(self) -> str:
        """The callback's JSON text as it came."""
    @property
    def extra(self) -> dict[str, Any]:
        """Fields that this library does not know, and known ones of an unexpected shape (C-6), decoded at each access.
        An integer of more digits than int takes (4,300, as a rule) is a Decimal.
        """
    @property
    def extra_json(self) -> dict[str, str]:
        """The same fields as `extra`: their JSON texts, exactly as they came."""
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __reduce__(self) -> tuple[Any, ...]: ...

@final
class Content:
    """What a received message consists of.

    A field that is absent, null or of an unexpected shape is None. Two are equal whose fields are. The repr shows
    nothing that somebody wrote.
    """

    __match_args__ = ("type", "message")
    @property
    def type(self) -> str | None:
        """The kind of content: "WHATSAPP"."""
    @property
    def message(self) -> InboundMessage | None:
        """The message itself."""
    @property
    def extra(self) -> dict[str, Any]:
        """Fields that this library does not know, and known ones of an unexpected shape (C-6), decoded at each access.
        An integer of more digits than int takes (4,300, as a rule) is a Decimal.
        """
    @property
    def extra_json(self) -> dict[str, str]:
        """The same fields as `extra`: their JSON texts, exactly as they came."""
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __reduce__(self) -> tuple[Any, ...]: ...

@final
class InboundMessage:
    """The message that a user wrote, or the button that they pressed.

    A field that is absent, null or of an unexpected shape is None. Two are equal whose fields are. The repr shows
    nothing that somebody wrote.
    """

    __match_args__ = ("content_type", "text", "button", "context")
    @property
    def content_type(self) -> str | None:
        """What it is: "TEXT" or "BUTTON"; newer gateways have more."""
    @property
    def text(self) -> str | None:
        """What the user wrote."""
    @property
    def button(self) -> Button | None:
        """The button that the user pressed."""
    @property
    def context(self) -> Context | None:
        """What the user replied to; only replies have it."""
    @property
    def extra(self) -> dict[str, Any]:
        """Fields that this library does not know, and known ones of an unexpected shape (C-6), decoded at each access.
        An integer of more digits than int takes (4,300, as a rule) is a Decimal.
        """
    @property
    def extra_json(self) -> dict[str, str]:
        """The same fields as `extra`: their JSON texts, exactly as they came."""
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __reduce__(self) -> tuple[Any, ...]: ...

@final
class Button:
    """A button that a user pressed.

    A field that is absent, null or of an unexpected shape is None. Two are equal whose fields are. The repr shows
    nothing that somebody wrote.
    """

    __match_args__ = ("text", "payload")
    @property
    def text(self) -> str | None:
        """What stands on it."""
    @property
    def payload(self) -> str | None:
        """The payload that the template gave it."""
    @property
    def extra(self) -> dict[str, Any]:
        """Fields that this library does not know, and known ones of an unexpected shape (C-6), decoded at each access.
        An integer of more digits than int takes (4,300, as a rule) is a Decimal.
        """
    @property
    def extra_json(self) -> dict[str, str]:
        """The same fields as `extra`: their JSON texts, exactly as they came."""
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __reduce__(self) -> tuple[Any, ...]: ...

@final
class Context:
    """The message that a reply refers to.

    A field that is absent, null or of an unexpected shape is None. Two are equal whose fields are. The repr shows
    nothing that somebody wrote.
    """

    __match_args__ = ("source", "message_id")
    @property
    def source(self) -> str | None:
        """Who sent that message."""
    @property
    def message_id(self) -> str | None:
        """That message's id."""
    @property
    def extra(self) -> dict[str, Any]:
        """Fields that this library does not know, and known ones of an unexpected shape (C-6), decoded at each access.
        An integer of more digits than int takes (4,300, as a rule) is a Decimal.
        """
    @property
    def extra_json(self) -> dict[str, str]:
        """The same fields as `extra`: their JSON texts, exactly as they came."""
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __reduce__(self) -> tuple[Any, ...]: ...

@final
class Route:
    """The route by which a received message came (C-3): of a keyword, a sub-number or a session.

    A field that is absent, null or of an unexpected shape is None. Two are equal whose fields are. The repr shows
    nothing that somebody wrote.
    """

    __match_args__ = ("type", "keyword")
    @property
    def id(self) -> str | None:
        """The route's id."""
    @property
    def ref_id(self) -> str | None:
        """The route's reference."""
    @property
    def platform_id(self) -> str | None:
        """The platform's id."""
    @property
    def platform_partner_id(self) -> str | None:
        """The partner's id."""
    @property
    def platform_service_type(self) -> str | None:
        """The type of the service."""
    @property
    def platform_service_id(self) -> str | None:
        """The id of the service."""
    @property
    def number(self) -> str | None:
        """The number that the route belongs to."""
    @property
    def type(self) -> str | None:
        """What kind of route it is: "KEYWORD_ROUTE", for example."""
    @property
    def keyword(self) -> str | None:
        """The keyword that the message began with."""
    @property
    def keyword_type(self) -> str | None:
        """What kind of keyword it is."""
    @property
    def description(self) -> str | None:
        """What the route is for."""
    @property
    def active(self) -> bool | None:
        """Whether the route is in use."""
    @property
    def shared(self) -> bool | None:
        """Whether others use the number too."""
    @property
    def start(self) -> datetime | None:
        """From when on the route is in use, with the offset that it was written with. None if it is absent, no RFC 3339
        date-time, or none that a datetime can hold; its text as it came is in `start_raw`.
        """
    @property
    def start_raw(self) -> str | None:
        """The text of `start` as it came."""
    @property
    def end(self) -> datetime | None:
        """Until when the route is in use; as `start`. Its text as it came is in `end_raw`."""
    @property
    def end_raw(self) -> str | None:
        """The text of `end` as it came."""
    @property
    def gate_ids(self) -> tuple[str, ...] | None:
        """The gates that the message was sent to."""
    @property
    def custom_parameters(self) -> dict[str, str] | None:
        """The route's parameters, in a new dict."""
    @property
    def extra(self) -> dict[str, Any]:
        """Fields that this library does not know, and known ones of an unexpected shape (C-6), decoded at each access.
        An integer of more digits than int takes (4,300, as a rule) is a Decimal.
        """
    @property
    def extra_json(self) -> dict[str, str]:
        """The same fields as `extra`: their JSON texts, exactly as they came."""
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __reduce__(self) -> tuple[Any, ...]: ...

@final
class MessageState:
    """What is known about a message, or about a request that failed whole.

    Two are equal that say the same of the same message; `changed` does not count. The repr shows nothing that somebody
    wrote.
    """

    __match_args__ = ("status", "message_id")
    @property
    def message_id(self) -> str | None:
        """The message's id; None for a request."""
    @property
    def message_index(self) -> int | None:
        """Which of the request's messages it is, from 0; None if its reports do not say, and for a request."""
    @property
    def ref_id(self) -> str | None:
        """The reference of the request, if a report named it."""
    @property
    def status(self) -> _Status:
        """The furthest that the message is known to have come: "queued", "sent", "delivered", "failed", "other"."""
    @property
    def result_code(self) -> int:
        """The result code of the report that decided the status."""
    @property
    def timestamp(self) -> datetime | None:
        """When that happened, by the same report, with the offset that it was written with. None if it did not say, not
        in RFC 3339, or not what a datetime can hold; its text as it came is in `timestamp_raw`.
        """
    @property
    def timestamp_raw(self) -> str | None:
        """The text of `timestamp` as it came. One of over 64 bytes is not kept."""
    @property
    def description(self) -> str | None:
        """The gateway's words in that report, at most 1 KiB of them."""
    @property
    def is_final(self) -> bool:
        """Whether nothing else is to come: it was delivered, or it failed."""
    @property
    def is_disputed(self) -> bool:
        """Whether the gateway reported both that it was delivered and that it failed. Somebody should look."""
    @property
    def other_code(self) -> int | None:
        """The latest code without a word of its own (status "other"), whether or not it decides the status: newer
        gateways report with such codes that a delivered message was read.
        """
    @property
    def changed(self) -> bool:
        """Whether the report that was just applied changed anything; False for a state that was looked up."""
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __reduce__(self) -> tuple[Any, ...]: ...

@final
class StatusTracker:
    """Keeps what event reports say about messages, however often and in whatever order they come (C-8).

    It has no clock and does no I/O: every report goes in with `apply`, and the same reports in any order and any number
    lead to the same state. A message is known by its message_id and message_index; a report without a message_id, as of
    a request that failed whole (C-1), is kept by its ref_id. Repeats, late reports and disorder change nothing:

    - queued < other < sent < delivered and failed. A later step never gives way to an earlier one.
    - Of reports of one step the one with the earliest timestamp decides.
    - delivered and failed of one message contradict each other: the earlier one by timestamp decides, else delivered,
      and the state `is_disputed`.

    Threads may share it. It can be pickled and copied, stored with `to_json`, and iterated over: over the states that
    it has at that moment, those of messages by id and index, then those of requests by ref_id; `len` is their number.
    It takes about 500 bytes a message, and nothing goes away by itself: see `forget`, `forget_ref_id` and `retain`.
    Give it only callbacks that a `CallbackGuard` believes.
    """

    def __new__(cls) -> StatusTracker: ...
    def apply(self, report: EventReport) -> MessageState:
        """Takes a report in, and tells the state that its message is in now, and whether the report `changed` it.

        A report without message_id changes the state of its request. An empty id counts as none; a report with neither
        is told but not kept.
        """
    def state(self, message_id: str, message_index: int | None = None) -> MessageState | None:
        """The state of a message; None if no report of it came. The index is the reports' message_index: a number, or
        None for reports that had none.
        """
    def request_state(self, ref_id: str) -> MessageState | None:
        """What reports without message_id say about the request of this ref_id, as one that failed whole; None if there
        was none.
        """
    def resolve(self, ref_id: str) -> _Resolution:
        """What became of a send that ended `OutcomeUnknown`, by its ref_id: "accepted" (do not send it again), "failed"
        (the request failed whole and none of its messages was sent: it may be sent again, once what is wrong is
        mended), or "unknown" (no report says: do not send it again).

        Only this very ref_id counts; `send_many` gives each of its requests one of its own.
        """
    def forget(self, message_id: str) -> bool:
        """Forgets a message, all its indices, and tells whether there was one. A report that comes after all starts it
        anew. What its reports said about their ref_id stays.
        """
    def forget_ref_id(self, ref_id: str) -> bool:
        """Forgets what is known about a request, and tells whether there was anything: `resolve` then says "unknown".
        Its messages stay.
        """
    def retain(self, keep: Callable[[MessageState], object]) -> None:
        """Forgets every state for which `keep` gives false, and with them what is known about each ref_id that no state
        names any longer. So resolve what is unknown first. A state that changes meanwhile stays.

        `keep` gets each `MessageState` and may use the tracker; if it raises, nothing is forgotten.
        """
    def to_json(self) -> str:
        """Everything it holds as JSON, for `from_json`. The same state is always the same text. It names message ids,
        ref_ids and the gateway's descriptions.
        """
    @staticmethod
    def from_json(json: str) -> StatusTracker:
        """The tracker that `to_json` wrote.

        Raises `InvalidConfig`, with the place and none of the values, if the text is not what a tracker of this version
        writes.
        """
    def __len__(self) -> int: ...
    def __iter__(self) -> Iterator[MessageState]: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __reduce__(self) -> tuple[Any, ...]: ...

@final
class CallbackGuard:
    """Decides whether a callback may be believed: by the address it came from, the credentials that came with it, and
    its size. Anyone can post to a callback URL, and no signature is known, so this is all there is to go by. It does
    no I/O.

    Without arguments it believes LINK's addresses (N-1) and bodies of up to 256 KiB; whatever else is given is needed
    as well.

    - `ranges`: the addresses to believe instead: "192.0.2.1", "192.0.2.0/24", "192.0.2.1-192.0.2.9", or objects of
      `ipaddress`.
    - `any_address`: believe every address. Then only credentials tell the gateway from anybody else.
    - `trusted_proxies`: the proxies that callbacks come through. Such a one names the address that it was called from,
      and what it says is believed; from any other peer the forwarding headers are ignored.
    - `forwarded`: which header they speak through: "x-forwarded-for", "forwarded" (RFC 7239), or "both", which must
      agree if both are there. The proxy must append to the header or replace it.
    - `basic`: username and password of Basic authentication. An empty password lets nobody in.
    - `headers`: headers that must be there, once each, with these values. An empty value lets nobody in.
    - `max_body`: the largest body to take, in bytes.

    Credentials are compared in constant time and never printed. Threads may share it. Raises `InvalidConfig` for what
    is no address range.
    """

    def __new__(
        cls,
        *,
        ranges: Iterable[_Range] | None = None,
        any_address: bool = False,
        trusted_proxies: Iterable[_Range] | None = (),
        forwarded: Literal["both", "x-forwarded-for", "forwarded"] = "both",
        basic: tuple[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        max_body: int | None = None,
    ) -> CallbackGuard: ...
    def check(self, peer: _Address | None, headers: _Headers, body_length: int) -> Verdict:
        """Decides about one callback, before its body is parsed: a `Verdict`, which is true if it may be believed.

        - `peer`: the address of the other end of the connection, as the server knows it (`request.client.host`,
          `request.remote_addr`, `request.META["REMOTE_ADDR"]`), not as a header names it.
        - `headers`: names and values of the request: a mapping (`request.headers`), or pairs, of str or bytes.
        - `body_length`: the length of the body in bytes.

        A peer that is no IP address (None, or that of a Unix socket) is refused as "unusable". Behind a proxy on a Unix
        socket give "127.0.0.1" and trust that.
        """

@final
class Verdict:
    """What a `CallbackGuard` decided: true if the callback may be believed.

    Answer what is not believed with 403 (or 401 for "credentials", 413 for "too_large"), and read nothing of it.
    """

    __match_args__ = ("sender", "refusal")
    def __new__(cls, *, sender: str | None = None, refusal: _Refusal | None = None) -> Verdict: ...
    def __bool__(self) -> bool: ...
    def __getnewargs_ex__(self) -> tuple[tuple[()], dict[str, Any]]: ...
    @property
    def sender(self) -> str | None:
        """The sender's address, which behind a trusted proxy is not the peer's; None if the callback is not to be
        believed. An IPv4 address that is written as IPv6 is given as IPv4.
        """
    @property
    def refusal(self) -> _Refusal | None:
        """Why the callback is not to be believed; None if it is:

        - "address": the sender's address is not one of the gateway's.
        - "forwarded": a trusted proxy does not say who the sender is, not readably, or not in agreement with itself.
        - "credentials": Basic authentication is missing, unreadable or wrong.
        - "header": a header that is asked for is missing, there twice, or has another value.
        - "too_large": the body is too large.
        - "unusable": the peer is no IP address, and nothing can be decided.
        """
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...

@final
class CareWindow:
    """Whether every message type may be sent to a user, or only templates, and until when (W-1). True while it is open.

    Advisory: the gateway's clock and WhatsApp's decide, and a message that is still on its way opens the window anew.
    """

    __match_args__ = ("is_open", "closes_at")
    def __new__(cls, *, is_open: bool, closes_at: datetime) -> CareWindow: ...
    @staticmethod
    def of(message: ReceivedMessage, now: datetime | None = None) -> CareWindow | None:
        """The window that this message opened, counted from its provider's timestamp, or else the gateway's. None if
        neither can be read.
        """
    def __bool__(self) -> bool: ...
    def __getnewargs_ex__(self) -> tuple[tuple[()], dict[str, Any]]: ...
    @property
    def is_open(self) -> bool:
        """Whether every message type may be sent; if not, only templates."""
    @property
    def closes_at(self) -> datetime:
        """The first moment at which the window is closed: 24 hours after the user's last message, in UTC. (Where that
        lies beyond what a datetime can hold, the last that it can.)
        """
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...

def parse_callback(body: bytes | bytearray | memoryview | str) -> EventReport | ReceivedMessage:
    """Reads the body of a callback: an `EventReport` or a `ReceivedMessage` (C-4).

    Only what must be there can fail (C-5); a field that this library does not know, or that has an unexpected shape, is
    kept in `extra` (C-6). A callback may come twice, late or in disorder: tell repeats by `key`, and mark a key as done
    only when you are (C-8). `body` is the bytes as they came: `bytes`, `bytearray`, `memoryview`, or a `str` of them.

    Raises `InvalidCallback`, with `path` and byte `position` and none of the values, if the body is not one JSON object
    of at most 256 KiB and 64 levels in valid UTF-8 without duplicate keys (C-7), or if it is neither kind of callback
    or lacks what its kind must have (C-4, C-5).
    """

def care_window(last_inbound: datetime, now: datetime | None = None) -> CareWindow:
    """The customer care window of a user (W-1): for 24 hours from their last message to the business number every
    message type may be sent to them, then only templates. Exactly 24 hours later it is closed. A message of the
    future, by a clock that is ahead, opens it too.

    Both are aware datetimes; `now` is the present if it is not given. `CareWindow.of` takes a received message. Keep
    the moment of the last one per user and business number; callbacks come in disorder, so keep the latest.

    Raises ValueError for a datetime without a time zone.
    """

def is_gateway_address(address: _Address) -> bool:
    """Whether an address is one that LINK's callbacks come from (N-1): a text such as "192.0.2.1", without a port, or
    an object of `ipaddress`. False for a text that is no address.

    Behind a proxy, give the address that the proxy names, and only if the proxy is your own: `CallbackGuard` does all
    of this.
    """

def _result_codes() -> list[tuple[str, int]]:
    """The codes that version 1.4.1 of the API lists, each with its name (`delivered`)."""

def _result_code(number: int) -> tuple[str, bool, bool, bool, bool]:
    """Of any code: what it means in a sentence; whether it is a success, a failure, final; whether LINK asks to be
    told.
    """
