"""The blocking client, its verbs and options, and the default client."""

from __future__ import annotations

import copy
import datetime
import inspect
import json
import pickle
import re
import threading

import pytest
from conftest import ACCOUNT, CANARIES, GOOD, SECRET, bodies, client_of, run_script, wait_for

import linkwa
from linkwa_sandbox import Sandbox

TO = "+46000000001"
UTC = datetime.timezone.utc
VERBS = (
    "send send_text send_image send_audio send_video send_document send_location send_contacts send_template build "
    "send_many"
).split()


def test_a_text_is_sent_and_the_result_is_complete(client, sandbox):
    sent = client.send_text(TO, "Hello", preview_url=False, priority="HIGH", ref_id="r-1")
    assert (sent.ref_id, sent.result_code, sent.attempts, sent.warnings) == ("r-1", 112001, 1, ())
    assert [receipt.destination for receipt in sent.receipts] == [TO]
    assert sent.message_ids == (sent.receipts[0].message_id,)
    (body,) = bodies(sandbox)
    assert body["messages"] == [{"type": "text", "previewUrl": False, "text": {"body": "Hello"}}]
    assert (body["priority"], body["refId"], body["destinations"]) == ("HIGH", "r-1", [TO])


def test_every_verb_sends_its_message(client, sandbox):
    link = "https://example.com/a"
    client.send_image(TO, link + ".png", caption="c")
    client.send_audio(TO, link + ".mp3")
    client.send_video([TO], link + ".mp4", caption="c")
    client.send_document((TO, "+46000000002"), link + ".pdf", caption="c", filename="f.pdf")
    client.send_location(TO, latitude=59.3, longitude=18.1, name="n", address="a")
    client.send_contacts(TO, [linkwa.Contact(name=linkwa.Name("Anna A", first_name="Anna"))])
    components = [linkwa.Body("Anna"), linkwa.UrlButton(1, text="track/17")]
    client.send_template(TO, "order_update", namespace="ns", language="en", components=components)
    client.send(TO, {"type": "text", "text": {"body": "x"}})
    client.send(TO, [linkwa.Text("y"), {"type": "text", "text": {"body": "z"}}])
    kinds = [[message["type"] for message in body["messages"]] for body in bodies(sandbox)]
    assert kinds == [
        ["image"], ["audio"], ["video"], ["document"], ["location"], ["contacts"], ["template"], ["text"],
        ["text", "text"],
    ]  # fmt: skip


def test_every_option_arrives(client, sandbox):
    until = datetime.datetime(2090, 3, 18, 17, 49, 21, 999, datetime.timezone(datetime.timedelta(hours=1)))
    client.send_text(
        TO,
        "x",
        priority="LOW",
        ref_id="r",
        event_report_gates=["gate"],
        custom_parameters={"k": "v"},
        relative_validity_time=datetime.timedelta(minutes=1),
        source="+46000000009",
        platform_service_id="s",
        platform_service_type="t",
        platform_transaction_id="u",
        timeout=10,
    )
    client.send_text(TO, "x", absolute_validity_time=until)
    client.send_text(TO, "x", absolute_validity_time="2090-03-18T17:49:21+01:00")
    first, second, third = bodies(sandbox)
    del first["messages"], first["destinations"], first["platformId"], first["platformPartnerId"]
    assert first == {
        "priority": "LOW",
        "refId": "r",
        "eventReportGates": ["gate"],
        "customParameters": {"k": "v"},
        "relativeValidityTime": 60_000,
        "source": "+46000000009",
        "platformServiceId": "s",
        "platformServiceType": "t",
        "platformTransactionId": "u",
    }
    assert second["absoluteValidityTime"] == "2090-03-18T16:49:21Z"
    assert third["absoluteValidityTime"].startswith("2090-03-18T1")


def test_the_clients_defaults_are_in_each_request(sandbox):
    with client_of(sandbox.base_url, priority="LOW", custom_parameters={"a": "b"}, event_report_gates=["g"]) as client:
        client.send_text(TO, "x")
        client.send_text(TO, "x", priority="HIGH")
    first, second = bodies(sandbox)
    assert (first["priority"], first["customParameters"], first["eventReportGates"]) == ("LOW", {"a": "b"}, ["g"])
    assert (second["priority"], second["customParameters"]) == ("HIGH", {"a": "b"})


