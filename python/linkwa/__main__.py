"""The command `linkwa`, also as `python -m linkwa`: see `linkwa --help`."""

from __future__ import annotations

import signal
import sys

from ._linkwa import run_command


def main() -> int:
    """Runs the command with the arguments of this process, and returns its exit status."""
    # Ctrl-C ends the process as it ends other commands, without a traceback. Commands in the background ignore it.
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    return run_command(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
