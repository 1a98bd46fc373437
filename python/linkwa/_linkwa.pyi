"""The native module. What is here is exported by `linkwa`."""

from asyncio import AbstractEventLoop, Future
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, final, overload

from typing_extensions import Self, TypeAlias

from ._errors import LinkwaError
from .types import MessageRequestDict

__version__: str

# Messages

_HeaderParameter: TypeAlias = str | Image | Video | Document
_BodyParameter: TypeAlias = str | Currency | DateTime
_Component: TypeAlias = Header | Body | QuickReplyButton | UrlButton

@final
class Finding:
    """One thing that validation found in a request."""

    __match_args__ = ("path", "code", "message", "severity")
    def __new__(cls, path: str, code: str, message: str, severity: Literal["error", "warning"]) -> Self: ...
    @property
    def path(self) -> str:
        """Where it is, in the words of the JSON that is sent:
        `messages[0].template.components[1].parameters[2].dateTime`. The whole request is the empty path.
        """
    @property
    def code(self) -> str:
        """What kind of finding it is: `"unknown_field"`. Codes are stable; test on these."""
    @property
    def message(self) -> str:
        """A sentence for people. Its wording may change. It can show the value it speaks of."""
    @property
    def severity(self) -> Literal["error", "warning"]:
        """`"error"`: the request is not sent. `"warning"`: it is sent, and the finding is on the result."""
    def __replace__(
        self, *, path: str = ..., code: str = ..., message: str = ..., severity: Literal["error", "warning"] = ...
    ) -> Self: ...
    def __getnewargs_ex__(self) -> tuple[tuple[()], dict[str, Any]]: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...

@final
class Text:
    """A text message.

    Over 4,096 Unicode code points is a warning. A URL in it starts with `http://` or `https://`.
    """

    __match_args__ = ("body",)
    def __new__(cls, body: str, *, preview_url: bool | None = None) -> Self: ...
    @property
    def body(self) -> str:
        """What is said. Not empty."""
    @property
    def preview_url(self) -> bool | None:
        """Whether the recipient sees a preview of the URL in the body. Left out, the gateway shows none; `True` without
        a URL in the body is a warning.
        """
    def __replace__(self, *, body: str = ..., preview_url: bool | None = ...) -> Self: ...
    def __getnewargs_ex__(self) -> tuple[tuple[()], dict[str, Any]]: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...

@final
class Image:
    """A picture: JPEG or PNG.

    A link whose path ends in another extension than `.jpeg`, `.jpg` or `.png` is a warning.
    """

    __match_args__ = ("link",)
    def __new__(cls, link: str, *, caption: str | None = None) -> Self: ...
    @property
    def link(self) -> str:
        """The absolute `http` or `https` URL to fetch it from; it must be reachable from the internet."""
    @property
    def caption(self) -> str | None:
        """The text under the picture. Not allowed in a template's header (rule T-6)."""
    def __replace__(self, *, link: str = ..., caption: str | None = ...) -> Self: ...
    def __getnewargs_ex__(self) -> tuple[tuple[()], dict[str, Any]]: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...

@final
class Audio:
    """A sound: AAC, MP4, AMR, MPEG, or Ogg with Opus inside. It has no caption.

    A link whose path ends in another extension than `.aac`, `.mp4`, `.m4a`, `.amr`, `.mpeg`, `.mp3`, `.ogg` or `.opus`
    is a warning.
    """

    __match_args__ = ("link",)
    def __new__(cls, link: str) -> Self: ...
    @property
    def link(self) -> str:
        """The absolute `http` or `https` URL to fetch it from; it must be reachable from the internet."""
    def __replace__(self, *, link: str = ...) -> Self: ...
    def __getnewargs_ex__(self) -> tuple[tuple[()], dict[str, Any]]: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...

