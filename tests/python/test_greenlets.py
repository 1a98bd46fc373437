"""gevent and eventlet: other greenlets run while one waits for a send."""

from __future__ import annotations

import threading
from importlib.util import find_spec
from pathlib import Path

import pytest
from conftest import GOOD, FaultServer, run_script, wait_for

from linkwa_sandbox import Sandbox

HUBS = {
    "gevent": (
        "from gevent import monkey; monkey.patch_all()\n"
        "import gevent\nfrom gevent import spawn, sleep, GreenletExit\n"
        "def kill(greenlet): greenlet.kill(block=False)\n"
        "def join(greenlet): greenlet.join(30); assert greenlet.dead\n"
    ),
    "eventlet": (
        "import warnings; warnings.simplefilter('ignore')\n"
        "import eventlet; eventlet.monkey_patch()\n"
        "from eventlet import spawn, sleep\nfrom greenlet import GreenletExit\n"
        "def kill(greenlet): eventlet.kill(greenlet)\n"
        "def join(greenlet):\n    try: greenlet.wait()\n    except GreenletExit: pass\n"
    ),
}
COUNT = """
ticks = [0]
def tick():
    while True:
        ticks[0] += 1
        sleep(0.01)
ticker = spawn(tick)
"""

each_hub = pytest.mark.parametrize(
    "hub",
    [pytest.param(hub, marks=pytest.mark.skipif(find_spec(hub) is None, reason=f"{hub} is not here")) for hub in HUBS],
)


def run(hub: str, script: str, *arguments: str) -> str:
    code = f"exec({HUBS[hub]!r} + {COUNT!r})\n" + script
    status, out, err = run_script(code, *arguments)
    assert status == 0, out + err
    return out


@each_hub
@pytest.mark.parametrize(
    "call",
    [
        'client.send_text("+46000000001", "x").result_code',
        'client.send_request(client.build("+46000000001", linkwa.Text("x"))).result_code',
        'client.send_raw(client.build("+46000000001", linkwa.Text("x"))).result_code',
        '__import__("json").loads(client.request("POST", "x", {"a": 1}).body)["resultCode"]',
        '[chunk.result.result_code for chunk in client.send_many(["+46000000001"], linkwa.Text("x"))][0]',
    ],
)
def test_other_greenlets_run_while_a_send_waits(hub: str, call: str, fault) -> None:
    script = f"client = make_client()\nresult = {call}\nprint(result, ticks[0] > 3)\nclient.close()\n"
    assert run(hub, script, fault(GOOD, delay=1.0).url) == "112001 True\n"


@each_hub
def test_workers_log_under_gevent_but_not_under_eventlet(hub: str) -> None:
    script = """
client = make_client(max_attempts=1)
try: client.send_text("+46000000001", "x", ref_id="r")
except linkwa.NotSent: client.close()
"""
    status, out, err = run_script(f"exec({HUBS[hub]!r})\n" + script, "http://127.0.0.1:1/x")
    assert (status, out) == (0, "")
    # eventlet's locks are for greenlets of one thread.
    assert ("refId r: attempt 1: not_sent (" in err) == (hub == "gevent"), err


@each_hub
def test_sends_of_greenlets_overlap(hub: str, fault) -> None:
    server: FaultServer = fault(GOOD, delay=60)

    def release() -> None:
        wait_for(lambda: len(server.bodies) == 5)
        server.released.set()

    threading.Thread(target=release, daemon=True).start()
    script = """
client = make_client()
greenlets = [spawn(client.send_text, "+46000000001", "x") for _ in range(5)]
for greenlet in greenlets: join(greenlet)
print("sent")
"""
    assert run(hub, script, server.url) == "sent\n"


@each_hub
@pytest.mark.parametrize(
    "call",
    [
        'client.send_text("+46000000001", "x", ref_id="r", timeout=60)',
        'next(client.send_many(["+46000000001"], linkwa.Text("x"), ref_id="r", timeout=60))',
    ],
)
def test_a_greenlet_that_is_killed_ends_its_send(hub: str, call: str, fault, tmp_path: Path) -> None:
    server: FaultServer = fault(None)
    script = """
import os
client = make_client()
told = []
def send():
    try: CALL
    except GreenletExit as error:
        told.append((error.linkwa_ref_id, error.linkwa_outcome))
        raise
greenlet = spawn(send)
while not os.path.exists(sys.argv[2]): sleep(0.005)
kill(greenlet)
join(greenlet)
print(told)
"""
    mark = tmp_path / "mark"

    def watch() -> None:
        wait_for(lambda: server.bodies)
        mark.write_text("")

    threading.Thread(target=watch, daemon=True).start()
    assert run(hub, script.replace("CALL", call), server.url, str(mark)) == "[('r', 'unknown')]\n"


@each_hub
def test_an_error_reaches_the_greenlet(hub: str, fault) -> None:
    script = """
client = make_client(max_attempts=1)
try: client.send_text("", "")
except linkwa.InvalidRequest as error: print(error.code)
client.close()
try: client.send_text("+46000000001", "x")
except linkwa.NotSent as error: print(error.reason)
"""
    assert run(hub, script, fault(GOOD).url) == "invalid_request\nclosed\n"


@each_hub
def test_the_hub_prints_no_errors_of_sends(hub: str, sandbox: Sandbox) -> None:
    # As in a worker of Celery: a hub that writes to a log may have to wait for its lock, which a hub cannot do.
    script = """
class Log:
    def write(self, text): sys.__stdout__.write("printed: " + text)
    def flush(self): pass
sys.stderr = Log()
client = make_client(max_attempts=1)
for number in ("+46000001400", "+46000002001"):
    try: client.send_text(number, "x")
    except linkwa.LinkwaError as error: print(error.outcome)
client.close()
"""
    head = f"exec({HUBS[hub]!r})\nimport logging; logging.disable()\n"
    status, out, err = run_script(head + script, sandbox.base_url)
    assert (status, out) == (0, "rejected\nunknown\n"), out + err
