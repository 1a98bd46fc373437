"""A local gateway for testing programs that send WhatsApp messages through LINK Mobility.

`Sandbox` starts it; `CallbackEndpoint` collects what it posts. For pytest there are the fixtures `linkwa_sandbox`,
`linkwa_client`, `linkwa_async_client` and `linkwa_callbacks`.
"""

from __future__ import annotations

from ._callbacks import Callback, CallbackEndpoint
from ._process import SandboxError, find_program
from ._sandbox import ClientOptions, Sandbox

__all__ = ["Callback", "CallbackEndpoint", "ClientOptions", "Sandbox", "SandboxError", "find_program"]