@final
class Video:
    """A video: MP4 or 3GPP.

    A link whose path ends in another extension than `.mp4`, `.3gpp` or `.3gp` is a warning.
    """

    __match_args__ = ("link",)
    def __new__(cls, link: str, *, caption: str | None = None) -> Self: ...
    @property
    def link(self) -> str:
        """The absolute `http` or `https` URL to fetch it from; it must be reachable from the internet."""
    @property
    def caption(self) -> str | None:
        """The text under the video. Not allowed in a template's header (rule T-6)."""
    def __replace__(self, *, link: str = ..., caption: str | None = ...) -> Self: ...
    def __getnewargs_ex__(self) -> tuple[tuple[()], dict[str, Any]]: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...

@final
class Document:
    """A document of any MIME type; in a template's header only PDF (another extension is a warning, rule T-6)."""

    __match_args__ = ("link",)
    def __new__(cls, link: str, *, caption: str | None = None, filename: str | None = None) -> Self: ...
    @property
    def link(self) -> str:
        """The absolute `http` or `https` URL to fetch it from; it must be reachable from the internet."""
    @property
    def caption(self) -> str | None:
        """The text under the document. Not allowed in a template's header (rule T-6)."""
    @property
    def filename(self) -> str | None:
        """The file name that the recipient sees."""
    def __replace__(self, *, link: str = ..., caption: str | None = ..., filename: str | None = ...) -> Self: ...
    def __getnewargs_ex__(self) -> tuple[tuple[()], dict[str, Any]]: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...

@final
class Location:
    """A place on the map. Its parts are named, because the coordinates are easily swapped."""

    __match_args__ = ()
    def __new__(
        cls, *, latitude: float, longitude: float, name: str | None = None, address: str | None = None
    ) -> Self: ...
    @property
    def latitude(self) -> float:
        """Degrees north of the equator, -90 to 90."""
    @property
    def longitude(self) -> float:
        """Degrees east of Greenwich, -180 to 180."""
    @property
    def name(self) -> str | None:
        """What the place is called."""
    @property
    def address(self) -> str | None:
        """Its address, shown under the name; without a name it is not shown, which is a warning."""
    def __replace__(
        self, *, latitude: float = ..., longitude: float = ..., name: str | None = ..., address: str | None = ...
    ) -> Self: ...
    def __getnewargs_ex__(self) -> tuple[tuple[()], dict[str, Any]]: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...

@final
class Contacts:
    """One or more contact cards in one message."""

    __match_args__ = ("contacts",)
    def __new__(cls, contacts: Sequence[Contact]) -> Self: ...
    @property
    def contacts(self) -> tuple[Contact, ...]:
        """The cards; at least one."""
    def __replace__(self, *, contacts: Sequence[Contact] = ...) -> Self: ...
    def __getnewargs_ex__(self) -> tuple[tuple[()], dict[str, Any]]: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...

@final
class Contact:
    """A contact card. Every part is optional, but a card with nothing in it is an error."""

    __match_args__ = ()
    def __new__(
        cls,
        *,
        name: Name | None = None,
        phones: Sequence[Phone] | None = None,
        emails: Sequence[Email] | None = None,
        addresses: Sequence[Address] | None = None,
        urls: Sequence[Url] | None = None,
        org: Org | None = None,
        birthday: str | None = None,
    ) -> Self: ...
    @property
    def name(self) -> Name | None:
        """The contact's name."""
    @property
    def phones(self) -> tuple[Phone, ...]:
        """Phone numbers."""
    @property
    def emails(self) -> tuple[Email, ...]:
        """E-mail addresses."""
    @property
    def addresses(self) -> tuple[Address, ...]:
        """Postal addresses."""
    @property
    def urls(self) -> tuple[Url, ...]:
        """Web addresses."""
    @property
    def org(self) -> Org | None:
        """Where the contact works."""
    @property
    def birthday(self) -> str | None:
        """`YYYY-MM-DD`; anything else is a warning."""
    def __replace__(
        self,
        *,
        name: Name | None = ...,
        phones: Sequence[Phone] | None = ...,
        emails: Sequence[Email] | None = ...,
        addresses: Sequence[Address] | None = ...,
        urls: Sequence[Url] | None = ...,
        org: Org | None = ...,
        birthday: str | None = ...,
    ) -> Self: ...
    def __getnewargs_ex__(self) -> tuple[tuple[()], dict[str, Any]]: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...

