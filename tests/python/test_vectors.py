"""The shared vectors through the public API: requests as bytes, as dicts and with our classes; answers as attributes.

Those of callbacks are in test_callbacks.py.
"""

from __future__ import annotations

import contextlib
import functools
import gzip
import json
import re
import zlib
from typing import Any

import pytest
from conftest import GOOD, FaultServer, client_of, http
from request_vectors import (
    REQUEST_VECTORS,
    VECTORS,
    Inexpressible,
    RequestVector,
    as_call,
    as_dict,
    as_typed,
    input_bytes,
)

import linkwa


def found(findings):
    return [(finding.path, finding.code, finding.severity) for finding in findings]


def expressed(form):
    """Returns the vectors that can be written in this form."""
    params = []
    for vector in REQUEST_VECTORS:
        with contextlib.suppress(Inexpressible):
            params.append(pytest.param(vector, form(vector), id=vector.id))
    return params


AS_DICT = expressed(as_dict)
AS_CALL = expressed(as_call)
AS_TYPED = expressed(as_typed)


def test_as_many_can_be_written_as_there_were():
    """If you add vectors, raise the numbers of the forms in which they can be written. They must not fall otherwise."""
    assert [len(each) for each in (REQUEST_VECTORS, AS_DICT, AS_CALL, AS_TYPED)] == [1307, 1189, 1112, 699]


def check(vector: RequestVector, make) -> None:
    """Compares the bytes that `make` returns, or its findings, with the vector."""
    try:
        output = make()
    except linkwa.InvalidRequest as error:
        assert found(error.findings) == vector.findings and not vector.is_valid
        assert (error.code, error.outcome) == ("invalid_request", "not_sent")
        assert all(finding.path in str(error) and finding.message for finding in error.findings)
    else:
        assert vector.is_valid and output == vector.output


@pytest.mark.parametrize(("vector", "request_dict"), AS_DICT)
def test_a_dict_has_the_findings_of_its_json(vector, request_dict):
    findings = linkwa.validate(request_dict, extensions=vector.extensions)
    of_text = linkwa.validate(vector.given, extensions=vector.extensions)
    assert [without_sizes(it) for it in findings] == [without_sizes(it) for it in of_text]
    assert found(findings) == vector.findings


def without_sizes(finding):
    """Writing a dict that is too large stops at the limit, so its exact size is unknown."""
    message = re.sub("[0-9]+ bytes or more", "more bytes", finding.message)
    return (finding.path, finding.code, finding.severity, finding.suggestion, message)


@pytest.mark.parametrize(("vector", "call"), AS_CALL)
def test_a_call_with_messages_as_dicts_builds_the_bytes(vector, call):
    check(vector, call.build)


@pytest.mark.parametrize(("vector", "call"), AS_TYPED)
def test_a_call_with_typed_messages_builds_the_bytes(vector, call):
    check(vector, call.build)


@pytest.mark.parametrize("vector", REQUEST_VECTORS, ids=lambda vector: vector.id)
def test_the_findings_are_those_of_the_vectors(vector):
    findings = linkwa.validate(vector.given, extensions=vector.extensions)
    assert found(findings) == vector.findings
    assert {at: findings[at].suggestion for at in vector.suggestions} == vector.suggestions


@pytest.fixture(scope="module")
def posted():
    """Sends a request with the vector's client, and returns the body that the gateway received."""
    server = FaultServer(GOOD)

    with client_of(server.url) as plain, client_of(server.url, extensions=True) as extended:

        def post(vector, request) -> bytes:
            server.bodies.clear()
            (extended if vector.extensions else plain).send_request(request)
            (body,) = server.bodies
            return body

        yield post
    server.close()


@pytest.mark.parametrize("vector", REQUEST_VECTORS, ids=lambda vector: vector.id)
def test_a_whole_request_is_posted_as_the_vector_says(posted, vector):
    check(vector, lambda: posted(vector, vector.given))


@pytest.mark.parametrize(("vector", "request_dict"), AS_DICT)
def test_a_whole_dict_is_posted_as_the_vector_says(posted, vector, request_dict):
    check(vector, lambda: posted(vector, request_dict))


