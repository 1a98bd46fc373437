"""Processes that die while they send through an outbox, and several that send the same."""

from __future__ import annotations

import contextlib
import threading
import time
from typing import Any

import pytest
from conftest import ROOT, bodies, client_of, run_script, start_script, wait_for
from databases import Database

import linkwa
from linkwa.outbox import Outbox
from linkwa_sandbox import Sandbox

TO = "+46000000001"
HELLO = linkwa.Text("Hello")

HEAD = """
import asyncio, os, signal, time
from linkwa.outbox import AsyncOutbox, Outbox, PostgresStore, SqliteStore
kind, where, prefix = sys.argv[2:5]
def make_store(): return {"sqlite": SqliteStore, "postgres": PostgresStore}[kind](where, prefix=prefix)
"""

# Each statement, each end of a transaction, and the send call `step`; at the given one the process dies.
DIES = """
from linkwa import _outbox_store
way, last = sys.argv[5], int(sys.argv[6])
steps = 0
def step():
    global steps
    if steps == last:
        os.kill(os.getpid(), signal.SIGKILL)
    steps += 1
def around(function):
    def stepped(*arguments):
        step()
        answer = function(*arguments)
        step()
        return answer
    async def stepped_async(*arguments):
        step()
        answer = await function(*arguments)
        step()
        return answer
    return stepped_async if asyncio.iscoroutinefunction(function) else stepped
def after(function):
    def stepped(*arguments, **options):
        answer = function(*arguments, **options)
        step()
        return answer
    async def stepped_async(*arguments, **options):
        answer = await function(*arguments, **options)
        step()
        return answer
    return stepped_async if asyncio.iscoroutinefunction(function) else stepped
_outbox_store.execute = around(_outbox_store.execute)
_outbox_store.execute_async = around(_outbox_store.execute_async)
store = make_store()
store._run_async = after(store._run_async)
if way == "blocking":
    store._run = after(store._run)
    client = make_client()
    client.send = after(client.send)
    Outbox(client, store).send("+46000000001", linkwa.Text("Hello"), ref_id="r")
else:
    async def main():
        client = make_async()
        client.send = after(client.send)
        await AsyncOutbox(client, store).send("+46000000001", linkwa.Text("Hello"), ref_id="r")
    asyncio.run(main())
print(steps)
"""


def arguments(database: Database) -> list[str]:
    return [database.kind, database.where, database.prefix]


def outcome(send: Any) -> str:
    try:
        sent = send()
    except linkwa.LinkwaError as error:
        return str(error.reason)
    return "repeat" if sent.repeat else "sent"


@pytest.mark.parametrize("way", ["blocking", "async"])
def test_a_process_that_dies_anywhere_sends_once(
    way: str, outbox: Outbox, database: Database, sandbox: Sandbox
) -> None:
    # The statements of the script before the send: INSERT; after it: SELECT, UPDATE.
    points = [
        ("before INSERT", None, 0),
        ("after INSERT", None, 0),
        ("after COMMIT", "sending", 0),
        ("after the send", "sending", 1),
        ("before SELECT", "sending", 1),
        ("after SELECT", "sending", 1),
        ("before UPDATE", "sending", 1),
        ("after UPDATE", "sending", 1),
        ("after COMMIT", "accepted", 1),
    ]
    report = linkwa.EventReport(ref_id="r", message_id="m", result_code=112003)
    for index, (name, expected, requests) in enumerate([*points, ("never", "accepted", 1)]):
        code, out, err = run_script(HEAD + DIES, sandbox.base_url, *arguments(database), way, str(index))
        assert (code, out) == ((-9, "") if name != "never" else (0, f"{len(points)}\n")), err
        status = outbox.status("r")
        assert (status and status.state, len(sandbox.requests())) == (expected, requests), (index, name)
        again = outcome(lambda: outbox.send(TO, HELLO, ref_id="r"))
        assert again == {None: "sent", "sending": "in_doubt", "accepted": "repeat"}[expected], (index, name)
        if expected == "sending":
            assert [doubted.ref_id for doubted in outbox.in_doubt(0)] == ["r"]
            assert len(sandbox.requests()) == requests
            if requests == 0:
                outbox.settle("r", "not_sent")
                assert outcome(lambda: outbox.send(TO, HELLO, ref_id="r")) == "sent"
            else:
                outbox.apply(report)
                assert outcome(lambda: outbox.send(TO, HELLO, ref_id="r")) == "repeat"
        assert [body["refId"] for body in bodies(sandbox)] == ["r"], (index, name)
        for table in ("sends", "messages", "callbacks"):
            database.execute(f"DELETE FROM {{}}{table}")
        sandbox.reset()


