"""The classes of messages and findings, and the JSON that they make."""

import ast
import asyncio
import copy
import inspect
import json
import pickle
import sys
import typing
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from request_vectors import REQUEST_VECTORS

import linkwa

LINK = "https://example.com/a.png"

CONTACT = linkwa.Contact(
    addresses=[
        linkwa.Address(
            city="Menlo Park",
            country="United States",
            country_code="us",
            state="CA",
            street=street,
            type=type,
            zip="94025",
        )
        for street, type in (("1 Hacker Way", "HOME"), ("200 Jefferson Dr", "WORK"))
    ],
    birthday="2012-08-18",
    emails=[linkwa.Email("test@fb.com", type="WORK"), linkwa.Email("test@whatsapp.com", type="WORK")],
    name=linkwa.Name("John Smith", first_name="John", last_name="Smith"),
    org=linkwa.Org(company="WhatsApp", department="Design", title="Manager"),
    phones=[
        linkwa.Phone("+1 (940) 555-1234", type="HOME"),
        linkwa.Phone("+1 (650) 555-1234", type="WORK", wa_id="16505551234"),
    ],
    urls=[linkwa.Url("https://www.facebook.com", type="WORK")],
)


def template(*components):
    return linkwa.Template("yourTemplate", namespace="yourNamespace", language="en", components=components)


def header_and_body():
    return linkwa.Header("'Your header text here'"), linkwa.Body("'Your body text here'")


def reply(index):
    return linkwa.QuickReplyButton(index, payload="Your payload here")


def url(index):
    return linkwa.UrlButton(index, text="Your text here")


# The examples of the API document, written in Python.
EXAMPLES = {
    "example-text-template": template(linkwa.Body("Your text")),
    "example-media-template": template(
        linkwa.Header(linkwa.Document("https://www.example.com/file.pdf", filename="filename")),
        linkwa.Body(
            "Your text",
            linkwa.Currency("$100.99", code="USD", amount_1000=100990),
            linkwa.DateTime("February 25, 1977 03:33PM", year=1977, month=2, day=25, hour=15, minute=33),
        ),
    ),
    "example-interactive-template-quick-replies": template(*header_and_body(), reply(0), reply(1)),
    "example-interactive-template-urls": template(*header_and_body(), url(0), url(1)),
    "example-interactive-template-one-of-each": template(*header_and_body(), reply(0), url(1)),
    "example-interactive-template-url-first": template(*header_and_body(), url(0), reply(1)),
    "example-text": linkwa.Text("Your text here!", preview_url=False),
    "example-image": linkwa.Image("https://example.com/image.jpg", caption="Your image caption!"),
    "example-location": linkwa.Location(
        latitude=59.3120499,
        longitude=18.0739497,
        name="Linkmobility Stockholm, Sweden",
        address="Götgatan 78, Stockholm, Sverige",
    ),
    "example-audio": linkwa.Audio("https://example.com/audio.mp4"),
    "example-video": linkwa.Video("https://example.com/video.mp4", caption="Your video caption"),
    "example-document": linkwa.Document(
        "https://example.com/document.pdf", caption="Your document caption", filename="Your document filename"
    ),
    "example-contacts": linkwa.Contacts([CONTACT]),
}

# Messages that need the setting `extensions`.
EXTENSIONS = [
    "Image(id='1')",
    "Template(name='n', language='en')",
    "Buttons(body='b', buttons=(Button(id='i', title='t'),), header=Image(link='https://example.com/a.png'), footer='f')",
    "List(body='b', label='l', sections=(Section(title='s', rows=(Row(id='i', title='t'),)),), header='h', footer='f')",
]

