"""Hostile code of callers: inconsistent objects, code that calls back, and loops and interpreters that end."""

from __future__ import annotations

import asyncio
import collections.abc
import contextlib
import gc
import json
import logging
import sys
import threading
import time

import pytest
from conftest import GOOD, async_client_of, client_of, is_of_an_end, run_script, wait_for

import linkwa

TO = "+46000000001"
TEXT = linkwa.Text("x")


class LyingStr(str):
    """A str whose methods return wrong results."""

    def __len__(self):
        return 10**9

    def __iter__(self):
        raise LookupError

    def __str__(self):
        return "another"

    def encode(self, *_):
        raise LookupError

    def __eq__(self, other):
        return True

    __hash__ = str.__hash__


class LyingInt(int):
    def __index__(self):
        return 7

    __int__ = __float__ = __index__

    def __repr__(self):
        return "x"


class LyingDict(dict):
    def items(self):
        raise LookupError("items")

    def __len__(self):
        return 10**9

    def __iter__(self):
        raise LookupError("iter")


class LyingMapping(collections.abc.Mapping):
    """A mapping with a wrong length, and items that differ from its keys."""

    def __init__(self, length, *pairs):
        self.length, self.pairs = length, pairs

    def __len__(self):
        return self.length

    def __iter__(self):
        return iter([key for key, _ in self.pairs])

    def __getitem__(self, key):
        return dict(self.pairs)[key]


class LyingSequence(collections.abc.Sequence):
    def __init__(self, length, *values):
        self.length, self.values = length, values

    def __len__(self):
        return self.length

    def __getitem__(self, index):
        return self.values[index]


class Failing:
    """Raises in every method."""

    def __getattribute__(self, name):
        if name.startswith("__") and name != "__await__":
            return object.__getattribute__(self, name)
        raise ZeroDivisionError(name)

    def __index__(self):
        raise ZeroDivisionError("index")

    __float__ = __len__ = __iter__ = __fspath__ = __index__


@pytest.fixture(scope="module")
def offline():
    with client_of("http://127.0.0.1:1") as client:
        yield client


def built(client, to=TO, message=TEXT, **options):
    return json.loads(client.build(to, message, **options))


def test_str_subclasses_are_read_as_their_text(offline):
    lying = LyingStr("Hello")
    assert built(offline, message=linkwa.Text(lying))["messages"][0]["text"] == {"body": "Hello"}
    assert built(offline, message={"type": LyingStr("text"), "text": {LyingStr("body"): lying}})["messages"][0][
        "text"
    ] == {"body": "Hello"}
    assert built(offline, to=LyingStr(TO), ref_id=lying)["refId"] == "Hello"
    assert built(offline, custom_parameters={lying: lying})["customParameters"] == {"Hello": "Hello"}
    assert linkwa.parse_callback(LyingStr('{"messageId":"m","resultCode":112003}')).status == "delivered"
    assert type(linkwa.Text(lying).body) is str


def test_int_and_float_subclasses_are_read_as_their_number(offline):
    assert linkwa.QuickReplyButton(LyingInt(3)).index in (3, 7)
    component = {"type": "button", "subType": "url", "index": LyingInt(3), "parameters": []}
    template = {"namespace": "n", "name": "t", "language": {"code": "en"}, "components": [component]}
    message = {"type": "template", "template": template}
    assert built(offline, message=message)["messages"][0]["template"]["components"][0]["index"] == 3
    for call in (
        lambda: linkwa.QuickReplyButton(True),
        lambda: linkwa.Location(latitude=True, longitude=1),
        lambda: linkwa.DateTime("d", timestamp=True),
        lambda: offline.build(TO, TEXT, timeout=True),
        lambda: client_of("http://127.0.0.1:1", max_connections=True),
        lambda: offline.send_many([TO], TEXT, destinations_per_request=True),
    ):
        with pytest.raises(TypeError, match="not bool"):
            call()
    for call in (
        lambda: linkwa.QuickReplyButton(Failing()),
        lambda: linkwa.Location(latitude=Failing(), longitude=1),
        lambda: offline.build(TO, TEXT, timeout=Failing()),
        lambda: client_of("http://127.0.0.1:1", max_queue=Failing()),
        lambda: client_of("http://127.0.0.1:1", ca_file=Failing()),
    ):
        with pytest.raises(ZeroDivisionError):
            call()


