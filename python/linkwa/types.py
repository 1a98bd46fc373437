"""Types for type checkers: the words that linkwa uses, the arguments of its functions, and messages and requests in
wire form, which is the JSON of the gateway's API as dicts and lists.

Such a dict is accepted wherever a message is:

    >>> import linkwa
    >>> linkwa.send("+46000000001", {"type": "text", "text": {"body": "Hello"}}).result_code
    112001

Names are those of the wire. Optional fields may be left out, or `None`. A type checker refuses a dict that is not a
message; use `typing.cast` for one whose type it cannot know, and `linkwa.Raw` for features newer than these types.
"""

import datetime
from collections.abc import Mapping, Sequence
from os import PathLike
from typing import TYPE_CHECKING, Any, Literal, Optional, TypedDict, Union

from . import _linkwa
from ._enums import Priority, Region

if TYPE_CHECKING:
    from typing_extensions import Self as Self
    from typing_extensions import Unpack as Unpack
else:
    try:
        from typing import Self as Self
        from typing import Unpack as Unpack
    except ImportError:  # Python 3.10 and older
        Self = Any

        class Unpack:
            """`Unpack[Options]` is `Options`."""

            def __class_getitem__(cls, options):
                return options


# <generated exports>
__all__ = [
    "AddressDict",
    "AudioDict",
    "AudioMessage",
    "BodyComponent",
    "BodyParameter",
    "ButtonComponent",
    "ButtonsActionDict",
    "Callback",
    "ClientSettings",
    "ComponentDict",
    "ContactDict",
    "ContactsMessage",
    "CurrencyDict",
    "CurrencyParameter",
    "DateTimeDict",
    "DateTimeParameter",
    "Disposition",
    "DocumentDict",
    "DocumentMessage",
    "DocumentParameter",
    "EmailDict",
    "HeaderComponent",
    "HeaderParameter",
    "HttpMethod",
    "ImageDict",
    "ImageMessage",
    "ImageParameter",
    "InteractiveButtonsDict",
    "InteractiveDict",
    "InteractiveListDict",
    "InteractiveMessage",
    "InteractiveTextDict",
    "LanguageDict",
    "ListActionDict",
    "LocationDict",
    "LocationMessage",
    "Message",
    "MessageDict",
    "MessageRequestDict",
    "Messages",
    "NameDict",
    "OrgDict",
    "OutboxOptions",
    "Outcome",
    "PayloadParameter",
    "PhoneDict",
    "PriorityWord",
    "QuickReplyComponent",
    "Reason",
    "RegionWord",
    "ReplyButtonDict",
    "ReplyDict",
    "RowDict",
    "SectionDict",
    "SendOptions",
    "Status",
    "TemplateDict",
    "TemplateMessage",
    "TextDict",
    "TextMessage",
    "TextParameter",
    "UrlComponent",
    "UrlDict",
    "VideoDict",
    "VideoMessage",
    "VideoParameter",
]
# </generated>

# <generated words>
PriorityWord = Literal["LOW", "NORMAL", "HIGH"]
"""The words of `linkwa.Priority`."""
RegionWord = Literal["n-eu", "c-eu", "s-eu", "no", "deb"]
"""The words of `linkwa.Region`."""
# </generated>
HttpMethod = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
"""The method of an HTTP request: `Client.request`."""
Outcome = Literal["rejected", "not_sent", "unknown"]
"""What is known about a message whose send failed: `LinkwaError.outcome`."""
Disposition = Literal["retry", "fail", "park"]
"""What to do with a message whose send failed: `LinkwaError.disposition`."""
Reason = Literal[
    "dns",
    "connect",
    "tls",
    "proxy",
    "deadline",
    "cancelled",
    "queue_full",
    "closed",
    "connection_lost",
    "invalid_response",
    "server_error",
    "store",
    "in_doubt",
]
"""Why a message was not sent, or why its outcome is unknown: `LinkwaError.reason`."""
Status = Literal["queued", "sent", "delivered", "read", "deleted", "failed", "other"]
"""The status of a message: `EventReport.status`, `MessageState.status`."""


# <generated wire>
class TextDict(TypedDict):
    """The content of a text message."""

    body: str


