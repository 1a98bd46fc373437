"""The package linkwa-sandbox: what tests of other programs do with it."""

from __future__ import annotations

import concurrent.futures
import contextlib
import doctest
import inspect
import json
import os
import re
import socket
import subprocess
import sys
import time
import typing
from pathlib import Path
from typing import Any, Callable

import pytest
from conftest import ROOT, SECRET, wait_for

import linkwa
from linkwa_sandbox import CallbackEndpoint, Sandbox, SandboxError, find_program, types

PACKAGE = ROOT / "tests/sandbox/python"
USER = "+46000000001"


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(PACKAGE)}


def of_user(callback: Any) -> bool:
    return "content" in callback.json


# What was sent


def test_a_message_and_its_callbacks(linkwa_client, linkwa_sandbox, linkwa_callbacks):
    sent = linkwa_client.send_text(USER, "Hej", ref_id="order-17")
    (message,) = linkwa_sandbox.messages(ref_id="order-17", status="delivered", wait=10, details=True)
    assert (message["user"], message["messageId"]) == (USER, sent.message_ids[0])
    assert message["content"] == {"type": "text", "text": {"body": "Hej"}}
    assert message["request"]["status"] == message["answer"]["status"] == 200
    reports = [linkwa.parse_callback(callback.body) for callback in linkwa_callbacks.wait(2)]
    assert [report.result_code for report in reports] == [112002, 112003]
    assert [callback["body"] for callback in message["callbacks"]] == [
        callback.json for callback in linkwa_callbacks.all()
    ]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, [0, 1, 2]),
        ({"to": USER}, [0, 2]),
        ({"user": USER[1:]}, [0, 2]),
        ({"ref_id": "b"}, [1]),
        ({"type": "location"}, [2]),
        ({"search": "second"}, [1]),
        ({"direction": "inbound"}, []),
        ({"limit": 2}, [0, 1]),
    ],
)
def test_messages_are_selected(query: dict[str, Any], found: list[int], linkwa_client, linkwa_sandbox):
    linkwa_client.send_text(USER, "The first", ref_id="a")
    linkwa_client.send_text("+46000000002", "The second", ref_id="b")
    linkwa_client.send(USER, linkwa.Location(latitude=59.9, longitude=10.7), ref_id="c")
    all_of_them = [message["id"] for message in linkwa_sandbox.messages()]
    assert [all_of_them.index(message["id"]) for message in linkwa_sandbox.messages(**query)] == found


def test_messages_after_an_id(linkwa_client, linkwa_sandbox):
    linkwa_client.send_text([USER, "+46000000002"], "Hej")
    first, second = linkwa_sandbox.messages()
    assert [message["id"] for message in linkwa_sandbox.messages(after=first["id"])] == [second["id"]]


def test_waiting_ends_with_the_message_or_with_the_time(linkwa_client, linkwa_sandbox):
    assert linkwa_sandbox.messages(to=USER, wait=0.05) == []
    linkwa_client.send_text(USER, "Hej")
    begun = time.monotonic()
    assert len(linkwa_sandbox.messages(to=USER, wait=60)) == 1
    assert len(linkwa_sandbox.messages(to=USER, wait=0.05, count=2)) == 1
    assert time.monotonic() - begun < 30


def test_a_refused_request_has_its_findings(linkwa_client, linkwa_sandbox):
    with pytest.raises(linkwa.Rejected):
        linkwa_client.send_raw({"refId": "order-17"})
    (request,) = linkwa_sandbox.refused()
    assert (request["reason"], request["status"]) == ("invalid", 400)
    assert request["findings"] and linkwa_sandbox.messages() == []
    assert [one["id"] for one in linkwa_sandbox.requests()] == [request["id"]]


# What a user does

