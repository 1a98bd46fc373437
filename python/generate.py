"""Writes the parts of this package that follow from what core declares. `make gen` runs it with the declarations on stdin.

Whole files: `linkwa/_verbs.py`. In other files it replaces what stands between `# <generated …>` and `# </generated>`.
"""

from __future__ import annotations

import ast
import json
import re
import sys
import textwrap
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from doc_examples import EXAMPLES

PACKAGE = Path(__file__).parent / "linkwa"
SOURCES = Path(__file__).parent / "src"
WIDTH = 120

Json = dict[str, Any]


# Text


def wrapped(text: str, indent: str, first: str = "", rest: str = "") -> list[str]:
    """The lines of a paragraph."""
    return textwrap.wrap(
        " ".join(text.split()),
        WIDTH,
        initial_indent=indent + first,
        subsequent_indent=indent + rest,
        break_long_words=False,
        break_on_hyphens=False,
    )


def python(text: str) -> str:
    """A text of core in Python's words."""
    for core, ours in (("`true`", "`True`"), ("`false`", "`False`"), ("`WhatsApp`", "WhatsApp"), ("\u2212", "-")):
        text = text.replace(core, ours)
    return text


def paragraphs(text: str) -> list[str]:
    """Those of a text of core, without what only leads to an example in Rust."""
    return [part for part in python(text).split("\n\n") if not part.rstrip().endswith(":")]


def listed(fields: Iterable[Json], indent: str) -> list[str]:
    """The list of what each field is."""
    return [
        line for field in fields for line in wrapped(f"`{field['name']}`: {python(field['doc'])}", indent, "- ", "  ")
    ]


def docstring(blocks: Iterable[list[str]], indent: str) -> list[str]:
    """A docstring of these blocks of lines, which are indented already."""
    lines: list[str] = []
    for block in blocks:
        lines += ["", *block] if lines else block
    # The formatter takes an indentation away that all of the text below the first line has.
    below = [line for line in lines[1:] if line]
    if below and all(line.startswith(indent + "    ") for line in below):
        lines = [lines[0], *(line[4:] for line in lines[1:])]
    lines[0] = indent + '"""' + lines[0][len(indent) :]
    if len(lines) == 1:
        return [lines[0] + '"""']
    return [*lines, indent + '"""']


def example(name: str, indent: str) -> list[list[str]]:
    """The example of a class or verb, as blocks."""
    text = EXAMPLES.get(name)
    return [] if text is None else [[f"{indent}    {line}".rstrip() for line in text.strip().split("\n")]]


def definition(head: str, parameters: list[str], tail: str, indent: str) -> list[str]:
    """A function's first lines, as the formatter breaks them."""
    whole = f"{indent}{head}({', '.join(parameters)}){tail}"
    if len(whole) <= WIDTH:
        return [whole]
    return [f"{indent}{head}(", *(f"{indent}    {parameter}," for parameter in parameters), f"{indent}){tail}"]


# Types


def is_seconds(field: Json) -> bool:
    """How long something may take here is a number of seconds; what the gateway is given is a `timedelta`."""
    return field["name"] in ("timeout", "connect_timeout")


def option_type(field: Json) -> str:
    """The type of an option or setting, in `types.py`. `None` counts as left out."""
    kind = field["kind"]
    if kind == "path":
        return "Union[str, PathLike[str], None]"
    if isinstance(kind, dict) and "word" in kind:
        return f"Union[{kind['word']}, {kind['word']}Word, None]"
    if kind == "timestamp":
        return "Union[datetime.datetime, str, None]"
    if kind == "duration":
        return "Optional[float]" if is_seconds(field) else "Optional[datetime.timedelta]"
    if kind == {"list": "string"}:
        return "Optional[Sequence[str]]"
    plain = {"string": "str", "bool": "bool", "integer": "int", "number": "float", "stringMap": "Mapping[str, str]"}
    return f"Optional[{plain[kind]}]"


