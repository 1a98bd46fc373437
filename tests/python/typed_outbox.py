"""Uses everything of `linkwa.outbox`, for the type checkers; it is not run."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event
from typing import Any

import linkwa
from linkwa.outbox import (
    AsyncOutbox,
    AsyncSendMany,
    Entry,
    Outbox,
    PostgresStore,
    Progress,
    SendMany,
    SendStatus,
    SqliteStore,
    State,
    Store,
)
from linkwa.receiver import CallbackReceiver, Claim
from linkwa.types import Messages, OutboxOptions

HELLO = linkwa.Text("Hello")


def stores(path: Path, pool: Any) -> list[Store]:
    with SqliteStore(path, prefix="wa_", timeout=5.0) as sqlite, PostgresStore(pool, connections=3) as postgres:
        sqlite.close()
        return [sqlite, postgres, PostgresStore("dbname=app", prefix="app.linkwa_"), SqliteStore("outbox.db")]


def blocking(client: linkwa.Client, store: Store, connection: Any) -> str:
    outbox = Outbox(client, store)
    Outbox(None, store).create_schema()
    schema: str = outbox.schema()
    options: OutboxOptions = {"priority": "HIGH", "timeout": 5.0}
    sent: linkwa.SendResult = outbox.send(["+46000000001"], HELLO, ref_id="r", **options)
    sent = outbox.send("+46000000001", {"type": "text", "text": {"body": "Hello"}}, ref_id=linkwa.ref_id_for("o", 1))
    with outbox.transaction() as transaction:
        is_new: bool = outbox.enqueue(transaction, "+46000000001", HELLO, ref_id="r", source="+46000000000")
    pending: list[str] = outbox.pending(10)
    sent = outbox.send_pending(pending[0], timeout=5.0)
    outbox.run(rate=10.0, concurrency=4, poll=0.5, stop=Event())
    report = linkwa.EventReport(ref_id="r", message_id="m", result_code=112003)
    is_new = outbox.apply(report) or outbox.apply(report, connection)
    claim: Claim = outbox.claim(report, timedelta(minutes=1))
    outbox.release(report)
    outbox.settle("r", "accepted")
    count: int = outbox.prune(timedelta(days=90))
    window: linkwa.CareWindow | None = outbox.window("+46000000001", "+46000000000")
    receiver = CallbackReceiver(lambda callback: None, guard=None, outbox=outbox)
    outbox.send("+46000000001", HELLO)  # type: ignore[call-arg]
    return f"{schema}{sent.repeat}{is_new}{claim}{count}{window}{receiver}{outbox.in_doubt(60.0, 5)}"


def status(outbox: Outbox) -> str:
    known: SendStatus | None = outbox.status("r")
    if known is None:
        return ""
    state: State = known.state
    times: list[datetime] = [known.created_at, known.changed_at]
    ends: tuple[linkwa.SendResult | None, linkwa.LinkwaError | None] = known.result, known.error
    messages: tuple[linkwa.MessageState, ...] = known.messages
    return f"{known.ref_id}{state}{times}{ends}{messages}{known.attempts}{known.is_in_doubt}"


def many(outbox: Outbox) -> Progress:
    run: SendMany = outbox.send_many([("+46000000001", HELLO, "r")], concurrency=4, rate=10.0, priority="LOW")
    with run:
        for entry in run:
            one: Entry = entry
            print(one.ref_id, one.destination, one.result, one.error)
            run.stop()
    run.close()
    progress: Progress = run.progress
    print(progress.sent, progress.repeated, progress.failed, progress.in_doubt)
    return progress


async def asynchronous(client: linkwa.AsyncClient, store: Store, connection: Any) -> str:
    outbox = AsyncOutbox(client, store)
    await outbox.create_schema()
    sent: linkwa.SendResult = await outbox.send("+46000000001", HELLO, ref_id="r", timeout=5.0)
    async with outbox.transaction() as transaction:
        is_new: bool = await outbox.enqueue(transaction, "+46000000001", HELLO, ref_id="r")
    sent = await outbox.send_pending((await outbox.pending())[0], timeout=5.0)
    await outbox.run(rate=10.0, concurrency=4, poll=0.5)

    async def items() -> AsyncIterator[tuple[str, Messages, str]]:
        yield "+46000000001", HELLO, "r"

    run: AsyncSendMany = outbox.send_many(items(), concurrency=4, rate=10.0, priority="LOW")
    async with run:
        entries: list[Entry] = [entry async for entry in run]
    run.stop()
    await run.aclose()
    report = linkwa.EventReport(ref_id="r", message_id="m", result_code=112003)
    is_new = await outbox.apply(report) or await outbox.apply(report, connection)
    claim: Claim = await outbox.claim(report)
    await outbox.release(report)
    known: SendStatus | None = await outbox.status("r")
    doubts: list[SendStatus] = await outbox.in_doubt()
    await outbox.settle("r", "not_sent")
    count: int = await outbox.prune(3600)
    window: linkwa.CareWindow | None = await outbox.window("+46000000001")
    receiver = CallbackReceiver(lambda callback: None, guard=None, outbox=outbox)
    async with SqliteStore("outbox.db") as sqlite:
        await sqlite.aclose()
    return f"{sent}{is_new}{entries}{run.progress}{claim}{known}{doubts}{count}{window}{receiver}{outbox.schema()}"
