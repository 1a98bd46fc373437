"""The native module. What is here is exported by `linkwa`."""

from asyncio import AbstractEventLoop, Future
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import Any, Literal, Protocol, final, overload

from typing_extensions import Self, TypeAlias

from ._errors import LinkwaError
from .types import Callback, Disposition, MessageRequestDict, Outcome, Status

__version__: str

# Messages

_HeaderParameter: TypeAlias = str | Image | Video | Document
_BodyParameter: TypeAlias = str | Currency | DateTime
_Component: TypeAlias = Header | Body | QuickReplyButton | UrlButton

@final
class Finding:
    """One thing that validation found in a request.

    >>> import linkwa
    >>> try:
    ...     linkwa.send_text("46 70", "")
    ... except linkwa.InvalidRequest as error:
    ...     for finding in error.findings:
    ...         print(finding.severity, finding.path, finding.code)
    error destinations[0] invalid_msisdn
    error messages[0].text.body empty
    """

    __match_args__ = ("path", "code", "message", "severity")
    def __new__(
        cls,
        path: str,
        code: str,
        message: str,
        severity: Literal["error", "warning"],
        *,
        suggestion: str | None = None,
    ) -> Self: ...
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
        """A sentence for people. Its wording may change. It never repeats a value of the request, which may be a phone
        number.
        """
    @property
    def severity(self) -> Literal["error", "warning"]:
        """`"error"`: the request is not sent. `"warning"`: it is sent, and the finding is on the result."""
    @property
    def suggestion(self) -> str | None:
        """What to write instead: the nearest known name, the number without what does not belong to it, `"en_GB"`. None
        where nothing can be suggested.
        """
    def __replace__(
        self,
        *,
        path: str = ...,
        code: str = ...,
        message: str = ...,
        severity: Literal["error", "warning"] = ...,
        suggestion: str | None = ...,
    ) -> Self: ...
    def __getnewargs_ex__(self) -> tuple[tuple[()], dict[str, Any]]: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...

# <generated messages>
@final
class Text:
    """A text.

    >>> import linkwa
    >>> linkwa.Text("Track it: https://example.com/t/17", preview_url=True)
    Text(body='Track it: https://example.com/t/17', preview_url=True)
    """

    __match_args__ = ("body",)
    def __new__(cls, body: str, *, preview_url: bool | None = None) -> Self: ...
    @property
    def body(self) -> str:
        """The text. Not empty. Over 4,096 Unicode code points is a warning, and so is a body of blanks only. A URL in it
        starts with `http://` or `https://`.
        """
    @property
    def preview_url(self) -> bool | None:
        """Whether the recipient sees a preview of the URL in the body. Left out, the gateway shows none. `True` without a
        URL in the body is a warning.
        """
    def __replace__(self, *, body: str = ..., preview_url: bool | None = ...) -> Self: ...
    def __getnewargs_ex__(self) -> tuple[tuple[()], dict[str, Any]]: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...

@final
class Image:
    """A picture: JPEG or PNG.

    >>> import linkwa
    >>> linkwa.Image("https://example.com/a.png", caption="The new door")
    Image(link='https://example.com/a.png', caption='The new door')
    """

    __match_args__ = ("link",)
    def __new__(cls, link: str, *, caption: str | None = None) -> Self: ...
    @property
    def link(self) -> str:
        """The absolute `http` or `https` URL to fetch the file from. It must be reachable from the internet. A path that
        ends in another extension than `.jpeg`, `.jpg` or `.png` is a warning.
        """
    @property
    def caption(self) -> str | None:
        """The text under the picture. Over 1,024 Unicode code points is a warning. Not allowed in a template's header."""
    def __replace__(self, *, link: str = ..., caption: str | None = ...) -> Self: ...
    def __getnewargs_ex__(self) -> tuple[tuple[()], dict[str, Any]]: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...

@final
class Audio:
    """A sound: AAC, MP4, AMR, MPEG, or Ogg with Opus inside. It has no caption.

    >>> import linkwa
    >>> linkwa.Audio("https://example.com/a.ogg")
    Audio(link='https://example.com/a.ogg')
    """

    __match_args__ = ("link",)
    def __new__(cls, link: str) -> Self: ...
    @property
    def link(self) -> str:
        """The absolute `http` or `https` URL to fetch the file from. It must be reachable from the internet. A path that
        ends in another extension than `.aac`, `.mp4`, `.m4a`, `.amr`, `.mpeg`, `.mp3`, `.ogg` or `.opus` is a warning.
        """
    def __replace__(self, *, link: str = ...) -> Self: ...
    def __getnewargs_ex__(self) -> tuple[tuple[()], dict[str, Any]]: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...

