"""`python -m linkwa_sandbox` is the program `linkwa-sandbox`."""

from __future__ import annotations

import os
import subprocess
import sys

from ._process import find_program

if __name__ == "__main__":
    command = [find_program(), *sys.argv[1:]]
    if os.name == "posix":
        os.execv(command[0], command)  # signals reach the program
    try:
        sys.exit(subprocess.call(command))
    except KeyboardInterrupt:
        sys.exit(130)
