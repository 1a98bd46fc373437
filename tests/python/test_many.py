"""Bulk runs, blocking and on asyncio."""

from __future__ import annotations

import asyncio
import gc
import itertools
import json
import threading
import time
import weakref

import pytest
from conftest import GOOD, async_client_of, bodies, client_of, http, is_of_an_end, wait_for

import linkwa


def numbers(count):
    return (f"+4670{index:07}" for index in range(count))


def ended(caplog):
    """Returns the log lines about runs that were ended, without those of failed attempts."""
    return [record for record in caplog.records if is_of_an_end(record)]


def test_each_destination_is_in_one_request(client, sandbox):
    many = client.send_many(numbers(25), linkwa.Text("x"), destinations_per_request=10, ref_id="run")
    assert many.ref_id == "run" and many.progress.sent == 0
    chunks = sorted(many, key=lambda chunk: chunk.index)
    assert [(chunk.index, chunk.ref_id, len(chunk.destinations)) for chunk in chunks] == [
        (0, "run-0", 10),
        (1, "run-1", 10),
        (2, "run-2", 5),
    ]
    assert all(chunk.error is None and chunk.result.ref_id == chunk.ref_id for chunk in chunks)
    assert "+46" not in repr(chunks) and eval("lambda Chunk, SendResult: " + repr(chunks[0]))
    progress = many.progress
    assert (progress.sent, progress.failed, progress.unknown, progress.under_way) == (25, 0, 0, 0)
    assert progress.per_second > 0 and isinstance(progress, linkwa.Progress)
    assert sorted(itertools.chain(*(body["destinations"] for body in bodies(sandbox)))) == list(numbers(25))
    assert list(many) == []


def test_a_failed_request_does_not_end_the_run(client):
    chunks = client.send_many(
        ["+46000000001", "+46000001400", "+46000001500"], linkwa.Text("x"), destinations_per_request=1
    )
    errors = {chunk.index: chunk.error and chunk.error.outcome for chunk in chunks}
    assert errors == {0: None, 1: "rejected", 2: "unknown"}


def test_a_function_makes_each_message(client, sandbox):
    many = client.send_many(numbers(5), lambda number: {"type": "text", "text": {"body": number}})
    assert len(list(many)) == 5
    assert all(body["messages"][0]["text"]["body"] == body["destinations"][0] for body in bodies(sandbox))


def test_a_run_resumes_another_one(client, sandbox):
    many = client.send_many(numbers(50), linkwa.Text("x"), destinations_per_request=10, rate=1000)
    next(many)
    many.stop()
    list(many)
    done = many.progress.sent
    assert done >= 10
    checkpoint = many.checkpoint()
    again = client.send_many(numbers(50), linkwa.Text("x"), resume=checkpoint)
    assert again.ref_id == many.ref_id
    list(again)
    assert again.progress.skipped == done and again.progress.sent == 50 - done
    assert len(sandbox.requests()) == 5
    with pytest.raises(linkwa.InvalidConfig):
        client.send_many(numbers(1), linkwa.Text("x"), resume="{}")


class Trouble(Exception):
    pass


@pytest.mark.parametrize("kind", [Trouble, KeyboardInterrupt])
def test_an_exception_of_the_destinations_is_raised_and_no_smaller_request_is_sent(client, sandbox, kind):
    def broken():
        yield from numbers(15)
        raise kind("broken")

    many = client.send_many(broken(), linkwa.Text("x"), destinations_per_request=10)
    seen = []
    with pytest.raises(kind, match="broken"):
        for chunk in many:
            seen.append(chunk.index)
    assert seen == ([0] if kind is Trouble else [])
    assert all(len(body["destinations"]) == 10 for body in bodies(sandbox))
    rest = list(many)
    assert len(rest) + len(seen) == 1


