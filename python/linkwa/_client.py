"""Clients: what sends."""

from __future__ import annotations

from collections.abc import AsyncIterable, Awaitable, Callable, Iterable, Mapping, Sequence
from os import PathLike

from . import _linkwa
from ._enums import Priority, Region
from ._errors import LinkwaError
from ._hub import hub
from ._lazy import Lazy
from ._linkwa import (
    Body,
    Completions,
    Contact,
    Header,
    NativeClient,
    NativePending,
    QuickReplyButton,
    SendResult,
    UrlButton,
)
from ._many import AsyncSendMany, SendMany, async_send_many

TYPE_CHECKING = False
if TYPE_CHECKING:
    import asyncio
    import datetime
    import typing
    from types import TracebackType
    from typing import Any
    from weakref import WeakKeyDictionary

    from . import types
else:
    # Importing these would take longer than all the rest of linkwa.
    datetime, types, typing = Lazy("datetime"), Lazy("linkwa.types"), Lazy("typing")


def _settings(given: dict[str, Any]) -> dict[str, Any]:
    """The arguments of a function that takes a client's settings, from its `locals()`."""
    settings = {name: value for name, value in given.items() if name not in ("self", "cls")}
    if settings["region"] is not None and settings["base_url"] is not None:
        raise TypeError("give region or base_url, not both")
    return settings


_OPTIONS = tuple(
    "priority ref_id event_report_gates custom_parameters relative_validity_time absolute_validity_time source "
    "platform_service_id platform_service_type platform_transaction_id timeout".split()
)


def _options(given: dict[str, Any]) -> dict[str, Any]:
    """The options of a send, from the `locals()` of a verb."""
    return {name: given[name] for name in _OPTIONS}


class _Account:
    """What both clients are made of."""

    if TYPE_CHECKING:
        _native: NativeClient

    def __init__(
        self,
        *,
        region: typing.Union[Region, types.RegionWord, None] = None,
        base_url: typing.Optional[str] = None,
        username: str,
        password: str,
        platform_id: typing.Optional[str] = None,
        platform_partner_id: typing.Optional[str] = None,
        source: typing.Optional[str] = None,
        priority: typing.Union[Priority, types.PriorityWord, None] = None,
        event_report_gates: typing.Optional[Sequence[str]] = None,
        custom_parameters: typing.Optional[Mapping[str, str]] = None,
        relative_validity_time: typing.Optional[datetime.timedelta] = None,
        platform_service_id: typing.Optional[str] = None,
        platform_service_type: typing.Optional[str] = None,
        timeout: typing.Optional[float] = None,
        connect_timeout: typing.Optional[float] = None,
        max_connections: typing.Optional[int] = None,
        max_queue: typing.Optional[int] = None,
        max_attempts: typing.Optional[int] = None,
        retry_when_busy: typing.Optional[bool] = None,
        proxy: typing.Optional[str] = None,
        no_proxy: typing.Optional[str] = None,
        proxy_from_env: typing.Optional[bool] = None,
        ca_file: typing.Union[str, PathLike[str], None] = None,
        system_roots: typing.Optional[bool] = None,
        allow_http: typing.Optional[bool] = None,
        strict: typing.Optional[bool] = None,
    ) -> None:
        """Who and where, what each request says where a send says nothing else, and how sends go about it. `None` is
        as good as left out.

        - `region`: the account's region: "n-eu", "c-eu", "s-eu", "no" or "deb" (`Region`, E-2). Or `base_url`: what
          stands before `/messages`.
        - `username`, `password`: those of the account. The password is never printed.
        - `platform_id`, `platform_partner_id`: the platform's two ids; every request needs both (Q-1).
        - `source`: the business number to send from, with or without `+` (Q-2).
        - `priority`, `event_report_gates`, `custom_parameters`, `relative_validity_time`, `platform_service_id`,
          `platform_service_type`: as `send` takes them.
        - `timeout`: how many seconds a send may take in all (30), and `connect_timeout`: how many connecting may
          take, TLS included (10). Above 0 and at most 24 hours each.
        - `max_connections`: how many sends may be under way at once on workers (1 to 10,000; 64), and `max_queue`: how
          many more may wait for one (1 to 10,000,000; 10,000); one more is not sent (`queue_full`).
        - `max_attempts`: how many attempts there are at a send of which nothing has left (1 to 100; 3).
        - `retry_when_busy`: also tries again after HTTP 429 and 503, **which can send a message twice**.
        - `proxy`: `http://user:password@host:port` or `socks5://host:port`. `no_proxy`: hosts that are reached
          without it, separated by commas: `example.com` with all below it, an address, a network such as
          `10.0.0.0/8`, one port such as `example.com:8443`, or `*`. `proxy_from_env`: takes both from the
          environment as curl does (`HTTPS_PROXY` or `HTTP_PROXY` by the gateway's scheme, else `ALL_PROXY`, and
          `NO_PROXY`); a variable that cannot be used is an error.
        - `ca_file`: a PEM file of the certificate authorities to trust instead of the bundled ones. `system_roots`:
          those of the operating system.
        - `allow_http`: plain HTTP to another machine, where username, password and messages can be read on the way
          (E-4).
        - `strict`: every warning of validation is an error.

        Raises `InvalidConfig` if the client could not work, and a `TypeError` that names an argument of a wrong
        type. Nothing is sent and no connection is made yet.
        """
        self._native = NativeClient(_settings(locals()))

    @classmethod
    def from_env(
        cls,
        *,
        region: typing.Union[Region, types.RegionWord, None] = None,
        base_url: typing.Optional[str] = None,
        username: typing.Optional[str] = None,
        password: typing.Optional[str] = None,
        platform_id: typing.Optional[str] = None,
        platform_partner_id: typing.Optional[str] = None,
        source: typing.Optional[str] = None,
        priority: typing.Union[Priority, types.PriorityWord, None] = None,
        event_report_gates: typing.Optional[Sequence[str]] = None,
        custom_parameters: typing.Optional[Mapping[str, str]] = None,
        relative_validity_time: typing.Optional[datetime.timedelta] = None,
        platform_service_id: typing.Optional[str] = None,
        platform_service_type: typing.Optional[str] = None,
        timeout: typing.Optional[float] = None,
        connect_timeout: typing.Optional[float] = None,
        max_connections: typing.Optional[int] = None,
        max_queue: typing.Optional[int] = None,
        max_attempts: typing.Optional[int] = None,
        retry_when_busy: typing.Optional[bool] = None,
        proxy: typing.Optional[str] = None,
        no_proxy: typing.Optional[str] = None,
        proxy_from_env: typing.Optional[bool] = None,
        ca_file: typing.Union[str, PathLike[str], None] = None,
        system_roots: typing.Optional[bool] = None,
        allow_http: typing.Optional[bool] = None,
        strict: typing.Optional[bool] = None,
    ) -> types.Self:
        """A client with the configuration of the environment: `LINKWA_REGION` or `LINKWA_BASE_URL`, `LINKWA_USERNAME`,
        `LINKWA_PASSWORD`; and, where they are set, `LINKWA_PLATFORM_ID` with `LINKWA_PLATFORM_PARTNER_ID`,
        `LINKWA_SOURCE`, `LINKWA_PRIORITY`, `LINKWA_EVENT_REPORT_GATES` (separated by commas), `LINKWA_TIMEOUT_MS`,
        `LINKWA_CONNECT_TIMEOUT_MS`, `LINKWA_PROXY`, `LINKWA_CA_FILE`, `LINKWA_ALLOW_HTTP` (`1` or `true`). One that
        is empty counts as not set.

        The arguments are those of the class; one that is given replaces what the environment says.

        Raises `InvalidConfig` that names every variable that is missing or cannot be used.

            >>> import linkwa
            >>> with linkwa.Client.from_env(timeout=5.0, priority="HIGH") as client:
            ...     client.send_text("+46000000001", "Hello").result_code
            112001
        """
        settings = _settings(locals())
        client = cls.__new__(cls)
        client._native = NativeClient.from_env(settings)
        return client

    def build(
        self,
        to: typing.Union[str, Sequence[str]],
        message: types.Messages,
        *,
        priority: typing.Union[Priority, types.PriorityWord, None] = None,
        ref_id: typing.Optional[str] = None,
        event_report_gates: typing.Optional[Sequence[str]] = None,
        custom_parameters: typing.Optional[Mapping[str, str]] = None,
        relative_validity_time: typing.Optional[datetime.timedelta] = None,
        absolute_validity_time: typing.Union[datetime.datetime, str, None] = None,
        source: typing.Optional[str] = None,
        platform_service_id: typing.Optional[str] = None,
        platform_service_type: typing.Optional[str] = None,
        platform_transaction_id: typing.Optional[str] = None,
        timeout: typing.Optional[float] = None,
    ) -> bytes:
        """The exact bytes that `send` would post, and nothing is sent. If there is no `ref_id`, the one in the bytes
        is made anew each time. Arguments are those of `send`; the timeout is not looked at.

        Raises `InvalidRequest` with every finding.

            >>> import linkwa
            >>> linkwa.build("+46000000001", linkwa.Text("Hello"), ref_id="order-17")[:24]
            b'{"platformId":"p","platf'
        """
        return self._native.build(to, message, _options(locals()))


