"""The client on asyncio's own loop and on uvloop: threads, cancellation, and loops and processes that end."""

from __future__ import annotations

import asyncio
import gc
import inspect
import sys
import threading
import time

import pytest
from conftest import GOOD, async_client_of, is_of_an_end, run_script, threads, wait_for

import linkwa

TO = "+46000000001"

try:
    import uvloop
except ImportError:
    uvloop = None


@pytest.fixture(params=["asyncio", "uvloop"])
def run(request):
    """Runs a coroutine on a new loop."""
    if request.param == "uvloop" and uvloop is None:
        pytest.skip("uvloop is not here")

    def run(coroutine):
        loop = uvloop.new_event_loop() if request.param == "uvloop" else asyncio.new_event_loop()
        try:
            return loop.run_until_complete(asyncio.wait_for(coroutine, 60))
        finally:
            loop.run_until_complete(loop.shutdown_asyncgens())
            loop.close()

    return run


def test_every_verb_can_be_awaited(run, sandbox):
    link = "https://example.com/a"

    async def main():
        async with async_client_of(sandbox.base_url) as client:
            request = client.build(TO, linkwa.Text("x"))
            results = [
                await client.send(TO, linkwa.Text("x")),
                await client.send_text(TO, "x"),
                await client.send_image(TO, link + ".png"),
                await client.send_audio(TO, link + ".mp3"),
                await client.send_video(TO, link + ".mp4"),
                await client.send_document(TO, link + ".pdf"),
                await client.send_location(TO, latitude=1.0, longitude=2.0),
                await client.send_contacts(TO, [linkwa.Contact(name=linkwa.Name("A A", first_name="A"))]),
                await client.send_template(TO, "t", namespace="n", language="en"),
                await client.send_request(request),
                await client.send_raw(request),
            ]
            assert all(isinstance(result, linkwa.SendResult) for result in results)
            return len(results)

    assert run(main()) == len(sandbox.requests())


def test_errors_are_raised_where_it_is_awaited(run, sandbox):
    async def main():
        async with async_client_of(sandbox.base_url) as client:
            with pytest.raises(linkwa.Rejected) as rejected:
                await client.send_text("+46000001400", "x", ref_id="r")
            assert rejected.value.ref_id == "r"
            sending = client.send_text("", "x")
            assert inspect.iscoroutine(sending)
            with pytest.raises(linkwa.InvalidRequest):
                await sending
            malformed = client.send(TO, {"type": 1e999})
            with pytest.raises(linkwa.InvalidRequest):
                await malformed
            with pytest.raises(TypeError, match="'to'"):
                await client.send_text(7, "x")
        with pytest.raises(linkwa.NotSent) as closed:
            await client.send_text(TO, "x")
        assert closed.value.reason == "closed"

    run(main())


def test_a_thousand_sends_at_once_take_no_more_threads_than_there_are_connections(run, fault):
    server = fault(GOOD, delay=0.02)
    # Clients of other tests may still be closing.
    before = threads().keys()
    most = 0

    def ours():
        return [name for thread, name in threads().items() if thread not in before and name.startswith("linkwa")]

    async def main():
        nonlocal most
        async with async_client_of(server.url, max_connections=8) as client:
            tasks = [asyncio.ensure_future(client.send_text(TO, "x")) for _ in range(1000)]
            while not all(task.done() for task in tasks):
                most = max(most, len(ours()))
                await asyncio.sleep(0.01)
            return [task.result().message_ids for task in tasks]

    results = run(main())
    assert results == [("id-1",)] * 1000 and len(server.bodies) == 1000
    # Eight workers and a timer thread. No executor was needed.
    assert most <= 9 and server.connections <= 8
    assert not [thread.name for thread in threading.enumerate() if thread.name.startswith("asyncio")]
    wait_for(lambda: len(ours()) <= 1)


