"""The outbox of Python for `chaos.py`, which says what its arguments are."""

from __future__ import annotations

import contextlib
import http.server
import json
import logging
import os
import queue
import random
import sqlite3
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import linkwa
from linkwa.outbox import Outbox, PostgresStore, SqliteStore

SENDS_AT_ONCE = 8


def is_down() -> tuple[type[Exception], ...]:
    """What drivers raise while their database restarts."""
    psycopg = sys.modules.get("psycopg")
    return (sqlite3.OperationalError, *([psycopg.OperationalError] if psycopg else []))


def send(outbox: Outbox) -> None:
    """Sends what waits, for ever."""

    def send_one(ref_id: str) -> None:
        # Another worker may have it; and what fails is in the outbox.
        with contextlib.suppress(linkwa.LinkwaError):
            outbox.send_pending(ref_id)

    with ThreadPoolExecutor(SENDS_AT_ONCE) as pool:
        while True:
            waiting: list[str] = []
            with contextlib.suppress(*is_down()):
                waiting = outbox.pending(500)
            if not waiting:
                time.sleep(0.02)
            list(pool.map(send_one, random.sample(waiting, min(len(waiting), 4 * SENDS_AT_ONCE))))


def enqueue(outbox: Outbox, messages: int) -> None:
    for start in range(0, messages, 1000):
        with outbox.transaction() as transaction:
            for index in range(start, min(start + 1000, messages)):
                # No digits that ask the gateway for a scenario; one of them is a request without reports.
                outbox.enqueue(transaction, f"+4679{index:06}8", linkwa.Text("Hello"), ref_id=f"r{index}")


class Callbacks:
    """Applies each callback twice, out of order, some together in one transaction."""

    def __init__(self, outbox: Outbox) -> None:
        self.outbox = outbox
        self.came: queue.Queue[bytes] = queue.Queue()
        self.applied = 0

    def apply_all(self) -> None:
        while True:
            batch = [self.came.get()]
            with contextlib.suppress(queue.Empty):
                while len(batch) < 200:
                    batch.append(self.came.get(timeout=0.01))
            again = [*batch, *batch]
            random.shuffle(again)
            while not self.apply(again):
                time.sleep(0.1)
            for _ in batch:
                self.came.task_done()

    def apply(self, bodies: list[bytes]) -> bool:
        new = 0
        try:
            with self.outbox.transaction() as transaction:
                new = sum(self.outbox.apply(linkwa.parse_callback(body), transaction) for body in bodies)
        except is_down():
            return False
        self.applied += new
        return True


def connect(store: str, where: str) -> Any:
    if store == "sqlite":
        return sqlite3.connect(where, timeout=30)
    import psycopg

    return psycopg.connect(where)


def serve(store: str, where: str, prefix: str, callbacks: Callbacks) -> None:
    def table(sql: str) -> dict[str, Any]:
        with contextlib.closing(connect(store, where)) as connection:
            return dict(connection.execute(sql.format(f"{prefix}sends")).fetchall())

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            callbacks.came.put(self.rfile.read(int(self.headers["content-length"])))
            self.answer(b"")

        def do_GET(self) -> None:
            if self.path == "/states":
                found = table("SELECT ref_id, state FROM {}")
            else:
                states = table("SELECT state, count(*) FROM {} GROUP BY state")
                found = {"states": states, "waiting": callbacks.came.unfinished_tasks, "applied": callbacks.applied}
            self.answer(json.dumps(found).encode())

        def answer(self, body: bytes) -> None:
            self.send_response(200)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    print(server.server_port, flush=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    callbacks.apply_all()


def end_with_parent() -> None:
    sys.stdin.read()
    os._exit(1)


def main(duty: str, store: str, where: str, prefix: str, base_url: str, *messages: str) -> None:
    logging.disable()  # each fault is a line
    threading.Thread(target=end_with_parent, daemon=True).start()
    kinds: Any = {"sqlite": SqliteStore, "postgres": PostgresStore}
    client = linkwa.Client(
        base_url=base_url, username="user", password="secret", platform_id="p", platform_partner_id="pp",
        source="+46000000000", timeout=3,
    )  # fmt: skip
    outbox = Outbox(client, kinds[store](where, prefix=prefix))
    if duty == "send":
        send(outbox)
    else:
        outbox.create_schema()
        enqueue(outbox, *map(int, messages))
        serve(store, where, prefix, Callbacks(outbox))


if __name__ == "__main__":
    main(*sys.argv[1:])