def option_doc(field: Json) -> str:
    """What an option or setting is, with its unit, its default and its variable."""
    doc = python(field["doc"])
    if is_seconds(field):
        doc += " In seconds."
    if field["kind"] == "timestamp":
        doc += " An aware `datetime` does as well as a text."
    if isinstance(field["kind"], dict) and "word" in field["kind"]:
        doc += f" A word, or a `{field['kind']['word']}`."
    if field.get("default") and field["kind"] != "bool":
        doc += f" {field['default']} by default."
    if field.get("variable"):
        unit = ", in milliseconds" if is_seconds(field) else ""
        doc += f" In the environment: `{field['variable']}`{unit}."
    return doc


class Declarations:
    """What core declares."""

    def __init__(self, document: Json) -> None:
        """From the JSON of `core/examples/declarations.rs`."""
        self.messages: list[Json] = document["messages"]
        self.options = [{**option, "doc": option_doc(option)} for option in document["options"]]
        # The two that a client cannot do without are arguments of their own.
        self.settings = [
            {**setting, "doc": option_doc(setting)}
            for setting in document["settings"]
            if setting["name"] not in ("username", "password")
        ]
        # Those that are words of users, not of the wire.
        self.words = [word for word in document["words"] if word["name"] != "LanguageCode"]
        self.event: list[Json] = document["event"]
        self.objects: dict[str, Json] = {declared["name"]: declared for declared in document["objects"]}

    def class_doc(self, name: str) -> list[str]:
        """The paragraphs about a class. Of a message that is no object of the wire its verb says what it is."""
        if name in self.objects:
            return paragraphs(self.objects[name]["doc"])
        sent = next(message["doc"] for message in self.messages if message["object"] == name).removeprefix("Sends ")
        return [sent[0].upper() + sent[1:]]

    def field_doc(self, name: str, field: str) -> str:
        """What a field of a class is. Of a message it may also stand beside the object, or in it."""
        message = next((message for message in self.messages if message["object"] == name), None)
        found = [*self.objects.get(name, {}).get("fields", ())]
        for beside in message["fields"] if message else ():
            found += self.objects.get(kind_name(beside["kind"]), {}).get("fields", ())
            # The member that `type` names is what the class is.
            found.append({**beside, "doc": self.class_doc(name)[0]} if beside["name"] == message["tag"] else beside)
        doc = next((one["doc"] for one in found if one["name"] == field), None)
        if doc is None:
            raise SystemExit(f"generate.py: core does not declare {name}.{field}")
        return " ".join(python(doc).split())


def kind_name(kind: Any) -> str:
    """The object that a kind is, if it is one."""
    return str(kind.get("object", "")) if isinstance(kind, dict) else ""


# _linkwa.pyi and docs.rs


class Native:
    """A class that `class! { declared … }` makes."""

    def __init__(self, name: str, signature: str, by_position: str, fields: str) -> None:
        """From the parts of the macro's argument."""
        self.name = name
        self.by_position = by_position
        self.fields = {field: (kind, of) for kind, field, of in FIELD.findall(fields)}
        self.parameters = ["cls"]
        for parameter in signature.replace("r#", "").split(", "):
            field, optional, _ = parameter.partition("=")
            self.parameters.append(
                "*" if field == "*" else f"{field}: {self.argument_type(field)}{' = None' if optional else ''}"
            )

    def argument_type(self, field: str) -> str:
        """The type of an argument."""
        kind, of = self.fields[field]
        return f"{stub_type(of, 'Sequence[{}]')} | None" if kind == "optional" else stub_type(of, "Sequence[{}]")

    def attribute_type(self, field: str) -> str:
        """The type of an attribute."""
        of = self.fields[field][1]
        return stub_type(of, "tuple[{}, ...]") + (" | None" if of.startswith("Option<") else "")

    def stub(self, declared: Declarations) -> list[str]:
        """Its lines in the stub."""
        indent = "    "
        blocks = [wrapped(part, indent) for part in declared.class_doc(self.name)]
        names = ", ".join(filter(None, [self.by_position]))
        lines = ["@final", f"class {self.name}:", *docstring([*blocks, *example(self.name, indent)], indent), ""]
        lines.append(f"{indent}__match_args__ = ({names},)" if names else f"{indent}__match_args__ = ()")
        lines += definition("def __new__", self.parameters, " -> Self: ...", indent)
        for field in self.fields:
            lines += [f"{indent}@property", f"{indent}def {field}(self) -> {self.attribute_type(field)}:"]
            lines += docstring([wrapped(declared.field_doc(self.name, field), indent * 2)], indent * 2)
        if any(message["object"] == self.name for message in declared.messages):
            lines += TO_DICT
        changes = [f"{field}: {self.argument_type(field)} = ..." for field in self.fields]
        lines += definition("def __replace__", ["self", "*", *changes], " -> Self: ...", indent)
        return [*lines, *(f"{indent}def {method}" for method in METHODS)]

    def docs(self, declared: Declarations) -> list[str]:
        """Its arms of `text_of!`."""
        blocks = [*([part] for part in declared.class_doc(self.name)), *example(self.name, "")]
        texts = {self.name: "\n\n".join("\n".join(block) for block in blocks)}
        texts |= {f"{self.name} {rust(field)}": declared.field_doc(self.name, field) for field in self.fields}
        return [
            line
            for pattern, text in texts.items()
            for line in (f"    ({pattern}) => {{", f"        {rust_text(text)}", "    };")
        ]