def answers() -> list[Any]:
    params = []
    for file in sorted(VECTORS.glob("answer-*.json")):
        document = json.loads(file.read_text(encoding="utf-8"))
        assert document.keys() <= {"about", "kind", "vectors"} and document["kind"] == "answer"
        for vector in document["vectors"]:
            members = {"id", "rule", "note", "status", "headers", "body", "destinations", "expect"}
            assert vector.keys() <= members and len(vector["expect"].keys() & {"result", "error"}) == 1
            params.append(pytest.param(vector, id=vector["id"]))
    assert len(params) >= 90
    return params


def answer_bytes(vector: dict[str, Any]) -> bytes:
    """Returns the bytes of the answer. It closes the connection, because the next answer is another one."""
    body = input_bytes(vector["body"]) if "body" in vector else b""
    headers = [(name, value) for name, value in vector.get("headers", [])]
    names = {name.lower() for name, _ in headers}
    if vector["status"] != 204 or "body" in vector:
        headers.append(("content-length", str(len(body))))
    if "body" in vector and "content-type" not in names:
        headers.append(("content-type", "application/json"))
    lines = [f"HTTP/1.1 {vector['status']} X", *(f"{name}: {value}" for name, value in headers), "connection: close"]
    return "\r\n".join([*lines, "", ""]).encode() + body


RESULT = {
    "resultCode": lambda sent: sent.result_code,
    "description": lambda sent: sent.description,
    "messageIds": lambda sent: list(sent.message_ids),
    "receipts": lambda sent: [[receipt.destination, receipt.message_id] for receipt in sent.receipts],
}
ERROR = {
    "code": lambda error: error.code,
    "outcome": lambda error: error.outcome,
    "reason": lambda error: error.reason,
    "httpStatus": lambda error: error.http_status,
    "resultCode": lambda error: error.result_code,
    "description": lambda error: error.description,
    "retryAfterMs": lambda error: None if error.retry_after is None else round(error.retry_after * 1000),
}
CLASSES = {"rejected": linkwa.Rejected, "outcome_unknown": linkwa.OutcomeUnknown, "not_sent": linkwa.NotSent}


def unpacked(body: bytes) -> bytes:
    """Returns the body that an error keeps: decompressed, if possible."""
    try:
        return gzip.decompress(body)
    except (OSError, EOFError, zlib.error):
        return body


@pytest.mark.parametrize("vector", answers())
def test_an_answer_is_what_the_vector_says(fault, vector):
    with client_of(fault(answer_bytes(vector)).url) as client:
        try:
            came, read, kind = client.send_text(vector["destinations"], "x", ref_id="r"), RESULT, "result"
        except linkwa.LinkwaError as error:
            came, read, kind = error, ERROR, "error"
            assert type(error) is CLASSES[error.code]
            body = input_bytes(vector["body"]) if "body" in vector else b""
            assert error.response_body == unpacked(body)[: 64 * 1024]
    expected = vector["expect"].get(kind)
    assert expected is not None, came
    assert {name: read[name](came) for name in expected} == expected
    assert came.ref_id == "r"


def of_kind(kind: str, members: set[str]) -> list[Any]:
    params = []
    for file in sorted(VECTORS.glob(f"{kind}-*.json")):
        document = json.loads(file.read_text(encoding="utf-8"))
        assert document.keys() <= {"about", "kind", "vectors"} and document["kind"] == kind
        for vector in document["vectors"]:
            assert vector.keys() <= {"id", "rule", "note"} | members
            params.append(pytest.param(vector, id=vector["id"]))
    assert len(params) >= 40
    return params


@pytest.mark.parametrize("vector", of_kind("header", {"name", "value", "valid"}))
def test_a_header_is_taken_or_refused_as_the_vector_says(vector):
    make = functools.partial(client_of, "http://127.0.0.1:9", headers={vector["name"]: vector["value"]})
    if vector["valid"]:
        make().close()
        return
    with pytest.raises(linkwa.InvalidConfig) as caught:
        make()
    assert len(vector["value"]) <= 1 or vector["value"] not in str(caught.value)


@pytest.mark.parametrize("vector", of_kind("path", {"path", "wire", "error"}))
def test_a_path_is_sent_or_refused_as_the_vector_says(fault, vector):
    server = fault(http(200, b""))
    with client_of(server.url) as client:
        if "wire" in vector:
            assert client.request("GET", vector["path"]).status == 200
            assert len(server.bodies) == 1
            return
        with pytest.raises(linkwa.InvalidRequest) as caught:
            client.request("GET", vector["path"])
    assert found(caught.value.findings) == [("path", vector["error"], "error")]
    assert server.bodies == []
