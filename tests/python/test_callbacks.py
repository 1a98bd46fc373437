"""`parse_callback` and its results: the shared vectors, and what only Python has."""

from __future__ import annotations

import contextlib
import copy
import gc
import json
import pickle
import resource
import sys
import threading
import tracemalloc
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from request_vectors import VECTORS, input_bytes

import linkwa

REPORT = (
    b'{"messageId":"m","refId":"r","messageType":"text","messageIndex":0,"timestamp":"2020-03-30T12:59:41.1234567+02:00",'
    b'"resultCode":112003,"resultDescription":"delivered","customParameters":{"b":"2","a":"1"},"new":{"x":[1,2.5,null]}}'
)
MESSAGE = (
    b'{"messageId":"m","source":"+46000000001","destination":"+46000000000","timestamp":"2020-03-21T17:41:58Z","new":1,'
    b'"content":{"type":"WHATSAPP","new":2,"message":{"contentType":"BUTTON","new":3,'
    b'"button":{"text":"Yes","payload":"yes-17","new":4},"context":{"source":"+46000000000","messageId":"before","new":5}}},'
    b'"route":{"id":"7","gateIds":["a","b"],"customParameters":{"k":"v"},"active":true,"shared":false,'
    b'"start":"2020-03-21T17:41:58Z","type":"KEYWORD_ROUTE","new":6}}'
)


def vectors() -> list[Any]:
    found = []
    for path in sorted(VECTORS.glob("callback-*.json")):
        file = json.loads(path.read_text(encoding="utf-8"))
        assert file.keys() <= {"about", "kind", "envelope", "vectors"} and file["kind"] == "callback"
        envelope = file.get("envelope", {"before": "", "after": ""})
        for vector in file["vectors"]:
            assert len(vector.keys() & {"json", "text", "base64", "repeat"}) == 1
            assert vector.keys() <= {"id", "rule", "note", "expect", "json", "text", "base64", "repeat"}
            given = envelope["before"].encode() + input_bytes(vector) + envelope["after"].encode()
            found.append(pytest.param(given, vector["expect"], id=vector["id"]))
    assert len(found) > 400
    return found


INTERACTIVE = "content.message.interactive"
SHAPES = {
    "content",
    "content.message",
    "route",
    INTERACTIVE,
    f"{INTERACTIVE}.button_reply",
    f"{INTERACTIVE}.list_reply",
}
SHAPES |= {f"content.message.{name}" for name in ("button", "context", "media", "location")}
"""Names that are not the snake_case form of the names on the wire."""
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


def snake(name: str) -> str:
    return "".join("_" + char.lower() if char.isupper() else char for char in name)


def read(callback: Any, name: str) -> Any:
    """Returns the value of a name in a vector."""
    in_ms = name.endswith("Ms")
    names = name[: -len("Ms")].split(".") if in_ms else name.split(".")
    for part in names:
        if callback is None:
            return None
        part, *indices = part.replace("]", "").split("[")
        raw = not in_ms and part in ("timestamp", "providerTimestamp", "start", "end")
        callback = getattr(callback, snake(part) + ("_raw" if raw else ""))
        for index in map(int, indices):
            callback = callback[index] if callback is not None and index < len(callback) else None
    if in_ms and callback is not None:
        assert isinstance(callback, datetime) and callback.tzinfo is not None
        return (callback - EPOCH) // timedelta(milliseconds=1)
    return list(callback) if isinstance(callback, tuple) else callback


def same(found: Any, expected: Any) -> bool:
    return type(found) is type(expected) and found == expected


@pytest.mark.parametrize(("given", "expect"), vectors())
def test_vector(given: bytes, expect: dict[str, Any]) -> None:
    forms: list[Any] = [given, bytearray(given), memoryview(given)]
    with contextlib.suppress(UnicodeDecodeError):
        forms.append(given.decode())
    for form in forms:
        if "error" in expect:
            check_error(form, expect["error"])
        else:
            check_callback(form, given, expect)


