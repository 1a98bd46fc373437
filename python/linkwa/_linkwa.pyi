"""The native module. What is here is exported by `linkwa`."""

from asyncio import AbstractEventLoop, Future
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
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
    """An error or warning that validation found in a request.

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
        """The path in the names of the JSON that is sent: `messages[0].template.components[1].parameters[2].dateTime`.
        The whole request has the empty path.
        """
    @property
    def code(self) -> str:
        """The kind of finding: `"unknown_field"`. Codes are stable; base decisions on them."""
    @property
    def message(self) -> str:
        """A sentence for people; the wording may change. It never repeats a value of the request, which may be a phone
        number.
        """
    @property
    def severity(self) -> Literal["error", "warning"]:
        """`"error"`: the request is not sent. `"warning"`: it is sent, and the finding is on the result."""
    @property
    def suggestion(self) -> str | None:
        """A suggested value: the nearest known name, the number without its separators, `"en_GB"`. None if there is no
        suggestion.
        """
    def to_dict(self, *, details: bool = False) -> dict[str, Any]:
        """The fields by name, for a log or a job queue. The suggestion, which may be a phone number, only with `details`."""
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
        """The text. Not empty. Over 4,096 Unicode code points is a warning, and so is a body of white space only. A URL in
        it must start with `http://` or `https://`.
        """
    @property
    def preview_url(self) -> bool | None:
        """Whether the recipient sees a preview of the URL in the body. Without it the gateway shows none. `True` without a
        URL in the body is a warning.
        """
    def to_dict(self) -> dict[str, Any]:
        """The message in wire form: a new dict, which `send` takes and validates."""
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
    def __new__(cls, link: str | None = None, *, id: str | None = None, caption: str | None = None) -> Self: ...
    @property
    def link(self) -> str | None:
        """The absolute `http` or `https` URL to fetch the file from. It must be reachable from the internet. A path that
        ends in another extension than `.jpeg`, `.jpg` or `.png` is a warning.
        """
    @property
    def id(self) -> str | None:
        """The id of a file that was uploaded before, in place of `link`. Not empty. Not in version 1.4.1 of LINK's
        document: it needs the setting `extensions`.
        """
    @property
    def caption(self) -> str | None:
        """The text below the picture. Over 1,024 Unicode code points is a warning. Not allowed in a template's header."""
    def to_dict(self) -> dict[str, Any]:
        """The message in wire form: a new dict, which `send` takes and validates."""
    def __replace__(self, *, link: str | None = ..., id: str | None = ..., caption: str | None = ...) -> Self: ...
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
    def __new__(cls, link: str | None = None, *, id: str | None = None) -> Self: ...
    @property
    def link(self) -> str | None:
        """The absolute `http` or `https` URL to fetch the file from. It must be reachable from the internet. A path that
        ends in another extension than `.aac`, `.mp4`, `.m4a`, `.amr`, `.mpeg`, `.mp3`, `.ogg` or `.opus` is a warning.
        """
    @property
    def id(self) -> str | None:
        """The id of a file that was uploaded before, in place of `link`. Not empty. Not in version 1.4.1 of LINK's
        document: it needs the setting `extensions`.
        """
    def to_dict(self) -> dict[str, Any]:
        """The message in wire form: a new dict, which `send` takes and validates."""
    def __replace__(self, *, link: str | None = ..., id: str | None = ...) -> Self: ...
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
    def __new__(cls, link: str | None = None, *, id: str | None = None, caption: str | None = None) -> Self: ...
    @property
    def link(self) -> str | None:
        """The absolute `http` or `https` URL to fetch the file from. It must be reachable from the internet. A path that
        ends in another extension than `.mp4`, `.3gpp` or `.3gp` is a warning.
        """
    @property
    def id(self) -> str | None:
        """The id of a file that was uploaded before, in place of `link`. Not empty. Not in version 1.4.1 of LINK's
        document: it needs the setting `extensions`.
        """
    @property
    def caption(self) -> str | None:
        """The text below the video. Over 1,024 Unicode code points is a warning. Not allowed in a template's header."""
    def to_dict(self) -> dict[str, Any]:
        """The message in wire form: a new dict, which `send` takes and validates."""
    def __replace__(self, *, link: str | None = ..., id: str | None = ..., caption: str | None = ...) -> Self: ...
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
    def __new__(
        cls,
        link: str | None = None,
        *,
        id: str | None = None,
        caption: str | None = None,
        filename: str | None = None,
    ) -> Self: ...
    @property
    def link(self) -> str | None:
        """The absolute `http` or `https` URL to fetch the file from. It must be reachable from the internet."""
    @property
    def id(self) -> str | None:
        """The id of a file that was uploaded before, in place of `link`. Not empty. Not in version 1.4.1 of LINK's
        document: it needs the setting `extensions`.
        """
    @property
    def caption(self) -> str | None:
        """The text below the document. Over 1,024 Unicode code points is a warning. Not allowed in a template's header."""
    @property
    def filename(self) -> str | None:
        """The file name that the recipient sees."""
    def to_dict(self) -> dict[str, Any]:
        """The message in wire form: a new dict, which `send` takes and validates."""
    def __replace__(
        self,
        *,
        link: str | None = ...,
        id: str | None = ...,
        caption: str | None = ...,
        filename: str | None = ...,
    ) -> Self: ...
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
        """The name of the place."""
    @property
    def address(self) -> str | None:
        """Its address, shown below the name. Without a `name` it is not shown, which is a warning."""
    def to_dict(self) -> dict[str, Any]:
        """The message in wire form: a new dict, which `send` takes and validates."""
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
    def to_dict(self) -> dict[str, Any]:
        """The message in wire form: a new dict, which `send` takes and validates."""
    def __replace__(self, *, contacts: Sequence[Contact] = ...) -> Self: ...
    def __getnewargs_ex__(self) -> tuple[tuple[()], dict[str, Any]]: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...

@final
class Contact:
    """A contact card. Every part is optional, but an empty card is an error.

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
        """The day of birth, `YYYY-MM-DD`. Another form is a warning."""
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
        """The country's two-letter code (ISO 3166)."""
    @property
    def type(self) -> str | None:
        """The kind of address, for example `HOME` or `WORK`."""
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
        """The kind of address, for example `HOME` or `WORK`."""
    def __replace__(self, *, email: str = ..., type: str | None = ...) -> Self: ...
    def __getnewargs_ex__(self) -> tuple[tuple[()], dict[str, Any]]: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...

@final
class Name:
    """The name of a `Contact`: as shown, and at least one of its parts.

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
        """The name as shown."""
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
        """The kind of number, for example `HOME` or `WORK`."""
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
        """The kind of address, for example `HOME` or `WORK`."""
    def __replace__(self, *, url: str = ..., type: str | None = ...) -> Self: ...
    def __getnewargs_ex__(self) -> tuple[tuple[()], dict[str, Any]]: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...

# </generated>

@final
class Template:
    """A template message: a text that WhatsApp approved beforehand, with its parameters filled in.

    It is the only message type that may be sent at any time; all others only within 24 hours of the recipient's last
    message. Name, namespace, language and the number of parameters must be those of the approved template; only the
    gateway can check that.

    `components` are objects of `Header`, `Body`, `QuickReplyButton` and `UrlButton`. A second header or body is a
    warning, a second button with the same index an error.

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
        cls, name: str, *, namespace: str | None = None, language: str, components: Sequence[_Component] | None = None
    ) -> Self: ...
    @property
    def name(self) -> str:
        """The template's name."""
    @property
    def namespace(self) -> str | None:
        """Its namespace. Not empty. Version 1.4.1 of LINK's document requires it; with the client's setting `extensions`
        it may be left out.
        """
    @property
    def language(self) -> str:
        """The code of its language: `en`, `pt_BR`, …; one that is not among the 68 of the API's list is a warning."""
    @property
    def components(self) -> tuple[_Component, ...]:
        """Its components, in order."""
    def to_dict(self) -> dict[str, Any]:
        """The message in wire form: a new dict, which `send` takes and validates."""
    def __replace__(
        self,
        *,
        name: str = ...,
        namespace: str | None = ...,
        language: str = ...,
        components: Sequence[_Component] | None = ...,
    ) -> Self: ...
    def __getnewargs_ex__(self) -> tuple[tuple[()], dict[str, Any]]: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...

@final
class Header:
    """The header of a template: texts, and at most one `Image`, `Video` or `Document`; a second one is an error.

    A medium there has no caption (an error), and a document should be a PDF (another extension is a warning). A text
    beside a medium is a warning. An empty text is an error.

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
    """The body of a template: texts, `Currency` and `DateTime`, in order. An empty text is an error.

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
    """A quick-reply button. Without a payload it is a static button.

    >>> import linkwa
    >>> linkwa.QuickReplyButton(0, payload="yes")
    QuickReplyButton(index=0, payload='yes')
    """

    __match_args__ = ("index",)
    def __new__(cls, index: int, *, payload: str | None = None) -> Self: ...
    @property
    def index(self) -> int:
        """Its index among the buttons. The first is 0, and each index is used once."""
    @property
    def payload(self) -> str | None:
        """The payload, which comes back in the received message when the user presses the button. Not empty."""
    def __replace__(self, *, index: int = ..., payload: str | None = ...) -> Self: ...
    def __getnewargs_ex__(self) -> tuple[tuple[()], dict[str, Any]]: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...

