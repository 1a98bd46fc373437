"""Sends one after the other: `linkwa.Client` beside requests and httpx, each with a connection that is kept.

`sends.py URL` measures the plain responder, `sends.py URL CA_FILE` the TLS gateway.
"""

from __future__ import annotations

import httpx
import requests
from account import (
    CA_FILE,
    EXPECTED,
    JSON_HEADERS,
    PASSWORD,
    POST_URL,
    SOURCE,
    TO,
    URL,
    USER,
    check_body,
    message_id,
    text_body,
    tls,
)
from measure import Raw, same, sends

import linkwa

ours = linkwa.Client(
    base_url=URL,
    username=USER,
    password=PASSWORD,
    platform_id="platform",
    platform_partner_id="partner",
    source=SOURCE,
    ca_file=CA_FILE,
)

# None of the clients looks for a proxy in the environment: linkwa does so only where it is told to.
session = requests.Session()
session.auth = (USER, PASSWORD)
session.trust_env = False
session.verify = CA_FILE or True
httpx_client = httpx.Client(auth=(USER, PASSWORD), timeout=30.0, trust_env=False, verify=tls())


def with_linkwa() -> str:
    sent = ours.send_text(TO, "Hello")
    return sent.message_ids[0]


def with_requests() -> str:
    response = session.post(POST_URL, data=text_body(), headers=JSON_HEADERS, timeout=30.0)
    return message_id(response.status_code, response.content)


def with_httpx() -> str:
    response = httpx_client.post(POST_URL, content=text_body(), headers=JSON_HEADERS)
    return message_id(response.status_code, response.content)


def main() -> None:
    check_body(ours.build(TO, linkwa.Text("Hello")))
    for side in (with_linkwa, with_requests, with_httpx):
        same(side(), EXPECTED)
    if CA_FILE:
        sends("python-gateway-one/requests", with_linkwa, with_requests, slices=20, count=10, raw=None)
    else:
        sends("python-send/requests", with_linkwa, with_requests, slices=100, count=50, raw=Raw(1))
        sends("python-send/httpx", with_linkwa, with_httpx, slices=100, count=50, raw=Raw(1))


if __name__ == "__main__":
    main()
