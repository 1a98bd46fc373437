"""Peak memory of a bulk send: `bulk.py URL COUNT` sends to so many destinations, and prints the process's peak in KiB."""

from __future__ import annotations

import sys
from pathlib import Path

from account import PASSWORD, SOURCE, URL, USER

import linkwa

# A run of 1,000 is ten requests: so it has all of them, as the longer ones have.
CONNECTIONS = 8


def main() -> None:
    count = int(sys.argv[2])
    numbers = (f"+4670{index:07}" for index in range(count))
    with linkwa.Client(
        base_url=URL,
        username=USER,
        password=PASSWORD,
        platform_id="platform",
        platform_partner_id="partner",
        source=SOURCE,
        max_connections=CONNECTIONS,
    ) as client:
        many = client.send_many(numbers, linkwa.Text("We are moving"))
        sent = sum(len(chunk.destinations) for chunk in many if chunk.error is None)
    assert sent == count, f"{sent} were sent"
    status = Path("/proc/self/status").read_text(encoding="ascii")
    print(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:")))


if __name__ == "__main__":
    main()
