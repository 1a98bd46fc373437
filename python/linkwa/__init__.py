"""WhatsApp messages through LINK Mobility."""

# Callbacks.
from ._errors import InvalidCallback, InvalidConfig, LinkwaError
from ._linkwa import (
    Button,
    CallbackGuard,
    CareWindow,
    Content,
    Context,
    EventReport,
    InboundMessage,
    MessageState,
    ReceivedMessage,
    Route,
    StatusTracker,
    Verdict,
    __version__,
    care_window,
    is_gateway_address,
    parse_callback,
)
from ._result_code import ResultCode

__all__ = ["__version__"]
__all__ += [
    "InvalidCallback",
    "InvalidConfig",
    "LinkwaError",
]
__all__ += [  # Callbacks.
    "Button",
    "CallbackGuard",
    "CareWindow",
    "Content",
    "Context",
    "EventReport",
    "InboundMessage",
    "MessageState",
    "ReceivedMessage",
    "ResultCode",
    "Route",
    "StatusTracker",
    "Verdict",
    "care_window",
    "is_gateway_address",
    "parse_callback",
]