@final
class Name:
    """The name of a `Contact`: as it is shown, and at least one of its parts."""

    __match_args__ = ("formatted_name",)
    def __new__(
        cls,
        formatted_name: str,
        *,
        first_name: str | None = None,
        last_name: str | None = None,
        middle_name: str | None = None,
        prefix: str | None = None,
        suffix: str | None = None,
    ) -> Self: ...
    @property
    def formatted_name(self) -> str:
        """The name as it is shown."""
    @property
    def first_name(self) -> str | None:
        """The given name."""
    @property
    def last_name(self) -> str | None:
        """The family name."""
    @property
    def middle_name(self) -> str | None:
        """The middle name."""
    @property
    def prefix(self) -> str | None:
        """What precedes the name, such as `Dr.`"""
    @property
    def suffix(self) -> str | None:
        """What follows the name, such as `Jr.`"""
    def __replace__(
        self,
        *,
        formatted_name: str = ...,
        first_name: str | None = ...,
        last_name: str | None = ...,
        middle_name: str | None = ...,
        prefix: str | None = ...,
        suffix: str | None = ...,
    ) -> Self: ...
    def __getnewargs_ex__(self) -> tuple[tuple[()], dict[str, Any]]: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...

@final
class Phone:
    """A phone number of a `Contact`, written as people write it."""

    __match_args__ = ("phone",)
    def __new__(cls, phone: str, *, type: str | None = None, wa_id: str | None = None) -> Self: ...
    @property
    def phone(self) -> str:
        """The number: `+1 (650) 555-1234`."""
    @property
    def type(self) -> str | None:
        """What kind of number it is, for example `HOME` or `WORK`."""
    @property
    def wa_id(self) -> str | None:
        """The number's WhatsApp id, digits only."""
    def __replace__(self, *, phone: str = ..., type: str | None = ..., wa_id: str | None = ...) -> Self: ...
    def __getnewargs_ex__(self) -> tuple[tuple[()], dict[str, Any]]: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...

@final
class Email:
    """An e-mail address of a `Contact`."""

    __match_args__ = ("email",)
    def __new__(cls, email: str, *, type: str | None = None) -> Self: ...
    @property
    def email(self) -> str:
        """The address."""
    @property
    def type(self) -> str | None:
        """What kind of address it is, for example `HOME` or `WORK`."""
    def __replace__(self, *, email: str = ..., type: str | None = ...) -> Self: ...
    def __getnewargs_ex__(self) -> tuple[tuple[()], dict[str, Any]]: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...

@final
class Url:
    """A web address of a `Contact`."""

    __match_args__ = ("url",)
    def __new__(cls, url: str, *, type: str | None = None) -> Self: ...
    @property
    def url(self) -> str:
        """The address."""
    @property
    def type(self) -> str | None:
        """What kind of address it is, for example `HOME` or `WORK`."""
    def __replace__(self, *, url: str = ..., type: str | None = ...) -> Self: ...
    def __getnewargs_ex__(self) -> tuple[tuple[()], dict[str, Any]]: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...

