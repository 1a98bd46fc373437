"""Kills workers of an outbox while they send to a gateway that misbehaves, and then counts what arrived:

    .venv/bin/python tests/python/chaos.py --store sqlite --messages 20000 --rounds 20
    PYTHONPATH=tests/sandbox/python tests/python/chaos.py --worker 'node tests/node/chaos-worker.js' --store node:sqlite

A message that was enqueued must arrive once at most, unless the gateway refused the earlier request (HTTP 429); and each one
that was accepted must be known as accepted at the end, though answers were cut, workers killed, callbacks delivered twice and
out of order, and PostgreSQL restarted. Messages in doubt without an event report are listed, never sent again.

The outbox is that of a worker, a program in any language. Its arguments are a duty, the store, the place of the database, the
prefix of its tables, and the gateway's base URL. It ends when its standard input does.

- `send` sends what waits, for ever.
- `serve` has the number of messages as one more argument. It makes the tables, enqueues the messages with the references `r0`,
  `r1` and so on, and prints the number of its port. `POST /` gives it a callback, which it applies twice, and out of order.
  `GET /progress` answers with `states` (how many messages are in each), `waiting` and `applied` (callbacks), and `GET /states`
  with the state of each reference.
"""

from __future__ import annotations

import argparse
import collections
import contextlib
import http.client
import json
import os
import random
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from postgres_server import Postgres, find_programs

from linkwa_sandbox import Sandbox

# What the gateway does by chance: cut answers, no answer at all, an error after which the outcome is unknown, too many requests.
FAULTS = {"2001": 0.02, "2002": 0.02, "2004": 0.002, "1500": 0.02, "1429": 0.03, "1400": 0.01}
SENDERS = 3
# How long a message may take that meets no fault.
PATIENCE = 60.0
NO_POSTGRES = 77

Worker = Callable[..., "subprocess.Popen[str]"]


def python_worker() -> list[str]:
    return [sys.executable, os.fspath(Path(__file__).with_name("chaos_worker.py"))]


class Senders:
    """The processes that send. One of them is killed now and then, and replaced."""

    def __init__(self, start: Worker) -> None:
        self.start = start
        self.killed = 0
        self.processes = [start("send") for _ in range(SENDERS)]

    def check(self) -> None:
        assert all(process.poll() is None for process in self.processes), "a worker has ended by itself"

    def kill_one(self) -> None:
        at = random.randrange(SENDERS)
        end(self.processes[at])
        self.killed += 1
        self.processes[at] = self.start("send")

    def close(self) -> None:
        for process in self.processes:
            end(process)


class Server:
    """The process that fills the outbox, applies callbacks, and says what the outbox knows."""

    def __init__(self, start: Worker, messages: int) -> None:
        self.process = start("serve", str(messages))
        assert self.process.stdout is not None
        self.port = int(self.process.stdout.readline())
        self.url = f"http://127.0.0.1:{self.port}/"

    def ask(self, path: str) -> Any:
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)) as connection:
            connection.request("GET", path)
            return json.load(connection.getresponse())

    def close(self) -> None:
        end(self.process)


def end(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.communicate()


def run(
    command: list[str],
    store: str,
    where: str,
    prefix: str,
    messages: int,
    restart: Callable[[], None] | None = None,
    kill_every: float = 1.0,
) -> dict[str, int]:
    """Runs one round, and returns what was counted. `restart` restarts the database. A worker is killed when the first messages
    are sent, and then every `kill_every` seconds."""
    with contextlib.ExitStack() as closed:
        sandbox = closed.enter_context(Sandbox(latency="0..20", keep=messages * 4))
        sandbox.chaos(FAULTS)

        def start(duty: str, *more: str) -> subprocess.Popen[str]:
            arguments = [duty, store, where, prefix, sandbox.base_url, *more]
            environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
            pipe = subprocess.PIPE
            return subprocess.Popen([*command, *arguments], stdin=pipe, stdout=pipe, text=True, env=environment)

        server = closed.enter_context(contextlib.closing(Server(start, messages)))
        sandbox.add_gate("default", server.url, default=True)
        with contextlib.closing(Senders(start)) as senders:
            send_all(senders, server, messages, restart, every(kill_every))
        # A killed worker's request may still be on its way; then the last callbacks come.
        quiet = 0
        while quiet < 20:
            time.sleep(0.05)
            quiet = 0 if sandbox.status()["pendingCallbacks"] or server.ask("/progress")["waiting"] else quiet + 1
        counted = count(messages, sandbox.requests(), server.ask("/states"))
        return {**counted, "killed": senders.killed, "callbacks": server.ask("/progress")["applied"]}


def send_all(
    senders: Senders, server: Server, messages: int, restart: Callable[[], None] | None, is_time: Iterator[bool]
) -> None:
    """Returns when every message has been sent as far as it can be."""
    states: Any = None
    until = 0.0
    while True:
        time.sleep(0.05)
        senders.check()
        before, states = states, server.ask("/progress")["states"]
        if states != before:
            until = time.monotonic() + PATIENCE
        assert time.monotonic() < until, f"it does not go on: {states}"
        queued = states.get("queued", 0)
        if next(is_time) or (senders.killed == 0 and queued < messages):
            senders.kill_one()
        if restart is not None and queued < messages / 2:
            restart()
            restart = None
        if queued + states.get("not_sent", 0) == 0:
            return


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
    parser.add_argument("--worker", type=shlex.split, default=python_worker(), help="a command; without it Python's")
    parser.add_argument("--store", default="sqlite", help="postgres, or a store that the worker knows (sqlite)")
    parser.add_argument("--messages", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--kill-every", type=float, default=1.0, metavar="SECONDS")
    given = parser.parse_args()
    with contextlib.ExitStack() as closed:
        server = None
        if given.store == "postgres":
            programs = find_programs()
            if programs is None:
                print("PostgreSQL is not installed", file=sys.stderr)
                sys.exit(NO_POSTGRES)
            server = closed.enter_context(contextlib.closing(Postgres(programs)))
        for round_ in range(1, given.rounds + 1):
            with tempfile.TemporaryDirectory() as folder:
                where = server.conninfo if server else os.fspath(Path(folder) / "outbox.db")
                restart = server.restart if server else None
                prefix = f"round{round_}_"
                counted = run(given.worker, given.store, where, prefix, given.messages, restart, given.kill_every)
            print(json.dumps(counted), flush=True)


if __name__ == "__main__":
    main()
