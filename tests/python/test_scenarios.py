"""Every scenario of the sandbox (tests/sandbox/README.md), blocking and on asyncio: one table."""

from __future__ import annotations

import asyncio
import re
import socket

import pytest
from conftest import ROOT, SECRET, async_client_of, client_of, wait_for

import linkwa

# code, outcome, reason, http_status, result_code, retry_after
ERRORS = {
    "1400": ("rejected", "rejected", None, 400, 112402, None),
    "1401": ("rejected", "rejected", None, 401, 112400, None),
    "1403": ("rejected", "rejected", None, 403, 112401, None),
    "1429": ("rejected", "rejected", None, 429, 112000, 1.0),
    "1500": ("outcome_unknown", "unknown", "server_error", 500, 112500, None),
    "1503": ("outcome_unknown", "unknown", "server_error", 503, 112500, 1.0),
    "2001": ("outcome_unknown", "unknown", "connection_lost", None, None, None),
    "2002": ("outcome_unknown", "unknown", "connection_lost", 200, None, None),
    "2003": ("outcome_unknown", "unknown", "invalid_response", 200, None, None),
    "2004": ("outcome_unknown", "unknown", "deadline", None, None, None),
    "2005": ("outcome_unknown", "unknown", "server_error", 200, 112500, None),
    "2007": ("rejected", "rejected", None, 200, 112402, None),
}
# The number of message ids and of receipts, and the codes of the reports.
ACCEPTED = {
    "2006": (0, 0, [112002, 112003]),
    "3001": (1, 1, [112002, 112002, 112003, 112003]),
    "3002": (1, 1, [112003, 112002]),
    "3003": (1, 1, []),
    "3403": (1, 1, [112002, 112403]),
    "3404": (1, 1, [112404]),
    "3406": (1, 1, [112406]),
    "0001": (1, 1, [112002, 112003]),
}
CLASSES = {"rejected": linkwa.Rejected, "outcome_unknown": linkwa.OutcomeUnknown}


def test_every_scenario_is_tested():
    text = (ROOT / "tests" / "sandbox" / "README.md").read_text(encoding="utf-8")
    listed = set(re.findall(r"^\| `(\d{4})` \|", text, re.MULTILINE))
    assert listed == {*ERRORS, *ACCEPTED} - {"0001"}


class Sender:
    """Sends with a blocking or an asynchronous client."""

    def __init__(self, kind, **config):
        self.client = (client_of if kind == "blocking" else async_client_of)(**config)
        self.loop = None if kind == "blocking" else asyncio.new_event_loop()

    def __call__(self, to, body="x", **options):
        sent = self.client.send_text(to, body, **options)
        return sent if self.loop is None else self.loop.run_until_complete(sent)

    def close(self):
        closed = self.client.close()
        if self.loop is not None:
            self.loop.run_until_complete(closed)
            self.loop.close()


@pytest.fixture(params=["blocking", "asyncio"])
def sender(request):
    """Makes a sender of each kind."""
    made = []

    def make(url, **config):
        made.append(Sender(request.param, url=url, **config))
        return made[-1]

    yield make
    for each in made:
        each.close()


@pytest.mark.parametrize("warm", [False, True])
@pytest.mark.parametrize("digits", ERRORS)
def test_each_failing_scenario_has_its_code_and_outcome_and_gets_one_request(sender, sandbox, digits, warm):
    send = sender(sandbox.base_url)
    if warm:
        send("+46000000001")
        sandbox.reset()
    with pytest.raises(linkwa.LinkwaError) as caught:
        send(f"+4670000{digits}", ref_id="r-17", timeout=1.0 if digits == "2004" else None)
    error = caught.value
    told = (error.code, error.outcome, error.reason, error.http_status, error.result_code, error.retry_after)
    assert told == ERRORS[digits]
    assert type(error) is CLASSES[error.code] and error.ref_id == "r-17" and "refId r-17" in str(error)
    assert (error.response_body is None) == (error.http_status is None)
    wait_for(lambda: [request["bodyComplete"] for request in sandbox.requests()] == [True])


GATE = "linkwa-callbacks"
"""The id of the gate `linkwa_callbacks`."""