@final
class Address:
    """A postal address of a `Contact`."""

    __match_args__ = ()
    def __new__(
        cls,
        *,
        street: str | None = None,
        city: str | None = None,
        state: str | None = None,
        zip: str | None = None,
        country: str | None = None,
        country_code: str | None = None,
        type: str | None = None,
    ) -> Self: ...
    @property
    def street(self) -> str | None:
        """Street and number."""
    @property
    def city(self) -> str | None:
        """The city."""
    @property
    def state(self) -> str | None:
        """The state or region."""
    @property
    def zip(self) -> str | None:
        """The postal code."""
    @property
    def country(self) -> str | None:
        """The country's name."""
    @property
    def country_code(self) -> str | None:
        """The country's ISO 3166 code of two letters."""
    @property
    def type(self) -> str | None:
        """What kind of address it is, for example `HOME` or `WORK`."""
    def __replace__(
        self,
        *,
        street: str | None = ...,
        city: str | None = ...,
        state: str | None = ...,
        zip: str | None = ...,
        country: str | None = ...,
        country_code: str | None = ...,
        type: str | None = ...,
    ) -> Self: ...
    def __getnewargs_ex__(self) -> tuple[tuple[()], dict[str, Any]]: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...

@final
class Org:
    """Where a `Contact` works."""

    __match_args__ = ()
    def __new__(
        cls, *, company: str | None = None, department: str | None = None, title: str | None = None
    ) -> Self: ...
    @property
    def company(self) -> str | None:
        """The company."""
    @property
    def department(self) -> str | None:
        """The department."""
    @property
    def title(self) -> str | None:
        """The person's title."""
    def __replace__(
        self, *, company: str | None = ..., department: str | None = ..., title: str | None = ...
    ) -> Self: ...
    def __getnewargs_ex__(self) -> tuple[tuple[()], dict[str, Any]]: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...

@final
class Template:
    """A template message: a text that was approved beforehand, with the parts filled in that vary.

    It is the one message type that may be sent at any time; all others only within 24 hours of the recipient's own last
    message (rule W-1). Name, namespace, language and the number of parameters must be those of the approved template,
    which only the gateway can check.
    """

    __match_args__ = ("name",)
    def __new__(
        cls, name: str, *, namespace: str, language: str, components: Sequence[_Component] | None = None
    ) -> Self: ...
    @property
    def name(self) -> str:
        """The template's name."""
    @property
    def namespace(self) -> str:
        """The namespace that it is in."""
    @property
    def language(self) -> str:
        """The code of its language: `en`, `pt_BR`, …; one that is not among the 68 of the API's list is a warning (rule
        T-10).
        """
    @property
    def components(self) -> tuple[_Component, ...]:
        """Its parts that vary, in order."""
    def __replace__(
        self,
        *,
        name: str = ...,
        namespace: str = ...,
        language: str = ...,
        components: Sequence[_Component] | None = ...,
    ) -> Self: ...
    def __getnewargs_ex__(self) -> tuple[tuple[()], dict[str, Any]]: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...

@final
class Header:
    """The header of a template: texts, and at most one `Image`, `Video` or `Document` (rule T-2).

    A medium there has no caption, and a document should be a PDF (rule T-6).
    """

    __match_args__ = ("parameters",)
    def __new__(cls, *parameters: _HeaderParameter) -> Self: ...
    @property
    def parameters(self) -> tuple[_HeaderParameter, ...]:
        """Its parameters in order; a `str` is a text."""
    def __replace__(self, *, parameters: Sequence[_HeaderParameter] = ...) -> Self: ...
    def __getnewargs__(self) -> tuple[_HeaderParameter, ...]: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...

@final
class Body:
    """The body of a template: texts, `Currency` and `DateTime`, in order (rule T-3)."""

    __match_args__ = ("parameters",)
    def __new__(cls, *parameters: _BodyParameter) -> Self: ...
    @property
    def parameters(self) -> tuple[_BodyParameter, ...]:
        """Its parameters in order; a `str` is a text, which must not be empty."""
    def __replace__(self, *, parameters: Sequence[_BodyParameter] = ...) -> Self: ...
    def __getnewargs__(self) -> tuple[_BodyParameter, ...]: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...