def test_an_empty_option_clears_the_clients_default_for_one_send(sandbox):
    defaults = {"custom_parameters": {"a": "b"}, "event_report_gates": ["g"], "platform_service_id": "s"}
    with client_of(sandbox.base_url, **defaults) as client:
        client.send_text(TO, "x", custom_parameters={}, event_report_gates=[], ref_id="r")
        client.send_text(TO, "x", custom_parameters=None, event_report_gates=None)
        built = client.build(TO, linkwa.Text("x"), custom_parameters={}, event_report_gates=(), ref_id="r")
        list(client.send_many([TO], linkwa.Text("x"), custom_parameters={}, event_report_gates=[], ref_id="m"))
    first, second, third = bodies(sandbox)
    assert sandbox.requests()[0]["body"].encode() == built
    assert b'"eventReportGates":[],"refId":"r","customParameters":{},' in built
    assert (first["customParameters"], first["eventReportGates"], first["platformServiceId"]) == ({}, [], "s")
    assert (second["customParameters"], second["eventReportGates"]) == ({"a": "b"}, ["g"])
    assert (third["customParameters"], third["eventReportGates"]) == ({}, [])


def test_build_gives_the_bytes_that_send_posts(client, sandbox):
    built = client.build(TO, linkwa.Text("x"), ref_id="r")
    client.send(TO, linkwa.Text("x"), ref_id="r")
    assert isinstance(built, bytes)
    assert sandbox.requests()[0]["body"].encode() == built


def test_whole_requests_are_sent_validated_or_as_they_are(client, sandbox):
    request = json.loads(client.build(TO, linkwa.Text("x"), ref_id="r"))
    for whole in (request, json.dumps(request), json.dumps(request).encode()):
        assert client.send_request(whole).ref_id == "r"
        assert client.send_raw(whole, timeout=5.0).ref_id == "r"
    assert len(sandbox.requests()) == 6
    with pytest.raises(linkwa.InvalidRequest) as caught:
        client.send_request({**request, "priority": "URGENT"})
    assert [finding.path for finding in caught.value.findings] == ["priority"]
    with pytest.raises(linkwa.InvalidRequest):
        client.send_raw("[]")


@pytest.mark.parametrize(
    ("change", "kind", "word"),
    [
        ({"to": 7}, TypeError, "'to'"),
        ({"to": [TO, 7]}, TypeError, "item 1 of argument 'to'"),
        ({"to": b"+46"}, TypeError, "'to'"),
        ({"message": "Hello"}, TypeError, "'message' must be a message .linkwa.Text"),
        ({"message": 7}, TypeError, "'message'"),
        ({"priority": 7}, TypeError, "'priority'"),
        ({"priority": "URGENT"}, ValueError, "URGENT"),
        ({"ref_id": b"x"}, TypeError, "'ref_id'"),
        ({"event_report_gates": "gate"}, TypeError, "'event_report_gates'"),
        ({"custom_parameters": ["k"]}, TypeError, "'custom_parameters'"),
        ({"custom_parameters": {"k": 1}}, TypeError, "'custom_parameters': the value of 'k' must be str"),
        ({"custom_parameters": {1: "k"}}, TypeError, "'custom_parameters': a key must be str"),
        ({"relative_validity_time": 60}, TypeError, "'relative_validity_time'"),
        ({"absolute_validity_time": 60}, TypeError, "'absolute_validity_time'"),
        ({"absolute_validity_time": datetime.datetime(2090, 1, 1)}, ValueError, "'absolute_validity_time'"),
        ({"timeout": "1"}, TypeError, "'timeout'"),
        ({"timeout": datetime.timedelta(1)}, TypeError, "'timeout' must be float, in seconds"),
        ({"timeout": True}, TypeError, "'timeout'"),
        ({"colour": "red"}, TypeError, "colour"),
    ],
)
def test_an_argument_of_a_wrong_type_is_named(client, change, kind, word):
    arguments = {"to": TO, "message": linkwa.Text("x"), **change}
    for verb in (client.send, client.build):
        with pytest.raises(kind, match=word):
            verb(**arguments)


