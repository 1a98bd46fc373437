"""The shapes of what the sandbox returns. They have the names of the JSON of its control API."""

import typing


class Attempt(typing.TypedDict):
    """One attempt to post a callback."""

    at: str
    """When, RFC 3339."""
    status: typing.Optional[int]
    """The HTTP status of your endpoint's answer."""
    error: typing.Optional[str]
    """Why there was no answer."""
    durationMs: int
    """How long it took, in milliseconds."""


class PostedCallback(typing.TypedDict):
    """A callback that the sandbox posted, or could not post."""

    id: int
    kind: str
    """`report` or `message`."""
    resultCode: typing.Optional[int]
    gate: typing.Optional[str]
    state: str
    """`waiting`, `taken` (your endpoint answered 2xx), `failed`, `dropped` or `skipped`."""
    reason: typing.Optional[str]
    """Why it was not taken."""
    createdAt: str
    attempts: list[Attempt]
    body: typing.Any
    """The JSON as it was posted; a string if it is not JSON."""


class Answer(typing.TypedDict):
    """What the sandbox answered to a request."""

    status: typing.Optional[int]
    """The HTTP status; None if the client got no answer."""
    resultCode: typing.Optional[int]
    body: typing.Optional[str]


class Finding(typing.TypedDict):
    """A reason why a request was refused."""

    path: str
    rule: str
    message: str


class _NotText(typing.TypedDict, total=False):
    bodyBase64: str


class Request(_NotText):
    """A request as it came. Credentials are left out."""

    id: int
    method: str
    path: str
    headers: list[list[str]]
    """Pairs of name, in lower case, and value."""
    body: typing.Optional[str]
    """The body as text; None if it is not UTF-8: then `bodyBase64` is there."""
    bodyComplete: bool
    status: typing.Optional[int]
    """The HTTP status of the answer; None if there was none."""
    receivedAt: str
    refId: typing.Optional[str]
    reason: typing.Optional[str]
    """Why it was not accepted, such as `invalid` or `credentials`; None if it was."""
    findings: list[Finding]
    answer: typing.Optional[Answer]


class _Details(typing.TypedDict, total=False):
    request: typing.Optional[Request]
    answer: typing.Optional[Answer]


class Message(_Details):
    """A message to one destination, or one of a user. `request` and `answer` are there only with `details=True`."""

    id: int
    """Increases by one with each message."""
    revision: int
    direction: str
    """`outbound` (to a user) or `inbound` (from a user)."""
    conversation: typing.Optional[str]
    user: typing.Optional[str]
    """The user's number, or the user's business-scoped id."""
    business: typing.Optional[str]
    """The business number."""
    messageId: typing.Optional[str]
    messageIndex: typing.Optional[int]
    refId: typing.Optional[str]
    type: str
    """Such as `text`; of a user's message the kind, such as `buttonReply`."""
    content: typing.Any
    """The message as in the request; of a user's message `content.message` of the callback."""
    status: str
    """`queued`, `sent`, `delivered`, `read`, `deleted` or `failed`; `received` for a user's message."""
    resultCode: typing.Optional[int]
    """The result code of the last report; 112001 before the first."""
    scenario: typing.Optional[str]
    createdAt: str
    requestId: typing.Optional[int]
    callbacks: list[PostedCallback]


class Context(typing.TypedDict):
    """The message that a user's message replies to."""

    source: str
    messageId: str


class InboundOptions(typing.TypedDict, total=False):
    """What each message of a user can have besides its content."""

    reply_to: Message
    """The outbound message that the user replies to, as `Sandbox.messages` returns it. It stands for `source`,
    `destination` and `context`."""
    source: str
    """The user's number: +46000000001 by default."""
    user_id: str
    """The user's business-scoped id. If it stands alone, the message has no `source`."""
    parent_user_id: str
    destination: str
    """The business number."""
    context: Context
    gate: str
    """The gate to post it to: the default gate by default."""
