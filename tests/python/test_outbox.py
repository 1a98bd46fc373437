"""The outbox on SQLite and PostgreSQL: what is sent, and what is known after each failure."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import re
import sqlite3
import threading
import time
import typing
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT, async_client_of, bodies, client_of, wait_for
from databases import Database, Postgres

import linkwa
import linkwa.outbox
from linkwa.outbox import AsyncOutbox, Outbox, PostgresStore, SqliteStore
from linkwa_sandbox import Sandbox

TO = "+46000000001"
HELLO = linkwa.Text("Hello")


def report(ref_id: str, code: int = 112003, message_id: str = "m") -> linkwa.EventReport:
    return linkwa.EventReport(ref_id=ref_id, message_id=message_id, result_code=code)


def state(outbox: Outbox, ref_id: str) -> str | None:
    status = outbox.status(ref_id)
    return None if status is None else status.state


def outcome(send: Any) -> tuple[str, str | None]:
    """What a send ends with, as two words."""
    try:
        sent = send()
    except linkwa.LinkwaError as error:
        return error.code, error.reason
    return "repeat" if sent.repeat else "sent", None


# Each transition


def test_a_send_is_recorded_and_made_once(outbox: Outbox, sandbox: Sandbox) -> None:
    first = outbox.send(TO, linkwa.Text("x" * 5000), ref_id="r")
    again = outbox.send(TO, linkwa.Text("x" * 5000), ref_id="r", priority="HIGH")
    assert (first.repeat, again.repeat) == (False, True)
    # A suggestion is not kept.
    assert again.__replace__(repeat=False) == first and first.receipts and first.warnings  # type: ignore[attr-defined]
    status = outbox.status("r")
    assert status is not None and status.result == again
    assert (status.state, status.attempts, status.error, status.messages) == ("accepted", 1, None, ())
    assert status.created_at <= status.changed_at and not status.is_in_doubt
    assert status.created_at.tzinfo is not None and abs(status.created_at.timestamp() - time.time()) < 60
    assert TO not in repr(status)
    assert [body["refId"] for body in bodies(sandbox)] == ["r"]
    assert outbox.status("other") is None


def test_a_ref_id_belongs_to_one_message(outbox: Outbox, sandbox: Sandbox) -> None:
    outbox.send(TO, HELLO, ref_id="r")
    for to, message in ((TO, linkwa.Text("Goodbye")), ("+46000000002", HELLO)):
        with pytest.raises(linkwa.InvalidRequest) as caught:
            outbox.send(to, message, ref_id="r")
        assert [(finding.path, finding.code) for finding in caught.value.findings] == [("refId", "not_allowed")]
    with pytest.raises(TypeError):
        outbox.send(TO, HELLO, ref_id=None)  # type: ignore[arg-type]
    assert len(sandbox.requests()) == 1


@pytest.mark.parametrize(
    ("number", "first", "known", "again", "requests"),
    [
        ("+46000001400", ("rejected", None), "rejected", ("rejected", None), 1),
        ("+46000001401", ("rejected", None), "not_sent", ("rejected", None), 2),
        ("+46000001429", ("rejected", None), "not_sent", ("rejected", None), 2),
        ("+46000001500", ("outcome_unknown", "server_error"), "unknown", ("outcome_unknown", "in_doubt"), 1),
    ],
)
def test_each_outcome_is_recorded(
    number: str, first: Any, known: str, again: Any, requests: int, outbox: Outbox, sandbox: Sandbox
) -> None:
    assert outcome(lambda: outbox.send(number, HELLO, ref_id="r")) == first
    status = outbox.status("r")
    assert status is not None and status.error is not None
    assert (status.state, status.error.code, status.error.ref_id) == (known, first[0], "r")
    assert status.is_in_doubt == (known == "unknown")
    with pytest.raises(linkwa.LinkwaError) as caught:
        outbox.send(number, HELLO, ref_id="r")
    assert (caught.value.code, caught.value.reason) == again
    assert caught.value.http_status == (int(number[-3:]) if known != "unknown" else None)
    assert len(sandbox.requests()) == requests


def test_what_was_not_sent_is_sent_later(outbox: Outbox, database: Database, sandbox: Sandbox) -> None:
    with client_of("http://127.0.0.1:1", max_attempts=1) as nowhere, database.store() as store:
        assert outcome(lambda: Outbox(nowhere, store).send(TO, HELLO, ref_id="r")) == ("not_sent", "connect")
    assert state(outbox, "r") == "not_sent" and outbox.pending() == []
    assert outcome(lambda: outbox.send(TO, HELLO, ref_id="r")) == ("sent", None)
    status = outbox.status("r")
    assert status is not None and (status.state, status.attempts) == ("accepted", 2)


def test_an_invalid_message_is_not_recorded(outbox: Outbox, sandbox: Sandbox) -> None:
    with pytest.raises(linkwa.InvalidRequest):
        outbox.send(TO, linkwa.Text(""), ref_id="r")
    assert outbox.status("r") is None and sandbox.requests() == []


def test_people_settle_what_is_in_doubt(outbox: Outbox, sandbox: Sandbox) -> None:
    for ref_id in ("a", "b"):
        outcome(lambda ref_id=ref_id: outbox.send("+46000001500", HELLO, ref_id=ref_id))
    outcome(lambda: outbox.send("+46000001400", HELLO, ref_id="c"))
    assert [status.ref_id for status in outbox.in_doubt(0)] == ["a", "b"]
    assert [status.ref_id for status in outbox.in_doubt(0, limit=1)] == ["a"]
    assert outbox.in_doubt() == []
    outbox.settle("a", "accepted")
    outbox.settle("b", "not_sent")
    outbox.settle("c", "not_sent")
    assert [state(outbox, ref_id) for ref_id in "abc"] == ["accepted", "not_sent", "not_sent"]
    assert outbox.send("+46000001500", HELLO, ref_id="a").repeat
    assert outcome(lambda: outbox.send("+46000001500", HELLO, ref_id="b")) == ("outcome_unknown", "server_error")
    for ref_id in ("a", "nothing"):
        with pytest.raises(linkwa.InvalidRequest):
            outbox.settle(ref_id, "not_sent")
    with pytest.raises(ValueError):
        outbox.settle("b", "sent")  # type: ignore[arg-type]
    assert len(sandbox.requests()) == 4


def test_reports_settle_what_is_in_doubt(outbox: Outbox) -> None:
    for ref_id in ("a", "b", "c"):
        outcome(lambda ref_id=ref_id: outbox.send("+46000001500", HELLO, ref_id=ref_id))
    assert outbox.apply(report("a")) and not outbox.apply(report("a"))
    assert outbox.apply(linkwa.EventReport(ref_id="b", message_type="request", result_code=112402))
    assert [state(outbox, ref_id) for ref_id in "abc"] == ["accepted", "rejected", "unknown"]
    status = outbox.status("a")
    assert status is not None and [(of.status, of.message_id) for of in status.messages] == [("delivered", "m")]
    assert outbox.send("+46000001500", HELLO, ref_id="a").repeat
    assert [status.ref_id for status in outbox.in_doubt(0)] == ["c"]


def test_pruning_leaves_what_is_open(outbox: Outbox) -> None:
    outbox.send(TO, HELLO, ref_id="a")
    outcome(lambda: outbox.send("+46000001500", HELLO, ref_id="b"))
    outbox.apply(report("a"))
    assert outbox.prune(60) == 0
    time.sleep(0.005)
    assert outbox.prune(0) == 1
    assert (outbox.status("a"), state(outbox, "b")) == (None, "unknown")
    assert outbox.apply(report("a")), "callbacks are forgotten too"
    for wrong in (-1.0, float("nan")):
        with pytest.raises(ValueError):
            outbox.prune(wrong)
    with pytest.raises(TypeError, match="'older_than'"):
        outbox.prune("1")  # type: ignore[arg-type]


@pytest.mark.parametrize("wrong", [None, "outbox.db", 5])
def test_what_is_no_connection_is_no_transaction(outbox: Outbox, wrong: Any) -> None:
    with pytest.raises(TypeError, match="'transaction'"):
        outbox.enqueue(wrong, TO, HELLO, ref_id="a")


def test_callbacks_are_claimed_and_windows_kept(outbox: Outbox) -> None:
    message = linkwa.ReceivedMessage(
        message_id="m",
        source=TO,
        destination="+46000000000",
        text="Hi",
        timestamp=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
    )
    assert (outbox.claim(message), outbox.claim(message)) == ("new", "busy")
    outbox.release(message)
    assert (outbox.claim(message, 0), outbox.claim(message)) == ("new", "new")
    assert outbox.window(TO) is None
    assert (outbox.apply(message), outbox.claim(message), outbox.apply(message)) == (True, "repeat", False)
    window = outbox.window(TO, "+46000000000")
    assert window is not None and window.is_open and window == outbox.window(TO)
    assert outbox.window(TO, "+46000000009") is None
    with pytest.raises(TypeError):
        outbox.apply({"messageId": "m"})  # type: ignore[arg-type]


def test_a_receiver_uses_an_outbox(outbox: Outbox, sandbox: Sandbox) -> None:
    from linkwa.receiver import CallbackReceiver

    outcome(lambda: outbox.send("+46000001500", HELLO, ref_id="r"))
    seen: list[Any] = []
    receiver = CallbackReceiver(seen.append, guard=None, outbox=outbox)
    body = b'{"messageId": "m", "refId": "r", "resultCode": 112003}'
    assert [receiver.handle("127.0.0.1", {}, body)[0] for _ in range(2)] == [200, 200]
    assert len(seen) == 1 and state(outbox, "r") == "accepted"


# A transaction of the caller


def test_what_is_enqueued_belongs_to_the_transaction(outbox: Outbox, database: Database, sandbox: Sandbox) -> None:
    database.execute("CREATE TABLE {}orders (id TEXT)")
    with contextlib.closing(database.connect()) as connection:
        for end in (connection.rollback, connection.commit):
            cursor = connection.cursor()
            cursor.execute(f"INSERT INTO {database.prefix}orders (id) VALUES ('17')")
            for transaction in (connection, cursor):
                is_new = outbox.enqueue(transaction, TO, HELLO, ref_id="r")
                assert is_new == (transaction is connection)
            end()
            assert (outbox.pending() == ["r"]) == (end == connection.commit)
        with pytest.raises(linkwa.InvalidRequest):
            outbox.enqueue(connection, TO, linkwa.Text("Goodbye"), ref_id="r")
        connection.rollback()
        assert outbox.apply(report("x"), connection)
        connection.rollback()
    assert database.execute("SELECT id FROM {}orders") == [("17",)]
    assert outbox.apply(report("x")), "it was rolled back"
    assert sandbox.requests() == []
    assert outcome(lambda: outbox.send_pending("r")) == ("sent", None)
    assert outcome(lambda: outbox.send_pending("r")) == ("repeat", None)
    assert outbox.pending() == [] and [body["refId"] for body in bodies(sandbox)] == ["r"]
    assert outcome(lambda: outbox.send_pending("nothing")) == ("invalid_request", None)


def test_a_connection_without_a_transaction_is_refused(outbox: Outbox, database: Database) -> None:
    with contextlib.closing(database.connect()) as connection:
        if database.kind == "sqlite":
            connection.isolation_level = None
        else:
            connection.autocommit = True
        for call in (
            lambda: outbox.enqueue(connection, TO, HELLO, ref_id="r"),
            lambda: outbox.apply(report("r"), connection),
        ):
            with pytest.raises(ValueError):
                call()
        connection.execute("BEGIN")
        assert outbox.enqueue(connection, TO, HELLO, ref_id="r")
        connection.execute("COMMIT")
    assert outbox.pending() == ["r"]


def test_a_connection_may_have_a_row_factory_of_its_own(outbox: Outbox, database: Database) -> None:
    with contextlib.closing(database.connect()) as connection:
        if database.kind == "sqlite":
            connection.row_factory = lambda cursor, row: {"row": row}
        else:
            from psycopg.rows import dict_row

            connection.row_factory = dict_row
        assert outbox.enqueue(connection, TO, HELLO, ref_id="r")
        assert not outbox.enqueue(connection, TO, HELLO, ref_id="r")
        connection.commit()
    assert outbox.pending() == ["r"]


def test_the_outbox_gives_a_transaction(outbox: Outbox) -> None:
    with pytest.raises(KeyError), outbox.transaction() as transaction:
        assert outbox.enqueue(transaction, TO, HELLO, ref_id="r")
        raise KeyError
    assert outbox.pending() == []
    with outbox.transaction() as transaction:
        assert outbox.enqueue(transaction, TO, HELLO, ref_id="r")
        assert outbox.apply(report("x"), transaction)
    assert outbox.pending() == ["r"] and not outbox.apply(report("x"))


def test_a_database_without_the_tables_says_so(database: Database, client: linkwa.Client, sandbox: Sandbox) -> None:
    with Database(database.kind, database.where, database.prefix + "none_").store() as store:
        with pytest.raises(linkwa.NotSent, match="schema") as caught:
            Outbox(client, store).send(TO, HELLO, ref_id="r")
        assert (caught.value.reason, caught.value.ref_id) == ("store", "r")
    assert sandbox.requests() == []


def test_the_printed_schema_can_be_run(outbox: Outbox, database: Database, client: linkwa.Client) -> None:
    other = Database(database.kind, database.where, database.prefix + "other_")
    with other.store() as store:
        printed = Outbox(client, store)
        for statement in printed.schema().split(";\n"):
            if statement:
                other.execute(statement)
        printed.create_schema()
        assert outcome(lambda: printed.send(TO, HELLO, ref_id="r")) == ("sent", None)
    other.execute("UPDATE {}schema SET version = 9")
    with other.store() as store, pytest.raises(linkwa.InvalidConfig):
        Outbox(client, store).create_schema()
    with pytest.raises(linkwa.InvalidConfig):
        Database(database.kind, database.where, "a b").store()


# The database fails


class Failing:
    """A client during whose sends the outbox's table is away."""

    def __init__(self, client: linkwa.Client, database: Database) -> None:
        self.client, self.database = client, database
        self.build = client.build

    def send(self, *arguments: Any, **options: Any) -> linkwa.SendResult:
        sent = self.client.send(*arguments, **options)
        self.database.execute("ALTER TABLE {}sends RENAME TO {}away")
        return sent


