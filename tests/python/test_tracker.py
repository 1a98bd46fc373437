"""`StatusTracker`: it returns what core decides, and behaves like a Python object."""

from __future__ import annotations

import copy
import json
import pickle
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

import linkwa


def report(**fields: Any) -> linkwa.EventReport:
    callback = linkwa.parse_callback(json.dumps(fields))
    assert isinstance(callback, linkwa.EventReport)
    return callback


SENT = report(messageId="m", refId="r", messageIndex=0, resultCode=112002)
DELIVERED = report(
    messageId="m",
    refId="r",
    messageIndex=0,
    resultCode=112003,
    timestamp="2020-03-30T12:59:41+02:00",
    resultDescription="ok",
)
FAILED = report(messageId="m", refId="r", messageIndex=0, resultCode=112404)
OTHER = report(messageId="m", messageIndex=0, resultCode=112009)
READ = report(messageId="m", messageIndex=0, resultCode=112007)
BARE = report(messageId="n", resultCode=112001)
WHOLE = report(refId="w", messageType="request", messageIndex=-1, resultCode=112402, timestamp="soon")


def tracker(*reports: linkwa.EventReport) -> linkwa.StatusTracker:
    made = linkwa.StatusTracker()
    for one in reports:
        made.apply(one)
    return made


def test_a_state_has_all_fields_of_core() -> None:
    made = linkwa.StatusTracker()
    told = [made.apply(one) for one in (DELIVERED, SENT, OTHER, FAILED)]
    assert [state.changed for state in told] == [True, False, True, True]
    assert [state.is_disputed for state in told] == [False, False, False, True]
    state = made.state("m", 0)
    assert state is not None and state == told[-1] and not state.changed and hash(state) == hash(told[-1])
    assert (state.message_id, state.message_index, state.ref_id) == ("m", 0, "r")
    assert (state.status, state.result_code, state.description) == ("delivered", 112003, "ok")
    assert state.timestamp is not None and state.timestamp.utcoffset() == timedelta(hours=2)
    assert state.timestamp == DELIVERED.timestamp and state.timestamp_raw == "2020-03-30T12:59:41+02:00"
    assert state.is_final and state.is_disputed and state.other_code == 112009 and state.is_delivered

    bare = made.apply(BARE)
    assert (bare.status, bare.is_final, bare.other_code, bare.ref_id) == ("queued", False, None, None)
    assert (bare.message_index, bare.timestamp, bare.timestamp_raw, bare.description) == (None,) * 4
    assert made.state("n") == bare and made.state("n", message_index=None) == bare
    assert made.state("n", 0) is None and made.state("m", 1) is None and made.state("x") is None
    assert made.state("m") == state

    made.apply(WHOLE)
    whole = made.request_state("w")
    assert whole is not None and (whole.status, whole.message_id, whole.ref_id) == ("failed", None, "w")
    assert (whole.timestamp, whole.timestamp_raw) == (None, "soon")
    assert made.request_state("r") is None


def test_a_message_that_is_read_is_delivered_and_not_disputed() -> None:
    state = tracker(DELIVERED, READ).state("m", 0)
    assert state is not None and (state.status, state.result_code, state.other_code) == ("read", 112007, None)
    assert state.is_delivered and state.is_final and not state.is_disputed
    assert READ.is_delivered and not SENT.is_delivered and not FAILED.is_delivered
    stored = '{"version":1,"messages":[{"messageId":"m","progress":{"other":{"resultCode":112007}}}],"requests":[]}'
    assert [state.status for state in linkwa.StatusTracker.from_json(stored)] == ["read"]


def test_without_an_index_state_returns_the_only_or_the_least_advanced_state() -> None:
    made = tracker(DELIVERED)
    only = made.state("m")
    assert only is not None and (only.status, only.message_index) == ("delivered", 0)
    made.apply(report(messageId="m", messageIndex=1, resultCode=112001))
    least = made.state("m")
    assert least is not None and (least.status, least.message_index) == ("queued", 1)


def test_the_states_of_a_ref_id() -> None:
    other = report(messageId="a", refId="r", messageIndex=0, resultCode=112404)
    near = report(messageId="c", refId="r2", resultCode=112003)
    made = tracker(DELIVERED, other, WHOLE, near)
    assert [(state.message_id, state.status) for state in made.states("r")] == [("a", "failed"), ("m", "delivered")]
    assert [state.message_id for state in made.states("w")] == [None]
    assert made.states("x") == () and isinstance(made.states("r"), tuple)
    with pytest.raises(TypeError):
        made.states(1)  # type: ignore[arg-type]


def test_a_request_with_only_failed_reports_is_not_accepted() -> None:
    assert tracker(FAILED).resolve("r") == "message_failed"
    assert tracker(FAILED, SENT).resolve("r") == "accepted"
    assert tracker(report(refId="r", resultCode=112000)).resolve("r") == "unknown"