class Client(_Account):
    """Access to one account at one gateway.

    Threads may share it; it keeps connections alive between sends. A `with` block closes it at the end. What its
    verbs raise is a `LinkwaError`, whose `outcome` says what is known about the message:

    - `InvalidRequest` (`not_sent`): validation found errors; fix what `findings` names.
    - `NotSent` (`not_sent`): no byte of the message left, and none will; it can be sent again.
    - `Rejected` (`rejected`): the gateway said no.
    - `OutcomeUnknown` (`unknown`): the message may have been accepted. Do not send it again before its event report
      was looked for.
    - `InternalError`: a bug of linkwa; its `outcome` says what is known, `unknown` if nothing is.

    Ctrl-C while a send blocks the main thread cancels it. The `KeyboardInterrupt` has the attributes `linkwa_ref_id`
    and `linkwa_outcome` (`accepted`, `rejected`, `not_sent` or `unknown`), and a note that says both where Python has
    notes; a warning in the log says the same. Where gevent or eventlet has patched `threading`, other greenlets go on.
    After `fork()` the child may go on using it, with connections and threads of its own; what was under way stays the
    parent's.

        >>> import linkwa
        >>> with linkwa.Client.from_env() as client:
        ...     try:
        ...         sent = client.send_text("+46000000001", "Hello")
        ...     except linkwa.OutcomeUnknown as error:
        ...         print("look for the event report of", error.ref_id)
        >>> sent.result_code
        112001
    """

    def _send(
        self, to: typing.Union[str, Sequence[str]], message: types.Messages, options: dict[str, Any]
    ) -> SendResult:
        here = hub()
        if here is None:
            return self._native.send(to, message, options)
        return here.wait(self._native.submit(to, message, options, None, None))

    def send(
        self,
        to: typing.Union[str, Sequence[str]],
        message: types.Messages,
        *,
        priority: typing.Union[Priority, types.PriorityWord, None] = None,
        ref_id: typing.Optional[str] = None,
        event_report_gates: typing.Optional[Sequence[str]] = None,
        custom_parameters: typing.Optional[Mapping[str, str]] = None,
        relative_validity_time: typing.Optional[datetime.timedelta] = None,
        absolute_validity_time: typing.Union[datetime.datetime, str, None] = None,
        source: typing.Optional[str] = None,
        platform_service_id: typing.Optional[str] = None,
        platform_service_type: typing.Optional[str] = None,
        platform_transaction_id: typing.Optional[str] = None,
        timeout: typing.Optional[float] = None,
    ) -> SendResult:
        """Sends one message or several to one destination or several, and gives what the gateway answered.

        `to` is a number of 3 to 15 digits, with or without `+` (Q-2), or a sequence of them; each gets every
        message. `message` is an object of a message class (`Text` and the others), a mapping in wire form (see
        `linkwa.types`), or a sequence of them.

        Every verb that sends takes these options. One that is left out, or `None`, is as the client has it.

        - `priority`: "LOW", "NORMAL" or "HIGH" (`Priority`); NORMAL where nobody says anything.
        - `ref_id`: your own reference, which comes back in every event report. Not empty. Left out, a unique one is
          made. To be able to reconcile after a crash, make one with `new_ref_id()` and store it before sending.
        - `event_report_gates`: the gates that event reports go to, instead of the client's.
        - `custom_parameters`: names and texts that come back in every event report, instead of all of the client's.
        - `relative_validity_time`: how long the gateway may try, from now. Sent in milliseconds; less than one is
          an error (Q-3).
        - `absolute_validity_time`: until when the gateway may try: an aware `datetime`, to the second, or a text in
          RFC 3339 with an offset, "2030-03-18T16:49:21Z". It wins over the relative time; one that is over is a
          warning. With neither, the gateway tries for 48 hours (Q-3).
        - `source`: the business number to send from.
        - `platform_service_id`, `platform_service_type`, `platform_transaction_id`: what your platform calls its
          service and the transaction.
        - `timeout`: how many seconds the send may take, from the call to the result, waiting for a worker included;
          at most 24 hours. With 0 or less nothing is sent.

        The result is a `SendResult`; what validation warned of is in its `warnings`. Raises `InvalidRequest` with
        everything that validation found, `NotSent`, `Rejected`, `OutcomeUnknown` or `InternalError` (see `Client`);
        a `TypeError` that names the argument of a wrong type, and a `ValueError` for a datetime without a time zone
        or a priority that there is not.

            >>> import linkwa
            >>> image = linkwa.Image("https://example.com/a.png", caption="The new door")
            >>> sent = linkwa.send(["+46000000001", "+46000000002"], image, priority="HIGH", ref_id="order-17")
            >>> sent.ref_id, sent.result_code, len(sent.message_ids)
            ('order-17', 112001, 2)
            >>> linkwa.send("+46000000001", {"type": "text", "text": {"body": "Hello"}}).result_code
            112001
        """
        return self._send(
            to,
            message,
            _options(locals()),
        )

    def send_text(
        self,
        to: typing.Union[str, Sequence[str]],
        body: str,
        *,
        preview_url: typing.Optional[bool] = None,
        priority: typing.Union[Priority, types.PriorityWord, None] = None,
        ref_id: typing.Optional[str] = None,
        event_report_gates: typing.Optional[Sequence[str]] = None,
        custom_parameters: typing.Optional[Mapping[str, str]] = None,
        relative_validity_time: typing.Optional[datetime.timedelta] = None,
        absolute_validity_time: typing.Union[datetime.datetime, str, None] = None,
        source: typing.Optional[str] = None,
        platform_service_id: typing.Optional[str] = None,
        platform_service_type: typing.Optional[str] = None,
        platform_transaction_id: typing.Optional[str] = None,
        timeout: typing.Optional[float] = None,
    ) -> SendResult:
        """Sends a text. `body` is not empty; over 4,096 Unicode code points are a warning, and so is a `preview_url`
        without an `http://` or `https://` URL in the body (M-3). See `Text`.

        Options and errors are those of `send`.

            >>> import linkwa
            >>> sent = linkwa.send_text("+46000000001", "Track it: https://example.com/t/17", preview_url=True)
            >>> sent.result_code, len(sent.message_ids)
            (112001, 1)
        """
        return self._send(
            to,
            _linkwa.Text(body, preview_url=preview_url),
            _options(locals()),
        )

    def send_image(
        self,
        to: typing.Union[str, Sequence[str]],
        link: str,
        *,
        caption: typing.Optional[str] = None,
        priority: typing.Union[Priority, types.PriorityWord, None] = None,
        ref_id: typing.Optional[str] = None,
        event_report_gates: typing.Optional[Sequence[str]] = None,
        custom_parameters: typing.Optional[Mapping[str, str]] = None,
        relative_validity_time: typing.Optional[datetime.timedelta] = None,
        absolute_validity_time: typing.Union[datetime.datetime, str, None] = None,
        source: typing.Optional[str] = None,
        platform_service_id: typing.Optional[str] = None,
        platform_service_type: typing.Optional[str] = None,
        platform_transaction_id: typing.Optional[str] = None,
        timeout: typing.Optional[float] = None,
    ) -> SendResult:
        """Sends a picture, JPEG or PNG. `link` is an absolute `http` or `https` URL that is reachable from the
        internet, `caption` the text under it (M-2). See `Image`.

        Options and errors are those of `send`.

            >>> import linkwa
            >>> linkwa.send_image("+46000000001", "https://example.com/a.png", caption="The new door").result_code
            112001
        """
        return self._send(
            to,
            _linkwa.Image(link, caption=caption),
            _options(locals()),
        )

    def send_audio(
        self,
        to: typing.Union[str, Sequence[str]],
        link: str,
        *,
        priority: typing.Union[Priority, types.PriorityWord, None] = None,
        ref_id: typing.Optional[str] = None,
        event_report_gates: typing.Optional[Sequence[str]] = None,
        custom_parameters: typing.Optional[Mapping[str, str]] = None,
        relative_validity_time: typing.Optional[datetime.timedelta] = None,
        absolute_validity_time: typing.Union[datetime.datetime, str, None] = None,
        source: typing.Optional[str] = None,
        platform_service_id: typing.Optional[str] = None,
        platform_service_type: typing.Optional[str] = None,
        platform_transaction_id: typing.Optional[str] = None,
        timeout: typing.Optional[float] = None,
    ) -> SendResult:
        """Sends a sound: AAC, MP4, AMR, MPEG, or Ogg with Opus inside. `link` is an absolute `http` or `https` URL
        that is reachable from the internet (M-2); a sound has no caption. See `Audio`.

        Options and errors are those of `send`.

            >>> import linkwa
            >>> linkwa.send_audio("+46000000001", "https://example.com/a.ogg").result_code
            112001
        """
        return self._send(
            to,
            _linkwa.Audio(link),
            _options(locals()),
        )

    def send_video(
        self,
        to: typing.Union[str, Sequence[str]],
        link: str,
        *,
        caption: typing.Optional[str] = None,
        priority: typing.Union[Priority, types.PriorityWord, None] = None,
        ref_id: typing.Optional[str] = None,
        event_report_gates: typing.Optional[Sequence[str]] = None,
        custom_parameters: typing.Optional[Mapping[str, str]] = None,
        relative_validity_time: typing.Optional[datetime.timedelta] = None,
        absolute_validity_time: typing.Union[datetime.datetime, str, None] = None,
        source: typing.Optional[str] = None,
        platform_service_id: typing.Optional[str] = None,
        platform_service_type: typing.Optional[str] = None,
        platform_transaction_id: typing.Optional[str] = None,
        timeout: typing.Optional[float] = None,
    ) -> SendResult:
        """Sends a video, MP4 or 3GPP. `link` is an absolute `http` or `https` URL that is reachable from the internet,
        `caption` the text under it (M-2). See `Video`.

        Options and errors are those of `send`.

            >>> import linkwa
            >>> linkwa.send_video("+46000000001", "https://example.com/a.mp4", caption="How to get there").result_code
            112001
        """
        return self._send(
            to,
            _linkwa.Video(link, caption=caption),
            _options(locals()),
        )

    def send_document(
        self,
        to: typing.Union[str, Sequence[str]],
        link: str,
        *,
        caption: typing.Optional[str] = None,
        filename: typing.Optional[str] = None,
        priority: typing.Union[Priority, types.PriorityWord, None] = None,
        ref_id: typing.Optional[str] = None,
        event_report_gates: typing.Optional[Sequence[str]] = None,
        custom_parameters: typing.Optional[Mapping[str, str]] = None,
        relative_validity_time: typing.Optional[datetime.timedelta] = None,
        absolute_validity_time: typing.Union[datetime.datetime, str, None] = None,
        source: typing.Optional[str] = None,
        platform_service_id: typing.Optional[str] = None,
        platform_service_type: typing.Optional[str] = None,
        platform_transaction_id: typing.Optional[str] = None,
        timeout: typing.Optional[float] = None,
    ) -> SendResult:
        """Sends a document of any MIME type. `link` is an absolute `http` or `https` URL that is reachable from the
        internet, `caption` the text under it, `filename` what the recipient sees it named (M-2). See `Document`.

        Options and errors are those of `send`.

            >>> import linkwa
            >>> linkwa.send_document("+46000000001", "https://example.com/17.pdf", filename="invoice.pdf").result_code
            112001
        """
        return self._send(
            to,
            _linkwa.Document(link, caption=caption, filename=filename),
            _options(locals()),
        )

    def send_location(
        self,
        to: typing.Union[str, Sequence[str]],
        *,
        latitude: float,
        longitude: float,
        name: typing.Optional[str] = None,
        address: typing.Optional[str] = None,
        priority: typing.Union[Priority, types.PriorityWord, None] = None,
        ref_id: typing.Optional[str] = None,
        event_report_gates: typing.Optional[Sequence[str]] = None,
        custom_parameters: typing.Optional[Mapping[str, str]] = None,
        relative_validity_time: typing.Optional[datetime.timedelta] = None,
        absolute_validity_time: typing.Union[datetime.datetime, str, None] = None,
        source: typing.Optional[str] = None,
        platform_service_id: typing.Optional[str] = None,
        platform_service_type: typing.Optional[str] = None,
        platform_transaction_id: typing.Optional[str] = None,
        timeout: typing.Optional[float] = None,
    ) -> SendResult:
        """Sends a place on the map: `latitude` in degrees north of the equator, -90 to 90, and `longitude` in degrees
        east of Greenwich, -180 to 180. An `address` without a `name` is not shown, which is a warning (M-3). See
        `Location`.

        Options and errors are those of `send`.

            >>> import linkwa
            >>> linkwa.send_location("+46000000001", latitude=59.33, longitude=18.07, name="Office").result_code
            112001
        """
        return self._send(
            to,
            _linkwa.Location(latitude=latitude, longitude=longitude, name=name, address=address),
            _options(locals()),
        )

    def send_contacts(
        self,
        to: typing.Union[str, Sequence[str]],
        contacts: Sequence[Contact],
        *,
        priority: typing.Union[Priority, types.PriorityWord, None] = None,
        ref_id: typing.Optional[str] = None,
        event_report_gates: typing.Optional[Sequence[str]] = None,
        custom_parameters: typing.Optional[Mapping[str, str]] = None,
        relative_validity_time: typing.Optional[datetime.timedelta] = None,
        absolute_validity_time: typing.Union[datetime.datetime, str, None] = None,
        source: typing.Optional[str] = None,
        platform_service_id: typing.Optional[str] = None,
        platform_service_type: typing.Optional[str] = None,
        platform_transaction_id: typing.Optional[str] = None,
        timeout: typing.Optional[float] = None,
    ) -> SendResult:
        """Sends contact cards, at least one, in one message; each with something in it (M-3). See `Contact`.

        Options and errors are those of `send`.

            >>> import linkwa
            >>> anna = linkwa.Name("Anna Berg", first_name="Anna")
            >>> card = linkwa.Contact(name=anna, phones=[linkwa.Phone("+46 70 000 00 01")])
            >>> linkwa.send_contacts("+46000000001", [card]).result_code
            112001
        """
        return self._send(
            to,
            _linkwa.Contacts(contacts),
            _options(locals()),
        )

    def send_template(
        self,
        to: typing.Union[str, Sequence[str]],
        name: str,
        *,
        namespace: str,
        language: str,
        components: Sequence[typing.Union[Header, Body, QuickReplyButton, UrlButton]] = (),
        priority: typing.Union[Priority, types.PriorityWord, None] = None,
        ref_id: typing.Optional[str] = None,
        event_report_gates: typing.Optional[Sequence[str]] = None,
        custom_parameters: typing.Optional[Mapping[str, str]] = None,
        relative_validity_time: typing.Optional[datetime.timedelta] = None,
        absolute_validity_time: typing.Union[datetime.datetime, str, None] = None,
        source: typing.Optional[str] = None,
        platform_service_id: typing.Optional[str] = None,
        platform_service_type: typing.Optional[str] = None,
        platform_transaction_id: typing.Optional[str] = None,
        timeout: typing.Optional[float] = None,
    ) -> SendResult:
        """Sends a template message: the one type that may be sent at any time, all others only within 24 hours of the
        recipient's own last message (W-1).

        `name`, `namespace` and `language` (`en`, `pt_BR`, …; T-10) are those of the approved template, and
        `components` are its parts that vary: `Header`, `Body`, `QuickReplyButton`, `UrlButton` (T-1 to T-5).
        Whether they fit the approved template only the gateway knows. See `Template`.

        Options and errors are those of `send`.

            >>> import linkwa
            >>> sent = linkwa.send_template(
            ...     "+46000000001",
            ...     "order_update",
            ...     namespace="namespace",
            ...     language="en",
            ...     components=[linkwa.Body("Anna", linkwa.Currency("$100.99", code="USD", amount_1000=100990))],
            ... )
            >>> sent.result_code
            112001
        """
        return self._send(
            to,
            _linkwa.Template(name, namespace=namespace, language=language, components=components),
            _options(locals()),
        )

    def send_request(
        self, request: typing.Union[types.MessageRequestDict, str, bytes], *, timeout: typing.Optional[float] = None
    ) -> SendResult:
        """Sends a whole request in wire form, a mapping or JSON as `str` or `bytes` of at most 1 MiB and 64 levels:
        validated, and normalised as T-1 and T-9 say. Nothing of the client's defaults goes into it (Q-1). `timeout`
        is in seconds, as for `send`.

        Errors are those of `send`; what is no JSON object is the finding `invalid_json`.

            >>> import linkwa
            >>> request = {
            ...     "platformId": "platform id",
            ...     "platformPartnerId": "partner id",
            ...     "priority": "NORMAL",
            ...     "refId": linkwa.new_ref_id(),
            ...     "source": "+46000000000",
            ...     "destinations": ["+46000000001"],
            ...     "messages": [{"type": "text", "text": {"body": "Hello"}}],
            ... }
            >>> linkwa.send_request(request).result_code
            112001
        """
        here = hub()
        if here is None:
            return self._native.send_request(request, timeout)
        return here.wait(self._native.submit_request(request, timeout, None, None))

    def send_raw(
        self,
        request: typing.Union[types.MessageRequestDict, Mapping[str, typing.Any], str, bytes],
        *,
        timeout: typing.Optional[float] = None,
    ) -> SendResult:
        """Sends a whole request in wire form as it is, for what is newer than version 1.4.1 of the API (Q-4). Only
        that it is one JSON object of at most 1 MiB and 64 levels is checked; nothing is filled in, not even a
        `refId`, without which an unknown outcome cannot be reconciled. `timeout` is in seconds, as for `send`.

        Errors are those of `send`.

            >>> import linkwa
            >>> request = (
            ...     '{"platformId": "p", "platformPartnerId": "pp", "priority": "LOW", "refId": "17", '
            ...     '"source": "+46000000000", "destinations": ["+46000000001"], '
            ...     '"messages": [{"type": "text", "text": {"body": "Hello"}}]}'
            ... )
            >>> linkwa.send_raw(request).ref_id
            '17'
        """
        here = hub()
        if here is None:
            return self._native.send_raw(request, timeout)
        return here.wait(self._native.submit_raw(request, timeout, None, None))

    def send_many(
        self,
        destinations: Iterable[str],
        message: typing.Union[types.Messages, Callable[[str], types.Messages]],
        *,
        destinations_per_request: typing.Optional[int] = None,
        rate: typing.Optional[float] = None,
        resume: typing.Optional[str] = None,
        resend_unknown: bool = False,
        priority: typing.Union[Priority, types.PriorityWord, None] = None,
        ref_id: typing.Optional[str] = None,
        event_report_gates: typing.Optional[Sequence[str]] = None,
        custom_parameters: typing.Optional[Mapping[str, str]] = None,
        relative_validity_time: typing.Optional[datetime.timedelta] = None,
        absolute_validity_time: typing.Union[datetime.datetime, str, None] = None,
        source: typing.Optional[str] = None,
        platform_service_id: typing.Optional[str] = None,
        platform_service_type: typing.Optional[str] = None,
        platform_transaction_id: typing.Optional[str] = None,
        timeout: typing.Optional[float] = None,
    ) -> SendMany:
        """Sends the same message to very many destinations: in requests of up to `destinations_per_request` (100 if nothing
        is said), as many at once as the client has connections, in bounded memory, and at most `rate` destinations a second.
        `destinations` may be an iterator without end. `message` may also be a function from a destination to its message;
        each destination is then a request. The `ref_id` of a request is `{ref_id}-{index}`; the timeout is that of each.

        `resume` goes on from the `checkpoint()` of an earlier run: give the same destinations in the same order. What was
        accepted is skipped, and so is what is unknown, unless `resend_unknown` says so: **what of that was accepted reaches
        its recipients twice.** With other destinations, another `ref_id` or another size of requests it is refused. To send
        to numbers that you have corrected, begin a new run with these alone.

        Each destination is checked when it is taken. One that is invalid, or whose message function raises or returns no
        message, is a chunk of its own, and the others are sent. HTTP 429 pauses the run as a whole, for the time of its
        `Retry-After`, and what was answered so is sent again, up to 10 times. HTTP 503, and three requests in a row without
        a connection or an answer, pause it as well. HTTP 401 or 403 ends the run, and so do 15 minutes without an answer: no
        request begins any more, and a checkpoint resumes it.

        Nothing is sent before the first result is asked for. A client that is closed ends the run.

        Gives a `SendMany`; what went wrong with a request is the `error` of its `Chunk` and not raised. Options are
        those of `send`. Raises `InvalidConfig` for a number out of its bounds and for a checkpoint that is none, or another
        run's. What `destinations` raises comes out last.

            >>> import linkwa
            >>> numbers = [f"+4670000{index:04}" for index in range(250)]
            >>> with linkwa.send_many(numbers, linkwa.Text("We are moving"), rate=500) as many:
            ...     for chunk in many:
            ...         if chunk.error is not None:
            ...             print(chunk.ref_id, len(chunk.destinations), chunk.error.outcome)
            >>> many.progress.sent
            250
        """
        run = {
            "destinations_per_request": destinations_per_request,
            "rate": rate,
            "resume": resume,
            "resend_unknown": resend_unknown,
        }
        options = {
            "priority": priority,
            "ref_id": ref_id,
            "event_report_gates": event_report_gates,
            "custom_parameters": custom_parameters,
            "relative_validity_time": relative_validity_time,
            "absolute_validity_time": absolute_validity_time,
            "source": source,
            "platform_service_id": platform_service_id,
            "platform_service_type": platform_service_type,
            "platform_transaction_id": platform_transaction_id,
            "timeout": timeout,
        }
        return SendMany(_linkwa.NativeMany(self._native, destinations, message, options, run))

    def close(self, timeout: typing.Optional[float] = None) -> None:
        """Ends the client. No send begins any more; those that wait for a worker end at once, `not_sent` (`closed`); those
        under way may finish for `timeout` seconds, and are then broken off. Without a timeout they end by their own."""
        here = hub()
        if here is None:
            self._native.close(timeout)
        else:
            here.run(lambda: self._native.close(timeout))

    def __enter__(self) -> types.Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