@pytest.mark.parametrize(
    ("change", "kind", "word"),
    [
        ({"base_url": None}, linkwa.InvalidConfig, "region"),
        ({"region": "n-eu"}, linkwa.InvalidConfig, "region.*base_url"),
        ({"base_url": None, "region": "mars"}, linkwa.InvalidConfig, "mars"),
        ({"timeout": 0}, linkwa.InvalidConfig, "timeout"),
        ({"timeout": -1.0}, linkwa.InvalidConfig, "timeout"),
        ({"connect_timeout": 1e300}, linkwa.InvalidConfig, "timeout"),
        ({"username": "a:b"}, linkwa.InvalidConfig, "username"),
        ({"headers": {"Host": SECRET}}, linkwa.InvalidConfig, "headers"),
        ({"headers": {"x y": SECRET}}, linkwa.InvalidConfig, "headers"),
        ({"headers": {f"x-api-key: {SECRET}": "v"}}, linkwa.InvalidConfig, "headers"),
        ({"headers": {"x-api-key": f"{SECRET}\r\nx: y"}}, linkwa.InvalidConfig, "headers"),
        ({"headers": {"x-api-key": SECRET.encode()}}, TypeError, "'headers'"),
        ({"headers": f"x-api-key: {SECRET}"}, TypeError, "'headers'"),
        ({"base_url": "http://example.com"}, linkwa.InvalidConfig, "http"),
        ({"ca_file": "/nowhere"}, linkwa.InvalidConfig, "ca_file"),
        ({"ca_file": 7}, TypeError, "'ca_file'"),
        ({"timeout": float("nan")}, linkwa.InvalidConfig, "timeout"),
        ({"max_connections": -1}, linkwa.InvalidConfig, "max_connections"),
        ({"max_connections": 0}, linkwa.InvalidConfig, "max_connections"),
        ({"max_connections": 10**300}, linkwa.InvalidConfig, "max_connections"),
        ({"max_connections": 2.0}, TypeError, "'max_connections'"),
        ({"max_queue": 0}, linkwa.InvalidConfig, "max_queue"),
        ({"max_attempts": 0}, linkwa.InvalidConfig, "max_attempts"),
        ({"max_attempts": -1}, linkwa.InvalidConfig, "max_attempts"),
        ({"max_attempts": 2**32}, linkwa.InvalidConfig, "max_attempts"),
        ({"max_attempts": 1.5}, TypeError, "'max_attempts'"),
        ({"strict": "yes"}, TypeError, "'strict'"),
        ({"source": 46}, TypeError, "'source'"),
    ],
)
def test_an_unusable_configuration_is_refused(change, kind, word):
    arguments = {**ACCOUNT, "base_url": "http://127.0.0.1:1", **change}
    for make in (linkwa.Client, linkwa.AsyncClient, linkwa.configure):
        with pytest.raises(kind, match=word) as caught:
            make(**arguments)
        assert not any(canary in str(caught.value) + repr(caught.value) for canary in CANARIES)


@pytest.mark.parametrize("timeout", [0, -1, float("nan"), float("inf"), 1e300, 86_401])
def test_a_timeout_out_of_its_bounds_is_refused(client, sandbox, timeout):
    request = client.build(TO, linkwa.Text("x"))
    for send in (
        lambda: client.send_text(TO, "x", timeout=timeout),
        lambda: client.send_request(request, timeout=timeout),
        lambda: client.send_raw(request, timeout=timeout),
    ):
        with pytest.raises(linkwa.InvalidConfig, match="timeout"):
            send()
    assert not sandbox.requests()


def test_an_invalid_timeout_of_close_is_refused(client):
    with pytest.raises(ValueError, match="'timeout'"):
        client.close(timeout=float("nan"))
    client.send_text(TO, "x")


def test_a_request_over_1_mib_is_refused_as_a_whole(client, sandbox):
    half = "x" * 600_000
    typed = [linkwa.Text(half), linkwa.Text(half)]
    request = json.loads(client.build(TO, linkwa.Text("x")))
    request["messages"] = [{"type": "text", "text": {"body": half}}] * 2
    for send in (
        lambda: client.send(TO, typed),
        lambda: client.build(TO, typed),
        lambda: client.send(TO, request["messages"]),
        lambda: client.build(TO, request["messages"]),
        lambda: client.send(TO, [linkwa.Raw(message) for message in request["messages"]]),
        lambda: client.send_request(request),
        lambda: client.send_request(json.dumps(request)),
        lambda: client.send_raw(request),
        lambda: client.send_raw(json.dumps(request).encode()),
    ):
        with pytest.raises(linkwa.InvalidRequest) as caught:
            send()
        (finding,) = [finding for finding in caught.value.findings if finding.severity == "error"]
        assert (finding.path, finding.code) == ("", "invalid_json")
        assert any(int(number) > 1_200_000 for number in re.findall("[0-9]{7}", finding.message))
    assert not sandbox.requests()


