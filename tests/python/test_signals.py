"""Ctrl-C, and exceptions of signal handlers, while a call blocks the main thread."""

from __future__ import annotations

import os
import signal
import sys
import threading

import pytest
from conftest import GOOD, client_of, is_of_an_end, run_script, wait_for

import linkwa

HEAD = """
import os, signal, threading, time
class Alarm(Exception): pass
def alarm(*_): raise Alarm("time")
signal.signal(signal.SIGALRM, alarm)
began = None
def soon(condition=lambda: True):
    # Sends the signal once the server has the whole request.
    def kill():
        global began
        while not os.path.exists(sys.argv[2]) or not condition(): time.sleep(0.005)
        began = time.monotonic()
        os.kill(os.getpid(), getattr(signal, sys.argv[3]))
    threading.Thread(target=kill, daemon=True).start()
def ended(error):
    print(type(error).__name__, str(error), 0 <= time.monotonic() - began < 30)
"""
CALLS = {
    "send": 'make_client().send_text("+46000000001", "x", ref_id="r", timeout=60)',
    "raw": 'make_client().send_raw(\'{"refId":"r","destinations":["+46000000001"]}\', timeout=60)',
    "many": 'list(make_client().send_many(["+46000000001"], linkwa.Text("x"), ref_id="r", timeout=60))',
}


@pytest.fixture
def told(fault, tmp_path):
    """A server that never answers, and makes a file when it has a request."""
    import threading

    from conftest import wait_for

    server = fault(None)
    mark = tmp_path / "mark"

    def watch() -> None:
        wait_for(lambda: server.bodies)
        mark.write_text("")

    threading.Thread(target=watch, daemon=True).start()
    return server.url, str(mark)


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize(("name", "raised"), [("SIGINT", "KeyboardInterrupt "), ("SIGALRM", "Alarm time")])
def test_a_signal_ends_a_blocking_call_at_once(told, call, name, raised):
    script = f"""
soon()
try:
    {CALLS[call]}
except BaseException as error:
    ended(error)
    print(error.linkwa_ref_id, error.linkwa_outcome, *getattr(error, "__notes__", []))
"""
    status, out, err = run_script(HEAD + script, told[0], told[1], name)
    lines = out.splitlines()
    assert (status, lines[0]) == (0, f"{raised} True"), err
    assert lines[1].startswith("r unknown refId r: " if sys.version_info >= (3, 11) else "r unknown"), out
    # Logging is not configured, so a warning goes to standard error.
    assert "refId r" in err and raised.split()[0] in err and "unknown" in err, err
    assert len([line for line in err.splitlines() if "was ended by" in line]) == 1


@pytest.mark.parametrize("call", ["send", "raw"])
def test_a_signal_before_the_message_leaves_prevents_the_send(told, call):
    script = (
        HEAD
        + f"""
import logging
waits = threading.Event()
class Told(logging.Handler):
    def emit(self, record):
        if hasattr(record, "ref_id") and not hasattr(record, "attempt"): print(record.levelname, record.ref_id, record.outcome)
logging.getLogger("linkwa").addHandler(Told())
def make_client(): return client
client = linkwa.Client(**dict(account, max_connections=1))
def first():
    print(next(client.send_many(["+46000000001"], linkwa.Text("x"), ref_id="first", timeout=60)).error.reason)
thread = threading.Thread(target=first)
thread.start()
# The only worker is busy with that send, so the next one waits for it.
while not os.path.exists(sys.argv[2]): time.sleep(0.005)
seen = []
def is_waiting():
    # By now the main thread is inside the call.
    name = sys._current_frames()[threading.main_thread().ident].f_code.co_name
    if name == "_run_with": seen.append(name)
    return len(seen) > 20
soon(is_waiting)
try:
    {CALLS[call]}
except BaseException as error: ended(error)
client.close(timeout=0)
thread.join()
"""
    )
    status, out, err = run_script(script, told[0], told[1], "SIGINT")
    assert (status, out) == (0, "WARNING r not_sent\nKeyboardInterrupt  True\ncancelled\n"), out + err


def test_an_uncaught_ctrl_c_ends_the_process_as_usual(told):
    status, out, err = run_script(HEAD + "soon()\n" + CALLS["send"], told[0], told[1], "SIGINT")
    assert status == -signal.SIGINT and out == ""
    assert "KeyboardInterrupt" in err.splitlines() and "refId r" in err


def test_a_signal_handler_that_returns_does_not_interrupt(fault):
    from conftest import GOOD

    script = """
import os, signal, threading
calls = []
signal.signal(signal.SIGUSR1, lambda *_: calls.append(1))
threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGUSR1)).start()
print(make_client().send_text("+46000000001", "x").result_code, calls)
"""
    status, out, err = run_script(script, fault(GOOD, delay=1.0).url)
    assert (status, out, err) == (0, "112001 [1]\n", "")


@pytest.mark.skipif(not os.path.isdir("/proc/self/task"), reason="the system does not name its threads")
def test_ctrl_c_ends_a_close_that_waits(told):
    script = (
        HEAD
        + """
client = make_client()
outcome = []
def send():
    try: client.send_text("+46000000001", "x", timeout=60)
    except linkwa.LinkwaError as error: outcome.append(error.reason)
thread = threading.Thread(target=send)
thread.start()
while not os.path.exists(sys.argv[2]): time.sleep(0.005)
def is_closing():
    return any(open(f"/proc/self/task/{task}/comm").read().strip() == "linkwa-close" for task in os.listdir("/proc/self/task"))
try:
    soon(is_closing)
    client.close()
except KeyboardInterrupt as error: ended(error)
thread.join()
print(outcome)
"""
    )
    status, out, err = run_script(script, told[0], told[1], "SIGINT")
    assert (status, out) == (0, "KeyboardInterrupt  True\n['cancelled']\n"), err