INBOUND: dict[str, tuple[Callable[[Sandbox], str], dict[str, Any]]] = {
    "text": (lambda it: it.inbound_text("Hej"), {"text": "Hej"}),
    "button": (lambda it: it.inbound_button("Yes", "yes-17"), {"button": {"text": "Yes", "payload": "yes-17"}}),
    "media": (
        lambda it: it.inbound_media("https://example.com/a.png", mime_type="image/png", caption="A"),
        {"media": {"source": "https://example.com/a.png", "type": "image/png", "caption": "A"}},
    ),
    "location": (
        lambda it: it.inbound_location(59.5, 10.5, name="Here"),
        {"location": {"latitude": 59.5, "longitude": 10.5, "name": "Here"}},
    ),
    "contacts": (
        lambda it: it.inbound_contacts([{"name": "Test Person", "phones": ["+46000000002"]}]),
        {"contacts": [{"name": {"formatted_name": "Test Person"}, "phones": [{"phone": "+46000000002"}]}]},
    ),
    "button reply": (
        lambda it: it.inbound_button_reply("home", "Home"),
        {"interactive": {"type": "button_reply", "button_reply": {"id": "home", "title": "Home"}}},
    ),
    "list reply": (
        lambda it: it.inbound_list_reply("oslo", "Oslo", description="D"),
        {"interactive": {"type": "list_reply", "list_reply": {"id": "oslo", "title": "Oslo", "description": "D"}}},
    ),
    "reaction": (
        lambda it: it.inbound_reaction("👍", "an-id"),
        {"reaction": {"emoji": "👍", "message_id": "an-id"}},
    ),
}


@pytest.mark.parametrize("kind", INBOUND)
def test_a_user_writes(kind: str, linkwa_sandbox, linkwa_callbacks):
    write, content = INBOUND[kind]
    message_id = write(linkwa_sandbox)
    (callback,) = linkwa_callbacks.wait()
    assert (callback.json["messageId"], callback.json["source"]) == (message_id, USER)
    assert {name: callback.json["content"]["message"].get(name) for name in content} == content
    assert isinstance(linkwa.parse_callback(callback.body), linkwa.ReceivedMessage)


def test_a_user_replies_to_a_message(linkwa_client, linkwa_sandbox, linkwa_callbacks):
    linkwa_client.send_text("+46000000002", "Will you come?")
    (message,) = linkwa_sandbox.messages()
    linkwa_sandbox.inbound_button("Yes", "yes-17", reply_to=message)
    (callback,) = linkwa_callbacks.wait(where=of_user)
    received = linkwa.parse_callback(callback.body)
    assert (received.source, received.destination) == ("+46000000002", "+46000000000")
    assert received.context.message_id == message["messageId"]


def test_the_options_of_a_users_message(linkwa_sandbox, linkwa_callbacks):
    linkwa_sandbox.add_gate("other", linkwa_callbacks.url, username="me", password="hush", headers={"x-key": "k"})
    linkwa_sandbox.inbound_text("Hej", user_id="AT.1349", destination="+46000000009", gate="other")
    (callback,) = linkwa_callbacks.wait()
    assert "source" not in callback.json and callback.json["destination"] == "+46000000009"
    assert callback.json["customParameters"]["whatsappUserId"] == "AT.1349"
    assert (callback.headers["authorization"], callback.headers["x-key"]) == ("Basic bWU6aHVzaA==", "k")


def test_any_callback_can_be_posted(linkwa_sandbox, linkwa_callbacks):
    linkwa_sandbox.inbound({"type": "raw", "body": "no JSON"})
    assert linkwa_callbacks.wait()[0].body == b"no JSON"


# What becomes of a message


def test_reports_of_any_kind(linkwa_client, linkwa_sandbox, linkwa_callbacks):
    linkwa_client.send_text("+46000003003", "Hej", ref_id="order-17")  # no report by itself
    (message,) = linkwa_sandbox.messages()
    linkwa_sandbox.report(message_id=message["messageId"], status="read")
    linkwa_callbacks.wait(1)
    (again,) = linkwa_sandbox.report(message=message["id"], result_code=112404)
    linkwa_callbacks.wait(2)
    linkwa_sandbox.report(ref_id="order-17", callback=again, times=2)
    codes = [callback.json["resultCode"] for callback in linkwa_callbacks.wait(4)]
    assert codes == [112007, 112404, 112404, 112404]


def test_the_next_requests_take_a_scenario(linkwa_client, linkwa_sandbox):
    linkwa_sandbox.scenario("1403", count=2)
    for _ in range(2):
        with pytest.raises(linkwa.Rejected):
            linkwa_client.send_text(USER, "Hej")
    linkwa_client.send_text(USER, "Hej")
    linkwa_sandbox.chaos({"1403": 1.0}, seed=7)
    with pytest.raises(linkwa.Rejected):
        linkwa_client.send_text(USER, "Hej")


def test_an_endpoint_that_refuses_gets_the_callback_again(linkwa_sandbox, linkwa_callbacks):
    linkwa_callbacks.answer = lambda _: 200 if linkwa_callbacks.all() else 500
    linkwa_sandbox.inbound_text("Hej")
    first, second = linkwa_callbacks.wait(2)
    assert first.body == second.body
    (message,) = linkwa_sandbox.messages(direction="inbound")
    wait_for(lambda: linkwa_sandbox.messages()[0]["callbacks"][0]["state"] == "taken")
    (callback,) = linkwa_sandbox.messages(user=message["user"])[0]["callbacks"]
    assert [attempt["status"] for attempt in callback["attempts"]] == [500, 200]