# One object of each class, with every field. Its repr is the code that makes it.
SHOWN = [
    "Text(body='Hello', preview_url=True)",
    "Image(link='https://example.com/a.png', caption='c')",
    "Audio(link='https://example.com/a.mp3')",
    "Video(link='https://example.com/a.mp4', caption='c')",
    "Document(link='https://example.com/a.pdf', caption='c', filename='f')",
    "Location(latitude=59.5, longitude=-18.0, name='n', address='a')",
    "Contacts(contacts=(Contact(birthday='1977-02-25'), Contact(org=Org())))",
    "Contact(name=Name(formatted_name='n'), phones=(Phone(phone='1'),), emails=(Email(email='e'),), "
    "addresses=(Address(zip='1'),), urls=(Url(url='u'),), org=Org(title='t'), birthday='1977-02-25')",
    "Name(formatted_name='Dr. J. Q. S. Jr.', first_name='J.', last_name='S.', middle_name='Q.', prefix='Dr.', "
    "suffix='Jr.')",
    "Phone(phone='1', type='HOME', wa_id='2')",
    "Email(email='e', type='HOME')",
    "Url(url='u', type='HOME')",
    "Address(street='s', city='c', state='t', zip='1', country='C', country_code='cc', type='HOME')",
    "Org(company='c', department='d', title='t')",
    "Template(name='n', namespace='ns', language='en', components=(Header('h'), Body('b'), QuickReplyButton(index=0), "
    "UrlButton(index=1)))",
    "Header('a', Image(link='i'), Video(link='v'), Document(link='d'))",
    "Header()",
    "Body('a', Currency(fallback_value='1', code='USD', amount_1000=1000), "
    "DateTime(fallback_value='d', timestamp=225732780000))",
    "QuickReplyButton(index=0, payload='p')",
    "UrlButton(index=4294967295, text='t')",
    "Currency(fallback_value='$1', code='USD', amount_1000=-1000)",
    "DateTime(fallback_value='d', timestamp=18446744073709551615)",
    "DateTime(fallback_value='d', year=1977, month=2, day=25, hour=15, minute=33, day_of_week=5)",
    *EXTENSIONS,
    "Button(id='i', title='t')",
    "Section(title='s', rows=(Row(id='i', title='t'),))",
    "Row(id='i', title='t', description='d')",
    """Raw(json='{"type":"interactive"}')""",
    "Finding(path='refId', code='empty', message='m', severity='error')",
    "Finding(path='refId', code='invalid_format', message='m', severity='error', suggestion='r')",
]

CLASSES = [getattr(linkwa, shown[: shown.index("(")]) for shown in SHOWN]


def make(shown):
    return eval(shown, dict(vars(linkwa)))


SETTINGS = {
    "base_url": "http://127.0.0.1:1",
    "username": "user",
    "password": "secret",
    "platform_id": "p",
    "platform_partner_id": "pp",
    "source": "+46000000000",
}
CLIENT = linkwa.Client(**SETTINGS)
CLIENT_WITH_EXTENSIONS = linkwa.Client(**SETTINGS, extensions=True)
ASYNC = linkwa.AsyncClient(**SETTINGS)


def sent(message, to="+46000000001"):
    """Returns the JSON that is posted for a message."""
    return CLIENT.build(to, message, ref_id="r").decode()


def sent_messages(message):
    return json.loads(sent(message))["messages"]


def findings_of(message):
    """Returns the findings of a message, with their paths."""
    with pytest.raises(linkwa.InvalidRequest) as error:
        sent(message)
    return str(error.value)


each = pytest.mark.parametrize("shown", SHOWN)


@each
def test_the_repr_makes_an_equal_object(shown):
    assert repr(make(shown)) == shown
    assert make(shown) == make(shown)
    assert not make(shown) != make(shown)  # noqa: SIM202
    assert hash(make(shown)) == hash(make(shown))


def test_different_messages_are_not_equal():
    objects = [make(shown) for shown in SHOWN]
    assert len(set(objects)) == len(objects)
    for n, one in enumerate(objects):
        assert [one == other for other in objects] == [n == m for m in range(len(objects))]
        assert one != repr(one)
        assert one.__eq__(5) is NotImplemented
    assert linkwa.Url("x") != linkwa.Email("x")
    assert linkwa.Text("x") != linkwa.Text("x", preview_url=False)
    assert linkwa.Header() != linkwa.Body()


@each
def test_messages_are_immutable(shown):
    value = make(shown)
    fields = [name for name, kind in vars(type(value)).items() if inspect.isgetsetdescriptor(kind)]
    assert fields
    for name in [*fields, "more"]:
        with pytest.raises(AttributeError):
            setattr(value, name, None)
    with pytest.raises(TypeError):
        type("Sub", (type(value),), {})


@each
@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_pickle(shown, protocol):
    again = pickle.loads(pickle.dumps(make(shown), protocol))
    assert again == make(shown)
    assert repr(again) == shown
    assert type(again) is type(make(shown))


