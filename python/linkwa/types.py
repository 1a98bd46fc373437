"""Types for type checkers: the words that linkwa uses, what its functions take, and messages and requests in wire form, which
is the JSON of the gateway's API as Python's dicts and lists.

Wherever a message is taken, such a dict does as well:

    >>> import linkwa
    >>> linkwa.send("+46000000001", {"type": "text", "text": {"body": "Hello"}}).result_code
    112001

Names are the wire's. What is optional may be left out, or `None`. A type checker refuses a dict that is no message; for one
whose type it cannot know use `typing.cast`, and `linkwa.Raw` for what is newer than these types.
"""

import datetime
from collections.abc import Mapping, Sequence
from os import PathLike
from typing import TYPE_CHECKING, Any, Literal, Optional, TypedDict, Union

from ._enums import Priority, Region
from ._linkwa import (
    Audio,
    Contacts,
    Document,
    EventReport,
    Image,
    Location,
    Raw,
    ReceivedMessage,
    Template,
    Text,
    Video,
)

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


__all__ = [
    "AddressDict",
    "AudioDict",
    "AudioMessage",
    "BodyComponent",
    "BodyParameter",
    "ButtonComponent",
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
    "ImageDict",
    "ImageMessage",
    "ImageParameter",
    "LanguageDict",
    "LocationDict",
    "LocationMessage",
    "Message",
    "MessageDict",
    "MessageRequestDict",
    "Messages",
    "NameDict",
    "OrgDict",
    "Outcome",
    "PayloadParameter",
    "PhoneDict",
    "PriorityWord",
    "QuickReplyComponent",
    "Reason",
    "RegionWord",
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

# <generated words>
PriorityWord = Literal["LOW", "NORMAL", "HIGH"]
"""The words of `linkwa.Priority`."""
RegionWord = Literal["n-eu", "c-eu", "s-eu", "no", "deb"]
"""The words of `linkwa.Region`."""
# </generated>
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
    "cut",
    "unreadable",
    "server_error",
]
"""Why a message was not sent, or why its outcome is unknown: `LinkwaError.reason`."""
Status = Literal["queued", "sent", "delivered", "failed", "other"]
"""What came of a message: `EventReport.status`, `MessageState.status`."""


class TextDict(TypedDict):
    """What a text message says."""

    body: str


class _TextMessage(TypedDict):
    type: Literal["text"]
    text: TextDict


class TextMessage(_TextMessage, total=False):
    """A text message; `previewUrl` stands beside `text`, not in it (M-1)."""

    previewUrl: Optional[bool]


class _Link(TypedDict):
    link: str


class ImageDict(_Link, total=False):
    """A picture. In a template's header it has no caption (T-6)."""

    caption: Optional[str]


class AudioDict(_Link):
    """A sound."""


class VideoDict(_Link, total=False):
    """A video. In a template's header it has no caption (T-6)."""

    caption: Optional[str]


class DocumentDict(_Link, total=False):
    """A document. In a template's header it has no caption and should be a PDF (T-6)."""

    caption: Optional[str]
    filename: Optional[str]


class ImageMessage(TypedDict):
    """A picture."""

    type: Literal["image"]
    image: ImageDict


class AudioMessage(TypedDict):
    """A sound."""

    type: Literal["audio"]
    audio: AudioDict


class VideoMessage(TypedDict):
    """A video."""

    type: Literal["video"]
    video: VideoDict


class DocumentMessage(TypedDict):
    """A document."""

    type: Literal["document"]
    document: DocumentDict


class _LocationDict(TypedDict):
    longitude: float
    latitude: float


class LocationDict(_LocationDict, total=False):
    """A place on the map, in degrees east and north."""

    name: Optional[str]
    address: Optional[str]


class LocationMessage(TypedDict):
    """A place on the map."""

    type: Literal["location"]
    location: LocationDict


