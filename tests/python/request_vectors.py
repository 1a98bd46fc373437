"""The shared request vectors (tests/vectors/README.md)."""

import base64
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

VECTORS = Path(__file__).parent.parent / "vectors"
MEMBERS = {"id", "rule", "note", "json", "text", "base64", "repeat", "findings", "output"}


@dataclass(frozen=True)
class RequestVector:
    id: str
    given: bytes
    """The whole request."""
    is_json: bool
    """Whether a dict says the same."""
    findings: "list[tuple[str, str, str]]"
    output: bytes
    """What is posted if there is no error."""


def _bytes(vector: "dict[str, Any]") -> bytes:
    if "json" in vector:
        return json.dumps(vector["json"], ensure_ascii=False, separators=(",", ":")).encode()
    if "text" in vector:
        return vector["text"].encode()
    if "base64" in vector:
        return base64.b64decode(vector["base64"])
    repeat = vector["repeat"]
    return (repeat["head"] + repeat["unit"] * repeat["times"] + repeat["tail"]).encode()


def _read() -> "list[RequestVector]":
    found = []
    for file in sorted(VECTORS.glob("request-*.json")):
        document = json.loads(file.read_text(encoding="utf-8"))
        envelope = document.get("envelope", {"before": "", "after": ""})
        before, after = envelope["before"].encode(), envelope["after"].encode()
        for vector in document["vectors"]:
            assert vector.keys() <= MEMBERS, f"{vector['id']}: {vector.keys() - MEMBERS}"
            given = before + _bytes(vector) + after
            found.append(
                RequestVector(
                    id=vector["id"],
                    given=given,
                    is_json="json" in vector,
                    findings=[(f["path"], f["code"], f["severity"]) for f in vector["findings"]],
                    output=before + vector["output"].encode() + after if "output" in vector else given,
                )
            )
    assert found, f"no request vectors in {VECTORS}"
    return found


REQUEST_VECTORS = _read()