@each
def test_copy(shown):
    value = make(shown)
    assert copy.copy(value) == value
    assert copy.deepcopy(value) == value
    assert value.__replace__() == value
    if sys.version_info >= (3, 13):
        assert copy.replace(value) == value
    with pytest.raises(TypeError, match="'zoo'"):
        value.__replace__(zoo=1)


def test_replace():
    text = linkwa.Text("a", preview_url=True)
    assert text.__replace__(body="b") == linkwa.Text("b", preview_url=True)
    assert text.__replace__(preview_url=None) == linkwa.Text("a")
    assert linkwa.Header("a").__replace__(parameters=["b", "c"]) == linkwa.Header("b", "c")
    date = linkwa.DateTime("d", year=2024, month=2, day=29, hour=0, minute=0)
    assert sent_messages(template(linkwa.Body(date.__replace__(day=28)))) == sent_messages(
        template(linkwa.Body(linkwa.DateTime("d", year=2024, month=2, day=28, hour=0, minute=0)))
    )
    with pytest.raises(TypeError, match="argument 'body' must be str, not int"):
        text.__replace__(body=1)
    with pytest.raises(TypeError, match="item 0 of argument 'parameters' must be str"):
        linkwa.Header("a").__replace__(parameters=[1])


@pytest.mark.parametrize("cls", dict.fromkeys(CLASSES), ids=lambda cls: cls.__name__)
def test_each_class_has_documentation_and_a_signature(cls):
    assert cls.__module__ == "linkwa"
    assert getattr(linkwa, cls.__name__) is cls
    assert cls.__name__ in linkwa.__all__
    assert cls.__doc__
    fields = {name: kind for name, kind in vars(cls).items() if inspect.isgetsetdescriptor(kind)}
    assert all(kind.__doc__ for kind in fields.values())
    if sys.version_info < (3, 10):
        return  # which keeps no signature of such classes
    signature = inspect.signature(cls)
    assert sorted(signature.parameters) == sorted(fields)
    by_position = [name for name, p in signature.parameters.items() if p.kind is not p.KEYWORD_ONLY]
    assert list(cls.__match_args__) == by_position


def test_fields():
    phone = linkwa.Phone("1", type="HOME")
    card = linkwa.Contact(phones=[phone])
    assert (phone.phone, phone.type, phone.wa_id) == ("1", "HOME", None)
    assert card.phones == (phone,)
    assert card.phones[0] is phone
    assert (card.name, card.emails) == (None, ())
    assert linkwa.Header("a", linkwa.Image(LINK)).parameters == ("a", linkwa.Image(LINK))
    assert linkwa.Location(latitude=1, longitude=2).latitude == 1.0
    date = linkwa.DateTime("d", timestamp=1)
    assert (date.timestamp, date.year, date.day_of_week) == (1, None, None)
    assert linkwa.Text(body="x") == linkwa.Text("x")
    assert linkwa.Contacts(contacts=(card,)) == linkwa.Contacts([card])


def test_none_counts_as_not_passed():
    assert linkwa.Text("x", preview_url=None) == linkwa.Text("x")
    assert linkwa.Contact(phones=None, name=None) == linkwa.Contact(phones=[]) == linkwa.Contact()
    assert template() == linkwa.Template("yourTemplate", namespace="yourNamespace", language="en", components=None)
    assert hash(linkwa.Contact(phones=None)) == hash(linkwa.Contact())


def test_numbers_that_are_equal_make_equal_objects():
    here = linkwa.Location(latitude=0, longitude=-0.0)
    same = linkwa.Location(latitude=-0.0, longitude=0)
    assert here == same
    assert hash(here) == hash(same)


@pytest.mark.parametrize("message", [*EXAMPLES.values(), *map(make, EXTENSIONS)], ids=repr)
def test_a_message_in_wire_form_is_sent_as_the_message(message):
    build = CLIENT_WITH_EXTENSIONS.build
    wire = message.to_dict()
    assert build("+46000000001", wire, ref_id="r") == build("+46000000001", message, ref_id="r")
    wire["type"] = "changed"
    assert message.to_dict() != wire


