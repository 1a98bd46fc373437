"""`CallbackGuard`: arguments in all forms that frameworks have, and no credentials in any output."""

from __future__ import annotations

import base64
import copy
import pickle
import threading
from collections.abc import Callable, Iterator
from ipaddress import ip_address, ip_network
from typing import Any

import pytest

import linkwa

GATEWAY = "195.84.162.34"
STRANGER = "203.0.113.9"
PROXY = "10.0.0.7"


def basic(username: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{username}:{password}".encode()).decode()


def refusal(guard: linkwa.CallbackGuard, peer: Any = GATEWAY, headers: Any = (), length: int = 0) -> str | None:
    verdict = guard.check(peer, headers, length)
    assert bool(verdict) is (verdict.refusal is None) is (verdict.sender is not None)
    return verdict.refusal


def test_a_new_guard_accepts_links_addresses_and_256_kib() -> None:
    guard = linkwa.CallbackGuard()
    verdict = guard.check(GATEWAY, {}, 262_144)
    assert verdict and verdict.sender == GATEWAY and verdict.refusal is None
    assert guard.check(peer="::ffff:" + GATEWAY, headers={}, body_length=0).sender == GATEWAY
    assert refusal(guard, STRANGER) == "address"
    assert refusal(guard, length=262_145) == refusal(guard, length=10**20) == "too_large"
    assert refusal(linkwa.CallbackGuard(max_body=10), length=11) == "too_large"
    assert refusal(linkwa.CallbackGuard(max_body=10), length=10) is None


def test_an_invalid_peer_address_is_refused() -> None:
    for guard in [linkwa.CallbackGuard(), linkwa.CallbackGuard(any_address=True)]:
        for peer in [None, "", "testclient", "unix:", GATEWAY + ":443"]:
            assert refusal(guard, peer) == "unusable"
    assert refusal(linkwa.CallbackGuard(), ip_address(GATEWAY)) is None


def test_custom_ranges_replace_links() -> None:
    for ranges in [
        ["192.0.2.0/24"],
        ("192.0.2.1-192.0.2.9",),
        {ip_network("192.0.2.0/24")},
        iter([ip_address("192.0.2.7")]),
    ]:
        guard = linkwa.CallbackGuard(ranges=ranges)
        assert refusal(guard, "192.0.2.7") is None and refusal(guard, GATEWAY) == "address"
    assert refusal(linkwa.CallbackGuard(ranges=[]), GATEWAY) == "address"
    assert refusal(linkwa.CallbackGuard(any_address=True), STRANGER) is None
    with pytest.raises(ValueError, match="'ranges' and 'any_address'"):
        linkwa.CallbackGuard(ranges=["192.0.2.1"], any_address=True)
    for wrong in ["nowhere", "192.0.2.0/33", "192.0.2.9-192.0.2.1"]:
        with pytest.raises(linkwa.InvalidConfig) as caught:
            linkwa.CallbackGuard(trusted_proxies=[wrong])
        assert caught.value.code == "invalid_config"


def test_trusted_proxies_name_the_sender() -> None:
    guard = linkwa.CallbackGuard(trusted_proxies=["10.0.0.0/8"])
    spoofed = f"{GATEWAY}, {STRANGER}"
    assert guard.check(PROXY, {"X-Forwarded-For": GATEWAY}, 0).sender == GATEWAY
    assert guard.check(PROXY, {"Forwarded": f"for={GATEWAY}"}, 0).sender == GATEWAY
    assert refusal(guard, PROXY, {"X-Forwarded-For": spoofed}) == "address"
    assert refusal(guard, PROXY, [("X-Forwarded-For", GATEWAY), ("x-forwarded-for", STRANGER)]) == "address"
    assert refusal(guard, STRANGER, {"X-Forwarded-For": GATEWAY}) == "address"
    assert refusal(guard, PROXY) == refusal(guard, PROXY, {"X-Forwarded-For": "?"}) == "forwarded"
    both = {"X-Forwarded-For": GATEWAY, "Forwarded": f"for={STRANGER}"}
    word: Any
    for word, expected in [("both", "forwarded"), ("x-forwarded-for", None), ("forwarded", "address")]:
        guard = linkwa.CallbackGuard(trusted_proxies=[PROXY], forwarded=word)
        assert refusal(guard, PROXY, both) == expected
    make: Any = linkwa.CallbackGuard
    with pytest.raises(ValueError, match="'forwarded' must be"):
        make(forwarded="X-Forwarded-For")


def test_credentials_and_headers() -> None:
    guard = linkwa.CallbackGuard(basic=("gäte", "secret"))
    good = basic("gäte", "secret")
    assert refusal(guard, headers={"AUTHORIZATION": good}) is None
    for headers in [
        {},
        {"Authorization": basic("gäte", "wrong")},
        {"Authorization": "Basic !"},
        [("authorization", good)] * 2,
    ]:
        assert refusal(guard, headers=headers) == "credentials"
    assert (
        refusal(linkwa.CallbackGuard(basic=("gate", "")), headers={"authorization": basic("gate", "")}) == "credentials"
    )

    guard = linkwa.CallbackGuard(headers={"X-Key": "one", "X-Other": "zwö"})
    wire = "zwö".encode()
    for value in [wire, wire.decode("latin-1")]:  # as ASGI has it, and as frameworks give it
        assert refusal(guard, headers=[("x-key", "one"), ("x-other", value)]) is None
    assert refusal(guard, headers={"X-Key": "one"}) == "header"
    assert refusal(guard, headers={"X-Key": "two", "X-Other": wire}) == "header"
    assert refusal(linkwa.CallbackGuard(headers={"X-Key": ""}), headers={"X-Key": ""}) == "header"
    assert refusal(linkwa.CallbackGuard(headers={"X-Key": "\N{EURO SIGN}"}), headers={"X-Key": "\N{EURO SIGN}"}) is None
    assert refusal(linkwa.CallbackGuard(headers={"X-Key": "a"}), headers={"X-Key": "\ud800"}) == "header"


class Werkzeug:
    """Yields pairs, one for each header line. It is not a Mapping."""

    def __init__(self, pairs: list[tuple[str, str]]) -> None:
        self.pairs = pairs

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self.pairs)

    def items(self) -> Iterator[tuple[str, str]]:
        return iter(self.pairs)


