from enum import Enum

from typing_extensions import Self

class Priority(str, Enum):
    """The priority of a message. `"HIGH"` works as well as `Priority.HIGH`."""

    LOW = "LOW"
    NORMAL = "NORMAL"
    HIGH = "HIGH"

    def __new__(cls, value: object) -> Self: ...

class Region(str, Enum):
    """The regions of LINK's gateway; an account belongs to one. `"n-eu"` works as well as `Region.N_EU`."""

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

    def __new__(cls, value: object) -> Self: ...
