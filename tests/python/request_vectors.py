"""The shared request vectors (tests/vectors/README.md), each also as dicts and as objects of the message classes."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import linkwa

VECTORS = Path(__file__).parent.parent / "vectors"
MEMBERS = {"id", "rule", "note", "json", "text", "base64", "repeat", "extensions", "findings", "output"}


@dataclass(frozen=True)
class RequestVector:
    id: str
    given: bytes
    """The whole request."""
    extensions: bool
    """Whether it is for a client with the setting `extensions`."""
    findings: list[tuple[str, str, str]]
    suggestions: dict[int, str | None]
    """The suggestions, for the findings that have one."""
    output: bytes
    """The request that is posted if there is no error."""

    @property
    def is_valid(self) -> bool:
        return all(severity != "error" for _, _, severity in self.findings)


def input_bytes(members: dict[str, Any]) -> bytes:
    """Returns the bytes that the input member of a vector stands for."""
    if "json" in members:
        return json.dumps(members["json"], ensure_ascii=False, separators=(",", ":")).encode()
    if "text" in members:
        return str(members["text"]).encode()
    if "base64" in members:
        return base64.b64decode(members["base64"])
    repeat = members["repeat"]
    return str(repeat["head"] + repeat["unit"] * repeat["times"] + repeat["tail"]).encode()


def _read() -> list[RequestVector]:
    found = []
    for file in sorted(VECTORS.glob("request-*.json")):
        document = json.loads(file.read_text(encoding="utf-8"))
        assert document["kind"] == "request"
        envelope = document.get("envelope", {"before": "", "after": ""})
        before, after = envelope["before"].encode(), envelope["after"].encode()
        for vector in document["vectors"]:
            assert vector.keys() <= MEMBERS, f"{vector['id']}: {vector.keys() - MEMBERS}"
            given = before + input_bytes(vector) + after
            found.append(
                RequestVector(
                    id=vector["id"],
                    given=given,
                    extensions=vector.get("extensions", False),
                    findings=[(f["path"], f["code"], f["severity"]) for f in vector["findings"]],
                    suggestions={at: f["suggestion"] for at, f in enumerate(vector["findings"]) if "suggestion" in f},
                    output=before + vector["output"].encode() + after if "output" in vector else given,
                )
            )
    assert found, f"no request vectors in {VECTORS}"
    return found


REQUEST_VECTORS = _read()


class Inexpressible(Exception):
    """The vector cannot be written in Python."""


def _no_constant(word: str) -> Any:
    raise Inexpressible  # NaN is no JSON


def as_dict(vector: RequestVector) -> dict[str, Any]:
    """Returns the dict whose JSON is exactly the vector's input."""
    try:
        request = json.loads(vector.given, parse_constant=_no_constant)
        again = json.dumps(request, ensure_ascii=False, separators=(",", ":")).encode()
    except (ValueError, RecursionError):
        raise Inexpressible from None
    if not isinstance(request, dict) or again != vector.given:
        raise Inexpressible
    return request


@dataclass(frozen=True)
class Call:
    """The arguments of `build` and `send`."""

    config: dict[str, Any]
    to: list[str]
    messages: list[Any]
    options: dict[str, Any]

    def build(self) -> bytes:
        with linkwa.Client(base_url="http://127.0.0.1:1", username="u", password="p", **self.config) as client:
            return client.build(self.to, self.messages, **self.options)


def _need(condition: bool) -> None:
    if not condition:
        raise Inexpressible


def _fields(value: Any, order: str) -> dict[str, Any]:
    """Returns an object whose fields are in `order`, the order in which the classes write them. null counts as absent."""
    names = order.split()
    _need(isinstance(value, dict) and [name for name in names if name in value] == list(value))
    return {name: member for name, member in value.items() if member is not None}


def _text(value: Any) -> str:
    _need(isinstance(value, str))
    return str(value)


def _whole(value: Any, least: int, most: int) -> int:
    _need(type(value) is int and least <= value <= most)
    return int(value)


def _number(digits: Any) -> int:
    """Returns the number that a text of digits stands for, if it is written in the shortest way."""
    try:
        number = int(_text(digits))
    except ValueError:
        raise Inexpressible from None
    _need(str(number) == digits)
    return number


def _texts(fields: dict[str, Any], **renamed: str) -> dict[str, str]:
    """Returns the text fields as keyword arguments. `renamed` has those whose name is not the snake_case form."""
    snake = {name: "".join("_" + c.lower() if c.isupper() else c for c in name) for name in fields}
    return {renamed.get(name, snake[name]): _text(value) for name, value in fields.items()}