def test_headers_are_read_from_every_container() -> None:
    guard = linkwa.CallbackGuard(headers={"X-Key": "one"})
    pairs = [("Host", "x"), ("X-Key", "one")]
    raw = [(name.lower().encode(), value.encode()) for name, value in pairs]
    for headers in [
        dict(pairs),
        pairs,
        tuple(pairs),
        iter(pairs),
        dict(pairs).items(),
        raw,
        dict(raw),
        Werkzeug(pairs),
    ]:
        assert refusal(guard, headers=headers) is None
    assert refusal(guard, headers=Werkzeug(pairs + pairs[1:])) == "header"
    wrong: Any
    for wrong in [None, 1, "X-Key: one", [1], [("a",)], [("a", 1)], [(1, "a")], {"a": ["b"]}, {"a": None}]:
        with pytest.raises(TypeError, match="argument 'headers' must be a mapping, or pairs, of str or bytes, not"):
            guard.check(GATEWAY, wrong, 0)


def test_wrong_types_are_type_errors_that_name_the_argument() -> None:
    make: Any = linkwa.CallbackGuard
    guard: Any = linkwa.CallbackGuard()
    calls: list[tuple[str, Callable[[], Any]]] = [
        ("peer", lambda: guard.check(1, {}, 0)),
        ("peer", lambda: guard.check(b"1.2.3.4", {}, 0)),
        ("body_length", lambda: guard.check(GATEWAY, {}, "0")),
        ("body_length", lambda: guard.check(GATEWAY, {}, None)),
        ("ranges", lambda: make(ranges="192.0.2.1")),
        ("ranges", lambda: make(ranges=ip_network("192.0.2.0/24"))),
        ("ranges", lambda: make(ranges=1)),
        ("trusted_proxies", lambda: make(trusted_proxies=[1])),
        ("basic", lambda: make(basic="SECRET")),
        ("basic", lambda: make(basic=("user", None))),
        ("headers", lambda: make(headers=["X-Key"])),
        ("headers", lambda: make(headers={"X-Key": 1})),
        ("max_body", lambda: make(max_body="1")),
        ("positional", lambda: make(["192.0.2.1"])),
    ]
    for name, call in calls:
        with pytest.raises(TypeError) as caught:
            call()
        assert f"argument '{name}'" in str(caught.value) or name == "positional"
        assert "SECRET" not in str(caught.value)
    with pytest.raises(ValueError, match="argument 'body_length' must be between 0 and"):
        guard.check(GATEWAY, {}, -1)


