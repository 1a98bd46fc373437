"""Kills workers of an outbox while they send to a gateway that misbehaves, and then counts what arrived:

    tests/with-postgres .venv/bin/python tests/python/chaos.py --store sqlite --messages 20000 --rounds 20

A message that was enqueued must arrive once at most, unless the gateway refused the earlier request (HTTP 429); and each one
that was accepted must be known as accepted at the end, though answers were cut, workers killed, callbacks delivered twice and
out of order, and PostgreSQL restarted. Messages in doubt without an event report are listed, never sent again.
"""

from __future__ import annotations

import argparse
import collections
import contextlib
import http.server
import json
import logging
import os
import queue
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import linkwa
from linkwa.outbox import Outbox, PostgresStore, SqliteStore
from linkwa_sandbox import Sandbox

# What the gateway does by chance: cut answers, no answer at all, an error after which the outcome is unknown, too many requests.
FAULTS = {"2001": 0.02, "2002": 0.02, "2004": 0.002, "1500": 0.02, "1429": 0.03, "1400": 0.01}
WORKERS = 3
SENDS_AT_ONCE = 8


def outbox_of(kind: str, where: str, prefix: str, base_url: str) -> Outbox:
    store: Any = {"sqlite": SqliteStore, "postgres": PostgresStore}[kind](where, prefix=prefix)
    client = linkwa.Client(
        base_url=base_url, username="user", password="secret", platform_id="p", platform_partner_id="pp",
        source="+46000000000", timeout=3,
    )  # fmt: skip
    return Outbox(client, store)


def database_errors() -> tuple[type[Exception], ...]:
    psycopg = sys.modules.get("psycopg")
    return (sqlite3.OperationalError, *([psycopg.OperationalError] if psycopg else []))


def work(outbox: Outbox) -> None:
    """Sends what waits, for ever."""

    def send(ref_id: str) -> None:
        # Another worker may have it; and what fails is in the outbox.
        with contextlib.suppress(linkwa.LinkwaError):
            outbox.send_pending(ref_id)

    with ThreadPoolExecutor(SENDS_AT_ONCE) as pool:
        while True:
            waiting: list[str] = []
            with contextlib.suppress(*database_errors()):  # it is restarting
                waiting = outbox.pending(500)
            if not waiting:
                time.sleep(0.02)
            list(pool.map(send, random.sample(waiting, min(len(waiting), 4 * SENDS_AT_ONCE))))


class Workers:
    """The processes that send. One of them is killed every second, and replaced."""

    def __init__(self, arguments: list[str]) -> None:
        self.command = [sys.executable, __file__, "--work", *arguments]
        self.killed = 0
        self.processes = [self.start() for _ in range(WORKERS)]

    def start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(self.command, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)})

    def check(self) -> None:
        assert all(process.poll() is None for process in self.processes), "a worker has ended by itself"

    def kill_one(self) -> None:
        at = random.randrange(WORKERS)
        self.processes[at].send_signal(signal.SIGKILL)
        self.processes[at].wait()
        self.killed += 1
        self.processes[at] = self.start()

    def end(self) -> None:
        for process in self.processes:
            process.kill()
            process.wait()


class Callbacks:
    """Takes the callbacks of the gateway, and applies each twice, out of order, some together in one transaction."""

    def __init__(self, outbox: Outbox) -> None:
        came: queue.Queue[bytes] = queue.Queue()

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                came.put(self.rfile.read(int(self.headers["content-length"])))
                self.send_response(200)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self.outbox, self.came = outbox, came
        self.applied = 0
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        threading.Thread(target=self.apply_all, daemon=True).start()

    def apply_all(self) -> None:
        while True:
            batch = [self.came.get()]
            with contextlib.suppress(queue.Empty):
                while len(batch) < 200:
                    batch.append(self.came.get(timeout=0.01))
            again = [*batch, *batch]
            random.shuffle(again)
            self.until_it_works(lambda again=again: self.apply(again))
            for _ in batch:
                self.came.task_done()

    def apply(self, bodies: list[bytes]) -> None:
        with self.outbox.transaction() as transaction:
            new = sum(self.outbox.apply(linkwa.parse_callback(body), transaction) for body in bodies)
        self.applied += new

    def until_it_works(self, apply: Callable[[], None]) -> None:
        while True:
            try:
                return apply()
            except database_errors():  # it is restarting
                time.sleep(0.1)

    def end(self) -> None:
        self.server.shutdown()
        self.server.server_close()