class _TextMessage(TypedDict):
    type: Literal["text"]
    text: TextDict


class TextMessage(_TextMessage, total=False):
    """A message of the type `text`."""

    previewUrl: Optional[bool]


class ImageDict(TypedDict, total=False):
    """A picture: JPEG or PNG."""

    link: Optional[str]
    id: Optional[str]
    caption: Optional[str]


class ImageMessage(TypedDict):
    """A message of the type `image`."""

    type: Literal["image"]
    image: ImageDict


class AudioDict(TypedDict, total=False):
    """A sound: AAC, MP4, AMR, MPEG, or Ogg with Opus inside. It has no caption."""

    link: Optional[str]
    id: Optional[str]


class AudioMessage(TypedDict):
    """A message of the type `audio`."""

    type: Literal["audio"]
    audio: AudioDict


class VideoDict(TypedDict, total=False):
    """A video: MP4 or 3GPP."""

    link: Optional[str]
    id: Optional[str]
    caption: Optional[str]


class VideoMessage(TypedDict):
    """A message of the type `video`."""

    type: Literal["video"]
    video: VideoDict


class DocumentDict(TypedDict, total=False):
    """A document of any MIME type. In a template's header it is a PDF; another extension is a warning there."""

    link: Optional[str]
    id: Optional[str]
    caption: Optional[str]
    filename: Optional[str]


class DocumentMessage(TypedDict):
    """A message of the type `document`."""

    type: Literal["document"]
    document: DocumentDict


class _LocationDict(TypedDict):
    longitude: float
    latitude: float


class LocationDict(_LocationDict, total=False):
    """A place on the map."""

    name: Optional[str]
    address: Optional[str]


class LocationMessage(TypedDict):
    """A message of the type `location`."""

    type: Literal["location"]
    location: LocationDict


class AddressDict(TypedDict, total=False):
    """A postal address of a `Contact`."""

    city: Optional[str]
    country: Optional[str]
    countryCode: Optional[str]
    state: Optional[str]
    street: Optional[str]
    type: Optional[str]
    zip: Optional[str]


class EmailDict(TypedDict, total=False):
    """An e-mail address of a `Contact`."""

    email: Optional[str]
    type: Optional[str]


class _NameDict(TypedDict):
    formattedName: str


class NameDict(_NameDict, total=False):
    """The name of a `Contact`: as shown, and at least one of its parts."""

    firstName: Optional[str]
    lastName: Optional[str]
    middleName: Optional[str]
    suffix: Optional[str]
    prefix: Optional[str]


class OrgDict(TypedDict, total=False):
    """Where a `Contact` works."""

    company: Optional[str]
    department: Optional[str]
    title: Optional[str]


class PhoneDict(TypedDict, total=False):
    """A phone number of a `Contact`, written as people write it."""

    phone: Optional[str]
    type: Optional[str]
    waId: Optional[str]


class UrlDict(TypedDict, total=False):
    """A web address of a `Contact`."""

    url: Optional[str]
    type: Optional[str]


class ContactDict(TypedDict, total=False):
    """A contact card. Every part is optional, but an empty card is an error."""

    addresses: Optional[Sequence[AddressDict]]
    birthday: Optional[str]
    emails: Optional[Sequence[EmailDict]]
    name: Optional[NameDict]
    org: Optional[OrgDict]
    phones: Optional[Sequence[PhoneDict]]
    urls: Optional[Sequence[UrlDict]]


class ContactsMessage(TypedDict):
    """A message of the type `contacts`."""

    type: Literal["contacts"]
    contacts: Sequence[ContactDict]


class LanguageDict(TypedDict):
    """The language of a template."""

    code: str


class TextParameter(TypedDict):
    """A text, as a parameter. Not empty. A newline, a tab, or more than four spaces in a row is a warning."""

    type: Literal["text"]
    text: str


class ImageParameter(TypedDict):
    """A picture, as a parameter."""

    type: Literal["image"]
    image: ImageDict


class DocumentParameter(TypedDict):
    """A document, as a parameter."""

    type: Literal["document"]
    document: DocumentDict


