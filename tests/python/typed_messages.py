"""What a type checker must accept, and, where a line says so, refuse: for `mypy --strict`, pyright, and Python."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timezone
from typing import Optional

import linkwa
from linkwa.types import ContactDict, MessageDict, MessageRequestDict, TemplateDict, TextMessage

LINK = "https://example.com/a.png"

text: linkwa.Text = linkwa.Text("Hello", preview_url=False)
body: str = text.body
preview: Optional[bool] = text.preview_url
image = linkwa.Image(LINK, caption=None)
place = linkwa.Location(latitude=59, longitude=18.0, name="Office")
card = linkwa.Contact(
    name=linkwa.Name("John Smith", first_name="John"),
    phones=[linkwa.Phone("+1 (650) 555-1234", type="WORK")],
    emails=(linkwa.Email("john@example.com"),),
)
phones: "tuple[linkwa.Phone, ...]" = card.phones
contacts = linkwa.Contacts([card])
order = linkwa.Template(
    "order_update",
    namespace="namespace",
    language="en",
    components=[
        linkwa.Header(linkwa.Document(LINK)),
        linkwa.Body(
            "Anna",
            linkwa.Currency("$100.99", code="USD", amount_1000=100990),
            linkwa.DateTime("Feb 25", timestamp=datetime(1977, 2, 25, tzinfo=timezone.utc)),
            linkwa.DateTime("Feb 25", timestamp=225732780000),
            linkwa.DateTime("Feb 25", year=1977, month=2, day=25, hour=15, minute=33),
        ),
        linkwa.QuickReplyButton(0, payload="yes"),
        linkwa.UrlButton(1, text="track/17"),
    ],
)
raw = linkwa.Raw({"type": "interactive", "interactive": {"type": "list"}})
same: linkwa.Text = text.__replace__(body="Good bye")

plain: TextMessage = {"type": "text", "text": {"body": "Hello"}}
messages: Sequence[MessageDict] = [
    plain,
    {"type": "text", "previewUrl": True, "text": {"body": "https://example.com"}},
    {"type": "image", "image": {"link": LINK, "caption": "c"}},
    {"type": "location", "location": {"longitude": 18, "latitude": 59.5}},
]
john: ContactDict = {"name": {"formattedName": "John", "firstName": "John"}, "phones": [{"phone": "1", "waId": "1"}]}
template: TemplateDict = {
    "namespace": "n",
    "name": "t",
    "language": {"code": "en"},
    "components": [
        {"type": "header", "parameters": [{"type": "image", "image": {"link": LINK}}]},
        {"type": "body", "parameters": [{"type": "text", "text": "a"}]},
        {"type": "button", "subType": "quickReply", "index": 0, "parameters": [{"type": "payload", "payload": "p"}]},
        {"type": "button", "subType": "url", "index": "1", "parameters": []},
    ],
}
request: MessageRequestDict = {
    "platformId": "p",
    "platformPartnerId": "pp",
    "priority": "NORMAL",
    "refId": linkwa.new_ref_id(),
    "source": "+46000000000",
    "destinations": ["+46000000001"],
    "messages": [*messages, {"type": "contacts", "contacts": [john]}, {"type": "template", "template": template}],
    "customParameters": {"campaign": "spring"},
}
references: "list[str]" = [linkwa.ref_id_for("orders", "17"), linkwa.ref_id_for("orders", 17)]
findings: "tuple[linkwa.Finding, ...]" = linkwa.validate(request)
findings += linkwa.validate('{"refId": "r"}')[:0] + linkwa.validate(b"{}")[:0] + linkwa.validate({"refId": "r"})[:0]
assert [finding for finding in findings if finding.severity == "error"] == []
high: str = linkwa.Priority.HIGH
north: linkwa.Region = linkwa.Region("n-eu")


def refused() -> None:
    """Each line is an error for a type checker, and a `TypeError` or `AttributeError` if it is run."""
    linkwa.Text(5)  # type: ignore[arg-type]
    linkwa.Location(1, 2)  # type: ignore[call-arg, misc, unused-ignore]
    linkwa.DateTime("d", year=1977)  # type: ignore[call-overload]
    linkwa.Body(image)  # type: ignore[arg-type]
    text.body = "x"  # type: ignore[misc]
    linkwa.validate(5)  # type: ignore[arg-type]


async def many(client: linkwa.AsyncClient, blocking: linkwa.Client) -> None:
    async def numbers() -> AsyncIterator[str]:
        yield "+46000000001"

    async def message(number: str) -> linkwa.Text:
        return linkwa.Text(number)

    async for chunk in client.send_many(numbers(), message):
        ids: tuple[str, ...] = chunk.result.message_ids if chunk.result else ()
        assert ids
    async with client.send_many(["+46000000001"], lambda number: {"type": "text", "text": {"body": number}}) as run:
        await run.__anext__()
    blocking.send_many(numbers(), text)  # type: ignore[arg-type]
    blocking.send_many([], message)  # type: ignore[arg-type]