def test_only_messages_have_a_wire_form():
    classes = {cls for cls in CLASSES if hasattr(cls, "to_dict")} - {linkwa.Finding}
    assert classes == {cls for cls in typing.get_args(linkwa.types.Message) if hasattr(cls, "__match_args__")}
    assert linkwa.Raw('{"a": [1.5, null]}').to_dict() == {"a": [1.5, None]}
    with pytest.raises(linkwa.InvalidRequest):
        linkwa.Raw("{").to_dict()


PARAMETER = "item 1 of argument 'parameters' must be"
TIMESTAMP = "argument 'timestamp' must be datetime, or int in milliseconds"
IN_JSON = "must be str, int, float, bool, None, a mapping or a sequence"
MESSAGE = (
    "argument 'message' must be a message (linkwa.Text and the others), a mapping in wire form, or a sequence of them"
)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: linkwa.Text(5), "argument 'body' must be str, not int"),
        (lambda: linkwa.Text(None), "argument 'body' must be str, not NoneType"),
        (lambda: linkwa.Text(b"x"), "argument 'body' must be str, not bytes"),
        (lambda: linkwa.Text("x", preview_url=1), "argument 'preview_url' must be bool, not int"),
        (lambda: linkwa.Image(LINK, caption=["c"]), "argument 'caption' must be str, not list"),
        (lambda: linkwa.Location(latitude="1", longitude=2), "argument 'latitude' must be float, not str"),
        (lambda: linkwa.Location(latitude=1, longitude=True), "argument 'longitude' must be float, not bool"),
        (lambda: linkwa.Location(latitude=1, longitude=1j), "argument 'longitude' must be float, not complex"),
        (lambda: linkwa.Contacts(linkwa.Contact()), "argument 'contacts' must be a sequence, not Contact"),
        (lambda: linkwa.Contacts("x"), "argument 'contacts' must be a sequence, not str"),
        (lambda: linkwa.Contacts(None), "argument 'contacts' must be a sequence, not NoneType"),
        (lambda: linkwa.Contacts([{}]), "item 0 of argument 'contacts' must be Contact, not dict"),
        (lambda: linkwa.Contact(name="John"), "argument 'name' must be Name, not str"),
        (lambda: linkwa.Contact(phones={1}), "argument 'phones' must be a sequence, not set"),
        (lambda: linkwa.Contact(phones=[linkwa.Phone("1"), "2"]), "item 1 of argument 'phones' must be Phone, not str"),
        (lambda: linkwa.Phone("1", type=1), "argument 'type' must be str, not int"),
        (lambda: linkwa.Header("a", 1), f"{PARAMETER} str, Image, Video or Document, not int"),
        (lambda: linkwa.Header("a", None), f"{PARAMETER} str, Image, Video or Document, not NoneType"),
        (lambda: linkwa.Body("a", linkwa.Image(LINK)), f"{PARAMETER} str, Currency or DateTime, not Image"),
        (
            lambda: template("body"),
            "item 0 of argument 'components' must be Header, Body, QuickReplyButton or UrlButton, not str",
        ),
        (lambda: linkwa.QuickReplyButton("0"), "argument 'index' must be int, not str"),
        (lambda: linkwa.QuickReplyButton(True), "argument 'index' must be int, not bool"),
        (lambda: linkwa.UrlButton(0.0), "argument 'index' must be int, not float"),
        (lambda: linkwa.Currency("1", code="USD", amount_1000=1.5), "argument 'amount_1000' must be int, not float"),
        (lambda: linkwa.DateTime("d", timestamp="1"), f"{TIMESTAMP}, not str"),
        (lambda: linkwa.DateTime("d", timestamp=1.5), f"{TIMESTAMP}, not float"),
        (
            lambda: CLIENT.send_interactive("+46000000001", linkwa.Text("x")),
            "argument 'interactive' must be Buttons or List, not Text",
        ),
        (
            lambda: asyncio.run(ASYNC.send_interactive("+46000000001", {"type": "text"})),
            "argument 'interactive' must be Buttons or List, not dict",
        ),
        (lambda: linkwa.Raw([]), "argument 'json' must be a mapping, str or bytes, not list"),
        (lambda: linkwa.Raw({"a": {1}}), f"argument 'json': a {IN_JSON}, not set"),
    ],
)
def test_wrong_types_are_type_errors_that_name_the_argument(call, message):
    with pytest.raises(TypeError) as error:
        call()
    assert str(error.value) == message