class VideoParameter(TypedDict):
    """A video, as a parameter."""

    type: Literal["video"]
    video: VideoDict


HeaderParameter = Union[TextParameter, ImageParameter, DocumentParameter, VideoParameter]
"""One of these objects."""


class HeaderComponent(TypedDict):
    """The header of a template: texts, or one medium. Text beside a medium is a warning, a second medium is an error."""

    type: Literal["header"]
    parameters: Sequence[Union[TextParameter, ImageParameter, DocumentParameter, VideoParameter]]


class CurrencyDict(TypedDict):
    """An amount of money, which the recipient sees in the format of their locale."""

    fallbackValue: str
    code: str
    amount1000: str


class CurrencyParameter(TypedDict):
    """An amount of money, as a parameter."""

    type: Literal["currency"]
    currency: CurrencyDict


class _DateTimeDict(TypedDict):
    fallbackValue: str


class DateTimeDict(_DateTimeDict, total=False):
    """A date and time, which the recipient sees in the format of their locale: either the six parts or a timestamp."""

    dayOfWeek: Union[int, str, None]
    dayOfMonth: Union[int, str, None]
    year: Union[int, str, None]
    month: Union[int, str, None]
    hour: Union[int, str, None]
    minute: Union[int, str, None]
    timestamp: Union[str, int, None]


class DateTimeParameter(TypedDict):
    """A date and time, as a parameter."""

    type: Literal["dateTime"]
    dateTime: DateTimeDict


BodyParameter = Union[TextParameter, CurrencyParameter, DateTimeParameter]
"""One of these objects."""


class BodyComponent(TypedDict):
    """The body of a template: texts, amounts of money and times."""

    type: Literal["body"]
    parameters: Sequence[Union[TextParameter, CurrencyParameter, DateTimeParameter]]


class PayloadParameter(TypedDict):
    """The payload of a quick-reply button. Not empty. Over 256 Unicode code points is a warning."""

    type: Literal["payload"]
    payload: str


class QuickReplyComponent(TypedDict):
    """A quick-reply button."""

    type: Literal["button"]
    subType: Literal["quickReply"]
    index: Union[int, str]
    parameters: Sequence[PayloadParameter]


class UrlComponent(TypedDict):
    """A button that opens a URL."""

    type: Literal["button"]
    subType: Literal["url"]
    index: Union[int, str]
    parameters: Sequence[TextParameter]


ComponentDict = Union[HeaderComponent, BodyComponent, QuickReplyComponent, UrlComponent]
"""One of these objects."""


class _TemplateDict(TypedDict):
    name: str
    language: LanguageDict


class TemplateDict(_TemplateDict, total=False):
    """A template message: a text that WhatsApp approved beforehand, with its parameters filled in."""

    namespace: Optional[str]
    components: Optional[Sequence[Union[HeaderComponent, BodyComponent, QuickReplyComponent, UrlComponent]]]


class TemplateMessage(TypedDict):
    """A message of the type `template`."""

    type: Literal["template"]
    template: TemplateDict


class InteractiveTextDict(TypedDict):
    """A text of an interactive message."""

    text: str


class ReplyDict(TypedDict):
    """What a button of an interactive message says."""

    id: str
    title: str


class ReplyButtonDict(TypedDict):
    """A button of an interactive message."""

    type: Literal["reply"]
    reply: ReplyDict


class ButtonsActionDict(TypedDict):
    """The buttons of an interactive message."""

    buttons: Sequence[ReplyButtonDict]


class _InteractiveButtonsDict(TypedDict):
    type: Literal["button"]
    body: InteractiveTextDict
    action: ButtonsActionDict


class InteractiveButtonsDict(_InteractiveButtonsDict, total=False):
    """An interactive message with reply buttons. Not in version 1.4.1 of LINK's document: it needs the setting
    `extensions`.
    """

    header: Union[TextParameter, ImageParameter, DocumentParameter, VideoParameter, None]
    footer: Optional[InteractiveTextDict]


class _RowDict(TypedDict):
    id: str
    title: str


class RowDict(_RowDict, total=False):
    """A row of a list: what the user chooses."""

    description: Optional[str]


class _SectionDict(TypedDict):
    rows: Sequence[RowDict]