def test_inconsistent_mappings_cause_no_crash(offline):
    # A subclass of dict may be read through its methods or as the dict that it is. Both are right.
    for call in (
        lambda: linkwa.validate(LyingDict(refId="r")),
        lambda: offline.build(TO, LyingDict(type="text")),
        lambda: offline.build(TO, TEXT, custom_parameters=LyingDict(a="b")),
    ):
        with contextlib.suppress(LookupError, linkwa.InvalidRequest):
            call()
    for length in (0, 1, 10**9, sys.maxsize):
        mapping = LyingMapping(length, ("type", "text"), ("text", {"body": "x"}))
        assert built(offline, message=mapping)["messages"] == [{"type": "text", "text": {"body": "x"}}]
    twice = LyingMapping(2, ("refId", "a"), ("refId", "b"))
    assert linkwa.validate(twice)[0].code == "duplicate_key"
    with pytest.raises(TypeError, match="a key must be str"):
        linkwa.validate(LyingMapping(1, (1, 2)))


def test_inconsistent_sequences_cause_no_crash(offline):
    assert built(offline, to=LyingSequence(3, TO, TO + "1"))["destinations"] == [TO, TO + "1"]
    assert built(offline, to=LyingSequence(0, TO))["destinations"] == [TO]
    with pytest.raises(linkwa.InvalidRequest):
        offline.build(LyingSequence(5), TEXT)
    with pytest.raises(ValueError, match="__len__"):
        offline.build(LyingSequence(-1, TO), TEXT)
    for call in (
        lambda: linkwa.Contacts(Failing()),
        lambda: offline.build(Failing(), TEXT),
        lambda: offline.build(TO, Failing()),
        lambda: linkwa.validate(Failing()),
        lambda: linkwa.parse_callback(Failing()),
        lambda: offline.send_many(Failing(), TEXT),
    ):
        with pytest.raises((TypeError, ZeroDivisionError)):
            call()


def test_huge_inputs_are_refused(offline):
    huge = "x" * (4 * 1024 * 1024)
    with pytest.raises(linkwa.InvalidRequest):
        offline.build(TO, linkwa.Text(huge))
    with pytest.raises(linkwa.InvalidRequest):
        offline.build(TO, {"type": "text", "text": {"body": huge}})
    with pytest.raises(linkwa.InvalidRequest):
        offline.build(huge, TEXT)
    with pytest.raises(linkwa.InvalidCallback):
        linkwa.parse_callback(huge)
    for size in (10**400, 10**5000):
        with pytest.raises(ValueError, match="'index'"):
            linkwa.QuickReplyButton(size)
        with pytest.raises(linkwa.InvalidConfig, match="max_connections"):
            client_of("http://127.0.0.1:1", max_connections=size)


@pytest.mark.parametrize("end", ["close", "stop", "client"])
def test_destinations_may_close_the_run_or_the_client(fault, end):
    server = fault(GOOD)

    def ending():
        yield TO
        wait_for(lambda: server.bodies)
        {"close": lambda: many.close(), "stop": lambda: many.stop(), "client": lambda: client.close()}[end]()
        yield TO

    with client_of(server.url) as client:
        many = client.send_many(ending(), TEXT, destinations_per_request=1)
        outcomes = {chunk.index: chunk.error and chunk.error.reason for chunk in many}
        # A closed client reports that it is closed, once.
        assert outcomes == ({0: None, 1: "closed"} if end == "client" else {0: None})
        assert list(many) == []


def test_a_message_function_may_send(fault):
    server = fault(GOOD)
    with client_of(server.url, max_connections=1) as client:

        def message(number):
            return linkwa.Text(client.send_text(number, "x").message_ids[0])

        assert [chunk.result.ref_id for chunk in client.send_many([TO] * 3, message, ref_id="r")] == [
            "r-0",
            "r-1",
            "r-2",
        ]
    assert len(server.bodies) == 6


def test_a_log_handler_may_use_the_run_that_logs(fault):
    server = fault(None)
    told = []

    class Handler(logging.Handler):
        def emit(self, record):
            if hasattr(record, "attempt"):  # of an attempt
                return
            if is_of_an_end(record):
                told.append(many.progress.unknown)
            many.checkpoint()
            many.stop()
            many.close()

    handler = Handler()
    logging.getLogger("linkwa").addHandler(handler)
    try:
        with client_of(server.url) as client:
            many = client.send_many([TO], TEXT)
            reader = threading.Thread(target=lambda: next(many))
            reader.start()
            wait_for(lambda: server.bodies)
            many.close()
            reader.join(30)
            assert told == [1]
    finally:
        logging.getLogger("linkwa").removeHandler(handler)