def test_a_password_is_needed():
    with pytest.raises(TypeError, match="password"):
        linkwa.Client(region="n-eu", username="user")


def test_absent_settings_take_the_defaults_of_core(fault):
    server = fault(None)
    with client_of(server.url, timeout=1.0) as client:
        with pytest.raises(linkwa.OutcomeUnknown) as caught:
            client.send_text(TO, "x")
        assert caught.value.reason == "deadline"
        with pytest.raises(linkwa.NotSent) as not_sent:
            client.send_text(TO, "x", timeout=1e-9)
        assert not_sent.value.reason == "deadline"
        with pytest.raises(linkwa.OutcomeUnknown):
            client.send_raw("{}", timeout=1.0)


def test_a_strict_client_refuses_warnings(sandbox):
    with client_of(sandbox.base_url) as client, client_of(sandbox.base_url, strict=True) as strict:
        sent = client.send_image(TO, "https://example.com/a.gif")
        assert [warning.severity for warning in sent.warnings] == ["warning"]
        with pytest.raises(linkwa.InvalidRequest):
            strict.send_image(TO, "https://example.com/a.gif")


def test_results_compare_by_value(client):
    sent = client.send_image([TO, "+46000000002"], "https://example.com/a.gif", ref_id="r")
    assert repr(sent).startswith("SendResult(ref_id='r', result_code=112001, message_ids=(")
    assert "+46" not in repr(sent) and "+46" not in repr(sent.receipts)
    for again in (pickle.loads(pickle.dumps(sent)), copy.copy(sent), copy.deepcopy(sent)):
        assert again == sent and hash(again) == hash(sent)
        assert again.receipts == sent.receipts and again.warnings == sent.warnings
    assert linkwa.SendResult(ref_id="r", result_code=112001, message_id="m").message_id == "m"
    made = linkwa.SendResult(ref_id="r", result_code=112001)
    assert made.message_id is None
    assert made != sent and made.attempts == 1 and made.receipts == () and made.description is None
    assert made.repeat is False
    assert linkwa.SendResult(ref_id="r", result_code=112001, repeat=True).repeat
    with pytest.raises(AttributeError):
        made.ref_id = "x"
    match = linkwa.Receipt(destination=TO, message_id="m")
    assert repr(match) == "Receipt(message_id='m')"
    assert linkwa.SendResult.__module__ == linkwa.Client.__module__ == "linkwa"


def test_verbs_have_the_same_signature_on_module_and_clients(client):
    for verb in VERBS:
        signatures = [inspect.signature(getattr(owner, verb)) for owner in (client, linkwa)]
        signatures.append(inspect.signature(getattr(linkwa.AsyncClient, verb)))
        names = [[name for name in signature.parameters if name != "self"] for signature in signatures]
        assert names[0] == names[1] == names[2], verb
        assert names[0][-1] == "options", verb
        assert all(signature.parameters["options"].kind is inspect.Parameter.VAR_KEYWORD for signature in signatures)
        assert inspect.getdoc(getattr(linkwa, verb))
    location = inspect.signature(linkwa.send_location).parameters
    assert location["latitude"].kind is location["longitude"].kind is inspect.Parameter.KEYWORD_ONLY


def test_the_default_client_is_the_configured_one(sandbox):
    linkwa.configure(**ACCOUNT, base_url=sandbox.base_url)
    assert linkwa.send_text(TO, "x", ref_id="r").ref_id == "r"
    assert json.loads(linkwa.build(TO, linkwa.Text("x"), ref_id="b"))["refId"] == "b"
    assert [chunk.ref_id for chunk in linkwa.send_many([TO], linkwa.Text("x"), ref_id="m")] == ["m-0"]
    with pytest.raises(linkwa.InvalidConfig):
        linkwa.configure(**ACCOUNT, base_url="ftp://x")
    assert linkwa.send({"+46000000001": 1}.keys() and TO, linkwa.Text("x")).result_code == 112001