class SectionDict(_SectionDict, total=False):
    """A section of a list."""

    title: Optional[str]


class ListActionDict(TypedDict):
    """The list of an interactive message."""

    button: str
    sections: Sequence[SectionDict]


class _InteractiveListDict(TypedDict):
    type: Literal["list"]
    body: InteractiveTextDict
    action: ListActionDict


class InteractiveListDict(_InteractiveListDict, total=False):
    """An interactive message with a list to choose from. Not in version 1.4.1 of LINK's document: it needs the setting
    `extensions`.
    """

    header: Optional[TextParameter]
    footer: Optional[InteractiveTextDict]


InteractiveDict = Union[InteractiveButtonsDict, InteractiveListDict]
"""One of these objects."""


class InteractiveMessage(TypedDict):
    """A message of the type `interactive`."""

    type: Literal["interactive"]
    interactive: Union[InteractiveButtonsDict, InteractiveListDict]


MessageDict = Union[
    TextMessage,
    ImageMessage,
    AudioMessage,
    VideoMessage,
    DocumentMessage,
    LocationMessage,
    ContactsMessage,
    TemplateMessage,
    InteractiveMessage,
]
"""One message in wire form, of the type that its `type` says."""
Message = Union[
    _linkwa.Text,
    _linkwa.Image,
    _linkwa.Audio,
    _linkwa.Video,
    _linkwa.Document,
    _linkwa.Location,
    _linkwa.Contacts,
    _linkwa.Template,
    _linkwa.Buttons,
    _linkwa.List,
    _linkwa.Raw,
    MessageDict,
]
"""One message: an object of a message class, or a dict in wire form. Also `linkwa.Message`."""
# </generated>

ButtonComponent = Union[QuickReplyComponent, UrlComponent]
"""A button of a template."""


class _MessageRequestDict(TypedDict):
    platformId: str
    platformPartnerId: str
    priority: Literal["LOW", "NORMAL", "HIGH"]
    refId: str
    source: str
    destinations: list[str]
    messages: Sequence[MessageDict]


class MessageRequestDict(_MessageRequestDict, total=False):
    """A whole request in wire form. Missing fields are not filled in."""

    platformServiceId: Optional[str]
    platformServiceType: Optional[str]
    platformTransactionId: Optional[str]
    relativeValidityTime: Optional[int]
    absoluteValidityTime: Optional[str]
    eventReportGates: Optional[list[str]]
    customParameters: Optional[Mapping[str, Optional[str]]]


Messages = Union[Message, Sequence[Message]]
"""The argument of `send`: one message, or several."""
Callback = Union[_linkwa.EventReport, _linkwa.ReceivedMessage]
"""The result of `parse_callback`. Also `linkwa.Callback`."""


# <generated options>
class SendOptions(TypedDict, total=False):
    """The options that every send takes, as keyword arguments. One that is left out, or `None`, has its default. Also
    `linkwa.SendOptions`.

    - `platform_service_id`: The id of the service on the platform.
    - `platform_service_type`: The type of the service on the platform.
    - `platform_transaction_id`: The id of the transaction on the platform.
    - `priority`: The message's priority. Without one it is `NORMAL`. A word, or a `Priority`.
    - `relative_validity_time`: How long the gateway may try to deliver, counted from the send. Sent in milliseconds;
      less than one is an error. `absolute_validity_time` overrides this.
    - `absolute_validity_time`: Until when the gateway may try to deliver: an RFC 3339 date-time with an offset,
      `2030-03-18T16:49:21Z`. It overrides `relative_validity_time`. A time in the past is a warning. With neither, the
      gateway tries for 48 hours. An aware `datetime` does as well as a text.
    - `event_report_gates`: The gates that event reports go to, instead of the client's. An empty list removes the
      client's gates.
    - `ref_id`: Your own reference, which every event report repeats. Not empty. Without it the library makes a unique
      one. To reconcile after a crash, make one with `new_ref_id` and store it before sending.
    - `custom_parameters`: Names and texts that every event report repeats, instead of the client's. If it is empty,
      there are none.
    - `source`: The business number to send from, instead of the client's: 3 to 15 digits, with or without `+`.
    - `timeout`: The longest time of the send, from the call to the result: above 0, and at most 24 hours. Without it
      the client's timeout, 30 seconds by default. In seconds.

        >>> import linkwa
        >>> urgent: linkwa.SendOptions = {"priority": "HIGH", "timeout": 5.0}
        >>> linkwa.send_text("+46000000001", "Hello", **urgent).result_code
        112001
    """

    platform_service_id: Optional[str]
    platform_service_type: Optional[str]
    platform_transaction_id: Optional[str]
    priority: Union[Priority, PriorityWord, None]
    relative_validity_time: Optional[datetime.timedelta]
    absolute_validity_time: Union[datetime.datetime, str, None]
    event_report_gates: Optional[Sequence[str]]
    ref_id: Optional[str]
    custom_parameters: Optional[Mapping[str, str]]
    source: Optional[str]
    timeout: Optional[float]


