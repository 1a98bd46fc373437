"""Peak memory of a bulk send: `bulk.py URL CA_FILE CONNECTIONS COUNT` sends to so many destinations over so many connections, and
prints the process's peak in KiB.
"""

from __future__ import annotations

import sys
from pathlib import Path

from account import CA_FILE, PASSWORD, SOURCE, URL, USER

import linkwa


def main() -> None:
    connections, count = map(int, sys.argv[3:])
    numbers = (f"+4670{index:07}" for index in range(count))
    with linkwa.Client(
        base_url=URL,
        username=USER,
        password=PASSWORD,
        platform_id="platform",
        platform_partner_id="partner",
        source=SOURCE,
        max_connections=connections,
        ca_file=CA_FILE,
    ) as client:
        many = client.send_many(numbers, linkwa.Text("We are moving"))
        sent = sum(len(chunk.destinations) for chunk in many if chunk.error is None)
    assert sent == count, f"{sent} were sent"
    status = Path("/proc/self/status").read_text(encoding="ascii")
    print(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:")))


if __name__ == "__main__":
    main()
