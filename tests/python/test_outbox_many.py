"""Many sends through an outbox, blocking and on an event loop."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import GOOD, FaultServer, async_client_of, bodies, client_of, http, run_script
from databases import Database

import linkwa
from linkwa.outbox import AsyncOutbox, Entry, Outbox, Progress
from linkwa_sandbox import Sandbox

TO = "+46000000001"
HELLO = linkwa.Text("Hello")
BUSY = http(429, b'{"resultCode":112000}', "retry-after: 1\r\n")


def items(count: int, to: str = TO) -> list[tuple[str, Any, str]]:
    return [(to, HELLO, f"r{index}") for index in range(count)]


class Runs:
    """Runs `send_many` and `run` of either outbox to their end."""

    def __init__(self, way: str, store: Any) -> None:
        self.way, self.store = way, store

    def send_many(self, url: str, given: Any, **how: Any) -> tuple[list[Entry], Progress]:
        client_options = how.pop("client", {})
        if self.way == "blocking":
            with client_of(url, **client_options) as client, Outbox(client, self.store).send_many(given, **how) as many:
                return list(many), many.progress

        async def main() -> tuple[list[Entry], Progress]:
            async with (
                async_client_of(url, **client_options) as client,
                self.store,
                AsyncOutbox(client, self.store).send_many(given, **how) as many,
            ):
                return [entry async for entry in many], many.progress

        return asyncio.run(main())

    def run(self, url: str, until: Any, **how: Any) -> None:
        """Runs until the condition holds, in this thread."""
        client_options = how.pop("client", {})
        if self.way == "blocking":
            stop = threading.Event()

            def wait() -> None:
                while not stop.is_set() and not until():
                    time.sleep(0.005)
                stop.set()

            waiter = threading.Thread(target=wait)
            waiter.start()
            try:
                with client_of(url, **client_options) as client:
                    Outbox(client, self.store).run(stop=stop, poll=0.01, **how)
            finally:
                stop.set()
                waiter.join()
            return

        async def main() -> None:
            async with async_client_of(url, **client_options) as client, self.store:
                task = asyncio.ensure_future(AsyncOutbox(client, self.store).run(poll=0.01, **how))
                while not task.done() and not await asyncio.to_thread(until):
                    await asyncio.sleep(0.005)
                task.cancel()
                try:
                    await task
                except asyncio.CancelledError:
                    return

        asyncio.run(main())


@pytest.fixture(params=["blocking", "async"])
def runs(request: pytest.FixtureRequest, outbox: Outbox, store: Any) -> Runs:
    return Runs(request.param, store)


# send_many


def test_a_run_that_is_run_again_sends_nothing_again(runs: Runs, outbox: Outbox, sandbox: Sandbox) -> None:
    given = [*items(20), ("46 70", HELLO, "bad number"), (TO, linkwa.Text(""), "bad text")]
    given += [("+46000001400", HELLO, "rejected"), ("+46000001500", HELLO, "unknown")]
    entries, progress = runs.send_many(sandbox.base_url, iter(given), concurrency=5)
    assert progress == Progress(sent=20, repeated=0, failed=3, in_doubt=1)
    assert sorted(entry.ref_id for entry in entries) == sorted(ref_id for _, _, ref_id in given)
    by_ref_id = {entry.ref_id: entry for entry in entries}
    for to, _, ref_id in given:
        entry = by_ref_id[ref_id]
        assert entry.destination == to and (entry.result is None) != (entry.error is None)
        assert to not in repr(entry)
    errors = {ref_id: by_ref_id[ref_id].error for ref_id in ("bad number", "bad text", "rejected", "unknown")}
    assert [error and error.code for error in errors.values()] == [
        *("invalid_request", "invalid_request", "rejected", "outcome_unknown")
    ]
    invalid = outbox.status("bad number")
    assert invalid is not None and invalid.state == "invalid" and invalid.error is not None
    assert [finding.path for finding in invalid.error.findings] == ["destinations[0]"]
    received = len(sandbox.requests())
    assert received == 22
    given[20] = (TO, HELLO, "bad number")
    _, progress = runs.send_many(sandbox.base_url, iter(given))
    assert progress == Progress(sent=1, repeated=20, failed=2, in_doubt=1)
    assert len(sandbox.requests()) == received + 1


def test_a_run_keeps_its_rate_to_its_end(runs: Runs, outbox: Outbox, sandbox: Sandbox) -> None:
    begun = time.monotonic()
    _, progress = runs.send_many(sandbox.base_url, items(6), rate=20.0, priority="HIGH")
    assert progress.sent == 6
    assert time.monotonic() - begun >= 5 / 20
    assert {body["priority"] for body in bodies(sandbox)} == {"HIGH"}
    for wrong in (0, -1.0, float("nan"), float("inf")):
        with pytest.raises(linkwa.InvalidConfig):
            outbox.send_many([], rate=wrong)
        with pytest.raises(linkwa.InvalidConfig):
            outbox.run(rate=wrong)
    with pytest.raises(linkwa.InvalidConfig):
        outbox.send_many([], concurrency=0)
    for wrong in (0, -1, float("nan"), float("inf")):
        with pytest.raises(linkwa.InvalidConfig):
            outbox.run(poll=wrong)
    with pytest.raises(TypeError):
        outbox.run(poll="1")  # type: ignore[arg-type]


def test_a_run_reads_few_items_ahead(runs: Runs, sandbox: Sandbox) -> None:
    read = 0

    def endless() -> Iterator[tuple[str, Any, str]]:
        nonlocal read
        while True:
            read += 1
            yield TO, HELLO, f"r{read}"

    if runs.way == "blocking":
        with client_of(sandbox.base_url) as client:
            with Outbox(client, runs.store).send_many(endless(), concurrency=3) as many:
                for count, _ in enumerate(many):
                    assert read <= count + 3
                    if count == 10:
                        many.stop()
            assert many.progress.sent >= 11
    else:

        async def main() -> None:
            async with async_client_of(sandbox.base_url) as client, runs.store:
                async with AsyncOutbox(client, runs.store).send_many(endless(), concurrency=3) as many:
                    count = 0
                    async for _ in many:
                        count += 1
                        assert read <= count + 3
                        if count == 10:
                            many.stop()
                assert many.progress.sent == count >= 10

        asyncio.run(main())
    assert len(bodies(sandbox)) <= 15


def test_an_error_of_the_items_comes_after_the_entries(runs: Runs, outbox: Outbox, sandbox: Sandbox) -> None:
    def failing() -> Iterator[tuple[str, Any, str]]:
        yield from items(3)
        time.sleep(0.3)  # until these have begun
        raise KeyError("mine")

    with pytest.raises(KeyError):
        runs.send_many(sandbox.base_url, failing())
    assert len(bodies(sandbox)) == 3 and outbox.in_doubt(0) == []
    for wrong in [(TO, 5, "wrong"), (None, HELLO, "wrong"), (TO, HELLO, 5)]:
        with pytest.raises(TypeError, match="item 1 of argument 'items'"):
            runs.send_many(sandbox.base_url, [*items(1), wrong])


def test_a_run_ends_when_the_account_is_refused(runs: Runs, sandbox: Sandbox) -> None:
    entries, progress = runs.send_many(sandbox.base_url, items(1000), concurrency=2, client={"username": "stranger"})
    assert {entry.error.http_status for entry in entries if entry.error} == {401}
    assert 1 <= progress.failed == len(entries) <= 4


def test_a_run_without_a_configuration_ends_and_its_error_is_not_raised(tmp_path: Path) -> None:
    script = """