TO_DICT = (
    "    def to_dict(self) -> dict[str, Any]:",
    '        """The message in wire form: a new dict, which `send` takes and validates."""',
)
METHODS = (
    "__getnewargs_ex__(self) -> tuple[tuple[()], dict[str, Any]]: ...",
    "__eq__(self, other: object, /) -> bool: ...",
    "__hash__(self, /) -> int: ...",
)
CLASS = re.compile(r"class! \{\s+declared (\w+)\(([^)]*)\)\s+matches\(([^)]*)\) \{(.*?)\n    \}", re.S)
FIELD = re.compile(r"(needed|optional) (?:r#)?(\w+): ([\w<>]+),")


def rust_text(text: str) -> str:
    """A text in Rust."""
    if '"' in text:
        return f'r#"{text}"#'
    return f'r"{text}"' if "\\" in text else f'"{text}"'


def rust(field: str) -> str:
    """The name of a field in Rust."""
    return "r#type" if field == "type" else field


def stub_type(rust_type: str, several: str) -> str:
    """Python's type for one of the native classes'."""
    inner = re.fullmatch(r"(Option|Object|List)<(.*)>", rust_type)
    if inner is None:
        return {"String": "str", "f64": "float", "bool": "bool"}.get(rust_type, rust_type)
    of = stub_type(inner[2], several)
    return several.format(of) if inner[1] == "List" else of


def natives(declared: Declarations) -> list[Native]:
    """The classes that core declares, as the native module has them."""
    files = sorted((SOURCES / "message").glob("*.rs"))
    found = [Native(*parts) for file in files for parts in CLASS.findall(file.read_text(encoding="utf-8"))]
    order = [*(message["object"] for message in declared.messages), *declared.objects]
    return sorted(found, key=lambda native: order.index(native.name))


def stub_messages(declared: Declarations) -> list[str]:
    """The stubs of message classes."""
    return [line for native in natives(declared) for line in [*native.stub(declared), ""]]


def stub_attributes(name: str, declared: Declarations) -> list[str]:
    """The stubs of what an object of a callback has. `callback/fields.rs` makes the attributes, and adds the same sentences."""
    indent = "    "
    lines: list[str] = []

    def attribute(name: str, of: str, *texts: str) -> None:
        lines.extend([f"{indent}@property", f"{indent}def {name}(self) -> {of}:"])
        lines.extend(docstring([wrapped(text, indent * 2) for text in texts], indent * 2))

    for field in declared.objects[name]["fields"]:
        kind, field_name, doc = field["kind"], field["name"], field["doc"]
        if isinstance(kind, dict):
            item = kind.get("list")
            of = kind_name(kind) or f"tuple[{kind_name(item) or 'str'}, ...]"
        else:
            plain = {"string": "str", "integer": "int", "number": "float", "bool": "bool", "timestamp": "datetime"}
            of = plain.get(kind, "dict[str, str]")
        more = {"timestamp": TIME.format(f"`{field_name}_raw`"), "stringMap": "A new dict at each access."}
        more["integer"] = "A number of `ResultCode`, or one that is newer." if field_name == "result_code" else ""
        texts = filter(None, [doc, more.get(kind, "") if isinstance(kind, str) else ""])
        attribute(field_name, of if field["required"] else f"{of} | None", *texts)
        if kind == "timestamp":
            attribute(f"{field_name}_raw", "str | None", f"The text of `{field_name}` as received.")
    return lines


