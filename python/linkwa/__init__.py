"""WhatsApp messages through LINK Mobility."""

from ._linkwa import __version__

__all__ = ["__version__"]
