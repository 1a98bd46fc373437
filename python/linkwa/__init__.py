"""WhatsApp messages through LINK Mobility's gateway: validated before they are sent, never sent twice without your
knowledge, and with a known outcome after every error.

    >>> import linkwa
    >>> sent = linkwa.send_text("+46000000001", "Hello")  # who and where: `configure`, or the environment
    >>> sent.result_code
    112001

- `send_text` and the other verbs use one default client; `Client` and `AsyncClient` have the same verbs.
- `Text`, `Image`, `Template` and the others are messages; so are dicts in wire form (`linkwa.types`).
- `LinkwaError` is the base of all exceptions; its `outcome` says what is known about the message.
- `send_many` sends to hundreds of thousands of destinations.
- `parse_callback` parses what the gateway posts to you, `CallbackGuard` authenticates it, `StatusTracker` combines
  event reports, `care_window` returns until when every message type may be sent.
- `linkwa.receiver` is the endpoint for callbacks, for ASGI, WSGI, Django and every other framework.
"""

import sys as _sys

try:
    from ._linkwa import __version__
except ModuleNotFoundError as _error:
    if _error.name != "linkwa._linkwa":
        raise
    raise ImportError(
        f"linkwa's compiled module is missing from {__path__[0]}: nothing was built there for CPython "
        f"{_sys.version_info[0]}.{_sys.version_info[1]} on {_sys.platform}. Install a wheel (pip install --force-reinstall "
        "linkwa); in a checkout, build it (maturin develop); and see that no folder of your own is named linkwa",
        name=_error.name,
    ) from None

# <generated exports>
from ._client import (
    AsyncClient,
    Client,
    build,
    configure,
    request,
    send,
    send_audio,
    send_contacts,
    send_document,
    send_image,
    send_interactive,
    send_location,
    send_many,
    send_raw,
    send_request,
    send_template,
    send_text,
    send_video,
)
from ._enums import Priority, Region
from ._errors import (
    InternalError,
    InvalidCallback,
    InvalidConfig,
    InvalidRequest,
    LinkwaError,
    NotSent,
    OutcomeUnknown,
    Rejected,
)
from ._linkwa import (
    Address,
    Audio,
    Body,
    Button,
    Buttons,
    CallbackGuard,
    CareWindow,
    Chunk,
    Contact,
    Contacts,
    Content,
    Context,
    Currency,
    DateTime,
    Document,
    Email,
    Event,
    EventReport,
    Finding,
    Header,
    HttpResponse,
    Image,
    InboundButton,
    InboundButtonReply,
    InboundContact,
    InboundContactName,
    InboundInteractive,
    InboundListReply,
    InboundLocation,
    InboundMedia,
    InboundMessage,
    InboundPhone,
    List,
    Location,
    MessageState,
    Name,
    Org,
    Phone,
    Progress,
    QuickReplyButton,
    Raw,
    Receipt,
    ReceivedMessage,
    Route,
    Row,
    Section,
    SendResult,
    StatusTracker,
    Template,
    Text,
    Url,
    UrlButton,
    Verdict,
    Video,
    care_window,
    check_destination,
    is_gateway_address,
    new_ref_id,
    parse_callback,
    ref_id_for,
    validate,
)
from ._many import AsyncSendMany, SendMany
from ._result_code import ResultCode

__all__ = [
    "Address",
    "AsyncClient",
    "AsyncSendMany",
    "Audio",
    "Body",
    "Button",
    "Buttons",
    "Callback",
    "CallbackGuard",
    "CareWindow",
    "Chunk",
    "Client",
    "ClientSettings",
    "Contact",
    "Contacts",
    "Content",
    "Context",
    "Currency",
    "DateTime",
    "Document",
    "Email",
    "Event",
    "EventReport",
    "Finding",
    "Header",
    "HttpResponse",
    "Image",
    "InboundButton",
    "InboundButtonReply",
    "InboundContact",
    "InboundContactName",
    "InboundInteractive",
    "InboundListReply",
    "InboundLocation",
    "InboundMedia",
    "InboundMessage",
    "InboundPhone",
    "InternalError",
    "InvalidCallback",
    "InvalidConfig",
    "InvalidRequest",
    "LinkwaError",
    "List",
    "Location",
    "Message",
    "MessageState",
    "Name",
    "NotSent",
    "Org",
    "OutcomeUnknown",
    "Phone",
    "Priority",
    "Progress",
    "QuickReplyButton",
    "Raw",
    "Receipt",
    "ReceivedMessage",
    "Region",
    "Rejected",
    "ResultCode",
    "Route",
    "Row",
    "Section",
    "SendMany",
    "SendOptions",
    "SendResult",
    "StatusTracker",
    "Template",
    "Text",
    "Url",
    "UrlButton",
    "Verdict",
    "Video",
    "__version__",
    "build",
    "care_window",
    "check_destination",
    "configure",
    "is_gateway_address",
    "new_ref_id",
    "parse_callback",
    "ref_id_for",
    "request",
    "send",
    "send_audio",
    "send_contacts",
    "send_document",
    "send_image",
    "send_interactive",
    "send_location",
    "send_many",
    "send_raw",
    "send_request",
    "send_template",
    "send_text",
    "send_video",
    "validate",
]
# </generated>

TYPE_CHECKING = False
if TYPE_CHECKING:
    # Only the compiled module imports it. Tools that pack programs, such as PyInstaller, find it here.
    from . import _extra as _extra
    from .types import Callback, ClientSettings, Message, SendOptions
else:

    def __getattr__(name):
        # `types` imports `typing`, which takes longer than everything else. All other names are already here.
        if name == "types" or name in __all__:
            from importlib import import_module

            types = import_module(".types", __name__)
            return types if name == "types" else getattr(types, name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

    def __dir__():
        return sorted({*__all__, "types", *(name for name in globals() if name.startswith("__"))})