@final
class UrlButton:
    """A button that opens a URL. Without a text it is a static button.

    >>> import linkwa
    >>> linkwa.UrlButton(1, text="track/17")
    UrlButton(index=1, text='track/17')
    """

    __match_args__ = ("index",)
    def __new__(cls, index: int, *, text: str | None = None) -> Self: ...
    @property
    def index(self) -> int:
        """Its index among the buttons. The first is 0, and each index is used once."""
    @property
    def text(self) -> str | None:
        """The text that completes the URL of the approved template. Not empty."""
    def __replace__(self, *, index: int = ..., text: str | None = ...) -> Self: ...
    def __getnewargs_ex__(self) -> tuple[tuple[()], dict[str, Any]]: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...

@final
class Currency:
    """An amount of money, which the recipient sees in the format of their locale. An empty fallback text, and a code
    that is not three capital letters, are errors.

        >>> import linkwa
        >>> linkwa.Currency("$100.99", code="USD", amount_1000=100990)
        Currency(fallback_value='$100.99', code='USD', amount_1000=100990)
    """

    __match_args__ = ("fallback_value",)
    def __new__(cls, fallback_value: str, *, code: str, amount_1000: int) -> Self: ...
    @staticmethod
    def from_decimal(fallback_value: str, code: str, amount: Decimal | int | str) -> Currency:
        """An amount as a `Decimal`, an `int`, or a decimal number in a `str`, with at most three decimals. It is converted
        exactly; a `float` is a `TypeError`. More decimals, and an amount that is too large, raise `InvalidRequest`
        with a finding at `amount`.

        >>> import decimal, linkwa
        >>> linkwa.Currency.from_decimal("$100.99", "USD", decimal.Decimal("100.99")).amount_1000
        100990
        """
    @property
    def fallback_value(self) -> str:
        """The text to show where it cannot be formatted: `"$100.99"`."""
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
    """A date and time, which the recipient sees in the format of their locale: either a point in time, or a date and
    time without a time zone.

    A point in time is `timestamp`: an aware `datetime` (a naive one is a `ValueError`), or milliseconds since
    1970-01-01 UTC. Otherwise pass all of `year`, `month`, `day`, `hour` and `minute`. Without `day_of_week` the library
    computes the day of the week.

    An hour or minute out of range is an error, a day that does not exist a warning.

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
    @staticmethod
    def from_datetime(fallback_value: str, value: datetime) -> DateTime:
        """The date and time of a `datetime` as its clock shows it, to the minute; its time zone is left out.

        >>> import datetime, linkwa
        >>> moment = linkwa.DateTime.from_datetime("Feb 25", datetime.datetime(2030, 2, 25, 15, 33))
        >>> moment.day, moment.hour, moment.minute
        (25, 15, 33)
        """
    @property
    def fallback_value(self) -> str:
        """The text to show where it cannot be formatted: `"February 25, 1977 03:33PM"`."""
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
        """The day of the month, 1 to 31. A day that does not exist is a warning."""
    @property
    def hour(self) -> int | None:
        """The hour, 0 to 23."""
    @property
    def minute(self) -> int | None:
        """The minute, 0 to 59."""
    @property
    def day_of_week(self) -> int | None:
        """The day of the week, Monday 1 to Sunday 7. One that does not fit the date is a warning."""
    def __replace__(self, **changes: Any) -> Self: ...
    def __getnewargs_ex__(self) -> tuple[tuple[()], dict[str, Any]]: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...

@final
class Buttons:
    """An interactive message with reply buttons. The reply comes back in a received message.

    Over 3 buttons, and an id that is used twice, are warnings. Not in version 1.4.1 of LINK's document: it needs the
    client's setting `extensions`.

        >>> import linkwa
        >>> linkwa.Buttons("Where to?", [linkwa.Button("home", "Home")], footer="Free of charge")
        Buttons(body='Where to?', buttons=(Button(id='home', title='Home'),), footer='Free of charge')
    """

    __match_args__ = ("body", "buttons")
    def __new__(
        cls, body: str, buttons: Sequence[Button], *, header: _HeaderParameter | None = None, footer: str | None = None
    ) -> Self: ...
    @property
    def body(self) -> str:
        """The text. Not empty. Over 1,024 Unicode code points is a warning."""
    @property
    def buttons(self) -> tuple[Button, ...]:
        """The buttons: at least one."""
    @property
    def header(self) -> _HeaderParameter | None:
        """What stands above the text: a `str`, which is not empty and of which over 60 Unicode code points is a
        warning, or an `Image`, `Video` or `Document`.
        """
    @property
    def footer(self) -> str | None:
        """The small text below it. Not empty. Over 60 Unicode code points is a warning."""
    def to_dict(self) -> dict[str, Any]:
        """The message in wire form: a new dict, which `send` takes and validates."""
    def __replace__(
        self,
        *,
        body: str = ...,
        buttons: Sequence[Button] = ...,
        header: _HeaderParameter | None = ...,
        footer: str | None = ...,
    ) -> Self: ...
    def __getnewargs_ex__(self) -> tuple[tuple[()], dict[str, Any]]: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...

@final
class Button:
    """A button of `Buttons`.

    >>> import linkwa
    >>> linkwa.Button("home", "Home")
    Button(id='home', title='Home')
    """

    __match_args__ = ("id", "title")
    def __new__(cls, id: str, title: str) -> Self: ...
    @property
    def id(self) -> str:
        """The id, which comes back when the user presses the button. Not empty. Over 256 Unicode code points is a
        warning.
        """
    @property
    def title(self) -> str:
        """The text on the button. Not empty. Over 20 Unicode code points is a warning."""
    def __replace__(self, *, id: str = ..., title: str = ...) -> Self: ...
    def __getnewargs_ex__(self) -> tuple[tuple[()], dict[str, Any]]: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...

@final
class List:
    """An interactive message with a list to choose from. The choice comes back in a received message.

    Over 10 rows in all sections, and an id that is used twice, are warnings. Not in version 1.4.1 of LINK's document: it
    needs the client's setting `extensions`.

        >>> import linkwa
        >>> shops = linkwa.Section("Shops", [linkwa.Row("oslo", "Oslo", description="Open until 20")])
        >>> linkwa.List("Where to?", "Choose", [shops]).sections[0].rows[0].title
        'Oslo'
    """

    __match_args__ = ("body", "label", "sections")
    def __new__(
        cls,
        body: str,
        label: str,
        sections: Sequence[Section],
        *,
        header: str | None = None,
        footer: str | None = None,
    ) -> Self: ...
    @property
    def body(self) -> str:
        """The text. Not empty. Over 4,096 Unicode code points is a warning."""
    @property
    def label(self) -> str:
        """The text on the button that opens the list. Not empty. Over 20 Unicode code points is a warning."""
    @property
    def sections(self) -> tuple[Section, ...]:
        """The sections of the list: at least one."""
    @property
    def header(self) -> str | None:
        """The text above the body. Not empty. Over 60 Unicode code points is a warning."""
    @property
    def footer(self) -> str | None:
        """The small text below the body. Not empty. Over 60 Unicode code points is a warning."""
    def to_dict(self) -> dict[str, Any]:
        """The message in wire form: a new dict, which `send` takes and validates."""
    def __replace__(
        self,
        *,
        body: str = ...,
        label: str = ...,
        sections: Sequence[Section] = ...,
        header: str | None = ...,
        footer: str | None = ...,
    ) -> Self: ...
    def __getnewargs_ex__(self) -> tuple[tuple[()], dict[str, Any]]: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...

@final
class Section:
    """A section of a `List`.

    >>> import linkwa
    >>> linkwa.Section("Shops", [linkwa.Row("oslo", "Oslo")])
    Section(title='Shops', rows=(Row(id='oslo', title='Oslo'),))
    """

    __match_args__ = ("title", "rows")
    def __new__(cls, title: str, rows: Sequence[Row]) -> Self: ...
    @property
    def title(self) -> str:
        """The title. Not empty, unless it is the only section. Over 24 Unicode code points is a warning."""
    @property
    def rows(self) -> tuple[Row, ...]:
        """The rows: at least one."""
    def __replace__(self, *, title: str = ..., rows: Sequence[Row] = ...) -> Self: ...
    def __getnewargs_ex__(self) -> tuple[tuple[()], dict[str, Any]]: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...

@final
class Row:
    """A row of a `Section`: what the user chooses.

    >>> import linkwa
    >>> linkwa.Row("oslo", "Oslo", description="Open until 20")
    Row(id='oslo', title='Oslo', description='Open until 20')
    """

    __match_args__ = ("id", "title")
    def __new__(cls, id: str, title: str, *, description: str | None = None) -> Self: ...
    @property
    def id(self) -> str:
        """The id, which comes back when the user chooses the row. Not empty. Over 200 Unicode code points is a warning."""
    @property
    def title(self) -> str:
        """The text of the row. Not empty. Over 24 Unicode code points is a warning."""
    @property
    def description(self) -> str | None:
        """The small text below it. Over 72 Unicode code points is a warning."""
    def __replace__(self, *, id: str = ..., title: str = ..., description: str | None = ...) -> Self: ...
    def __getnewargs_ex__(self) -> tuple[tuple[()], dict[str, Any]]: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...

@final
class Raw:
    """A message object that is sent as it is. Use it for message types and fields that are newer than version 1.4.1 of
    the API.

    It is a mapping, or the text of a JSON object as `str` or `bytes`, of at most 1 MiB and 64 levels. Sending or
    building checks only that it is one JSON object; its content is not validated.

        >>> import linkwa
        >>> linkwa.Raw({"type": "interactive", "interactive": {"type": "list"}}).json
        '{"type":"interactive","interactive":{"type":"list"}}'
    """

    __match_args__ = ("json",)
    def __new__(cls, json: Mapping[str, Any] | str | bytes) -> Self: ...
    @property
    def json(self) -> str:
        """The JSON text."""
    def to_dict(self) -> dict[str, Any]:
        """The message in wire form: a new dict, which `send` takes and validates."""
    def __replace__(self, *, json: Mapping[str, Any] | str | bytes = ...) -> Self: ...
    def __getnewargs_ex__(self) -> tuple[tuple[()], dict[str, Any]]: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...

def validate(
    request: MessageRequestDict | Mapping[str, Any] | str | bytes | bytearray | memoryview,
    *,
    extensions: bool | None = None,
) -> tuple[Finding, ...]:
    """Checks a whole request in wire form and returns all errors and warnings, in the order of the input. Every send
    validates by itself; this is for requests from elsewhere.

    The request is a mapping, or JSON as `str`, `bytes`, `bytearray` or `memoryview`, of at most 1 MiB and 64 levels. A
    text that is not JSON has the finding `invalid_json`. Other types, and mappings with values that JSON does not have,
    raise `TypeError`. It never raises a `LinkwaError`.

    `extensions=True` allows what version 1.4.1 of LINK's document does not have: interactive messages, media by their
    id, and templates without a namespace. A client sends them only with its setting `extensions`.

        >>> import linkwa
        >>> request = {"platformId": "p", "platformPartnerId": "pp", "refId": "17", "source": "+46000000000"}
        >>> [(finding.path, finding.code) for finding in linkwa.validate(request)]
        [('priority', 'required'), ('destinations', 'required'), ('messages', 'required')]
    """

def check_destination(number: str) -> tuple[Finding, ...]:
    """Checks one destination, as `validate` checks those of a request: 3 to 15 digits with or without `+`, or a
    business-scoped user id. Returns its errors and warnings. It can be sent to if none of them is an error (a strict
    client refuses warnings too). Their path is empty; a suggestion is the cleaned number.

    >>> import linkwa
    >>> linkwa.check_destination("+46000000001")
    ()
    >>> [(finding.code, finding.suggestion) for finding in linkwa.check_destination("+46 70 000 00 01")]
    [('invalid_msisdn', '+46700000001')]
    """

def new_ref_id() -> str:
    """A new reference, unique across processes and machines (a random UUID, 36 characters).

    Store it before sending: then you can reconcile a send whose outcome is unknown, even after a crash.

        >>> import linkwa
        >>> ref_id = linkwa.new_ref_id()
        >>> linkwa.send_text("+46000000001", "Hello", ref_id=ref_id).ref_id == ref_id
        True
    """

def ref_id_for(namespace: str, id: str | int) -> str:
    """A reference for a job, an order or another thing that is sent once, by its id, a `str` or an `int`: the same namespace
    and id give the same reference, on every machine and in every language, and others give others. It is a UUID made
    with SHA-256, 36 characters: the id, which may be personal data, cannot be read in it.

    A job that runs again then sends with the same `ref_id`, so that an outbox finds its earlier send (`linkwa.outbox`).

        >>> import linkwa
        >>> linkwa.ref_id_for("orders", 17)
        'fb89d2ef-7008-8218-8e74-ab2bfa22e52f'
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
        """The id that event reports carry."""
    def to_dict(self, *, details: bool = False) -> dict[str, Any]:
        """The fields by name, as values that JSON has, for a log or a job queue. What the `repr` leaves out only
        with `details`.
        """
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
        message_id: str | None = None,
        message_ids: Sequence[str] | None = None,
        receipts: Sequence[Receipt] | None = None,
        warnings: Sequence[Finding] | None = None,
        attempts: int | None = None,
        repeat: bool | None = None,
    ) -> Self: ...
    @property
    def ref_id(self) -> str:
        """The reference that event reports will carry: yours, or the one that the library made. Empty only for a raw
        request without one.
        """
    @property
    def result_code(self) -> int:
        """The gateway's result code, usually 112001 (queued)."""
    @property
    def description(self) -> str | None:
        """The gateway's description."""
    @property
    def message_id(self) -> str | None:
        """The id of the message to the only destination; `None` if there were several, or if the gateway did not return
        exactly one id.
        """
    @property
    def message_ids(self) -> tuple[str, ...]:
        """The ids of the messages, in the order of the destinations."""
    @property
    def receipts(self) -> tuple[Receipt, ...]:
        """Each destination with its message id. Empty if the gateway returned a different number of ids than there were
        destinations: the library does not guess, and `message_ids` has the ids.
        """
    @property
    def warnings(self) -> tuple[Finding, ...]:
        """The warnings of validation."""
    @property
    def attempts(self) -> int:
        """The number of attempts, usually 1."""
    @property
    def repeat(self) -> bool:
        """Whether an outbox returned the result of an earlier send; nothing was sent now."""
    def to_dict(self, *, details: bool = False) -> dict[str, Any]:
        """The fields by name, as values that JSON has, for a log or a job queue. What the `repr` leaves out only
        with `details`.
        """
    def __replace__(
        self,
        *,
        ref_id: str = ...,
        result_code: int = ...,
        description: str | None = ...,
        message_id: str | None = ...,
        message_ids: Sequence[str] | None = ...,
        receipts: Sequence[Receipt] | None = ...,
        warnings: Sequence[Finding] | None = ...,
        attempts: int | None = ...,
        repeat: bool | None = ...,
    ) -> Self: ...
    def __getnewargs_ex__(self) -> tuple[tuple[()], dict[str, Any]]: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...

