"""The account that all clients use, the body that the peers post, and how they look at the answer.

Programs that send are given the gateway's URL, and for the TLS gateway the file of the certificate to trust.
"""

from __future__ import annotations

import ssl
import sys
import uuid

import orjson
from measure import same

USER = "user"
PASSWORD = "secret"
SOURCE = "+46000000000"
TO = "+46000000001"
URL = f"{sys.argv[1]}/whatsapp-message" if len(sys.argv) > 1 else ""
POST_URL = f"{URL}/messages"
CA_FILE = sys.argv[2] if len(sys.argv) > 2 else None
JSON_HEADERS = {"Content-Type": "application/json"}
EXPECTED = "8aU6cwxAKE9NzMLrS6M82Y"


def text_body() -> bytes:
    """What `send_text` posts; the reference is new each time."""
    request = {
        "platformId": "platform",
        "platformPartnerId": "partner",
        "priority": "NORMAL",
        "refId": str(uuid.uuid4()),
        "source": SOURCE,
        "destinations": [TO],
        "messages": [{"type": "text", "text": {"body": "Hello"}}],
    }
    return orjson.dumps(request)


def check_body(ours: bytes) -> None:
    """Ends the program unless the peers post what linkwa posts, but for the reference."""
    bodies = orjson.loads(ours), orjson.loads(text_body())
    for body in bodies:
        body["refId"] = ""
    same(*bodies)


def message_id(status: int, body: bytes) -> str:
    """The id of a message that was accepted."""
    if status != 200:
        raise RuntimeError(f"HTTP {status}")
    answer = orjson.loads(body)
    if answer["resultCode"] != 112001:
        raise RuntimeError(answer["description"])
    found = answer["messageIds"][0]
    assert isinstance(found, str)
    return found


def tls() -> ssl.SSLContext:
    """What the peers verify the gateway's certificate with."""
    return ssl.create_default_context(cafile=CA_FILE)
