"""Words that are also names in Python. Each is a `str`, and a plain `str` does as well wherever one is taken."""

from enum import Enum

__all__ = ["Priority", "Region"]


class Priority(str, Enum):
    """How urgent a message is. `"HIGH"` does as well as `Priority.HIGH`."""

    LOW = "LOW"
    NORMAL = "NORMAL"
    HIGH = "HIGH"

    # As in `enum.StrEnum`, which is newer than Python 3.9.
    def __str__(self) -> str:
        return str.__str__(self)

    def __format__(self, format_spec: str) -> str:
        return str.__format__(self, format_spec)

    def __repr__(self) -> str:
        return f"linkwa.Priority.{self.name}"


class Region(str, Enum):
    """The regions of LINK's gateway; an account belongs to one (E-2). `"n-eu"` does as well as `Region.N_EU`."""

    N_EU = "n-eu"
    """Northern Europe."""
    C_EU = "c-eu"
    """Central Europe."""
    S_EU = "s-eu"
    """Southern Europe."""
    NO = "no"
    """Norway."""
    DEB = "deb"
    """The gateway at `deb.linkmobility.io`."""

    # As above.
    def __str__(self) -> str:
        return str.__str__(self)

    def __format__(self, format_spec: str) -> str:
        return str.__format__(self, format_spec)

    def __repr__(self) -> str:
        return f"linkwa.Region.{self.name}"


for _enum in (Priority, Region):
    _enum.__module__ = "linkwa"
