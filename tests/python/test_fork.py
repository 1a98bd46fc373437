"""Children that are forked from a process with a client can use it."""

from __future__ import annotations

import os

import pytest
from conftest import GOOD, run_script

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")

CHILD = """
import asyncio, os, threading, time
def in_child(work):
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            work()
            status = 0
        finally:
            sys.stdout.flush()
            os._exit(status)
    assert os.waitpid(child, 0)[1] == 0
TO = "+46000000001"
"""


@pytest.mark.parametrize("used", [False, True])
def test_a_child_sends_with_its_parents_client(fault, used):
    script = (
        CHILD
        + f"""
client, async_client = make_client(), make_async()
if {used}:
    client.send_text(TO, "x")
    asyncio.run(async_client.send_text(TO, "x"))
def work():
    assert client.send_text(TO, "x").result_code == 112001
    assert asyncio.run(async_client.send_text(TO, "x")).result_code == 112001
    assert len(list(client.send_many([TO], linkwa.Text("x")))) == 1
    client.close()
in_child(work)
in_child(work)
work()
print("done")
"""
    )
    status, out, err = run_script(script, fault(GOOD).url)
    assert (status, out) == (0, "done\n"), err


def test_a_child_forked_while_sends_are_under_way_can_send(fault):
    script = (
        CHILD
        + """
import logging
class Formats(logging.Handler):
    # Writes to no stream: if another thread is writing to it, it stays locked in a child, also without linkwa.
    def emit(self, record): self.format(record)
logging.basicConfig(level=logging.DEBUG, handlers=[Formats()])
client, async_client = make_client(), make_async()
stop = threading.Event()
def busy():
    while not stop.is_set(): client.send_text(TO, "x")
def busy_loop():
    async def main():
        while not stop.is_set(): await asyncio.gather(*(async_client.send_text(TO, "x") for _ in range(20)))
    asyncio.run(main())
many = client.send_many([TO] * 10, linkwa.Text("x"), destinations_per_request=1)
next(many)
threads = [threading.Thread(target=busy) for _ in range(4)] + [threading.Thread(target=busy_loop)]
for thread in threads: thread.start()
def work():
    assert client.send_text(TO, "x").result_code == 112001
    assert asyncio.run(async_client.send_text(TO, "x")).result_code == 112001
    assert list(many) == [] and many.progress.sent >= 0
    many.close()
for _ in range(20): in_child(work)
stop.set()
for thread in threads: thread.join()
assert len(list(many)) == 9
print("done")
"""
    )
    status, out, err = run_script(script, fault(GOOD).url)
    assert (status, out) == (0, "done\n"), err


def test_a_child_forked_inside_a_running_loop_can_run_a_new_loop(fault):
    script = (
        CHILD
        + """
client = make_async()
async def main():
    under_way = [asyncio.ensure_future(client.send_text(TO, "x")) for _ in range(10)]
    await asyncio.sleep(0)
    def work():
        asyncio.set_event_loop(None)
        loop = asyncio.new_event_loop()
        assert loop.run_until_complete(client.send_text(TO, "x")).result_code == 112001
    in_child(work)
    assert len(await asyncio.gather(*under_way)) == 10
asyncio.run(main())
print("done")
"""
    )
    status, out, err = run_script(script, fault(GOOD, delay=0.05).url)
    assert (status, out) == (0, "done\n"), err


def test_sends_work_in_multiprocessing_children(fault):
    script = """
import multiprocessing
client = make_client()
def send(number): return client.send_text(number, "x").result_code
if __name__ == "__main__":
    client.send_text("+46000000001", "x")
    with multiprocessing.get_context("fork").Pool(4) as pool:
        print(pool.map(send, ["+46000000001"] * 20) == [112001] * 20)
"""
    status, out, err = run_script(script, fault(GOOD).url)
    assert (status, out) == (0, "True\n"), err