@final
class QuickReplyButton:
    """A button that answers for the user. Without a payload it is a static one."""

    __match_args__ = ("index",)
    def __new__(cls, index: int, *, payload: str | None = None) -> Self: ...
    @property
    def index(self) -> int:
        """Its place among the buttons; the first is 0, and no two are alike (rule T-4)."""
    @property
    def payload(self) -> str | None:
        """What comes back in the received message when it is pressed. Not empty."""
    def __replace__(self, *, index: int = ..., payload: str | None = ...) -> Self: ...
    def __getnewargs_ex__(self) -> tuple[tuple[()], dict[str, Any]]: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...

@final
class UrlButton:
    """A button that opens a URL. Without a text it is a static one."""

    __match_args__ = ("index",)
    def __new__(cls, index: int, *, text: str | None = None) -> Self: ...
    @property
    def index(self) -> int:
        """Its place among the buttons; the first is 0, and no two are alike (rule T-4)."""
    @property
    def text(self) -> str | None:
        """What completes the URL of the approved template. Not empty."""
    def __replace__(self, *, index: int = ..., text: str | None = ...) -> Self: ...
    def __getnewargs_ex__(self) -> tuple[tuple[()], dict[str, Any]]: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...

@final
class Currency:
    """An amount of money that the recipient sees in their own form (rule T-7)."""

    __match_args__ = ("fallback_value",)
    def __new__(cls, fallback_value: str, *, code: str, amount_1000: int) -> Self: ...
    @property
    def fallback_value(self) -> str:
        """What is shown where it cannot be formatted: `"$100.99"`."""
    @property
    def code(self) -> str:
        """The ISO 4217 code, three capital letters: `"USD"`."""
    @property
    def amount_1000(self) -> int:
        """The amount **times 1000**: 100990."""
    def __replace__(self, *, fallback_value: str = ..., code: str = ..., amount_1000: int = ...) -> Self: ...
    def __getnewargs_ex__(self) -> tuple[tuple[()], dict[str, Any]]: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...

@final
class DateTime:
    """A date and time that the recipient sees in their own form (rule T-8): either a moment, or what a calendar and a
    clock on the wall show.

    A moment is `timestamp`: an aware `datetime` (a naive one is a `ValueError`), or milliseconds since 1970-01-01 UTC.
    Else `year`, `month`, `day`, `hour` and `minute` are given, all of them. The day of the week is worked out if it is
    left out.
    """

    __match_args__ = ("fallback_value",)
    @overload
    def __new__(cls, fallback_value: str, *, timestamp: datetime | int) -> Self: ...
    @overload
    def __new__(
        cls,
        fallback_value: str,
        *,
        year: int,
        month: int,
        day: int,
        hour: int,
        minute: int,
        day_of_week: int | None = None,
    ) -> Self: ...
    @property
    def fallback_value(self) -> str:
        """What is shown where it cannot be formatted: `"February 25, 1977 03:33PM"`."""
    @property
    def timestamp(self) -> int | None:
        """Milliseconds since 1970-01-01 UTC."""
    @property
    def year(self) -> int | None:
        """The year."""
    @property
    def month(self) -> int | None:
        """The month, 1 to 12."""
    @property
    def day(self) -> int | None:
        """The day of the month, 1 to 31. One that does not exist is a warning."""
    @property
    def hour(self) -> int | None:
        """The hour, 0 to 23."""
    @property
    def minute(self) -> int | None:
        """The minute, 0 to 59."""
    @property
    def day_of_week(self) -> int | None:
        """The day of the week as it was given, Monday 1 to Sunday 7. One that does not fit the day is a warning."""
    def __replace__(self, **changes: Any) -> Self: ...
    def __getnewargs_ex__(self) -> tuple[tuple[()], dict[str, Any]]: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...

