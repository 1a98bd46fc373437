"""A PostgreSQL of the tests' own, in a temporary folder. It can be restarted."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path


def find_programs() -> Path | None:
    """Returns the folder of the server's programs. Debian has them outside PATH."""
    found = [*Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    newest = max(found, key=lambda path: float(path.parts[-3]), default=None)
    on_path = shutil.which("initdb")
    return newest.parent if newest else Path(on_path).parent if on_path else None


class Postgres:
    """A server, and how to connect to it."""

    def __init__(self, programs: Path) -> None:
        # The server does not run as root, and the path of a socket is short.
        self.folder = Path(tempfile.mkdtemp(prefix="linkwa-pg-", dir="/tmp"))
        self.user = ["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []
        if self.user:
            shutil.chown(self.folder, "postgres")
        self.programs = programs
        self.data = self.folder / "data"
        self.conninfo = f"host={self.folder} user=linkwa dbname=postgres"
        self.call("initdb", "--auth=trust", "--username=linkwa", "--no-sync", "--encoding=UTF8", "--locale=C")
        self.start()

    def call(self, program: str, *arguments: str) -> None:
        command = [*self.user, str(self.programs / program), "-D", str(self.data), *arguments]
        with (self.folder / "output").open("ab") as output:
            done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd="/", timeout=120)
        assert done.returncode == 0, (self.folder / "output").read_text()

    def start(self) -> None:
        self.call("pg_ctl", "start", "-w", "-o", f"-c listen_addresses='' -k {self.folder}")

    def restart(self) -> None:
        self.call("pg_ctl", "stop", "-w", "-m", "fast")
        self.start()

    def close(self) -> None:
        self.call("pg_ctl", "stop", "-w", "-m", "immediate")
        shutil.rmtree(self.folder)
