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
    """The base of all exceptions of linkwa; `code` is a stable word for the error, `outcome` says what it means for the
    message. `str()` is a text for people, on one or more lines; its wording may change.

    Each class has its own `code` and `outcome`. An error keeps them when it is made again from its text, as Celery's
    JSON backend does: `OutcomeUnknown("lost").outcome` is `"unknown"`. This base class has `"unknown"` as well.

    An attribute is `None` if it is absent: `code`, `outcome`, `disposition` (what a job queue does), `reason`,
    `ref_id`, `http_status`, `result_code`, `description`, `translated_description`, `retry_after` (seconds),
    `findings`, `response_body`; and for a callback `path` and `position`. Errors can be pickled, and `to_dict` writes
    them as JSON has it. They never contain a password.

        >>> import linkwa
        >>> try:
        ...     linkwa.send_text("+46000001400", "Hello", ref_id="order-17")  # the sandbox refuses this number
        ... except linkwa.LinkwaError as error:
        ...     print(error.code, error.outcome, error.ref_id, error.http_status, error.result_code)
        rejected rejected order-17 400 112402
    """

    code: str = "internal"
    """The kind of error: `invalid_config`, `invalid_request`, `rejected`, `not_sent`, `outcome_unknown`,
    `invalid_callback` or `internal`. Base decisions on this, or on the class."""
    outcome: types.Outcome | None
    """What is known about the message: `rejected` (the gateway refused it), `not_sent` (no byte of it left, and none will), or
    `unknown` (it may have been accepted: reconcile by `ref_id` through event reports). `None` for an `InvalidCallback`."""
    disposition: types.Disposition
    """What to do with the message: `retry` (send it again later, after `retry_after` seconds if the gateway asked for a
    pause: it was not sent, or the answer was HTTP 429; also a send that was cancelled before it left), `fail` (do not
    send it again unchanged: invalid, rejected, or the client is closed), or `park` (it may have been accepted: wait for
    its event report)."""
    reason: types.Reason | None = None
    """Why it was not sent, or why its outcome is unknown: `dns`, `connect`, `tls`, `proxy`, `deadline`, `cancelled`,
    `queue_full`, `closed`, `connection_lost`, `invalid_response`, `server_error`, or, of an outbox, `store` or
    `in_doubt`."""
    ref_id: str | None = None
    """The message's reference, whether you set it or the library made it."""
    http_status: int | None = None
    """The status of the gateway's answer, if there was one."""
    result_code: int | None = None
    """The result code of the gateway's answer."""
    description: str | None = None
    """The gateway's description, which may repeat values of the request."""
    translated_description: str | None = None
    """The gateway's description in another language."""
    retry_after: float | None = None
    """The number of seconds that the gateway asked to wait."""
    findings: tuple[Finding, ...] = ()
    """Everything that validation found, warnings included, in the order of the request; empty for other errors."""
    response_body: bytes | None = None
    """The body of the gateway's answer, at most 64 KiB, decompressed if it was gzip."""
    path: str | None = None
    """For a callback: the path of the malformed part in the names of the wire; empty for the callback as a whole."""
    position: int | None = None
    """For a callback: the byte offset at which it is malformed, from 0."""

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
        # Attributes that are not given keep the class's value, so that an error without an outcome never looks like
        # `not_sent`.
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

    def to_dict(self, *, details: bool = False) -> dict[str, typing.Any]:
        """The error as values that JSON has, for a log or a job queue: `name`, `message`, `code`, and the attributes that
        are not `None`. `description`, `translated_description`, `findings` and `response_body` (as text), which may
        repeat values of the request, only with `details`.

            >>> import linkwa
            >>> error = linkwa.NotSent("no route", reason="connect", ref_id="order-17")
            >>> as_dict = error.to_dict()
            >>> as_dict["code"], as_dict["reason"], as_dict["ref_id"]
            ('not_sent', 'connect', 'order-17')
        """
        values = {name: getattr(self, name) for name in _SHOWN}
        if details:
            values.update({name: getattr(self, name) for name in _DETAILS})
            values["findings"] = [finding.to_dict(details=True) for finding in self.findings] or None
            if self.response_body is not None:
                values["response_body"] = self.response_body.decode("utf-8", "replace")
        about = {name: value for name, value in values.items() if value is not None}
        return {"name": type(self).__name__, "message": str(self), **about}


_SHOWN = (
    *("code", "outcome", "disposition", "reason", "ref_id", "http_status", "result_code", "retry_after"),
    *("path", "position"),
)
_DETAILS = ("description", "translated_description")


class InvalidConfig(LinkwaError):
    """A client that cannot work: an unknown region, `http://` to a remote host, a line break in a credential. Nothing
    was sent. Also an invalid checkpoint, address range or stored tracker."""

    code = "invalid_config"


class InvalidRequest(LinkwaError):
    """Validation found errors; `findings` has all of them. Nothing was sent.

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
    """The gateway refused the message: HTTP 3xx or 4xx other than 408, or a result code 1124xx. Fix what `description`
    names."""

    code = "rejected"


class NotSent(LinkwaError):
    """No byte of the message left this machine, and none will. `reason` says why: `dns`, `connect`, `tls`, `proxy`,
    `deadline`, `cancelled`, `queue_full` or `closed`, or, of an outbox, `store`: its database failed. You may send it
    again."""

    code = "not_sent"


class OutcomeUnknown(LinkwaError):
    """The message may have been accepted. Do not send it again before you have reconciled its `ref_id` with event
    reports: `StatusTracker.resolve`. `reason` is `deadline`, `cancelled`, `connection_lost`, `invalid_response` or
    `server_error`, or, of an outbox, `in_doubt`: an earlier send with this `ref_id` may have been accepted."""

    code = "outcome_unknown"


class InvalidCallback(LinkwaError):
    """A malformed callback: `path` and byte `position` say where. The error contains no values of the callback."""

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
    """Returns the exception for an error of core; a code that this layer does not know gives the base class."""
    return _BY_CODE.get(code, LinkwaError)(message, code=code, **about)
