"""Sends one text to many numbers, each once, with a progress bar. Run it again after Ctrl-C or a crash.

    pip install linkwa tqdm
    python bulk_send.py numbers.txt "We are moving" --rate 100

numbers.txt has one number per line. An outbox in numbers.db beside it records each send before its first byte leaves:
the same command sends only what was never begun or was not sent, also after kill -9. What may have been accepted is in
doubt and is not sent again; its event report settles it, if your callback endpoint has an outbox on the same file. Ctrl-C
lets sends under way finish. The environment selects the gateway and the account, as for first_message.py.
"""

from __future__ import annotations

import argparse
import signal
import sys
from pathlib import Path

from tqdm import tqdm

import linkwa
from linkwa.outbox import Outbox, SqliteStore


def main() -> int:
    """Returns the exit status of the program: 0 if every number was accepted, now or earlier."""
    parser = argparse.ArgumentParser()
    parser.add_argument("numbers", type=Path)
    parser.add_argument("text")
    parser.add_argument("--rate", type=float, help="numbers a second, at most")
    given = parser.parse_args()
    numbers = dict.fromkeys(given.numbers.read_text().split())  # each once
    text = linkwa.Text(given.text)
    items = ((number, text, linkwa.ref_id_for(given.numbers.stem, number)) for number in numbers)

    with linkwa.Client.from_env() as client, SqliteStore(given.numbers.with_suffix(".db")) as store:
        outbox = Outbox(client, store)
        outbox.create_schema()
        with outbox.send_many(items, rate=given.rate) as many, tqdm(total=len(numbers), unit="number") as bar:
            signal.signal(signal.SIGINT, lambda *_: many.stop())
            for entry in many:
                if entry.error is not None:
                    bar.write(f"{entry.ref_id}: {entry.error}", file=sys.stderr)
                bar.update()
                bar.set_postfix(failed=many.progress.failed, in_doubt=many.progress.in_doubt)

    done = many.progress
    print(f"{done.sent} accepted, {done.repeated} before, {done.failed} failed, {done.in_doubt} in doubt")
    return 0 if done.sent + done.repeated == len(numbers) else 1


if __name__ == "__main__":
    sys.exit(main())
