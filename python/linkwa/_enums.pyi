from enum import Enum

from typing_extensions import Self

class Priority(str, Enum):
    """How urgent a message is. Each is a `str`, and a plain `str` does as well wherever one is taken."""

    LOW = "LOW"
    NORMAL = "NORMAL"
    HIGH = "HIGH"

    def __new__(cls, value: object) -> Self: ...

class Region(str, Enum):
    """The regions of LINK's gateway; an account belongs to one (rule E-2). Each is a `str`, and a plain `str` does
    as well wherever one is taken."""

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
