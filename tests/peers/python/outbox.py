"""What an outbox costs: `outbox.py URL` prints a table of sends and callbacks a second, without an outbox, in SQLite and in the
PostgreSQL of LINKWA_TEST_POSTGRES, and what a million rows take.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import tempfile
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from account import PASSWORD, SOURCE, TO, URL, USER

import linkwa
from linkwa.outbox import AsyncOutbox, Outbox, PostgresStore, SqliteStore

AT_ONCE = 16
SENDS = 500
CALLBACKS = 8_000
ROWS = 1_000_000
PART = 10_000

ACCOUNT: Any = {
    "base_url": URL,
    "username": USER,
    "password": PASSWORD,
    "platform_id": "platform",
    "platform_partner_id": "partner",
    "source": SOURCE,
    "max_connections": AT_ONCE,
}
TEXT = linkwa.Text("Hello")
numbers = itertools.count()

Call = Callable[[int], Any]


def one_after_the_other(count: int, call: Call) -> float:
    """How often a second."""
    ids = list(itertools.islice(numbers, count))
    began = time.perf_counter()
    for number in ids:
        call(number)
    return count / (time.perf_counter() - began)


def on_threads(count: int, call: Call) -> float:
    with ThreadPoolExecutor(AT_ONCE) as pool:
        began = time.perf_counter()
        lanes = [pool.submit(one_after_the_other, count // AT_ONCE, call) for _ in range(AT_ONCE)]
        for lane in lanes:
            lane.result()
        return count / (time.perf_counter() - began)


async def in_tasks(count: int, call: Callable[[int], Awaitable[Any]]) -> float:
    ids = itertools.islice(numbers, count)

    async def lane() -> None:
        for number in ids:
            await call(number)

    began = time.perf_counter()
    await asyncio.gather(*(lane() for _ in range(AT_ONCE)))
    return count / (time.perf_counter() - began)


def report(number: int) -> linkwa.EventReport:
    """The report of a delivery. That it is read is counted."""
    body = f'{{"messageId":"m{number}","refId":"r{number}","messageIndex":0,"resultCode":112003}}'
    callback = linkwa.parse_callback(body.encode())
    assert isinstance(callback, linkwa.EventReport)
    return callback


def plain(client: linkwa.Client) -> list[float]:
    def send(_: int) -> Any:
        return client.send(TO, TEXT)

    async def async_sends() -> float:
        async with linkwa.AsyncClient(**ACCOUNT) as client:
            return await in_tasks(SENDS * AT_ONCE, lambda _: client.send(TO, TEXT))

    return [
        one_after_the_other(SENDS, send),
        on_threads(SENDS * AT_ONCE, send),
        asyncio.run(async_sends()),
    ]


def measure(client: linkwa.Client, store: Any) -> list[float]:
    outbox = Outbox(client, store)
    outbox.create_schema()

    def send(number: int) -> Any:
        return outbox.send(TO, TEXT, ref_id=f"r{number}")

    def apply(number: int, transaction: Any = None) -> None:
        assert outbox.apply(report(number), transaction)

    def apply_together() -> float:
        began = time.perf_counter()
        with outbox.transaction() as transaction:
            for number in itertools.islice(numbers, CALLBACKS):
                apply(number, transaction)
        return CALLBACKS / (time.perf_counter() - began)

    async def in_loop() -> list[float]:
        async with linkwa.AsyncClient(**ACCOUNT) as client, store:
            outbox = AsyncOutbox(client, store)
            return [
                await in_tasks(SENDS * AT_ONCE, lambda number: outbox.send(TO, TEXT, ref_id=f"r{number}")),
                await in_tasks(CALLBACKS, lambda number: outbox.apply(report(number))),
            ]

    sends, applies = asyncio.run(in_loop())
    return [
        one_after_the_other(SENDS, send),
        on_threads(SENDS * AT_ONCE, send),
        sends,
        one_after_the_other(SENDS, apply),
        on_threads(CALLBACKS, apply),
        applies,
        apply_together(),
    ]


def million(client: linkwa.Client, store: SqliteStore) -> None:
    outbox = Outbox(client, store)
    outbox.create_schema()
    before = resident()
    began = time.perf_counter()
    for part in range(ROWS // PART):
        with outbox.transaction() as transaction:
            for number in range(part * PART, (part + 1) * PART):
                outbox.enqueue(transaction, TO, TEXT, ref_id=f"r{number}")
    print(f"{ROWS:,} rows: {ROWS / (time.perf_counter() - began):,.0f} enqueued a second, in transactions of {PART:,}")
    lists = one_after_the_other(100, lambda _: outbox.pending(100))
    print(f"pending(): {lists:,.0f} lists of 100 a second")
    filled = resident()
    with outbox.transaction() as transaction:
        transaction.execute("UPDATE linkwa_sends SET state = 'accepted'")
    began = time.perf_counter()
    assert outbox.prune(0) == ROWS
    print(f"prune(): {time.perf_counter() - began:.1f} seconds")
    print(f"resident memory: {before:,} KiB before, {filled:,} KiB with the rows, {resident():,} KiB after prune()")


def resident() -> int:
    """The memory of this process, in KiB."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") // 1024


def main() -> None:
    with linkwa.Client(**ACCOUNT) as client, tempfile.TemporaryDirectory() as folder:
        columns = {"plain": plain(client)}
        columns["SQLite"] = measure(client, SqliteStore(Path(folder) / "a.db"))
        if postgres := os.environ.get("LINKWA_TEST_POSTGRES"):
            columns["PostgreSQL"] = measure(client, PostgresStore(postgres, connections=AT_ONCE))
        rows = [f"{what}, {how}" for what in ("send", "apply") for how in ("1", "16 threads", "16 tasks")]
        print(f"{'a second':<24}" + "".join(f"{name:>12}" for name in columns))
        for at, row in enumerate([*rows, "apply, in 1 transaction"]):
            cells = [f"{figures[at]:,.0f}" if at < len(figures) else "" for figures in columns.values()]
            print(f"{row:<24}" + "".join(f"{cell:>12}" for cell in cells))
        with SqliteStore(Path(folder) / "b.db") as store:
            million(client, store)


if __name__ == "__main__":
    main()