@final
class Chunk:
    """The result of one request of a bulk run, or of a destination that could not be sent to. Its `repr` shows no
    destination.

    A destination that is invalid, or whose message function raises or returns None, gets its own chunk; the others go
    on. An item that is not a string gets such a chunk too, with `""` as its destination; the finding says which item it
    was.
    """

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
        """The index of the request, from 0, in the order of the destinations."""
    @property
    def ref_id(self) -> str:
        """Its own reference: `{ref_id}-{index}`."""
    @property
    def destinations(self) -> tuple[str, ...]:
        """Its destinations."""
    @property
    def result(self) -> SendResult | None:
        """The result, if the gateway accepted it; otherwise `None`."""
    @property
    def error(self) -> LinkwaError | None:
        """The error, a `LinkwaError` that is not raised; `None` if the gateway accepted it. Its `__cause__` is the
        exception of a message function.
        """
    def to_dict(self, *, details: bool = False) -> dict[str, Any]:
        """The fields by name, as values that JSON has, for a log or a job queue. What the `repr` leaves out only
        with `details`.
        """
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
class HttpResponse:
    """The answer to an HTTP request of `Client.request`. Its `repr` does not show the body."""

    __match_args__ = ()
    def __new__(cls, *, status: int, body: bytes | None = None) -> Self: ...
    @property
    def status(self) -> int:
        """The HTTP status, also of an answer that refuses the request: 200, 404, 503."""
    @property
    def body(self) -> bytes:
        """The body as it came, decompressed if it was gzip; empty if there was none."""
    def to_dict(self, *, details: bool = False) -> dict[str, Any]:
        """The fields by name, as values that JSON has, for a log or a job queue. What the `repr` leaves out only
        with `details`.
        """
    def __replace__(self, *, status: int = ..., body: bytes = ...) -> Self: ...
    def __getnewargs_ex__(self) -> tuple[tuple[()], dict[str, Any]]: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...