def test_waiting_for_callbacks_fails_when_the_time_is_up(linkwa_callbacks):
    with pytest.raises(TimeoutError):
        linkwa_callbacks.wait(timeout=0.05)


# The control API as it is described

OPENAPI = json.loads((ROOT / "tests/sandbox/openapi.json").read_text(encoding="utf-8"))
SHAPES = {
    "Answer": types.Answer,
    "Attempt": types.Attempt,
    "Callback": types.PostedCallback,
    "Context": types.Context,
    "Finding": types.Finding,
    "Message": types.Message,
    "Request": types.Request,
}
METHODS: dict[str, tuple[Callable[..., Any], set[str]]] = {
    "NewGate": (Sandbox.add_gate, {"header"}),
    "Plan": (Sandbox.scenario, set()),
    "Report": (Sandbox.report, set()),
}


def properties(schema: str) -> set[str]:
    return set(OPENAPI["components"]["schemas"][schema]["properties"])


def parameters(method: Callable[..., Any]) -> set[str]:
    names = (name.split("_") for name in inspect.signature(method).parameters if name != "self")
    return {first + "".join(part.capitalize() for part in others) for first, *others in names}


@pytest.mark.parametrize("schema", SHAPES)
def test_a_shape_has_the_fields_of_the_control_api(schema: str):
    assert set(typing.get_type_hints(SHAPES[schema])) == properties(schema)


@pytest.mark.parametrize("schema", METHODS)
def test_a_method_takes_the_fields_of_the_control_api(schema: str):
    method, left_out = METHODS[schema]
    assert parameters(method) == properties(schema) - left_out


def test_messages_are_selected_by_parameters_of_the_control_api():
    described = {parameter["name"] for parameter in OPENAPI["paths"]["/sandbox/messages"]["get"]["parameters"]}
    assert parameters(Sandbox.messages) <= described


# Starting and ending


def test_each_test_begins_with_nothing(linkwa_sandbox):
    assert linkwa_sandbox.messages() == linkwa_sandbox.requests() == linkwa_sandbox.refused() == []
    with pytest.raises(SandboxError):
        linkwa_sandbox.inbound_text("there is no gate")


def test_a_sandbox_of_its_own():
    gate = ["a=http://127.0.0.1:1/", "b=http://127.0.0.1:1/"]
    with CallbackEndpoint() as endpoint, Sandbox(default_gate=endpoint.url, latency="1..2", gate=gate) as sandbox:
        assert sandbox.status()["latencyMs"] == [1, 2]
        assert len(sandbox.control("GET", "gates")["gates"]) == 3
        with linkwa.Client(**sandbox.client_options()) as client:
            client.send_text(USER, "Hej")
        endpoint.wait(2)
    with pytest.raises(SandboxError):
        sandbox.messages()


def test_the_options_of_the_program(linkwa_sandbox):
    assert linkwa_sandbox.client_options()["password"] == SECRET
    with pytest.raises(SandboxError) as refused:
        Sandbox(no_such_option=1)
    assert "--no-such-option" in str(refused.value)


def test_a_call_that_is_refused_and_a_sandbox_that_has_ended():
    with Sandbox() as sandbox:
        with pytest.raises(SandboxError) as refused:
            sandbox.control("GET", "messages", query={"nonsense": USER})
        assert str(refused.value).startswith("GET /sandbox/messages: ") and "nonsense" in str(refused.value)
        assert USER[1:] not in str(refused.value) and "{" not in str(refused.value)
        queried = sandbox.control("GET", "messages", query={"newest": False, "details": True, "to": None})
        assert queried["messages"] == []
        sandbox._process.popen.kill()
        sandbox._process.popen.wait()
        with pytest.raises(SandboxError) as ended:
            sandbox.messages()
        assert "-9" in str(ended.value) or os.name == "nt"