TIME = (
    "With its original offset, to the microsecond. None if it is absent, not an RFC 3339 date-time, or out of range for a "
    "datetime; its text as received is in {}."
)
CALLBACK_OBJECTS = (
    "EventReport",
    "ReceivedMessage",
    "Content",
    "InboundMessage",
    "InboundButton",
    "Context",
    "InboundMedia",
    "InboundLocation",
    "InboundContact",
    "InboundContactName",
    "InboundPhone",
    "InboundInteractive",
    "InboundButtonReply",
    "InboundListReply",
    "Route",
)


def event_docs(field: Json) -> list[str]:
    """The docstring of a field of an event, for `docs.rs`."""
    text = rust_text(" ".join(python(field["doc"]).split()))
    return [f"    (Event {field['name']}) => {{", f"        {text}", "    };"]


def docs_rs(declared: Declarations) -> str:
    """The text of `docs.rs`."""
    lines = [
        "//! The docstrings of what core declares. `make gen` writes this file: do not edit it.",
        "",
        "/// The text about a class, or about a field of it.",
        "macro_rules! text_of {",
        *(line for native in natives(declared) for line in native.docs(declared)),
        *(line for field in declared.event for line in event_docs(field)),
        "}",
        "",
        "pub(crate) use text_of;",
    ]
    return "\n".join(lines) + "\n"


# _verbs.py


class Class:
    """A message class of the stub: its constructor and its docstrings."""

    def __init__(self, node: ast.ClassDef, aliases: dict[str, ast.expr]) -> None:
        """From its node; `aliases` are those of types in the stub."""
        self.aliases = aliases
        members = [member for member in node.body if isinstance(member, ast.FunctionDef)]
        arguments = next(member for member in members if member.name == "__new__").args
        needed = [None] * (len(arguments.args) - len(arguments.defaults))
        self.positional = list(zip(arguments.args, [*needed, *arguments.defaults]))[1:]
        self.named = list(zip(arguments.kwonlyargs, arguments.kw_defaults))
        self.docs = {member.name: ast.get_docstring(member) or "" for member in members}
        self.names = {name for argument in self.arguments() for name in self.names_in(argument.annotation)}

    def arguments(self) -> list[ast.arg]:
        """All of its arguments."""
        return [argument for argument, _ in [*self.positional, *self.named]]

    def names_in(self, annotation: ast.expr | None) -> Iterable[str]:
        """The classes that an annotation names."""
        for node in ast.walk(annotation) if annotation is not None else ():
            if isinstance(node, ast.Name):
                alias = self.aliases.get(node.id)
                yield from [node.id] if alias is None else self.names_in(alias)

    def parameters(self) -> list[str]:
        """Those of its verb, as Python 3.9 can evaluate them."""

        def written(argument: ast.arg, default: ast.expr | None) -> str:
            end = "" if default is None else f" = {ast.unparse(default)}"
            return f"{argument.arg}: {self.runtime(argument.annotation)}{end}"

        named = [written(*each) for each in self.named]
        return [*(written(*each) for each in self.positional), *(["*", *named] if named else [])]

    def runtime(self, annotation: ast.expr | None) -> str:
        """An annotation of the stub with `Union` and `Optional` where the stub has `|`."""
        if isinstance(annotation, ast.Name) and annotation.id in self.aliases:
            return self.runtime(self.aliases[annotation.id])
        if isinstance(annotation, ast.BinOp):
            members = self.members(annotation)
            if members[-1] == "None" and len(members) == 2:
                return f"typing.Optional[{members[0]}]"
            return f"typing.Union[{', '.join(members)}]"
        if isinstance(annotation, ast.Subscript):
            return f"{ast.unparse(annotation.value)}[{self.runtime(annotation.slice)}]"
        return ast.unparse(annotation) if annotation is not None else "typing.Any"

    def members(self, union: ast.expr) -> list[str]:
        """Those of a union."""
        if isinstance(union, ast.BinOp):
            return [*self.members(union.left), *self.members(union.right)]
        return [self.runtime(union)]

    def call(self, name: str) -> str:
        """What makes an object of the arguments of its verb."""
        given = [argument.arg for argument, _ in self.positional]
        given += [f"{argument.arg}={argument.arg}" for argument, _ in self.named]
        return f"_linkwa.{name}({', '.join(given)})"