def check_error(form: Any, expected: dict[str, Any]) -> None:
    assert expected.keys() <= {"path", "position"}
    with pytest.raises(linkwa.InvalidCallback) as caught:
        linkwa.parse_callback(form)
    error = caught.value
    assert error.code == "invalid_callback" and error.outcome is None and error.ref_id is None
    assert isinstance(error.path, str) and isinstance(error.position, int)
    for name, value in expected.items():
        assert getattr(error, name) == value, name


def check_callback(form: Any, given: bytes, expect: dict[str, Any]) -> None:
    assert expect.keys() <= {"kind", "fields", "extra"}
    callback = linkwa.parse_callback(form)
    kinds = {"eventReport": linkwa.EventReport, "receivedMessage": linkwa.ReceivedMessage}
    assert type(callback) is kinds[expect["kind"]]
    assert callback.raw == given.decode()
    for name, expected in expect.get("fields", {}).items():
        assert expected is not None or name in SHAPES or read(callback, name) is None, name
        assert same(read(callback, name), expected), name
    extra = expect.get("extra", {})
    parts: dict[str, Any] = {"": callback}
    for path in SHAPES if isinstance(callback, linkwa.ReceivedMessage) else ():
        parts[path] = read(callback, path)
    for at, contact in enumerate(getattr(callback, "contacts", None) or ()):
        path = f"content.message.contacts[{at}]"
        parts |= {path: contact, f"{path}.name": contact.name}
        parts |= {f"{path}.phones[{at}]": phone for at, phone in enumerate(contact.phones or ())}
    assert extra.keys() <= parts.keys()
    for path, part in parts.items():
        expected = extra.get(path, {})
        if part is None:
            assert not expected
            continue
        assert part.extra_json == expected and list(part.extra_json) == list(part.extra)
        for name, value in part.extra.items():
            text = expected[name]
            if len(text) < 4000:
                assert repr(value) == repr(json.loads(text))
    again = pickle.loads(pickle.dumps(callback))
    assert again == callback and hash(again) == hash(callback) and type(again) is type(callback)


def report(given: bytes = REPORT) -> linkwa.EventReport:
    callback = linkwa.parse_callback(given)
    assert isinstance(callback, linkwa.EventReport)
    return callback


def message(given: bytes = MESSAGE) -> linkwa.ReceivedMessage:
    callback = linkwa.parse_callback(given)
    assert isinstance(callback, linkwa.ReceivedMessage)
    return callback


def timed(text: str) -> linkwa.EventReport:
    return report(json.dumps({"messageId": "m", "resultCode": 112003, "timestamp": text}).encode())


def test_a_timestamp_is_aware_and_keeps_its_offset_and_microseconds() -> None:
    moment = report().timestamp
    assert moment is not None and moment.isoformat() == "2020-03-30T12:59:41.123456+02:00"
    assert moment.utcoffset() == timedelta(hours=2)
    assert report().timestamp_raw == "2020-03-30T12:59:41.1234567+02:00"
    for text, offset in [
        ("2020-01-01T00:00:00Z", 0),
        ("2020-01-01T00:00:00-05:30", -5.5),
        ("2020-01-01T00:00:00+23:59", None),
    ]:
        found = timed(text).timestamp
        assert found is not None and found.replace(tzinfo=None) == datetime(2020, 1, 1)
        assert offset is None or found.utcoffset() == timedelta(hours=offset)
    assert timed("2020-01-01T00:00:00Z").timestamp.tzinfo is timezone.utc  # type: ignore[union-attr]


def test_a_timestamp_beyond_datetime_is_none() -> None:
    for text in ["0000-12-31T23:59:59Z", "yesterday", "", "2020-02-30T00:00:00Z"]:
        found = timed(text)
        assert found.timestamp is None and found.timestamp_raw == text
    for text in ["0001-01-01T00:00:00+23:00", "9999-12-31T23:59:59.999999-23:00"]:
        found = timed(text)
        assert found.timestamp is not None and found.timestamp.isoformat() == text
    late = message(b'{"messageId":"m","source":"1","content":{},"timestamp":"9999-12-31T12:00:00Z"}')
    assert late.timestamp is not None and late.care_window_closes_at is None