def test_wrong_calls_are_type_errors():
    for call, message in [
        (lambda: linkwa.Text(), "missing 1 required positional argument: 'body'"),
        (lambda: linkwa.Text("x", True), "takes 1 positional argument"),
        (lambda: linkwa.Text("x", previewUrl=True), "unexpected keyword argument 'previewUrl'"),
        (lambda: linkwa.Location(1, 2), "takes 0 positional arguments"),
        (lambda: linkwa.Location(latitude=1), "missing 1 required keyword argument: 'longitude'"),
        (lambda: linkwa.Template("n", namespace="ns"), "missing 1 required keyword argument: 'language'"),
        (lambda: linkwa.Currency("1", "USD", 1), "takes 1 positional argument"),
    ]:
        with pytest.raises(TypeError, match=message):
            call()


def test_a_date_is_a_moment_or_six_parts():
    parts = {"year": 1977, "month": 2, "day": 25, "hour": 15, "minute": 33}
    linkwa.DateTime("d", **parts, day_of_week=5)
    wrong = [{}, {"timestamp": 1, **parts}, {"timestamp": 1, "day_of_week": 5}, {"day_of_week": 5}]
    wrong += [{name: value for name, value in parts.items() if name != left_out} for left_out in parts]
    for arguments in wrong:
        with pytest.raises(TypeError, match="either timestamp alone, or all of year, month, day, hour and minute"):
            linkwa.DateTime("d", **arguments)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: linkwa.UrlButton(-1), "argument 'index' must be between 0 and 4294967295"),
        (lambda: linkwa.UrlButton(2**32), "argument 'index' must be between 0 and 4294967295"),
        (
            lambda: linkwa.Currency("1", code="USD", amount_1000=2**63),
            "argument 'amount_1000' must be between -9223372036854775808 and 9223372036854775807",
        ),
        (lambda: linkwa.DateTime("d", timestamp=-1), "argument 'timestamp' must be between 0 and 18446744073709551615"),
        (
            lambda: linkwa.DateTime("d", timestamp=datetime(1969, 12, 31, 23, 59, 59, 999999, timezone.utc)),
            "argument 'timestamp' must not be before 1970",
        ),
        (
            lambda: linkwa.DateTime("d", timestamp=datetime(1977, 2, 25)),
            "argument 'timestamp' must be an aware datetime: give it a tzinfo, such as datetime.timezone.utc",
        ),
        (lambda: linkwa.Raw(b"\xff"), "argument 'json' is not UTF-8 (byte 0)"),
        (lambda: linkwa.Raw({"a": [0, float("nan")]}), "argument 'json': a[1] is NaN, which JSON cannot carry"),
        (lambda: linkwa.Raw({"a": float("-inf")}), "argument 'json': a is -inf, which JSON cannot carry"),
    ],
)
def test_a_value_out_of_range_is_a_value_error_that_names_the_argument(call, message):
    with pytest.raises(ValueError) as error:
        call()
    assert str(error.value) == message


@pytest.mark.parametrize(
    "call",
    [
        lambda: linkwa.Text("a\ud800"),
        lambda: linkwa.Raw("a\ud800"),
        lambda: linkwa.Header("", "a\udfff"),
        lambda: sent(linkwa.Text("x"), to="a\ud800"),
        lambda: sent(linkwa.Text("x"), to=["a\ud800"]),
    ],
)
def test_a_lone_surrogate_is_a_unicode_error_that_names_the_argument(call):
    with pytest.raises(
        UnicodeEncodeError, match=r"surrogates not allowed in (item [01] of )?argument '(body|json|parameters|to)'"
    ):
        call()


def test_datetimes_become_milliseconds():
    at = datetime(1977, 2, 25, 15, 33, 0, 123999, timezone.utc)
    assert linkwa.DateTime("d", timestamp=at).timestamp == 225732780123
    there = at.astimezone(timezone(timedelta(hours=-7, minutes=-30)))
    assert linkwa.DateTime("d", timestamp=there) == linkwa.DateTime("d", timestamp=225732780123)
    assert linkwa.DateTime("d", timestamp=datetime(1970, 1, 1, tzinfo=timezone.utc)).timestamp == 0
    last = datetime.max.replace(tzinfo=timezone.utc)
    assert linkwa.DateTime("d", timestamp=last).timestamp == 253402300799999