def classes_of(stub: str) -> dict[str, Class]:
    """The classes of the stub that a program can make."""
    tree = ast.parse(stub)
    aliases = {
        node.target.id: node.value
        for node in tree.body
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value is not None
    }
    return {
        node.name: Class(node, aliases)
        for node in tree.body
        if isinstance(node, ast.ClassDef)
        and any(isinstance(member, ast.FunctionDef) and member.name == "__new__" for member in node.body)
    }


SEVERAL = {"Interactive": ["Buttons", "List"]}
"""The messages that are several classes here."""

TO = "to: typing.Union[str, Sequence[str]]"
OPTIONS = "**options: types.Unpack[types.SendOptions]"


def verbs(declared: Declarations, classes: dict[str, Class]) -> str:
    """The text of `_verbs.py`."""
    made = [classes[message["object"]] for message in declared.messages if message["object"] not in SEVERAL]
    known = {name for verb in made for name in verb.names} & classes.keys() | {
        name for names in SEVERAL.values() for name in names
    }
    lines = [
        '"""The verbs that send messages. `make gen` writes this file from the declarations in core: do not edit it."""',
        "",
        "from __future__ import annotations",
        "",
        "from collections.abc import Sequence",
        "",
        "from . import _linkwa",
        "from ._lazy import Lazy",
        f"from ._linkwa import {', '.join(sorted({*known, 'SendResult'}))}",
        "",
        "TYPE_CHECKING = False",
        "if TYPE_CHECKING:",
        "    import typing",
        "",
        "    from . import types",
        "else:",
        "    # Importing these would take longer than all the rest of linkwa.",
        '    types, typing = Lazy("linkwa.types"), Lazy("typing")',
    ]
    for name, start, wait in (("Verbs", "def", ""), ("AsyncVerbs", "async def", "await ")):
        doc = "The verbs of a client." if name == "Verbs" else "The verbs of an asynchronous client."
        send = [TO, "message: types.Messages", "options: types.SendOptions"]
        lines += ["", "", f"class {name}:", f'    """{doc}"""', ""]
        lines += definition(f"{start} _send", ["self", *send], " -> SendResult:", "    ")
        lines += ["        raise NotImplementedError"]
        lines += ["", *definition(f"{start} send", ["self", *send[:2], OPTIONS], " -> SendResult:", "    ")]
        lines += send_doc(declared) if name == "Verbs" else async_doc("send")
        lines += [f"        return {wait}self._send(to, message, options)"]
        for message in declared.messages:
            verb, made_of = message["verb"], classes.get(message["object"])
            several = ", ".join(SEVERAL.get(message["object"], []))
            own = made_of.parameters() if made_of else [f"{message['argument']}: typing.Union[{several}]"]
            lines += ["", *definition(f"{start} {verb}", ["self", TO, *own, OPTIONS], " -> SendResult:", "    ")]
            lines += verb_doc(declared, message, made_of) if name == "Verbs" else async_doc(verb)
            if made_of:
                lines += [f"        message = {made_of.call(message['object'])}"]
            sent = "message" if made_of else message["argument"]
            if not made_of:
                lines += refusal(sent, SEVERAL[message["object"]])
            lines += [f"        return {wait}self._send(to, {sent}, options)"]
    return "\n".join(lines) + "\n"


def refusal(argument: str, classes: list[str]) -> list[str]:
    """What refuses an object of another class."""
    text = f"argument '{argument}' must be {' or '.join(classes)}, not {{type({argument}).__name__}}"
    return [
        f"        if type({argument}) not in ({', '.join(classes)}):",
        f'            raise TypeError(f"{text}")',
    ]


def async_doc(verb: str) -> list[str]:
    """The docstring of a verb of the asynchronous client."""
    return [f'        """Does what `Client.{verb}` does, without blocking the event loop."""']