class AsyncClient(_Account):
    """Access to one account at one gateway, from asyncio: the verbs of `Client`, to be awaited.

    No thread waits for a send: a bounded set of workers does the sending, whatever the number of tasks. A client
    may be used on several event loops. An `async with` block closes it at the end.

    Cancelling the task that awaits a send ends the send: if no byte of the message had left, none will. The
    `CancelledError` has the attributes `linkwa_ref_id` and `linkwa_outcome`, as `Client` tells of Ctrl-C. It needs an
    event loop of asyncio.

        >>> import asyncio, linkwa
        >>> async def main():
        ...     async with linkwa.AsyncClient.from_env() as client:
        ...         numbers = ["+46000000001", "+46000000002", "+46000000003"]
        ...         sent = await asyncio.gather(*(client.send_text(number, "Hello") for number in numbers))
        ...     return [result.result_code for result in sent]
        >>> asyncio.run(main())
        [112001, 112001, 112001]
    """

    async def _send(
        self, to: typing.Union[str, Sequence[str]], message: types.Messages, options: dict[str, Any]
    ) -> SendResult:
        return await _settled(self._native.submit, to, message, options)

    async def send(
        self,
        to: typing.Union[str, Sequence[str]],
        message: types.Messages,
        *,
        priority: typing.Union[Priority, types.PriorityWord, None] = None,
        ref_id: typing.Optional[str] = None,
        event_report_gates: typing.Optional[Sequence[str]] = None,
        custom_parameters: typing.Optional[Mapping[str, str]] = None,
        relative_validity_time: typing.Optional[datetime.timedelta] = None,
        absolute_validity_time: typing.Union[datetime.datetime, str, None] = None,
        source: typing.Optional[str] = None,
        platform_service_id: typing.Optional[str] = None,
        platform_service_type: typing.Optional[str] = None,
        platform_transaction_id: typing.Optional[str] = None,
        timeout: typing.Optional[float] = None,
    ) -> SendResult:
        """As `Client.send`, to be awaited."""
        return await self._send(
            to,
            message,
            _options(locals()),
        )

    async def send_text(
        self,
        to: typing.Union[str, Sequence[str]],
        body: str,
        *,
        preview_url: typing.Optional[bool] = None,
        priority: typing.Union[Priority, types.PriorityWord, None] = None,
        ref_id: typing.Optional[str] = None,
        event_report_gates: typing.Optional[Sequence[str]] = None,
        custom_parameters: typing.Optional[Mapping[str, str]] = None,
        relative_validity_time: typing.Optional[datetime.timedelta] = None,
        absolute_validity_time: typing.Union[datetime.datetime, str, None] = None,
        source: typing.Optional[str] = None,
        platform_service_id: typing.Optional[str] = None,
        platform_service_type: typing.Optional[str] = None,
        platform_transaction_id: typing.Optional[str] = None,
        timeout: typing.Optional[float] = None,
    ) -> SendResult:
        """As `Client.send_text`, to be awaited."""
        return await self._send(
            to,
            _linkwa.Text(body, preview_url=preview_url),
            _options(locals()),
        )

    async def send_image(
        self,
        to: typing.Union[str, Sequence[str]],
        link: str,
        *,
        caption: typing.Optional[str] = None,
        priority: typing.Union[Priority, types.PriorityWord, None] = None,
        ref_id: typing.Optional[str] = None,
        event_report_gates: typing.Optional[Sequence[str]] = None,
        custom_parameters: typing.Optional[Mapping[str, str]] = None,
        relative_validity_time: typing.Optional[datetime.timedelta] = None,
        absolute_validity_time: typing.Union[datetime.datetime, str, None] = None,
        source: typing.Optional[str] = None,
        platform_service_id: typing.Optional[str] = None,
        platform_service_type: typing.Optional[str] = None,
        platform_transaction_id: typing.Optional[str] = None,
        timeout: typing.Optional[float] = None,
    ) -> SendResult:
        """As `Client.send_image`, to be awaited."""
        return await self._send(
            to,
            _linkwa.Image(link, caption=caption),
            _options(locals()),
        )

    async def send_audio(
        self,
        to: typing.Union[str, Sequence[str]],
        link: str,
        *,
        priority: typing.Union[Priority, types.PriorityWord, None] = None,
        ref_id: typing.Optional[str] = None,
        event_report_gates: typing.Optional[Sequence[str]] = None,
        custom_parameters: typing.Optional[Mapping[str, str]] = None,
        relative_validity_time: typing.Optional[datetime.timedelta] = None,
        absolute_validity_time: typing.Union[datetime.datetime, str, None] = None,
        source: typing.Optional[str] = None,
        platform_service_id: typing.Optional[str] = None,
        platform_service_type: typing.Optional[str] = None,
        platform_transaction_id: typing.Optional[str] = None,
        timeout: typing.Optional[float] = None,
    ) -> SendResult:
        """As `Client.send_audio`, to be awaited."""
        return await self._send(
            to,
            _linkwa.Audio(link),
            _options(locals()),
        )

    async def send_video(
        self,
        to: typing.Union[str, Sequence[str]],
        link: str,
        *,
        caption: typing.Optional[str] = None,
        priority: typing.Union[Priority, types.PriorityWord, None] = None,
        ref_id: typing.Optional[str] = None,
        event_report_gates: typing.Optional[Sequence[str]] = None,
        custom_parameters: typing.Optional[Mapping[str, str]] = None,
        relative_validity_time: typing.Optional[datetime.timedelta] = None,
        absolute_validity_time: typing.Union[datetime.datetime, str, None] = None,
        source: typing.Optional[str] = None,
        platform_service_id: typing.Optional[str] = None,
        platform_service_type: typing.Optional[str] = None,
        platform_transaction_id: typing.Optional[str] = None,
        timeout: typing.Optional[float] = None,
    ) -> SendResult:
        """As `Client.send_video`, to be awaited."""
        return await self._send(
            to,
            _linkwa.Video(link, caption=caption),
            _options(locals()),
        )

    async def send_document(
        self,
        to: typing.Union[str, Sequence[str]],
        link: str,
        *,
        caption: typing.Optional[str] = None,
        filename: typing.Optional[str] = None,
        priority: typing.Union[Priority, types.PriorityWord, None] = None,
        ref_id: typing.Optional[str] = None,
        event_report_gates: typing.Optional[Sequence[str]] = None,
        custom_parameters: typing.Optional[Mapping[str, str]] = None,
        relative_validity_time: typing.Optional[datetime.timedelta] = None,
        absolute_validity_time: typing.Union[datetime.datetime, str, None] = None,
        source: typing.Optional[str] = None,
        platform_service_id: typing.Optional[str] = None,
        platform_service_type: typing.Optional[str] = None,
        platform_transaction_id: typing.Optional[str] = None,
        timeout: typing.Optional[float] = None,
    ) -> SendResult:
        """As `Client.send_document`, to be awaited."""
        return await self._send(
            to,
            _linkwa.Document(link, caption=caption, filename=filename),
            _options(locals()),
        )

    async def send_location(
        self,
        to: typing.Union[str, Sequence[str]],
        *,
        latitude: float,
        longitude: float,
        name: typing.Optional[str] = None,
        address: typing.Optional[str] = None,
        priority: typing.Union[Priority, types.PriorityWord, None] = None,
        ref_id: typing.Optional[str] = None,
        event_report_gates: typing.Optional[Sequence[str]] = None,
        custom_parameters: typing.Optional[Mapping[str, str]] = None,
        relative_validity_time: typing.Optional[datetime.timedelta] = None,
        absolute_validity_time: typing.Union[datetime.datetime, str, None] = None,
        source: typing.Optional[str] = None,
        platform_service_id: typing.Optional[str] = None,
        platform_service_type: typing.Optional[str] = None,
        platform_transaction_id: typing.Optional[str] = None,
        timeout: typing.Optional[float] = None,
    ) -> SendResult:
        """As `Client.send_location`, to be awaited."""
        return await self._send(
            to,
            _linkwa.Location(latitude=latitude, longitude=longitude, name=name, address=address),
            _options(locals()),
        )

    async def send_contacts(
        self,
        to: typing.Union[str, Sequence[str]],
        contacts: Sequence[Contact],
        *,
        priority: typing.Union[Priority, types.PriorityWord, None] = None,
        ref_id: typing.Optional[str] = None,
        event_report_gates: typing.Optional[Sequence[str]] = None,
        custom_parameters: typing.Optional[Mapping[str, str]] = None,
        relative_validity_time: typing.Optional[datetime.timedelta] = None,
        absolute_validity_time: typing.Union[datetime.datetime, str, None] = None,
        source: typing.Optional[str] = None,
        platform_service_id: typing.Optional[str] = None,
        platform_service_type: typing.Optional[str] = None,
        platform_transaction_id: typing.Optional[str] = None,
        timeout: typing.Optional[float] = None,
    ) -> SendResult:
        """As `Client.send_contacts`, to be awaited."""
        return await self._send(
            to,
            _linkwa.Contacts(contacts),
            _options(locals()),
        )

    async def send_template(
        self,
        to: typing.Union[str, Sequence[str]],
        name: str,
        *,
        namespace: str,
        language: str,
        components: Sequence[typing.Union[Header, Body, QuickReplyButton, UrlButton]] = (),
        priority: typing.Union[Priority, types.PriorityWord, None] = None,
        ref_id: typing.Optional[str] = None,
        event_report_gates: typing.Optional[Sequence[str]] = None,
        custom_parameters: typing.Optional[Mapping[str, str]] = None,
        relative_validity_time: typing.Optional[datetime.timedelta] = None,
        absolute_validity_time: typing.Union[datetime.datetime, str, None] = None,
        source: typing.Optional[str] = None,
        platform_service_id: typing.Optional[str] = None,
        platform_service_type: typing.Optional[str] = None,
        platform_transaction_id: typing.Optional[str] = None,
        timeout: typing.Optional[float] = None,
    ) -> SendResult:
        """As `Client.send_template`, to be awaited."""
        return await self._send(
            to,
            _linkwa.Template(name, namespace=namespace, language=language, components=components),
            _options(locals()),
        )

    async def send_request(
        self, request: typing.Union[types.MessageRequestDict, str, bytes], *, timeout: typing.Optional[float] = None
    ) -> SendResult:
        """As `Client.send_request`, to be awaited."""
        return await _settled(self._native.submit_request, request, timeout)

    async def send_raw(
        self,
        request: typing.Union[types.MessageRequestDict, Mapping[str, typing.Any], str, bytes],
        *,
        timeout: typing.Optional[float] = None,
    ) -> SendResult:
        """As `Client.send_raw`, to be awaited."""
        return await _settled(self._native.submit_raw, request, timeout)

    def send_many(
        self,
        destinations: typing.Union[Iterable[str], AsyncIterable[str]],
        message: typing.Union[types.Messages, Callable[[str], typing.Union[types.Messages, Awaitable[types.Messages]]]],
        *,
        destinations_per_request: typing.Optional[int] = None,
        rate: typing.Optional[float] = None,
        resume: typing.Optional[str] = None,
        resend_unknown: bool = False,
        priority: typing.Union[Priority, types.PriorityWord, None] = None,
        ref_id: typing.Optional[str] = None,
        event_report_gates: typing.Optional[Sequence[str]] = None,
        custom_parameters: typing.Optional[Mapping[str, str]] = None,
        relative_validity_time: typing.Optional[datetime.timedelta] = None,
        absolute_validity_time: typing.Union[datetime.datetime, str, None] = None,
        source: typing.Optional[str] = None,
        platform_service_id: typing.Optional[str] = None,
        platform_service_type: typing.Optional[str] = None,
        platform_transaction_id: typing.Optional[str] = None,
        timeout: typing.Optional[float] = None,
    ) -> AsyncSendMany:
        """Sends the same message to very many destinations: in requests of up to `destinations_per_request` (100 if nothing
        is said), as many at once as the client has connections, in bounded memory, and at most `rate` destinations a second.
        `destinations` may be an iterator without end, and an async one. `message` may also be a function from a destination to
        its message, `def` or `async def`; each destination is then a request, and the messages are made one after the other.
        The `ref_id` of a request is `{ref_id}-{index}`; the timeout is that of each.

        `resume` goes on from the `checkpoint()` of an earlier run: give the same destinations in the same order. What was
        accepted is skipped, and so is what is unknown, unless `resend_unknown` says so: **what of that was accepted reaches
        its recipients twice.** With other destinations, another `ref_id` or another size of requests it is refused. To send
        to numbers that you have corrected, begin a new run with these alone.

        Each destination is checked when it is taken. One that is invalid, or whose message function raises or returns no
        message, is a chunk of its own, and the others are sent. HTTP 429 pauses the run as a whole, for the time of its
        `Retry-After`, and what was answered so is sent again, up to 10 times. HTTP 503, and three requests in a row without
        a connection or an answer, pause it as well. HTTP 401 or 403 ends the run, and so do 15 minutes without an answer: no
        request begins any more, and a checkpoint resumes it.

        Nothing is sent before the first result is asked for. A client that is closed ends the run.

        Gives an `AsyncSendMany`; what went wrong with a request is the `error` of its `Chunk` and not raised. Options
        are those of `send`. Raises `InvalidConfig` for a checkpoint that is none.

            >>> import asyncio, linkwa
            >>> async def main():
            ...     numbers = [f"+4670000{index:04}" for index in range(250)]
            ...     async with linkwa.AsyncClient.from_env() as client:
            ...         async with client.send_many(numbers, linkwa.Text("We are moving")) as many:
            ...             return [chunk.error async for chunk in many]
            >>> asyncio.run(main())
            [None, None, None]
        """
        run = {
            "destinations_per_request": destinations_per_request,
            "rate": rate,
            "resume": resume,
            "resend_unknown": resend_unknown,
        }
        options = {
            "priority": priority,
            "ref_id": ref_id,
            "event_report_gates": event_report_gates,
            "custom_parameters": custom_parameters,
            "relative_validity_time": relative_validity_time,
            "absolute_validity_time": absolute_validity_time,
            "source": source,
            "platform_service_id": platform_service_id,
            "platform_service_type": platform_service_type,
            "platform_transaction_id": platform_transaction_id,
            "timeout": timeout,
        }
        return async_send_many(self._native, destinations, message, options, run)

    async def close(self, timeout: typing.Optional[float] = None) -> None:
        """Ends the client; see `Client.close`."""
        loop = running_loop()
        future: asyncio.Future[None] = loop.create_future()
        self._native.close_soon(timeout, completions(loop), future)
        await future

    aclose = close

    async def __aenter__(self) -> types.Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.close()