def test_without_configuration_the_environment_counts(sandbox):
    script = """
import os
try:
    linkwa.send_text("+46000000001", "x")
except linkwa.InvalidConfig as error:
    print(error.code, "LINKWA_USERNAME" in str(error))
os.environ.update(LINKWA_BASE_URL=url, LINKWA_USERNAME="user", LINKWA_PASSWORD=account["password"],
                  LINKWA_PLATFORM_ID="p", LINKWA_PLATFORM_PARTNER_ID="pp", LINKWA_SOURCE="+46000000000")
print(linkwa.send_text("+46000000001", "x").result_code)
with linkwa.Client.from_env() as client:
    print(client.send_text("+46000000001", "x").result_code)
"""
    assert run_script(script, sandbox.base_url) == (0, "invalid_config True\n112001\n112001\n", "")


def test_configured_headers_reach_the_gateway_and_so_does_the_key_of_the_environment():
    with Sandbox(password=SECRET, require_header=[f"x-api-key={SECRET}", "x-tenant=t"]) as sandbox:
        headers = {"X-Api-Key": SECRET, "x-tenant": "t"}
        assert client_of(sandbox.base_url, headers=headers).send_text(TO, "x").result_code == 112001
        with pytest.raises(linkwa.Rejected) as caught:
            client_of(sandbox.base_url).send_text(TO, "x")
        assert caught.value.http_status == 401
    with Sandbox(password=SECRET, require_header=f"x-api-key={SECRET}") as sandbox:
        script = """
import os
os.environ.update(LINKWA_BASE_URL=url, LINKWA_USERNAME="user", LINKWA_PASSWORD=account["password"],
                  LINKWA_API_KEY=account["password"], LINKWA_PLATFORM_ID="p", LINKWA_PLATFORM_PARTNER_ID="pp",
                  LINKWA_SOURCE="+46000000000")
print(linkwa.send_text("+46000000001", "x").result_code)
"""
        assert run_script(script, sandbox.base_url) == (0, "112001\n", "")