@final
class Video:
    """A video: MP4 or 3GPP.

    >>> import linkwa
    >>> linkwa.Video("https://example.com/a.mp4", caption="How to get there")
    Video(link='https://example.com/a.mp4', caption='How to get there')
    """

    __match_args__ = ("link",)
    def __new__(cls, link: str, *, caption: str | None = None) -> Self: ...
    @property
    def link(self) -> str:
        """The absolute `http` or `https` URL to fetch the file from. It must be reachable from the internet. A path that
        ends in another extension than `.mp4`, `.3gpp` or `.3gp` is a warning.
        """
    @property
    def caption(self) -> str | None:
        """The text under the video. Over 1,024 Unicode code points is a warning. Not allowed in a template's header."""
    def __replace__(self, *, link: str = ..., caption: str | None = ...) -> Self: ...
    def __getnewargs_ex__(self) -> tuple[tuple[()], dict[str, Any]]: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...

@final
class Document:
    """A document of any MIME type. In a template's header it is a PDF; another extension is a warning there.

    >>> import linkwa
    >>> linkwa.Document("https://example.com/17.pdf", filename="invoice.pdf")
    Document(link='https://example.com/17.pdf', filename='invoice.pdf')
    """

    __match_args__ = ("link",)
    def __new__(cls, link: str, *, caption: str | None = None, filename: str | None = None) -> Self: ...
    @property
    def link(self) -> str:
        """The absolute `http` or `https` URL to fetch the file from. It must be reachable from the internet."""
    @property
    def caption(self) -> str | None:
        """The text under the document. Over 1,024 Unicode code points is a warning. Not allowed in a template's header."""
    @property
    def filename(self) -> str | None:
        """The file name that the recipient sees."""
    def __replace__(self, *, link: str = ..., caption: str | None = ..., filename: str | None = ...) -> Self: ...
    def __getnewargs_ex__(self) -> tuple[tuple[()], dict[str, Any]]: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...

