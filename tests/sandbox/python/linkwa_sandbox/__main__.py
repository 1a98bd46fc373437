"""`python -m linkwa_sandbox` is the program `linkwa-sandbox`."""

from __future__ import annotations

import subprocess
import sys

from ._process import find_program

if __name__ == "__main__":
    try:
        sys.exit(subprocess.call([find_program(), *sys.argv[1:]]))
    except KeyboardInterrupt:
        sys.exit(130)
