"""The databases of the tests of the outbox: SQLite, and PostgreSQL: the server of LINKWA_TEST_POSTGRES, or one of its own in a
temporary folder."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import linkwa
from linkwa.outbox import Outbox, PostgresStore, SqliteStore


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


def leave_out(why: str) -> None:
    """Says what is left out, unless nothing may be."""
    if os.environ.get("LINKWA_NO_SKIP"):
        pytest.fail(why)
    pytest.skip(why)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    programs = find_programs()
    if programs is None:
        leave_out("PostgreSQL is not installed: the outbox is not tested on it")
        raise AssertionError
    server = Postgres(programs)
    yield server
    server.close()


_NUMBERS = iter(range(10**6))


class Database:
    """A database of one test: how this and other processes open it."""

    def __init__(self, kind: str, where: str, prefix: str) -> None:
        self.kind, self.where, self.prefix = kind, where, prefix

    def store(self, **more: Any) -> Any:
        kind: Any = SqliteStore if self.kind == "sqlite" else PostgresStore
        return kind(self.where, prefix=self.prefix, **more)

    def connect(self) -> Any:
        if self.kind == "sqlite":
            return sqlite3.connect(self.where, timeout=30)
        import psycopg

        return psycopg.connect(self.where)

    def execute(self, sql: str) -> list[Any]:
        """Runs a statement on a connection of its own; `{}` stands for the prefix."""
        with contextlib.closing(self.connect()) as connection:
            cursor = connection.cursor()
            cursor.execute(sql.replace("{}", self.prefix))
            rows = cursor.fetchall() if cursor.description else []
            connection.commit()
            return rows


@pytest.fixture(params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Database:
    if request.param == "sqlite":
        return Database("sqlite", str(tmp_path / "outbox.db"), "linkwa_")
    if importlib.util.find_spec("psycopg") is None:
        pytest.skip("psycopg is not installed: the outbox is not tested on PostgreSQL")
    number = next(_NUMBERS)
    where = os.environ.get("LINKWA_TEST_POSTGRES") or request.getfixturevalue("postgres").conninfo
    return Database("postgres", where, f"t{os.getpid()}_{number}_")


@pytest.fixture
def store(database: Database) -> Iterator[Any]:
    with database.store() as store:
        yield store


@pytest.fixture
def outbox(client: linkwa.Client, store: Any) -> Outbox:
    outbox = Outbox(client, store)
    outbox.create_schema()
    return outbox