def test_extra_is_decoded_and_exact() -> None:
    assert report().extra == {"new": {"x": [1, 2.5, None]}}
    assert report().extra_json == {"new": '{"x":[1,2.5,null]}'}
    digits = "9" * 5000
    found = report(b'{"messageId":"m","resultCode":112003,"big":[1,-%s],"huge":1e999}' % digits.encode())
    assert found.extra["big"][0] == 1 and found.extra["huge"] == float("inf")
    big = found.extra["big"][1]
    assert big == Decimal("-" + digits) if isinstance(big, Decimal) else sys.version_info < (3, 11)
    assert found.extra_json["huge"] == "1e999"
    found.extra.clear()
    assert len(found.extra) == 2, "a new dict each time"


def test_parameters_are_new_dicts_in_order() -> None:
    parameters = report().custom_parameters
    assert parameters == {"b": "2", "a": "1"} and list(parameters) == ["b", "a"]
    assert report().gate_custom_parameters is None


def test_a_message_is_nested_as_on_the_wire() -> None:
    found = message()
    assert found.content.type == "WHATSAPP" and found.content.message is not None
    assert found.content.message.content_type == found.content_type == "BUTTON"
    assert found.content.message.button == found.button and found.button is not None
    assert (found.button.text, found.button.payload) == ("Yes", "yes-17")
    assert found.content.message.context == found.context and found.context is not None
    assert (found.context.source, found.context.message_id) == ("+46000000000", "before")
    assert found.route is not None and found.route.gate_ids == ("a", "b") and found.route.type == "KEYWORD_ROUTE"
    assert found.route.active is True and found.route.shared is False and found.route.end is None
    assert found.route.start == found.timestamp and found.route.custom_parameters == {"k": "v"}
    inner = found.content.message
    parts: list[Any] = [found, found.content, inner, found.button, found.context, found.route]
    assert [part.extra for part in parts] == [{"new": number} for number in range(1, 7)]
    assert inner.button is not None and inner.context is not None
    bare = message(b'{"messageId":"m","source":"1","content":{}}')
    assert (bare.content.type, bare.content.message, bare.route, bare.button, bare.context) == (None,) * 5
    assert bare.care_window_closes_at is None and bare.text is None and bare.content_type is None


INBOUND = (
    b'{"messageId":"m","content":{"message":{"media":{"source":"https://example.com/a","type":"image/png","caption":"Cat"},'
    b'"location":{"latitude":59.5,"longitude":-10.25,"name":"Office","address":"Street 1","url":"https://example.com"},'
    b'"contacts":[{"name":{"formatted_name":"Anna"},"phones":[{"phone":"1"},{"phone":"2"}]},{"phones":[{"phone":"1"}]}],'
    b'"interactive":{"type":"list_reply","button_reply":{"id":"b","title":"B"},'
    b'"list_reply":{"id":"l","title":"L","description":"D"}}}}}'
)


def inbound_parts(found: linkwa.ReceivedMessage) -> list[Any]:
    assert found.contacts is not None and found.interactive is not None
    phones = [phone for contact in found.contacts for phone in contact.phones or ()]
    chosen = found.interactive
    return [found.media, found.location, *found.contacts, *phones, chosen, chosen.button_reply, chosen.list_reply]


def test_what_newer_gateways_pass_on_is_on_top_too() -> None:
    found = message(INBOUND)
    inner = found.content.message
    assert inner is not None and found.media is not None and found.location is not None
    assert (found.media, found.location, found.contacts) == (inner.media, inner.location, inner.contacts)
    assert found.interactive == inner.interactive and found.interactive is not None
    assert (found.location.latitude, found.location.longitude) == (59.5, -10.25)
    assert (found.media.source, found.media.type, found.media.caption) == ("https://example.com/a", "image/png", "Cat")
    assert isinstance(found.contacts, tuple) and len(found.contacts) == 2
    anna, other = found.contacts
    assert anna.name is not None and anna.name.formatted_name == "Anna" and other.name is None
    assert anna.phones is not None and [phone.phone for phone in anna.phones] == ["1", "2"]
    assert anna != other and anna.phones[0] != anna.phones[1]
    assert other.phones is not None and other.phones[0] == anna.phones[0]
    assert hash(other.phones[0]) == hash(anna.phones[0])
    assert found.interactive.list_reply is not None and found.interactive.list_reply.description == "D"
    bare = message(b'{"messageId":"m","source":"1","content":{}}')
    assert (bare.media, bare.location, bare.contacts, bare.interactive) == (None,) * 4


