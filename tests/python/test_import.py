"""What importing linkwa loads, where it is refused, and which names the typed programs use."""

from __future__ import annotations

import ast
import datetime
import inspect
import pickle
import re
import subprocess
import sys
import sysconfig
import typing
from pathlib import Path

import pytest
from conftest import ROOT

import linkwa
import linkwa.otel
import linkwa.outbox
import linkwa.receiver
import linkwa.types

HERE = Path(__file__).parent


def output(script: str) -> str:
    """Runs a script in a new Python and returns what it prints."""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


# Modules that take long to import and are needed later, if at all. Those that the interpreter has imported itself do not count.
DEAR = [
    "asyncio",
    "dataclasses",
    "datetime",
    "decimal",
    "inspect",
    "ipaddress",
    "json",
    "linkwa.types",
    "linkwa._extra",
]
DEAR += ["logging", "pathlib", "re", "socket", "ssl", "subprocess", "threading", "typing"]


def test_importing_loads_no_slow_modules():
    script = f"import sys; had = set(sys.modules); import linkwa; print(sorted((set(sys.modules) - had) & set({DEAR})))"
    assert output(script) == "[]\n"


@pytest.mark.skipif(not sysconfig.get_config_var("Py_GIL_DISABLED"), reason="this Python has the GIL")
def test_a_free_threaded_build_stays_without_the_gil():
    assert output("import sys, linkwa; print(sys._is_gil_enabled())") == "False\n"


# `run(isolated, code)` runs code in a new interpreter; one that is isolated has its own GIL where there is such a thing.
INTERPRETERS = """
import os, sys
try:
    import _interpreters
    def create(isolated): return _interpreters.create("isolated" if isolated else "legacy")
    def run(interpreter, code):
        failure = _interpreters.exec(interpreter, code)
        assert failure is None, failure
    destroy = _interpreters.destroy
except ImportError:
    import _xxsubinterpreters
    def create(isolated): return _xxsubinterpreters.create(isolated=isolated)
    run = _xxsubinterpreters.run_string
    destroy = _xxsubinterpreters.destroy
ATTEMPT = '''
import os
try:
    import linkwa
    said = "imported"
except ImportError as error:
    said = str(error)
os.write(1, (said + chr(10)).encode())
'''
def attempt(isolated):
    interpreter = create(isolated)
    run(interpreter, ATTEMPT)
    destroy(interpreter)
def works():
    import linkwa
    assert linkwa.validate("{}")
    os.write(1, b"works\\n")
"""


def has_subinterpreters() -> bool:
    try:
        output(INTERPRETERS)
    except AssertionError:
        return False
    return True


@pytest.mark.skipif(not has_subinterpreters(), reason="this Python has no module that makes subinterpreters")
@pytest.mark.parametrize("isolated", [True, False])
def test_a_subinterpreter_is_refused_and_the_main_one_still_works(isolated):
    for script, order in [
        (f"attempt({isolated}); works(); attempt({isolated}); works()", ["refused", "works"] * 2),
        (f"works(); attempt({isolated}); attempt({isolated}); works()", ["works", "refused", "refused", "works"]),
    ]:
        said = output(INTERPRETERS + script).splitlines()
        assert ["refused" if "subinterpreter" in line else line for line in said] == order


def test_a_missing_binary_says_what_to_do(tmp_path):
    package = tmp_path / "linkwa"
    package.mkdir()
    for file in Path(linkwa.__file__).parent.glob("*.py"):
        (package / file.name).write_text(file.read_text(encoding="utf-8"), encoding="utf-8")
    script = f"""
import sys
import sysconfig
sys.path.insert(0, {str(tmp_path)!r})
try:
    import linkwa
except ImportError as error:
    print(type(error).__name__, error.name, {str(package)!r} in str(error), "pip install" in str(error), error.__cause__)
"""
    assert output(script) == "ImportError linkwa._linkwa True True None\n"


def test_dir_lists_what_is_public():
    listed = dir(linkwa)
    assert len(set(listed)) == len(listed)
    assert {name for name in listed if not name.startswith("__")} == {*linkwa.__all__, "types"} - {"__version__"}


def functions():
    for name in linkwa.__all__:
        value = getattr(linkwa, name)
        if inspect.isfunction(value):
            yield name, value
        elif inspect.isclass(value):
            for member, function in inspect.getmembers(value, inspect.isroutine):
                if not member.startswith("_") and getattr(function, "__annotations__", None):
                    yield f"{name}.{member}", function
    for member, function in inspect.getmembers(linkwa.receiver.CallbackReceiver, inspect.isfunction):
        if not member.startswith("_"):
            yield f"CallbackReceiver.{member}", function
    for kind in (linkwa.outbox.Outbox, linkwa.outbox.AsyncOutbox):
        for member, function in inspect.getmembers(kind, inspect.isfunction):
            if not member.startswith("_"):
                yield f"{kind.__name__}.{member}", function
    yield "LinkwaError.__init__", linkwa.LinkwaError.__init__
    yield "Client.__init__", linkwa.Client.__init__


