"""The exceptions."""

from __future__ import annotations

from typing import Any


class LinkwaError(Exception):
    """The base of everything that linkwa raises."""

    def __init__(self, message: str, **about: Any) -> None:
        super().__init__(message)
        self.__dict__.update(about)

    def __reduce__(self) -> Any:
        return make_again, (str(self), self.__dict__)


class InvalidConfig(LinkwaError):
    """A configuration that cannot work."""


class InvalidCallback(LinkwaError):
    """A callback that is malformed (C-5, C-7)."""


_CLASSES = {"invalid_config": InvalidConfig, "invalid_callback": InvalidCallback}


def make(message: str, *, code: str, **about: Any) -> LinkwaError:
    return _CLASSES.get(code, LinkwaError)(message, code=code, **about)


def make_again(message: str, about: dict[str, Any]) -> LinkwaError:
    return make(message, **about)
