from enum import IntEnum

class ResultCode(IntEnum):
    """The gateway's result code for a message.

    The members are the codes that version 1.4.1 of the API lists, and three of newer gateways: `SENT_BY_WHATSAPP`,
    `READ` and `DELETED`. Any other number is a code too, because the gateway may be newer than this library:
    `ResultCode(112009)` has the name `UNLISTED_112009`, and is not a member.
    """

    UNKNOWN_ERROR = 112000
    QUEUED = 112001
    SENT = 112002
    DELIVERED = 112003
    OK = 112004
    RECEIVED = 112005
    SENT_BY_WHATSAPP = 112006
    READ = 112007
    DELETED = 112008
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
        """An explanation for people; the wording may change."""
    @property
    def is_success(self) -> bool:
        """Whether the code is a success so far: 112001 to 112008."""
    @property
    def is_failure(self) -> bool:
        """Whether the message will not arrive: 112000, 112500, or a listed 1124xx. An unlisted code is not a failure."""
    @property
    def is_final(self) -> bool:
        """Whether the status is final: the message was delivered (and perhaps read or deleted), or it failed.

        The code alone does not say what a report is about. A failed report without a `message_id` is final for its
        request only if its `message_type` is `request`; with another type it proves nothing. `StatusTracker.resolve`
        applies this.
        """
    @property
    def should_contact_support(self) -> bool:
        """Whether LINK asks you to contact its support about the code."""