def running_loop() -> asyncio.AbstractEventLoop:
    """The event loop that runs this coroutine."""
    from asyncio import get_running_loop

    try:
        return get_running_loop()
    except RuntimeError:
        raise RuntimeError(
            "AsyncClient needs a running event loop of asyncio, and there is none here; under trio use Client in a thread: "
            "`await trio.to_thread.run_sync(client.send_text, ...)`; with anyio choose the backend asyncio"
        ) from None


_queues: WeakKeyDictionary[asyncio.AbstractEventLoop, Completions] | None = None


def completions(loop: asyncio.AbstractEventLoop) -> Completions:
    """What brings results to this loop."""
    global _queues
    from weakref import WeakKeyDictionary, ref

    if _queues is None:
        _queues = WeakKeyDictionary()
    queue = _queues.get(loop)
    if queue is None or queue.is_foreign:
        # What came when a loop was just being closed holds its futures, and they hold the loop.
        for other in [reference() for reference in _queues.keyrefs()]:
            if other is not None and other.is_closed():
                _queues.pop(other, None)
        queue = _queues[loop] = Completions(ref(loop))
    return queue


async def _settled(submit: Callable[..., NativePending], *arguments: Any) -> SendResult:
    """Submits something and awaits what comes of it."""
    loop = running_loop()
    future: asyncio.Future[SendResult] = loop.create_future()
    pending: NativePending | None = None
    try:
        pending = submit(*arguments, completions(loop), future)
        return await future
    except LinkwaError:
        raise
    except BaseException as error:
        # Ctrl-C can come here before the loop cancels the task.
        if pending is not None:
            pending.abandon(error)
        raise
    finally:
        # An exception that holds this frame, which holds the future, which holds the exception, would live on.
        del future