class AddressDict(TypedDict, total=False):
    """A postal address of a contact."""

    city: Optional[str]
    country: Optional[str]
    countryCode: Optional[str]
    state: Optional[str]
    street: Optional[str]
    type: Optional[str]
    zip: Optional[str]


class EmailDict(TypedDict, total=False):
    """An e-mail address of a contact."""

    email: Optional[str]
    type: Optional[str]


class _NameDict(TypedDict):
    formattedName: str


class NameDict(_NameDict, total=False):
    """The name of a contact: as it is shown, and at least one of its parts."""

    firstName: Optional[str]
    lastName: Optional[str]
    middleName: Optional[str]
    suffix: Optional[str]
    prefix: Optional[str]


class OrgDict(TypedDict, total=False):
    """Where a contact works."""

    company: Optional[str]
    department: Optional[str]
    title: Optional[str]


class PhoneDict(TypedDict, total=False):
    """A phone number of a contact, written as people write it."""

    phone: Optional[str]
    type: Optional[str]
    waId: Optional[str]


class UrlDict(TypedDict, total=False):
    """A web address of a contact."""

    url: Optional[str]
    type: Optional[str]


class ContactDict(TypedDict, total=False):
    """A contact card. Every part is optional, but a card with nothing in it is an error."""

    addresses: Optional[Sequence[AddressDict]]
    birthday: Optional[str]
    emails: Optional[Sequence[EmailDict]]
    name: Optional[NameDict]
    org: Optional[OrgDict]
    phones: Optional[Sequence[PhoneDict]]
    urls: Optional[Sequence[UrlDict]]


class ContactsMessage(TypedDict):
    """Contact cards; at least one."""

    type: Literal["contacts"]
    contacts: Sequence[ContactDict]


class CurrencyDict(TypedDict):
    """An amount of money: the amount times 1000, as an integer in a string (T-7)."""

    fallbackValue: str
    code: str
    amount1000: str


class _DateTimeDict(TypedDict):
    fallbackValue: str


class DateTimeDict(_DateTimeDict, total=False):
    """A date and time: either all of its six parts, or `timestamp` in milliseconds alone (T-8, T-9)."""

    dayOfWeek: Union[int, str, None]
    dayOfMonth: Union[int, str, None]
    year: Union[int, str, None]
    month: Union[int, str, None]
    hour: Union[int, str, None]
    minute: Union[int, str, None]
    timestamp: Union[int, str, None]


class TextParameter(TypedDict):
    """A text, as a parameter."""

    type: Literal["text"]
    text: str


class PayloadParameter(TypedDict):
    """What a quick reply button answers with."""

    type: Literal["payload"]
    payload: str


class ImageParameter(TypedDict):
    """A picture, as a parameter."""

    type: Literal["image"]
    image: ImageDict


class VideoParameter(TypedDict):
    """A video, as a parameter."""

    type: Literal["video"]
    video: VideoDict


class DocumentParameter(TypedDict):
    """A document, as a parameter."""

    type: Literal["document"]
    document: DocumentDict


class CurrencyParameter(TypedDict):
    """An amount of money, as a parameter."""

    type: Literal["currency"]
    currency: CurrencyDict


class DateTimeParameter(TypedDict):
    """A date and time, as a parameter."""

    type: Literal["dateTime"]
    dateTime: DateTimeDict


HeaderParameter = Union[TextParameter, ImageParameter, VideoParameter, DocumentParameter]
"""What a header takes: texts, and at most one medium (T-2)."""

BodyParameter = Union[TextParameter, CurrencyParameter, DateTimeParameter]
"""What a body takes (T-3)."""


class HeaderComponent(TypedDict):
    """The header of a template."""

    type: Literal["header"]
    parameters: Sequence[HeaderParameter]


class BodyComponent(TypedDict):
    """The body of a template."""

    type: Literal["body"]
    parameters: Sequence[BodyParameter]


