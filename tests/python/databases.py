"""The databases of the tests of the outbox: SQLite, and PostgreSQL: the server of LINKWA_TEST_POSTGRES, or one of its own in a
temporary folder."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from postgres_server import Postgres, find_programs

import linkwa
from linkwa.outbox import Outbox, PostgresStore, SqliteStore


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
