"""Writes the parts of this package that follow from what core declares. `make gen` runs it with the declarations on stdin.

Whole files: `linkwa/_verbs.py`. In other files it replaces what stands between `# <generated …>` and `# </generated>`.
"""

from __future__ import annotations

import ast
import json
import sys
import textwrap
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from doc_examples import EXAMPLES

PACKAGE = Path(__file__).parent / "linkwa"
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
    return text.replace("`true`", "`True`").replace("`false`", "`False`")


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
    lines[0] = indent + '"""' + lines[0][len(indent) :]
    if len(lines) == 1 and len(lines[0]) + 3 <= WIDTH:
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
    """A time that is not sent is a number of seconds."""
    return field["kind"] == "duration" and field["wire"] == ""


def option_type(field: Json) -> str:
    """The type of an option or setting, in `types.py`. `None` is as good as left out."""
    kind, name = field["kind"], field["name"]
    if name == "ca_file":
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
    if field.get("default"):
        doc += f" {field['default']} by default."
    if field.get("variable"):
        doc += f" In the environment: `{field['variable']}`."
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
        self.words: list[Json] = document["words"]


# _verbs.py


class Class:
    """A message class of the stub: its constructor and its docstrings."""

    def __init__(self, node: ast.ClassDef, aliases: dict[str, ast.expr]) -> None:
        """From its node; `aliases` are those of types in the stub."""
        self.aliases = aliases
        members = [member for member in node.body if isinstance(member, ast.FunctionDef)]
        arguments = next(member for member in members if member.name == "__new__").args
        self.positional = arguments.args[1:]
        self.named = list(zip(arguments.kwonlyargs, arguments.kw_defaults))
        self.docs = {member.name: ast.get_docstring(member) or "" for member in members}
        self.names = {name for argument in self.arguments() for name in self.names_in(argument.annotation)}

    def arguments(self) -> list[ast.arg]:
        """All of its arguments."""
        return [*self.positional, *(argument for argument, _ in self.named)]

    def names_in(self, annotation: ast.expr | None) -> Iterable[str]:
        """The classes that an annotation names."""
        for node in ast.walk(annotation) if annotation is not None else ():
            if isinstance(node, ast.Name):
                alias = self.aliases.get(node.id)
                yield from [node.id] if alias is None else self.names_in(alias)

    def parameters(self) -> list[str]:
        """Those of its verb, as Python 3.9 can evaluate them."""
        parameters = [f"{argument.arg}: {self.runtime(argument.annotation)}" for argument in self.positional]
        if self.named:
            parameters.append("*")
        for argument, default in self.named:
            end = "" if default is None else f" = {ast.unparse(default)}"
            parameters.append(f"{argument.arg}: {self.runtime(argument.annotation)}{end}")
        return parameters

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
        given = [argument.arg for argument in self.positional]
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


TO = "to: typing.Union[str, Sequence[str]]"
OPTIONS = "**options: types.Unpack[types.SendOptions]"


def verbs(declared: Declarations, classes: dict[str, Class]) -> str:
    """The text of `_verbs.py`."""
    made = [classes[message["object"]] for message in declared.messages]
    known = {name for verb in made for name in verb.names} & classes.keys()
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
        lines += send_doc(declared) if name == "Verbs" else ['        """As `Client.send`, to be awaited."""']
        lines += [f"        return {wait}self._send(to, message, options)"]
        for message in declared.messages:
            verb, made_of = message["verb"], classes[message["object"]]
            lines += [
                "",
                *definition(f"{start} {verb}", ["self", TO, *made_of.parameters(), OPTIONS], " -> SendResult:", "    "),
            ]
            lines += (
                verb_doc(message, made_of) if name == "Verbs" else [f'        """As `Client.{verb}`, to be awaited."""']
            )
            lines += [f"        message = {made_of.call(message['object'])}"]
            lines += [f"        return {wait}self._send(to, message, options)"]
    return "\n".join(lines) + "\n"


def verb_doc(message: Json, made_of: Class) -> list[str]:
    """The docstring of a verb."""
    indent = " " * 8
    fields = [{"name": argument.arg, "doc": made_of.docs.get(argument.arg, "")} for argument in made_of.arguments()]
    blocks = [wrapped(python(message["doc"]), indent), listed(fields, indent)]
    blocks.append(wrapped(f"See `{message['object']}`. Options and errors are those of `send`.", indent))
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


# Regions of other files


def functions(declared: Declarations) -> list[str]:
    """The functions of the default client, as type checkers see them."""
    names = [
        "send",
        *(message["verb"] for message in declared.messages),
        "send_request",
        "send_raw",
        "send_many",
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
    """`SendOptions` and `ClientSettings`."""
    indent = "    "
    lines: list[str] = []
    for name, fields, first in (
        ("SendOptions", declared.options, "The options that every send takes, as keyword arguments."),
        ("ClientSettings", declared.settings, "The settings of a client, as keyword arguments: see `linkwa.Client`."),
    ):
        text = f"{first} One that is left out, or `None`, has its default. Also `linkwa.{name}`."
        blocks = [wrapped(text, indent), listed(fields, indent), *example(name, indent)]
        lines += ["", "", f"class {name}(TypedDict, total=False):", *docstring(blocks, indent), ""]
        lines += [f"    {field['name']}: {option_type(field)}" for field in fields]
    return [*lines[2:], "", ""]


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
    *("_client.completions", "_client.running_loop", "_errors.make", "_linkwa.Completions", "_linkwa.NativeClient"),
    *("_linkwa.NativeMany", "_linkwa.NativePending", "_linkwa.NotYet", "_linkwa.configure", "_many.async_send_many"),
}
"""What has a public name in its module, but is not exported."""

# Files


def with_regions(text: str, regions: dict[str, list[str]]) -> str:
    """A file with these regions replaced."""
    for name, lines in regions.items():
        start, end = f"# <generated {name}>\n", "# </generated>\n"
        before, found, rest = text.partition(start)
        _, closed, after = rest.partition(end)
        if not found or not closed:
            raise SystemExit(f"generate.py: there is no region {name!r}")
        text = before + start + "".join(f"{line}\n" for line in lines) + end + after
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

    texts[PACKAGE / "_verbs.py"] = verbs(declared, classes_of(text_of("_linkwa.pyi")))
    replace("_client.py", functions=functions(declared))
    replace("types.py", words=words(declared), options=options(declared))
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