def test_threads_that_send_the_same_send_once(outbox: Outbox, sandbox: Sandbox) -> None:
    ready = threading.Barrier(8)
    ends: list[str] = []

    def send() -> None:
        ready.wait()
        ends.append(outcome(lambda: outbox.send(TO, HELLO, ref_id="r")))

    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(bodies(sandbox)) == 1
    assert ends.count("sent") == 1 and set(ends) <= {"sent", "repeat", "in_doubt"}


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_what_threads_do_at_once_is_committed_together(
    outbox: Outbox, store: Any, database: Database, sandbox: Sandbox
) -> None:
    outbox.send(TO, HELLO, ref_id="first")
    commits: list[str] = []
    store._connection.set_trace_callback(lambda sql: commits.append(sql) if sql == "COMMIT" else None)
    ends: list[tuple[str, str]] = []

    def send(ref_id: str, text: str) -> None:
        ends.append((ref_id, outcome(lambda: outbox.send(TO, linkwa.Text(text), ref_id=ref_id))))

    # One of them is refused, and fails alone.
    work = [(f"r{index}", "Hello") for index in range(9)] + [("first", "Goodbye")]
    threads = [threading.Thread(target=send, args=arguments) for arguments in work]
    with outbox.transaction():
        for thread in threads:
            thread.start()
        wait_for(lambda: len(store._waiting) == 10)
        commits.clear()
        assert sandbox.requests() != [] and len(sandbox.requests()) == 1
    wait_for(lambda: len(commits) >= 2)
    for thread in threads:
        thread.join()
    assert sorted(ends) == sorted([*((f"r{index}", "sent") for index in range(9)), ("first", "None")])
    assert len(bodies(sandbox)) == 10 and outbox.in_doubt(0) == []
    # That of the block, one for the beginnings of all, and some for their results.
    assert len(commits) <= 2 + 9


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_thread_whose_work_is_committed_waits_for_no_other_commit(
    outbox: Outbox, store: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    commits = 0
    begun = store._begun

    @contextlib.contextmanager
    def slow(connection: Any) -> Any:
        nonlocal commits
        with begun(connection):
            yield connection
            commits += 1
            time.sleep(0.02)  # a disk

    monkeypatch.setattr(store, "_begun", slow)
    threads = [threading.Thread(target=lambda: [outbox.pending() for _ in range(10)]) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # Twenty, if those of one commit wait until the next, and ten at best.
    assert commits <= 30


def test_processes_that_send_the_same_send_once(outbox: Outbox, database: Database, sandbox: Sandbox) -> None:
    script = """
def outcome(ref_id):
    try:
        return "repeat" if outbox.send("+46000000001", linkwa.Text("Hello"), ref_id=ref_id).repeat else "sent"
    except linkwa.LinkwaError as error:
        return str(error.reason)
outbox = Outbox(make_client(), make_store())
print("ready", flush=True)
sys.stdin.readline()
print(*(outcome(f"r{index}") for index in range(20)))
"""
    script = script.replace("sys.stdin.readline()", "\nwhile not os.path.exists(sys.argv[5]): time.sleep(0.001)")
    go = ROOT / "target" / f"go-{database.prefix}"
    go.unlink(missing_ok=True)
    processes = [start_script(HEAD + script, sandbox.base_url, *arguments(database), str(go)) for _ in range(3)]
    try:
        for process in processes:
            assert process.stdout is not None and process.stdout.readline() == "ready\n"
        go.touch()
        ended = [process.communicate(timeout=60) for process in processes]
    finally:
        go.unlink(missing_ok=True)
        for process in processes:
            process.kill()
            process.wait()
    assert sorted(body["refId"] for body in bodies(sandbox)) == sorted(f"r{index}" for index in range(20))
    assert outbox.in_doubt(0) == []
    for ends in zip(*(out.split() for out, _ in ended)):
        assert ends.count("sent") == 1 and set(ends) <= {"sent", "repeat", "in_doubt"}


def test_a_killed_bulk_run_is_run_again(outbox: Outbox, database: Database, sandbox: Sandbox) -> None:
    script = """
store = make_store()
items = [(f"+4600000{index:04}", linkwa.Text("Hello"), f"r{index}") for index in range(400)]
for count, entry in enumerate(Outbox(make_client(), store).send_many(items)):
    assert entry.error is None, entry.error
    if count == 50:
        os.kill(os.getpid(), signal.SIGKILL)
"""
    code, _, err = run_script(HEAD + script, sandbox.base_url, *arguments(database))
    assert code == -9, err
    items = [(f"+4600000{index:04}", HELLO, f"r{index}") for index in range(400)]
    with outbox.send_many(items) as many:
        entries = {entry.ref_id: entry for entry in many}
    progress = many.progress
    assert len(entries) == 400 and progress.failed == 0
    assert progress.repeated >= 51 and progress.in_doubt <= 16
    assert progress.sent + progress.repeated + progress.in_doubt == 400
    received = [body["refId"] for body in bodies(sandbox)]
    assert len(set(received)) == len(received)
    assert {ref_id for ref_id, entry in entries.items() if entry.result} <= set(received)
    in_doubt = {status.ref_id for status in outbox.in_doubt(0)}
    assert in_doubt == {ref_id for ref_id, entry in entries.items() if entry.error}
    for ref_id in in_doubt & set(received):
        outbox.apply(linkwa.EventReport(ref_id=ref_id, message_id=ref_id, result_code=112001))
    assert {status.ref_id for status in outbox.in_doubt(0)} == in_doubt - set(received)


def test_a_child_process_has_connections_of_its_own(outbox: Outbox, database: Database, sandbox: Sandbox) -> None:
    script = """
outbox = Outbox(make_client(), make_store())
outbox.send("+46000000001", linkwa.Text("Hello"), ref_id="parent")
import threading
import time
begun, forked = threading.Event(), threading.Event()
def hold():
    with outbox.transaction():
        begun.set()
        forked.wait(0.3)
holder = threading.Thread(target=hold)
holder.start()
begun.wait()
child = os.fork()
if child == 0 and kind == "sqlite":
    # Nothing of the parent's connection is there.
    from pathlib import Path
    files = [os.readlink(file) for file in Path("/proc/self/fd").glob("*") if file.exists()]
    assert not any("outbox.db" in file for file in files), files
if child:
    forked.set()
    holder.join()
ref_id = "again" if child else "child"
for index in range(20):
    outbox.send("+46000000001", linkwa.Text("Hello"), ref_id=f"{ref_id}-{index}")
if child:
    assert os.waitpid(child, 0)[1] == 0
"""
    code, _, err = run_script(HEAD + script, sandbox.base_url, *arguments(database))
    assert code == 0, err
    assert len(bodies(sandbox)) == 41


def test_a_client_that_is_closed_sends_nothing(outbox: Outbox, database: Database, sandbox: Sandbox) -> None:
    client = client_of(sandbox.base_url)
    client.close()
    with database.store() as store:
        assert outcome(lambda: Outbox(client, store).send(TO, HELLO, ref_id="r")) == "closed"
    assert outcome(lambda: outbox.send(TO, HELLO, ref_id="r")) == "sent"
