"""The documentation: every example in it runs, and everything public is documented.

The Python programs of README.md and python/README.md are run as they stand, each in a process of its own, with the account
in the environment. The examples in docstrings are run by doctest; what they print must be what they say.
"""

from __future__ import annotations

import ast
import doctest
import inspect
import os
import re
import subprocess
import sys
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import ACCOUNT, ROOT

import linkwa
import linkwa.otel
import linkwa.outbox
import linkwa.receiver
import linkwa.types
from linkwa import _linkwa
from linkwa_sandbox import Sandbox, find_program

VERBS = [name for name in linkwa.__all__ if name.startswith("send") or name == "build"]
MESSAGES = (
    "Text Image Audio Video Document Location Contacts Contact Template Header Body Currency DateTime Raw".split()
)
NEWER = "# Python 3.10 or newer\n"
"""The first line of a program that older versions of Python cannot parse."""
OFFLINE = "# sends nothing\n"
"""The first line of a program that contains a verb but sends nothing."""


# Programs


MANUALS = {"README.md": 2, "python/README.md": 22}
"""The number of programs in each file."""


def programs() -> Iterator[Any]:
    for name in MANUALS:
        found = re.findall(r"^( *)```([\w,]*)\n(.*?)^ *```$", (ROOT / name).read_text(encoding="utf-8"), re.M | re.S)
        assert found and all(indent == "" and language for indent, language, _ in found), name
        for index, (_, language, program) in enumerate(found):
            if language == "python":
                yield pytest.param(program, id=f"{name}-{index}")


def environment(sandbox: Sandbox) -> dict[str, str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("LINKWA_")}
    given = {f"LINKWA_{name.upper()}": str(value) for name, value in ACCOUNT.items()}
    own = {"LINKWA_SANDBOX": find_program(), "PYTHONPATH": str(ROOT / "tests/sandbox/python")}
    return {**clean, **given, **own, "LINKWA_BASE_URL": sandbox.base_url, "LINKWA_TIMEOUT_MS": "20000"}


@pytest.mark.parametrize("program", list(programs()))
def test_a_program_of_a_readme_runs(program: str, sandbox: Sandbox, tmp_path: Path) -> None:
    file = tmp_path / "program.py"
    file.write_text(program, encoding="utf-8")
    if sys.version_info < (3, 10) and program.startswith(NEWER):
        with pytest.raises(SyntaxError):
            compile(program, str(file), "exec")
        return
    command = [sys.executable, "-W", "error", str(file)]
    done = subprocess.run(command, cwd=tmp_path, env=environment(sandbox), capture_output=True, text=True, timeout=120)
    assert done.returncode == 0 and done.stderr == "", done.stdout + done.stderr
    if "import Sandbox" in program:
        assert "Hello" in done.stdout
        assert sandbox.requests() == []
        return
    statuses = {request["status"] for request in sandbox.requests()}
    sends = re.search(r"\.send|outbox\.run", program) and not program.startswith(OFFLINE)
    assert statuses == ({200} if sends else set())


