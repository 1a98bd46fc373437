"""The lines of the logger `linkwa`, which contain no secrets."""

from __future__ import annotations

import asyncio
import logging
import textwrap

import pytest
from conftest import CANARIES, GOOD, async_client_of, client_of, run_script, wait_for

import linkwa

TEXT = "a text of mine"


def test_an_accepted_attempt_is_a_debug_line(client, caplog):
    caplog.set_level(logging.DEBUG)
    client.send_text("+46000000001", TEXT, ref_id="r")
    wait_for(lambda: caplog.records)
    (record,) = caplog.records
    assert (record.name, record.levelname) == ("linkwa", "DEBUG")
    assert record.message.startswith("refId r: attempt 1: accepted, status 200")
    fields = vars(record)
    expected = {"ref_id": "r", "attempt": 1, "outcome": "accepted", "http_status": 200, "code": None, "reason": None}
    assert {name: fields[name] for name in expected} == expected and fields["method"] is None
    assert 0 <= fields["elapsed_ms"] < 60_000 and fields["bytes"] > len(TEXT)


def test_a_failed_attempt_is_a_warning(caplog):
    with client_of("http://127.0.0.1:1/x") as client, pytest.raises(linkwa.NotSent):
        client.send_text("+46000000001", TEXT, ref_id="r")
    lines = [record for record in caplog.records if record.name == "linkwa"]
    assert [record.levelname for record in lines] == ["WARNING"] * 3
    assert lines[0].message.startswith("refId r: attempt 1: not_sent (connect), status -")
    names = ("ref_id", "attempt", "outcome", "http_status", "code", "reason")
    assert [tuple(vars(record)[name] for name in names) for record in lines] == [
        ("r", attempt, "not_sent", None, "not_sent", "connect") for attempt in (1, 2, 3)
    ]


def test_the_line_of_a_request_to_another_resource_has_its_method_and_no_path(client, caplog):
    client.request("POST", "mo/46000000001", {"a": 1})
    (record,) = wait_for(lambda: [record for record in caplog.records if record.name == "linkwa"])
    fields = vars(record)
    assert (fields["method"], fields["ref_id"], fields["outcome"], fields["http_status"]) == (
        "POST",
        None,
        "answered",
        404,
    )
    assert "46000000001" not in repr(fields)


def test_without_debug_an_accepted_attempt_has_no_line(client, caplog):
    caplog.set_level(logging.INFO)
    client.send_text("+46000000001", TEXT)
    logging.getLogger("linkwa").setLevel(logging.WARNING)
    try:
        caplog.set_level(logging.DEBUG)
        client.send_text("+46000000001", TEXT)
        # Its workers have logged everything before a handler is added.
        client.close()
    finally:
        logging.getLogger("linkwa").setLevel(logging.NOTSET)
    assert caplog.records == []


def test_workers_also_log(sandbox, caplog):
    caplog.set_level(logging.DEBUG)

    async def main():
        async with async_client_of(sandbox.base_url) as client:
            await asyncio.gather(*(client.send_text("+46000000001", TEXT) for _ in range(50)))

    asyncio.run(main())
    wait_for(lambda: [record.name for record in caplog.records].count("linkwa") == 50)


def test_log_lines_have_no_secret_number_or_text(sandbox, fault, caplog):
    caplog.set_level(1)
    shown = []
    hanging = fault(None)
    for url, number in [
        (sandbox.base_url, "+46000000001"),
        (sandbox.base_url, "+46000001401"),
        (sandbox.base_url, "+46000002003"),
        (hanging.url, "+46000000001"),
        ("http://127.0.0.1:1/x", "+46000000001"),
    ]:
        client = client_of(url, timeout=1.0)
        try:
            shown.append(repr(client.send_text(number, TEXT)))
        except linkwa.LinkwaError as error:
            shown += [repr(error), str(error), repr(vars(error))]
        list(client.send_many([number], linkwa.Text(TEXT), timeout=0.2))
        client.close()

    async def main():
        client = async_client_of(hanging.url)
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(client.send_text("+46000000001", TEXT), 0.1)
        await client.close(0)

    asyncio.run(main())
    lines = [record.getMessage() + repr(vars(record)) for record in caplog.records if record.name == "linkwa"]
    assert len(lines) >= 8
    for canary in CANARIES:
        assert not any(canary in line for line in lines + shown)
    for private in ("46000000001", TEXT):
        assert not any(private in line for line in lines)
    # Lines of its dependencies reach no handler.
    assert {record.name for record in caplog.records} <= {"linkwa", "asyncio"}


def test_a_log_handler_that_raises_does_not_affect_the_send(fault):
    script = """
import asyncio, logging
class Broken(logging.Handler):
    def handle(self, record): raise RuntimeError("broken handler")
logging.getLogger().addHandler(Broken())
logging.getLogger().setLevel(logging.DEBUG)
logging.getLogger("asyncio").setLevel(logging.ERROR)
sys.unraisablehook = lambda what: print(what.exc_value)
client = make_client()
print(client.send_text("+46000000001", "x").result_code)
client.close()
"""
    status, out, err = run_script(script, fault(GOOD).url)
    assert status == 0 and "112001" in out and "broken handler" in out, out + err


def test_a_log_handler_may_send(client, fault):
    server = fault(GOOD)
    with client_of(server.url) as other:

        class Alert(logging.Handler):
            def emit(self, record):
                if "server.url" not in record.getMessage() and "alert" not in record.getMessage():
                    other.send_text("+46000000001", "x", ref_id="alert")

        logger, handler = logging.getLogger("linkwa"), Alert()
        logger.addHandler(handler)
        logger.setLevel(logging.DEBUG)
        try:
            client.send_text("+46000000001", "x")
            wait_for(lambda: server.bodies)
            client.close()
        finally:
            logger.removeHandler(handler)
            logger.setLevel(logging.NOTSET)


def test_the_attempt_of_a_cancelled_send_is_logged_as_cancelled(fault, caplog):
    server = fault()

    async def cancelled():
        async with async_client_of(server.url) as client:
            task = asyncio.ensure_future(client.send_text("+46000000001", TEXT))
            await asyncio.to_thread(wait_for, lambda: server.bodies)
            task.cancel()
            await asyncio.wait([task])

    asyncio.run(cancelled())
    attempts = wait_for(lambda: [vars(record) for record in caplog.records if "attempt 1" in record.message])
    assert [(attempt["outcome"], attempt["reason"]) for attempt in attempts] == [("unknown", "cancelled")]


def test_the_line_of_the_last_send_is_written_before_the_process_ends(fault):
    server = fault(GOOD)
    # On one core the process usually ends before its worker writes the line.
    script = """
        import logging, os
        if hasattr(os, "sched_setaffinity"):
            os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
        logging.basicConfig(level=logging.DEBUG, format="%(message)s")
        client = make_client()
        client.send_text("+46000000001", "x", ref_id="r")
    """
    for _ in range(5):
        status, _, err = run_script(textwrap.dedent(script), server.url)
        assert status == 0 and "refId r: attempt 1: accepted" in err
