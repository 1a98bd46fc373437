"""The body of a template of four components: `client.build` beside pydantic, and beside a dict that jsonschema validates. Each
side makes the message anew.
"""

from __future__ import annotations

import json
from typing import Any, Literal

import jsonschema  # type: ignore[import-untyped]
import pydantic
from measure import INPUTS, pair, read_input, same
from pydantic.alias_generators import to_camel

import linkwa

SCHEMA = json.loads((INPUTS.parents[1] / "sandbox" / "schema" / "message-request.json").read_bytes())
jsonschema.Draft202012Validator.check_schema(SCHEMA)
validator = jsonschema.Draft202012Validator(SCHEMA)

client = linkwa.Client(
    base_url="http://127.0.0.1:1/whatsapp-message",
    username="user",
    password="secret",
    platform_id="platform",
    platform_partner_id="partner",
    source="+46000000000",
)


class Model(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(alias_generator=to_camel, validate_by_name=True)


class Document(Model):
    link: str
    filename: str | None = None


class DocumentParameter(Model):
    type: Literal["document"] = "document"
    document: Document


class TextParameter(Model):
    type: Literal["text"] = "text"
    text: str


class Currency(Model):
    fallback_value: str
    code: str
    amount1000: str


class CurrencyParameter(Model):
    type: Literal["currency"] = "currency"
    currency: Currency


class PayloadParameter(Model):
    type: Literal["payload"] = "payload"
    payload: str


class Header(Model):
    type: Literal["header"] = "header"
    parameters: list[TextParameter | DocumentParameter]


class Body(Model):
    type: Literal["body"] = "body"
    parameters: list[TextParameter | CurrencyParameter]


class Button(Model):
    type: Literal["button"] = "button"
    sub_type: Literal["quickReply", "url"]
    index: int
    parameters: list[PayloadParameter | TextParameter]


class Language(Model):
    code: str


class Template(Model):
    namespace: str
    name: str
    language: Language
    components: list[Header | Body | Button]


class TemplateMessage(Model):
    type: Literal["template"] = "template"
    template: Template


class MessageRequest(Model):
    platform_id: str
    platform_partner_id: str
    priority: Literal["LOW", "NORMAL", "HIGH"]
    ref_id: str
    source: str
    destinations: list[str]
    messages: list[TemplateMessage]


def our_template() -> linkwa.Template:
    return linkwa.Template(
        "order_update",
        namespace="namespace",
        language="en",
        components=[
            linkwa.Header(linkwa.Document("https://example.com/17.pdf", filename="invoice.pdf")),
            linkwa.Body("Anna", linkwa.Currency("$100.99", code="USD", amount_1000=100_990)),
            linkwa.QuickReplyButton(0, payload="yes"),
            linkwa.UrlButton(1, text="track/17"),
        ],
    )


def ours() -> bytes:
    return client.build("+46000000001", our_template(), ref_id="order-17")


def with_pydantic() -> bytes:
    document = Document(link="https://example.com/17.pdf", filename="invoice.pdf")
    price = Currency(fallback_value="$100.99", code="USD", amount1000=str(100_990))
    template = Template(
        name="order_update",
        namespace="namespace",
        language=Language(code="en"),
        components=[
            Header(parameters=[DocumentParameter(document=document)]),
            Body(parameters=[TextParameter(text="Anna"), CurrencyParameter(currency=price)]),
            Button(sub_type="quickReply", index=0, parameters=[PayloadParameter(payload="yes")]),
            Button(sub_type="url", index=1, parameters=[TextParameter(text="track/17")]),
        ],
    )
    request = MessageRequest(
        platform_id="platform",
        platform_partner_id="partner",
        priority="NORMAL",
        ref_id="order-17",
        source="+46000000000",
        destinations=["+46000000001"],
        messages=[TemplateMessage(template=template)],
    )
    return request.model_dump_json(by_alias=True, exclude_none=True).encode()


def with_jsonschema() -> bytes:
    price = {"fallbackValue": "$100.99", "code": "USD", "amount1000": str(100_990)}
    document = {"link": "https://example.com/17.pdf", "filename": "invoice.pdf"}
    components: list[dict[str, Any]] = [
        {"type": "header", "parameters": [{"type": "document", "document": document}]},
        {"type": "body", "parameters": [{"type": "text", "text": "Anna"}, {"type": "currency", "currency": price}]},
        {
            "type": "button",
            "subType": "quickReply",
            "index": 0,
            "parameters": [{"type": "payload", "payload": "yes"}],
        },
        {"type": "button", "subType": "url", "index": 1, "parameters": [{"type": "text", "text": "track/17"}]},
    ]
    template = {
        "namespace": "namespace",
        "name": "order_update",
        "language": {"code": "en"},
        "components": components,
    }
    request = {
        "platformId": "platform",
        "platformPartnerId": "partner",
        "priority": "NORMAL",
        "refId": "order-17",
        "source": "+46000000000",
        "destinations": ["+46000000001"],
        "messages": [{"type": "template", "template": template}],
    }
    validator.validate(request)
    return json.dumps(request).encode()


def main() -> None:
    expected = json.loads(read_input("template.json"))
    for side in (ours, with_pydantic, with_jsonschema):
        same(json.loads(side()), expected)
    pair("python-build/pydantic", ours, with_pydantic)
    pair("python-build/jsonschema", ours, with_jsonschema)
    template = our_template()
    pair("python-build-only/pydantic", lambda: client.build("+46000000001", template, ref_id="order-17"), with_pydantic)


if __name__ == "__main__":
    main()
