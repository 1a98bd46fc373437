"""The first message: sends a text and reports the outcome.

    python first_message.py [NUMBER [TEXT]]

The environment selects the gateway and the account: LINKWA_REGION or LINKWA_BASE_URL, LINKWA_USERNAME, LINKWA_PASSWORD,
LINKWA_PLATFORM_ID, LINKWA_PLATFORM_PARTNER_ID, LINKWA_SOURCE.
"""

from __future__ import annotations

import sys

import linkwa

# What the person who runs the program does next.
ACCEPTED, FIX, RECONCILE, RUN_AGAIN = range(4)


def main(to: str = "+46000000001", text: str = "Hello") -> int:
    """Sends it, and returns the exit status of the program."""
    ref_id = linkwa.new_ref_id()  # a program that must survive a crash stores this before it sends
    try:
        sent = linkwa.send_text(to, text, ref_id=ref_id)
    except linkwa.OutcomeUnknown as error:
        # It may have been accepted. Sending it again now could send it twice.
        print(error, file=sys.stderr)
        print(f"Do not send it again before you have looked for the event report of {ref_id}.", file=sys.stderr)
        return RECONCILE
    except linkwa.NotSent as error:
        # Nothing left this machine, and the cause may be gone the next time.
        print(error, file=sys.stderr)
        return RUN_AGAIN
    except linkwa.LinkwaError as error:
        # An invalid configuration or message, or a message that the gateway refused.
        print(error, file=sys.stderr)
        return FIX
    print(f"accepted: refId {sent.ref_id}")
    for message_id in sent.message_ids:
        print(f"message id {message_id}")
    return ACCEPTED


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