def as_call(vector: RequestVector) -> Call:
    """Returns the call of `build` that makes the same request, with messages as dicts."""
    # Errors of the JSON itself cannot be written in Python.
    _need(not any(code == "invalid_json" for _, code, _ in vector.findings))
    request = as_dict(vector)
    order = (
        "platformId platformPartnerId platformServiceId platformServiceType platformTransactionId priority "
        "relativeValidityTime absoluteValidityTime eventReportGates refId customParameters source destinations messages"
    )
    fields = _fields(request, order)
    # `build` would fill in fields that the vector leaves out.
    needed = {"platformId", "platformPartnerId", "priority", "refId", "source", "destinations", "messages"}
    _need(needed <= fields.keys() and fields["priority"] in ("LOW", "NORMAL", "HIGH"))
    to, messages = fields.pop("destinations"), fields.pop("messages")
    _need(isinstance(to, list) and all(isinstance(number, str) for number in to))
    _need(isinstance(messages, list) and all(isinstance(message, dict) for message in messages))
    options: dict[str, Any] = {}
    if "relativeValidityTime" in fields:
        options["relative_validity_time"] = timedelta(
            milliseconds=_whole(fields.pop("relativeValidityTime"), 0, 86_399_999_999_999_000)
        )
    if "eventReportGates" in fields:
        gates = options["event_report_gates"] = fields.pop("eventReportGates")
        _need(isinstance(gates, list) and all(isinstance(gate, str) for gate in gates))
    if "customParameters" in fields:
        parameters = options["custom_parameters"] = fields.pop("customParameters")
        _need(isinstance(parameters, dict) and all(isinstance(value, str) for value in parameters.values()))
    options.update(_texts(fields))
    config = {name: options.pop(name) for name in ("platform_id", "platform_partner_id")}
    # A client refuses such ids.
    _need(all((name, "invalid_format", "error") not in vector.findings for name in ("platformId", "platformPartnerId")))
    return Call({**config, "extensions": vector.extensions}, to, messages, options)


def as_typed(vector: RequestVector) -> Call:
    """Returns the same call with objects of the message classes."""
    call = as_call(vector)
    return Call(call.config, call.to, [typed_message(message) for message in call.messages], call.options)


def typed_message(message: dict[str, Any]) -> Any:
    kind = message.get("type")
    _need(isinstance(kind, str))
    if kind == "text":
        fields = _fields(message, "type previewUrl text")
        text = _fields(fields.get("text"), "body")
        _need("body" in text and type(fields.get("previewUrl")) in (bool, type(None)))
        return linkwa.Text(_text(text["body"]), preview_url=fields.get("previewUrl"))
    fields = _fields(message, f"type {kind}")
    content = fields.get(kind)
    if kind in ("image", "audio", "video", "document"):
        return typed_media(kind, content)
    if kind == "location":
        place = _fields(content, "longitude latitude name address")
        _need({"longitude", "latitude"} <= place.keys())
        north, east = place.pop("latitude"), place.pop("longitude")
        # The class converts an `int` to a `float`, which is written as one.
        _need(all(type(degrees) is float for degrees in (north, east)))
        return linkwa.Location(latitude=north, longitude=east, **_texts(place))
    if kind == "contacts":
        _need(isinstance(content, list))
        return linkwa.Contacts([typed_contact(contact) for contact in content])
    if kind == "interactive":
        return typed_interactive(content)
    _need(kind == "template")
    template = _fields(content, "namespace name language components")
    _need({"name", "language", "components"} <= template.keys() and isinstance(template["components"], list))
    language = _fields(template["language"], "code")
    _need("code" in language)
    return linkwa.Template(
        _text(template["name"]),
        namespace=_text(template["namespace"]) if "namespace" in template else None,
        language=_text(language["code"]),
        components=[typed_component(component) for component in template["components"]],
    )


MEDIA = {
    "image": (linkwa.Image, "link id caption"),
    "audio": (linkwa.Audio, "link id"),
    "video": (linkwa.Video, "link id caption"),
    "document": (linkwa.Document, "link id caption filename"),
}


def typed_media(kind: str, content: Any) -> Any:
    cls, order = MEDIA[kind]
    return cls(**_texts(_fields(content, order)))


def typed_interactive(content: Any) -> Any:
    fields = _fields(content, "type header body footer action")
    _need({"type", "body", "action"} <= fields.keys())
    parts = {name: _only(fields[name], "text") for name in ("body", "footer") if name in fields}
    if "header" in fields:
        parts["header"] = typed_parameter("header", fields["header"])
    if fields["type"] == "button":
        buttons = _only_list(_only(fields["action"], "buttons", list))
        return linkwa.Buttons(buttons=[typed_reply(button) for button in buttons], **parts)
    _need(fields["type"] == "list" and isinstance(parts.get("header", ""), str))
    action = _fields(fields["action"], "button sections")
    _need(len(action) == 2)
    sections = [typed_section(section) for section in _only_list(action["sections"])]
    return linkwa.List(label=_text(action["button"]), sections=sections, **parts)


def typed_reply(button: Any) -> linkwa.Button:
    fields = _fields(button, "type reply")
    _need(len(fields) == 2 and fields["type"] == "reply")
    reply = _texts(_fields(fields["reply"], "id title"))
    _need(len(reply) == 2)
    return linkwa.Button(**reply)


