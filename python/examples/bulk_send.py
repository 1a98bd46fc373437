"""Sends one text to many numbers, with a progress bar. Stop it with Ctrl-C; the next start continues.

    pip install linkwa tqdm
    python bulk_send.py numbers.txt "We are moving" --rate 500

numbers.txt has one number per line and must stay unchanged. numbers.checkpoint beside it records what is done: run the
same command again for the numbers that failed or were not reached, and delete it to begin again. The first Ctrl-C lets
requests under way finish, the second cancels them. The environment selects the gateway and the account, as for
first_message.py.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
from pathlib import Path

from tqdm import tqdm

import linkwa


def keep(text: str, path: Path) -> None:
    """Writes the whole file or nothing."""
    new = path.with_suffix(".new")
    with new.open("w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)


def main() -> int:
    """Returns the exit status of the program: 0 if every number was accepted, now or earlier."""
    parser = argparse.ArgumentParser()
    parser.add_argument("numbers", type=Path)
    parser.add_argument("text")
    parser.add_argument("--rate", type=float, help="destinations a second, at most")
    parser.add_argument("--per-request", type=int, help="numbers in a request; those of the run that goes on, or 100")
    given = parser.parse_args()
    checkpoint = given.numbers.with_suffix(".checkpoint")
    running = given.numbers.with_suffix(".running")
    if running.exists():
        # It does not contain requests that began after it was written.
        print(
            f"The last run did not end by itself. Its latest requests are not in {running}: if no number may get the\n"
            f"text twice, find out by the event reports which were accepted. Then rename it to {checkpoint.name}.",
            file=sys.stderr,
        )
        return 2
    numbers = given.numbers.read_text().split()
    resume = checkpoint.read_text() if checkpoint.exists() else None

    with linkwa.Client.from_env() as client, tqdm(total=len(numbers), unit="number") as bar:
        text = linkwa.Text(given.text)
        many = client.send_many(
            numbers, text, rate=given.rate, destinations_per_request=given.per_request, resume=resume
        )

        def stop(*_: object) -> None:
            many.stop()
            signal.signal(signal.SIGINT, signal.default_int_handler)

        signal.signal(signal.SIGINT, stop)
        keep(many.checkpoint(), running)
        try:
            for chunk in many:
                if chunk.error is not None:
                    bar.write(f"{chunk.ref_id}, {len(chunk.destinations)} numbers: {chunk.error}", file=sys.stderr)
                done = many.progress
                bar.update(done.sent + done.failed + done.unknown + done.skipped - bar.n)
                bar.set_postfix(failed=done.failed, unknown=done.unknown)
                keep(many.checkpoint(), running)
        finally:
            keep(many.checkpoint(), running)
            running.replace(checkpoint)

    done = many.progress
    counts = f"{done.sent} accepted, {done.failed} failed, {done.unknown} unknown, {done.skipped} before"
    print(f"refId {many.ref_id}: {counts}")
    return 0 if done.sent + done.skipped == len(numbers) else 1


if __name__ == "__main__":
    sys.exit(main())
