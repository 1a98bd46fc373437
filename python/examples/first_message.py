"""The first message: sends a text and says what is known about it.

    python first_message.py [NUMBER [TEXT]]

The environment says to which gateway and as whom: LINKWA_REGION or LINKWA_BASE_URL, LINKWA_USERNAME, LINKWA_PASSWORD,
LINKWA_PLATFORM_ID, LINKWA_PLATFORM_PARTNER_ID, LINKWA_SOURCE.
"""

from __future__ import annotations

import sys

import linkwa

# What whoever runs the program does next.
ACCEPTED, FIX, RECONCILE, RUN_AGAIN = range(4)


def main(to: str = "+46000000001", text: str = "Hello") -> int:
    """Sends it, and gives the program's exit status."""
    ref_id = linkwa.new_ref_id()  # a program that must survive a crash stores this before it sends
    try:
        sent = linkwa.send_text(to, text, ref_id=ref_id)
    except linkwa.OutcomeUnknown as error:
        # It may have been accepted. To send it again now could be to send it twice.
        print(error, file=sys.stderr)
        print(f"Do not send it again before you have looked for the event report of {ref_id}.", file=sys.stderr)
        return RECONCILE
    except linkwa.NotSent as error:
        # Nothing left this machine, and what was in the way may be gone the next time.
        print(error, file=sys.stderr)
        return RUN_AGAIN
    except linkwa.LinkwaError as error:
        # A configuration that cannot work, a message that is invalid, or one that the gateway refused.
        print(error, file=sys.stderr)
        return FIX
    print(f"accepted: refId {sent.ref_id}")
    for message_id in sent.message_ids:
        print(f"message id {message_id}")
    return ACCEPTED


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