import os
for name in [name for name in os.environ if name.startswith("LINKWA_")]: del os.environ[name]
from linkwa.outbox import Outbox, SqliteStore
outbox = Outbox(None, SqliteStore(sys.argv[2]))
outbox.create_schema()
many = outbox.send_many([("+46000000001", linkwa.Text("x"), f"r{number}") for number in range(1000)], concurrency=1)
entries = list(many)
print([entry.error.code for entry in entries], many.ended_by.code, many.progress.failed, outbox.status("r0"))
"""
    status, out, err = run_script(script, "", str(tmp_path / "outbox.db"))
    assert (status, out, err) == (0, "['invalid_config'] invalid_config 1 None\n", "")


@pytest.mark.parametrize("wrong", ["abc", (TO, HELLO), (TO, HELLO, "r", "x"), None, 5])
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_an_item_that_is_no_tuple_of_three_is_named_by_its_index(
    runs: Runs, database: Any, sandbox: Sandbox, wrong: Any
) -> None:
    with pytest.raises(TypeError, match="item 2 of argument 'items' "):
        runs.send_many(sandbox.base_url, [*items(2), wrong, *items(5)[3:]], concurrency=1)
    assert sorted(body["refId"] for body in bodies(sandbox)) == ["r0", "r1"]


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_threads_share_the_entries_of_a_run(outbox: Outbox, sandbox: Sandbox) -> None:
    entries: list[list[str]] = [[] for _ in range(4)]
    with outbox.send_many(items(60), concurrency=3) as many:

        def read(own: list[str]) -> None:
            own.extend(entry.ref_id for entry in many)

        threads = [threading.Thread(target=read, args=(own,), daemon=True) for own in entries]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert not any(thread.is_alive() for thread in threads)
    assert sorted(ref_id for own in entries for ref_id in own) == sorted(ref_id for _, _, ref_id in items(60))
    assert many.progress.sent == len(bodies(sandbox)) == 60


def test_what_ended_a_run_is_its_error_and_is_not_raised(runs: Runs, outbox: Outbox, sandbox: Sandbox) -> None:
    async def refused() -> linkwa.LinkwaError | None:
        async with async_client_of(sandbox.base_url, username="stranger") as client, runs.store:
            async with AsyncOutbox(client, runs.store).send_many(items(100), concurrency=1) as many:
                assert len([entry async for entry in many]) == 1
            return many.ended_by

    if runs.way == "async":
        ended_by = asyncio.run(refused())
    else:
        with client_of(sandbox.base_url, username="stranger") as client:
            with Outbox(client, runs.store).send_many(items(100), concurrency=1) as many:
                assert len(list(many)) == 1
            ended_by = many.ended_by
    assert isinstance(ended_by, linkwa.Rejected) and ended_by.http_status == 401
    assert len(sandbox.requests()) == 1
    with client_of(sandbox.base_url) as client, Outbox(client, runs.store).send_many(items(0)) as many:
        assert list(many) == [] and many.ended_by is None


def assert_has_no_tables(error: linkwa.NotSent) -> None:
    assert (error.reason, error.ref_id) == ("store", None) and "schema" in str(error)
    assert error.__cause__ is not None and not isinstance(error.__cause__, linkwa.LinkwaError)


def test_no_item_is_read_without_tables(runs: Runs, database: Database, sandbox: Sandbox) -> None:
    read = iter(items(2))
    with Database(database.kind, database.where, database.prefix + "none_").store() as store:
        runs.store = store
        with pytest.raises(linkwa.NotSent) as caught:
            runs.send_many(sandbox.base_url, read)
    assert_has_no_tables(caught.value)
    assert len(list(read)) == 2 and sandbox.requests() == []


def test_a_busy_gateway_is_asked_again(runs: Runs, fault: Any, outbox: Outbox) -> None:
    answers = iter([BUSY, BUSY])
    server: FaultServer = fault(lambda body: next(answers, http(200, b'{"resultCode":112001,"messageIds":["m"]}')))
    begun = time.monotonic()
    _, progress = runs.send_many(server.url, items(1))
    assert progress.sent == 1 and len(server.bodies) == 3
    assert time.monotonic() - begun >= 2
    status = outbox.status("r0")
    assert status is not None and (status.state, status.attempts) == ("accepted", 3)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_pause_holds_for_sends_that_wait_for_their_rate(runs: Runs, database: Any, fault: Any) -> None:
    times: list[float] = []

    def answer(_: bytes) -> bytes:
        times.append(time.monotonic())
        busy = http(429, b"{}", "retry-after: 4\r\n")
        return busy if len(times) == 1 else GOOD

    _, progress = runs.send_many(fault(answer).url, items(2), rate=0.5)
    assert (progress.sent, len(times)) == (2, 3)
    # The second had its slot after two seconds.
    assert times[1] - times[0] >= 3.5


def test_async_items_are_read(outbox: Outbox, store: Any, sandbox: Sandbox) -> None:
    closed: list[bool] = []

    async def given() -> AsyncIterator[tuple[str, Any, str]]:
        try:
            for item in items(100):
                await asyncio.sleep(0)
                yield item
        finally:
            closed.append(True)

    async def main() -> None:
        async with async_client_of(sandbox.base_url) as client, store:
            many = AsyncOutbox(client, store).send_many(given(), concurrency=4)
            async with many:
                async for _ in many:
                    if many.progress.sent == 10:
                        break
            assert closed == [True]
            with pytest.raises(StopAsyncIteration):
                while True:
                    await many.__anext__()
            # What had begun was recorded.
            assert await AsyncOutbox(client, store).in_doubt(0) == []

    asyncio.run(main())


# run


def enqueue(outbox: Outbox, count: int, to: str = TO) -> None:
    with outbox.transaction() as transaction:
        for index in range(count):
            outbox.enqueue(transaction, to, HELLO, ref_id=f"r{index}")


def test_what_is_enqueued_is_sent_until_the_run_is_stopped(
    runs: Runs, outbox: Outbox, database: Database, sandbox: Sandbox
) -> None:
    enqueue(outbox, 30)
    enqueued: list[bool] = []

    def until() -> bool:
        with database.store() as store, client_of(sandbox.base_url) as client:
            other = Outbox(client, store)
            if other.pending():
                return False
            if not enqueued:
                enqueued.append(True)
                with other.transaction() as transaction:
                    other.enqueue(transaction, "+46000001400", HELLO, ref_id="refused")
                    other.enqueue(transaction, TO, HELLO, ref_id="late")
            return all(status is not None and status.result for status in [other.status("late")])

    runs.run(sandbox.base_url, until, concurrency=4)
    received = [body["refId"] for body in bodies(sandbox)]
    assert sorted(received) == sorted([*(f"r{index}" for index in range(30)), "late", "refused"])
    refused = outbox.status("refused")
    assert refused is not None and refused.state == "rejected"


def test_a_run_that_is_ended_records_the_sends_that_have_begun(runs: Runs, outbox: Outbox, sandbox: Sandbox) -> None:
    enqueue(outbox, 3)
    sandbox.scenario(to=TO, latency_ms=(1_000, 1_000), count=3)

    def states() -> list[str]:
        return [status.state for status in map(outbox.status, ["r0", "r1", "r2"]) if status]

    runs.run(sandbox.base_url, lambda: outbox.pending() == [])
    assert states() == ["accepted"] * 3


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_the_end_of_a_run_waits_for_no_send_of_another_task(outbox: Outbox, store: Any, fault: Any) -> None:
    enqueue(outbox, 20)
    good = http(200, b'{"resultCode":112001,"messageIds":["m"]}')
    server: FaultServer = fault(lambda body: None if b"another" in body else good)

    async def main() -> None:
        async with store:
            other = AsyncOutbox(async_client_of(server.url), store)
            sending = asyncio.ensure_future(other.send(TO, HELLO, ref_id="another"))
            # All but the first wait for their slots.
            run = asyncio.ensure_future(other.run(rate=0.01))
            while len(server.bodies) < 2:
                await asyncio.sleep(0.005)
            run.cancel()
            done, _ = await asyncio.wait([run], timeout=10)
            assert done == {run} and run.cancelled() and not sending.done()
            sending.cancel()
            await asyncio.wait([sending])

    asyncio.run(main())
    first = outbox.status("r0")
    assert first is not None and first.state == "accepted" and len(outbox.pending()) == 19


@pytest.mark.parametrize("stop", [True, 5, "now"])
def test_only_an_event_stops_a_run(outbox: Outbox, stop: Any) -> None:
    with pytest.raises(TypeError, match="'stop'"):
        outbox.run(stop=stop)


def test_an_outbox_takes_its_own_kind_of_client_and_a_store(sandbox: Sandbox, store: Any) -> None:
    blocking: Any = client_of(sandbox.base_url)
    other: Any = async_client_of(sandbox.base_url)
    nothing: Any = None
    for make in (
        lambda: AsyncOutbox(blocking, store),
        lambda: AsyncOutbox(nothing, store),
        lambda: Outbox(other, store),
        lambda: Outbox(blocking, nothing),
        lambda: AsyncOutbox(other, nothing),
    ):
        with pytest.raises(TypeError, match=r"'client'|'store'"):
            make()


def test_a_run_waits_for_a_gateway_that_does_not_answer(
    runs: Runs, outbox: Outbox, sandbox: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL)
    enqueue(outbox, 3)
    begun = time.monotonic()

    def attempts() -> list[int]:
        return [status.attempts for status in map(outbox.status, ["r0", "r1", "r2"]) if status]

    runs.run("http://127.0.0.1:1", lambda: max(attempts()) >= 5, client={"max_attempts": 1})
    # The third failure in a row begins a pause of half a second at least, the next one after it twice that.
    assert time.monotonic() - begun >= 1.4 and min(attempts()) >= 2
    assert sorted(outbox.pending()) == ["r0", "r1", "r2"]
    runs.run(sandbox.base_url, lambda: outbox.pending() == [])
    assert len(bodies(sandbox)) == 3


def test_a_slow_send_holds_up_no_other(runs: Runs, fault: Any, outbox: Outbox) -> None:
    enqueue(outbox, 20)
    first = iter([None])
    server: FaultServer = fault(lambda body: next(first, http(200, b'{"resultCode":112001,"messageIds":["m"]}')))
    seen: list[str] = []

    def until() -> bool:
        seen[:] = [status.state for status in map(outbox.status, [f"r{index}" for index in range(20)]) if status]
        return "queued" not in seen and seen.count("sending") <= 1

    # The first request gets no answer.
    runs.run(server.url, until, concurrency=2, client={"timeout": 10.0})
    assert (seen.count("accepted"), seen.count("sending"), len(server.bodies)) == (19, 1, 20)


def test_a_run_ends_with_what_a_retry_cannot_help(runs: Runs, outbox: Outbox, sandbox: Sandbox) -> None:
    enqueue(outbox, 50)
    with pytest.raises(linkwa.Rejected) as caught:
        runs.run(sandbox.base_url, lambda: False, concurrency=2, rate=5.0, client={"username": "stranger"})
    assert caught.value.http_status == 401
    assert len(outbox.pending()) == 50 and len(sandbox.requests()) == 1


def test_a_run_without_tables_ends(runs: Runs, database: Database, sandbox: Sandbox) -> None:
    with Database(database.kind, database.where, database.prefix + "none_").store() as store:
        runs.store = store
        with pytest.raises(linkwa.NotSent) as caught:
            runs.run(sandbox.base_url, lambda: False)
    assert_has_no_tables(caught.value)


# The asynchronous outbox


def test_the_async_outbox_does_what_the_blocking_one_does(outbox: Outbox, store: Any, sandbox: Sandbox) -> None:
    async def main() -> None:
        async with async_client_of(sandbox.base_url) as client, store:
            other = AsyncOutbox(client, store)
            await other.create_schema()
            sends = [other.send(TO, HELLO, ref_id=f"r{index % 10}") for index in range(20)]
            ends = await asyncio.gather(*sends, return_exceptions=True)
            assert sum(isinstance(end, linkwa.SendResult) and not end.repeat for end in ends) == 10
            rest = [end for end in ends if not isinstance(end, linkwa.SendResult)]
            assert {end.reason for end in rest if isinstance(end, linkwa.OutcomeUnknown)} <= {"in_doubt"}
            with pytest.raises(linkwa.OutcomeUnknown):
                await other.send("+46000001500", HELLO, ref_id="unknown")
            assert [status.ref_id for status in await other.in_doubt(0)] == ["unknown"]
            report = linkwa.EventReport(ref_id="unknown", message_id="m", result_code=112003)
            assert await other.claim(report) == "new" and await other.claim(report) == "busy"
            await other.release(report)
            assert await other.apply(report) and not await other.apply(report)
            status = await other.status("unknown")
            assert status is not None and status.state == "accepted" and await other.status("nothing") is None
            with pytest.raises(linkwa.Rejected):
                await other.send("+46000001400", HELLO, ref_id="refused")
            await other.settle("refused", "not_sent")
            assert await other.window(TO) is None
            with pytest.raises(KeyError):
                async with other.transaction() as transaction:
                    assert await other.enqueue(transaction, TO, HELLO, ref_id="queued")
                    raise KeyError
            async with other.transaction() as transaction:
                assert await other.enqueue(transaction, TO, HELLO, ref_id="queued")
                assert not await other.enqueue(transaction, TO, HELLO, ref_id="queued")
                assert not await other.apply(report, transaction)
            assert await other.pending() == ["queued"]
            assert not (await other.send_pending("queued")).repeat
            assert (await other.send_pending("queued")).repeat
            with pytest.raises(linkwa.InvalidRequest):
                await other.send_pending("nothing")
            await asyncio.sleep(0.005)
            assert await other.prune(0) == 12

    asyncio.run(main())
    received = [body["refId"] for body in bodies(sandbox)]
    assert len(received) == len(set(received)) == 13


def test_a_send_that_has_begun_ends_although_its_task_is_cancelled(store: Any, outbox: Outbox, fault: Any) -> None:
    server: FaultServer = fault(http(200, b'{"resultCode":112001,"messageIds":["m"]}'), delay=0.5)

    async def main() -> None:
        async with async_client_of(server.url) as client, store:
            other = AsyncOutbox(client, store)
            task = asyncio.ensure_future(other.send(TO, HELLO, ref_id="r"))
            while not server.bodies:
                await asyncio.sleep(0.005)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            for _ in range(1000):
                if (await other.in_doubt(0)) == []:
                    break
                await asyncio.sleep(0.005)
            assert (await other.send(TO, HELLO, ref_id="r")).repeat

    asyncio.run(main())
    assert len(server.bodies) == 1


def test_the_end_of_the_loop_records_what_is_known(store: Any, outbox: Outbox, fault: Any) -> None:
    server: FaultServer = fault(None)

    async def main() -> None:
        other = AsyncOutbox(async_client_of(server.url), store)
        task = asyncio.ensure_future(other.send(TO, HELLO, ref_id="r"))
        while not server.bodies:
            await asyncio.sleep(0.005)
        task.cancel()

    asyncio.run(main())
    status = outbox.status("r")
    assert status is not None and status.state == "unknown" and status.error is not None
    assert status.error.reason == "cancelled"


def test_a_receiver_uses_an_async_outbox(outbox: Outbox, store: Any, sandbox: Sandbox) -> None:
    from linkwa.receiver import CallbackReceiver

    seen: list[Any] = []
    body = b'{"messageId": "m", "refId": "r", "resultCode": 112003}'

    async def main() -> None:
        async with async_client_of(sandbox.base_url) as client, store:
            other = AsyncOutbox(client, store)
            with pytest.raises(linkwa.OutcomeUnknown):
                await other.send("+46000001500", HELLO, ref_id="r")
            receiver = CallbackReceiver(seen.append, guard=None, outbox=other)
            answers = [await receiver.handle_async("127.0.0.1", {}, body) for _ in range(2)]
            assert [answer[0] for answer in answers] == [200, 200]

    asyncio.run(main())
    status = outbox.status("r")
    assert status is not None and status.state == "accepted" and len(seen) == 1


def test_without_a_database_nothing_is_sent(database: Database, sandbox: Sandbox) -> None:
    async def main() -> None:
        async with async_client_of(sandbox.base_url) as client, database.store() as store:
            with pytest.raises(linkwa.NotSent) as caught:
                await AsyncOutbox(client, store).send(TO, HELLO, ref_id="r")
            assert caught.value.reason == "store" and caught.value.__cause__ is not None

    asyncio.run(main())
    assert sandbox.requests() == []