def verb_doc(declared: Declarations, message: Json, made_of: Class | None) -> list[str]:
    """The docstring of a verb."""
    indent = " " * 8
    classes = SEVERAL.get(message["object"], [message["object"]])
    fields = [{"name": message["argument"], "doc": f"An object of {' or '.join(f'`{name}`' for name in classes)}."}]
    if made_of:
        fields = [{"name": argument.arg, "doc": made_of.docs.get(argument.arg, "")} for argument in made_of.arguments()]
    about = declared.class_doc(message["object"])
    blocks = [
        wrapped(f"Sends {about[0][0].lower()}{about[0][1:]}", indent),
        *(wrapped(part, indent) for part in about[1:]),
    ]
    blocks.append(listed(fields, indent))
    see = " and ".join(f"`{name}`" for name in classes)
    blocks.append(wrapped(f"See {see}. Options and errors are those of `send`.", indent))
    return docstring([*blocks, *example(message["verb"], indent)], indent)


def send_doc(declared: Declarations) -> list[str]:
    """The docstring of `send`."""
    indent = " " * 8
    texts = [
        "Sends one message or several to one destination or several, and returns the gateway's answer.",
        "`to` is a number of 3 to 15 digits, with or without `+`, or a sequence of them; each gets every message. `message` "
        "is an object of a message class (`Text` and the others), a mapping in wire form (see `linkwa.types`), or a sequence "
        "of these.",
        "Every verb that sends takes these `options` (`SendOptions`). One that is left out, or `None`, is as the client has "
        "it.",
        "Returns a `SendResult`; its `warnings` are those of validation. Raises `InvalidRequest` with everything that "
        "validation found, `NotSent`, `Rejected`, `OutcomeUnknown` or `InternalError` (see `Client`); a `TypeError` that "
        "names an argument of a wrong type or name, and a `ValueError` for a datetime without a time zone or an unknown "
        "priority.",
    ]
    blocks = [wrapped(text, indent) for text in texts]
    blocks.insert(3, listed(declared.options, indent))
    return docstring([*blocks, *example("send", indent)], indent)


# types.py


def wire_name(name: str) -> str:
    """The TypedDict of an object on the wire."""
    if name.endswith(("Component", "Parameter")):
        return name
    return f"{name.removesuffix('Body')}Dict"


def wire_type(kind: Any) -> str:
    """The type of a field on the wire."""
    if isinstance(kind, str):
        return {"string": "str", "bool": "bool", "integer": "int", "number": "float", "duration": "int"}.get(
            kind, "str"
        )
    ((what, of),) = kind.items()
    if what == "tag":
        return f"Literal[{json.dumps(of)}]"
    if what == "object":
        return wire_name(of)
    if what == "list":
        return f"Sequence[{wire_type(of)}]"
    if what == "oneOf":
        return f"Union[{', '.join(wire_type(one) for one in of)}]"
    return "str"


def optional(expected: str) -> str:
    """The type of what may be `None`."""
    return f"{expected[:-1]}, None]" if expected.startswith("Union[") else f"Optional[{expected}]"


def typed_dict(name: str, doc: str, fields: list[Json]) -> list[str]:
    """A TypedDict. In Python 3.9 what may be left out needs a class of its own."""
    # A medium has either a link or an id.
    is_medium = {"link", "id"} <= {field["wire"] for field in fields}
    required = [field for field in fields if field["required"] and not (is_medium and field["wire"] == "link")]
    needed = [f"    {field['wire']}: {wire_type(field['kind'])}" for field in required]
    free = [f"    {field['wire']}: {optional(wire_type(field['kind']))}" for field in fields if field not in required]
    about = docstring([wrapped(doc, "    ")], "    ")
    if not free:
        return ["", "", f"class {name}(TypedDict):", *about, "", *needed]
    if not needed:
        return ["", "", f"class {name}(TypedDict, total=False):", *about, "", *free]
    base = [f"class _{name}(TypedDict):", *needed]
    return ["", "", *base, "", "", f"class {name}(_{name}, total=False):", *about, "", *free]


def union(name: str, members: list[str], doc: str) -> list[str]:
    """A name for one of several."""
    whole = f"{name} = Union[{', '.join(members)}]"
    listed_members = [f"{name} = Union[", *(f"    {member}," for member in members), "]"]
    return [*([whole] if len(whole) <= WIDTH else listed_members), f'"""{doc}"""']