def test_the_tests_of_a_readme_pass(sandbox: Sandbox, tmp_path: Path) -> None:
    text = (ROOT / "python/README.md").read_text(encoding="utf-8")
    (tests,) = re.findall(r"^```py\n(.*?)^```$", text, re.M | re.S)
    (tmp_path / "test_reminder.py").write_text(tests, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-p", "linkwa_sandbox.pytest_plugin", "-p", "no:cacheprovider"]
    done = subprocess.run(command, cwd=tmp_path, env=environment(sandbox), capture_output=True, text=True, timeout=120)
    assert done.returncode == 0 and "1 passed" in done.stdout, done.stdout + done.stderr


def test_the_readmes_have_programs() -> None:
    names = [str(program.id).rsplit("-", 1)[0] for program in programs()]
    assert {name: names.count(name) for name in MANUALS} == MANUALS


def test_the_tables_of_the_manual_are_complete() -> None:
    manual = (ROOT / "python/README.md").read_text(encoding="utf-8")
    scenarios = re.findall(r"^\| `(\d{4})` \|", (ROOT / "tests/sandbox/README.md").read_text(encoding="utf-8"), re.M)
    settings = {"username", "password", *linkwa.ClientSettings.__annotations__}
    variables = re.findall(r"LINKWA_\w+", inspect.getdoc(linkwa.ClientSettings) or "")
    errors = [error.__name__ for error in linkwa.LinkwaError.__subclasses__()]
    codes = [code.name for code in linkwa.ResultCode]
    reasons = typing.get_args(linkwa.types.Reason)
    assert (
        len(settings) >= 26
        and len(variables) >= 12
        and len(scenarios) == 19
        and len(errors) == 7
        and len(reasons) == 13
    )
    for word in (*settings, *linkwa.SendOptions.__annotations__, *variables, *scenarios, *errors, *codes, *reasons):
        assert f"`{word}`" in manual, word
    for code in linkwa.ResultCode:
        assert str(code.value) in manual, code


# Docstrings


def members(name: str, owner: Any) -> Iterator[tuple[str, Any]]:
    """Returns the public members of a class by their full names, including inherited ones."""
    for base in reversed(owner.__mro__):
        if base is object or base in (str, int, Exception, BaseException) or base.__module__ in ("enum", "typing"):
            continue
        for member, value in vars(base).items():
            is_enum_member = issubclass(owner, str) and isinstance(value, str)
            # Defaults of an error's attributes, which the docstring of the class describes.
            is_default = issubclass(owner, Exception) and (value is None or isinstance(value, (str, tuple)))
            if (
                not member.startswith("_")
                and owner not in type(value).__mro__
                and not is_enum_member
                and not is_default
            ):
                yield f"{name}.{member}", inspect.getattr_static(owner, member)


def documented() -> Iterator[tuple[str, Any]]:
    """Returns everything for which help() must show documentation."""
    yield "linkwa", linkwa
    yield "linkwa.types", linkwa.types
    for name in linkwa.__all__:
        value = getattr(linkwa, name)
        if name in ("__version__", "Callback", "Message"):  # Python gives a type alias no docstring of its own.
            continue
        yield f"linkwa.{name}", value
        if inspect.isclass(value) and not hasattr(value, "__total__"):  # a TypedDict has keys, not members
            yield from members(f"linkwa.{name}", value)
    for name in linkwa.types.__all__:
        if inspect.isclass(getattr(linkwa.types, name)):
            yield f"linkwa.types.{name}", getattr(linkwa.types, name)
    yield "linkwa.receiver", linkwa.receiver
    for kind in (linkwa.receiver.CallbackReceiver, linkwa.receiver.CallbackOutbox):
        yield f"linkwa.receiver.{kind.__name__}", kind
        yield from members(f"linkwa.receiver.{kind.__name__}", kind)
    yield "linkwa.otel", linkwa.otel
    for name in linkwa.otel.__all__:
        yield f"linkwa.otel.{name}", getattr(linkwa.otel, name)
    yield "linkwa.outbox", linkwa.outbox
    for name in linkwa.outbox.__all__:
        if name != "State":
            yield f"linkwa.outbox.{name}", getattr(linkwa.outbox, name)
            yield from members(f"linkwa.outbox.{name}", getattr(linkwa.outbox, name))
    yield "linkwa.Client.__init__", linkwa.Client.__init__
    yield "linkwa.AsyncClient.__init__", linkwa.AsyncClient.__init__


DOCUMENTED = dict(documented())


def doc_of(value: Any) -> str:
    function = value.__func__ if isinstance(value, (classmethod, staticmethod)) else value
    own = getattr(function, "__doc__", None)
    return inspect.cleandoc(own) if isinstance(own, str) else ""


@pytest.mark.parametrize("name", sorted(DOCUMENTED))
def test_everything_public_has_a_docstring(name: str) -> None:
    doc = doc_of(DOCUMENTED[name])
    assert len(doc) >= 8 and not doc.startswith(("str(", "int(")), name


def test_the_base_of_errors_documents_their_attributes() -> None:
    attributes = [name for name in vars(linkwa.LinkwaError) if not name.startswith("_")]
    assert len(attributes) >= 13
    for name in attributes:
        assert f"`{name}`" in doc_of(linkwa.LinkwaError), name


def test_the_docstring_check_covers_every_kind_of_member() -> None:
    for name in (
        "linkwa.Client.send_text",
        "linkwa.Client.from_env",
        "linkwa.AsyncClient.aclose",
        "linkwa.SendMany.progress",
        "linkwa.Text.body",
        "linkwa.StatusTracker.resolve",
        "linkwa.ReceivedMessage.care_window_closes_at",
        "linkwa.CareWindow.of",
        "linkwa.ResultCode.is_final",
        "linkwa.types.MessageRequestDict",
        "linkwa.receiver.CallbackReceiver.handle_async",
        "linkwa.outbox.Outbox.schema",
    ):
        assert name in DOCUMENTED
    assert len(DOCUMENTED) > 300


def has_example(name: str) -> bool:
    return ">>> " in doc_of(DOCUMENTED[name])


@pytest.mark.parametrize("name", [name for name in DOCUMENTED if has_example(name)])
def test_examples_in_docstrings_print_what_they_say(
    name: str, sandbox: Sandbox, monkeypatch: Any, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    for variable, value in environment(sandbox).items():
        monkeypatch.setenv(variable, value)
    linkwa.configure(**ACCOUNT, base_url=sandbox.base_url)
    # An example may only use names that its reader also has.
    example = doctest.DocTestParser().get_doctest(doc_of(DOCUMENTED[name]), {}, name, None, None)
    assert example.examples
    report: list[str] = []
    result = doctest.DocTestRunner(verbose=False).run(example, out=report.append)
    assert result.attempted == len(example.examples) and not result.failed, "".join(report)


def test_every_example_in_a_docstring_is_run() -> None:
    for name, value in DOCUMENTED.items():
        doc = doc_of(value)
        assert "```" not in doc and not re.search(r"::$", doc, re.M), name
        lines = [line for line in doc.split("\n") if re.match(r" *>>>", line)]
        assert len(lines) == len(doctest.DocTestParser().get_examples(doc)), name
    for name in [
        *VERBS,
        *MESSAGES,
        "validate",
        "parse_callback",
        "new_ref_id",
        "ref_id_for",
        "care_window",
        "CallbackGuard",
        "Client",
        "receiver.CallbackReceiver",
        "outbox.Outbox",
        "outbox.AsyncOutbox",
        "otel.instrument",
    ]:
        assert has_example(f"linkwa.{name}"), name


def test_docstrings_of_verbs_list_errors_and_options() -> None:
    send = doc_of(linkwa.Client.send)
    for name in inspect.signature(linkwa.Client.send).parameters:
        assert name == "self" or f"`{name}`" in send, name
    for name in inspect.signature(linkwa.Client).parameters:
        assert f"`{name}`" in doc_of(linkwa.Client.__init__), name
    for name in ("destinations_per_request", "rate", "resume", "resend_unknown"):
        assert f"`{name}" in doc_of(linkwa.send_many), name
    for verb in VERBS:
        doc = doc_of(getattr(linkwa, verb))
        assert "Raises `" in doc or "errors are those of `send`" in doc or "Errors are those of `send`" in doc, verb


# Stubs and signatures


def stub_docs(node: Any, owner: Any, name: str) -> Iterator[tuple[str, str | None, Any]]:
    """Returns name, docstring and runtime object of each public definition in a stub."""
    for child in node.body:
        if isinstance(child, (ast.ClassDef, ast.FunctionDef)) and not child.name.startswith("_"):
            value = inspect.getattr_static(owner, child.name)
            yield f"{name}.{child.name}", ast.get_docstring(child), value
            if isinstance(child, ast.ClassDef):
                yield from stub_docs(child, value, f"{name}.{child.name}")


def test_stubs_and_runtime_have_the_same_docstrings() -> None:
    from linkwa import _result_code

    private = {"Completions", "NativeClient", "NativeMany", "NativePending", "configure"}
    seen = 0
    for module in (_linkwa, _result_code):
        file = ROOT / "python" / "linkwa" / (module.__name__.rsplit(".", 1)[1] + ".pyi")
        for name, doc, value in stub_docs(ast.parse(file.read_text(encoding="utf-8")), module, "stub"):
            if name.split(".")[1] in private or not hasattr(linkwa, name.split(".")[1]):
                continue
            seen += 1
            assert doc is not None and doc.split() == doc_of(value).split(), name
    assert seen > 200


def test_native_functions_have_signatures() -> None:
    tree = ast.parse((ROOT / "python/linkwa/_linkwa.pyi").read_text(encoding="utf-8"))

    def names(function: ast.FunctionDef) -> list[str]:
        given = function.args
        listed = [*given.posonlyargs, *given.args, *([given.vararg] if given.vararg else []), *given.kwonlyargs]
        return [argument.arg for argument in listed if argument.arg not in ("self", "cls")]

    seen = 0
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name in linkwa.__all__ and node.name != "configure":
            assert list(inspect.signature(getattr(linkwa, node.name)).parameters) == names(node), node.name
            seen += 1
        if not isinstance(node, ast.ClassDef) or node.name not in linkwa.__all__:
            continue
        kind = getattr(linkwa, node.name)
        for member in node.body:
            if not isinstance(member, ast.FunctionDef) or (member.name.startswith("_") and member.name != "__new__"):
                continue
            decorators = {ast.unparse(decorator) for decorator in member.decorator_list}
            if decorators & {"property", "overload"}:
                continue
            function = kind if member.name == "__new__" else getattr(kind, member.name)
            seen += 1
            if function is kind and sys.version_info < (3, 10):
                # Python 3.9 takes it away from every class that a module makes through the limited API.
                with pytest.raises(ValueError, match="no signature found"):
                    inspect.signature(function)
                continue
            found = [name for name in inspect.signature(function).parameters if name != "self"]
            assert found == names(member), f"{node.name}.{member.name}"
    assert seen > 45
    if sys.version_info >= (3, 10):
        dates = list(inspect.signature(linkwa.DateTime).parameters)
        assert dates == "fallback_value timestamp year month day hour minute day_of_week".split()
