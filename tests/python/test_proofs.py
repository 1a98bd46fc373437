"""Promises about memory, the interpreter's lock, debug mode, copies, and server processes."""

from __future__ import annotations

import asyncio
import contextlib
import copy
import gc
import importlib.util
import json
import logging
import os
import pickle
import signal
import socket
import subprocess
import sys
import threading
import time
import tracemalloc
import urllib.request
import warnings

import pytest
from conftest import ACCOUNT, CANARIES, GOOD, SECRET, async_client_of, client_of, http, wait_for
from test_callbacks import resident

import linkwa

TO = "+46000000001"


def heap_grows(work, times):
    """Returns by how many bytes Python's heap grows when a function is called so often."""
    gc.collect()
    before, _ = tracemalloc.get_traced_memory()
    for _ in range(times):
        work()
    gc.collect()
    return tracemalloc.get_traced_memory()[0] - before


def flat(work, times):
    """Calls a function so often, after a warm-up, and fails if memory grows with each call.

    A leak shows in each of three rounds. A thread of a server in this process, which takes 12 KiB while its connection is open,
    does not.
    """
    for _ in range(times // 5):
        work()
    tracemalloc.start()
    try:
        for _ in range(times // 10):
            work()
        heap = min(heap_grows(work, times // 5) for _ in range(3))
    finally:
        tracemalloc.stop()
    before = resident()
    for _ in range(times):
        work()
    gc.collect()
    process = resident() - before
    assert heap < 32 * 1024 and process < 8 * 1024 * 1024, (heap, process)


def test_memory_is_flat_over_10_000_builds_and_their_errors():
    components = [linkwa.Body("Anna", linkwa.Currency("1", code="EUR", amount_1000=1000))]

    with client_of("http://127.0.0.1:1") as client:

        def work():
            client.build(TO, linkwa.Template("n", namespace="ns", language="en", components=components))
            with pytest.raises(linkwa.InvalidRequest):
                client.build([TO, ""], [{"type": "text", "text": {"body": ""}}, linkwa.Text("x")])

        flat(work, 5_000)


def test_memory_is_flat_over_2_000_sends(fault, monkeypatch):
    # pytest keeps log records.
    monkeypatch.setattr(logging.getLogger("linkwa"), "disabled", True)
    good, bad = fault(GOOD), fault(http(400, b'{"resultCode":112402,"description":"' + b"x" * 5000 + b'"}'))
    with client_of(good.url) as client, client_of(bad.url) as rejected:

        def work():
            client.send_text(TO, "x")
            with pytest.raises(linkwa.Rejected):
                rejected.send_text(TO, "x")
            good.bodies.clear()
            bad.bodies.clear()

        flat(work, 1_000)


def test_memory_is_flat_over_2_000_async_sends_and_runs(fault):
    server = fault(GOOD)
    loop = asyncio.new_event_loop()
    client = async_client_of(server.url, max_connections=4)

    async def numbers():
        for _ in range(5):
            yield TO

    async def some():
        await asyncio.gather(*(client.send_text(TO, "x") for _ in range(10)))
        assert (
            len([chunk async for chunk in client.send_many(numbers(), linkwa.Text("x"), destinations_per_request=1)])
            == 5
        )
        task = asyncio.ensure_future(client.send_text(TO, "x"))
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])
        server.bodies.clear()

    logging.getLogger("linkwa").setLevel(logging.ERROR)
    try:
        flat(lambda: loop.run_until_complete(some()), 150)
    finally:
        logging.getLogger("linkwa").setLevel(logging.NOTSET)
        loop.run_until_complete(client.close())
        loop.close()


@pytest.mark.parametrize(
    "work",
    [
        pytest.param(lambda: linkwa.validate(LARGE), id="validate"),
        pytest.param(lambda: linkwa.parse_callback(CALLBACK), id="parse_callback"),
        pytest.param(lambda: OFFLINE.build(TO, [linkwa.Text("x" * 4000)] * 200), id="build"),
        pytest.param(lambda: OFFLINE.build(TO, {"type": "text", "text": {"body": "x" * 900_000}}), id="message"),
    ],
)
def test_other_threads_run_while_the_core_works(work):
    """Threads switch only where the interpreter's lock is released."""
    counted = 0
    stop = False

    def count():
        nonlocal counted
        while not stop:
            counted += 1
            time.sleep(0)  # gives the lock up

    thread = threading.Thread(target=count)
    interval = sys.getswitchinterval()
    thread.start()
    try:
        wait_for(lambda: counted)
        sys.setswitchinterval(1000)
        until = time.monotonic() + 60
        before = counted
        while counted == before and time.monotonic() < until:
            with contextlib.suppress(linkwa.InvalidRequest):
                work()
        assert counted > before
    finally:
        sys.setswitchinterval(interval)
        stop = True
        thread.join()


LARGE = json.dumps({"customParameters": {str(n): "x" * 50 for n in range(15_000)}})
CALLBACK = json.dumps(
    {"messageId": "m", "resultCode": 112003, "pad": {str(n): "x" * 50 for n in range(3_000)}}
).encode()
OFFLINE = client_of("http://127.0.0.1:1")


def test_a_counter_goes_on_while_the_main_thread_sends(fault):
    server = fault(GOOD, delay=30)
    counted = []

    def count():
        wait_for(lambda: server.bodies)
        until = time.monotonic() + 30
        while len(counted) < 1000 and time.monotonic() < until:
            counted.append(1)
            time.sleep(0)
        # The server answers only now.
        server.released.set()

    thread = threading.Thread(target=count)
    thread.start()
    with client_of(server.url) as client:
        assert client.send_text(TO, "x").result_code == 112001
    thread.join()
    assert len(counted) == 1000


def test_there_are_no_warnings_in_asyncio_debug_mode(fault, caplog):
    server, silent = fault(GOOD, delay=0.01), fault(None)

    async def main():
        async with async_client_of(server.url) as client:
            await asyncio.gather(*(client.send_text(TO, "x") for _ in range(20)))
            with pytest.raises(linkwa.InvalidRequest):
                await client.send_text("", "x")
            async for _ in client.send_many([TO] * 5, linkwa.Text("x"), destinations_per_request=1):
                pass
        client = async_client_of(silent.url)
        task = asyncio.ensure_future(client.send_text(TO, "x"))
        while not silent.bodies:
            await asyncio.sleep(0.001)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await client.aclose()

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        asyncio.run(main(), debug=True)
        gc.collect()
    # Slow callbacks are caused by a busy machine.
    lines = [
        r for r in caplog.records if r.name == "asyncio" and r.levelno > logging.DEBUG and "took" not in r.getMessage()
    ]
    assert lines == []


def values(client):
    """Returns one result of each kind."""
    sent = client.send_image([TO, "+46000000002"], "https://example.com/a.gif", ref_id="r")
    many = client.send_many([TO], linkwa.Text("x"), ref_id="m")
    chunk = next(many)
    message = linkwa.parse_callback(
        b'{"messageId":"m","source":"1","content":{"message":{"contentType":"TEXT","text":"x"}}}'
    )
    report = linkwa.parse_callback(b'{"messageId":"m","resultCode":112003}')
    tracker = linkwa.StatusTracker()
    state = tracker.apply(report)
    window = linkwa.CareWindow.of(
        linkwa.parse_callback(b'{"messageId":"m","source":"1","content":{},"timestamp":"2020-03-21T17:41:58Z"}')
    )
    verdict = linkwa.CallbackGuard().check("192.0.2.1", {}, 10)
    yield from (sent, sent.receipts[0], sent.warnings[0], chunk, many.progress, message, message.content, report)
    yield from (
        message.content.message,
        state,
        window,
        verdict,
        linkwa.Text("x"),
        linkwa.Header("a", linkwa.Image("l")),
    )


def test_every_result_can_be_pickled_and_copied(client):
    seen = set()
    for value in values(client):
        seen.add(type(value))
        for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
            again = pickle.loads(pickle.dumps(value, protocol))
            assert (
                type(again) is type(value)
                and again == value
                and hash(again) == hash(value)
                and repr(again) == repr(value)
            )
        assert copy.copy(value) == value and copy.deepcopy([value]) == [value]
    assert len(seen) == 14


def test_replace_works_on_results(client):
    sent, receipt, warning, chunk, progress, *_ = values(client)
    for value, field, new in [
        (sent, "ref_id", "other"),
        (receipt, "message_id", "other"),
        (warning, "code", "other"),
        (chunk, "index", 7),
        (progress, "sent", 7),
    ]:
        replace = getattr(copy, "replace", lambda value, **changes: value.__replace__(**changes))
        changed = replace(value, **{field: new})
        assert type(changed) is type(value) and changed != value and getattr(changed, field) == new
        assert replace(changed, **{field: getattr(value, field)}) == value
        with pytest.raises(TypeError, match="zoo"):
            replace(value, zoo=1)


def test_errors_show_no_secret_number_or_text(sandbox, fault, caplog):
    """Causes every kind of failure with all logging on. Returns log lines, `str`, `repr`, `args` and attributes."""
    caplog.set_level(1)
    number, text = "+46700000123", "a text of mine"
    private = (number, number[1:], text)
    silent, html = fault(None), fault(http(200, b"<html>"))
    refused = "http://127.0.0.1:1/x"
    kinds = set()
    lines = []

    def keep(error):
        kinds.add((type(error).__name__, error.reason))
        lines.extend([str(error), repr(error), repr(error.args), repr(vars(error)), repr(pickle.dumps(error))])

    def fails(url, call=lambda client: client.send_text(number, text, timeout=0.3), **config):
        client = client_of(url, **config)
        lines.extend([repr(client), str(client), repr(client._native)])
        try:
            with pytest.raises(linkwa.LinkwaError) as caught:
                call(client)
        finally:
            client.close(timeout=0)
        keep(caught.value)

    fails(silent.url)
    fails(html.url)
    fails(fault(http(200, b"x", length=10)).url)
    fails(fault(http(500, b"{}")).url)
    fails(fault(http(400, b'{"resultCode":112402}')).url)
    fails(refused, max_attempts=1)
    with socket.create_server(("127.0.0.1", 0)) as plain:

        def speak_no_tls():
            with plain.accept()[0] as connection:
                connection.recv(1)
                connection.sendall(b"HTTP/1.1 400 X\r\n\r\n")

        thread = threading.Thread(target=speak_no_tls)
        thread.start()
        fails(
            f"https://127.0.0.1:{plain.getsockname()[1]}", lambda client: client.send_text(number, text), max_attempts=1
        )
        thread.join()
    fails(sandbox.base_url, proxy=f"http://user:{SECRET}@127.0.0.1:1", max_attempts=1)
    fails(sandbox.base_url, password=SECRET + "x")
    fails(sandbox.base_url, lambda client: (client.close(), client.send_text(number, text)))
    fails(sandbox.base_url, lambda client: client.send_text(number, text, timeout=1e-9))
    fails(sandbox.base_url, lambda client: client.send_text([number, ""], text))
    fails(sandbox.base_url, lambda client: client.send(number, {"type": "zoo"}))
    for config in (
        {"username": f"a:{SECRET}"},
        {"password": f"{SECRET}\n"},
        {"base_url": f"http://user:{SECRET}@example.com"},
    ):
        with pytest.raises(linkwa.InvalidConfig) as invalid:
            linkwa.Client(**{**ACCOUNT, "base_url": silent.url, **config})
        keep(invalid.value)
    with pytest.raises(linkwa.InvalidCallback) as bad:
        linkwa.parse_callback(
            json.dumps({"messageId": [number], "content": {"message": {"text": text}}, "source": number})
        )
    keep(bad.value)

    async def main():
        client = async_client_of(silent.url)
        task = asyncio.ensure_future(client.send_text(number, text))
        before = len(silent.bodies)
        while len(silent.bodies) == before:
            await asyncio.sleep(0.001)
        task.cancel()
        await asyncio.wait([task])
        lines.append(repr(client))
        await client.close(0)

    asyncio.run(main())
    names = {name for name, _ in kinds}
    assert names == {"Rejected", "NotSent", "OutcomeUnknown", "InvalidRequest", "InvalidConfig", "InvalidCallback"}
    reasons = {reason for _, reason in kinds}
    assert reasons >= {
        "deadline",
        "invalid_response",
        "connection_lost",
        "server_error",
        "connect",
        "tls",
        "proxy",
        "closed",
    }, reasons
    logged = [record for record in caplog.records if record.name == "linkwa"]
    # Each of these attempts failed, and the cancelled send has a line of its own.
    assert len(logged) >= 10 and {record.levelname for record in logged} == {"WARNING"}
    for line in [*lines, *(record.getMessage() + repr(vars(record)) for record in logged)]:
        assert not any(secret in line for secret in (*CANARIES, *private)), line


GUNICORN = """
import json
import linkwa

client = linkwa.Client(**ACCOUNT)
many = client.send_many(["+46000000001"] * 3, linkwa.Text("x"), destinations_per_request=1)
# The client is used before the workers are forked.
before = client.send_text("+46000000001", "x", ref_id="parent").ref_id
next(many)


def app(environ, start_response):
    import os

    sent = client.send_text("+46000000001", "x").ref_id
    body = json.dumps({"pid": os.getpid(), "ref_id": sent, "before": before}).encode()
    start_response("200 OK", [("content-type", "application/json"), ("content-length", str(len(body)))])
    return [body]
"""


@pytest.mark.skipif(importlib.util.find_spec("gunicorn") is None, reason="gunicorn is not installed")
def test_gunicorn_with_preload(fault, tmp_path):
    server = fault(GOOD)
    app = GUNICORN.replace("ACCOUNT", repr({**ACCOUNT, "base_url": server.url}))
    (tmp_path / "served.py").write_text(app, encoding="utf-8")
    command = [sys.executable, "-m", "gunicorn", "--preload", "--workers", "2", "--bind", "127.0.0.1:0", "served:app"]
    with open(tmp_path / "log", "wb") as log:
        process = subprocess.Popen(command, cwd=tmp_path, stdout=log, stderr=log)
    try:
        told = lambda: (tmp_path / "log").read_text(encoding="utf-8")  # noqa: E731
        address = wait_for(lambda: "Listening at: " in told() and told().split("Listening at: ")[1].split(" ")[0])
        answers = []

        def both_workers_answered():
            with urllib.request.urlopen(address, timeout=30) as answer:
                answers.append(json.load(answer))
            return len({answer["pid"] for answer in answers}) == 2

        wait_for(both_workers_answered)
        assert {answer["before"] for answer in answers} == {"parent"}
        refs = [answer["ref_id"] for answer in answers]
        assert len(set(refs)) == len(refs), "children make references of their own"
        sent = [json.loads(body)["refId"] for body in server.bodies]
        assert set(refs) <= set(sent)
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0, told()
    assert "Traceback" not in told(), told()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_parent_and_child_keep_working_after_a_fork_with_sends_under_way(fault):
    from conftest import run_script

    script = """
import os, threading, time
client = make_client(max_connections=8)
results, go = [], threading.Event()
def send(name):
    results.append(client.send_text("+46000000001", "x", ref_id=name).ref_id)
threads = [threading.Thread(target=send, args=(f"parent-{n}",)) for n in range(8)]
for thread in threads: thread.start()
while len(os.listdir(sys.argv[2])) < 1: time.sleep(0.005)
child = os.fork()
if child == 0:
    status = 1
    try:
        assert client.send_text("+46000000001", "x", ref_id="child").ref_id == "child"
        assert results == []
        status = 0
    finally:
        os._exit(status)
assert os.waitpid(child, 0)[1] == 0
open(os.path.join(sys.argv[2], "answer"), "w").close()
for thread in threads: thread.join()
print(sorted(results) == sorted(f"parent-{n}" for n in range(8)))
"""
    import tempfile

    server = fault(None)
    with tempfile.TemporaryDirectory() as folder:
        # Answers the child at once, and the parent after the child has ended.
        answered = threading.Event()

        def answer_all(connection):
            stream = connection.makefile("rb")
            while True:
                length, line = 0, stream.readline()
                if not line:
                    return
                while line not in (b"\r\n", b""):
                    name, _, value = line.partition(b":")
                    length = int(value) if name.lower() == b"content-length" else length
                    line = stream.readline()
                body = stream.read(length)
                server.bodies.append(body)
                if b'"child"' not in body:
                    answered.wait(60)
                connection.sendall(GOOD)

        server.answer_all = answer_all

        def watch():
            wait_for(lambda: len(server.bodies) == 8)
            open(os.path.join(folder, "under-way"), "w").close()
            wait_for(lambda: os.path.exists(os.path.join(folder, "answer")))
            answered.set()

        watcher = threading.Thread(target=watch)
        watcher.start()
        status, out, err = run_script(script, server.url, folder)
        answered.set()
        watcher.join()
    # Newer versions of Python warn about forks in processes with threads.
    assert (status, out) == (0, "True\n"), err
    assert sorted(json.loads(body)["refId"] for body in server.bodies) == ["child", *(f"parent-{n}" for n in range(8))]
