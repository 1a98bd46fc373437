"""Asynchronous sources of destinations and messages: bounded, in order, and closed with the run."""

from __future__ import annotations

import asyncio
import contextvars
import gc
import itertools
import sys
import threading
import weakref

import pytest
from conftest import GOOD, async_client_of, bodies, client_of, is_of_an_end, run_script

import linkwa

TEXT = linkwa.Text("x")


class Trouble(Exception):
    pass


class Numbers:
    """An async generator of destinations, which records how many it yielded and whether it was closed."""

    def __init__(self, count=None, *, pause=None, error=None):
        self.count, self.pause, self.error = count, pause, error
        self.taken = 0
        self.closed = 0
        self.tasks = set()

    async def __aiter__(self):
        try:
            for index in itertools.count() if self.count is None else range(self.count):
                self.tasks.add(asyncio.current_task())
                self.taken += 1
                if self.pause is not None:
                    await asyncio.sleep(self.pause)
                yield f"+4670{index:07}"
            if self.error is not None:
                raise self.error
        finally:
            # An await in its cleanup must work.
            await asyncio.sleep(0)
            self.closed += 1


def run(main):
    """Runs a coroutine in debug mode. No task or async generator of linkwa may be left at its end."""

    async def watched():
        result = await asyncio.wait_for(main, 60)
        assert asyncio.all_tasks() == {asyncio.current_task()}
        return result

    return asyncio.run(watched(), debug=True)


@pytest.mark.parametrize("pause", [None, 0, 0.001])
def test_each_destination_is_in_one_request_in_order(sandbox, pause):
    numbers = Numbers(205, pause=pause)

    async def main():
        async with async_client_of(sandbox.base_url) as client:
            many = client.send_many(numbers, TEXT, destinations_per_request=10, ref_id="run")
            return sorted([(chunk.index, chunk.destinations) async for chunk in many]), many.progress.sent

    chunks, sent = run(main())
    assert [index for index, _ in chunks] == list(range(21)) and sent == 205
    assert list(itertools.chain(*(to for _, to in chunks))) == [f"+4670{index:07}" for index in range(205)]
    assert (numbers.closed, len(numbers.tasks)) == (1, 1)
    assert len(sandbox.requests()) == 21


def test_other_async_iterators_than_generators_work_also_empty_ones(sandbox):
    class Queue:
        closed = False

        def __init__(self, *items):
            self.items = list(items)

        def __aiter__(self):
            return self

        async def __anext__(self):
            if not self.items:
                raise StopAsyncIteration
            return self.items.pop(0)

        async def aclose(self):
            self.closed = True

    async def main():
        async with async_client_of(sandbox.base_url) as client:
            assert [chunk async for chunk in client.send_many(Queue(), TEXT)] == []
            queue = Queue("+46000000001", "+46000000002")
            (chunk,) = [chunk async for chunk in client.send_many(queue, TEXT)]
            # The caller must close it.
            return chunk.destinations, queue.closed

    assert run(main()) == (("+46000000001", "+46000000002"), False)


def test_an_endless_async_source_is_read_as_needed_and_closed_with_the_run(fault):
    server = fault(GOOD)
    numbers = Numbers()

    async def main():
        async with async_client_of(server.url, max_connections=4) as client:
            async with client.send_many(numbers, TEXT, destinations_per_request=10) as many:
                for done in range(1, 31):
                    await many.__anext__()
                    # Destinations that are done, under way, done but not read, or read ahead.
                    assert numbers.taken <= 10 * (done + 2 * 6) + 100
                assert numbers.closed == 0
            assert numbers.closed == 1

    run(main())
    assert numbers.taken >= 300


def test_a_request_waits_for_its_destinations_and_the_loop_goes_on(fault):
    """A slow source delays only its own request, and no other task."""
    server = fault(GOOD)

    async def main():
        gate = asyncio.Event()

        async def slow():
            yield "+46000000001"
            yield "+46000000002"
            await gate.wait()
            yield "+46000000003"

        async with async_client_of(server.url) as client:
            many = client.send_many(slow(), TEXT, destinations_per_request=2)
            assert (await many.__anext__()).index == 0
            waiting = asyncio.ensure_future(many.__anext__())
            assert (await client.send_text("+46000000009", "meanwhile")).result_code == 112001
            assert not waiting.done() and many.progress.under_way == 0
            gate.set()
            assert (await waiting).destinations == ("+46000000003",)

    run(main())


