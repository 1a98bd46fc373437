"""The meaning of result codes."""

from __future__ import annotations

from enum import IntEnum

from ._linkwa import _result_code, _result_codes


class _ResultCode(IntEnum):
    @property
    def explanation(self) -> str:
        """An explanation for people; the wording may change."""
        return _result_code(self)[0]

    @property
    def is_success(self) -> bool:
        """Whether the code is a success so far: 112001 to 112008."""
        return _result_code(self)[1]

    @property
    def is_failure(self) -> bool:
        """Whether the message will not arrive: 112000, 112500, or a listed 1124xx. An unlisted code is not a failure."""
        return _result_code(self)[2]

    @property
    def is_final(self) -> bool:
        """Whether the status is final: the message was delivered (and perhaps read or deleted), or it failed.

        The code alone does not say what a report is about. A failed report without a `message_id` is final for its
        request only if its `message_type` is `request`; with another type it proves nothing. `StatusTracker.resolve`
        applies this.
        """
        return _result_code(self)[3]

    @property
    def should_contact_support(self) -> bool:
        """Whether LINK asks you to contact its support about the code."""
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
ResultCode.__doc__ = """The gateway's result code for a message.

The members are the codes that version 1.4.1 of the API lists, and three of newer gateways: `SENT_BY_WHATSAPP`, `READ`
and `DELETED`. Any other number is a code too, because the gateway may be newer than this library: `ResultCode(112009)`
has the name `UNLISTED_112009`, and is not a member.
"""