def test_what_the_message_function_raises_is_the_error_of_its_destination(client, sandbox):
    def raises(number):
        raise Trouble(number)

    def broken_text(number):
        return linkwa.Text("\ud800")

    wrongs = [
        (raises, Trouble),
        (lambda number: None, TypeError),
        (lambda number: 7, TypeError),
        (broken_text, ValueError),
        (lambda number: {"type": "\ud800"}, linkwa.InvalidRequest),
    ]
    for wrong, kind in wrongs:
        before = len(sandbox.requests())

        def message(number, wrong=wrong):
            return wrong(number) if number.endswith("3") else linkwa.Text("x")

        many = client.send_many(numbers(10), message, ref_id="run")
        chunks = sorted(many, key=lambda chunk: chunk.index)
        (failed,) = [chunk for chunk in chunks if chunk.error is not None]
        assert (failed.index, failed.ref_id, len(failed.destinations)) == (3, "run-3", 1)
        assert isinstance(failed.error, linkwa.InvalidRequest) and failed.error.outcome == "not_sent"
        assert [(finding.path, finding.code) for finding in failed.error.findings] == [("messages", "required")]
        assert failed.error.ref_id == "run-3" and isinstance(failed.error.__cause__, kind)
        assert (many.progress.sent, many.progress.failed, len(sandbox.requests()) - before) == (9, 1, 9)


class Odd:
    def __repr__(self):
        return "canary"

    __str__ = __repr__


@pytest.mark.parametrize("wrong", [None, 7, b"+46700000001", ["+46700000001"], Odd()])
def test_an_item_that_is_not_a_string_gets_its_own_result(client, sandbox, wrong):
    asked = []

    def message(number):
        asked.append(number)
        return linkwa.Text("x")

    for given, requests in ((linkwa.Text("x"), 1), (message, 5)):
        sandbox.reset()
        to = [*numbers(5)]
        to.insert(3, wrong)
        many = client.send_many(to, given, ref_id="run")
        chunks = sorted(many, key=lambda chunk: chunk.index)
        (alone,) = [chunk for chunk in chunks if chunk.error is not None]
        assert isinstance(alone.error, linkwa.InvalidRequest)
        assert (alone.destinations, alone.error.outcome, alone.error.ref_id) == (("",), "not_sent", alone.ref_id)
        (finding,) = alone.error.findings
        assert (finding.path, finding.code) == ("destinations[0]", "wrong_type")
        assert type(wrong).__name__ in finding.message and "item 3 " in finding.message
        assert "canary" not in str(alone.error) and "4670" not in str(alone.error)
        assert (many.progress.sent, many.progress.failed, len(sandbox.requests())) == (5, 1, requests)
    assert asked == [*numbers(5)]


def test_an_invalid_destination_gets_its_own_result(client, sandbox):
    to = [*numbers(20)]
    to[3:3] = ["no number"]
    to[15:15] = ["+46\ud800"]
    chunks = sorted(
        client.send_many(to, linkwa.Text("x"), destinations_per_request=10, ref_id="run"),
        key=lambda chunk: chunk.index,
    )
    alone = [("destinations[0]", "invalid_msisdn")]
    assert [
        (
            chunk.ref_id,
            len(chunk.destinations),
            chunk.error and [(finding.path, finding.code) for finding in chunk.error.findings],
        )
        for chunk in chunks
    ] == [("run-0", 1, alone), ("run-1", 10, None), ("run-2", 1, alone), ("run-3", 10, None)]
    sent = itertools.chain(*(body["destinations"] for body in bodies(sandbox)))
    assert sorted(sent) == list(numbers(20))


def test_a_run_waits_for_a_gateway_that_is_busy(fault):
    server = fault(http(429, b"{}", headers="retry-after: 1\r\n"))
    with client_of(server.url, max_connections=1) as client:
        many = client.send_many(numbers(50), linkwa.Text("x"), destinations_per_request=10)
        chunks = []
        reader = threading.Thread(target=lambda: chunks.extend(many))
        reader.start()
        wait_for(lambda: many.progress.waiting)
        assert many.progress.under_way > 0 and not chunks
        server.answer = GOOD
        reader.join(30)
        assert len(chunks) == 5 and all(chunk.error is None for chunk in chunks)
        assert (many.progress.sent, many.progress.failed, many.progress.waiting) == (50, 0, False)


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_account_ends_the_run(fault, status):
    server = fault(http(status, b"{}"))
    with client_of(server.url, max_connections=2) as client:
        chunks = list(client.send_many(numbers(1000), linkwa.Text("x"), destinations_per_request=1))
        assert 1 <= len(chunks) <= 3 and {chunk.error.http_status for chunk in chunks} == {status}
        assert len(server.bodies) == len(chunks)


def test_a_rate_counts_destinations(client):
    began = time.monotonic()
    assert len(list(client.send_many(numbers(50), linkwa.Text("x"), destinations_per_request=10, rate=100))) == 5
    assert time.monotonic() - began >= 0.3


OUT_OF_BOUNDS = [0, -1, float("nan"), float("inf"), float("-inf"), 1e300]


