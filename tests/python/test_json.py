"""`validate`, and Python objects as JSON: mappings in wire form, text, bytes."""

import enum
import json
import threading
import types
import unicodedata
import uuid
from collections import OrderedDict, UserDict, UserList, deque
from decimal import Decimal

import pytest

import linkwa


def found(findings):
    return [(finding.path, finding.code, finding.severity) for finding in findings]


def request(**members):
    whole = {
        "platformId": "p",
        "platformPartnerId": "pp",
        "priority": "NORMAL",
        "refId": "r",
        "source": "+46000000000",
        "destinations": ["+46000000001"],
        "messages": [{"type": "text", "text": {"body": "x"}}],
    }
    return {**whole, **members}


@pytest.mark.parametrize("form", [str, str.encode, lambda t: bytearray(t.encode()), lambda t: memoryview(t.encode())])
def test_json_is_accepted_as_str_and_bytes(form):
    assert linkwa.validate(form(json.dumps(request()))) == ()
    assert found(linkwa.validate(form("{"))) == [("", "invalid_json", "error")]


def test_invalid_json_is_a_finding():
    for text in ("", "[]", "null", b"\xff", '{"refId":"\ud800"}', "\ufeff{}"):
        assert found(linkwa.validate(text)) == [("", "invalid_json", "error")]


@pytest.mark.parametrize("value", [None, 5, 1.5, True, [], (), ["{}"], object(), linkwa.Text("x")])
def test_other_values_than_requests_are_type_errors_that_name_the_argument(value):
    with pytest.raises(
        TypeError, match=f"argument 'request' must be a mapping, str or bytes, not {type(value).__name__}$"
    ):
        linkwa.validate(value)


class Word(str, enum.Enum):
    HIGH = "HIGH"


class Number(enum.IntEnum):
    ONE = 1


class Text(str):
    def __str__(self):
        return "another"


@pytest.mark.parametrize("form", [OrderedDict, UserDict, types.MappingProxyType], ids=lambda form: form.__name__)
def test_any_mapping_is_an_object(form):
    text = form({"type": "text", "text": form({"body": "x"})})
    assert linkwa.validate(form(request(messages=[text]))) == ()


@pytest.mark.parametrize("form", [list, tuple, UserList, deque], ids=lambda form: form.__name__)
def test_any_sequence_is_a_list(form):
    # `deque` is also registered as a sequence.
    assert linkwa.validate(request(destinations=form(["+46000000001", "+46000000002"]))) == ()


def test_subclasses_are_written_as_their_base_type():
    assert linkwa.validate(request(priority=Word.HIGH)) == ()
    assert linkwa.validate(request(relativeValidityTime=Number.ONE)) == ()
    assert linkwa.validate(request(priority=Text("HIGH"))) == ()
    assert linkwa.validate({Text(key): value for key, value in request().items()}) == ()


@pytest.mark.parametrize("priority", linkwa.Priority)
def test_every_priority_is_valid(priority):
    assert linkwa.validate(request(priority=priority)) == ()
    assert linkwa.validate(json.dumps(request(priority=priority))) == ()


def test_none_counts_as_absent():
    assert linkwa.validate(request(platformServiceId=None, eventReportGates=None)) == ()
    assert found(linkwa.validate(request(refId=None))) == [("refId", "required", "error")]


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (1, None),
        (2**64 - 1, None),
        (2**64, "out_of_range"),
        (0, "out_of_range"),
        (-1, "out_of_range"),
        (10**5000, "out_of_range"),
        (-(10**5000), "out_of_range"),
        (True, "wrong_type"),
        (1.0, "wrong_type"),
        (float("inf"), "wrong_type"),
        ("1", "wrong_type"),
        ({}, "wrong_type"),
        ([], "wrong_type"),
    ],
    ids=lambda value: type(value).__name__,  # some have too many digits to be written
)
def test_numbers_of_any_size_are_written(value, code):
    expected = [("relativeValidityTime", code, "error")] if code else []
    assert found(linkwa.validate(request(relativeValidityTime=value))) == expected


@pytest.mark.parametrize("value", [1, -1, 0.1, 1e-7, -0.0, 5e-324, 89.99999999999999])
def test_coordinates_are_written(value):
    location = {"type": "location", "location": {"longitude": value, "latitude": value}}
    assert linkwa.validate(request(messages=[location])) == ()


@pytest.mark.parametrize(
    "value",
    [float("nan"), float("inf"), float("-inf"), 1.7e308, 10**400, 10**5000, 90.1],
    ids=lambda value: type(value).__name__,
)
def test_nan_and_infinity_are_out_of_range(value):
    location = {"type": "location", "location": {"longitude": 0, "latitude": value}}
    path = "messages[0].location.latitude"
    assert found(linkwa.validate(request(messages=[location]))) == [(path, "out_of_range", "error")]


ALL = "".join(map(chr, range(0x80))) + "\u2028é€😀\uffff\U0010ffff"


def test_every_character_is_written():
    raw = linkwa.Raw({ALL: ALL})
    assert json.loads(raw.json) == {ALL: ALL}
    assert raw.json == json.dumps({ALL: ALL}, ensure_ascii=False, separators=(",", ":"))
    # A reference has no control characters.
    ref_id = "".join(c for c in ALL if unicodedata.category(c) != "Cc").strip()
    assert linkwa.validate(request(refId=ref_id, customParameters={ALL: ALL})) == ()
    assert found(linkwa.validate(request(refId=ALL))) == [("refId", "invalid_format", "error")]