def typed_section(section: Any) -> linkwa.Section:
    fields = _fields(section, "title rows")
    _need(len(fields) == 2)
    rows = [_texts(_fields(row, "id title description")) for row in _only_list(fields["rows"])]
    _need(all({"id", "title"} <= row.keys() for row in rows))
    return linkwa.Section(_text(fields["title"]), [linkwa.Row(**row) for row in rows])


def _only(value: Any, name: str, kind: type = str) -> Any:
    """The only field of an object."""
    fields = _fields(value, name)
    _need(isinstance(fields.get(name), kind))
    return fields[name]


def _only_list(value: Any) -> list[Any]:
    _need(isinstance(value, list))
    return list(value)


def typed_contact(contact: Any) -> linkwa.Contact:
    fields = _fields(contact, "addresses birthday emails name org phones urls")
    arguments: dict[str, Any] = {}
    for name, value in fields.items():
        if name == "birthday":
            arguments[name] = _text(value)
        elif name == "name":
            parts = _texts(_fields(value, "formattedName firstName lastName middleName suffix prefix"))
            _need("formatted_name" in parts)
            arguments[name] = linkwa.Name(parts.pop("formatted_name"), **parts)
        elif name == "org":
            arguments[name] = linkwa.Org(**_texts(_fields(value, "company department title")))
        else:
            # An empty list counts as absent.
            _need(isinstance(value, list) and bool(value))
            arguments[name] = [typed_part(name, item) for item in value]
    return linkwa.Contact(**arguments)


def typed_part(name: str, item: Any) -> Any:
    if name == "addresses":
        return linkwa.Address(**_texts(_fields(item, "city country countryCode state street type zip")))
    cls: Any
    cls, first, order = {
        "emails": (linkwa.Email, "email", "email type"),
        "phones": (linkwa.Phone, "phone", "phone type waId"),
        "urls": (linkwa.Url, "url", "type url"),
    }[name]
    fields = _texts(_fields(item, order))
    _need(first in fields)
    return cls(fields.pop(first), **fields)


def typed_component(component: Any) -> Any:
    _need(isinstance(component, dict))
    kind = component.get("type")
    if kind in ("header", "body"):
        fields = _fields(component, "type parameters")
        _need(isinstance(fields.get("parameters"), list))
        parameters = [typed_parameter(kind, parameter) for parameter in fields["parameters"]]
        return linkwa.Header(*parameters) if kind == "header" else linkwa.Body(*parameters)
    fields = _fields(component, "type subType index parameters")
    _need(kind == "button" and len(fields) == 4)
    index = _whole(fields["index"], 0, 2**32 - 1)
    quick = fields["subType"] == "quickReply"
    _need(quick or fields["subType"] == "url")
    name = "payload" if quick else "text"
    given: list[str] = []
    _need(isinstance(fields["parameters"], list) and len(fields["parameters"]) <= 1)
    for parameter in fields["parameters"]:
        about = _fields(parameter, f"type {name}")
        _need(len(about) == 2 and about["type"] == name)
        given.append(_text(about[name]))
    if quick:
        return linkwa.QuickReplyButton(index, payload=given[0] if given else None)
    return linkwa.UrlButton(index, text=given[0] if given else None)


def typed_parameter(component: str, parameter: Any) -> Any:
    _need(isinstance(parameter, dict))
    kind = parameter.get("type")
    _need(isinstance(kind, str))
    fields = _fields(parameter, f"type {kind}")
    _need(len(fields) == 2)
    content = fields[kind]
    if kind == "text":
        return _text(content)
    if component == "header":
        _need(kind in ("image", "video", "document"))
        return typed_media(kind, content)
    if kind == "currency":
        money = _fields(content, "fallbackValue code amount1000")
        _need(len(money) == 3)
        # On the wire it is a string of digits.
        amount = _whole(_number(money["amount1000"]), -(2**63), 2**63 - 1)
        return linkwa.Currency(_text(money["fallbackValue"]), code=_text(money["code"]), amount_1000=amount)
    _need(kind == "dateTime")
    if isinstance(content, dict) and "timestamp" in content:
        moment = _fields(content, "fallbackValue timestamp")
        _need(len(moment) == 2)
        timestamp = _whole(_number(moment["timestamp"]), 0, 2**64 - 1)
        return linkwa.DateTime(_text(moment["fallbackValue"]), timestamp=timestamp)
    parts = _fields(content, "fallbackValue dayOfWeek dayOfMonth year month hour minute")
    _need(len(parts) == 7)
    text = _text(parts.pop("fallbackValue"))
    numbers = {name: _whole(value, 0, 2**32 - 1) for name, value in parts.items()}
    numbers["day"], numbers["day_of_week"] = numbers.pop("dayOfMonth"), numbers.pop("dayOfWeek")
    return linkwa.DateTime(text, **numbers)