def test_an_answer_that_is_not_the_sandboxs_is_an_error():
    with Sandbox() as sandbox, socket.create_server(("127.0.0.1", 0)) as server:
        sandbox.control_url = f"http://127.0.0.1:{server.getsockname()[1]}/sandbox"
        for answer in [b"no HTTP\r\n\r\n", b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nno", b""]:
            with concurrent.futures.ThreadPoolExecutor(1) as pool:
                calling = pool.submit(sandbox.status)
                connection, _ = server.accept()
                with connection:
                    connection.recv(65536)
                    connection.sendall(answer)
                assert isinstance(calling.exception(), SandboxError)


def test_a_program_that_is_not_there(monkeypatch, tmp_path):
    monkeypatch.delenv("LINKWA_SANDBOX", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SandboxError):
        find_program()
    program = tmp_path / ("linkwa-sandbox.exe" if os.name == "nt" else "linkwa-sandbox")
    program.write_text("")
    program.chmod(0o755)
    assert find_program() == str(program)
    nothing = str(tmp_path / "nothing")
    monkeypatch.setenv("LINKWA_SANDBOX", nothing)
    with pytest.raises(SandboxError) as wrong:
        find_program()
    assert "LINKWA_SANDBOX" in str(wrong.value) and nothing in str(wrong.value)


def is_listening(port: int) -> bool:
    with contextlib.suppress(ConnectionError), socket.create_connection(("127.0.0.1", port), 10):
        return True
    return False


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the system cannot fork")
def test_it_ends_when_its_tests_are_killed_even_if_a_child_of_them_goes_on():
    script = """
import os, time
from linkwa_sandbox import Sandbox
sandbox = Sandbox()
read, write = os.pipe()
child = os.fork()
if child == 0:
    sandbox.close()  # not the child's to end
    os.write(write, b"closed")
    os.close(1)
    time.sleep(600)
os.read(read, 6)
sandbox.messages()
print(child, sandbox.port, flush=True)
time.sleep(600)
"""
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, env=environment()) as process:
        assert process.stdout is not None
        child, port = map(int, process.stdout.readline().split())
        try:
            assert is_listening(port)
            process.kill()
            wait_for(lambda: not is_listening(port))
            os.kill(child, 0)
        finally:
            os.kill(child, 9)


def test_the_module_is_the_program():
    done = subprocess.run(
        [sys.executable, "-m", "linkwa_sandbox", "--version"], env=environment(), capture_output=True, text=True
    )
    assert (done.returncode, done.stdout) == (0, f"linkwa-sandbox {linkwa.__version__}\n")


@pytest.mark.skipif(os.name != "posix", reason="the system has no SIGTERM")
def test_the_module_ends_with_a_signal():
    command = [sys.executable, "-m", "linkwa_sandbox", "--listen", "127.0.0.1:0"]
    with subprocess.Popen(command, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        port = json.loads(process.stdout.readline())["port"]
        assert is_listening(port)
        process.terminate()
        assert process.wait(10) == 0
    assert not is_listening(port)


# The manual


@pytest.mark.parametrize("of", [Sandbox, CallbackEndpoint])
def test_the_examples_in_docstrings_print_what_they_say(of: type):
    (example,) = doctest.DocTestFinder(recurse=False).find(of, globs={})
    assert example.examples
    assert doctest.DocTestRunner().run(example).failed == 0


def programs() -> list[str]:
    return re.findall(r"^```python\n(.*?)^```$", (PACKAGE / "README.md").read_text(encoding="utf-8"), re.M | re.S)


def test_the_first_message_of_the_manual(tmp_path: Path):
    first, _ = programs()
    done = subprocess.run(
        [sys.executable, "-c", first], env=environment(), cwd=tmp_path, capture_output=True, text=True
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "+46000000001: Hello\n", "")


ASYNC = """
import asyncio
import linkwa


def test_an_async_client(linkwa_async_client, linkwa_sandbox):
    asyncio.run(linkwa_async_client.send_text("+46000000001", "Hello"))
    assert len(linkwa_sandbox.messages()) == 1


def test_a_sandbox_for_each_worker(linkwa_sandbox):
    print("port", linkwa_sandbox.port)
"""


@pytest.mark.parametrize("workers", [0, 2])
def test_the_tests_of_the_manual_under_pytest_and_xdist(workers: int, tmp_path: Path):
    _, tests = programs()
    assert tests.startswith("# test_reminder.py\n")
    (tmp_path / "test_reminder.py").write_text(tests, encoding="utf-8")
    (tmp_path / "test_async.py").write_text(ASYNC, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-p", "linkwa_sandbox.pytest_plugin", "-p", "no:cacheprovider", "-rP"]
    done = subprocess.run(
        [*command, *(["-n", str(workers)] if workers else [])],
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0 and "5 passed" in done.stdout, done.stdout + done.stderr