@pytest.mark.parametrize("kind", [Trouble, KeyboardInterrupt, asyncio.CancelledError])
def test_an_exception_of_an_async_source_is_raised_and_no_smaller_request_is_sent(sandbox, kind):
    numbers = Numbers(15, error=kind("broken"))
    seen = []

    async def main():
        async with async_client_of(sandbox.base_url) as client:
            many = client.send_many(numbers, TEXT, destinations_per_request=10)
            with pytest.raises(kind):
                async for chunk in many:
                    seen.append(chunk.index)
            rest = [chunk.index async for chunk in many]
            assert sorted(seen + rest) == [0]

    run(main())
    assert seen == [0] or kind is not Trouble, "what is under way comes first"
    assert numbers.closed == 1
    assert all(len(body["destinations"]) == 10 for body in bodies(sandbox))


def test_an_item_that_is_not_a_string_gets_its_own_result(sandbox):
    async def numbers():
        yield "+46000000001"
        await asyncio.sleep(0)
        yield 7
        yield "+46000000002"

    async def main():
        async with async_client_of(sandbox.base_url) as client:
            return [chunk async for chunk in client.send_many(numbers(), TEXT)]

    alone, sent = sorted(run(main()), key=lambda chunk: chunk.index)
    assert (alone.destinations, [finding.code for finding in alone.error.findings]) == (("",), ["wrong_type"])
    assert sent.destinations == ("+46000000001", "+46000000002") and len(sandbox.requests()) == 1


@pytest.mark.parametrize("pause", [None, 3600])
def test_cancelling_the_reading_task_closes_the_source_first(fault, caplog, pause):
    """Once while the source waits, and once while the gateway does."""
    server = fault(None)
    numbers = Numbers(pause=pause)

    async def main():
        client = async_client_of(server.url, max_connections=1)

        async def read():
            try:
                await client.send_many(numbers, TEXT, destinations_per_request=1, ref_id="run").__anext__()
            except asyncio.CancelledError:
                return numbers.closed
            raise AssertionError

        task = asyncio.ensure_future(read())
        while not (server.bodies if pause is None else numbers.taken):
            await asyncio.sleep(0.001)
        task.cancel()
        assert await task == 1
        await client.close()

    run(main())
    lines = [(record.levelname, record.ref_id, record.outcome) for record in caplog.records if is_of_an_end(record)]
    assert lines == ([("WARNING", "run", "unknown")] if pause is None else [])


def test_stop_and_aclose_wake_a_task_that_waits_for_the_source(sandbox):
    async def main():
        async with async_client_of(sandbox.base_url) as client:
            for end in ("stop", "stop in a thread", "aclose"):
                numbers = Numbers(pause=3600)
                many = client.send_many(numbers, TEXT)
                task = asyncio.ensure_future(many.__anext__())
                while not numbers.taken:
                    await asyncio.sleep(0.001)
                if end == "aclose":
                    await many.aclose()
                elif end == "stop":
                    many.stop()
                else:
                    thread = threading.Thread(target=many.stop)
                    thread.start()
                with pytest.raises(StopAsyncIteration):
                    await task
                assert numbers.closed == 1

    run(main())


def test_only_one_task_at_a_time_may_read(sandbox):
    async def main():
        async with async_client_of(sandbox.base_url) as client:
            many = client.send_many(Numbers(pause=3600), TEXT)
            task = asyncio.ensure_future(many.__anext__())
            await asyncio.sleep(0)
            with pytest.raises(RuntimeError, match="another task"):
                await many.__anext__()
            await many.aclose()
            with pytest.raises(StopAsyncIteration):
                await task

    run(main())


def test_another_loop_cannot_continue_a_run(sandbox):
    client = async_client_of(sandbox.base_url)
    numbers = Numbers(pause=0)
    many = client.send_many(numbers, TEXT, destinations_per_request=1)
    first, second = asyncio.new_event_loop(), asyncio.new_event_loop()
    assert first.run_until_complete(many.__anext__()).result
    with pytest.raises(RuntimeError, match="bound to the loop"):
        second.run_until_complete(many.__anext__())
    first.run_until_complete(many.aclose())
    assert numbers.closed == 1
    for loop in (first, second):
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()
    asyncio.run(client.close())


