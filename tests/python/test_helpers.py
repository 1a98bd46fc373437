"""Helpers that make parameters, check a destination, and write results and errors as dicts."""

from __future__ import annotations

import copy
import datetime
import decimal
import json

import pytest
from conftest import client_of, http

import linkwa

TO = "+46000000001"
CANARY = "canary-+46000000001"


@pytest.mark.parametrize(
    ("amount", "expected"),
    [
        (decimal.Decimal("100.99"), 100990),
        (decimal.Decimal("1E+3"), 1_000_000),
        (decimal.Decimal("1E-3"), 1),
        (decimal.Decimal("-0.001"), -1),
        ("0.29", 290),
        (7, 7000),
        ("9223372036854775.807", 2**63 - 1),
    ],
)
def test_an_amount_is_exact(amount, expected):
    assert linkwa.Currency.from_decimal("$", "USD", amount) == linkwa.Currency("$", code="USD", amount_1000=expected)


@pytest.mark.parametrize(
    ("amount", "code"),
    [
        (decimal.Decimal("0.0001"), "invalid_format"),
        (decimal.Decimal("NaN"), "invalid_format"),
        (decimal.Decimal("Infinity"), "invalid_format"),
        ("1,5", "invalid_format"),
        ("", "invalid_format"),
        (10**30, "out_of_range"),
    ],
)
def test_an_amount_that_cannot_be_sent_is_refused(amount, code):
    with pytest.raises(linkwa.InvalidRequest) as caught:
        linkwa.Currency.from_decimal("$", "USD", amount)
    assert [(finding.path, finding.code) for finding in caught.value.findings] == [("amount", code)]


@pytest.mark.parametrize("amount", [100.99, None, True, b"1"])
def test_an_amount_of_another_type_is_a_type_error(amount):
    with pytest.raises(TypeError, match="'amount'"):
        linkwa.Currency.from_decimal("$", "USD", amount)


@pytest.mark.parametrize("zone", [None, datetime.timezone.utc, datetime.timezone(datetime.timedelta(hours=9))])
def test_a_datetime_becomes_the_fields_of_its_clock(fault, zone):
    moment = datetime.datetime(2030, 2, 24, 15, 33, 59, tzinfo=zone)
    made = linkwa.DateTime.from_datetime("then", moment)
    assert made == linkwa.DateTime("then", year=2030, month=2, day=24, hour=15, minute=33)
    client = client_of(fault(http(200, b'{"resultCode":112001,"messageIds":["a"]}')).url)
    template = linkwa.Template("t", namespace="n", language="en", components=[linkwa.Body(made)])
    (component,) = json.loads(client.build(TO, template))["messages"][0]["template"]["components"]
    assert component["parameters"][0]["dateTime"]["dayOfWeek"] == 7
    for wrong in (moment.date(), 0, "2030-02-24"):
        with pytest.raises(TypeError, match="'value'"):
            linkwa.DateTime.from_datetime("then", wrong)


def test_a_destination_is_checked():
    assert linkwa.check_destination(TO) == ()
    (finding,) = linkwa.check_destination("+46 70 000 00 01")
    assert (finding.path, finding.code, finding.suggestion) == ("", "invalid_msisdn", "+46700000001")
    with pytest.raises(TypeError, match="'number'"):
        linkwa.check_destination(46)


def test_only_a_message_to_one_destination_has_one_id(fault):
    client = client_of(fault(http(200, b'{"resultCode":112001,"messageIds":["a"]}')).url)
    sent = client.send_text(TO, "x")
    assert sent.message_id == sent.to_dict()["message_id"] == copy.copy(sent).message_id == "a"
    assert client.send_text([TO, "+46000000002"], "x").message_id is None


def test_a_result_as_a_dict_shows_destinations_on_request_only(fault):
    answer = json.dumps({"resultCode": 112001, "description": CANARY, "messageIds": ["a"]}).encode()
    client = client_of(fault(http(200, answer)).url)
    sent = client.send_text(TO, "x" * 5000, ref_id="r")
    assert sent.to_dict() == {
        "ref_id": "r",
        "result_code": 112001,
        "message_id": "a",
        "message_ids": ["a"],
        "attempts": 1,
        "repeat": False,
    }
    whole = sent.to_dict(details=True)
    assert json.loads(json.dumps(whole)) == whole
    assert whole["description"] == CANARY
    assert whole["receipts"] == [{"destination": TO, "message_id": "a"}]
    assert [warning["code"] for warning in whole["warnings"]] == ["too_long"]
    (chunk,) = client.send_many([TO], linkwa.Text("x"), ref_id="m")
    assert TO not in json.dumps(chunk.to_dict())
    assert chunk.to_dict(details=True)["result"]["description"] == CANARY
    assert linkwa.HttpResponse(status=200, body=b"a\xff").to_dict(details=True) == {"status": 200, "body": "a\ufffd"}
    assert linkwa.HttpResponse(status=200, body=b"a").to_dict() == {"status": 200}


def test_an_error_as_a_dict_shows_values_of_the_request_on_request_only(fault):
    answer = json.dumps({"resultCode": 112402, "description": CANARY}).encode()
    client = client_of(fault(http(400, answer)).url)
    with pytest.raises(linkwa.Rejected) as rejected:
        client.send_text(TO, "x", ref_id="r")
    shown = rejected.value.to_dict()
    assert (shown["name"], shown["code"], shown["ref_id"], shown["http_status"]) == ("Rejected", "rejected", "r", 400)
    assert CANARY not in json.dumps(shown)
    whole = rejected.value.to_dict(details=True)
    assert (whole["description"], json.loads(whole["response_body"])["description"]) == (CANARY, CANARY)
    with pytest.raises(linkwa.InvalidRequest) as invalid:
        client.send_text("+46 70 000 00 01", "x")
    assert "findings" not in invalid.value.to_dict()
    (finding,) = invalid.value.to_dict(details=True)["findings"]
    assert (finding["path"], finding["suggestion"]) == ("destinations[0]", "+46700000001")
    (chunk,) = client.send_many([TO], linkwa.Text("x"))
    assert chunk.to_dict()["error"]["code"] == "rejected"


def test_a_callback_as_a_dict_is_what_came():
    body = {"messageId": "m", "refId": "r", "resultCode": 112003, "new": {"a": [1, None]}}
    assert linkwa.parse_callback(json.dumps(body)).to_dict() == body
