"""Threads that share everything at once. On a free-threaded Python they run at the same time; on others the interpreter
changes between them as often as it can."""

from __future__ import annotations

import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from conftest import ACCOUNT, bodies, client_of

import linkwa
from linkwa.outbox import Outbox, SqliteStore
from linkwa.receiver import CallbackReceiver

TO = "+46000000001"
THREADS = 8
ROUNDS = 12


@pytest.fixture(autouse=True)
def busy() -> Iterator[None]:
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(before)


def run(work: Callable[[int], None]) -> None:
    """Calls a function in several threads at once, with the number of the thread, and raises the first error."""
    start = threading.Barrier(THREADS)
    errors: list[BaseException] = []

    def thread(number: int) -> None:
        start.wait(30)
        try:
            work(number)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=thread, args=(number,)) for number in range(THREADS)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    if errors:
        raise errors[0]


def test_threads_share_a_client_its_functions_and_the_configuration(sandbox):
    sandbox.reset()
    linkwa.configure(**ACCOUNT, base_url=sandbox.base_url)
    results: list[linkwa.SendResult] = []
    parameters: dict[str, str] = {}
    heard: Counter[str] = Counter()
    with client_of(sandbox.base_url, max_connections=3) as client:

        def work(number: int) -> None:
            own: list[linkwa.Event] = []
            for round in range(ROUNDS):
                # Another thread changes the mapping while it is read.
                parameters[f"{number}-{round}"] = "x"
                remove = client.on_event(lambda event: own.append(event))
                results.append(client.send_text(TO, "x", custom_parameters=parameters, ref_id=f"a-{number}-{round}"))
                remove()
                if number == 0:
                    linkwa.configure(**ACCOUNT, base_url=sandbox.base_url, priority="HIGH")
                results.append(linkwa.send_text(TO, "x", ref_id=f"b-{number}-{round}"))
            heard.update({event.ref_id for event in own if event.kind == "send_ended" and event.ref_id})

        run(work)
    expected = {f"{kind}-{number}-{round}" for kind in "ab" for number in range(THREADS) for round in range(ROUNDS)}
    assert {result.ref_id for result in results} == expected and len(results) == len(expected)
    assert Counter(body["refId"] for body in bodies(sandbox)) == Counter(expected)
    # Each send of a thread is heard by that thread's function, and perhaps by those of others.
    assert set(heard) == {ref_id for ref_id in expected if ref_id.startswith("a")}


def test_threads_read_one_run_and_get_each_result_once(sandbox):
    sandbox.reset()
    numbers = [f"+4670000{index:04}" for index in range(400)]
    chunks: list[linkwa.Chunk] = []
    with client_of(sandbox.base_url) as client:
        many = client.send_many(iter(numbers), linkwa.Text("x"), destinations_per_request=4)

        def work(number: int) -> None:
            for chunk in many:
                chunks.append(chunk)
                assert many.progress.sent <= len(numbers) and many.checkpoint()

        run(work)
    assert sorted(number for chunk in chunks for number in chunk.destinations) == numbers
    assert sorted(chunk.index for chunk in chunks) == list(range(100)) and many.progress.sent == len(numbers)


def test_threads_end_a_run_that_others_read(sandbox):
    def endless() -> Iterator[str]:
        while True:
            yield TO

    with client_of(sandbox.base_url) as client:
        many = client.send_many(endless(), linkwa.Text("x"), destinations_per_request=1)
        count = threading.Semaphore(0)

        def work(number: int) -> None:
            if number == 0:
                for _ in range(20):
                    assert count.acquire(timeout=30)
                many.close()
                return
            for chunk in many:
                assert chunk.error is None or chunk.error.reason in ("cancelled", "closed")
                count.release()

        run(work)
    assert many.progress.under_way == 0


def test_threads_share_an_outbox_and_no_message_is_sent_twice(sandbox, tmp_path: Path):
    sandbox.reset()
    settled: Counter[str] = Counter()
    with client_of(sandbox.base_url) as client, SqliteStore(tmp_path / "outbox.db") as store:
        outbox = Outbox(client, store)
        outbox.create_schema()

        def work(number: int) -> None:
            for round in range(ROUNDS):
                ref_id = f"order-{round}"
                try:
                    sent = outbox.send(TO, linkwa.Text("x"), ref_id=ref_id)
                except linkwa.OutcomeUnknown as error:
                    assert error.reason == "in_doubt"  # another thread is sending it
                else:
                    settled[f"{ref_id} {sent.repeat}"] += 1
                assert outbox.status(ref_id) is not None

        run(work)
        assert {outbox.status(f"order-{round}").state for round in range(ROUNDS)} == {"accepted"}
    assert all(settled[f"order-{round} False"] == 1 for round in range(ROUNDS))
    assert Counter(body["refId"] for body in bodies(sandbox)) == {f"order-{round}": 1 for round in range(ROUNDS)}


def test_threads_share_a_tracker_and_a_guard():
    guard = linkwa.CallbackGuard(headers={"x-key": "secret"})
    tracker = linkwa.StatusTracker()
    codes = [112001, 112002, 112003, 112007]

    def work(number: int) -> None:
        for round in range(ROUNDS * 10):
            body = f'{{"messageId": "m{round}", "refId": "r", "resultCode": {codes[(number + round) % 4]}}}'
            assert guard.check("195.84.162.34", {"x-key": "secret"}, len(body))
            report = linkwa.parse_callback(body)
            assert isinstance(report, linkwa.EventReport) and report.key == report.key
            tracker.apply(report)
            if number == 0:
                assert linkwa.StatusTracker.from_json(tracker.to_json()) is not tracker
            elif number == 1:
                tracker.retain(lambda state: True)
            elif number == 2:
                assert len(list(tracker)) <= ROUNDS * 10 and tracker == tracker

    run(work)
    assert [state.status for state in tracker.states("r")] == ["read"] * (ROUNDS * 10)


def test_a_receiver_calls_its_handler_once_for_each_callback_that_threads_bring():
    handled: Counter[str] = Counter()
    events: list[str] = []

    def handle(callback: linkwa.Callback) -> None:
        handled[callback.key] += 1

    receiver = CallbackReceiver(handle, guard=None)
    receiver.on_event(lambda event: events.append(event.kind))

    def work(number: int) -> None:
        for round in range(ROUNDS * 10):
            body = f'{{"messageId": "m{round}", "resultCode": 112003}}'.encode()
            assert receiver.handle("127.0.0.1", {}, body)[0] == 200

    run(work)
    assert set(handled.values()) == {1} and len(handled) == ROUNDS * 10
    assert Counter(events) == {"callback_accepted": THREADS * ROUNDS * 10}