class QuickReplyComponent(TypedDict):
    """A button that answers for the user, with at most one payload. The first button's index is 0 (T-4)."""

    type: Literal["button"]
    subType: Literal["quickReply"]
    index: Union[int, str]
    parameters: Sequence[PayloadParameter]


class UrlComponent(TypedDict):
    """A button that opens a URL, with at most one text. The first button's index is 0 (T-4)."""

    type: Literal["button"]
    subType: Literal["url"]
    index: Union[int, str]
    parameters: Sequence[TextParameter]


ButtonComponent = Union[QuickReplyComponent, UrlComponent]
"""A button of a template."""

ComponentDict = Union[HeaderComponent, BodyComponent, QuickReplyComponent, UrlComponent]
"""A part of a template."""


class LanguageDict(TypedDict):
    """A template's language: `en`, `pt_BR`, … (T-10)."""

    code: str


class _TemplateDict(TypedDict):
    namespace: str
    name: str
    language: LanguageDict


class TemplateDict(_TemplateDict, total=False):
    """A template. Without `components` there is a warning, and an empty list is sent (T-1)."""

    components: Optional[Sequence[ComponentDict]]


class TemplateMessage(TypedDict):
    """A template message: the only type that may open a conversation (W-1)."""

    type: Literal["template"]
    template: TemplateDict


MessageDict = Union[
    TextMessage,
    ImageMessage,
    AudioMessage,
    VideoMessage,
    DocumentMessage,
    LocationMessage,
    ContactsMessage,
    TemplateMessage,
]
"""One message in wire form, of the type that its `type` says."""


class _MessageRequestDict(TypedDict):
    platformId: str
    platformPartnerId: str
    priority: Literal["LOW", "NORMAL", "HIGH"]
    refId: str
    source: str
    destinations: list[str]
    messages: Sequence[MessageDict]


class MessageRequestDict(_MessageRequestDict, total=False):
    """A whole request in wire form. Nothing is filled in that is missing (Q-1)."""

    platformServiceId: Optional[str]
    platformServiceType: Optional[str]
    platformTransactionId: Optional[str]
    relativeValidityTime: Optional[int]
    absoluteValidityTime: Optional[str]
    eventReportGates: Optional[list[str]]
    customParameters: Optional[Mapping[str, Optional[str]]]


Message = Union[Text, Image, Audio, Video, Document, Location, Contacts, Template, Raw, MessageDict]
"""One message: an object of a message class, or a dict in wire form. Also `linkwa.Message`."""
Messages = Union[Message, Sequence[Message]]
"""What `send` takes: one message, or several."""
Callback = Union[EventReport, ReceivedMessage]
"""What `parse_callback` returns. Also `linkwa.Callback`."""


# <generated options>
class SendOptions(TypedDict, total=False):
    """The options that every send takes, as keyword arguments. One that is left out, or `None`, has its default. Also
    `linkwa.SendOptions`.

    - `priority`: How urgent the message is. NORMAL by default. A word, or a `Priority`.
    - `ref_id`: Your own reference, which comes back in every event report. Not empty. Left out, a unique one is made.
      To be able to reconcile after a crash, make one with `new_ref_id` and store it before sending.
    - `event_report_gates`: The gates that event reports go to, instead of the client's. An empty list names none.
    - `custom_parameters`: Names and texts that come back in every event report, instead of all of the client's.
    - `relative_validity_time`: How long the gateway may try, from now. Sent in milliseconds; less than one is an error.
    - `absolute_validity_time`: Until when the gateway may try, to the second: RFC 3339 with an offset,
      `2030-03-18T16:49:21Z`. It wins over `relative_validity_time`. A time in the past is a warning. With neither, the
      gateway tries for 48 hours. An aware `datetime` does as well as a text.
    - `source`: The business number to send from, instead of the client's.
    - `platform_service_id`: The id of the service on the platform.
    - `platform_service_type`: The type of the service on the platform.
    - `platform_transaction_id`: The id of the transaction on the platform.
    - `timeout`: How long the send may take, from the call to the result, waiting for a worker included: above 0, and at
      most 24 hours. Otherwise the client's. In seconds.

        >>> import linkwa
        >>> urgent: linkwa.SendOptions = {"priority": "HIGH", "timeout": 5.0}
        >>> linkwa.send_text("+46000000001", "Hello", **urgent).result_code
        112001
    """

    priority: Union[Priority, PriorityWord, None]
    ref_id: Optional[str]
    event_report_gates: Optional[Sequence[str]]
    custom_parameters: Optional[Mapping[str, str]]
    relative_validity_time: Optional[datetime.timedelta]
    absolute_validity_time: Union[datetime.datetime, str, None]
    source: Optional[str]
    platform_service_id: Optional[str]
    platform_service_type: Optional[str]
    platform_transaction_id: Optional[str]
    timeout: Optional[float]