def test_a_send_cancelled_before_it_left_is_not_sent(run, fault, caplog):
    server = fault(None)
    told = []

    async def main():
        client = async_client_of(server.url, max_connections=1)
        first = asyncio.ensure_future(client.send_text(TO, "x", ref_id="first"))
        while not server.bodies:
            await asyncio.sleep(0.005)
        second = asyncio.ensure_future(client.send_text(TO, "x", ref_id="second"))
        await asyncio.sleep(0.02)
        for task in (second, first):
            task.cancel()
            with pytest.raises(asyncio.CancelledError) as caught:
                await task
            assert type(caught.value) is asyncio.CancelledError
            if sys.version_info >= (3, 11):  # before, awaiting the task raises a new one
                told.append((caught.value.linkwa_ref_id, caught.value.linkwa_outcome))
                assert all(caught.value.linkwa_ref_id in note for note in caught.value.__notes__)
        await client.close()

    run(main())
    ended = [record for record in caplog.records if is_of_an_end(record)]
    lines = [(record.name, record.levelname, record.ref_id, record.outcome) for record in ended]
    assert lines == [
        ("linkwa", "WARNING", "second", "not_sent"),
        ("linkwa", "WARNING", "first", "unknown"),
    ]
    assert told in ([("second", "not_sent"), ("first", "unknown")], [] if sys.version_info < (3, 11) else None)
    assert "refId second" in caplog.text and "not_sent" in caplog.text
    assert len(server.bodies) == 1


def test_a_cancelled_task_gets_the_outcome_of_its_send(run, fault):
    server = fault(None)

    async def main():
        async def send():
            try:
                await client.send_text(TO, "x", ref_id="r")
            except asyncio.CancelledError as error:
                return error.linkwa_ref_id, error.linkwa_outcome, getattr(error, "__notes__", None)

        client = async_client_of(server.url)
        task = asyncio.ensure_future(send())
        while not server.bodies:
            await asyncio.sleep(0.005)
        task.cancel()
        told = await task
        await client.close(timeout=0)
        return told

    ref_id, outcome, notes = run(main())
    assert (ref_id, outcome) == ("r", "unknown")
    assert (
        notes is None if sys.version_info < (3, 11) else ["r" in note and "unknown" in note for note in notes] == [True]
    )


def test_an_asyncio_timeout_acts_like_a_cancellation(run, fault, caplog):
    server = fault(None)

    async def main():
        client = async_client_of(server.url)
        with pytest.raises(asyncio.TimeoutError) as caught:
            await asyncio.wait_for(client.send_text(TO, "x", ref_id="r"), 0.1)
        if sys.version_info >= (3, 11):
            assert caught.value.__cause__.linkwa_ref_id == "r"
        await client.close(timeout=0)

    run(main())
    assert [record.ref_id for record in caplog.records if is_of_an_end(record)] == ["r"]


def test_a_send_that_is_accepted_while_its_task_is_cancelled_says_so(run, fault, caplog):
    server = fault(GOOD)

    async def main(pause):
        client = async_client_of(server.url)
        task = asyncio.ensure_future(client.send_text(TO, "x", ref_id="r"))
        await asyncio.sleep(0)
        # The loop is blocked until the answer has arrived, so that both are in its queue afterwards.
        wait_for(lambda: server.bodies)
        time.sleep(pause)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await client.close()

    # As long as it takes here.
    for pause in (0.1, 1, 10):
        caplog.clear()
        server.bodies.clear()
        run(main(pause))
        ended = [record for record in caplog.records if is_of_an_end(record)]
        if [(record.ref_id, record.outcome) for record in ended] == [("r", "accepted")]:
            return
        assert [(record.ref_id, record.outcome) for record in ended] == [("r", "unknown")]
    raise AssertionError("the answer did not come")


def test_closing_a_loop_with_sends_under_way_causes_no_error(fault, caplog, recwarn):
    server = fault(GOOD, delay=0.2)
    client = async_client_of(server.url)
    loop = asyncio.new_event_loop()

    async def begin():
        task = asyncio.ensure_future(client.send_text(TO, "x", ref_id="r"))
        while not server.bodies:
            await asyncio.sleep(0.005)
        return task

    task = loop.run_until_complete(begin())
    loop.close()
    task._log_destroy_pending = False
    wait_for(lambda: not task.done() and server.bodies)  # noqa: F821
    time.sleep(0.3)
    assert not task.done()
    # Elsewhere it goes on.
    assert asyncio.run(client.send_text(TO, "x")).result_code == 112001
    del task
    gc.collect()
    asyncio.run(client.close())
    assert [(record.ref_id, record.outcome) for record in caplog.records if is_of_an_end(record)] == [("r", "accepted")]