@final
class Location:
    """A place on the map.

    >>> import linkwa
    >>> linkwa.Location(latitude=59.33, longitude=18.07, name="Office", address="Drottninggatan 1")
    Location(latitude=59.33, longitude=18.07, name='Office', address='Drottninggatan 1')
    """

    __match_args__ = ()
    def __new__(
        cls,
        *,
        latitude: float,
        longitude: float,
        name: str | None = None,
        address: str | None = None,
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
        """Its address, shown under the name. Without a `name` it is not shown, which is a warning."""
    def __replace__(
        self,
        *,
        latitude: float = ...,
        longitude: float = ...,
        name: str | None = ...,
        address: str | None = ...,
    ) -> Self: ...
    def __getnewargs_ex__(self) -> tuple[tuple[()], dict[str, Any]]: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...

@final
class Contacts:
    """Contact cards.

    >>> import linkwa
    >>> linkwa.Contacts([linkwa.Contact(phones=[linkwa.Phone("+1 (650) 555-1234")])])
    Contacts(contacts=(Contact(phones=(Phone(phone='+1 (650) 555-1234'),)),))
    """

    __match_args__ = ("contacts",)
    def __new__(cls, contacts: Sequence[Contact]) -> Self: ...
    @property
    def contacts(self) -> tuple[Contact, ...]:
        """Contact cards."""
    def __replace__(self, *, contacts: Sequence[Contact] = ...) -> Self: ...
    def __getnewargs_ex__(self) -> tuple[tuple[()], dict[str, Any]]: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...

@final
class Contact:
    """A contact card. Every part is optional, but a card with nothing in it is an error.

    >>> import linkwa
    >>> card = linkwa.Contact(
    ...     name=linkwa.Name("Anna Berg", first_name="Anna"),
    ...     phones=[linkwa.Phone("+46 70 000 00 01", type="WORK")],
    ...     birthday="1977-02-25",
    ... )
    >>> card.phones[0].type
    'WORK'
    """

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
        """The day of birth, `YYYY-MM-DD`. Anything else is a warning."""
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
class Address:
    """A postal address of a `Contact`.

    >>> import linkwa
    >>> linkwa.Address(street="Drottninggatan 1", city="Stockholm", country_code="SE")
    Address(street='Drottninggatan 1', city='Stockholm', country_code='SE')
    """

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
class Email:
    """An e-mail address of a `Contact`.

    >>> import linkwa
    >>> linkwa.Email("anna@example.com", type="WORK")
    Email(email='anna@example.com', type='WORK')
    """

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
class Name:
    """The name of a `Contact`: as it is shown, and at least one of its parts.

    >>> import linkwa
    >>> linkwa.Name("Anna Berg", first_name="Anna", last_name="Berg")
    Name(formatted_name='Anna Berg', first_name='Anna', last_name='Berg')
    """

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
class Org:
    """Where a `Contact` works.

    >>> import linkwa
    >>> linkwa.Org(company="Example", title="Engineer")
    Org(company='Example', title='Engineer')
    """

    __match_args__ = ()
    def __new__(
        cls,
        *,
        company: str | None = None,
        department: str | None = None,
        title: str | None = None,
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
        self,
        *,
        company: str | None = ...,
        department: str | None = ...,
        title: str | None = ...,
    ) -> Self: ...
    def __getnewargs_ex__(self) -> tuple[tuple[()], dict[str, Any]]: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...

@final
class Phone:
    """A phone number of a `Contact`, written as people write it.

    >>> import linkwa
    >>> linkwa.Phone("+1 (650) 555-1234", type="WORK", wa_id="16505551234")
    Phone(phone='+1 (650) 555-1234', type='WORK', wa_id='16505551234')
    """

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
class Url:
    """A web address of a `Contact`.

    >>> import linkwa
    >>> linkwa.Url("https://example.com", type="WORK")
    Url(url='https://example.com', type='WORK')
    """

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

# </generated>

@final
class Template:
    """A template message: a text that was approved beforehand, with the parts filled in that vary.

    It is the one message type that may be sent at any time; all others only within 24 hours of the recipient's own
    last message (W-1). Name, namespace, language and the number of parameters must be those of the approved template,
    which only the gateway can check.

    `components` are objects of `Header`, `Body`, `QuickReplyButton` and `UrlButton`. A second header or body is a
    warning (T-5), a second button of one index an error (T-4).

        >>> import linkwa
        >>> order = linkwa.Template(
        ...     "order_update",
        ...     namespace="namespace",
        ...     language="en",
        ...     components=[
        ...         linkwa.Header(linkwa.Document("https://example.com/17.pdf", filename="invoice.pdf")),
        ...         linkwa.Body("Anna", linkwa.Currency("$100.99", code="USD", amount_1000=100990)),
        ...         linkwa.QuickReplyButton(0, payload="yes"),
        ...         linkwa.UrlButton(1, text="track/17"),
        ...     ],
        ... )
        >>> linkwa.send("+46000000001", order).result_code
        112001
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
        """The code of its language: `en`, `pt_BR`, …; one that is not among the 68 of the API's list is a warning
        (T-10).
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
    """The header of a template: texts, and at most one `Image`, `Video` or `Document`; a second one is an error (T-2).

    A medium there has no caption (an error), and a document should be a PDF (another extension is a warning, T-6). A
    text beside a medium is a warning. An empty text is an error.

        >>> import linkwa
        >>> linkwa.Header(linkwa.Image("https://example.com/a.png"))
        Header(Image(link='https://example.com/a.png'))
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
    """The body of a template: texts, `Currency` and `DateTime`, in order (T-3). An empty text is an error.

    >>> import linkwa
    >>> linkwa.Body("Anna", linkwa.Currency("$100.99", code="USD", amount_1000=100990))
    Body('Anna', Currency(fallback_value='$100.99', code='USD', amount_1000=100990))
    """

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
    """A button that answers for the user. Without a payload it is a static one (T-4).

    >>> import linkwa
    >>> linkwa.QuickReplyButton(0, payload="yes")
    QuickReplyButton(index=0, payload='yes')
    """

    __match_args__ = ("index",)
    def __new__(cls, index: int, *, payload: str | None = None) -> Self: ...
    @property
    def index(self) -> int:
        """Its place among the buttons; the first is 0, and no two are alike (T-4)."""
    @property
    def payload(self) -> str | None:
        """What comes back in the received message when it is pressed. Not empty."""
    def __replace__(self, *, index: int = ..., payload: str | None = ...) -> Self: ...
    def __getnewargs_ex__(self) -> tuple[tuple[()], dict[str, Any]]: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...

@final
class UrlButton:
    """A button that opens a URL. Without a text it is a static one (T-4).

    >>> import linkwa
    >>> linkwa.UrlButton(1, text="track/17")
    UrlButton(index=1, text='track/17')
    """

    __match_args__ = ("index",)
    def __new__(cls, index: int, *, text: str | None = None) -> Self: ...
    @property
    def index(self) -> int:
        """Its place among the buttons; the first is 0, and no two are alike (T-4)."""
    @property
    def text(self) -> str | None:
        """What completes the URL of the approved template. Not empty."""
    def __replace__(self, *, index: int = ..., text: str | None = ...) -> Self: ...
    def __getnewargs_ex__(self) -> tuple[tuple[()], dict[str, Any]]: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...

@final
class Currency:
    """An amount of money that the recipient sees in their own form (T-7). An empty fallback text, and a code that is
    not three capital letters, are errors.

        >>> import linkwa
        >>> linkwa.Currency("$100.99", code="USD", amount_1000=100990)
        Currency(fallback_value='$100.99', code='USD', amount_1000=100990)
    """

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
    """A date and time that the recipient sees in their own form (T-8): either a moment, or what a calendar and a clock
    on the wall show.

    A moment is `timestamp`: an aware `datetime` (a naive one is a `ValueError`), or milliseconds since 1970-01-01
    UTC. Else `year`, `month`, `day`, `hour` and `minute` are given, all of them. The day of the week is worked out if
    it is left out.

    An hour or minute that no clock shows is an error, a day that does not exist a warning.

        >>> import datetime, linkwa
        >>> moment = datetime.datetime(2030, 2, 25, 15, 33, tzinfo=datetime.timezone.utc)
        >>> linkwa.DateTime("Feb 25", timestamp=moment)
        DateTime(fallback_value='Feb 25', timestamp=1898263980000)
        >>> linkwa.DateTime("Feb 25", year=2030, month=2, day=25, hour=15, minute=33).day
        25
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
    1.4.1 of the API (Q-4).

    A mapping, or the text of a JSON object as `str` or `bytes`, of at most 1 MiB and 64 levels. Only that it is one
    JSON object is checked, when it is sent or built. What is in it nobody validates before the gateway does.

        >>> import linkwa
        >>> linkwa.Raw({"type": "interactive", "interactive": {"type": "list"}}).json
        '{"type":"interactive","interactive":{"type":"list"}}'
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
    Every send validates by itself; this is for requests that come from elsewhere.

    The request is a mapping, or JSON as `str`, `bytes`, `bytearray` or `memoryview`, of at most 1 MiB and 64 levels
    (Q-5). What is no JSON is the finding `invalid_json`; only what is none of these types, or a mapping with something
    in it that JSON does not have, is a `TypeError`. No `LinkwaError` is raised.

        >>> import linkwa
        >>> request = {"platformId": "p", "platformPartnerId": "pp", "refId": "17", "source": "+46000000000"}
        >>> [(finding.path, finding.code) for finding in linkwa.validate(request)]
        [('priority', 'required'), ('destinations', 'required'), ('messages', 'required')]
    """

def new_ref_id() -> str:
    """A new reference, unique across processes and machines (a random UUID, 36 characters).

    Store it before sending, and a send whose outcome is unknown can be reconciled even after a crash.

        >>> import linkwa
        >>> ref_id = linkwa.new_ref_id()
        >>> linkwa.send_text("+46000000001", "Hello", ref_id=ref_id).ref_id == ref_id
        True
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
    def __replace__(
        self,
        *,
        destination: str = ...,
        message_id: str = ...,
    ) -> Self: ...
    def __getnewargs_ex__(self) -> tuple[tuple[()], dict[str, Any]]: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...

@final
class SendResult:
    """A message that the gateway accepted. Its `repr` shows no destination.

    >>> import linkwa
    >>> sent = linkwa.send_text(["+46000000001", "+46000000002"], "Hello", ref_id="order-17")
    >>> sent.ref_id, sent.result_code, len(sent.message_ids)
    ('order-17', 112001, 2)
    >>> [receipt.destination for receipt in sent.receipts]
    ['+46000000001', '+46000000002']
    """

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
    def __replace__(
        self,
        *,
        ref_id: str = ...,
        result_code: int = ...,
        description: str | None = ...,
        message_ids: Sequence[str] | None = ...,
        receipts: Sequence[Receipt] | None = ...,
        warnings: Sequence[Finding] | None = ...,
        attempts: int | None = ...,
    ) -> Self: ...
    def __getnewargs_ex__(self) -> tuple[tuple[()], dict[str, Any]]: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...

@final
class Chunk:
    """What came of one request of many, or of a destination that could not be sent to. Its `repr` shows no destination.

    A destination that is invalid, or whose message function raises or gives nothing, is a chunk of its own; the others go
    on. What is not a string is such a chunk too, with `""` as its destination; the finding says which item it was."""

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
        """Its destinations, and no others."""
    @property
    def result(self) -> SendResult | None:
        """The result, if the gateway accepted it; otherwise `None`."""
    @property
    def error(self) -> LinkwaError | None:
        """What went wrong, a `LinkwaError` that is not raised; `None` if the gateway accepted it. Its `__cause__` is what a
        message function raised."""
    def __replace__(
        self,
        *,
        index: int = ...,
        ref_id: str = ...,
        destinations: Sequence[str] | None = ...,
        result: SendResult | None = ...,
        error: LinkwaError | None = ...,
    ) -> Self: ...
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
        waiting: bool | None = None,
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
        """On their way, or to be sent again because the gateway was busy."""
    @property
    def skipped(self) -> int:
        """Skipped, because an earlier run dealt with them."""
    @property
    def per_second(self) -> float:
        """Sent, failed and unknown ones a second, since the first was sent."""
    @property
    def waiting(self) -> bool:
        """Whether the run holds back now, because the gateway is busy or does not answer."""
    def __replace__(
        self,
        *,
        sent: int = ...,
        failed: int = ...,
        unknown: int = ...,
        under_way: int = ...,
        skipped: int = ...,
        per_second: float = ...,
        waiting: bool = ...,
    ) -> Self: ...
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

    def wait(self) -> SendResult:
        """Waits for what comes of it."""
    def abandon(self, error: BaseException) -> None:
        """Cancels it, because the exception ends the wait for it; the log and the exception say what came of it."""

@final
class NativeClient:
    """A client of the core."""

    def __new__(cls, given: Mapping[str, object]) -> Self: ...
    @staticmethod
    def from_env(given: Mapping[str, object]) -> NativeClient:
        """Of the environment's configuration, in which these arguments replace what it says."""
    @staticmethod
    def default() -> NativeClient:
        """The default client."""
    def send(self, to: Any, message: Any, options: Mapping[str, object]) -> SendResult: ...
    def submit(
        self,
        to: Any,
        message: Any,
        options: Mapping[str, object],
        completions: Completions | None,
        future: Future[SendResult] | None,
    ) -> NativePending: ...
    def send_request(self, request: Any, timeout: float | None) -> SendResult: ...
    def submit_request(
        self, request: Any, timeout: float | None, completions: Completions | None, future: Future[SendResult] | None
    ) -> NativePending: ...
    def send_raw(self, request: Any, timeout: float | None) -> SendResult: ...
    def submit_raw(
        self, request: Any, timeout: float | None, completions: Completions | None, future: Future[SendResult] | None
    ) -> NativePending: ...
    def build(self, to: Any, message: Any, options: Mapping[str, object]) -> bytes: ...
    def close(self, timeout: float | None) -> None:
        """Ends the client; without a timeout when all that is under way has ended."""
    def close_soon(self, timeout: float | None, completions: Completions, future: Future[None]) -> None:
        """As `close`, without waiting; the future is settled when it is done."""

@final
class Pending:
    """What destinations and message functions of ours give that wait on an event loop: look again later."""

    def __new__(cls) -> Self: ...

@final
class NativeMany:
    """A run of many."""

    def __new__(
        cls,
        client: NativeClient,
        destinations: Any,
        message: Any,
        options: Mapping[str, object],
        run: Mapping[str, object],
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
        """Begins no more requests and cancels those under way. If there were any, the log says what came of them."""
    def interrupt(self, error: BaseException) -> None:
        """The same because of this exception, which then says what the log says, like that of a single send."""
    def progress(self) -> Progress: ...
    def checkpoint(self) -> str: ...

def configure(given: Mapping[str, object]) -> None:
    """Sets the default client."""

# Callbacks.
_Resolution = Literal["accepted", "message_failed", "failed", "unknown"]
_Refusal = Literal["address", "forwarded", "credentials", "header", "too_large", "unusable"]
_Address = str | IPv4Address | IPv6Address
_Range = str | IPv4Address | IPv6Address | IPv4Network | IPv6Network

class _Items(Protocol):
    def items(self) -> Iterable[tuple[str | bytes, str | bytes]]: ...

_Headers = _Items | Iterable[tuple[str | bytes, str | bytes]]

@final
class EventReport:
    """What came of a message to one destination, or of a request that failed whole. `parse_callback` makes it; for tests,
    the class does: `EventReport(ref_id="order-17", message_id="m", result_code=112003)`. Then what is in `extra` stands
    beside the other fields, under the wire's names.

    It holds the callback's text; attributes are read from it. A field that is absent, null or of an unexpected shape is
    None. Two are equal whose texts are. The repr shows nothing that was written by a user.

        >>> import linkwa
        >>> body = b'{"messageId": "m", "refId": "order-17", "resultCode": 112403, "resultDescription": "why"}'
        >>> report = linkwa.parse_callback(body)
        >>> report.ref_id, report.status, report.result_description
        ('order-17', 'failed', 'why')
        >>> report.key
        'report:m:order-17:-:112403'
    """

    __match_args__ = ("status", "ref_id", "message_id")
    def __new__(
        cls,
        *,
        result_code: int,
        ref_id: str | None = None,
        message_id: str | None = None,
        message_type: str | None = None,
        message_index: int | None = None,
        timestamp: datetime | str | None = None,
        result_description: str | None = None,
        gate_custom_parameters: Mapping[str, str] | None = None,
        custom_parameters: Mapping[str, str] | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> Self: ...
    # <generated EventReport>
    @property
    def message_id(self) -> str | None:
        """The id that the gateway gave the message when it accepted it: one of those in the result of the send."""
    @property
    def ref_id(self) -> str | None:
        """The reference of the request: that of the send."""
    @property
    def message_type(self) -> str | None:
        """The message's type (`text`, `template`, …); `request` for a request that failed whole."""
    @property
    def message_index(self) -> int | None:
        """Which of the request's messages it is, from 0; -1 for a request that failed whole and had several."""
    @property
    def timestamp(self) -> datetime | None:
        """When it happened.

        With the offset that it was written with, to the microsecond. None if it is absent, no RFC 3339 date-time, or
        none that a datetime can hold; its text as it came is in `timestamp_raw`.
        """
    @property
    def timestamp_raw(self) -> str | None:
        """The text of `timestamp` as it came."""
    @property
    def result_code(self) -> int:
        """What came of the message. A newer gateway may give a code that is not listed.

        A number of `ResultCode`, or one that is newer.
        """
    @property
    def result_description(self) -> str | None:
        """The result in the gateway's words."""
    @property
    def gate_custom_parameters(self) -> dict[str, str] | None:
        """The parameters of the gate that the report was sent to.

        A new dict at each access.
        """
    @property
    def custom_parameters(self) -> dict[str, str] | None:
        """The parameters that the request gave along.

        A new dict at each access.
        """
    # </generated>
    @property
    def status(self) -> Status:
        """What came of the message, in a word: "queued" (112001), "sent" (112002), "delivered" (112003), "failed"
        (112000, a listed 1124xx, 112500), "other".
        """
    @property
    def key(self) -> str:
        """A deduplication key: "report:{messageId}:{refId}:{messageIndex}:{resultCode}", an absent part written "-". A
        report can be delivered more than once; record the key after you have processed the report.

        It is printable ASCII of less than 200 characters, and different for different reports: in a part every byte
        other than A-Z a-z 0-9 . _ ~ + / = - is percent-encoded, and a part that is longer than 64 characters then is
        "%h" and the beginning of its SHA-256.
        """
    @property
    def raw(self) -> str:
        """The callback's JSON text as it came."""
    @property
    def extra(self) -> dict[str, Any]:
        """Fields that this library does not know, and known ones of an unexpected shape, decoded at each access. An
        integer of more digits than int takes (4,300, as a rule) is a Decimal.
        """
    @property
    def extra_json(self) -> dict[str, str]:
        """The same fields as `extra`: their JSON texts, exactly as they came."""
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __reduce__(self) -> tuple[Any, ...]: ...

@final
class ReceivedMessage:
    """A message that a user sent to a business number. `parse_callback` makes it; for tests, the class does:
    `ReceivedMessage(source="+46000000001", message_id="m", text="Hello")`. Then `button`, `context` and `route` are
    mappings with the wire's names, as is `extra`, whose fields stand beside the others.

    It holds the callback's text; attributes are read from it. A field that is absent, null or of an unexpected shape is
    None. Four parts that everybody reads stand on top as well: `content_type`, `text`, `button`, `context`. Two are
    equal whose texts are. The repr shows nothing that was written by a user.

        >>> import linkwa
        >>> content = '{"message": {"contentType": "BUTTON", "button": {"text": "Yes", "payload": "yes-17"}}}'
        >>> body = '{"messageId": "m", "source": "+46000000001", "content": %s}' % content
        >>> message = linkwa.parse_callback(body)
        >>> message.source, message.button.payload, message.key
        ('+46000000001', 'yes-17', 'message:m')
    """

    __match_args__ = ("source", "text")
    def __new__(
        cls,
        *,
        source: str,
        message_id: str,
        text: str | None = None,
        button: Mapping[str, Any] | None = None,
        context: Mapping[str, Any] | None = None,
        content_type: str | None = None,
        destination: str | None = None,
        provider: str | None = None,
        timestamp: datetime | str | None = None,
        provider_timestamp: datetime | str | None = None,
        provider_message_id: str | None = None,
        route: Mapping[str, Any] | None = None,
        gate_custom_parameters: Mapping[str, str] | None = None,
        custom_parameters: Mapping[str, str] | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> Self: ...
    # <generated ReceivedMessage>
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
        """Who delivered it: `whatsapp`."""
    @property
    def timestamp(self) -> datetime | None:
        """When the gateway received it.

        With the offset that it was written with, to the microsecond. None if it is absent, no RFC 3339 date-time, or
        none that a datetime can hold; its text as it came is in `timestamp_raw`.
        """
    @property
    def timestamp_raw(self) -> str | None:
        """The text of `timestamp` as it came."""
    @property
    def message_id(self) -> str:
        """The gateway's id of the message."""
    @property
    def provider_timestamp(self) -> datetime | None:
        """When the provider received it.

        With the offset that it was written with, to the microsecond. None if it is absent, no RFC 3339 date-time, or
        none that a datetime can hold; its text as it came is in `provider_timestamp_raw`.
        """
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
        """The parameters of the gate that it was sent to.

        A new dict at each access.
        """
    @property
    def custom_parameters(self) -> dict[str, str] | None:
        """Further parameters.

        A new dict at each access.
        """
    # </generated>
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
        """Until when every message type may be sent to the user: 24 hours after the provider's timestamp, or else the
        gateway's. None if neither can be read. Advisory: a later message opens the window anew.
        """
    @property
    def key(self) -> str:
        """A deduplication key: "message:{messageId}", with the id written as in `EventReport.key`. A message can be
        delivered more than once; record the key after you have processed the message.
        """
    @property
    def raw(self) -> str:
        """The callback's JSON text as it came."""
    @property
    def extra(self) -> dict[str, Any]:
        """Fields that this library does not know, and known ones of an unexpected shape, decoded at each access. An
        integer of more digits than int takes (4,300, as a rule) is a Decimal.
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
    nothing that was written by a user.
    """

    __match_args__ = ("type", "message")
    # <generated Content>
    @property
    def type(self) -> str | None:
        """The kind of content: `WHATSAPP`."""
    @property
    def message(self) -> InboundMessage | None:
        """The message itself."""
    # </generated>
    @property
    def extra(self) -> dict[str, Any]:
        """Fields that this library does not know, and known ones of an unexpected shape, decoded at each access. An
        integer of more digits than int takes (4,300, as a rule) is a Decimal.
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
    nothing that was written by a user.
    """

    __match_args__ = ("content_type", "text", "button", "context")
    # <generated InboundMessage>
    @property
    def content_type(self) -> str | None:
        """`TEXT` or `BUTTON`; newer gateways have more."""
    @property
    def text(self) -> str | None:
        """What the user wrote."""
    @property
    def button(self) -> Button | None:
        """The button that the user pressed."""
    @property
    def context(self) -> Context | None:
        """What the user replied to; only replies have it."""
    # </generated>
    @property
    def extra(self) -> dict[str, Any]:
        """Fields that this library does not know, and known ones of an unexpected shape, decoded at each access. An
        integer of more digits than int takes (4,300, as a rule) is a Decimal.
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
    nothing that was written by a user.
    """

    __match_args__ = ("text", "payload")
    # <generated Button>
    @property
    def text(self) -> str | None:
        """What stands on it."""
    @property
    def payload(self) -> str | None:
        """The payload that the template gave it."""
    # </generated>
    @property
    def extra(self) -> dict[str, Any]:
        """Fields that this library does not know, and known ones of an unexpected shape, decoded at each access. An
        integer of more digits than int takes (4,300, as a rule) is a Decimal.
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
    nothing that was written by a user.
    """

    __match_args__ = ("source", "message_id")
    # <generated Context>
    @property
    def source(self) -> str | None:
        """Who sent that message."""
    @property
    def message_id(self) -> str | None:
        """That message's id."""
    # </generated>
    @property
    def extra(self) -> dict[str, Any]:
        """Fields that this library does not know, and known ones of an unexpected shape, decoded at each access. An
        integer of more digits than int takes (4,300, as a rule) is a Decimal.
        """
    @property
    def extra_json(self) -> dict[str, str]:
        """The same fields as `extra`: their JSON texts, exactly as they came."""
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __reduce__(self) -> tuple[Any, ...]: ...

@final
class Route:
    """The route by which a received message came: of a keyword, a sub-number or a session.

    A field that is absent, null or of an unexpected shape is None. Two are equal whose fields are. The repr shows
    nothing that was written by a user.
    """

    __match_args__ = ("type", "keyword")
    # <generated Route>
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
    def gate_ids(self) -> tuple[str, ...] | None:
        """The gates that the message was sent to."""
    @property
    def custom_parameters(self) -> dict[str, str] | None:
        """The route's parameters.

        A new dict at each access.
        """
    @property
    def type(self) -> str | None:
        """What kind of route it is: `KEYWORD_ROUTE`, for example."""
    @property
    def keyword(self) -> str | None:
        """The keyword that the message began with."""
    @property
    def keyword_type(self) -> str | None:
        """What kind of keyword it is."""
    @property
    def active(self) -> bool | None:
        """Whether the route is in use."""
    @property
    def start(self) -> datetime | None:
        """From when on it is in use.

        With the offset that it was written with, to the microsecond. None if it is absent, no RFC 3339 date-time, or
        none that a datetime can hold; its text as it came is in `start_raw`.
        """
    @property
    def start_raw(self) -> str | None:
        """The text of `start` as it came."""
    @property
    def end(self) -> datetime | None:
        """Until when it is in use.

        With the offset that it was written with, to the microsecond. None if it is absent, no RFC 3339 date-time, or
        none that a datetime can hold; its text as it came is in `end_raw`.
        """
    @property
    def end_raw(self) -> str | None:
        """The text of `end` as it came."""
    @property
    def shared(self) -> bool | None:
        """Whether others use the number too."""
    @property
    def description(self) -> str | None:
        """What the route is for."""
    # </generated>
    @property
    def extra(self) -> dict[str, Any]:
        """Fields that this library does not know, and known ones of an unexpected shape, decoded at each access. An
        integer of more digits than int takes (4,300, as a rule) is a Decimal.
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
    def status(self) -> Status:
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
    It takes about 550 bytes a message, and nothing goes away by itself: see `forget`, `forget_ref_id` and `retain`.
    Give it only callbacks that a `CallbackGuard` believes.

        >>> import linkwa
        >>> tracker = linkwa.StatusTracker()
        >>> for code in (112003, 112001):  # in disorder
        ...     report = linkwa.parse_callback(b'{"messageId": "m", "refId": "order-17", "resultCode": %d}' % code)
        ...     state = tracker.apply(report)
        >>> state.status, state.changed, tracker.resolve("order-17")
        ('delivered', False, 'accepted')
    """

    def __new__(cls) -> Self: ...
    def apply(self, report: EventReport) -> MessageState:
        """Takes a report in, and tells the state that its message is in now, and whether the report `changed` it.

        A report without message_id changes the state of its request. An empty id counts as none; a report with neither
        is told but not kept.
        """
    def state(self, message_id: str, message_index: int | None = None) -> MessageState | None:
        """The state of a message; None if no report of it came. With a message_index it is the state of the reports with
        this index. Without one it is the message's only state, whatever its index; if reports named several indices,
        the least advanced of their states (queued < other < sent < failed < delivered).
        """
    def states(self, ref_id: str) -> tuple[MessageState, ...]:
        """The states of the request of this ref_id: those of its messages by id and index, then what reports without
        message_id say, if there were any. Only this very ref_id counts.
        """
    def request_state(self, ref_id: str) -> MessageState | None:
        """What reports without message_id say about the request of this ref_id, as one that failed whole; None if there
        was none.
        """
    def resolve(self, ref_id: str) -> _Resolution:
        """What became of a send that ended `OutcomeUnknown`, by its ref_id:

        - "accepted": the gateway took it, and a report says of one of its messages that it went on. Do not send it
          again.
        - "message_failed": the gateway took it, and every report of its messages says that the message failed. With one
          message to one destination, that message was not delivered; `states` has the result code.
        - "failed": the request failed whole and none of its messages was sent. It may be sent again, once what is wrong
          is corrected.
        - "unknown": no report says. Do not send it again.

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
    its size. Anyone can post to a callback URL, and no signature is known, so this is all there is to go by. It does no
    I/O.

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

    Credentials are compared in constant time and never printed. Threads may share it. It can be pickled and copied; the
    pickle holds the credentials. Raises `InvalidConfig` for what is no address range.

        >>> import linkwa
        >>> guard = linkwa.CallbackGuard(trusted_proxies=["10.0.0.0/8"], headers={"X-Callback-Key": "secret"})
        >>> headers = {"X-Forwarded-For": "195.84.162.34", "X-Callback-Key": "secret"}
        >>> guard.check("10.0.0.7", headers, 512)
        Verdict(sender='195.84.162.34')
        >>> guard.check("203.0.113.9", headers, 512)
        Verdict(refusal='address')
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
    ) -> Self: ...
    def __getnewargs_ex__(self) -> tuple[tuple[()], dict[str, Any]]: ...
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
    def __new__(cls, *, sender: str | None = None, refusal: _Refusal | None = None) -> Self: ...
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
    def __new__(cls, *, is_open: bool, closes_at: datetime) -> Self: ...
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

def parse_callback(body: bytes | bytearray | memoryview | str) -> Callback:
    """Reads the body of a callback: an `EventReport` or a `ReceivedMessage` (C-4).

    Only what must be there can fail (C-5); a field that this library does not know, or that has an unexpected shape, is
    kept in `extra` (C-6). A callback may come twice, late or in disorder: tell repeats by `key`, and mark a key as done
    only when you are (C-8). `body` is the bytes as they came: `bytes`, `bytearray`, `memoryview`, or a `str` of them.

    Raises `InvalidCallback`, with `path` and byte `position` and none of the values, if the body is not one JSON object
    of at most 256 KiB and 64 levels in valid UTF-8 without duplicate keys (C-7), or if it is neither kind of callback
    or lacks what its kind must have (C-4, C-5).

        >>> import linkwa
        >>> report = linkwa.parse_callback(b'{"messageId": "8aU6cw", "refId": "17", "resultCode": 112003}')
        >>> report
        EventReport(status='delivered', result_code=112003)
    """

def care_window(last_inbound: datetime, now: datetime | None = None) -> CareWindow:
    """The customer care window of a user (W-1): for 24 hours from their last message to the business number every
    message type may be sent to them, then only templates. Exactly 24 hours later it is closed. A message of the future,
    by a clock that is ahead, opens it too.

    Both are aware datetimes; `now` is the present if it is not given. `CareWindow.of` takes a received message. Keep
    the moment of the last one per user and business number; callbacks come in disorder, so keep the latest.

    Raises ValueError for a datetime without a time zone.

        >>> import datetime, linkwa
        >>> noon = datetime.datetime(2030, 3, 18, 12, 0, tzinfo=datetime.timezone.utc)
        >>> window = linkwa.care_window(noon, now=noon + datetime.timedelta(hours=23))
        >>> bool(window), window.closes_at.isoformat()
        (True, '2030-03-19T12:00:00+00:00')
    """

def is_gateway_address(address: _Address) -> bool:
    """Whether an address is one that LINK's callbacks come from (N-1): a text such as "192.0.2.1", without a port, or
    an object of `ipaddress`. False for a text that is no address; another type is a `TypeError`.

    Behind a proxy, give the address that the proxy names, and only if the proxy is your own: `CallbackGuard` does all
    of this.

        >>> import linkwa
        >>> linkwa.is_gateway_address("195.84.162.34"), linkwa.is_gateway_address("192.0.2.1")
        (True, False)
    """

def _error_defaults(code: str, outcome: str | None = None) -> tuple[Outcome | None, Disposition]:
    """What an error says that is made anew from its code, and from its outcome where it has that."""

def _regions() -> list[str]:
    """The words of the regions."""

def _priorities() -> list[str]:
    """The words of the priorities, the least urgent first."""

def _result_codes() -> list[tuple[str, int]]:
    """The codes that version 1.4.1 of the API lists, each with its name (`delivered`)."""

def _result_code(number: int) -> tuple[str, bool, bool, bool, bool]:
    """Of any code: what it means in a sentence; whether it is a success, a failure, final; whether LINK asks to be
    told.
    """