@final
class Progress:
    """The progress of a run, counted in destinations."""

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
        """Not accepted: rejected, not sent, or invalid."""
    @property
    def unknown(self) -> int:
        """May have been accepted."""
    @property
    def under_way(self) -> int:
        """Under way, or waiting to be sent again because the gateway was busy."""
    @property
    def skipped(self) -> int:
        """Skipped, because an earlier run handled them."""
    @property
    def per_second(self) -> float:
        """Sent, failed and unknown destinations per second, since the first was sent."""
    @property
    def waiting(self) -> bool:
        """Whether the run is pausing because the gateway is busy or does not answer."""
    def to_dict(self, *, details: bool = False) -> dict[str, Any]:
        """The fields by name, as values that JSON has, for a log or a job queue. What the `repr` leaves out only
        with `details`.
        """
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
    """Delivers the outcomes of sends to one event loop of asyncio. It is called on the loop, and settles the waiting
    futures.
    """

    def __new__(cls, event_loop: Callable[[], AbstractEventLoop | None]) -> Self: ...
    @property
    def is_foreign(self) -> bool:
        """Whether the queue belongs to the parent process of a fork: its lock may be held forever."""
    def __call__(self) -> None: ...

@final
class NativePending:
    """A send under way that an event loop waits for."""

    def wait(self) -> SendResult | HttpResponse:
        """Waits for its outcome."""
    def abandon(self, error: BaseException) -> None:
        """Cancels it, because the exception ends the wait for it; the log and the exception report the outcome."""

@final
class Event:
    """One step of a send, a pause of a run; see `Client.on_event`. `kind` says what it reports; fields that do not belong
    to it are None. `message_types` is then empty.

    The events of one send have the same `send_id`, and come in this order: `send_queued`; for each attempt
    `attempt_begun`, each `phase_reached`, and `attempt_ended`; at the end `send_ended`. A request that validation refuses
    is never a send, and has none. A pause of a run of many is `run_waiting`.

    `phase` is `dns` (the name is resolved), `connect` (there is a connection), `tls` (TLS is set up) or `body` (the body
    is about to leave); on a kept connection only `body`. `outcome` is `accepted`, `rejected`, `not_sent` or `unknown`, and
    for a request to another resource `answered`. Times are in seconds; `time` counts from 1970, as `time.time()` does.
    """

    # <generated event>
    @property
    def kind(self) -> str:
        """What it reports."""
    @property
    def time(self) -> float:
        """When that happened."""
    @property
    def elapsed(self) -> float:
        """How long the attempt has taken at its phases and its end; how long the send has taken at its end; otherwise
        zero.
        """
    @property
    def send_id(self) -> int | None:
        """The number of the send, from 1; no other send of this process has it."""
    @property
    def ref_id(self) -> str | None:
        """The `refId` of the send, or the reference of the run."""
    @property
    def message_types(self) -> tuple[str, ...]:
        """The type of each message of the send: `text`, `image` and so on. Empty for a request to another resource, and
        for one that is sent without being read.
        """
    @property
    def destinations(self) -> int | None:
        """The number of destinations of the send."""
    @property
    def method(self) -> str | None:
        """The HTTP method of the send."""
    @property
    def url(self) -> str | None:
        """The URL of the messages, without credentials. A request to another resource has none, because its path may have
        a phone number in it.
        """
    @property
    def host(self) -> str | None:
        """The host of the gateway."""
    @property
    def port(self) -> int | None:
        """The port of the gateway."""
    @property
    def attempt(self) -> int | None:
        """The number of the attempt, from 1."""
    @property
    def phase(self) -> str | None:
        """The phase that the attempt has reached."""
    @property
    def dns_time(self) -> float | None:
        """How long the name look-up took. A kept connection has none, nor has an address."""
    @property
    def connect_time(self) -> float | None:
        """How long the connection took. A kept one has none."""
    @property
    def tls_time(self) -> float | None:
        """How long the TLS handshake took. A kept connection has none."""
    @property
    def answer_time(self) -> float | None:
        """How long the attempt took from the body to its end."""
    @property
    def outcome(self) -> str | None:
        """How the attempt or the send ended."""
    @property
    def http_status(self) -> int | None:
        """The status of the gateway's answer."""
    @property
    def result_code(self) -> int | None:
        """The result code of the gateway's answer."""
    @property
    def code(self) -> str | None:
        """The code of the error."""
    @property
    def reason(self) -> str | None:
        """The reason of the error."""
    @property
    def pause(self) -> float | None:
        """How long the send pauses before its next attempt, if there is one; how long the run pauses."""
    @property
    def queued(self) -> int | None:
        """How many sends of the client wait for a worker, this one not counted; at `send_queued` and `attempt_begun`."""
    @property
    def under_way(self) -> int | None:
        """How many sends of the client have a worker or their caller's thread, and so a connection; at `send_queued`
        without this one, at `attempt_begun` with it.
        """
    @property
    def refusal(self) -> str | None:
        """Why the callback is refused: a word of `Refusal`."""
    # </generated>
    def to_dict(self) -> dict[str, Any]:
        """The fields that have a value, by name."""

@final
class NativeEvents:
    """The events of a send or a run, until its caller takes them."""

    def __new__(cls) -> Self: ...
    def take(self) -> list[Event]:
        """Takes those of sends that have ended, and of the run itself."""
    def take_all(self) -> list[Event]:
        """Takes all of a send that has its outcome. The caller may have it an instant before its end is reported."""
    def interrupt(self, error: BaseException) -> None:
        """Reports the outcome of the send that has ended, because this exception takes the place of its result: in the log
        and in the exception, as for a send that was interrupted. Does nothing if the exception has the outcome, or if
        nothing was sent."""

def _callback_event(refusal: str | None) -> Event:
    """The event of a callback that is accepted, or refused for this reason."""

@final
class NativeClient:
    """A client of the core."""

    def __new__(cls, given: Mapping[str, object]) -> Self: ...
    @staticmethod
    def from_env(given: Mapping[str, object]) -> NativeClient:
        """With the configuration of the environment, which these arguments override."""
    @staticmethod
    def default() -> NativeClient:
        """The default client."""
    def observed(self, events: NativeEvents) -> NativeClient:
        """The same client, with the same connections; its sends are reported to these events."""
    def with_added_parameter(self, key: str, value: str) -> NativeClient:
        """The same client, with the same connections, whose messages have this custom parameter too."""
    def load(self) -> tuple[int, int]:
        """How many sends wait for a worker, and how many are under way."""
    def gateway(self) -> tuple[str, int]:
        """The host and the port of the gateway."""
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
    def request(
        self, method: Any, path: Any, body: Any, content_type: str | None, timeout: float | None
    ) -> HttpResponse: ...
    def submit_http(
        self,
        method: Any,
        path: Any,
        body: Any,
        content_type: str | None,
        timeout: float | None,
        completions: Completions | None,
        future: Future[HttpResponse] | None,
    ) -> NativePending: ...
    def build(self, to: Any, message: Any, options: Mapping[str, object]) -> bytes: ...
    def close(self, timeout: float | None) -> None:
        """Closes the client; without a timeout it waits for all sends under way."""
    def close_soon(self, timeout: float | None, completions: Completions, future: Future[None]) -> None:
        """As `close`, without waiting; the future is settled at the end."""

@final
class NativeScript:
    """The statements of one transaction, each depending on the answers before it."""

    def statement(self) -> tuple[str, tuple[str | int | None, ...], bool] | None:
        """The next statement: its text, its parameters, and whether it returns rows. `None` at the end."""
    def answer(self, rows: list[tuple[Any, ...]], changed: int) -> None:
        """Takes the answer to the statement: the rows of a query, or the number of rows that a change changed. Raises
        what the script decided.
        """
    def reply(self) -> Any:
        """What the script ends with."""

@final
class NativeScripts:
    """The scripts of one outbox."""

    def __new__(cls, dialect: str, prefix: str) -> Self: ...
    def send(self, request: bytes) -> NativeScript: ...
    def send_pending(self, ref_id: str) -> NativeScript: ...
    def enqueue(self, request: bytes) -> NativeScript: ...
    def record(self, ref_id: str, attempt: int, outcome: str) -> NativeScript: ...
    def record_invalid(self, ref_id: str, outcome: str) -> NativeScript: ...
    def apply(self, callback: EventReport | ReceivedMessage) -> NativeScript: ...
    def claim(self, callback: EventReport | ReceivedMessage, lease: float) -> NativeScript: ...
    def release(self, callback: EventReport | ReceivedMessage) -> NativeScript: ...
    def status(self, ref_id: str) -> NativeScript: ...
    def in_doubt(self, older_than: float, limit: int) -> NativeScript: ...
    def pending(self, limit: int) -> NativeScript: ...
    def settle(self, ref_id: str, outcome: str) -> NativeScript: ...
    def prune(self, older_than: float) -> NativeScript: ...
    def window(self, user: str, business: str | None) -> NativeScript: ...
    def create_schema(self) -> NativeScript: ...
    def schema(self) -> list[str]:
        """The statements that create the tables."""

