"""Words of the wire that are also names in Python. Each is a `str`, and a plain `str` does as well wherever one is taken."""

from enum import Enum

__all__ = ["Priority", "Region"]


class Priority(str, Enum):
    """How urgent a message is."""

    LOW = "LOW"
    NORMAL = "NORMAL"
    HIGH = "HIGH"

    # As `enum.StrEnum` does, which is newer than Python 3.9.
    __str__ = str.__str__
    __format__ = str.__format__

    def __repr__(self) -> str:
        return f"linkwa.Priority.{self.name}"


class Region(str, Enum):
    """The regions of LINK's gateway; an account belongs to one (rule E-2)."""

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

    __str__ = str.__str__
    __format__ = str.__format__

    def __repr__(self) -> str:
        return f"linkwa.Region.{self.name}"


for _enum in (Priority, Region):
    _enum.__module__ = "linkwa"