def test_unknown_sends_are_resolved_and_messages_forgotten() -> None:
    made = tracker(DELIVERED, BARE, WHOLE)
    assert [made.resolve(ref_id) for ref_id in ("r", "w", "x")] == ["accepted", "failed", "unknown"]
    assert len(made) == 3
    assert made.forget("m") and not made.forget("m")
    assert made.resolve("r") == "accepted"
    assert made.forget_ref_id("w") and not made.forget_ref_id("w")
    assert made.resolve("w") == "unknown" and len(made) == 1


def test_iteration_sees_the_tracker_as_it_was_at_the_start() -> None:
    made = tracker(WHOLE, BARE, DELIVERED)
    states = list(made)
    assert [(state.message_id, state.ref_id) for state in states] == [("m", "r"), ("n", None), (None, "w")]
    assert len(made) == len(states) == 3 and states[0] in made and not any(state.changed for state in states)
    for state in made:
        assert made.forget(state.message_id or "") is (state.message_id is not None)
        made.apply(report(messageId="new", resultCode=112001))
    assert [state.message_id for state in made] == ["new", None]
    assert not linkwa.StatusTracker() and made


def test_retain_takes_any_function_which_may_use_the_tracker() -> None:
    made = tracker(DELIVERED, BARE, WHOLE)
    with pytest.raises(ZeroDivisionError):
        made.retain(lambda state: 1 // 0)
    assert len(made) == 3

    def keep(state: linkwa.MessageState) -> bool:
        if state.message_id == "n":
            made.apply(report(messageId="n", resultCode=112003))  # it changes meanwhile
            return False
        return not state.is_final

    made.retain(keep)
    assert [(state.message_id, state.status) for state in made] == [("n", "delivered")]
    assert made.resolve("r") == made.resolve("w") == "unknown"
    with pytest.raises(TypeError):
        made.retain(None)  # type: ignore[arg-type]


def test_a_stored_tracker_can_be_loaded() -> None:
    made = tracker(DELIVERED, FAILED, BARE, WHOLE, READ)
    text = made.to_json()
    again = linkwa.StatusTracker.from_json(text)
    assert again == made and list(again) == list(made) and again.to_json() == text
    assert json.loads(text)["version"] == 2
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        assert pickle.loads(pickle.dumps(made, protocol)) == made
    twin = copy.deepcopy(made)
    twin.forget("m")
    assert twin != made and made != tracker() and made != 1
    with pytest.raises(TypeError):
        hash(made)
    for wrong in ["{}", "", text[:-1], text.replace('"version":2', '"version":3'), '{"canary":1}']:
        with pytest.raises(linkwa.InvalidConfig) as caught:
            linkwa.StatusTracker.from_json(wrong)
        assert "canary" not in str(caught.value)


def test_a_state_can_be_pickled_and_repr_shows_no_content() -> None:
    canary = report(
        messageId="CANARY", refId="CANARY", resultCode=112404, resultDescription="CANARY", timestamp="CANARY"
    )
    made = linkwa.StatusTracker()
    for state in [
        made.apply(canary),
        made.apply(canary),
        made.apply(WHOLE),
        tracker().apply(report(refId="", resultCode=112001)),
    ]:
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
            again = pickle.loads(pickle.dumps(state, protocol))
            assert again == state and again.changed == state.changed and hash(again) == hash(state)
        assert "CANARY" not in repr(state) + str(state)
    assert repr(made.state("CANARY")) == "MessageState(status='failed', result_code=112404)"
    assert "CANARY" not in repr(made) and repr(tracker(DELIVERED, WHOLE)) == "<StatusTracker of 2 states>"
    kept: Any = made.state("CANARY")
    with pytest.raises(AttributeError):
        kept.status = "delivered"
    assert kept != object() and kept != made.request_state("w")


def test_wrong_types_are_type_errors() -> None:
    made: Any = tracker()
    tracker_class: Any = linkwa.StatusTracker
    state_class: Any = linkwa.MessageState
    message: Any = linkwa.parse_callback('{"messageId":"m","source":"1","content":{}}')
    calls: list[Callable[[], Any]] = [
        lambda: made.apply(message),
        lambda: made.apply(None),
        lambda: made.state(1),
        lambda: made.state("m", "0"),
        lambda: made.resolve(None),
        lambda: tracker_class.from_json(b"{}"),
        lambda: state_class(),
    ]
    for call in calls:
        with pytest.raises(TypeError) as caught:
            call()
        assert "argument '" in str(caught.value) or "cannot create" in str(caught.value)
    with pytest.raises(TypeError, match="argument 'message_id' must be str, not int"):
        made.state(1)
    assert len(made) == 0


def test_threads_share_a_tracker() -> None:
    made, twin = tracker(), tracker()
    errors: list[BaseException] = []

    def run(thread: int) -> None:
        try:
            for number in range(200):
                one = report(messageId=f"{thread}-{number}", refId="r", resultCode=112001)
                assert made.apply(one).changed
                twin.apply(one)
                assert made.resolve("r") == "accepted" and len(made) > 0
                if number % 50 == 0:
                    assert made.to_json() and list(made)
                    _ = (made == twin) if thread % 2 else (twin == made)
                    made.retain(lambda state: True)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=(thread,)) for thread in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors and len(made) == 1600 and made == twin