class OutboxOptions(TypedDict, total=False):
    """The options of a send through an outbox, as keyword arguments: see `linkwa.outbox`. One that is left out, or `None`,
    has its default.

    - `platform_service_id`: The id of the service on the platform.
    - `platform_service_type`: The type of the service on the platform.
    - `platform_transaction_id`: The id of the transaction on the platform.
    - `priority`: The message's priority. Without one it is `NORMAL`. A word, or a `Priority`.
    - `relative_validity_time`: How long the gateway may try to deliver, counted from the send. Sent in milliseconds;
      less than one is an error. `absolute_validity_time` overrides this.
    - `absolute_validity_time`: Until when the gateway may try to deliver: an RFC 3339 date-time with an offset,
      `2030-03-18T16:49:21Z`. It overrides `relative_validity_time`. A time in the past is a warning. With neither, the
      gateway tries for 48 hours. An aware `datetime` does as well as a text.
    - `event_report_gates`: The gates that event reports go to, instead of the client's. An empty list removes the
      client's gates.
    - `custom_parameters`: Names and texts that every event report repeats, instead of the client's. If it is empty,
      there are none.
    - `source`: The business number to send from, instead of the client's: 3 to 15 digits, with or without `+`.
    - `timeout`: The longest time of the send, from the call to the result: above 0, and at most 24 hours. Without it
      the client's timeout, 30 seconds by default. In seconds.
    """

    platform_service_id: Optional[str]
    platform_service_type: Optional[str]
    platform_transaction_id: Optional[str]
    priority: Union[Priority, PriorityWord, None]
    relative_validity_time: Optional[datetime.timedelta]
    absolute_validity_time: Union[datetime.datetime, str, None]
    event_report_gates: Optional[Sequence[str]]
    custom_parameters: Optional[Mapping[str, str]]
    source: Optional[str]
    timeout: Optional[float]