@pytest.mark.parametrize(
    "options",
    [{name: number} for name in ("rate", "timeout") for number in OUT_OF_BOUNDS]
    + [{"destinations_per_request": number} for number in (0, -1, 10**300)],
)
def test_an_option_out_of_bounds_is_refused(client, sandbox, options):
    with pytest.raises(linkwa.InvalidConfig):
        client.send_many(numbers(1), linkwa.Text("x"), **options)
    assert not sandbox.requests()


@pytest.mark.parametrize("number", [1.5, float("nan"), "1", True])
def test_a_number_that_is_not_whole_is_a_type_error(client, number):
    with pytest.raises(TypeError, match="'destinations_per_request'"):
        client.send_many(numbers(1), linkwa.Text("x"), destinations_per_request=number)


def test_a_checkpoint_of_another_run_is_refused(client, sandbox):
    many = client.send_many(numbers(20), linkwa.Text("x"), destinations_per_request=1, ref_id="run")
    next(many)
    many.stop()
    list(many)
    checkpoint = many.checkpoint()
    sent = len(sandbox.requests())
    for options in ({"ref_id": "other"}, {"destinations_per_request": 2}):
        with pytest.raises(linkwa.InvalidConfig):
            client.send_many(numbers(20), linkwa.Text("x"), resume=checkpoint, **options)
    for other in ([*numbers(21)][1:], [], [*numbers(20)][::-1]):
        with pytest.raises(linkwa.InvalidConfig):
            list(client.send_many(other, linkwa.Text("x"), resume=checkpoint))
    for damaged, place in ((checkpoint[:-9], "line 1, column"), (checkpoint.replace('n":2', 'n":1'), "version")):
        with pytest.raises(linkwa.InvalidConfig, match=place):
            client.send_many(numbers(20), linkwa.Text("x"), resume=damaged)
    assert len(sandbox.requests()) == sent
    again = client.send_many(numbers(20), linkwa.Text("x"), resume=checkpoint, ref_id="run")
    list(again)
    assert again.progress.sent + again.progress.skipped == 20


def test_the_warning_that_ends_an_unread_run_is_short(fault, caplog):
    # Every other request is unknown, so each is a range by itself.
    def answer(body):
        return GOOD if int(json.loads(body)["refId"].removeprefix("run-")) % 2 else http(500, b"{}")

    server = fault(answer)
    with client_of(server.url, max_connections=1) as client:
        many = client.send_many(numbers(1000), linkwa.Text("x"), destinations_per_request=1, ref_id="run")
        for _ in range(900):
            next(many)
        server.answer = None
        thread = threading.Thread(target=lambda run: run.try_next(), args=(many._run,))
        thread.start()
        thread.join()
        wait_for(lambda: many.progress.under_way > 0)
        many.close()
    (record,) = ended(caplog)
    assert "more ranges" in record.message and len(record.message) < 500


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"destinations": "+46000000001"}, "'destinations'"),
        ({"destinations": 7}, "'destinations'"),
        ({"message": 7}, "'message'"),
        ({"destinations_per_request": "7"}, "'destinations_per_request'"),
        ({"rate": "7"}, "'rate'"),
        ({"resume": b"x"}, "'resume'"),
        ({"resend_unknown": 1}, "'resend_unknown'"),
        ({"priority": 1}, "'priority'"),
    ],
)
def test_an_argument_of_a_wrong_type_is_named(client, change, word):
    with pytest.raises(TypeError, match=word):
        list(client.send_many(**{"destinations": numbers(1), "message": linkwa.Text("x"), **change}))


def test_endless_destinations_are_taken_only_as_requests_begin(client):
    taken = itertools.count()
    many = client.send_many(
        (f"+46{next(taken):08}" for _ in itertools.count()), linkwa.Text("x"), destinations_per_request=1
    )
    for _ in range(200):
        next(many)
    many.close()
    assert next(taken) < 1000


def test_progress_can_be_read_while_destinations_are_taken(fault):
    server = fault(GOOD, delay=60)
    with client_of(server.url) as client:
        seen = []

        def destinations():
            for number in numbers(2):
                seen.append(many.progress.sent)
                with pytest.raises(RuntimeError):
                    many.checkpoint()
                with pytest.raises(RuntimeError):
                    next(many)
                yield number

        many = client.send_many(destinations(), linkwa.Text("x"), destinations_per_request=1)
        reader = threading.Thread(target=lambda: seen.append(len(list(many))))
        reader.start()
        wait_for(lambda: many.progress.under_way == 2)
        assert '"unknown":[[0,1]]' in many.checkpoint()
        server.released.set()
        reader.join(30)
        assert seen == [0, 0, 2]


