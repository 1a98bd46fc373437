"""What result codes mean."""

from __future__ import annotations

from enum import IntEnum

from ._linkwa import _result_code, _result_codes


class _ResultCode(IntEnum):
    @property
    def explanation(self) -> str:
        """What the code means, in a sentence for people. Sentences may change."""
        return _result_code(self)[0]

    @property
    def is_success(self) -> bool:
        """One of 112001 to 112005: all went well so far."""
        return _result_code(self)[1]

    @property
    def is_failure(self) -> bool:
        """112000, 112500, or a listed 1124xx: the message will not arrive. An unlisted code is no failure."""
        return _result_code(self)[2]

    @property
    def is_final(self) -> bool:
        """Nothing else is to come for the message: it was delivered, or it failed."""
        return _result_code(self)[3]

    @property
    def should_contact_support(self) -> bool:
        """LINK asks to be told about it."""
        return _result_code(self)[4]

    @classmethod
    def _missing_(cls, value: object) -> _ResultCode | None:
        if type(value) is not int or not -(2**63) <= value < 2**63:
            return None
        code = int.__new__(cls, value)
        code._name_ = f"UNLISTED_{value}"
        code._value_ = value
        return code


ResultCode = _ResultCode("ResultCode", [(name.upper(), code) for name, code in _result_codes()], module="linkwa")
ResultCode.__doc__ = """What the gateway says came of a message (R-4).

The members are the codes that version 1.4.1 of the API lists. Any other number is a code too, for the gateway may be
newer than this library: `ResultCode(112007)` has the name `UNLISTED_112007`, and is none of the members.
"""