def test_number_like_objects_are_accepted():
    class Index:
        def __index__(self):
            return 7

    assert linkwa.QuickReplyButton(Index()).index == 7
    assert linkwa.Location(latitude=Decimal("1.5"), longitude=Fraction(1, 2)).longitude == 0.5

    class Failing:
        def __index__(self):
            raise LookupError("failed")

        __float__ = __index__

    for call in (lambda: linkwa.QuickReplyButton(Failing()), lambda: linkwa.Location(latitude=Failing(), longitude=0)):
        with pytest.raises(LookupError, match="failed"):
            call()


def test_every_example_of_the_document_is_tested():
    assert set(EXAMPLES) == {vector.id for vector in REQUEST_VECTORS if vector.id.startswith("example-")}


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_examples_make_the_json_of_the_document(name):
    (vector,) = (vector for vector in REQUEST_VECTORS if vector.id == name)
    output = vector.output.decode()
    assert sent(EXAMPLES[name]) == output
    assert sent([EXAMPLES[name]]) == output
    assert sent((json.loads(output)["messages"][0],)) == output


def test_several_messages_of_any_kind():
    messages = [
        linkwa.Text("a"),
        {"type": "text", "text": {"body": "b"}},
        linkwa.Raw({"type": "sticker", "n": [1, 1.5]}),
    ]
    assert sent_messages(messages) == [
        {"type": "text", "text": {"body": "a"}},
        {"type": "text", "text": {"body": "b"}},
        {"type": "sticker", "n": [1, 1.5]},
    ]


def test_invalid_messages_are_findings_of_the_send():
    assert "messages[0].text.body" in findings_of(linkwa.Text(""))
    assert "messages[1].image.lnik" in findings_of([linkwa.Text("x"), {"type": "image", "image": {"lnik": LINK}}])
    for degrees in (float("nan"), float("inf"), 10**400, -(10**400), 91):
        assert "messages[0].location.latitude" in findings_of(linkwa.Location(latitude=degrees, longitude=0))
    assert "messages" in findings_of([])
    for raw in ("", "[]", "{", '{"a":1} x'):
        assert "invalid_json" in findings_of(linkwa.Raw(raw))
        assert "invalid_json" in findings_of([linkwa.Text("x"), linkwa.Raw(raw)])


def test_dates():
    def parts(**more):
        date = linkwa.DateTime("d", year=2024, month=2, day=29, hour=23, minute=59, **more)
        return sent_messages(template(linkwa.Body(date)))[0]["template"]["components"][0]["parameters"][0]["dateTime"]

    assert parts() == parts(day_of_week=4)
    assert parts(day_of_week=0)["dayOfWeek"] == 0
    moment = linkwa.DateTime("d", timestamp=datetime(1977, 2, 25, 15, 33, tzinfo=timezone.utc))
    parameter = sent_messages(template(linkwa.Body(moment)))[0]["template"]["components"][0]["parameters"][0]
    assert parameter == {"type": "dateTime", "dateTime": {"fallbackValue": "d", "timestamp": "225732780000"}}


def test_buttons_without_parameters_are_static():
    components = sent_messages(template(linkwa.QuickReplyButton(0), linkwa.UrlButton(1)))[0]["template"]["components"]
    assert components == [
        {"type": "button", "subType": "quickReply", "index": 0, "parameters": []},
        {"type": "button", "subType": "url", "index": 1, "parameters": []},
    ]
    assert sent_messages(template())[0]["template"]["components"] == []


def test_a_raw_message_is_sent_unchanged():
    text = '{ "type" : "x", "n":1e0 }'
    assert sent(linkwa.Raw(text)).endswith(f'"messages":[{text}]}}')
    assert linkwa.Raw(text.encode()) == linkwa.Raw(text)
    assert linkwa.Raw({"a": {"b": [1, None, True, "é"]}}).json == '{"a":{"b":[1,null,true,"é"]}}'
    assert linkwa.Raw({"n": 10**400}).json == '{"n":1' + "0" * 400 + "}"


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("Hello", f"{MESSAGE}, not str"),
        (None, f"{MESSAGE}, not NoneType"),
        (linkwa.Contact(), f"{MESSAGE}, not Contact"),
        (["Hello"], "item 0 of argument 'message' must be a message or a mapping in wire form, not str"),
        ([linkwa.Text("x"), []], "item 1 of argument 'message' must be a message or a mapping in wire form, not list"),
        ({"type": {1}}, f"argument 'message': type {IN_JSON}, not set"),
        ([{"a": {1: 2}}], "item 0 of argument 'message': a: a key must be str, not int"),
    ],
)
def test_other_values_than_messages_are_type_errors(value, message):
    with pytest.raises(TypeError) as error:
        sent(value)
    assert str(error.value) == message