class ClientSettings(TypedDict, total=False):
    """The settings of a client, as keyword arguments: see `linkwa.Client`. One that is left out, or `None`, has its
    default. Also `linkwa.ClientSettings`.

    - `region`: The account's region. Either this or `base_url` is needed. A word, or a `Region`. In the environment:
      `LINKWA_REGION`.
    - `base_url`: What stands before `/messages` in the gateway's URL. In the environment: `LINKWA_BASE_URL`.
    - `platform_id`: The platform's id; every request needs it. In the environment: `LINKWA_PLATFORM_ID`.
    - `platform_partner_id`: The partner's id; every request needs it. In the environment: `LINKWA_PLATFORM_PARTNER_ID`.
    - `source`: The business number to send from, with or without `+`. In the environment: `LINKWA_SOURCE`.
    - `priority`: The priority of messages for which a send sets none. A word, or a `Priority`. NORMAL by default. In
      the environment: `LINKWA_PRIORITY`.
    - `event_report_gates`: The gates that event reports go to. In the environment: `LINKWA_EVENT_REPORT_GATES`.
    - `custom_parameters`: Names and texts that come back in every event report.
    - `relative_validity_time`: How long the gateway may try to deliver a message.
    - `platform_service_id`: The id of the service on the platform.
    - `platform_service_type`: The type of the service on the platform.
    - `timeout`: How long a send may take in all. Above 0, and at most 24 hours. In seconds. 30 seconds by default. In
      the environment: `LINKWA_TIMEOUT_MS`.
    - `connect_timeout`: How long connecting may take, TLS included. In seconds. 10 seconds by default. In the
      environment: `LINKWA_CONNECT_TIMEOUT_MS`.
    - `max_connections`: How many sends may be under way at once on workers: 1 to 10,000. 64 by default.
    - `max_queue`: How many sends may wait for a worker: 1 to 10,000,000. One more is not sent (`queue_full`). 10,000 by
      default.
    - `max_attempts`: How many attempts a send may take while nothing of it has left: 1 to 100. 3 by default.
    - `retry_when_busy`: Also tries again after HTTP 429 and 503, **which can send a message twice**.
    - `proxy`: The proxy: `http://user:password@host:port` or `socks5://host:port`. In the environment: `LINKWA_PROXY`.
    - `no_proxy`: Hosts that are reached without the proxy, separated by commas.
    - `proxy_from_env`: Takes the proxy from the environment as curl does.
    - `ca_file`: A PEM file of the certificate authorities to trust instead of the bundled ones. In the environment:
      `LINKWA_CA_FILE`.
    - `system_roots`: Trusts the certificate authorities of the operating system.
    - `allow_http`: Allows plain HTTP to another host. In the environment: `LINKWA_ALLOW_HTTP`.
    - `strict`: Treats every warning of validation as an error.
    """

    region: Union[Region, RegionWord, None]
    base_url: Optional[str]
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


# </generated>