def test_a_lone_surrogate_is_invalid():
    for text in ("\ud800", "a\udfff", "\udc00\ud800"):
        assert found(linkwa.validate(request(refId=text))) == [("", "invalid_json", "error")]
        assert found(linkwa.validate(request(customParameters={text: "x"}))) == [("", "invalid_json", "error")]
    # Two surrogates make one character, as in `json.dumps`.
    assert linkwa.validate(request(refId="\ud83d\ude00")) == ()


@pytest.mark.parametrize(
    ("change", "place", "what"),
    [
        ({"refId": b"r"}, "refId", "bytes"),
        ({"refId": bytearray(b"r")}, "refId", "bytearray"),
        ({"refId": memoryview(b"r")}, "refId", "memoryview"),
        ({"destinations": {"+46000000001"}}, "destinations", "set"),
        ({"destinations": iter([])}, "destinations", "list_iterator"),
        ({"relativeValidityTime": Decimal(1)}, "relativeValidityTime", "Decimal"),
        ({"messages": [{"type": "text", "text": {"body": object()}}]}, "messages[0].text.body", "object"),
        ({"messages": [[], [[], [uuid.UUID(int=0)]]]}, "messages[1][1][0]", "UUID"),
        ({"messages": [linkwa.Text("x")]}, "messages[0]", "Text"),
    ],
)
def test_an_unserialisable_value_is_a_type_error_that_names_its_path(change, place, what):
    with pytest.raises(TypeError) as error:
        linkwa.validate(request(**change))
    expected = "must be str, int, float, bool, None, a mapping or a sequence"
    assert str(error.value) == f"argument 'request': {place} {expected}, not {what}"


def test_a_key_that_is_not_a_str_is_a_type_error_that_names_its_object():
    with pytest.raises(TypeError, match=r"^argument 'request': a key must be str, not int$"):
        linkwa.validate({1: 2})
    with pytest.raises(TypeError, match=r"^argument 'request': messages\[0\]\.text: a key must be str, not NoneType$"):
        linkwa.validate(request(messages=[{"type": "text", "text": {None: "x"}}]))


def test_circular_structures_are_refused():
    mapping = {}
    mapping["a"] = mapping
    sequence = []
    sequence.append(sequence)
    many = []
    many.extend([many] * 100)
    wide = {}
    wide.update({str(n): wide for n in range(100)})
    for value in (mapping, wide, {"a": sequence}, {"a": many}):
        assert found(linkwa.validate(value)) == [("", "invalid_json", "error")]


def nested(levels):
    value = "x"
    for _ in range(levels):
        value = [value]
    return value


def test_the_depth_limit_is_64_levels():
    # The request itself is one level.
    assert "invalid_json" not in [f.code for f in linkwa.validate({"zoo": nested(63)})]
    for levels in (64, 65, 66, 100, 10_000):
        assert found(linkwa.validate({"zoo": nested(levels)})) == [("", "invalid_json", "error")]


def test_the_size_limit_is_1_mib():
    for count in (2**20, 2**22):
        for value in ("x" * count, ["x"] * count, {str(n): "x" for n in range(count // 4)}):
            assert found(linkwa.validate({"zoo": value})) == [("", "invalid_json", "error")]


def test_an_exception_of_a_mapping_is_passed_on():
    class Failing(UserDict):
        def items(self):
            raise LookupError("failed")

    with pytest.raises(LookupError, match="failed"):
        linkwa.validate(request(customParameters=Failing()))


def test_a_mapping_may_change_while_it_is_read():
    class Changing(UserDict):
        def items(self):
            whole["more"] = "x"
            whole["destinations"].clear()
            return []

    whole = {"a": Changing(), "destinations": ["+46000000001"], "b": "x"}
    codes = [(f.path, f.code) for f in linkwa.validate(whole)]
    assert ("a", "unknown_field") in codes
    assert ("b", "unknown_field") in codes


def test_threads_can_validate_in_parallel():
    large = request(customParameters={str(n): "x" * 50 for n in range(500)})
    results = []

    def work():
        for _ in range(20):
            results.append(linkwa.validate(large))
            results.append(linkwa.validate(json.dumps(large)))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [()] * 160


def test_ref_ids_are_unique():
    references = {linkwa.new_ref_id() for _ in range(1000)}
    assert len(references) == 1000
    assert {uuid.UUID(reference).version for reference in references} == {4}


def test_a_thing_has_one_ref_id():
    assert (
        linkwa.ref_id_for("orders", 17) == linkwa.ref_id_for("orders", "17") == "fb89d2ef-7008-8218-8e74-ab2bfa22e52f"
    )
    assert linkwa.ref_id_for("order", "s17") != linkwa.ref_id_for("orders", "17")
    for wrong in (True, None, 1.5, b"17"):
        with pytest.raises(TypeError):
            linkwa.ref_id_for("orders", wrong)
    with pytest.raises(ValueError):
        linkwa.ref_id_for("orders", "\ud800")
