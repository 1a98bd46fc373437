#!/usr/bin/env python3
"""Writes the shared vectors (tests/vectors) for C, which has no JSON: vectors.py FOLDER OUTPUT.

The output is one value in the form of value.h, a list of files:
    {"file": name, "kind": kind, "vectors": [{"id": ..., "input": bytes, ...}]}
Inputs are made into bytes here, the envelope around them; all else is left to C as it stands in the file. An answer without a body, a
header and a path have no `input`.
"""

import base64
import json
import sys
from pathlib import Path

INPUTS = {"json", "text", "base64", "repeat"}
MEMBERS = {  # besides the input
    "request": {"id", "rule", "note", "extensions", "findings", "output"},
    "callback": {"id", "rule", "note", "expect"},
    "answer": {"id", "rule", "note", "status", "headers", "body", "destinations", "expect"},
    "header": {"id", "rule", "note", "name", "value", "valid"},
    "path": {"id", "rule", "note", "path", "wire", "error"},
}


def one_each(pairs):
    """An object whose keys differ."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError(f"a key twice: {[name for name, _ in pairs]}")
    return found


def known(members, names, where):
    for name in members:
        if name not in names:
            raise ValueError(f"{where}: unknown member {name!r}")


def input_bytes(members, where):
    """Returns the bytes that the input member of a vector stands for."""
    given = [name for name in members if name in INPUTS]
    if len(given) != 1:
        raise ValueError(f"{where}: one input is needed, not {given}")
    value = members[given[0]]
    if given[0] == "json":
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    if given[0] == "text":
        return value.encode()
    if given[0] == "base64":
        return base64.b64decode(value, validate=True)
    known(value, {"head", "unit", "times", "tail"}, where)
    return (value["head"] + value["unit"] * value["times"] + value["tail"]).encode()


def prepared(kind, vector, before, after):
    """Returns a vector with its input as bytes."""
    where = vector["id"]
    has_input = kind in ("request", "callback")
    known(vector, MEMBERS[kind] | INPUTS if has_input else MEMBERS[kind], where)
    if kind == "answer":
        out = {name: value for name, value in vector.items() if name != "body"}
        if "body" in vector:
            known(vector["body"], INPUTS, where)
            out["input"] = input_bytes(vector["body"], where)
        return out
    if not has_input:
        return vector
    out = {name: value for name, value in vector.items() if name not in INPUTS}
    out["input"] = before + input_bytes(vector, where) + after
    if "output" in out:
        out["output"] = before + out["output"].encode() + after
    return out


def read(path):
    file = json.loads(path.read_text(encoding="utf-8"), object_pairs_hook=one_each)
    known(file, {"about", "kind", "envelope", "vectors"}, path.name)
    kind = file["kind"]
    if not path.name.startswith(f"{kind}-"):
        raise ValueError(f"{path.name}: its kind is {kind!r}")
    envelope = file.get("envelope", {"before": "", "after": ""})
    known(envelope, {"before", "after"}, path.name)
    before, after = envelope["before"].encode(), envelope["after"].encode()
    vectors = [prepared(kind, vector, before, after) for vector in file["vectors"]]
    return {"file": path.name, "kind": kind, "vectors": vectors}


def items(value):
    """Returns a value as the items of value.h."""
    def item(letter, content):
        return b"%s%d:%s\n" % (letter, len(content), content)

    if value is None:
        yield item(b"n", b"")
    elif isinstance(value, bool):
        yield item(b"b", b"true" if value else b"false")
    elif isinstance(value, int):
        yield item(b"i", b"%d" % value)
    elif isinstance(value, float):
        yield item(b"d", repr(value).encode())
    elif isinstance(value, bytes):
        yield item(b"s", value)
    elif isinstance(value, str):
        yield item(b"s", value.encode())
    elif isinstance(value, list):
        yield item(b"l", b"%d" % len(value))
        for each in value:
            yield from items(each)
    elif isinstance(value, dict):
        yield item(b"m", b"%d" % len(value))
        for name, each in value.items():
            yield from items(name)
            yield from items(each)
    else:
        raise TypeError(f"no item for {value!r}")


def main(folder, output):
    paths = [path for kind in MEMBERS for path in sorted(Path(folder).glob(f"{kind}-*.json"))]
    files = [read(path) for path in paths]
    ids = [vector["id"] for file in files for vector in file["vectors"]]
    if len(set(ids)) != len(ids):
        raise ValueError("an id is there twice")
    Path(output).write_bytes(b"".join(items(files)))


main(*sys.argv[1:])