class ClientSettings(TypedDict, total=False):
    """The settings of a client, as keyword arguments: see `linkwa.Client`. One that is left out, or `None`, has its
    default. Also `linkwa.ClientSettings`.

    - `region`: The account's region, which selects its gateway. Set either this or `base_url`. A word, or a `Region`.
      In the environment: `LINKWA_REGION`.
    - `base_url`: The base URL of another gateway: the part before `/messages`. In the environment: `LINKWA_BASE_URL`.
    - `headers`: Headers that every request has beside `Authorization`, by name: for a gateway that asks for one more,
      such as `x-api-key` (not in version 1.4.1 of LINK's document). The variable sets that one; headers that are passed
      are added to it. Values are secrets like the password, and never go to a proxy. Names are case-insensitive; those
      that the client sets itself, or that belong to one connection, are refused. In the environment: `LINKWA_API_KEY`.
    - `platform_id`: The account's platform, from LINK. Every request needs it. In the environment:
      `LINKWA_PLATFORM_ID`.
    - `platform_partner_id`: The account's partner id, from LINK. Every request needs it. In the environment:
      `LINKWA_PLATFORM_PARTNER_ID`.
    - `source`: The business number to send from: 3 to 15 digits, with or without `+`. In the environment:
      `LINKWA_SOURCE`.
    - `priority`: The priority of every message that has none of its own. A word, or a `Priority`. NORMAL by default. In
      the environment: `LINKWA_PRIORITY`.
    - `event_report_gates`: The gates that event reports go to. The variable separates them by commas. In the
      environment: `LINKWA_EVENT_REPORT_GATES`.
    - `custom_parameters`: Names and texts that every event report repeats. Those of a send replace all of these.
    - `relative_validity_time`: How long the gateway may try to deliver a message without a validity of its own, counted
      from the send. Less than a millisecond makes every send invalid. 48 hours by default.
    - `platform_service_id`: The id of the service on the platform.
    - `platform_service_type`: The type of the service on the platform.
    - `timeout`: The longest time of a send, from the call to the result: above 0, and at most 24 hours. In seconds. 30
      seconds by default. In the environment: `LINKWA_TIMEOUT_MS`, in milliseconds.
    - `connect_timeout`: The longest time to connect, TLS included: above 0, and at most 24 hours. In seconds. 10
      seconds by default. In the environment: `LINKWA_CONNECT_TIMEOUT_MS`, in milliseconds.
    - `max_connections`: How many sends may be under way at once, each with a connection of its own: 1 to 10,000. 64 by
      default.
    - `max_queue`: How many more sends may wait for a connection: 1 to 10,000,000. A send beyond that fails at once:
      `not_sent`, `queue_full`. 10,000 by default.
    - `max_attempts`: The number of attempts of one send in all, as long as no byte has left: 1 to 100. 3 by default.
    - `retry_when_busy`: Also retries after HTTP 429 and 503, with the same number of attempts in all. **After 503 a
      message can arrive twice.**
    - `proxy`: The proxy: `http://user:password@host:port` or `socks5://host:port`. Its credentials are never printed.
      In the environment: `LINKWA_PROXY`.
    - `no_proxy`: Hosts to reach without the proxy, separated by commas or spaces: `example.com` or `.example.com` and
      its subdomains, an address, a network such as `10.0.0.0/8`, any of these with a port such as `example.com:8443`,
      or `*` for all.
    - `proxy_from_env`: Takes the proxy from the environment as curl does, if `proxy` is not set: `HTTPS_PROXY` or
      `HTTP_PROXY` by the gateway's scheme, else `ALL_PROXY`; and `NO_PROXY`, which `no_proxy` replaces. An invalid
      variable is an error.
    - `ca_file`: A PEM file of the certificate authorities to trust, instead of the bundled ones (Mozilla's list).
      Certificates are always verified. In the environment: `LINKWA_CA_FILE`.
    - `system_roots`: Trusts the certificate authorities of the operating system, instead of the bundled ones.
    - `allow_http`: Allows plain `http://` to another machine. Others on the network can then read username, password
      and messages. In the environment: `LINKWA_ALLOW_HTTP`.
    - `strict`: Treats every warning of validation as an error.
    - `extensions`: Allows what version 1.4.1 of LINK's document does not have: interactive messages, media by their id,
      templates without a namespace. Without it each of them is the error `extension`. Ask LINK whether your account may
      send them. In the environment: `LINKWA_EXTENSIONS`.
    """

    region: Union[Region, RegionWord, None]
    base_url: Optional[str]
    headers: Optional[Mapping[str, str]]
    platform_id: Optional[str]
    platform_partner_id: Optional[str]
    source: Optional[str]
    priority: Union[Priority, PriorityWord, None]
    event_report_gates: Optional[Sequence[str]]
    custom_parameters: Optional[Mapping[str, str]]
    relative_validity_time: Optional[datetime.timedelta]
    platform_service_id: Optional[str]
    platform_service_type: Optional[str]
    timeout: Optional[float]
    connect_timeout: Optional[float]
    max_connections: Optional[int]
    max_queue: Optional[int]
    max_attempts: Optional[int]
    retry_when_busy: Optional[bool]
    proxy: Optional[str]
    no_proxy: Optional[str]
    proxy_from_env: Optional[bool]
    ca_file: Union[str, PathLike[str], None]
    system_roots: Optional[bool]
    allow_http: Optional[bool]
    strict: Optional[bool]
    extensions: Optional[bool]


# </generated>
