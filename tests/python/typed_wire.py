"""Uses every type of the wire form, for the type checkers; run, each message is valid."""

from __future__ import annotations

import linkwa
from linkwa.types import (
    AddressDict,
    AudioDict,
    AudioMessage,
    BodyComponent,
    BodyParameter,
    ButtonComponent,
    ButtonsActionDict,
    ComponentDict,
    ContactDict,
    ContactsMessage,
    CurrencyDict,
    CurrencyParameter,
    DateTimeDict,
    DateTimeParameter,
    DocumentDict,
    DocumentMessage,
    DocumentParameter,
    EmailDict,
    HeaderComponent,
    HeaderParameter,
    ImageDict,
    ImageMessage,
    ImageParameter,
    InteractiveButtonsDict,
    InteractiveDict,
    InteractiveListDict,
    InteractiveMessage,
    InteractiveTextDict,
    LanguageDict,
    ListActionDict,
    LocationDict,
    LocationMessage,
    MessageDict,
    MessageRequestDict,
    NameDict,
    OrgDict,
    PayloadParameter,
    PhoneDict,
    QuickReplyComponent,
    ReplyButtonDict,
    ReplyDict,
    RowDict,
    SectionDict,
    TemplateDict,
    TemplateMessage,
    TextDict,
    TextMessage,
    TextParameter,
    UrlComponent,
    UrlDict,
    VideoDict,
    VideoMessage,
    VideoParameter,
)

LINK = "https://example.com/a.png"
FILM = "https://example.com/a.mp4"

text: TextDict = {"body": "Hello"}
image: ImageDict = {"link": LINK, "caption": None}
audio: AudioDict = {"link": "https://example.com/a.mp3"}
video: VideoDict = {"link": FILM, "caption": "c"}
document: DocumentDict = {"link": LINK, "caption": "c", "filename": "f.pdf"}
location: LocationDict = {"longitude": 18, "latitude": 59.5, "name": "Office", "address": None}

address: AddressDict = {"city": "Stockholm", "countryCode": "SE", "street": "Street 1", "zip": "11122", "type": "HOME"}
email: EmailDict = {"email": "john@example.com", "type": "WORK"}
name: NameDict = {"formattedName": "John Smith", "firstName": "John", "lastName": "Smith"}
org: OrgDict = {"company": "Company", "department": "Department", "title": "CEO"}
phone: PhoneDict = {"phone": "+1 (650) 555-1234", "type": "WORK", "waId": "16505551234"}
url: UrlDict = {"url": "https://example.com", "type": "WORK"}
contact: ContactDict = {
    "addresses": [address],
    "birthday": "2000-01-31",
    "emails": [email],
    "name": name,
    "org": org,
    "phones": [phone],
    "urls": [url],
}

word: TextParameter = {"type": "text", "text": "Anna"}
payload: PayloadParameter = {"type": "payload", "payload": "yes"}
picture: ImageParameter = {"type": "image", "image": {"link": LINK}}
film: VideoParameter = {"type": "video", "video": {"link": FILM}}
paper: DocumentParameter = {"type": "document", "document": {"link": "https://example.com/f.pdf"}}
currency: CurrencyDict = {"fallbackValue": "$100.99", "code": "USD", "amount1000": "100990"}
money: CurrencyParameter = {"type": "currency", "currency": currency}
moment: DateTimeDict = {
    "fallbackValue": "Feb 25",
    "dayOfWeek": 5,
    "dayOfMonth": "25",
    "year": 1977,
    "month": 2,
    "hour": 15,
    "minute": 33,
}
date: DateTimeParameter = {"type": "dateTime", "dateTime": moment}
header_parameters: list[HeaderParameter] = [picture]
body_parameters: list[BodyParameter] = [word, money, date]
header: HeaderComponent = {"type": "header", "parameters": header_parameters}
body: BodyComponent = {"type": "body", "parameters": body_parameters}
reply: QuickReplyComponent = {"type": "button", "subType": "quickReply", "index": 0, "parameters": [payload]}
page: UrlComponent = {"type": "button", "subType": "url", "index": "1", "parameters": [word]}
buttons: list[ButtonComponent] = [reply, page]
components: list[ComponentDict] = [header, body, *buttons]
language: LanguageDict = {"code": "en"}
template: TemplateDict = {"namespace": "n", "name": "t", "language": language, "components": components}