def test_threads_share_a_client(client):
    results = []

    def send() -> None:
        for _ in range(10):
            results.append(client.send_text(TO, "x").result_code)

    threads = [threading.Thread(target=send) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [112001] * 160


def test_other_threads_run_while_one_sends(fault):
    server = fault(None)
    outcome = []

    def send() -> None:
        with client_of(server.url) as client:
            try:
                client.send_text(TO, "x")
            except linkwa.LinkwaError as error:
                outcome.append(error.code)

    thread = threading.Thread(target=send)
    thread.start()
    wait_for(lambda: server.bodies)
    server.close()
    thread.join(30)
    assert outcome == ["outcome_unknown"]


def test_a_closed_client_sends_nothing(fault):
    server = fault(GOOD)
    client = client_of(server.url)
    with client:
        client.send_text(TO, "x")
    client.close()
    client.close(timeout=0.0)
    with pytest.raises(linkwa.NotSent) as caught:
        client.send_text(TO, "x")
    assert caught.value.reason == "closed" and caught.value.outcome == "not_sent"
    assert len(server.bodies) == 1


def test_close_cancels_unfinished_sends_at_its_timeout(fault):
    server = fault(None)
    client = client_of(server.url)
    caught = []

    def send() -> None:
        try:
            client.send_text(TO, "x")
        except linkwa.LinkwaError as error:
            caught.append((error.code, error.reason))

    thread = threading.Thread(target=send)
    thread.start()
    wait_for(lambda: server.bodies)
    client.close(timeout=0.01)
    thread.join(30)
    assert caught == [("outcome_unknown", "cancelled")]


def test_repr_of_a_client_shows_no_password(fault):
    client = client_of(fault(GOOD).url, proxy=f"http://user:{SECRET}@127.0.0.1:1")
    shown = repr(client) + str(client) + repr(client._native) + repr(dir(client))
    with pytest.raises(linkwa.NotSent) as caught:
        client.send_text(TO, "x")
    shown += repr(caught.value) + str(caught.value) + repr(vars(caught.value))
    assert not any(canary in shown for canary in CANARIES)
    with pytest.raises(TypeError):
        pickle.dumps(client)


def test_wrong_arguments_name_the_verb_that_was_called():
    # Before Python 3.10 the class is left out.
    with pytest.raises(TypeError, match=r"^(Client\.)?send_text\(\) missing 2 required positional arguments"):
        linkwa.send_text()
    with pytest.raises(
        TypeError, match=r"^(Client\.)?__init__\(\) missing 1 required keyword-only argument: 'password'"
    ):
        linkwa.AsyncClient(region="n-eu", username="u")
    client = linkwa.AsyncClient(region="n-eu", username="u", password="p")
    with pytest.warns(RuntimeWarning, match=r"^coroutine 'AsyncClient\.send_text' was never awaited$"):
        client.send_text(TO, "x")


CARD = linkwa.Contact(name=linkwa.Name("Anna A", first_name="Anna"))
MISSPELT = {
    "priority": lambda client: client.send_text(TO, "x", prioritty="HIGH"),
    "preview_url": lambda client: client.send_text(TO, "x", previewUrl=True),
    "caption": lambda client: client.send_image(TO, "https://example.com/a.png", captoin="c"),
    "timeout": lambda client: client.send_audio(TO, "https://example.com/a.ogg", time_out=5),
    "components": lambda client: client.send_template(TO, "n", namespace="n", language="en", component=[]),
    "platform_service_id": lambda client: client.send_contacts(TO, [CARD], platform_serviceid="s"),
    "ref_id": lambda client: client.send(TO, linkwa.Text("x"), refId="r"),
    "source": lambda client: client.build(TO, linkwa.Text("x"), sorce="+46"),
    "rate": lambda client: client.send_many([TO], linkwa.Text("x"), rates=5),
    "resend_unknown": lambda client: client.send_many([TO], linkwa.Text("x"), resent_unknown=True),
}


@pytest.mark.parametrize("meant", MISSPELT)
def test_a_misspelt_option_is_refused_with_a_suggestion(meant, client, sandbox):
    with pytest.raises(TypeError, match=rf"^unexpected keyword argument '\w+'; did you mean '{meant}'\?$"):
        MISSPELT[meant](client)
    assert sandbox.requests() == []


def test_an_unknown_option_is_refused_without_a_suggestion(client, sandbox):
    for call in (
        lambda: client.send_text(TO, "x", zoo=1),
        lambda: client.send_text(TO, "x", zoo=None),
        lambda: client.send_audio(TO, "https://example.com/a.ogg", caption="c"),
        lambda: linkwa.Client(region="n-eu", username="u", password="p", zoo=1),
    ):
        with pytest.raises(TypeError, match=r"^unexpected keyword argument '(zoo|caption)'$"):
            call()
    assert sandbox.requests() == []


def test_a_misspelt_setting_is_refused_with_a_suggestion():
    account = {"username": "u", "password": "p"}
    for make in (linkwa.Client, linkwa.AsyncClient, linkwa.Client.from_env, linkwa.configure):
        with pytest.raises(TypeError, match=r"^unexpected keyword argument 'regoin'; did you mean 'region'\?$"):
            make(regoin="n-eu", **account)
        with pytest.raises(linkwa.InvalidConfig, match=r"`?region`?.*`?base_url`?"):
            make(region="n-eu", base_url="https://example.com", **account)


def test_errors_do_not_show_invalid_texts():
    secret = "hunter2-\udcff"
    makers = {
        "password": lambda: client_of("http://127.0.0.1:1", password=secret),
        "proxy": lambda: client_of("http://127.0.0.1:1", proxy=f"http://u:{secret}@127.0.0.1:1"),
        "base_url": lambda: client_of(f"http://u:{secret}@127.0.0.1:1"),
        "basic": lambda: linkwa.CallbackGuard(basic=("u", secret)),
        "headers": lambda: linkwa.CallbackGuard(headers={"X-Key": secret}),
        "to": lambda: linkwa.Client(region="no", username="u", password="p").build(secret, linkwa.Text("x")),
    }
    for name, make in makers.items():
        with pytest.raises((UnicodeEncodeError, TypeError), match=f"argument '{name}'") as raised:
            make()
        error = raised.value
        assert "hunter" not in f"{error} {error!r} {error.args} {getattr(error, 'object', None)}", name


def test_an_invalid_json_message_is_refused_with_the_ref_id_of_its_send(client):
    for message in ({"type": "text", "text": {"body": "\ud800"}}, linkwa.Raw("no JSON")):
        for verb in (client.send, client.build):
            with pytest.raises(linkwa.InvalidRequest) as raised:
                verb(TO, message, ref_id="r")
            assert raised.value.ref_id == "r"


def test_linkwa_types_is_available_without_an_import():
    assert run_script("print(linkwa.types.TextMessage.__name__)", "") == (0, "TextMessage\n", "")
    with pytest.raises(AttributeError, match="linkwa"):
        linkwa.nothing  # noqa: B018