def wire(declared: Declarations) -> list[str]:
    """The messages as they stand on the wire."""
    lines: list[str] = []
    done: set[str] = set()

    def add(kind: Any, owner: str) -> None:
        if not isinstance(kind, dict):
            return
        ((what, of),) = kind.items()
        if what == "list":
            add(of, owner)
        elif what == "oneOf":
            for one in of:
                add(one, owner)
            if owner and all(kind_name(one) for one in of):
                lines.extend(["", "", *union(owner, [wire_type(one) for one in of], "One of these objects.")])
        elif what == "object" and of not in done:
            done.add(of)
            parts = {
                "Template": "ComponentDict",
                "HeaderComponent": "HeaderParameter",
                "BodyComponent": "BodyParameter",
            }
            for field in declared.objects[of]["fields"]:
                add(field["kind"], parts.get(of, ""))
            doc = paragraphs(declared.objects[of]["doc"])[0]
            lines.extend(typed_dict(wire_name(of), doc, declared.objects[of]["fields"]))

    for message in declared.messages:
        for field in message["fields"]:
            add(field["kind"], f"{message['object']}Dict")
        tag = {"wire": "type", "kind": {"tag": message["tag"]}, "required": True}
        doc = f"A message of the type `{message['tag']}`."
        lines += typed_dict(f"{message['object']}Message", doc, [tag, *message["fields"]])
    names = [message["object"] for message in declared.messages]
    about = "One message in wire form, of the type that its `type` says."
    lines += ["", "", *union("MessageDict", [f"{name}Message" for name in names], about)]
    about = "One message: an object of a message class, or a dict in wire form. Also `linkwa.Message`."
    classes = [name for message in names for name in SEVERAL.get(message, [message])]
    lines += union("Message", [*(f"_linkwa.{name}" for name in [*classes, "Raw"]), "MessageDict"], about)
    return lines[2:]


def public(text: str) -> list[str]:
    """`__all__` of a module."""
    names = public_names("types", text)
    return ["__all__ = [", *(f"    {json.dumps(name)}," for name in names), "]"]


# Regions of other files


def functions(declared: Declarations) -> list[str]:
    """The functions of the default client, as type checkers see them."""
    names = [
        "send",
        *(message["verb"] for message in declared.messages),
        "send_request",
        "send_raw",
        "send_many",
        "request",
        "build",
    ]
    return [f"{name} = _default.{name}" for name in names]


def words(declared: Declarations) -> list[str]:
    """The types of words."""
    lines: list[str] = []
    for word in declared.words:
        values = ", ".join(json.dumps(value["word"]) for value in word["values"])
        lines += [f"{word['name']}Word = Literal[{values}]", f'"""The words of `linkwa.{word["name"]}`."""']
    return lines


def options(declared: Declarations) -> list[str]:
    """`SendOptions`, `OutboxOptions` and `ClientSettings`."""
    indent = "    "
    lines: list[str] = []
    for name, fields, first in (
        ("SendOptions", declared.options, "The options that every send takes, as keyword arguments."),
        (
            "OutboxOptions",
            [field for field in declared.options if field["name"] != "ref_id"],
            "The options of a send through an outbox, as keyword arguments: see `linkwa.outbox`.",
        ),
        ("ClientSettings", declared.settings, "The settings of a client, as keyword arguments: see `linkwa.Client`."),
    ):
        text = f"{first} One that is left out, or `None`, has its default."
        if name != "OutboxOptions":
            text += f" Also `linkwa.{name}`."
        blocks = [wrapped(text, indent), listed(fields, indent), *example(name, indent)]
        lines += ["", "", f"class {name}(TypedDict, total=False):", *docstring(blocks, indent), ""]
        lines += [f"    {field['name']}: {option_type(field)}" for field in fields]
    return [*lines[2:], "", ""]


def event_type(field: Json) -> str:
    """The type of a field of an event."""
    kind = field["kind"]
    if kind == {"list": "string"}:
        return "tuple[str, ...]"
    plain = {"integer": "int", "duration": "float", "timestamp": "float"}
    found = plain.get(kind, "str") if isinstance(kind, str) else "str"
    return found if field["required"] else f"{found} | None"


