"""HTTP requests to other resources: what is sent, what comes back, and what is known when nothing does."""

from __future__ import annotations

import asyncio
import copy
import json
import pickle

import pytest
from conftest import ACCOUNT, GOOD, async_client_of, client_of, http, run_script, wait_for

import linkwa


def test_every_complete_answer_is_a_result(fault):
    server = fault(http(404, b"\x00\xffno"))
    client = client_of(server.url)
    for body, sent in [
        ({"text": "ä", "n": [1, True, None]}, {"text": "ä", "n": [1, True, None]}),
        ('{"a":1}', {"a": 1}),
        (b'{"a":1}', {"a": 1}),
        (None, None),
        (b"", None),
    ]:
        answer = client.request("POST", "mo/status", body)
        assert (answer.status, answer.body) == (404, b"\x00\xffno")
        assert (json.loads(server.bodies[-1]) if server.bodies[-1] else None) == sent
    assert client.request("PUT", "/media/1?a=b", b"\x89PNG", content_type="image/png", timeout=20).status == 404
    assert server.bodies[-1] == b"\x89PNG"
    assert len(server.bodies) == 6 and server.connections == 1


def test_the_default_client_and_an_event_loop_send_requests_too(fault, sandbox):
    linkwa.configure(**ACCOUNT, base_url=sandbox.base_url)
    assert linkwa.request("GET", "no/such/resource").status == 404
    server = fault(http(200, b"[]"))

    async def main():
        async with async_client_of(server.url) as client:
            answers = await asyncio.gather(*(client.request("GET", f"media/{index}") for index in range(20)))
            return {(answer.status, answer.body) for answer in answers}

    assert asyncio.run(main()) == {(200, b"[]")}
    assert len(server.bodies) == 20


@pytest.mark.parametrize(
    ("arguments", "place"),
    [
        (("get", "x"), "method"),
        (("HEAD", "x"), "method"),
        (("GET", ""), "path"),
        (("GET", "../x"), "path"),
        (("GET", "a/%2e%2e/x"), "path"),
        (("GET", "https://example.com/x"), "path"),
        (("GET", "//example.com/x"), "path"),
        (("GET", "x\r\nX: y"), "path"),
    ],
)
def test_what_is_refused_is_not_sent(fault, arguments, place):
    server = fault(GOOD)
    client = client_of(server.url)
    with pytest.raises(linkwa.InvalidRequest) as caught:
        client.request(*arguments)
    assert [finding.path for finding in caught.value.findings] == [place]
    assert (caught.value.outcome, caught.value.ref_id) == ("not_sent", None)
    with pytest.raises(linkwa.InvalidRequest):
        client.request("POST", "x", b"x", content_type="a\r\nX: y")
    assert server.bodies == []


def test_a_mapping_that_is_too_large_or_too_deep_is_not_sent(fault):
    server = fault(GOOD)
    client = client_of(server.url)
    deep: dict[str, object] = {}
    for _ in range(100):
        deep = {"a": deep}
    circular: dict[str, object] = {}
    circular["a"] = [circular]
    for body in ({"file": "x" * 1_100_000, "type": "image/png"}, deep, circular):
        with pytest.raises(linkwa.InvalidRequest) as caught:
            client.request("POST", "media", body)
        assert [finding.code for finding in caught.value.findings] == ["invalid_json"]
        assert (caught.value.outcome, caught.value.ref_id) == ("not_sent", None)
    assert server.bodies == []
    assert client.request("POST", "media", "x" * 1_100_000).status == 200
    assert len(server.bodies[0]) == 1_100_000


def test_wrong_types_are_type_errors_that_name_the_argument(fault):
    client = client_of(fault(GOOD).url)
    for arguments, name in [((1, "x"), "method"), (("GET", b"x"), "path"), (("GET", "x", [1]), "body")]:
        with pytest.raises(TypeError, match=f"'{name}'"):
            client.request(*arguments)
    with pytest.raises(TypeError, match="'content_type'"):
        client.request("POST", "x", "x", content_type=b"x")


def test_an_error_says_what_is_known_of_the_request(fault):
    with pytest.raises(linkwa.NotSent) as caught:
        client_of("http://127.0.0.1:1").request("GET", "x")
    assert (caught.value.reason, caught.value.ref_id) == ("connect", None)
    silent = fault(None)
    with pytest.raises(linkwa.OutcomeUnknown) as unknown:
        client_of(silent.url).request("DELETE", "x", timeout=0.2)
    assert (unknown.value.reason, unknown.value.ref_id, len(silent.bodies)) == ("deadline", None, 1)

    async def main():
        async with async_client_of(silent.url) as client:
            # Before Python 3.11, a task that awaits this one gets another CancelledError.
            async def ask():
                with pytest.raises(asyncio.CancelledError) as cancelled:
                    await client.request("GET", "x")
                return cancelled.value.linkwa_outcome

            task = asyncio.ensure_future(ask())
            await asyncio.to_thread(wait_for, lambda: len(silent.bodies) == 2)
            task.cancel()
            return await task

    assert asyncio.run(main()) == "unknown"


def test_a_response_is_a_value_and_its_repr_shows_no_body():
    response = linkwa.HttpResponse(status=200, body=b"canary")
    assert response == pickle.loads(pickle.dumps(response)) == copy.copy(response)
    assert response != linkwa.HttpResponse(status=200)
    assert repr(response) == "HttpResponse(status=200)"
    with pytest.raises(TypeError, match="'body'"):
        linkwa.HttpResponse(status=200, body="text")


def test_ctrl_c_ends_a_request(fault):
    server = fault(None)
    script = """
import signal, threading, time
client = make_client()
threading.Timer(0.5, lambda: signal.raise_signal(signal.SIGINT)).start()
try:
    client.request("GET", "x")
except KeyboardInterrupt as error:
    print(error.linkwa_outcome, repr(error.linkwa_ref_id))
"""
    code, out, _ = run_script(script, server.url)
    assert (code, out) in [(0, "unknown ''\n"), (0, "not_sent ''\n")]