class _DefaultClient(Client):
    """The client of `configure`, or else of the environment."""

    def __init__(self) -> None:
        pass

    @property
    def _native(self) -> NativeClient:  # type: ignore[override]
        return NativeClient.default()

    def __repr__(self) -> str:
        return "<linkwa's default client>"


def configure(
    *,
    region: typing.Union[Region, types.RegionWord, None] = None,
    base_url: typing.Optional[str] = None,
    username: str,
    password: str,
    platform_id: typing.Optional[str] = None,
    platform_partner_id: typing.Optional[str] = None,
    source: typing.Optional[str] = None,
    priority: typing.Union[Priority, types.PriorityWord, None] = None,
    event_report_gates: typing.Optional[Sequence[str]] = None,
    custom_parameters: typing.Optional[Mapping[str, str]] = None,
    relative_validity_time: typing.Optional[datetime.timedelta] = None,
    platform_service_id: typing.Optional[str] = None,
    platform_service_type: typing.Optional[str] = None,
    timeout: typing.Optional[float] = None,
    connect_timeout: typing.Optional[float] = None,
    max_connections: typing.Optional[int] = None,
    max_queue: typing.Optional[int] = None,
    max_attempts: typing.Optional[int] = None,
    retry_when_busy: typing.Optional[bool] = None,
    proxy: typing.Optional[str] = None,
    no_proxy: typing.Optional[str] = None,
    proxy_from_env: typing.Optional[bool] = None,
    ca_file: typing.Union[str, PathLike[str], None] = None,
    system_roots: typing.Optional[bool] = None,
    allow_http: typing.Optional[bool] = None,
    strict: typing.Optional[bool] = None,
) -> None:
    """Sets the client that the functions of this package use; the arguments are those of `Client`. It wins over the
    environment, and over an earlier one; sends that are under way finish on the client that they began with.

    Raises `InvalidConfig`; the default client then stays as it was.

        >>> import linkwa
        >>> linkwa.configure(
        ...     region="n-eu",
        ...     username="user",
        ...     password="secret",
        ...     platform_id="platform id",
        ...     platform_partner_id="partner id",
        ...     source="+46000000000",
        ... )
    """
    _linkwa.configure(_settings(locals()))