def test_closing_a_run_cancels_what_is_under_way_and_says_so(fault, caplog):
    server = fault(None)
    with client_of(server.url, max_connections=2) as client:
        with client.send_many(numbers(30), linkwa.Text("x"), destinations_per_request=10, ref_id="run") as many:
            reader = threading.Thread(target=lambda: next(many))  # noqa: F821
            reader.start()
            wait_for(lambda: len(server.bodies) == 2)
        reader.join(30)
        assert (many.progress.unknown, many.progress.failed) == (20, 10)
        (record,) = ended(caplog)
        assert (record.levelname, record.ref_id, record.outcome) == ("WARNING", "run", "unknown")
        assert "refId run" in record.message and "+46" not in record.message
        many.close()
        del many
        assert len(ended(caplog)) == 1


def test_an_unreferenced_run_is_cancelled(fault, caplog):
    server = fault(None)
    with client_of(server.url) as client:
        many = client.send_many(numbers(1), linkwa.Text("x"), ref_id="run", timeout=30)
        thread = threading.Thread(target=lambda run: run.try_next(), args=(many._run,))
        thread.start()
        thread.join()
        wait_for(lambda: server.bodies)
        began = time.monotonic()
        del many, thread
        assert [record.ref_id for record in ended(caplog)] == ["run"]
        client.close()
        assert time.monotonic() - began < 20


@pytest.mark.parametrize("where", ["destinations", "message"])
def test_a_run_whose_own_destinations_or_messages_refer_to_it_is_collected(fault, where):
    def begin(client):
        def taken():
            for number in numbers(10):
                assert where == "message" or many.ref_id == "run"
                yield number

        def message(number):
            assert many.ref_id == "run"
            return linkwa.Text("x")

        what = linkwa.Text("x") if where == "destinations" else message
        many = client.send_many(taken(), what, ref_id="run", destinations_per_request=1)
        assert next(many).result is not None
        return weakref.ref(many)

    with client_of(fault(GOOD).url) as client:
        run = begin(client)
        gc.collect()
        assert run() is None


def test_a_message_function_that_runs_out_is_the_error_of_each_further_destination(client, sandbox):
    texts = iter(["a", "b"])
    many = client.send_many(numbers(5), lambda _: linkwa.Text(next(texts)))
    causes = [type(chunk.error.__cause__) for chunk in many if chunk.error is not None]
    assert causes == [StopIteration] * 3
    assert (many.progress.sent, len(sandbox.requests())) == (2, 2)

    async def text(_):
        raise Trouble

    async def main():
        async with async_client_of(sandbox.base_url) as other:
            return [type(chunk.error.__cause__) async for chunk in other.send_many(numbers(5), text)]

    assert asyncio.run(main()) == [Trouble] * 5


def test_the_error_of_a_chunk_that_is_raised_is_collected(fault):
    class Witness:
        pass

    def read(client):
        witness = Witness()
        for chunk in client.send_many(numbers(1), linkwa.Text("x")):
            try:
                raise chunk.error
            except linkwa.Rejected:
                return weakref.ref(witness)

    with client_of(fault(http(400, b"{}")).url) as client:
        witness = read(client)
        gc.collect()
        assert witness() is None


def test_a_run_on_asyncio(sandbox):
    async def main():
        async with async_client_of(sandbox.base_url) as client:
            async with client.send_many(numbers(95), linkwa.Text("x"), destinations_per_request=10, rate=200) as many:
                chunks = [chunk async for chunk in many]
            assert sorted(chunk.index for chunk in chunks) == list(range(10))
            assert many.progress.sent == 95
            assert [chunk async for chunk in many] == []

            def broken():
                yield from numbers(15)
                raise Trouble

            seen = 0
            with pytest.raises(Trouble):
                async for _ in client.send_many(broken(), linkwa.Text("x"), destinations_per_request=10):
                    seen += 1
            return seen

    assert asyncio.run(main()) == 1