def test_without_a_database_nothing_is_sent(client: linkwa.Client, database: Database, sandbox: Sandbox) -> None:
    with database.store() as store:
        outbox = Outbox(client, store)
        for send in (lambda: outbox.send(TO, HELLO, ref_id="r"), lambda: outbox.send_pending("r")):
            with pytest.raises(linkwa.NotSent) as caught:
                send()
            assert (caught.value.reason, caught.value.ref_id) == ("store", "r")
            assert (caught.value.disposition, caught.value.outcome) == ("retry", "not_sent")
            assert (
                isinstance(caught.value.__cause__, Exception)
                and "linkwa" not in type(caught.value.__cause__).__module__
            )
    assert sandbox.requests() == []


def test_a_database_that_fails_after_a_send_hides_no_result(
    client: linkwa.Client, outbox: Outbox, database: Database, store: Any, caplog: pytest.LogCaptureFixture
) -> None:
    failing: Any = Failing(client, database)
    assert outcome(lambda: Outbox(failing, store).send(TO, HELLO, ref_id="r-17")) == ("sent", None)
    (record,) = [record for record in caplog.records if record.name == "linkwa.outbox"]
    assert record.levelno == logging.WARNING and "r-17" in record.getMessage() and TO not in record.getMessage()
    database.execute("ALTER TABLE {}away RENAME TO {}sends")
    assert [status.ref_id for status in outbox.in_doubt(0)] == ["r-17"]
    assert outcome(lambda: outbox.send(TO, HELLO, ref_id="r-17")) == ("outcome_unknown", "in_doubt")


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_ctrl_c_before_a_transaction_holds_up_no_other(
    outbox: Outbox, store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(store, "_run_waiting", interrupt)
        with pytest.raises(KeyboardInterrupt):
            outbox.send(TO, HELLO, ref_id="r")
    store._timeout = 1.0
    # The script of the interrupted send is not run by the next one.
    assert outbox.in_doubt(0) == [] and outbox.status("r") is None


@pytest.mark.parametrize("database", ["postgres"], indirect=True)
def test_a_restart_of_the_database_costs_no_send(
    outbox: Outbox, database: Database, request: pytest.FixtureRequest
) -> None:
    if "LINKWA_TEST_POSTGRES" in os.environ:
        pytest.skip("only a server of the tests is restarted")
    outbox.send(TO, HELLO, ref_id="a")
    postgres: Postgres = request.getfixturevalue("postgres")
    postgres.restart()
    assert outcome(lambda: outbox.send(TO, HELLO, ref_id="b")) == ("sent", None)


class Interrupted:
    """A client whose sends are interrupted."""

    def __init__(self, client: linkwa.Client, known: str | None, ref_id: str) -> None:
        self.build, self.known, self.ref_id = client.build, known, ref_id

    def send(self, *_: Any, **__: Any) -> linkwa.SendResult:
        error: Any = KeyboardInterrupt()
        if self.known is not None:
            error.linkwa_ref_id, error.linkwa_outcome = self.ref_id, self.known
        raise error


@pytest.mark.parametrize(
    ("known", "ref_id", "recorded"),
    [
        ("not_sent", "r", "not_sent"),
        ("unknown", "r", "unknown"),
        ("accepted", "r", "unknown"),
        ("not_sent", "of another send", "sending"),
        (None, "r", "sending"),
    ],
)
def test_an_interrupted_send_is_recorded(
    known: str | None, ref_id: str, recorded: str, client: linkwa.Client, outbox: Outbox, store: Any
) -> None:
    interrupted: Any = Interrupted(client, known, ref_id)
    with pytest.raises(KeyboardInterrupt):
        Outbox(interrupted, store).send(TO, HELLO, ref_id="r")
    assert state(outbox, "r") == recorded


# Where connections come from


def send_all(outbox: Outbox, ref_ids: list[str]) -> list[str]:
    """Sends on as many threads."""
    ends: list[str] = []
    work = [
        threading.Thread(target=lambda r=r: ends.append(outcome(lambda: outbox.send(TO, HELLO, ref_id=r))[0]))
        for r in ref_ids
    ]
    for thread in work:
        thread.start()
    for thread in work:
        thread.join()
    return ends


def connections(database: Database) -> int:
    """How many connections the server has besides the one that asks."""
    ((count,),) = database.execute("SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'")
    return int(count) - 1


@pytest.mark.parametrize("database", ["postgres"], indirect=True)
@pytest.mark.parametrize("source", ["text", "function", "pool"])
def test_connections_come_from_each_source(
    source: str, database: Database, client: linkwa.Client, sandbox: Sandbox
) -> None:
    import psycopg
    import psycopg_pool

    opened: list[Any] = []

    def connect() -> Any:
        opened.append(psycopg.connect(database.where))
        return opened[-1]

    before = connections(database)
    with contextlib.ExitStack() as stack:
        given: Any = {"text": database.where, "function": connect}.get(source)
        if source == "pool":
            given = stack.enter_context(psycopg_pool.ConnectionPool(database.where, min_size=1, max_size=3, open=True))
        store = stack.enter_context(PostgresStore(given, prefix=database.prefix, connections=3))
        outbox = Outbox(client, store)
        outbox.create_schema()
        assert send_all(outbox, [f"r{index}" for index in range(20)]) == ["sent"] * 20
        assert 1 <= connections(database) - before <= 3
        assert source != "function" or 1 <= len(opened) <= 3
        with outbox.transaction() as transaction:
            assert transaction.info.parameter_status("server_version")
            assert transaction.info.transaction_status.name == "INTRANS"
    assert wait_for(lambda: connections(database) == before)
    assert len(bodies(sandbox)) == 20


@pytest.mark.parametrize("database", ["postgres"], indirect=True)
@pytest.mark.parametrize("source", ["text", "function", "pool"])
def test_async_connections_come_from_each_source(source: str, database: Database, sandbox: Sandbox) -> None:
    import psycopg
    import psycopg_pool

    before = connections(database)

    async def main() -> None:
        async with contextlib.AsyncExitStack() as stack:
            client = await stack.enter_async_context(async_client_of(sandbox.base_url))
            given: Any = database.where
            if source == "function":
                given = lambda: psycopg.AsyncConnection.connect(database.where)  # noqa: E731
            elif source == "pool":
                pool = psycopg_pool.AsyncConnectionPool(database.where, min_size=1, max_size=3, open=False)
                given = await stack.enter_async_context(pool)
            store = await stack.enter_async_context(PostgresStore(given, prefix=database.prefix, connections=3))
            outbox = AsyncOutbox(client, store)
            await outbox.create_schema()
            sends = [outbox.send(TO, HELLO, ref_id=f"r{index}") for index in range(20)]
            assert [sent.repeat for sent in await asyncio.gather(*sends)] == [False] * 20
            assert 1 <= connections(database) - before <= 3

    asyncio.run(main())
    assert wait_for(lambda: connections(database) == before)
    assert len(bodies(sandbox)) == 20


@pytest.mark.parametrize("database", ["postgres"], indirect=True)
def test_a_cancellation_is_not_lost_while_a_connection_is_taken(database: Any, outbox: Outbox) -> None:
    async def main() -> None:
        async with (
            async_client_of("http://127.0.0.1:1/x") as client,
            PostgresStore(database.where, prefix=database.prefix, connections=1, timeout=0.5) as store,
        ):
            other = AsyncOutbox(client, store)
            assert await other.pending() == []
            for steps in range(1, 5):
                task = asyncio.ensure_future(other.pending())
                for _ in range(steps):
                    await asyncio.sleep(0)
                task.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await task
                # The place is free again.
                assert await other.pending() == []
            async with other.transaction():
                with pytest.raises(TimeoutError):
                    await other.pending()

    asyncio.run(main())


@pytest.mark.parametrize("database", ["postgres"], indirect=True)
def test_a_commit_waits_for_the_disk(database: Database, client: linkwa.Client) -> None:
    off = "-c synchronous_commit=off -c default_transaction_isolation=serializable"
    store = PostgresStore(f"{database.where} options='{off}'", prefix=database.prefix)
    with store, Outbox(client, store).transaction() as transaction:
        assert transaction.execute("SHOW synchronous_commit").fetchall() == [("on",)]
        assert transaction.execute("SHOW transaction_isolation").fetchall() == [("read committed",)]
    with pytest.raises(TypeError):
        PostgresStore(5)


def test_a_file_has_its_journal_and_waits_for_the_disk(tmp_path: Path, client: linkwa.Client) -> None:
    with SqliteStore(tmp_path / "outbox.db") as store, Outbox(client, store).transaction() as transaction:
        modes = [transaction.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous")]
    assert modes == ["wal", 2]


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_transaction_that_does_not_end_stops_others_in_time(
    database: Database, client: linkwa.Client, sandbox: Sandbox
) -> None:
    with database.store(timeout=0.2) as store, database.store() as other:
        outbox = Outbox(client, store)
        outbox.create_schema()
        with Outbox(client, other).transaction():
            assert outcome(lambda: outbox.send(TO, HELLO, ref_id="r")) == ("not_sent", "store")
        with outbox.transaction():
            ends = send_all(outbox, ["a", "b"])
            assert outcome(lambda: outbox.send(TO, HELLO, ref_id="c")) == ("not_sent", "store")
        assert ends == ["not_sent"] * 2
        assert outcome(lambda: outbox.send(TO, HELLO, ref_id="r")) == ("sent", None)
    assert len(sandbox.requests()) == 1


def test_the_words_of_states_are_those_of_core() -> None:
    source = (ROOT / "core/src/outbox/sends.rs").read_text(encoding="utf-8")
    enum = source.split("pub enum State {")[1].split("}")[0]
    assert set(re.findall(r'= "(\w+)"', enum)) == set(typing.get_args(linkwa.outbox.State))


class Stuck:
    """A connection that fails to commit and to roll back."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection

    def execute(self, sql: str, *parameters: Any) -> Any:
        if sql in ("COMMIT", "ROLLBACK"):
            raise sqlite3.OperationalError("disk I/O error")
        return self.connection.execute(sql, *parameters)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.connection, name)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_connection_that_is_stuck_is_replaced(
    outbox: Outbox, store: Any, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.close()
    with monkeypatch.context() as patch:
        opened = store._open()
        patch.setattr(store, "_open", lambda: Stuck(opened))
        assert outcome(lambda: outbox.send(TO, HELLO, ref_id="r")) == ("not_sent", "store")
    assert sandbox.requests() == []
    assert outcome(lambda: outbox.send(TO, HELLO, ref_id="r")) == ("sent", None)
