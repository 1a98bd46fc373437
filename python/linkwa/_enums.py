"""Words that are also names in Python; `_enums.pyi` lists them."""

from __future__ import annotations

from enum import Enum

from ._linkwa import _priorities, _regions


class _Word(str, Enum):
    # As in `enum.StrEnum`, which is newer than Python 3.9.
    def __str__(self) -> str:
        return str.__str__(self)

    def __format__(self, format_spec: str) -> str:
        return str.__format__(self, format_spec)

    def __repr__(self) -> str:
        return f"linkwa.{type(self).__name__}.{self.name}"


def _members(words: list[str]) -> list[tuple[str, str]]:
    return [(word.upper().replace("-", "_"), word) for word in words]


Priority = _Word("Priority", _members(_priorities()), module="linkwa")
Priority.__doc__ = """The priority of a message. `"HIGH"` works as well as `Priority.HIGH`."""
Region = _Word("Region", _members(_regions()), module="linkwa")
Region.__doc__ = (
    """The regions of LINK's gateway; an account belongs to one. `"n-eu"` works as well as `Region.N_EU`."""
)