FUNCTIONS = dict(functions())


@pytest.mark.parametrize("name", FUNCTIONS)
def test_type_hints_of_public_functions_can_be_read(name):
    assert typing.get_type_hints(FUNCTIONS[name])["return"] is not None


def test_signatures_and_hints_say_what_a_send_returns():
    assert len(FUNCTIONS) > 40
    for function in (linkwa.send_text, linkwa.Client.send_text, linkwa.AsyncClient.send_text):
        hints = typing.get_type_hints(function)
        assert hints["return"] is linkwa.SendResult
        assert hints["options"] == linkwa.types.Unpack[linkwa.SendOptions]
        assert inspect.signature(function).return_annotation == "SendResult"
        assert list(inspect.signature(function).parameters)[-3:] == ["body", "preview_url", "options"]
    options = typing.get_type_hints(linkwa.SendOptions)
    assert options["relative_validity_time"] == typing.Optional[datetime.timedelta]
    assert len(options) == 11
    assert "self" not in inspect.signature(linkwa.send_text).parameters


def test_literal_types_have_the_words_of_core():
    words = {name: set(typing.get_args(getattr(linkwa.types, name))) for name in ("RegionWord", "PriorityWord")}
    assert words == {"RegionWord": set(linkwa.Region), "PriorityWord": set(linkwa.Priority)}
    header = (ROOT / "include/linkwa.h").read_text(encoding="utf-8")
    for name, prefix in (("Reason", "LINKWA_REASON_"), ("Status", "LINKWA_EVENT_")):
        listed = {word.lower() for word in re.findall(rf"^ +{prefix}(\w+) = ", header, re.M)} - {"none", "report"}
        assert set(typing.get_args(getattr(linkwa.types, name))) == listed
    assert {kind.outcome for kind in linkwa.LinkwaError.__subclasses__()} - {None} == set(
        typing.get_args(linkwa.types.Outcome)
    )


def test_functions_can_be_pickled():
    for name in linkwa.__all__:
        value = getattr(linkwa, name)
        if inspect.isroutine(value):
            assert pickle.loads(pickle.dumps(value)) is value


def names_used(module: str) -> set[str]:
    """Returns the names of a module that the typed programs use."""
    names = set()
    for program in HERE.glob("typed_*.py"):
        for node in ast.walk(ast.parse(program.read_text())):
            if isinstance(node, ast.Attribute) and ast.unparse(node.value) == module:
                names.add(node.attr)
            elif isinstance(node, ast.ImportFrom) and node.module == module:
                names.update(alias.name for alias in node.names)
    return names


@pytest.mark.parametrize("module", [linkwa, linkwa.types, linkwa.receiver, linkwa.otel, linkwa.outbox])
def test_the_typed_programs_use_every_public_name(module):
    assert set(module.__all__) - names_used(module.__name__) == set()


def test_the_client_has_no_verb_that_the_typed_programs_leave_out():
    used = {
        node.attr
        for node in ast.walk(ast.parse((HERE / "typed_client.py").read_text()))
        if isinstance(node, ast.Attribute)
    }
    for made in (
        linkwa.Client,
        linkwa.AsyncClient,
        linkwa.SendMany,
        linkwa.AsyncSendMany,
        linkwa.Chunk,
        linkwa.SendResult,
    ):
        assert {name for name in dir(made) if not name.startswith("_")} - used == set()


def test_the_typed_wire_form_is_valid():
    import typed_wire

    assert typed_wire.findings == ()
    assert {message["type"] for message in typed_wire.messages} == {
        *("text", "image", "audio", "video", "document", "location", "contacts", "template")
    }


@pytest.mark.parametrize("stub", ["_enums", "_result_code"])
def test_the_stubs_of_enums_have_the_values_of_core(stub):
    tree = ast.parse((Path(linkwa.__file__).parent / f"{stub}.pyi").read_text())
    enums = [node for node in tree.body if isinstance(node, ast.ClassDef)]
    assert enums
    for enum in enums:
        listed = [
            (ast.unparse(line.targets[0]), ast.literal_eval(line.value))
            for line in enum.body
            if isinstance(line, ast.Assign)
        ]
        assert listed == [(member.name, member.value) for member in getattr(linkwa, enum.name)]
        assert getattr(linkwa, enum.name).__doc__.split() == ast.get_docstring(enum).split()