def test_the_parts_of_newer_gateways_are_pickled_in_their_places() -> None:
    for part in inbound_parts(message(INBOUND)):
        assert pickle.loads(pickle.dumps(part)) == copy.deepcopy(part) == part
        assert repr(part) == f"{type(part).__name__}(...)" and getattr(linkwa, type(part).__name__) is type(part)
        with pytest.raises(TypeError):
            type(part)()


def test_parts_of_a_message_stay_valid_without_it() -> None:
    route = message().route
    gc.collect()
    assert route is not None and route.id == "7"


def parts_of(found: linkwa.ReceivedMessage) -> list[Any]:
    return [found.content, found.content.message, found.button, found.context, found.route]


def test_equality_and_hash() -> None:
    assert report() == report() and hash(report()) == hash(report()) and len({report(), report()}) == 1
    assert report() != report(REPORT + b" ") and report() != message() and report() != 1 and report() != None  # noqa: E711
    assert report() != object() and report() != REPORT.decode()
    ours, other = parts_of(message()), parts_of(message(MESSAGE.replace(b"+46000000001", b"+46000000002")))
    assert ours == other and [hash(part) for part in ours] == [hash(part) for part in other]
    for old in [b'"WHATSAPP"', b'"BUTTON"', b'"yes-17"', b'"before"', b'"v"', b'["a","b"]', b'"new":6', b"false"]:
        new = b'["b","a"]' if old.startswith(b"[") else old.replace(b"6", b"7") if b"6" in old else old[:-1] + b'x"'
        new = b"true" if old == b"false" else new
        assert parts_of(message(MESSAGE.replace(old, new))) != ours, old
    assert len({type(part) for part in ours}) == 5
    assert all(one != other for at, one in enumerate(ours) for other in ours[at + 1 :])


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_pickle_and_copy(protocol: int) -> None:
    for value in [report(), message(), *parts_of(message())]:
        again = pickle.loads(pickle.dumps(value, protocol))
        assert again == value and type(again) is type(value) and hash(again) == hash(value)
        assert copy.copy(value) == value and copy.deepcopy(value) == value
    with pytest.raises(linkwa.InvalidCallback) as caught:
        linkwa.parse_callback(b"[]")
    again = pickle.loads(pickle.dumps(caught.value, protocol))
    assert type(again) is linkwa.InvalidCallback and again.path == caught.value.path and str(again) == str(caught.value)


def test_repr_shows_nothing_of_a_callbacks_content() -> None:
    canary = "CANARY"
    fields = {"resultCode": 112404}
    for name in ["messageId", "refId", "messageType", "timestamp", "resultDescription", canary]:
        fields[name] = canary  # type: ignore[assignment]
    found = report(json.dumps(fields).encode())
    assert repr(found) == str(found) == "EventReport(status='failed', result_code=112404)"
    text = MESSAGE.decode()
    for value in ["m", "+46000000001", "WHATSAPP", "Yes", "yes-17", "before", "7", "v", "KEYWORD_ROUTE", "BUTTON"]:
        text = text.replace(f'"{value}"', f'"{canary}"')
    written = message(text.encode())
    for value in [written, *parts_of(written)]:
        assert canary not in repr(value) and repr(value) == f"{type(value).__name__}(...)"
    for bad in [
        '{"CANARY":1}',
        '{"resultCode":"CANARY","refId":"x"}',
        '{"content":"CANARY"}',
        "CANARY",
        '{"a":CANARY}',
    ]:
        with pytest.raises(linkwa.InvalidCallback) as caught:
            linkwa.parse_callback(bad)
        assert canary not in str(caught.value) + repr(caught.value)


def test_callback_objects_are_frozen_and_have_no_constructor() -> None:
    for value in [report(), message(), *parts_of(message())]:
        with pytest.raises(AttributeError):
            value.raw = "x"
        with pytest.raises(AttributeError):
            value.anything = "x"
        with pytest.raises(TypeError):
            type(value)()
        assert type(value).__module__ == "linkwa" and type(value).__doc__
        assert getattr(linkwa, type(value).__name__) is type(value)