def test_an_unreferenced_run_closes_its_source(sandbox):
    numbers = Numbers()

    async def main():
        async with async_client_of(sandbox.base_url) as client:
            many = client.send_many(numbers, TEXT, destinations_per_request=1)
            async for _ in many:
                break
            gone = weakref.ref(many)
            del many
            gc.collect()
            assert gone() is None
            while not numbers.closed:
                await asyncio.sleep(0.001)
            await asyncio.sleep(0)

    run(main())


@pytest.mark.skipif(sys.version_info < (3, 12), reason="eager tasks are newer than this Python")
def test_a_run_works_with_eager_tasks(sandbox):
    async def message(number):
        return {"type": "text", "text": {"body": number}}

    async def main():
        asyncio.get_running_loop().set_task_factory(asyncio.eager_task_factory)
        async with async_client_of(sandbox.base_url) as client:
            chunks = [chunk async for chunk in client.send_many(Numbers(25), TEXT, destinations_per_request=10)]
            chunks += [chunk async for chunk in client.send_many(Numbers(25, pause=0), message)]
            return sum(len(chunk.destinations) for chunk in chunks)

    assert run(main()) == 50


def test_an_async_function_makes_each_message(sandbox):
    asked = []
    variable = contextvars.ContextVar("variable")

    async def message(number):
        asked.append(number)
        assert variable.get() == "mine"
        if number.endswith("7"):
            await asyncio.sleep(0.001)
        return {"type": "text", "text": {"body": number}}

    async def main():
        variable.set("mine")
        async with async_client_of(sandbox.base_url) as client:
            many = client.send_many(Numbers(20, pause=0), message)
            assert len([chunk async for chunk in many]) == 20
            sent, count = asked.copy(), len(asked)
            assert sent == [f"+4670{index:07}" for index in range(20)]
            # No message is made again for finished destinations.
            again = client.send_many(Numbers(21), message, resume=many.checkpoint())
            assert [chunk.index async for chunk in again] == [20]
            assert asked[count:] == ["+46700000020"]

    run(main())
    assert all(body["messages"][0]["text"]["body"] == body["destinations"][0] for body in bodies(sandbox))


def test_an_invalid_result_of_an_async_function_is_the_error_of_its_destination(sandbox):
    async def raises(number):
        await asyncio.sleep(0)
        raise Trouble(number)

    async def gives(number):
        return 7

    async def main():
        async with async_client_of(sandbox.base_url) as client:
            for function, kind in ((raises, Trouble), (gives, TypeError)):
                chunks = [chunk async for chunk in client.send_many(["+46000000001", "+46000000002"], function)]
                assert [type(chunk.error.__cause__) for chunk in chunks] == [kind, kind]
                assert {chunk.error.code for chunk in chunks} == {"invalid_request"}

    run(main())
    assert sandbox.requests() == []


def test_an_async_function_is_cancelled_with_the_run(sandbox):
    ended = []

    async def hangs(number):
        try:
            await asyncio.sleep(3600)
        finally:
            ended.append(number)

    async def main():
        async with async_client_of(sandbox.base_url) as client:
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(client.send_many(["+46000000001"], hangs).__anext__(), 0.05)
            assert ended == ["+46000000001"]

    run(main())


def test_the_blocking_client_refuses_async_sources_and_functions(sandbox, recwarn):
    async def message(number):
        return TEXT

    async def numbers():
        yield "+46000000001"

    with client_of(sandbox.base_url) as client:
        with pytest.raises(TypeError, match="argument 'destinations' must be an iterable of str, not async_generator"):
            client.send_many(numbers(), TEXT)
        with pytest.raises(TypeError, match="an async message function needs an AsyncClient"):
            next(client.send_many(["+46000000001"], message))
    gc.collect()
    assert not [warning for warning in recwarn if "never awaited" in str(warning.message)]


def test_the_process_exits_while_a_source_waits(fault):
    script = """
import asyncio
closed = []
async def numbers():
    try:
        yield "+46000000001"
        await asyncio.sleep(3600)
    finally:
        closed.append(1)
async def main():
    many = make_async().send_many(numbers(), linkwa.Text("x"), destinations_per_request=1)
    async for _ in many:
        break
    globals().update(many=many)
asyncio.run(main())
print(closed)
"""
    status, out, err = run_script(script, fault(GOOD).url)
    assert (status, out, err) == (0, "[1]\n", "")