where: InteractiveTextDict = {"text": "Where to?"}
home: ReplyDict = {"id": "home", "title": "Home"}
press: ReplyButtonDict = {"type": "reply", "reply": home}
to_press: ButtonsActionDict = {"buttons": [press]}
with_buttons: InteractiveButtonsDict = {"type": "button", "header": picture, "body": where, "action": to_press}
oslo: RowDict = {"id": "oslo", "title": "Oslo", "description": "Open"}
shops: SectionDict = {"title": "Shops", "rows": [oslo]}
to_choose: ListActionDict = {"button": "Choose", "sections": [shops]}
with_list: InteractiveListDict = {"type": "list", "body": where, "footer": {"text": "Free"}, "action": to_choose}
both: list[InteractiveDict] = [with_buttons, with_list]
uploaded: ImageDict = {"id": "1017"}

text_message: TextMessage = {"type": "text", "text": text, "previewUrl": False}
image_message: ImageMessage = {"type": "image", "image": image}
audio_message: AudioMessage = {"type": "audio", "audio": audio}
video_message: VideoMessage = {"type": "video", "video": video}
document_message: DocumentMessage = {"type": "document", "document": document}
location_message: LocationMessage = {"type": "location", "location": location}
contacts_message: ContactsMessage = {"type": "contacts", "contacts": [contact]}
template_message: TemplateMessage = {"type": "template", "template": template}
film_template: TemplateMessage = {
    "type": "template",
    "template": {
        "namespace": "n",
        "name": "t",
        "language": {"code": "en"},
        "components": [
            {"type": "header", "parameters": [film]},
        ],
    },
}
paper_template: TemplateMessage = {
    "type": "template",
    "template": {
        "namespace": "n",
        "name": "t",
        "language": {"code": "en"},
        "components": [
            {"type": "header", "parameters": [paper]},
        ],
    },
}
messages: list[MessageDict] = [
    text_message,
    image_message,
    audio_message,
    video_message,
    document_message,
    location_message,
    contacts_message,
    template_message,
    film_template,
    paper_template,
]
request: MessageRequestDict = {
    "platformId": "p",
    "platformPartnerId": "pp",
    "priority": "NORMAL",
    "refId": "r",
    "source": "+46000000000",
    "destinations": ["+46000000001"],
    "messages": messages,
    "relativeValidityTime": 60_000,
    "eventReportGates": ["gate"],
    "customParameters": {"campaign": None},
}
findings: tuple[linkwa.Finding, ...] = linkwa.validate(request)
interactive: list[InteractiveMessage] = [{"type": "interactive", "interactive": one} for one in both]
extended: MessageRequestDict = {**request, "messages": [*interactive, {"type": "image", "image": uploaded}]}
findings += linkwa.validate(extended, extensions=True)


def refused() -> None:
    """Each line is an error for a type checker: one that accepted it would call its comment needless."""
    typo: TextDict = {"boddy": "Hello"}  # type: ignore[typeddict-item, typeddict-unknown-key]
    short: LocationDict = {"latitude": 59.5}  # type: ignore[typeddict-item]
    other: TextMessage = {"type": "image", "text": text}  # type: ignore[typeddict-item]
    north: LocationDict = {"latitude": "59", "longitude": 18}  # type: ignore[typeddict-item]
    money_in_header: HeaderComponent = {"type": "header", "parameters": [money]}  # type: ignore[list-item]
    urgent: MessageRequestDict = {**request, "priority": "URGENT"}  # type: ignore[typeddict-item]
    print(typo, short, other, north, money_in_header, urgent)