def test_two_runs_and_other_tasks_share_a_loop(fault):
    server = fault(GOOD, delay=0.01)

    async def read(client):
        return [
            chunk.index async for chunk in client.send_many(numbers(100), linkwa.Text("x"), destinations_per_request=1)
        ]

    async def main():
        ticks = 0
        async with async_client_of(server.url, max_connections=4) as client:
            reads = asyncio.gather(read(client), read(client), client.send_text("+46000000001", "x"))
            while not reads.done():
                ticks += 1
                await asyncio.sleep(0.005)
            first, second, _ = reads.result()
        assert sorted(first) == sorted(second) == list(range(100))
        return ticks

    assert asyncio.run(main()) > 10


def test_cancelling_the_reading_task_ends_the_run(fault, caplog):
    server = fault(None)

    async def main():
        client = async_client_of(server.url)
        many = client.send_many(numbers(20), linkwa.Text("x"), destinations_per_request=10, ref_id="run")

        async def read():
            try:
                await many.__anext__()
            except asyncio.CancelledError as error:
                return error.linkwa_ref_id, error.linkwa_outcome

        task = asyncio.ensure_future(read())
        while len(server.bodies) < 2:
            await asyncio.sleep(0.005)
        task.cancel()
        assert await task == ("run", "unknown")
        assert many.progress.unknown == 20
        assert [chunk.error.outcome async for chunk in many] == ["unknown", "unknown"]
        await client.close()

    asyncio.run(main())
    assert [(record.ref_id, record.outcome) for record in ended(caplog)] == [("run", "unknown")]


@pytest.mark.parametrize("kind", [Trouble, KeyboardInterrupt])
def test_an_exception_thrown_into_a_waiting_run_ends_it(fault, caplog, kind):
    server = fault(None)

    async def main():
        client = async_client_of(server.url)
        many = client.send_many(numbers(20), linkwa.Text("x"), destinations_per_request=10, ref_id="run")
        read = many.__anext__()
        read.send(None)
        while len(server.bodies) < 2:
            await asyncio.sleep(0.005)
        with pytest.raises(kind) as caught:
            read.throw(kind("thrown"))
        assert (many.progress.under_way, many.progress.unknown) == (0, 20)
        await client.close()
        return caught.value

    error = asyncio.run(main())
    (record,) = ended(caplog)
    assert (error.linkwa_ref_id, error.linkwa_outcome) == ("run", "unknown") == (record.ref_id, record.outcome)
    assert getattr(error, "__notes__", [record.getMessage()]) == [record.getMessage()]
    assert kind.__name__ in record.getMessage() and "(requests 0-1)" in record.getMessage()


def test_an_exception_that_leaves_a_with_block_lists_chunks_under_way(fault, caplog):
    def answer(body):
        if b'"run-0"' in body:
            return None
        wait_for(lambda: len(server.bodies) == 2)
        return GOOD

    server = fault(answer)

    def blocking():
        with (
            client_of(server.url) as client,
            client.send_many(numbers(2), linkwa.Text("x"), destinations_per_request=1, ref_id="run") as many,
        ):
            next(many)
            raise Trouble

    async def awaited():
        async with async_client_of(server.url) as client:
            many = client.send_many(numbers(2), linkwa.Text("x"), destinations_per_request=1, ref_id="run")
            async with many:
                await many.__anext__()
                raise Trouble

    for leave in (blocking, lambda: asyncio.run(awaited())):
        server.bodies.clear()
        with pytest.raises(Trouble) as caught:
            leave()
        assert (caught.value.linkwa_ref_id, caught.value.linkwa_outcome) == ("run", "unknown")
    assert [(record.ref_id, record.outcome) for record in ended(caplog)] == [("run", "unknown")] * 2


def test_an_exception_is_not_marked_if_nothing_was_under_way(client):
    with pytest.raises(Trouble) as caught, client.send_many(numbers(2), linkwa.Text("x")) as many:
        list(many)
        raise Trouble
    assert not hasattr(caught.value, "linkwa_ref_id")


@pytest.mark.parametrize("kind", [KeyboardInterrupt, SystemExit])
def test_an_exception_of_the_destinations_lists_chunks_under_way(fault, kind):
    server = fault(None)

    def to():
        yield "+46000000001"
        wait_for(lambda: server.bodies)
        raise kind

    with client_of(server.url) as client:
        with pytest.raises(kind) as caught:
            next(client.send_many(to(), linkwa.Text("x"), destinations_per_request=1, ref_id="run"))
        assert (caught.value.linkwa_ref_id, caught.value.linkwa_outcome) == ("run", "unknown")