def test_ctrl_c_ends_asyncio_run(told):
    script = (
        HEAD
        + """
import asyncio
async def main():
    await make_async().send_text("+46000000001", "x", ref_id="r", timeout=60)
soon()
try: asyncio.run(main())
except KeyboardInterrupt as error: ended(error)
"""
    )
    status, out, err = run_script(script, told[0], told[1], "SIGINT")
    assert (status, out) == (0, "KeyboardInterrupt  True\n"), err
    assert "refId r" in err and "unknown" in err


if os.name == "nt":
    pytest.skip("signals as Unix has them", allow_module_level=True)


def interrupt_and_answer(server):
    """Sends Ctrl-C as soon as the server has a request, which it answers at the same moment."""

    def interrupt():
        wait_for(lambda: server.bodies)
        os.kill(os.getpid(), signal.SIGINT)
        server.released.set()

    thread = threading.Thread(target=interrupt, daemon=True)
    thread.start()
    return thread


def test_a_result_that_comes_with_a_signal_is_logged(fault, caplog):
    outcomes = set()
    for _ in range(20):
        server = fault(GOOD, delay=60)
        caplog.clear()
        with client_of(server.url) as client:
            thread = interrupt_and_answer(server)
            with pytest.raises(KeyboardInterrupt) as caught:
                client.send_text("+46000000001", "x", ref_id="r")
            thread.join()
        (record,) = [record for record in caplog.records if is_of_an_end(record)]
        assert record.ref_id == "r"
        # The exception has the same data.
        assert (caught.value.linkwa_ref_id, caught.value.linkwa_outcome) == ("r", record.outcome)
        assert getattr(caught.value, "__notes__", [record.getMessage()]) == [record.getMessage()]
        outcomes.add(record.outcome)
    assert "accepted" in outcomes and outcomes <= {"accepted", "unknown"}


def test_an_http_request_that_a_signal_ends_has_no_reference(fault, caplog):
    server = fault(None)
    with client_of(server.url) as client:
        thread = interrupt_and_answer(server)
        with pytest.raises(KeyboardInterrupt) as caught:
            client.request("POST", "x", b"{}")
        thread.join()
    (record,) = [record for record in caplog.records if is_of_an_end(record)]
    assert (record.ref_id, record.outcome) == ("", "unknown")
    assert (caught.value.linkwa_ref_id, caught.value.linkwa_outcome) == ("", "unknown")
    assert "refId" not in record.getMessage()


def test_an_exception_that_takes_no_attributes_is_raised_unchanged(fault):
    script = """
import os, signal, threading
class Bare(Exception):
    __slots__ = ()
    def __setattr__(self, name, value): raise AttributeError(name)
def handler(*_): raise Bare
signal.signal(signal.SIGUSR1, handler)
threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGUSR1)).start()
try: make_client().send_text("+46000000001", "x", ref_id="r", timeout=60)
except Bare as error: print(hasattr(error, "linkwa_ref_id"))
"""
    status, out, err = run_script(script, fault(None).url)
    assert (status, out) == (0, "False\n") and "refId r" in err, out + err


def test_a_chunk_that_comes_with_a_signal_is_kept(fault):
    accepted = 0
    for _ in range(20):
        server = fault(GOOD, delay=60)
        with client_of(server.url) as client:
            many = client.send_many(["+46000000001"], linkwa.Text("x"))
            thread = interrupt_and_answer(server)
            with pytest.raises(KeyboardInterrupt):
                next(many)
            thread.join()
            (chunk,) = many
            accepted += chunk.error is None
            assert (many.progress.sent, many.progress.unknown) == ((1, 0) if chunk.error is None else (0, 1))
    assert accepted > 0


@pytest.mark.parametrize("name", ["close", "checkpoint"])
def test_ctrl_c_ends_close_and_checkpoint_while_destinations_block(fault, name):
    taken, go_on, is_over = threading.Event(), threading.Event(), threading.Event()

    def destinations():
        taken.set()
        go_on.wait(60)
        yield "+46000000001"

    def interrupt():
        for _ in range(600):
            if is_over.wait(0.05):
                return
            os.kill(os.getpid(), signal.SIGINT)
        go_on.set()

    calls = []

    def handler(*_):
        # Each signal interrupts the call once. The next one may come before the thread has noticed.
        if calls == ["begun"]:
            calls.append("interrupted")
            raise KeyboardInterrupt

    with client_of(fault(GOOD).url) as client:
        many = client.send_many(destinations(), linkwa.Text("x"))
        reader = threading.Thread(target=lambda: list(many))
        reader.start()
        taken.wait(60)
        interrupter = threading.Thread(target=interrupt)
        before = signal.signal(signal.SIGINT, handler)
        try:
            interrupter.start()
            with pytest.raises(KeyboardInterrupt):
                calls.append("begun")
                getattr(many, name)()
            assert not go_on.is_set()
        finally:
            is_over.set()
            go_on.set()
            interrupter.join()
            signal.signal(signal.SIGINT, before)
        reader.join(60)
        assert not reader.is_alive()
