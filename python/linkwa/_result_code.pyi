from enum import IntEnum

class ResultCode(IntEnum):
    """What the gateway says came of a message (R-4).

    The members are the codes that version 1.4.1 of the API lists. Any other number is a code too, for the gateway may
    be newer than this library: `ResultCode(112007)` has the name `UNLISTED_112007`, and is none of the members.
    """

    UNKNOWN_ERROR = 112000
    QUEUED = 112001
    SENT = 112002
    DELIVERED = 112003
    OK = 112004
    RECEIVED = 112005
    UNAUTHORIZED = 112400
    NO_ACCESS = 112401
    BAD_REQUEST = 112402
    NOT_DELIVERED = 112403
    INVALID_CONTACT = 112404
    FAILED_AUTHENTICATION = 112405
    FAILED_WA_REQUEST = 112406
    SERVER_ERROR = 112500
    @property
    def explanation(self) -> str:
        """What the code means, in a sentence for people. Sentences may change."""
    @property
    def is_success(self) -> bool:
        """One of 112001 to 112005: all went well so far."""
    @property
    def is_failure(self) -> bool:
        """112000, 112500, or a listed 1124xx: the message will not arrive. An unlisted code is no failure."""
    @property
    def is_final(self) -> bool:
        """Nothing else is to come for the message: it was delivered, or it failed."""
    @property
    def should_contact_support(self) -> bool:
        """LINK asks to be told about it."""