def test_several_loops_share_a_client(sandbox):
    client = async_client_of(sandbox.base_url)
    results = []

    async def main():
        results.extend(await asyncio.gather(*(client.send_text(TO, "x") for _ in range(20))))

    threads = [threading.Thread(target=asyncio.run, args=(main(),)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 80
    asyncio.run(client.aclose())


def test_loops_and_futures_are_freed(sandbox):
    import weakref

    from linkwa import _client

    client = async_client_of(sandbox.base_url)
    loop = asyncio.new_event_loop()
    loop.run_until_complete(client.send_text(TO, "x"))

    async def fail():
        try:
            await client.send_text("+46000001400", "x")
        except linkwa.Rejected as error:
            return weakref.ref(error)

    gc.disable()
    try:
        assert loop.run_until_complete(fail())() is None, "an exception is in a cycle"
    finally:
        gc.enable()
    watched = weakref.ref(loop)
    loop.close()
    del loop
    gc.collect()
    assert watched() is None
    assert not [loop for loop in (_client._queues or {}) if loop.is_closed()]


def test_close_lets_sends_under_way_finish(run, fault):
    server = fault(GOOD, delay=0.1)

    async def main():
        client = async_client_of(server.url)
        task = asyncio.ensure_future(client.send_text(TO, "x"))
        while not server.bodies:
            await asyncio.sleep(0.005)
        await client.close()
        return (await task).result_code

    assert run(main()) == 112001


@pytest.mark.parametrize(
    "script",
    [
        # The loop is dropped, and the interpreter exits.
        """
import asyncio
async def main():
    client = make_async()
    tasks = [asyncio.ensure_future(client.send_text("+46000000001", "x")) for _ in range(50)]
    await asyncio.sleep(0.05)
    for task in tasks: task._log_destroy_pending = False
    globals().update(client=client, tasks=tasks)
loop = asyncio.new_event_loop()
loop.run_until_complete(main())
print("end")
""",
        # Daemon threads in the middle of sends, with a shared log.
        """
import logging, threading, time
logging.basicConfig(level=logging.DEBUG, stream=open("/dev/null", "w"))
client = make_client()
def send():
    while True: client.send_text("+46000000001", "x")
for _ in range(8): threading.Thread(target=send, daemon=True).start()
time.sleep(0.1)
print("end")
""",
        # A send in a function that runs at the very end.
        """
import asyncio, atexit, sys
def last():
    print(client.send_text("+46000000001", "x").result_code)
    print(asyncio.run(several()))
async def several():
    async with make_async() as client:
        return (await client.send_text("+46000000001", "x")).result_code
del sys.modules["linkwa"]
atexit.register(last)
client = make_client()
""",
    ],
)
@pytest.mark.parametrize("delay", [0.0, 0.3])
def test_the_interpreter_exits_cleanly_with_sends_under_way(fault, script, delay):
    status, out, err = run_script(script, fault(GOOD, delay=delay).url)
    assert (status, err) == (0, "")
    assert out in ("end\n", "112001\n112001\n")


def test_an_atexit_function_registered_before_the_import_may_send(fault):
    script = """
import subprocess
code = '''
import asyncio, atexit, sys
def last():
    import linkwa
    client = linkwa.AsyncClient(**ACCOUNT)
    async def main():
        sent = await client.send_text("+46000000001", "x")
        await client.close()
        return sent.result_code
    print(asyncio.run(main()))
atexit.register(last)
import linkwa
'''.replace("ACCOUNT", repr(account))
print(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=30))
"""
    status, out, err = run_script(script, fault(GOOD).url)
    assert status == 0 and "stdout='112001\\n', stderr=''" in out, out + err


def test_an_exception_that_interrupts_a_send_carries_the_outcome(run, fault):
    """If the loop is not waiting, Ctrl-C is raised in the task itself."""
    server = fault(None)

    async def main():
        client = async_client_of(server.url)
        sending = client.send_text(TO, "x", ref_id="r")
        sending.send(None)
        while not server.bodies:
            await asyncio.sleep(0.005)
        with pytest.raises(KeyboardInterrupt) as caught:
            sending.throw(KeyboardInterrupt())
        await client.close(timeout=0)
        return caught.value.linkwa_ref_id, caught.value.linkwa_outcome

    assert run(main()) == ("r", "unknown")