_default = _DefaultClient()


def _of_default(verb: Any) -> Any:
    """The verb of the default client, as a function that can be pickled by its name."""

    def function(*args: Any, **kwargs: Any) -> Any:
        return verb(_default, *args, **kwargs)

    function.__name__ = function.__qualname__ = verb.__name__
    function.__module__ = "linkwa"
    function.__doc__ = verb.__doc__
    function.__annotations__ = dict(verb.__annotations__)
    function.__wrapped__ = verb.__get__(_default)  # type: ignore[attr-defined]
    return function


# Type checkers take the functions for these bound methods.
send = _default.send
send_text = _default.send_text
send_image = _default.send_image
send_audio = _default.send_audio
send_video = _default.send_video
send_document = _default.send_document
send_location = _default.send_location
send_contacts = _default.send_contacts
send_template = _default.send_template
send_request = _default.send_request
send_raw = _default.send_raw
send_many = _default.send_many
build = _default.build
for _name, _verb in {**vars(_Account), **vars(Client)}.items():
    if _name.startswith(("send", "build")):
        globals()[_name] = _of_default(_verb)

Client.__module__ = AsyncClient.__module__ = configure.__module__ = "linkwa"
# Errors name what people wrote.
_Account.__init__.__qualname__ = "Client.__init__"
_Account.build.__qualname__ = "Client.build"