def test_credentials_are_printed_nowhere() -> None:
    guard = linkwa.CallbackGuard(
        ranges=["192.0.2.0/24"],
        trusted_proxies=[PROXY],
        forwarded="forwarded",
        basic=("CANARY-u", "CANARY-p"),
        headers={"X-Key": "CANARY-h", "It's": "CANARY-i"},
        max_body=7,
    )
    assert (
        repr(guard)
        == str(guard)
        == (
            "CallbackGuard(ranges=['192.0.2.0-192.0.2.255'], trusted_proxies=['10.0.0.7'], forwarded='forwarded', basic=..., "
            "headers={'X-Key': ..., \"It's\": ...}, max_body=7)"
        )
    )
    assert repr(linkwa.CallbackGuard()) == "CallbackGuard()"
    assert repr(linkwa.CallbackGuard(any_address=True)) == "CallbackGuard(any_address=True)"
    verdict = guard.check("192.0.2.1", {"Authorization": "CANARY", "X-Key": "CANARY"}, 0)
    assert repr(verdict) == "Verdict(refusal='credentials')"


def test_refusals_compare_by_value() -> None:
    believed, refused = linkwa.Verdict(sender=GATEWAY), linkwa.Verdict(refusal="address")
    guard = linkwa.CallbackGuard()
    assert guard.check(GATEWAY, {}, 0) == believed and guard.check(STRANGER, {}, 0) == refused != believed
    assert len({believed, refused, guard.check(GATEWAY, {}, 0)}) == 2 and believed != 1
    assert repr(believed) == f"Verdict(sender='{GATEWAY}')"
    for verdict in [believed, refused]:
        assert pickle.loads(pickle.dumps(verdict)) == verdict and copy.copy(verdict) == verdict
        with pytest.raises(AttributeError):
            verdict.sender = STRANGER  # type: ignore[misc]
    wrong: Any
    for wrong in [{}, {"sender": GATEWAY, "refusal": "address"}]:
        with pytest.raises(ValueError):
            linkwa.Verdict(**wrong)


def test_threads_share_a_guard() -> None:
    guard = linkwa.CallbackGuard(trusted_proxies=[PROXY], basic=("gate", "secret"))
    headers = {"X-Forwarded-For": GATEWAY, "Authorization": basic("gate", "secret")}
    believed: list[bool] = []
    threads = [
        threading.Thread(target=lambda: believed.extend(bool(guard.check(PROXY, headers, 1)) for _ in range(500)))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(believed) == 4000 and all(believed)


def test_a_guard_can_be_pickled_and_copied():
    given = {
        "trusted_proxies": ["10.0.0.0/8", ip_network("192.168.0.0/16")],
        "ranges": ["192.0.2.1", "198.51.100.0/24"],
        "forwarded": "x-forwarded-for",
        "basic": ("user", "CANARY"),
        "headers": {"X-Key": "CANARY"},
        "max_body": 100,
    }
    headers = {
        "X-Forwarded-For": "192.0.2.1",
        "X-Key": "CANARY",
        "Authorization": "Basic " + base64.b64encode(b"user:CANARY").decode(),
    }
    guard = linkwa.CallbackGuard(**given)
    for again in (
        copy.copy(guard),
        copy.deepcopy(guard),
        *(pickle.loads(pickle.dumps(guard, protocol)) for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1)),
    ):
        assert repr(again) == repr(guard) and "CANARY" not in repr(again)
        assert again.check("10.0.0.1", headers, 100) == linkwa.Verdict(sender="192.0.2.1")
        assert again.check("10.0.0.1", headers, 101).refusal == "too_large"
        assert again.check("10.0.0.1", {**headers, "X-Key": "x"}, 1).refusal == "header"
        assert again.check("10.0.0.1", {**headers, "Authorization": "x"}, 1).refusal == "credentials"
        assert again.check("203.0.113.1", headers, 1).refusal == "address"
    anybody = linkwa.CallbackGuard(any_address=True)
    assert pickle.loads(pickle.dumps(anybody)).check("203.0.113.1", {}, 1)
    assert not pickle.loads(pickle.dumps(linkwa.CallbackGuard())).check("203.0.113.1", {}, 1)