def test_destinations():
    def to(value):
        return json.loads(sent(linkwa.Text("x"), to=value))["destinations"]

    assert to("+46000000001") == ["+46000000001"]
    assert to(["+46000000001", "+46000000002"]) == ["+46000000001", "+46000000002"]
    assert to(("+46000000001",)) == ["+46000000001"]
    for value, message in [
        (5, "argument 'to' must be str or a sequence of str, not int"),
        (None, "argument 'to' must be str or a sequence of str, not NoneType"),
        (b"+46", "argument 'to' must be str or a sequence of str, not bytes"),
        ({"+46"}, "argument 'to' must be str or a sequence of str, not set"),
        ((to for to in ()), "argument 'to' must be str or a sequence of str, not generator"),
        (["+46000000001", 46], "item 1 of argument 'to' must be str, not int"),
    ]:
        with pytest.raises(TypeError) as error:
            to(value)
        assert str(error.value) == message


def test_enums_are_strings():
    assert linkwa.Priority.HIGH == "HIGH"
    assert [str(priority) for priority in linkwa.Priority] == ["LOW", "NORMAL", "HIGH"]
    assert [f"{region}" for region in linkwa.Region] == ["n-eu", "c-eu", "s-eu", "no", "deb"]
    assert f"{linkwa.Region.NO:>4}" == "  no"
    assert repr(linkwa.Region.N_EU) == "linkwa.Region.N_EU"
    assert linkwa.Priority("LOW") is linkwa.Priority.LOW
    for member in (*linkwa.Priority, *linkwa.Region):
        assert pickle.loads(pickle.dumps(member)) is member
        assert json.loads(json.dumps(member)) == member.value
    assert linkwa.Priority.__module__ == "linkwa"


def test_match():
    if sys.version_info < (3, 10):
        pytest.skip("`match` is newer than this Python")
    import matching

    assert matching.kind(linkwa.Text("a")) == "text a"
    assert matching.kind(linkwa.Text("a", preview_url=True)) == "preview of a"
    assert matching.kind(linkwa.Location(latitude=1, longitude=2)) == "at 1.0, 2.0"
    assert matching.kind(linkwa.Image(LINK)) == f"image {LINK}"
    assert matching.kind(template(linkwa.Header("h"), linkwa.Body("b"))) == "template with header h"
    assert matching.kind(linkwa.Body("b", linkwa.Currency("1", code="EUR", amount_1000=1000))) == "1000 EUR"
    assert matching.kind(linkwa.Finding("p", "empty", "m", "error")) == "error empty at p"
    assert matching.kind(5) == "else"


def test_the_typed_program_runs():
    import typed_messages

    with pytest.raises(TypeError):
        typed_messages.refused()


def test_the_stub_has_the_docstrings_of_the_classes():
    stub = ast.parse((Path(linkwa.__file__).parent / "_linkwa.pyi").read_text(encoding="utf-8"))

    def said(text):
        return " ".join(text.split())

    checked = set()
    for node in stub.body:
        if isinstance(node, ast.ClassDef) and node.name in {cls.__name__ for cls in CLASSES}:
            cls = getattr(linkwa, node.name)
            checked.add(cls)
            assert said(ast.get_docstring(node)) == said(cls.__doc__)
            properties = [f for f in node.body if isinstance(f, ast.FunctionDef) and not f.name.startswith("__")]
            for function in properties:
                assert said(ast.get_docstring(function)) == said(getattr(cls, function.name).__doc__)
        elif isinstance(node, ast.FunctionDef) and node.name in ("validate", "new_ref_id", "ref_id_for"):
            checked.add(node.name)
            assert said(ast.get_docstring(node)) == said(getattr(linkwa, node.name).__doc__)
    assert checked == {*CLASSES, "validate", "new_ref_id", "ref_id_for"}