@final
class NativePacer:
    """The rate and the pauses of a run of many sends."""

    def __new__(cls, concurrency: int, rate: float | None, poll: float | None = None) -> Self: ...
    def slot(self) -> float:
        """Takes the next slot, and returns the seconds until it."""
    def slot_after_wait(self) -> float:
        """After the wait for a slot: 0 if the send may begin, otherwise the seconds until another slot."""
    def note(self, outcome: str | None, sends: int) -> str:
        """Notes how a message ended that was sent this often, and says what follows: `done`, `again` or `end`. `outcome` is
        an error in JSON."""
    def failed(self) -> float:
        """Pauses because the database failed, and returns for how many seconds."""

def _store_failed(ref_id: str, cause: str) -> LinkwaError:
    """The error of a send whose outbox cannot use its database."""

@final
class Pending:
    """Returned by destinations and message functions that wait on an event loop: try again later."""

    def __new__(cls) -> Self: ...

@final
class NativeMany:
    """A bulk run."""

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
        """The next result; `None` at the end. Checks for signals while it waits."""
    def try_next(self) -> Chunk | float | None:
        """The next result without waiting; `None` at the end; or how many seconds to wait at most, possibly infinite,
        unless the function of `listen` is called before.
        """
    def listen(self, completions: Completions, function: Callable[[], object]) -> None:
        """Calls this function on this loop whenever a request is done."""
    def stop(self) -> None:
        """Stops the run: no further request begins; those that have begun still report."""
    def abandon(self, why: str) -> None:
        """Stops the run and cancels requests under way. If there were any, the log reports their outcome."""
    def interrupt(self, error: BaseException) -> None:
        """Does the same because of this exception, to which it adds what the log says, as for a single send."""
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
    """The status of a message to one destination, or of a request that failed as a whole. `parse_callback` makes it.
    For tests, make one with `EventReport(ref_id="order-17", message_id="m", result_code=112003)`; then the fields of
    `extra` stand beside the others, under the names of the wire.

    It holds the callback's text; attributes are read from it. A field that is absent, null or of an unexpected shape is
    None. Reports with equal texts are equal. The repr shows nothing that a user wrote.

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
        """The message's type (`text`, `template`, …); `request` for a request that failed as a whole."""
    @property
    def message_index(self) -> int | None:
        """The message's index within the request, from 0; -1 for a request of several messages that failed as a whole."""
    @property
    def timestamp(self) -> datetime | None:
        """When the event happened.

        With its original offset, to the microsecond. None if it is absent, not an RFC 3339 date-time, or out of range
        for a datetime; its text as received is in `timestamp_raw`.
        """
    @property
    def timestamp_raw(self) -> str | None:
        """The text of `timestamp` as received."""
    @property
    def result_code(self) -> int:
        """The result code. A newer gateway may use one that is not listed.

        A number of `ResultCode`, or one that is newer.
        """
    @property
    def result_description(self) -> str | None:
        """The gateway's description of the result."""
    @property
    def gate_custom_parameters(self) -> dict[str, str] | None:
        """The parameters of the gate that the report was sent to.

        A new dict at each access.
        """
    @property
    def custom_parameters(self) -> dict[str, str] | None:
        """The parameters that the request contained.

        A new dict at each access.
        """
    # </generated>
    @property
    def status(self) -> Status:
        """The status of the message: "queued" (112001), "sent" (112002, 112006), "delivered" (112003), "read" (112007),
        "deleted" (112008), "failed" (112000, a listed 1124xx, 112500), "other". 112006 to 112008 are not in version 1.4.1
        of LINK's document.
        """
    @property
    def is_delivered(self) -> bool:
        """Whether the message has been delivered, and perhaps more: "delivered", "read" or "deleted"."""
    @property
    def key(self) -> str:
        """A deduplication key: "report:{messageId}:{refId}:{messageIndex}:{resultCode}", with "-" for an absent part. A
        report can be delivered more than once; record the key after you have processed the report.

        A key is printable ASCII, shorter than 200 characters, and different for different reports: in each part, bytes
        other than A-Z a-z 0-9 . _ ~ + / = - are percent-encoded, and a part that is then longer than 64 characters is
        replaced by "%h" and the beginning of its SHA-256.
        """
    @property
    def raw(self) -> str:
        """The callback's JSON text as received."""
    @property
    def extra(self) -> dict[str, Any]:
        """Fields that this library does not know, and known fields of an unexpected shape, decoded at each access. An
        integer with more digits than int accepts (usually 4,300) is a Decimal.
        """
    @property
    def extra_json(self) -> dict[str, str]:
        """The same fields as `extra`: their JSON texts, exactly as received."""
    def to_dict(self) -> Any:
        """The callback as it came: a new dict with the names of the wire. An integer with more digits than `int`
        accepts (usually 4,300) is a `Decimal`.
        """
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __reduce__(self) -> tuple[Any, ...]: ...