@pytest.mark.parametrize("wrong", [None, 1, {"messageId": "m"}, [123], object()])
def test_a_wrong_type_is_a_type_error_that_names_the_argument(wrong: Any) -> None:
    with pytest.raises(TypeError, match=f"argument 'body' must be .*, not {type(wrong).__name__}"):
        linkwa.parse_callback(wrong)


def test_text_and_views_are_read_like_bytes() -> None:
    with pytest.raises(linkwa.InvalidCallback) as caught:
        linkwa.parse_callback('{"refId":"\ud800","resultCode":112003}')
    assert caught.value.position == 10
    assert linkwa.parse_callback(memoryview(b"x" + REPORT + b"x")[1:-1]) == report()
    assert linkwa.parse_callback(memoryview(REPORT[::-1])[::-1]) == report()
    emoji = '{"refId":"\N{GRINNING FACE}\\ud83d\\ude00\\u0000","resultCode":112003}'
    form: Any
    for form in [emoji, emoji.encode()]:
        found = linkwa.parse_callback(form)
        assert isinstance(found, linkwa.EventReport) and found.ref_id == "\U0001f600\U0001f600\0" and found.raw == emoji
    assert linkwa.parse_callback(body=REPORT) == report()


@pytest.mark.skipif(sys.version_info < (3, 10), reason="match statements")
def test_match_statements() -> None:
    import callbacks_match

    assert callbacks_match.kind(report()) == "delivered r"
    assert callbacks_match.kind(report(REPORT.replace(b"112003", b"112404"))) == "failed INVALID_CONTACT"
    assert callbacks_match.kind(report(REPORT.replace(b"112003", b"112009"))) == "other 112009"
    assert callbacks_match.kind(message()) == "button yes-17 of +46000000001"
    text = b'{"messageId":"m","source":"1","content":{"message":{"contentType":"TEXT","text":"Hi"}}}'
    assert callbacks_match.kind(message(text)) == "text Hi of 1"


def large() -> bytes:
    return json.dumps({"messageId": "m", "resultCode": 112003, "pad": "x" * 200_000}).encode()


def test_threads_parse_and_read_at_once() -> None:
    shared, errors = message(), []

    def run() -> None:
        try:
            for _ in range(50):
                assert report().custom_parameters == {"b": "2", "a": "1"}
                assert report(large()).message_id == "m"
                assert shared.route is not None and shared.route.extra == {"new": 6}
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors


def use(times: int) -> None:
    bad = REPORT[:-1]
    for _ in range(times):
        found = report()
        _ = (
            found.message_id,
            found.timestamp,
            found.custom_parameters,
            found.extra,
            found.key,
            hash(found),
            repr(found),
        )
        written = message()
        _ = (written.route, written.button, written.content.message, written.extra_json)
        with contextlib.suppress(linkwa.InvalidCallback):
            linkwa.parse_callback(bad)


def resident() -> int:
    """Returns the memory of the process in bytes: the present amount on Linux, the peak elsewhere."""
    statm = Path("/proc/self/statm")
    if statm.exists():
        return int(statm.read_text().split()[1]) * resource.getpagesize()
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def test_memory_is_flat_over_20_000_callbacks() -> None:
    """Callbacks are freed: Python's heap grows by less than 64 KiB, and the process by less than 2 MiB."""
    use(2_000)
    gc.collect()
    tracemalloc.start()
    try:
        use(1_000)
        gc.collect()
        before, _ = tracemalloc.get_traced_memory()
        use(3_000)
        gc.collect()
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert after - before < 64 * 1024
    before = resident()
    use(10_000)  # a report and a message each
    assert resident() - before < 2 * 1024 * 1024