def event(declared: Declarations) -> list[str]:
    """The attributes of an event."""
    indent = "    "
    lines: list[str] = []
    for field in declared.event:
        lines += [f"{indent}@property", f"{indent}def {field['name']}(self) -> {event_type(field)}:"]
        lines += docstring([wrapped(python(field["doc"]), indent * 2)], indent * 2)
    return lines


def exports(modules: dict[str, str]) -> list[str]:
    """What `__init__.py` imports, and `__all__`: every public name of these modules."""
    lines: list[str] = []
    # `__getattr__` imports those of `types`.
    everything = ["__version__", "Callback", "ClientSettings", "Message", "SendOptions"]
    for module, text in modules.items():
        names = public_names(module, text)
        everything += names
        whole = f"from .{module} import {', '.join(names)}"
        lines += (
            [whole] if len(whole) <= WIDTH else [f"from .{module} import (", *(f"    {name}," for name in names), ")"]
        )
    lines += ["", "__all__ = [", *(f"    {json.dumps(name)}," for name in sorted(everything)), "]"]
    return lines


def public_names(module: str, text: str) -> list[str]:
    """The classes and functions that a module defines for users."""
    tree = ast.parse(text)
    defined = [node.name for node in tree.body if isinstance(node, (ast.ClassDef, ast.FunctionDef))]
    # `send_text = _default.send_text`
    defined += [
        target.id
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name) and target.id != "TYPE_CHECKING"
    ]
    return sorted(name for name in defined if not name.startswith("_") and f"{module}.{name}" not in PRIVATE)


PRIVATE = {
    "_client.completions",
    "_client.running_loop",
    "_errors.make",
    "_linkwa.Completions",
    "_linkwa.NativeClient",
    "_linkwa.NativeEvents",
    "_linkwa.NativeMany",
    "_linkwa.NativePacer",
    "_linkwa.NativePending",
    "_linkwa.NativeScript",
    "_linkwa.NativeScripts",
    "_linkwa.Pending",
    "_linkwa.configure",
    "_linkwa.run_command",
    "_many.async_send_many",
    "types.Self",
    "types.Unpack",
}
"""What has a public name in its module, but is not exported."""

# Files


def with_regions(text: str, regions: dict[str, list[str]]) -> str:
    """A file with these regions replaced."""
    for name, lines in regions.items():
        region = re.compile(rf"(^ *# <generated {name}>\n).*?(^ *# </generated>$)", re.M | re.S)
        inside = "".join(f"{line}\n" for line in lines)
        text, count = region.subn(lambda found, inside=inside: found[1] + inside + found[2], text)
        if count != 1:
            raise SystemExit(f"generate.py: there is no region {name!r}")
    return text


def generated(document: Json) -> dict[Path, str]:
    """Every file that follows from the declarations, with its text."""
    declared = Declarations(document)
    texts: dict[Path, str] = {}

    def text_of(name: str) -> str:
        path = PACKAGE / name
        return texts.get(path) or path.read_text(encoding="utf-8")

    def replace(name: str, **regions: list[str]) -> None:
        texts[PACKAGE / name] = with_regions(text_of(name), regions)

    texts[SOURCES / "docs.rs"] = docs_rs(declared)
    callbacks = {name: stub_attributes(name, declared) for name in CALLBACK_OBJECTS}
    replace("_linkwa.pyi", messages=stub_messages(declared), event=event(declared), **callbacks)
    texts[PACKAGE / "_verbs.py"] = verbs(declared, classes_of(text_of("_linkwa.pyi")))
    replace("_client.py", functions=functions(declared))
    replace("types.py", words=words(declared), wire=wire(declared), options=options(declared))
    replace("types.py", exports=public(text_of("types.py")))
    files = ("_client.py", "_enums.pyi", "_errors.py", "_linkwa.pyi", "_many.py", "_result_code.pyi")
    replace("__init__.py", exports=exports({name.partition(".")[0]: text_of(name) for name in files}))
    return texts


def main() -> None:
    """Writes the files that differ."""
    for path, text in generated(json.load(sys.stdin)).items():
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            print(f"wrote {path}")


if __name__ == "__main__":
    main()