@final
class Raw:
    """A message object that is sent as it is: the way round for a message type or field that is newer than version
    1.4.1 of the API.

    A mapping, or the text of a JSON object as `str` or `bytes`, of at most 1 MiB and 64 levels. Only that it is one
    JSON object is checked, when it is sent or built. What is in it nobody validates before the gateway does.
    """

    __match_args__ = ("json",)
    def __new__(cls, json: Mapping[str, Any] | str | bytes) -> Self: ...
    @property
    def json(self) -> str:
        """The JSON text."""
    def __replace__(self, *, json: Mapping[str, Any] | str | bytes = ...) -> Self: ...
    def __getnewargs_ex__(self) -> tuple[tuple[()], dict[str, Any]]: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...

def validate(
    request: MessageRequestDict | Mapping[str, Any] | str | bytes | bytearray | memoryview,
) -> tuple[Finding, ...]:
    """Checks a whole request in wire form and returns everything that is wrong or doubtful, in the order of the input.

    The request is a mapping, or JSON as `str`, `bytes`, `bytearray` or `memoryview`. What is no JSON is the finding
    `invalid_json`; only what is none of these types, or a mapping with something in it that JSON does not have, is a
    `TypeError`.
    """

def new_ref_id() -> str:
    """A new reference, unique across processes and machines (a random UUID).

    Store it before sending, and a send whose outcome is unknown can be reconciled even after a crash.
    """

# Client

@final
class Receipt:
    """A destination and the id of its message. Its `repr` does not show the destination."""

    __match_args__ = ()
    def __new__(
        cls,
        *,
        destination: str,
        message_id: str,
    ) -> Self: ...
    @property
    def destination(self) -> str:
        """The number that the message goes to."""
    @property
    def message_id(self) -> str:
        """The id that event reports will name."""
    def __getnewargs_ex__(self) -> tuple[tuple[()], dict[str, Any]]: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...

@final
class SendResult:
    """A message that the gateway accepted. Its `repr` shows no destination."""

    __match_args__ = ()
    def __new__(
        cls,
        *,
        ref_id: str,
        result_code: int,
        description: str | None = None,
        message_ids: Sequence[str] | None = None,
        receipts: Sequence[Receipt] | None = None,
        warnings: Sequence[Finding] | None = None,
        attempts: int | None = None,
    ) -> Self: ...
    @property
    def ref_id(self) -> str:
        """The reference that event reports will carry: the caller's, or the one that was made. Empty only for a raw request
        that had none.
        """
    @property
    def result_code(self) -> int:
        """The gateway's result code: 112001 (queued), as a rule."""
    @property
    def description(self) -> str | None:
        """The gateway's description."""
    @property
    def message_ids(self) -> tuple[str, ...]:
        """The ids of the messages, in the order of the destinations."""
    @property
    def receipts(self) -> tuple[Receipt, ...]:
        """Each destination with its message id. Empty when the gateway gave another number of ids than there were
        destinations (R-1): then nothing is guessed, and `message_ids` has what came.
        """
    @property
    def warnings(self) -> tuple[Finding, ...]:
        """What validation warned of."""
    @property
    def attempts(self) -> int:
        """How many attempts it took; 1, as a rule."""
    def __getnewargs_ex__(self) -> tuple[tuple[()], dict[str, Any]]: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...

@final
class Chunk:
    """What came of one request of many. Its `repr` shows no destination."""

    __match_args__ = ()
    def __new__(
        cls,
        *,
        index: int,
        ref_id: str,
        destinations: Sequence[str] | None = None,
        result: SendResult | None = None,
        error: LinkwaError | None = None,
    ) -> Self: ...
    @property
    def index(self) -> int:
        """Which one it is, from 0, counted in the order of the destinations."""
    @property
    def ref_id(self) -> str:
        """Its own reference: `{ref_id}-{index}`."""
    @property
    def destinations(self) -> tuple[str, ...]:
        """Its destinations, and nobody else's."""
    @property
    def result(self) -> SendResult | None:
        """The result, if the gateway accepted it; otherwise `None`."""
    @property
    def error(self) -> LinkwaError | None:
        """What went wrong, a `LinkwaError` that is not raised; `None` if the gateway accepted it."""
    def __getnewargs_ex__(self) -> tuple[tuple[()], dict[str, Any]]: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...

