"""Callbacks: `linkwa.parse_callback` beside msgspec and pydantic. Every side reads typed objects, and then the same fields."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pydantic
from measure import floor, pair, read_input, same
from pydantic.alias_generators import to_camel

import linkwa

REPORT = read_input("event-report.json")
MESSAGE = read_input("received-message.json")


class EventReport(msgspec.Struct, rename="camel"):
    result_code: int
    message_id: str | None = None
    ref_id: str | None = None
    message_type: str | None = None
    message_index: int | None = None
    timestamp: str | None = None
    result_description: str | None = None
    gate_custom_parameters: dict[str, str] | None = None
    custom_parameters: dict[str, str] | None = None


class Button(msgspec.Struct):
    text: str | None = None
    payload: str | None = None


class Context(msgspec.Struct, rename="camel"):
    source: str | None = None
    message_id: str | None = None


class InboundMessage(msgspec.Struct, rename="camel"):
    content_type: str | None = None
    text: str | None = None
    button: Button | None = None
    context: Context | None = None


class Content(msgspec.Struct):
    type: str | None = None
    message: InboundMessage | None = None


class Route(msgspec.Struct, rename="camel"):
    id: str | None = None
    ref_id: str | None = None
    platform_id: str | None = None
    platform_partner_id: str | None = None
    platform_service_type: str | None = None
    platform_service_id: str | None = None
    number: str | None = None
    gate_ids: list[str] | None = None
    custom_parameters: dict[str, str] | None = None
    type: str | None = None
    keyword: str | None = None
    keyword_type: str | None = None
    active: bool | None = None
    start: str | None = None
    end: str | None = None
    shared: bool | None = None
    description: str | None = None


class ReceivedMessage(msgspec.Struct, rename="camel"):
    source: str
    message_id: str
    content: Content
    destination: str | None = None
    provider: str | None = None
    timestamp: str | None = None
    provider_timestamp: str | None = None
    provider_message_id: str | None = None
    route: Route | None = None
    gate_custom_parameters: dict[str, str] | None = None
    custom_parameters: dict[str, str] | None = None


class Model(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(alias_generator=to_camel)


class EventReportModel(Model):
    result_code: int
    message_id: str | None = None
    ref_id: str | None = None
    message_type: str | None = None
    message_index: int | None = None
    timestamp: str | None = None
    result_description: str | None = None
    gate_custom_parameters: dict[str, str] | None = None
    custom_parameters: dict[str, str] | None = None


class ButtonModel(Model):
    text: str | None = None
    payload: str | None = None


class ContextModel(Model):
    source: str | None = None
    message_id: str | None = None


class InboundMessageModel(Model):
    content_type: str | None = None
    text: str | None = None
    button: ButtonModel | None = None
    context: ContextModel | None = None


class ContentModel(Model):
    type: str | None = None
    message: InboundMessageModel | None = None


class RouteModel(Model):
    id: str | None = None
    ref_id: str | None = None
    platform_id: str | None = None
    platform_partner_id: str | None = None
    platform_service_type: str | None = None
    platform_service_id: str | None = None
    number: str | None = None
    gate_ids: list[str] | None = None
    custom_parameters: dict[str, str] | None = None
    type: str | None = None
    keyword: str | None = None
    keyword_type: str | None = None
    active: bool | None = None
    start: str | None = None
    end: str | None = None
    shared: bool | None = None
    description: str | None = None


class ReceivedMessageModel(Model):
    source: str
    message_id: str
    content: ContentModel
    destination: str | None = None
    provider: str | None = None
    timestamp: str | None = None
    provider_timestamp: str | None = None
    provider_message_id: str | None = None
    route: RouteModel | None = None
    gate_custom_parameters: dict[str, str] | None = None
    custom_parameters: dict[str, str] | None = None


# Which of the two it is the peers are told, and so ours does not ask.
parse: Callable[[bytes], Any] = linkwa.parse_callback
decode_report = msgspec.json.Decoder(EventReport).decode
decode_message = msgspec.json.Decoder(ReceivedMessage).decode


def our_report() -> tuple[object, ...]:
    report = parse(REPORT)
    return report.message_id, report.ref_id, report.result_code, report.result_description


def msgspec_report() -> tuple[object, ...]:
    report = decode_report(REPORT)
    return report.message_id, report.ref_id, report.result_code, report.result_description


def pydantic_report() -> tuple[object, ...]:
    report = EventReportModel.model_validate_json(REPORT)
    return report.message_id, report.ref_id, report.result_code, report.result_description


def our_message() -> tuple[object, ...]:
    message = parse(MESSAGE)
    route = message.route
    assert route is not None
    return message.message_id, message.source, message.destination, message.text, route.id, route.number


def msgspec_message() -> tuple[object, ...]:
    message = decode_message(MESSAGE)
    inner, route = message.content.message, message.route
    assert inner is not None
    assert route is not None
    return message.message_id, message.source, message.destination, inner.text, route.id, route.number


def pydantic_message() -> tuple[object, ...]:
    message = ReceivedMessageModel.model_validate_json(MESSAGE)
    inner, route = message.content.message, message.route
    assert inner is not None
    assert route is not None
    return message.message_id, message.source, message.destination, inner.text, route.id, route.number


def main() -> None:
    same(our_report(), msgspec_report())
    same(our_report(), pydantic_report())
    same(our_message(), msgspec_message())
    same(our_message(), pydantic_message())
    pair("python-report/msgspec", our_report, msgspec_report)
    pair("python-report/pydantic", our_report, pydantic_report)
    pair("python-message/msgspec", our_message, msgspec_message)
    pair("python-message/pydantic", our_message, pydantic_message)

    report = parse(REPORT)
    smallest = b'{"refId":"r","resultCode":1}'
    floor("python-empty/a function of Python that does nothing", lambda: None)
    floor("python-read/the same with an attribute of a native object, a number", lambda: report.result_code)
    floor("python-call/the same with a native call of one argument", lambda: linkwa.is_gateway_address("x"))
    floor("python-smallest/the same with the smallest callback parsed", lambda: parse(smallest))


if __name__ == "__main__":
    main()
