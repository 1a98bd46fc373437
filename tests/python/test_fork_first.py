"""A fork while another thread needs something for the first time."""

from __future__ import annotations

import os

import pytest
from conftest import run_script

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")

# Another thread is stopped at an import that the native module makes on first use, and the process forks. A fork waits for values
# that PyO3 is initialising, so the thread continues by itself after a while.
SCRIPT = """
import asyncio, builtins, collections, datetime, ipaddress, os, signal, threading, time, types, warnings
warnings.simplefilter("ignore")  # newer versions of Python warn of forks beside threads
import linkwa._extra  # what imports by itself takes locks of Python's own, which is not what this is about
number = int(sys.argv[2])
import_really = builtins.__import__
inside, go, seen = threading.Event(), threading.Event(), []
def held_up(name, globals=None, locals=None, fromlist=(), level=0):
    # This is how the import appears from C.
    if threading.current_thread() is other and isinstance(fromlist, list):
        seen.append(name)
        if len(seen) - 1 == number:
            inside.set()
            go.wait(0.3)
    return import_really(name, globals, locals, fromlist, level)
def work():
    now = datetime.datetime.now(datetime.timezone.utc)
    client = make_client()
    options = dict(custom_parameters=types.MappingProxyType({"a": "b"}), relative_validity_time=datetime.timedelta(hours=1))
    assert client.send_text(collections.UserList(["+46000000001"]), "x", **options).result_code == 112001
    assert client.send_text("+46000000001", "x", absolute_validity_time=now).result_code == 112001
    try:
        client.send_text("+46000000001", "")
    except linkwa.InvalidRequest:
        pass
    text = '{"messageId":"m","messageIndex":0,"timestamp":"2020-03-30T12:59:41+02:00","resultCode":112003,"new":{"a":1}}'
    report = linkwa.parse_callback(text)
    assert report.timestamp.utcoffset() == datetime.timedelta(hours=2) and report.extra == {"new": {"a": 1}}
    assert report.status == "delivered"
    assert not linkwa.is_gateway_address(ipaddress.ip_address("192.0.2.1"))
    assert linkwa.care_window(now).is_open
    client.close()
other = threading.Thread(target=work)
builtins.__import__ = held_up
other.start()
while other.is_alive() and not inside.wait(0.01): pass
if inside.is_set():
    child = os.fork()
    if child == 0:
        work()
        os._exit(0)
    until = time.monotonic() + 30
    ended = (0, 0)
    while ended[0] == 0 and time.monotonic() < until:
        time.sleep(0.005)
        ended = os.waitpid(child, os.WNOHANG)
    if ended[0] == 0:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    print(seen[number], "hangs" if ended[0] == 0 else ended[1])
go.set()
other.join()
"""


def test_a_child_can_send_if_another_thread_was_initialising_at_the_fork(sandbox):
    said = []
    while True:
        status, out, err = run_script(SCRIPT, sandbox.base_url, str(len(said)), seconds=120)
        assert (status, err) == (0, "")
        if not out:
            break
        said.append(out.split())
    assert [name for name, outcome in said if outcome != "0"] == []
    # At least these must have been tried.
    assert {"threading", "logging", "ipaddress", "datetime", "linkwa._errors"} <= {name for name, _ in said}
    assert len(said) < 100