def reports(sandbox, linkwa_callbacks):
    """Waits until no more reports are to come, and returns them."""
    wait_for(lambda: sandbox.status()["pendingCallbacks"] == 0)
    found = [linkwa.parse_callback(callback.body) for callback in linkwa_callbacks.all()]
    assert all(type(report) is linkwa.EventReport for report in found)
    return found


@pytest.mark.parametrize("digits", ACCEPTED)
def test_each_accepted_scenario_has_ids_and_reports(sender, sandbox, linkwa_callbacks, digits):
    ids, receipts, codes = ACCEPTED[digits]
    options = {"ref_id": "r-17", "event_report_gates": [GATE], "custom_parameters": {"k": "v"}}
    sent = sender(sandbox.base_url)(f"+4670000{digits}", **options)
    assert (sent.result_code, len(sent.message_ids), len(sent.receipts)) == (112001, ids, receipts)
    assert (sent.ref_id, sent.attempts, len(sandbox.requests())) == ("r-17", 1, 1)
    found = reports(sandbox, linkwa_callbacks)
    if digits == "3001":
        found.sort(key=lambda report: report.result_code)
    assert [report.result_code for report in found] == codes
    assert len({report.key for report in found}) == len(set(codes)), "a repeated report has the same key"
    for report in found:
        assert (report.ref_id, report.message_type, report.message_index) == ("r-17", "text", 0)
        assert report.custom_parameters == {"k": "v"} and report.timestamp is not None
        assert not ids or (report.message_id,) == sent.message_ids


@pytest.mark.parametrize("digits", ["2001", "2002", "2003", "2004"])
def test_reports_resolve_an_unknown_send(sender, sandbox, linkwa_callbacks, digits):
    with pytest.raises(linkwa.OutcomeUnknown) as caught:
        sender(sandbox.base_url)(f"+4670000{digits}", timeout=0.5, event_report_gates=[GATE])
    tracker = linkwa.StatusTracker()
    assert tracker.resolve(caught.value.ref_id) == "unknown"
    for report in reports(sandbox, linkwa_callbacks):
        tracker.apply(report)
    assert tracker.resolve(caught.value.ref_id) == "accepted"


def test_receipts_pair_destinations_with_ids_in_order(sender, sandbox):
    send = sender(sandbox.base_url)
    to = ["+46000000001", "+46000000002", "+46000000003"]
    sent = send(to)
    assert [(receipt.destination, receipt.message_id) for receipt in sent.receipts] == list(zip(to, sent.message_ids))
    to[1] = "+46000002006"
    sent = send(to)
    assert (len(sent.message_ids), sent.receipts) == (2, ())


def test_wrong_credentials_are_a_rejection(sender, sandbox):
    with pytest.raises(linkwa.Rejected) as caught:
        sender(sandbox.base_url, password="wrong")("+46000000001")
    assert (caught.value.http_status, caught.value.result_code) == (401, 112400)
    assert SECRET not in repr(vars(caught.value))


def test_an_unreachable_gateway(sender):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(linkwa.NotSent) as caught:
        sender(f"http://127.0.0.1:{port}", max_attempts=1)("+46000000001", ref_id="r")
    assert (caught.value.reason, caught.value.outcome, caught.value.ref_id) == ("connect", "not_sent", "r")


def test_several_messages_are_one_request_with_a_report_each(sandbox, linkwa_callbacks):
    async def main():
        async with async_client_of(sandbox.base_url) as client:
            messages = [linkwa.Text("one"), linkwa.Image("https://example.com/a.png")]
            return await client.send("+46000000001", messages, ref_id="r-1", event_report_gates=[GATE])

    sent = asyncio.run(main())
    assert len(sandbox.requests()) == 1
    found = sorted(
        (r.message_index, r.message_type, r.status, r.message_id) for r in reports(sandbox, linkwa_callbacks)
    )
    (message_id,) = sent.message_ids
    assert found == [
        (0, "text", "delivered", message_id),
        (0, "text", "sent", message_id),
        (1, "image", "delivered", message_id),
        (1, "image", "sent", message_id),
    ]
