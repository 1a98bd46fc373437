"""Every error as an exception, with its attributes."""

from __future__ import annotations

import copy
import pickle

import pytest
from conftest import client_of, http

import linkwa

CLASSES = {
    "invalid_config": linkwa.InvalidConfig,
    "invalid_request": linkwa.InvalidRequest,
    "rejected": linkwa.Rejected,
    "not_sent": linkwa.NotSent,
    "outcome_unknown": linkwa.OutcomeUnknown,
    "invalid_callback": linkwa.InvalidCallback,
    "internal": linkwa.InternalError,
}
# Safe defaults for an error of which only the class is known.
OUTCOMES = {
    "invalid_config": "not_sent",
    "invalid_request": "not_sent",
    "rejected": "rejected",
    "not_sent": "not_sent",
    "outcome_unknown": "unknown",
    "invalid_callback": None,
    "internal": "unknown",
}
ATTRIBUTES = (
    "code outcome disposition reason ref_id http_status result_code description translated_description retry_after findings "
    "response_body path position"
).split()


def test_there_is_one_base_and_a_class_for_each_code():
    for code, kind in CLASSES.items():
        assert issubclass(kind, linkwa.LinkwaError) and kind.__module__ == "linkwa" and kind.__doc__
        error = kind("why")
        assert (error.code, str(error), error.findings, error.ref_id) == (code, "why", (), None)


@pytest.mark.parametrize(("status", "disposition"), [(400, "fail"), (429, "retry"), (503, "park")])
def test_the_disposition_says_what_to_do(fault, status, disposition):
    with client_of(fault(http(status, b"")).url) as client, pytest.raises(linkwa.LinkwaError) as caught:
        client.send_text("+46000000001", "x")
    assert caught.value.disposition == disposition


def test_the_error_of_a_closed_client_is_not_retryable():
    client = client_of("http://127.0.0.1:1")
    client.close()
    with pytest.raises(linkwa.NotSent) as caught:
        client.send_text("+46000000001", "x")
    assert (caught.value.reason, caught.value.disposition) == ("closed", "fail")


def test_an_error_made_again_has_the_disposition_of_its_class():
    dispositions = {code: kind("why").disposition for code, kind in CLASSES.items()}
    assert dispositions == {
        "invalid_config": "fail",
        "invalid_request": "fail",
        "rejected": "fail",
        "not_sent": "retry",
        "outcome_unknown": "park",
        "invalid_callback": "fail",
        "internal": "park",
    }
    assert linkwa.Rejected("why", disposition="retry").disposition == "retry"
    # What is known of the message counts.
    assert linkwa.InternalError("why", outcome="not_sent").disposition == "fail"
    assert linkwa.NotSent("why", outcome="unknown").disposition == "park"


@pytest.mark.parametrize("code", CLASSES)
def test_an_error_made_again_keeps_code_and_outcome(code):
    kind = CLASSES[code]
    bare = kind.__new__(kind, "why")
    assert str(bare) == "why"
    for error in (
        kind("why"),
        kind(),
        kind(*kind("why").args),
        bare,
        pickle.loads(pickle.dumps(kind("why"))),
        copy.copy(kind()),
    ):
        assert (error.code, error.outcome) == (code, OUTCOMES[code]) == (kind.code, kind.outcome)
        assert [
            getattr(error, name) for name in ATTRIBUTES if name not in ("code", "outcome", "disposition", "findings")
        ] == [None] * 10
        assert error.findings == ()
    assert (linkwa.LinkwaError("why").code, linkwa.LinkwaError("why").outcome) == ("internal", "unknown")
    assert kind("why", outcome="rejected").outcome == "rejected"


def test_an_answer_is_reported_unchanged(fault):
    body = b'{"resultCode":112402,"description":"bad","translatedDescription":"schlecht"}'
    with client_of(fault(http(400, body)).url) as client, pytest.raises(linkwa.Rejected) as caught:
        client.send_text("+46000000001", "x")
    error = caught.value
    assert (error.description, error.translated_description) == ("bad", "schlecht")
    assert error.response_body == body and error.retry_after is None and error.reason is None


def test_an_invalid_request_reports_all_findings(client):
    with pytest.raises(linkwa.InvalidRequest) as caught:
        client.send([""], [linkwa.Text(""), {"type": "image", "image": {"link": "ftp://x"}}], ref_id="r")
    error = caught.value
    paths = [finding.path for finding in error.findings]
    assert "destinations[0]" in paths and "messages[0].text.body" in paths and "messages[1].image.link" in paths
    lines = str(error).split("\n")
    assert len(lines) == len(error.findings) + 1
    assert all(path in str(error) for path in paths)
    assert (error.outcome, error.ref_id, error.reason) == ("not_sent", "r", None)


def test_an_unreachable_gateway_is_reported():
    with client_of("http://127.0.0.1:1", max_attempts=1) as client, pytest.raises(linkwa.NotSent) as caught:
        client.send_text("+46000000001", "x")
    assert (caught.value.reason, caught.value.outcome, caught.value.disposition) == ("connect", "not_sent", "retry")
    assert caught.value.ref_id


def test_an_error_names_host_and_port_and_the_setting_with_its_variable():
    with client_of("http://127.0.0.1:1", max_attempts=1) as client, pytest.raises(linkwa.NotSent) as refused:
        client.send_text("+46000000001", "x")
    assert "127.0.0.1:1" in str(refused.value) and "os error" not in str(refused.value)

    with pytest.raises(linkwa.InvalidConfig) as plain:
        linkwa.Client(base_url="http://gateway.example", username="user", password="")
    for setting in (
        "`base_url` (LINKWA_BASE_URL)",
        "`allow_http` (LINKWA_ALLOW_HTTP=1)",
        "`password` (LINKWA_PASSWORD)",
    ):
        assert setting in str(plain.value)

    client = linkwa.Client(base_url="http://127.0.0.1:1", username="user", password="secret")
    with pytest.raises(linkwa.InvalidRequest) as bare:
        client.send_text("+46000000001", "x")
    for setting in ("platform_id", "platform_partner_id", "source"):
        assert f"`{setting}` (LINKWA_{setting.upper()})" in str(bare.value)


def test_errors_can_be_pickled_and_copied(client):
    with pytest.raises(linkwa.LinkwaError) as invalid:
        client.send_text("", "")
    with pytest.raises(linkwa.LinkwaError) as rejected:
        client.send_text("+46000001400", "x")
    for error in (invalid.value, rejected.value):
        for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
            again = pickle.loads(pickle.dumps(error, protocol))
            assert type(again) is type(error) and str(again) == str(error)
            assert [getattr(again, name) for name in ATTRIBUTES] == [getattr(error, name) for name in ATTRIBUTES]
        assert str(copy.copy(error)) == str(error)


def test_an_unknown_error_code_gives_the_base_class():
    from linkwa._errors import make

    error = make("why", "brand_new", {"outcome": None, "findings": ()})
    assert type(error) is linkwa.LinkwaError and (error.code, error.outcome) == ("brand_new", "unknown")