def run(
    kind: str,
    where: str,
    prefix: str,
    messages: int,
    states: Callable[[], dict[str, str]],
    restart: Callable[[], None] | None = None,
    kill_every: float = 1.0,
) -> dict[str, int]:
    """Runs one round, and returns what was counted. `states` reads the table, `restart` restarts the database. A worker is
    killed when the first messages are sent, and then every `kill_every` seconds."""
    with Sandbox(latency="0..20", keep=messages * 4) as sandbox:
        outbox = outbox_of(kind, where, prefix, sandbox.base_url)
        outbox.create_schema()
        sandbox.chaos(FAULTS)
        callbacks = Callbacks(outbox)
        sandbox.add_gate("default", callbacks.url, default=True)
        for start in range(0, messages, 1000):
            with outbox.transaction() as transaction:
                for index in range(start, min(start + 1000, messages)):
                    to = f"+4679{index:07}"
                    outbox.enqueue(transaction, to, linkwa.Text("Hello"), ref_id=f"r{index}")
        workers = Workers([kind, where, prefix, sandbox.base_url])
        try:
            kills = every(kill_every)
            while True:
                time.sleep(0.05)
                workers.check()
                known = collections.Counter(states().values())
                if next(kills) or (workers.killed == 0 and known["queued"] < messages):
                    workers.kill_one()
                if restart is not None and known["queued"] < messages / 2:
                    restart()
                    restart = None
                if not known["queued"] and not known["not_sent"]:
                    break
        finally:
            workers.end()
        # A killed worker's request may still be on its way; then the last callbacks come.
        quiet = 0
        while quiet < 20:
            time.sleep(0.05)
            quiet = 0 if sandbox.status()["pendingCallbacks"] or callbacks.came.unfinished_tasks else quiet + 1
        counted = count(messages, sandbox.requests(), states())
        callbacks.end()
        return {**counted, "killed": workers.killed, "callbacks": callbacks.applied}


def every(seconds: float) -> Iterator[bool]:
    """Is true once in so many seconds."""
    at = time.monotonic() + seconds
    while True:
        is_time = time.monotonic() >= at
        if is_time:
            at = time.monotonic() + seconds
        yield is_time


def count(messages: int, requests: list[Any], states: dict[str, str]) -> dict[str, int]:
    """Compares the gateway's books with the outbox's."""
    answers: dict[str, list[Any]] = collections.defaultdict(list)
    for request in requests:
        # One that was cut off with its worker has no whole body: nothing was accepted.
        if request["bodyComplete"]:
            answers[request["refId"]].append(request)
    was_accepted = {ref_id for ref_id, came in answers.items() if any(request["reason"] is None for request in came)}
    for ref_id, came in answers.items():
        assert all(request["status"] == 429 for request in came[:-1]), (ref_id, [it["status"] for it in came])
    assert len(states) == messages, len(states)
    is_known = {ref_id for ref_id, state in states.items() if state == "accepted"}
    in_doubt = {ref_id for ref_id, state in states.items() if state in ("sending", "unknown")}
    assert is_known == was_accepted, (len(is_known), len(was_accepted), sorted(is_known ^ was_accepted)[:5])
    return {
        "messages": messages,
        "requests": len(requests),
        "accepted": len(was_accepted),
        "rejected": sum(state == "rejected" for state in states.values()),
        "in doubt": len(in_doubt),
        "of them never arrived": len(in_doubt - answers.keys()),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--store", choices=["sqlite", "postgres"], default="sqlite")
    parser.add_argument("--messages", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--work", nargs=4, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.work:
        logging.disable()  # each fault is a line
        work(outbox_of(*given.work))
    sys.path.insert(0, os.fspath(Path(__file__).parent))
    from databases import Database, Postgres, find_programs

    server = None
    if given.store == "postgres":
        programs = find_programs()
        if programs is None:
            sys.exit("There is no PostgreSQL here (Debian: postgresql).")
        server = Postgres(programs)
    for round_ in range(1, given.rounds + 1):
        with tempfile.TemporaryDirectory() as folder:
            where = server.conninfo if server else os.fspath(Path(folder) / "outbox.db")
            database = Database(given.store, where, f"round{round_}_")
            restart = server.restart if server else None
            print(
                json.dumps(run(given.store, where, database.prefix, given.messages, states_of(database), restart)),
                flush=True,
            )
    if server:
        server.close()


def states_of(database: Any) -> Callable[[], dict[str, str]]:
    return lambda: dict(database.execute("SELECT ref_id, state FROM {}sends"))


if __name__ == "__main__":
    main()