@pytest.mark.skipif(sys.version_info < (3, 11), reason="newer than this Python")
def test_asyncio_timeout_and_a_task_group_that_fails(fault, caplog):
    server = fault(None)

    async def main():
        client = async_client_of(server.url)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await client.send_text(TO, "x", ref_id="timeout")

        async def fail():
            while len(server.bodies) < 3:
                await asyncio.sleep(0.001)
            raise LookupError

        with pytest.raises(BaseException) as caught:
            async with asyncio.TaskGroup() as group:
                for name in "ab":
                    group.create_task(client.send_text(TO, "x", ref_id=name))
                group.create_task(fail())
        assert [type(error) for error in caught.value.exceptions] == [LookupError]
        await client.close()

    asyncio.run(main())
    told = {record.ref_id: record.outcome for record in caplog.records if is_of_an_end(record)}
    assert told == {"timeout": told["timeout"], "a": "unknown", "b": "unknown"}


def test_a_client_can_be_used_on_many_loops_and_leaves_no_references(fault):
    from linkwa import _client

    server = fault(GOOD)
    client = async_client_of(server.url)
    for _ in range(20):
        assert asyncio.run(client.send_text(TO, "x")).result_code == 112001
    # A loop that is closed just after a result has arrived.
    slow = fault(GOOD, delay=0.05)
    other = async_client_of(slow.url)

    async def begin():
        asyncio.ensure_future(other.send_text(TO, "x"))._log_destroy_pending = False
        while not slow.bodies:
            await asyncio.sleep(0.001)

    for _ in range(5):
        loop = asyncio.new_event_loop()
        loop.run_until_complete(begin())
        # The result arrives while the loop is blocked.
        time.sleep(0.2)
        loop.close()
        slow.bodies.clear()
        del loop
    asyncio.run(client.close())
    asyncio.run(other.close())
    gc.collect()
    gc.collect()
    assert len([loop for loop in _client._queues or {} if loop.is_closed()]) <= 1


def test_an_awaitable_that_is_never_awaited_sends_nothing(fault, recwarn):
    server = fault(GOOD)
    client = async_client_of(server.url)
    client.send_text(TO, "x").close()
    gc.collect()
    asyncio.run(client.close())
    assert server.bodies == []


def test_a_send_whose_coroutine_is_closed_is_cancelled(fault, caplog):
    server = fault(None)

    async def main():
        client = async_client_of(server.url)
        sending = client.send_text(TO, "x", ref_id="r")
        sending.send(None)
        while not server.bodies:
            await asyncio.sleep(0.001)
        sending.close()
        await client.close()

    asyncio.run(main())
    assert [(record.ref_id, record.outcome) for record in caplog.records if is_of_an_end(record)] == [("r", "unknown")]


def test_reference_cycles_are_collected(fault):
    import weakref

    server = fault(GOOD)
    client = client_of(server.url)

    class Box:
        pass

    box = Box()
    box.error = None
    try:
        client.build("", TEXT)
    except linkwa.InvalidRequest as error:
        box.error = error
        error.box = box
    watched = weakref.ref(box)
    del box
    gc.collect()
    assert watched() is None
    client.itself = client
    watched = weakref.ref(client)
    del client
    gc.collect()
    assert watched() is None


@pytest.mark.parametrize("kind", ["asyncio.run", "loop", "thread", "daemon"])
def test_the_interpreter_exits_cleanly_in_the_middle_of_work(fault, kind):
    script = """
import asyncio, sys, threading, logging
kind = sys.argv[2]
logging.getLogger("linkwa").addHandler(logging.NullHandler())
logging.getLogger("linkwa").setLevel(logging.DEBUG)
client = make_async(max_connections=8)
async def numbers():
    while True: yield "+46000000001"
async def forever():
    async for _ in client.send_many(numbers(), linkwa.Text("x"), destinations_per_request=1): pass
async def main(seconds):
    tasks = [asyncio.ensure_future(client.send_text("+46000000001", "x")) for _ in range(20)]
    tasks.append(asyncio.ensure_future(forever()))
    for task in tasks: task._log_destroy_pending = False
    await asyncio.sleep(seconds)
    globals()["tasks"] = tasks
if kind == "asyncio.run": asyncio.run(main(0.01))
elif kind == "loop": asyncio.new_event_loop().run_until_complete(main(0.01))
else:
    thread = threading.Thread(target=lambda: asyncio.run(main(0.02 if kind == "thread" else 3600)), daemon=kind == "daemon")
    thread.start()
    if kind == "daemon":
        import time
        time.sleep(0.02)
sys.exit(7)
"""
    server = fault(GOOD, delay=0.005)
    for _ in range(5):
        status, out, err = run_script(script, server.url, kind)
        assert (status, out) == (7, ""), err
        assert "linkwa" not in err and "Fatal" not in err, err