def test_result_codes() -> None:
    code: Any = linkwa.ResultCode
    assert code.DELIVERED == 112003 == report().result_code and code(112003) is code.DELIVERED
    assert code.DELIVERED.is_success and code.DELIVERED.is_final and not code.DELIVERED.is_failure
    assert code.INVALID_CONTACT.is_failure and not code.INVALID_CONTACT.is_success
    assert code.UNAUTHORIZED.should_contact_support and "WhatsApp" in code.INVALID_CONTACT.explanation
    assert code.READ.is_success and code.READ.is_final and not code.SENT_BY_WHATSAPP.is_final
    assert not code.SENT.is_final and len(code) == 17 and all(member.explanation for member in code)
    new = code(112009)
    assert new == 112009 and new.name == "UNLISTED_112009" and new not in list(code) and len(code) == 17
    assert not new.is_success and not new.is_failure and not new.is_final and "newer" in new.explanation
    for value in [code.DELIVERED, new, code(-1)]:
        again = pickle.loads(pickle.dumps(value))
        assert again == value and again.name == value.name
    for wrong in ["112003", 1.5, None, 2**63]:
        with pytest.raises(ValueError):
            code(wrong)
    assert code.__module__ == "linkwa" and code.__doc__


def test_an_event_report_can_be_made_for_tests():
    moment = datetime(2030, 3, 18, 12, 0, tzinfo=timezone.utc)
    report = linkwa.EventReport(
        result_code=linkwa.ResultCode.DELIVERED,
        ref_id="order-17",
        message_id="m",
        message_type="text",
        message_index=0,
        timestamp=moment,
        result_description="why",
        gate_custom_parameters={"a": "b"},
        custom_parameters={"c": "d"},
        extra={"newField": [1]},
    )
    assert (report.status, report.ref_id, report.message_id, report.message_type) == (
        "delivered",
        "order-17",
        "m",
        "text",
    )
    assert (report.message_index, report.timestamp, report.result_description) == (0, moment, "why")
    assert (report.gate_custom_parameters, report.custom_parameters, report.extra) == (
        {"a": "b"},
        {"c": "d"},
        {"newField": [1]},
    )
    assert report == linkwa.parse_callback(report.raw)
    assert linkwa.StatusTracker().apply(report).status == "delivered"
    with pytest.raises(TypeError, match="result_code"):
        linkwa.EventReport(ref_id="r")
    with pytest.raises(linkwa.InvalidCallback):
        linkwa.EventReport(result_code=112003)
    with pytest.raises(TypeError, match="another kind"):
        linkwa.EventReport(result_code=112003, ref_id="r", extra={"content": {}, "source": "1", "messageId": "m"})
    with pytest.raises(ValueError, match="aware"):
        linkwa.EventReport(result_code=112003, ref_id="r", timestamp=datetime(2030, 1, 1))


def test_a_received_message_can_be_made_for_tests():
    moment = datetime(2030, 3, 18, 12, 0, tzinfo=timezone.utc)
    message = linkwa.ReceivedMessage(
        source="+46000000001",
        message_id="m",
        text="Hello",
        context={"messageId": "before"},
        destination="+46000000000",
        provider="whatsapp",
        timestamp="2030-03-18T12:00:00+00:00",
        provider_timestamp=moment,
        provider_message_id="p",
        route={"keyword": "HI"},
        gate_custom_parameters={"a": "b"},
        custom_parameters={"c": "d"},
        extra={"newField": True},
    )
    assert (message.source, message.message_id, message.text, message.content_type) == (
        "+46000000001",
        "m",
        "Hello",
        "TEXT",
    )
    assert (message.context.message_id, message.route.keyword, message.destination) == ("before", "HI", "+46000000000")
    assert message.timestamp == message.provider_timestamp == moment
    assert message.extra == {"newField": True}
    assert message == linkwa.parse_callback(message.raw)
    assert linkwa.CareWindow.of(message, moment).is_open
    pressed = linkwa.ReceivedMessage(source="+46000000001", message_id="m", button={"text": "Yes", "payload": "yes"})
    assert (pressed.content_type, pressed.button.payload, pressed.text) == ("BUTTON", "yes", None)
    nameless = linkwa.ReceivedMessage(message_id="m", custom_parameters={"whatsappUserId": "US.1349"})
    assert (nameless.source, nameless.user_id, nameless.reply_to) == (None, "US.1349", "US.1349")
    with pytest.raises(TypeError, match="message_id"):
        linkwa.ReceivedMessage(source="+46000000001", text="Hello")
