"""The exceptions."""

from __future__ import annotations

from ._lazy import Lazy
from ._linkwa import Finding, _error_defaults

TYPE_CHECKING = False
if TYPE_CHECKING:
    import typing

    from . import types
else:
    typing, types = Lazy("typing"), Lazy("linkwa.types")


class LinkwaError(Exception):
    """The base of all that linkwa raises; `code` says in one stable word what went wrong, `outcome` what that means for the
    message. `str()` is a text for people, of several lines if there is much to say; its wording may change.

    Each class has its own `code` and `outcome`, which an error keeps that is made anew from its text, as Celery's JSON backend
    does: `OutcomeUnknown("lost").outcome` is `"unknown"`. That of this class is `"unknown"` as well.

    An attribute is `None` where it says nothing: `code`, `outcome`, `disposition` (what a job queue does), `reason`, `ref_id`,
    `http_status`, `result_code`, `description`, `translated_description`, `retry_after` (seconds), `findings`,
    `response_body`; and of a callback `path` and `position`. It can be pickled. A password is in none of them.

        >>> import linkwa
        >>> try:
        ...     linkwa.send_text("+46000001400", "Hello", ref_id="order-17")  # the sandbox refuses this number
        ... except linkwa.LinkwaError as error:
        ...     print(error.code, error.outcome, error.ref_id, error.http_status, error.result_code)
        rejected rejected order-17 400 112402
    """

    code: str = "internal"
    """What went wrong: `invalid_config`, `invalid_request`, `rejected`, `not_sent`, `outcome_unknown`, `invalid_callback` or
    `internal`. Decide on this, or on the class."""
    outcome: types.Outcome | None
    """What is known about the message: `rejected` (the gateway refused it), `not_sent` (no byte of it left, and none will), or
    `unknown` (it may have been accepted: reconcile by `ref_id` through event reports). `None` for an `InvalidCallback`."""
    disposition: types.Disposition
    """What to do with the message: `retry` (send it again later, after `retry_after` seconds where the gateway asked for
    time: it was not sent, or the answer was HTTP 429; also a cancelled send that had not left), `fail` (do not send it again
    as it is: invalid, rejected, or the client is closed), or `park` (it may have been accepted: wait for its event report)."""
    reason: types.Reason | None = None
    """Why it was not sent, or why its outcome is unknown: `dns`, `connect`, `tls`, `proxy`, `deadline`, `cancelled`,
    `queue_full`, `closed`, `connection_lost`, `invalid_response` or `server_error`."""
    ref_id: str | None = None
    """The message's reference, also where it was made for the caller."""
    http_status: int | None = None
    """The status of the gateway's answer, if there was one."""
    result_code: int | None = None
    """The result code of the gateway's answer (R-4)."""
    description: str | None = None
    """The gateway's description, in its own words, which may repeat values of the request."""
    translated_description: str | None = None
    """The gateway's description in another language."""
    retry_after: float | None = None
    """How many seconds the gateway asked to wait."""
    findings: tuple[Finding, ...] = ()
    """Everything that validation found, warnings included, in the order of the request; empty for other errors."""
    response_body: bytes | None = None
    """The body of the gateway's answer, at most 64 KiB of it; unpacked, if it came packed with gzip."""
    path: str | None = None
    """Of a callback: the field where the fault is, in the wire's own words; empty for the callback as a whole."""
    position: int | None = None
    """Of a callback: the byte where the fault is, from 0."""

    def __init__(
        self,
        message: str = "",
        *,
        code: typing.Optional[str] = None,
        outcome: typing.Optional[types.Outcome] = None,
        disposition: typing.Optional[types.Disposition] = None,
        reason: typing.Optional[types.Reason] = None,
        ref_id: typing.Optional[str] = None,
        http_status: typing.Optional[int] = None,
        result_code: typing.Optional[int] = None,
        description: typing.Optional[str] = None,
        translated_description: typing.Optional[str] = None,
        retry_after: typing.Optional[float] = None,
        findings: tuple[Finding, ...] = (),
        response_body: typing.Optional[bytes] = None,
        path: typing.Optional[str] = None,
        position: typing.Optional[int] = None,
    ) -> None:
        super().__init__(message)
        # What is not given stays as the class has it, so that an error without an outcome is never taken for `not_sent`.
        if code is not None:
            self.code = code
        if outcome is not None:
            self.outcome = outcome
        if disposition is None and outcome is not None:
            disposition = _error_defaults(self.code, outcome)[1]
        if disposition is not None:
            self.disposition = disposition
        self.reason = reason
        self.ref_id = ref_id
        self.http_status = http_status
        self.result_code = result_code
        self.description = description
        self.translated_description = translated_description
        self.retry_after = retry_after
        self.findings = findings
        self.response_body = response_body
        self.path = path
        self.position = position


class InvalidConfig(LinkwaError):
    """A client that cannot work: an unknown region, `http://` to a remote host, a line break in a credential. Nothing
    was sent. Also a checkpoint, an address range or a tracker's text that cannot be read."""

    code = "invalid_config"


class InvalidRequest(LinkwaError):
    """Validation found errors, which are in `findings`, all at once; nothing was sent.

    >>> import linkwa
    >>> try:
    ...     linkwa.send("+46000000001", {"type": "text", "text": {"bdy": "Hello"}})
    ... except linkwa.InvalidRequest as error:
    ...     print(error)
    the request is invalid (2 errors)
      error: messages[0].text.bdy: is an unknown field; did you mean `body`? [unknown_field]
      error: messages[0].text.body: `body` is needed [required]
    """

    code = "invalid_request"


class Rejected(LinkwaError):
    """The gateway said no (R-3): HTTP 3xx or 4xx other than 408, or a result code 1124xx. Fix what `description`
    names."""

    code = "rejected"


class NotSent(LinkwaError):
    """No byte of the message left this machine, and none will. `reason` says what was in the way: `dns`, `connect`,
    `tls`, `proxy`, `deadline`, `cancelled`, `queue_full` or `closed`. It can be sent again."""

    code = "not_sent"


class OutcomeUnknown(LinkwaError):
    """The message may have been accepted. Do not send it again before its `ref_id` is reconciled with event reports:
    `StatusTracker.resolve`. `reason` is `deadline`, `cancelled`, `connection_lost`, `invalid_response` or `server_error`
    (R-3)."""

    code = "outcome_unknown"


class InvalidCallback(LinkwaError):
    """A callback that is malformed (C-4, C-5, C-7): `path` and byte `position` say where, and none of its values is in
    it."""

    code = "invalid_callback"


class InternalError(LinkwaError):
    """A bug of linkwa. `outcome` says what is known about the message, `"unknown"` if nothing is."""

    code = "internal"


_CLASSES = (InvalidConfig, InvalidRequest, Rejected, NotSent, OutcomeUnknown, InvalidCallback, InternalError)
_BY_CODE: dict[str, type[LinkwaError]] = {error.code: error for error in _CLASSES}

for _error in (LinkwaError, *_CLASSES):
    _error.__module__ = "linkwa"
    _error.outcome, _error.disposition = _error_defaults(_error.code)


def make(message: str, code: str, about: dict[str, typing.Any]) -> LinkwaError:
    """The exception for an error of the core; a code that is newer than this layer gives the base class."""
    return _BY_CODE.get(code, LinkwaError)(message, code=code, **about)
