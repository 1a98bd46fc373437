"""The customer care window, and the gateway's addresses."""

from __future__ import annotations

import json
import pickle
from datetime import date, datetime, timedelta, timezone, tzinfo
from ipaddress import IPv4Address, IPv6Address
from typing import Any

import pytest

import linkwa

NOW = datetime(2020, 3, 30, 10, 59, 41, 123456, tzinfo=timezone.utc)
DAY = timedelta(days=1)
MICROSECOND = timedelta(microseconds=1)


def test_it_is_open_until_a_moment_before_24_hours_are_over() -> None:
    for since, is_open in [(timedelta(), True), (DAY - MICROSECOND, True), (DAY, False), (DAY + MICROSECOND, False)]:
        window = linkwa.care_window(NOW - since, NOW)
        assert window.is_open is is_open and bool(window) is is_open
        assert window.closes_at == NOW - since + DAY and window.closes_at.tzinfo is timezone.utc
    assert linkwa.care_window(NOW + DAY, NOW), "a message of the future"
    assert linkwa.care_window(
        last_inbound=datetime(1969, 1, 1, tzinfo=timezone.utc), now=datetime(1969, 1, 1, 23, tzinfo=timezone.utc)
    )


def test_now_defaults_to_the_present() -> None:
    now = datetime.now(timezone.utc)
    assert linkwa.care_window(now) and linkwa.care_window(now - timedelta(hours=23))
    assert not linkwa.care_window(now - DAY) and not linkwa.care_window(now - DAY, None)


class Summer(tzinfo):
    """An hour more from 01:00 UTC on 29 March 2020."""

    def utcoffset(self, moment: datetime | None) -> timedelta:
        assert moment is not None
        return timedelta(hours=2 if moment.replace(tzinfo=None) >= datetime(2020, 3, 29, 3) else 1)

    def dst(self, moment: datetime | None) -> timedelta:
        return self.utcoffset(moment) - timedelta(hours=1)

    def tzname(self, moment: datetime | None) -> str:
        return "here"


def test_other_time_zones_and_daylight_saving_time() -> None:
    last = datetime(2020, 3, 28, 12, tzinfo=Summer())
    window = linkwa.care_window(last, last.astimezone(timezone.utc) + DAY - MICROSECOND)
    assert window and window.closes_at == datetime(2020, 3, 29, 11, tzinfo=timezone.utc)
    assert linkwa.care_window(NOW.astimezone(timezone(timedelta(hours=5, minutes=30))), NOW) == linkwa.care_window(
        NOW, NOW
    )


def test_the_ends_of_the_calendar() -> None:
    first, last = (moment.replace(tzinfo=timezone.utc) for moment in (datetime.min, datetime.max))
    assert linkwa.care_window(last, NOW).closes_at == last and linkwa.care_window(last, last)
    assert linkwa.care_window(first, first).closes_at == first + DAY
    assert not linkwa.care_window(first, last)
    beyond = datetime.min.replace(tzinfo=timezone(timedelta(hours=23)))
    assert linkwa.care_window(beyond, beyond).closes_at == first + timedelta(hours=1)


@pytest.mark.parametrize("wrong", [None, 1_585_565_981, "2020-03-30T10:59:41Z", date(2020, 3, 30)])
def test_other_values_than_aware_datetimes_are_errors_that_name_the_argument(wrong: Any) -> None:
    with pytest.raises(TypeError, match="argument 'last_inbound' must be datetime, not"):
        linkwa.care_window(wrong)
    if wrong is not None:
        with pytest.raises(TypeError, match="argument 'now' must be datetime, not"):
            linkwa.care_window(NOW, wrong)


def test_a_datetime_without_a_zone_is_refused() -> None:
    for arguments in [(datetime(2020, 3, 30),), (NOW, datetime(2020, 3, 30))]:
        with pytest.raises(ValueError, match="must be an aware datetime: give it a tzinfo"):
            linkwa.care_window(*arguments)


def received(**times: str) -> linkwa.ReceivedMessage:
    callback = linkwa.parse_callback(json.dumps({"messageId": "m", "source": "1", "content": {}, **times}))
    assert isinstance(callback, linkwa.ReceivedMessage)
    return callback


def test_a_received_message_counts_by_the_providers_clock_and_else_by_the_gateways() -> None:
    provider, gateway = "2020-03-30T10:00:00Z", "2020-03-30T12:30:00+02:00"
    for times, minute in [({"providerTimestamp": provider, "timestamp": gateway}, 0), ({"timestamp": gateway}, 30)]:
        message = received(**times)
        window = linkwa.CareWindow.of(message, NOW)
        assert window is not None and window
        assert (
            window.closes_at == message.care_window_closes_at == datetime(2020, 3, 31, 10, minute, tzinfo=timezone.utc)
        )
    old = linkwa.CareWindow.of(received(timestamp=gateway))
    assert old is not None and not old
    assert linkwa.CareWindow.of(received(), NOW) is None and received().care_window_closes_at is None


def test_windows_compare_by_value() -> None:
    window = linkwa.care_window(NOW, NOW)
    assert window == linkwa.care_window(NOW, NOW + MICROSECOND) and hash(window) == hash(linkwa.care_window(NOW, NOW))
    assert (
        window != linkwa.care_window(NOW, NOW + DAY)
        and window != linkwa.care_window(NOW + MICROSECOND, NOW)
        and window != 1
    )
    assert window == linkwa.CareWindow(is_open=True, closes_at=NOW + DAY)
    for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
        assert pickle.loads(pickle.dumps(window, protocol)) == window
    assert repr(window).startswith(
        "CareWindow(is_open=True, closes_at=datetime.datetime(2020, 3, 31, 10, 59, 41, 123456"
    )
    with pytest.raises(AttributeError):
        window.is_open = False  # type: ignore[misc]


def test_gateway_addresses_are_recognised() -> None:
    cases: list[tuple[Any, bool]] = [
        ("195.84.162.34", True),
        ("::ffff:195.84.162.34", True),
        ("213.242.87.55", True),
        ("213.242.87.56", False),
        ("195.84.162.34:443", False),
        (" 195.84.162.34", False),
        ("localhost", False),
        ("", False),
        ("\ud800", False),
        (IPv4Address("213.242.87.36"), True),
        (IPv6Address("::ffff:213.242.87.36"), True),
        (IPv6Address("::1"), False),
    ]
    for address, expected in cases:
        assert linkwa.is_gateway_address(address) is expected, address
    wrong: Any
    for wrong in [None, 1, b"195.84.162.34"]:
        with pytest.raises(TypeError, match="argument 'address' must be a str or an object of ipaddress, not"):
            linkwa.is_gateway_address(wrong)