@final
class ReceivedMessage:
    """A message that a user sent to a business number. `parse_callback` makes it. For tests, make one with
    `ReceivedMessage(source="+46000000001", message_id="m", text="Hello")`; then `button`, `context` and `route` are
    mappings with the names of the wire, and so is `extra`, whose fields stand beside the others.

    It holds the callback's text; attributes are read from it. A field that is absent, null or of an unexpected shape is
    None. The most used parts are attributes of the message too: `content_type`, `text`, `button`, `context`, `media`,
    `location`, `contacts`, `interactive`. Send your answer to `reply_to`. Messages with equal texts are equal. The repr
    shows nothing that a user wrote.

        >>> import linkwa
        >>> content = '{"message": {"contentType": "BUTTON", "button": {"text": "Yes", "payload": "yes-17"}}}'
        >>> body = '{"messageId": "m", "source": "+46000000001", "content": %s}' % content
        >>> message = linkwa.parse_callback(body)
        >>> message.reply_to, message.button.payload, message.key
        ('+46000000001', 'yes-17', 'message:m')
    """

    __match_args__ = ("reply_to", "text")
    def __new__(
        cls,
        *,
        message_id: str,
        source: str | None = None,
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
    def source(self) -> str | None:
        """The number of the user who wrote, or their business-scoped user id. Users with a user name may have no number:
        then it is absent (not in version 1.4.1 of LINK's document).
        """
    @property
    def content(self) -> Content:
        """The content of the message."""
    @property
    def provider(self) -> str | None:
        """The provider that delivered the message: `whatsapp`."""
    @property
    def timestamp(self) -> datetime | None:
        """When the gateway received it.

        With its original offset, to the microsecond. None if it is absent, not an RFC 3339 date-time, or out of range
        for a datetime; its text as received is in `timestamp_raw`.
        """
    @property
    def timestamp_raw(self) -> str | None:
        """The text of `timestamp` as received."""
    @property
    def message_id(self) -> str:
        """The gateway's id of the message."""
    @property
    def provider_timestamp(self) -> datetime | None:
        """When the provider received it.

        With its original offset, to the microsecond. None if it is absent, not an RFC 3339 date-time, or out of range
        for a datetime; its text as received is in `provider_timestamp_raw`.
        """
    @property
    def provider_timestamp_raw(self) -> str | None:
        """The text of `provider_timestamp` as received."""
    @property
    def provider_message_id(self) -> str | None:
        """The provider's id of the message."""
    @property
    def route(self) -> Route | None:
        """The route by which the message came."""
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
        """`content.message.content_type`: "TEXT" or "BUTTON". Not in version 1.4.1 of LINK's document: "MEDIA", "LOCATION",
        "CONTACT", "INTERACTIVE", "REACTION" and others.
        """
    @property
    def text(self) -> str | None:
        """`content.message.text`: the text that the user wrote."""
    @property
    def button(self) -> InboundButton | None:
        """`content.message.button`: the button that the user pressed."""
    @property
    def context(self) -> Context | None:
        """`content.message.context`: the message that the user replied to."""
    @property
    def media(self) -> InboundMedia | None:
        """`content.message.media`: the file that the user sent. Not in version 1.4.1 of LINK's document."""
    @property
    def location(self) -> InboundLocation | None:
        """`content.message.location`: the place that the user sent. Not in version 1.4.1 of LINK's document."""
    @property
    def contacts(self) -> tuple[InboundContact, ...] | None:
        """`content.message.contacts`: the contacts that the user sent. Not in version 1.4.1 of LINK's document."""
    @property
    def interactive(self) -> InboundInteractive | None:
        """`content.message.interactive`: what the user chose of an interactive message. Not in version 1.4.1 of LINK's
        document.
        """
    @property
    def reply_to(self) -> str | None:
        """The address of the user who wrote, to which an answer is sent: their number, or else their business-scoped user
        id. None if the message names neither.
        """
    @property
    def user_id(self) -> str | None:
        """The business-scoped id of the user who wrote: the custom parameter `whatsappUserId`, or else the source if that
        is such an id ("US.1349...", "US.ENT.1181..."). Not in version 1.4.1 of LINK's document.
        """
    @property
    def parent_user_id(self) -> str | None:
        """The user's id that linked business accounts share: the custom parameter `whatsappParentUserId`. Not
        in version 1.4.1 of LINK's document.
        """
    @property
    def care_window_closes_at(self) -> datetime | None:
        """The time at which the customer care window closes: 24 hours after the provider's timestamp, or else the
        gateway's. Until then every message type may be sent to the user. None if neither can be read. The time is
        advisory: a later message opens the window again.
        """
    @property
    def key(self) -> str:
        """A deduplication key: "message:{messageId}", with the id encoded as in `EventReport.key`. A message can be
        delivered more than once; record the key after you have processed the message.
        """
    @property
    def raw(self) -> str:
        """The callback's JSON text as received."""
    @property
    def extra(self) -> dict[str, Any]:
        """Fields that this library does not know, and known fields of an unexpected shape, decoded at each access. An
        integer with more digits than int accepts (usually 4,300) is a Decimal.
        """
    @property
    def extra_json(self) -> dict[str, str]:
        """The same fields as `extra`: their JSON texts, exactly as received."""
    def to_dict(self) -> Any:
        """The callback as it came: a new dict with the names of the wire. An integer with more digits than `int`
        accepts (usually 4,300) is a `Decimal`.
        """
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __reduce__(self) -> tuple[Any, ...]: ...

@final
class Content:
    """The content of a received message.

    A field that is absent, null or of an unexpected shape is None. Objects with equal fields are equal. The repr shows
    nothing that a user wrote.
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
        """Fields that this library does not know, and known fields of an unexpected shape, decoded at each access. An
        integer with more digits than int accepts (usually 4,300) is a Decimal.
        """
    @property
    def extra_json(self) -> dict[str, str]:
        """The same fields as `extra`: their JSON texts, exactly as received."""
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __reduce__(self) -> tuple[Any, ...]: ...

@final
class InboundMessage:
    """The message that a user wrote, or the button that they pressed.

    A field that is absent, null or of an unexpected shape is None. Objects with equal fields are equal. The repr shows
    nothing that a user wrote.
    """

    __match_args__ = ("content_type", "text", "button", "context")
    # <generated InboundMessage>
    @property
    def content_type(self) -> str | None:
        """`TEXT` or `BUTTON`. Not in version 1.4.1 of LINK's document: `MEDIA`, `LOCATION`, `CONTACT`, `INTERACTIVE`,
        `REACTION` and others.
        """
    @property
    def text(self) -> str | None:
        """The text that the user wrote."""
    @property
    def button(self) -> InboundButton | None:
        """The button that the user pressed."""
    @property
    def context(self) -> Context | None:
        """The message that the user replied to; only replies have it."""
    @property
    def media(self) -> InboundMedia | None:
        """The file that the user sent, of the content type `MEDIA`. Not in version 1.4.1 of LINK's document."""
    @property
    def location(self) -> InboundLocation | None:
        """The place that the user sent, of the content type `LOCATION`. Not in version 1.4.1 of LINK's document."""
    @property
    def contacts(self) -> tuple[InboundContact, ...] | None:
        """The contacts that the user sent, of the content type `CONTACT`. Not in version 1.4.1 of LINK's document."""
    @property
    def interactive(self) -> InboundInteractive | None:
        """What the user chose of an interactive message, of the content type `INTERACTIVE`. Not in version 1.4.1 of LINK's
        document.
        """
    # </generated>
    @property
    def extra(self) -> dict[str, Any]:
        """Fields that this library does not know, and known fields of an unexpected shape, decoded at each access. An
        integer with more digits than int accepts (usually 4,300) is a Decimal.
        """
    @property
    def extra_json(self) -> dict[str, str]:
        """The same fields as `extra`: their JSON texts, exactly as received."""
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __reduce__(self) -> tuple[Any, ...]: ...

@final
class InboundButton:
    """A button that a user pressed.

    A field that is absent, null or of an unexpected shape is None. Objects with equal fields are equal. The repr shows
    nothing that a user wrote.
    """

    __match_args__ = ("text", "payload")
    # <generated InboundButton>
    @property
    def text(self) -> str | None:
        """Its label."""
    @property
    def payload(self) -> str | None:
        """The payload that the template gave it."""
    # </generated>
    @property
    def extra(self) -> dict[str, Any]:
        """Fields that this library does not know, and known fields of an unexpected shape, decoded at each access. An
        integer with more digits than int accepts (usually 4,300) is a Decimal.
        """
    @property
    def extra_json(self) -> dict[str, str]:
        """The same fields as `extra`: their JSON texts, exactly as received."""
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __reduce__(self) -> tuple[Any, ...]: ...

@final
class Context:
    """The message that a reply refers to.

    A field that is absent, null or of an unexpected shape is None. Objects with equal fields are equal. The repr shows
    nothing that a user wrote.
    """

    __match_args__ = ("source", "message_id")
    # <generated Context>
    @property
    def source(self) -> str | None:
        """The sender of that message."""
    @property
    def message_id(self) -> str | None:
        """That message's id."""
    # </generated>
    @property
    def extra(self) -> dict[str, Any]:
        """Fields that this library does not know, and known fields of an unexpected shape, decoded at each access. An
        integer with more digits than int accepts (usually 4,300) is a Decimal.
        """
    @property
    def extra_json(self) -> dict[str, str]:
        """The same fields as `extra`: their JSON texts, exactly as received."""
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __reduce__(self) -> tuple[Any, ...]: ...

@final
class InboundMedia:
    """A file that a user sent: an image, a video, a voice message, a document. Not in version 1.4.1 of LINK's
    document.

    A field that is absent, null or of an unexpected shape is None. Objects with equal fields are equal. The repr shows
    nothing that a user wrote.
    """

    __match_args__ = ("source", "type")
    # <generated InboundMedia>
    @property
    def source(self) -> str | None:
        """The URL to fetch it from."""
    @property
    def type(self) -> str | None:
        """Its MIME type, for example `image/jpeg`."""
    @property
    def caption(self) -> str | None:
        """The text below it."""
    # </generated>
    @property
    def extra(self) -> dict[str, Any]:
        """Fields that this library does not know, and known fields of an unexpected shape, decoded at each access. An
        integer with more digits than int accepts (usually 4,300) is a Decimal.
        """
    @property
    def extra_json(self) -> dict[str, str]:
        """The same fields as `extra`: their JSON texts, exactly as received."""
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __reduce__(self) -> tuple[Any, ...]: ...

@final
class InboundLocation:
    """A place that a user sent. Not in version 1.4.1 of LINK's document.

    A field that is absent, null or of an unexpected shape is None. Objects with equal fields are equal. The repr shows
    nothing that a user wrote.
    """

    __match_args__ = ("latitude", "longitude")
    # <generated InboundLocation>
    @property
    def latitude(self) -> float | None:
        """In degrees, -90 to 90 (not checked)."""
    @property
    def longitude(self) -> float | None:
        """In degrees, -180 to 180 (not checked)."""
    @property
    def name(self) -> str | None:
        """The name of the place."""
    @property
    def address(self) -> str | None:
        """The address of the place."""
    @property
    def url(self) -> str | None:
        """A web page about the place."""
    # </generated>
    @property
    def extra(self) -> dict[str, Any]:
        """Fields that this library does not know, and known fields of an unexpected shape, decoded at each access. An
        integer with more digits than int accepts (usually 4,300) is a Decimal.
        """
    @property
    def extra_json(self) -> dict[str, str]:
        """The same fields as `extra`: their JSON texts, exactly as received."""
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __reduce__(self) -> tuple[Any, ...]: ...

@final
class InboundContact:
    """A contact that a user sent. Not in version 1.4.1 of LINK's document. What it has besides names and phones is in
    `extra`.

    A field that is absent, null or of an unexpected shape is None. Objects with equal fields are equal. The repr shows
    nothing that a user wrote.
    """

    __match_args__ = ("name", "phones")
    # <generated InboundContact>
    @property
    def name(self) -> InboundContactName | None:
        """The name."""
    @property
    def phones(self) -> tuple[InboundPhone, ...] | None:
        """The phones."""
    # </generated>
    @property
    def extra(self) -> dict[str, Any]:
        """Fields that this library does not know, and known fields of an unexpected shape, decoded at each access. An
        integer with more digits than int accepts (usually 4,300) is a Decimal.
        """
    @property
    def extra_json(self) -> dict[str, str]:
        """The same fields as `extra`: their JSON texts, exactly as received."""
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __reduce__(self) -> tuple[Any, ...]: ...

@final
class InboundContactName:
    """The name of a contact that a user sent. Not in version 1.4.1 of LINK's document.

    A field that is absent, null or of an unexpected shape is None. Objects with equal fields are equal. The repr shows
    nothing that a user wrote.
    """

    __match_args__ = ("formatted_name",)
    # <generated InboundContactName>
    @property
    def formatted_name(self) -> str | None:
        """The whole name."""
    # </generated>
    @property
    def extra(self) -> dict[str, Any]:
        """Fields that this library does not know, and known fields of an unexpected shape, decoded at each access. An
        integer with more digits than int accepts (usually 4,300) is a Decimal.
        """
    @property
    def extra_json(self) -> dict[str, str]:
        """The same fields as `extra`: their JSON texts, exactly as received."""
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __reduce__(self) -> tuple[Any, ...]: ...

@final
class InboundPhone:
    """A phone of a contact that a user sent. Not in version 1.4.1 of LINK's document.

    A field that is absent, null or of an unexpected shape is None. Objects with equal fields are equal. The repr shows
    nothing that a user wrote.
    """

    __match_args__ = ("phone",)
    # <generated InboundPhone>
    @property
    def phone(self) -> str | None:
        """The number, as the user has it in their phone."""
    # </generated>
    @property
    def extra(self) -> dict[str, Any]:
        """Fields that this library does not know, and known fields of an unexpected shape, decoded at each access. An
        integer with more digits than int accepts (usually 4,300) is a Decimal.
        """
    @property
    def extra_json(self) -> dict[str, str]:
        """The same fields as `extra`: their JSON texts, exactly as received."""
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __reduce__(self) -> tuple[Any, ...]: ...

@final
class InboundInteractive:
    """What a user chose of an interactive message. Not in version 1.4.1 of LINK's document.

    A field that is absent, null or of an unexpected shape is None. Objects with equal fields are equal. The repr shows
    nothing that a user wrote.
    """

    __match_args__ = ("type", "button_reply", "list_reply")
    # <generated InboundInteractive>
    @property
    def type(self) -> str | None:
        """`button_reply` or `list_reply`."""
    @property
    def button_reply(self) -> InboundButtonReply | None:
        """The button that the user pressed."""
    @property
    def list_reply(self) -> InboundListReply | None:
        """The row of a list that the user chose."""
    # </generated>
    @property
    def extra(self) -> dict[str, Any]:
        """Fields that this library does not know, and known fields of an unexpected shape, decoded at each access. An
        integer with more digits than int accepts (usually 4,300) is a Decimal.
        """
    @property
    def extra_json(self) -> dict[str, str]:
        """The same fields as `extra`: their JSON texts, exactly as received."""
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __reduce__(self) -> tuple[Any, ...]: ...

@final
class InboundButtonReply:
    """The button of an interactive message that a user pressed. Not in version 1.4.1 of LINK's document.

    A field that is absent, null or of an unexpected shape is None. Objects with equal fields are equal. The repr shows
    nothing that a user wrote.
    """

    __match_args__ = ("id", "title")
    # <generated InboundButtonReply>
    @property
    def id(self) -> str | None:
        """The id that your message gave it."""
    @property
    def title(self) -> str | None:
        """Its label."""
    # </generated>
    @property
    def extra(self) -> dict[str, Any]:
        """Fields that this library does not know, and known fields of an unexpected shape, decoded at each access. An
        integer with more digits than int accepts (usually 4,300) is a Decimal.
        """
    @property
    def extra_json(self) -> dict[str, str]:
        """The same fields as `extra`: their JSON texts, exactly as received."""
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __reduce__(self) -> tuple[Any, ...]: ...

@final
class InboundListReply:
    """The row of a list that a user chose. Not in version 1.4.1 of LINK's document.

    A field that is absent, null or of an unexpected shape is None. Objects with equal fields are equal. The repr shows
    nothing that a user wrote.
    """

    __match_args__ = ("id", "title")
    # <generated InboundListReply>
    @property
    def id(self) -> str | None:
        """The id that your message gave it."""
    @property
    def title(self) -> str | None:
        """Its title."""
    @property
    def description(self) -> str | None:
        """Its description."""
    # </generated>
    @property
    def extra(self) -> dict[str, Any]:
        """Fields that this library does not know, and known fields of an unexpected shape, decoded at each access. An
        integer with more digits than int accepts (usually 4,300) is a Decimal.
        """
    @property
    def extra_json(self) -> dict[str, str]:
        """The same fields as `extra`: their JSON texts, exactly as received."""
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __reduce__(self) -> tuple[Any, ...]: ...

@final
class Route:
    """The route of a received message, which describes a keyword, a sub-number or a session.

    A field that is absent, null or of an unexpected shape is None. Objects with equal fields are equal. The repr shows
    nothing that a user wrote.
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
        """The kind of route, for example `KEYWORD_ROUTE`."""
    @property
    def keyword(self) -> str | None:
        """The keyword that the message began with."""
    @property
    def keyword_type(self) -> str | None:
        """The kind of keyword."""
    @property
    def active(self) -> bool | None:
        """Whether the route is in use."""
    @property
    def start(self) -> datetime | None:
        """When the route starts to be in use.

        With its original offset, to the microsecond. None if it is absent, not an RFC 3339 date-time, or out of range
        for a datetime; its text as received is in `start_raw`.
        """
    @property
    def start_raw(self) -> str | None:
        """The text of `start` as received."""
    @property
    def end(self) -> datetime | None:
        """When the route stops being in use.

        With its original offset, to the microsecond. None if it is absent, not an RFC 3339 date-time, or out of range
        for a datetime; its text as received is in `end_raw`.
        """
    @property
    def end_raw(self) -> str | None:
        """The text of `end` as received."""
    @property
    def shared(self) -> bool | None:
        """Whether others use the number too."""
    @property
    def description(self) -> str | None:
        """The description of the route."""
    # </generated>
    @property
    def extra(self) -> dict[str, Any]:
        """Fields that this library does not know, and known fields of an unexpected shape, decoded at each access. An
        integer with more digits than int accepts (usually 4,300) is a Decimal.
        """
    @property
    def extra_json(self) -> dict[str, str]:
        """The same fields as `extra`: their JSON texts, exactly as received."""
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __reduce__(self) -> tuple[Any, ...]: ...

@final
class MessageState:
    """The state of a message, or of a request that failed as a whole.

    States that say the same about the same message are equal; `changed` does not count. The repr shows nothing from
    outside.
    """

    __match_args__ = ("status", "message_id")
    @property
    def message_id(self) -> str | None:
        """The message's id; None for a request."""
    @property
    def message_index(self) -> int | None:
        """The message's index within the request, from 0. None if its reports do not name it, and for a request."""
    @property
    def ref_id(self) -> str | None:
        """The reference of the request, if a report named it."""
    @property
    def status(self) -> Status:
        """The most advanced status of the message: "queued", "sent", "delivered", "read", "deleted", "failed", "other"."""
    @property
    def result_code(self) -> int:
        """The result code of the report that decided the status."""
    @property
    def timestamp(self) -> datetime | None:
        """The timestamp of that report, with its original offset. None if it has none, if it is not RFC 3339, or if a
        datetime cannot hold it; its text is in `timestamp_raw`.
        """
    @property
    def timestamp_raw(self) -> str | None:
        """The text of `timestamp` as received. Timestamps longer than 64 bytes are not kept."""
    @property
    def description(self) -> str | None:
        """The gateway's description in that report, at most 1 KiB."""
    @property
    def is_delivered(self) -> bool:
        """Whether the message has been delivered, and perhaps more: "delivered", "read" or "deleted"."""
    @property
    def is_final(self) -> bool:
        """Whether the status is final: delivered, read, deleted or failed. A delivered message can still be read or
        deleted.
        """
    @property
    def is_disputed(self) -> bool:
        """Whether the gateway reported that the message failed, and also that it was delivered, read or deleted. Have a
        person look at such a message.
        """
    @property
    def other_code(self) -> int | None:
        """The latest code without a status of its own (status "other"), whether or not it decides the status: 112004,
        112005, or a code that this library does not know.
        """
    @property
    def changed(self) -> bool:
        """Whether the report that was just applied changed anything. False for a state that was looked up."""
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __reduce__(self) -> tuple[Any, ...]: ...

@final
class StatusTracker:
    """Tracks the status of messages from their event reports, however often and in whatever order the reports arrive.

    It has no clock and does no I/O: pass each report to `apply`. The same reports lead to the same state in any order
    and any number. A message is identified by its message_id and message_index. A report without a message_id, such as
    that of a request that failed as a whole, is kept by its ref_id. Rules:

    - queued < other < sent < delivered and failed < read < deleted. A later step is never replaced by an earlier one.
    - Among reports of the same step, the one with the earliest timestamp decides.
    - delivered and failed contradict each other: the one with the earlier timestamp decides, else delivered. read and
      deleted decide over any failed. Either way the state `is_disputed`.

    Threads may share a tracker. It can be pickled and copied, and stored with `to_json`. Iterating returns the states
    at that time: those of messages by id and index, then those of requests by ref_id; `len` is their number. A message
    takes about 550 bytes and is kept until you remove it: see `forget`, `forget_ref_id` and `retain`. Pass only
    callbacks that a `CallbackGuard` accepts.

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
        """Applies a report and returns the resulting state of its message, which says whether the report `changed` it.

        A report without message_id changes the state of its request. An empty id counts as absent. The state of a
        report that has neither id is returned, but not kept.
        """
    def state(self, message_id: str, message_index: int | None = None) -> MessageState | None:
        """The state of a message; None if no report of it came. With a message_index it is the state of the reports with
        this index. Without one it is the message's only state, whatever its index; if reports named several indices,
        the least advanced of their states (queued < other < sent < failed < delivered < read < deleted).
        """
    def states(self, ref_id: str) -> tuple[MessageState, ...]:
        """The states of the request with exactly this ref_id: those of its messages by id and index, then that of its
        reports without message_id, if there were any.
        """
    def request_state(self, ref_id: str) -> MessageState | None:
        """The state of the request with this ref_id, from its reports without message_id (a request that failed as a
        whole). None if there was none.
        """
    def resolve(self, ref_id: str) -> _Resolution:
        """What became of a send that raised `OutcomeUnknown`, by its exact ref_id:

        - "accepted": the gateway accepted it, and a report shows progress of one of its messages. Do not send it again.
        - "message_failed": the gateway accepted it, and every report says that a message failed. With one message to
          one destination, that message was not delivered; `states` has the result code.
        - "failed": the request failed as a whole and none of its messages was sent. You may send it again once you have
          fixed the cause.
        - "unknown": no report so far. Do not send it again.

        `send_many` gives each of its requests a ref_id of its own.
        """
    def forget(self, message_id: str) -> bool:
        """Forgets a message with all its indices, and returns whether there was one. A later report starts a new state.
        What its reports said about their ref_id stays.
        """
    def forget_ref_id(self, ref_id: str) -> bool:
        """Forgets what is known about a request, and returns whether there was anything: `resolve` then returns
        "unknown". Its messages stay.
        """
    def retain(self, keep: Callable[[MessageState], object]) -> None:
        """Forgets every state for which `keep` returns false, and what is known about each ref_id that no remaining
        state names. Resolve unknown sends before. A state that changes meanwhile stays.

        `keep` gets each `MessageState` and may use the tracker; if it raises, nothing is forgotten.
        """
    def to_json(self) -> str:
        """The whole tracker as JSON, for `from_json`. The same state always gives the same text. It contains message
        ids, ref_ids and the gateway's descriptions.
        """
    @staticmethod
    def from_json(json: str) -> StatusTracker:
        """Makes a tracker from the JSON of `to_json`.

        JSON of an earlier version is read too. Raises `InvalidConfig`, with the position but no values, if no tracker up
        to this version writes such a text.
        """
    def __len__(self) -> int: ...
    def __iter__(self) -> Iterator[MessageState]: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __reduce__(self) -> tuple[Any, ...]: ...

@final
class CallbackGuard:
    """Decides whether a callback comes from the gateway: by the address it came from, the credentials it carries, and
    its size. Anyone can post to a callback URL, and LINK does not document a signature, so these checks are the
    protection. It does no I/O.

    Without arguments it accepts LINK's addresses and bodies of up to 256 KiB. Every further check that you set must
    pass as well.

    - `ranges`: the addresses to accept instead: "192.0.2.1", "192.0.2.0/24", "192.0.2.1-192.0.2.9", or objects of
      `ipaddress`.
    - `any_address`: accept every address. Then only credentials distinguish the gateway from other senders.
    - `trusted_proxies`: the proxies that callbacks come through. The sender is then the address that the proxy names.
      From any other peer the forwarding headers are ignored.
    - `forwarded`: the header to read from proxies: "x-forwarded-for", "forwarded" (RFC 7239), or "both", which must
      agree if both are there. The proxy must append to the header or replace it.
    - `basic`: username and password of Basic authentication. An empty password refuses every callback.
    - `headers`: required headers, once each, with these values. An empty value refuses every callback.
    - `max_body`: the largest accepted body in bytes.

    Credentials are compared in constant time and never printed. Threads may share a guard. It can be pickled and
    copied; the pickle contains the credentials. Raises `InvalidConfig` for an invalid address range.

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
        """Checks one callback before its body is parsed, and returns a `Verdict`, which is true if the callback is
        accepted.

        - `peer`: the address of the other end of the connection, as the server knows it (`request.client.host`,
          `request.remote_addr`, `request.META["REMOTE_ADDR"]`), not as a header names it.
        - `headers`: names and values of the request: a mapping (`request.headers`), or pairs, of str or bytes.
        - `body_length`: the length of the body in bytes.

        A peer that is not an IP address (None, or the peer of a Unix socket) is refused as "unusable". Behind a proxy
        on a Unix socket pass "127.0.0.1" and trust that.
        """

@final
class Verdict:
    """The decision of a `CallbackGuard`: true if the callback is accepted.

    Answer a refused callback with 403 (or 401 for "credentials", 413 for "too_large"), and do not parse its body.
    """

    __match_args__ = ("sender", "refusal")
    def __new__(cls, *, sender: str | None = None, refusal: _Refusal | None = None) -> Self: ...
    def __bool__(self) -> bool: ...
    def __getnewargs_ex__(self) -> tuple[tuple[()], dict[str, Any]]: ...
    @property
    def sender(self) -> str | None:
        """The sender's address, which behind a trusted proxy differs from the peer's. None if the callback is refused.
        An IPv4 address in IPv6 notation becomes IPv4.
        """
    @property
    def refusal(self) -> _Refusal | None:
        """Why the callback is refused; None if it is accepted:

        - "address": the sender's address is not in the accepted ranges.
        - "forwarded": a trusted proxy's header is missing, cannot be read, or contradicts another one.
        - "credentials": Basic authentication is missing, unreadable or wrong.
        - "header": a required header is missing, occurs twice, or has another value.
        - "too_large": the body is too large.
        - "unusable": the peer is not an IP address, so no decision is possible.
        """
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...

@final
class CareWindow:
    """Whether every message type may be sent to a user (true), or only templates, and until when. True while the window
    is open.

    The result is advisory: the clocks of the gateway and of WhatsApp decide, and a message that is still on its way
    opens the window again.
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
        """The time at which the window closes, in UTC: 24 hours after the user's last message, or the last time that a
        datetime can hold.
        """
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...

def parse_callback(body: bytes | bytearray | memoryview | str) -> Callback:
    """Parses the body of a callback and returns an `EventReport` or a `ReceivedMessage`.

    Only a required field makes parsing fail. Fields that this library does not know, and known fields of an unexpected
    shape, are kept in `extra`. A callback can be delivered more than once, late, or out of order: detect repeats with
    `key`, and record a key after you have processed its callback. `body` is the bytes as received: `bytes`,
    `bytearray`, `memoryview`, or a `str` of them.

    Raises `InvalidCallback`, with `path` and byte `position` but no values, if the body is not one JSON object in UTF-8
    of at most 256 KiB and 64 levels without duplicate keys, or if it is neither kind of callback or lacks a required
    field.

        >>> import linkwa
        >>> report = linkwa.parse_callback(b'{"messageId": "8aU6cw", "refId": "17", "resultCode": 112003}')
        >>> report
        EventReport(status='delivered', result_code=112003)
    """

def care_window(last_inbound: datetime, now: datetime | None = None) -> CareWindow:
    """The customer care window of a user: for 24 hours after their last message to the business number every message
    type may be sent to them, then only templates. Exactly 24 hours later it is closed. A message from the future, by a
    clock that is ahead, opens it too.

    Both are aware datetimes; `now` defaults to the current time. `CareWindow.of` takes a received message. Store the
    time of the last message per user and business number. Callbacks arrive out of order, so keep the latest time.

    Raises ValueError for a datetime without a time zone.

        >>> import datetime, linkwa
        >>> noon = datetime.datetime(2030, 3, 18, 12, 0, tzinfo=datetime.timezone.utc)
        >>> window = linkwa.care_window(noon, now=noon + datetime.timedelta(hours=23))
        >>> bool(window), window.closes_at.isoformat()
        (True, '2030-03-19T12:00:00+00:00')
    """

def is_gateway_address(address: _Address) -> bool:
    """Whether an address belongs to LINK's gateway: a text such as "192.0.2.1", without a port, or an object of
    `ipaddress`. False for a text that is not an address; another type is a `TypeError`.

    Behind a proxy, pass the address that the proxy names, and only if the proxy is your own: `CallbackGuard` does all
    of this.

        >>> import linkwa
        >>> linkwa.is_gateway_address("195.84.162.34"), linkwa.is_gateway_address("192.0.2.1")
        (True, False)
    """

def run_command(arguments: list[str]) -> int: ...
def _error_defaults(code: str, outcome: str | None = None) -> tuple[Outcome | None, Disposition]:
    """The defaults of an error that is made from its code, and its outcome if it has one."""

def _regions() -> list[str]:
    """The words of the regions."""

def _priorities() -> list[str]:
    """The words of the priorities, lowest first."""

def _result_codes() -> list[tuple[str, int]]:
    """The codes that version 1.4.1 of the API lists, each with its name (`delivered`)."""

def _result_code(number: int) -> tuple[str, bool, bool, bool, bool]:
    """For any code: an explanation; whether it is a success, a failure, final; whether LINK asks you to contact its
    support.
    """