@final
class Progress:
    """How far a run is. Everything is counted in destinations."""

    __match_args__ = ()
    def __new__(
        cls,
        *,
        sent: int,
        failed: int,
        unknown: int,
        under_way: int,
        skipped: int,
        per_second: float,
    ) -> Self: ...
    @property
    def sent(self) -> int:
        """Accepted by the gateway."""
    @property
    def failed(self) -> int:
        """Certainly not accepted: rejected, not sent, or invalid."""
    @property
    def unknown(self) -> int:
        """May have been accepted."""
    @property
    def under_way(self) -> int:
        """On their way."""
    @property
    def skipped(self) -> int:
        """Skipped, because an earlier run dealt with them."""
    @property
    def per_second(self) -> float:
        """Sent, failed and unknown ones a second, since the first was sent."""
    def __getnewargs_ex__(self) -> tuple[tuple[()], dict[str, Any]]: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...

@final
class Completions:
    """Brings what comes of sends to one event loop of asyncio. It is called on the loop, and settles what waits."""

    def __new__(cls, event_loop: Callable[[], AbstractEventLoop | None]) -> Self: ...
    @property
    def is_foreign(self) -> bool:
        """Whether it is the queue of a process that this one was forked from: its lock may be held for ever."""
    def __call__(self) -> None: ...

@final
class NativePending:
    """A send under way that an event loop waits for."""

    def abandon(self, why: str) -> None:
        """Cancels it, because nobody awaits it any more; the log tells what came of it."""

@final
class NativeClient:
    """A client of the core."""

    def __new__(cls, given: dict[str, Any]) -> Self: ...
    @staticmethod
    def from_env() -> NativeClient:
        """Of the environment's configuration."""
    @staticmethod
    def default() -> NativeClient:
        """The default client."""
    def send(self, to: Any, message: Any, options: dict[str, Any]) -> SendResult: ...
    def submit(
        self, to: Any, message: Any, options: dict[str, Any], completions: Completions, future: Future[SendResult]
    ) -> NativePending: ...
    def send_request(self, request: Any, timeout: float | None) -> SendResult: ...
    def submit_request(
        self, request: Any, timeout: float | None, completions: Completions, future: Future[SendResult]
    ) -> NativePending: ...
    def send_raw(self, request: Any, timeout: float | None) -> SendResult: ...
    def submit_raw(
        self, request: Any, timeout: float | None, completions: Completions, future: Future[SendResult]
    ) -> NativePending: ...
    def build(self, to: Any, message: Any, options: dict[str, Any]) -> bytes: ...
    def close(self, timeout: float | None) -> None:
        """Ends the client; without a timeout when all that is under way has ended."""
    def close_soon(self, timeout: float | None, completions: Completions, future: Future[None]) -> None:
        """As `close`, without waiting; the future is settled when it is done."""

@final
class NativeMany:
    """A run of many."""

    def __new__(
        cls, client: NativeClient, destinations: Any, message: Any, options: dict[str, Any], run: dict[str, Any]
    ) -> Self: ...
    @property
    def ref_id(self) -> str: ...
    def next(self) -> Chunk | None:
        """The next result; `None` if no more will come. Looks for signals while it waits."""
    def try_next(self) -> Chunk | float | None:
        """The next result without waiting; `None` if no more will come; or how many seconds to wait at most, which may be
        infinitely many, unless the function of `listen` is called before.
        """
    def listen(self, completions: Completions, function: Callable[[], object]) -> None:
        """Has this function called on this loop whenever a request is done."""
    def stop(self) -> None:
        """Begins no more requests; those that have begun still come."""
    def abandon(self, why: str) -> None:
        """Begins no more requests and cancels those under way; if there were any, the log tells what came of them."""
    def progress(self) -> Progress: ...
    def checkpoint(self) -> str: ...

def configure(given: dict[str, Any]) -> None:
    """Sets the default client."""
