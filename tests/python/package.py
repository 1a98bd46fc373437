"""What is published: the wheels in $LINKWA_WHEELS, the sdist, and what `pip install` makes of the sdist and of a checkout; and of
linkwa-sandbox the wheel in $LINKWA_DEBUG_WHEELS and the sdist.

`tests/python/run package` runs it; pytest does not take it for a test by itself, for it builds everything anew, twice.
"""

from __future__ import annotations

import email
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from email.message import Message
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LICENCES = ["LICENSE-APACHE", "LICENSE-MIT"]
MEBIBYTE = 1024 * 1024
# The lowest version of Python for each wheel.
ABIS = ["cp39", "cp310"]

# A program that every installation must be able to run. It prints facts that the test compares.
PROGRAM = """
import importlib.metadata, json, sys
import linkwa
callback = linkwa.parse_callback(json.loads(sys.argv[1]))
findings = linkwa.validate({"refId": "r", "mesages": []})
print(json.dumps({
    "version": linkwa.__version__,
    "distribution": importlib.metadata.version("linkwa"),
    "requires": importlib.metadata.requires("linkwa"),
    "callback": [type(callback).__name__, callback.key, callback.raw],
    "findings": sorted({finding.code for finding in findings}),
    "file": linkwa._linkwa.__file__,
}))
"""


def run(*command: str | Path, cwd: Path, **environment: str) -> str:
    """Returns the output of a command, which must succeed."""
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, f"{command}:\n{done.stdout}\n{done.stderr}"
    return done.stdout


def version() -> str:
    found = re.search(r'^version = "(.+)"$', (ROOT / "Cargo.toml").read_text(), re.MULTILINE)
    assert found
    return found[1]


def vector(name: str) -> str:
    """The body of the first callback of a file."""
    return json.dumps(json.loads((ROOT / "tests/vectors" / name).read_text())["vectors"][0]["json"])


WHEELS = Path(os.environ["LINKWA_WHEELS"])


def wheel_of(abi: str) -> Path:
    (found,) = WHEELS.glob(f"linkwa-{version()}-{abi}-abi3-*.whl")
    return found


@pytest.fixture(scope="session", params=ABIS)
def wheel(request: pytest.FixtureRequest) -> Path:
    return wheel_of(request.param)


@pytest.fixture(scope="session")
def names(wheel: Path) -> list[str]:
    with zipfile.ZipFile(wheel) as archive:
        return archive.namelist()


@pytest.fixture(scope="session")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return sdist_of(ROOT / "python", tmp_path_factory.mktemp("sdist"))


def sdist_of(folder: Path, out: Path) -> Path:
    run(sys.executable, "-m", "maturin", "sdist", "--out", out, cwd=folder)
    (made,) = out.iterdir()
    return made


@pytest.fixture(scope="session")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Returns an empty directory for builds. It is removed afterwards, because builds are large."""
    path = tmp_path_factory.mktemp("target")
    yield path
    shutil.rmtree(path)


def metadata(text: bytes) -> Message:
    return email.message_from_bytes(text)


def check_metadata(
    found: Message, readme: str, name: str = "linkwa", extras: tuple[str, ...] = ("otel", "postgres")
) -> None:
    assert (found["Name"], found["Version"]) == (name, version())
    assert found["Requires-Python"] == ">=3.9"
    # No dependency that is not optional.
    assert tuple(found.get_all("Provides-Extra", [])) == extras
    needed = found.get_all("Requires-Dist", [])
    assert len(needed) == len(extras) and all("extra ==" in requirement for requirement in needed)
    assert found["License-Expression"] == "MIT OR Apache-2.0"
    assert sorted(found.get_all("License-File", [])) == LICENCES
    assert found["Summary"] and found["Keywords"]
    classifiers = found.get_all("Classifier", [])
    for expected in ["Typing :: Typed", *(f"Programming Language :: Python :: 3.{minor}" for minor in range(9, 14))]:
        assert expected in classifiers
    urls = [entry.partition(", ")[2] for entry in found.get_all("Project-URL", [])]
    assert urls and all(url.startswith("https://") for url in urls)
    assert found["Description-Content-Type"].startswith("text/markdown")
    payload = found.get_payload(decode=True)
    assert isinstance(payload, bytes)
    assert payload.decode().strip() == readme.strip()


def test_there_is_a_wheel_for_every_python_from_3_9_on() -> None:
    assert {wheel_of(abi) for abi in ABIS} == set(WHEELS.iterdir())


def test_the_wheel_is_for_the_platform_that_it_says(wheel: Path) -> None:
    if sys.platform == "linux":
        said = run(Path(sys.executable).with_name("auditwheel"), "show", wheel, cwd=wheel.parent)
        policy = re.search(r'platform tag:\s+"(manylinux_\d+_\d+_\w+)"', said)
        assert policy, said
        assert policy[1] in wheel.name
        print(f"manylinux-compliant: {policy[1]}")


def test_the_wheel_is_small(wheel: Path) -> None:
    print(f"{wheel.name}: {wheel.stat().st_size / MEBIBYTE:.2f} MiB")
    assert wheel.stat().st_size < 4_000_000


def test_the_wheel_has_the_package_and_nothing_else(names: list[str]) -> None:
    package = [path.name for path in (ROOT / "python/linkwa").iterdir() if path.suffix in {".py", ".pyi", ".typed"}]
    assert "py.typed" in package
    of_package = {name for name in names if not name.startswith(f"linkwa-{version()}.dist-info/")}
    assert of_package == {*(f"linkwa/{name}" for name in package), "linkwa/_linkwa.abi3.so"}
    for licence in LICENCES:
        assert f"linkwa-{version()}.dist-info/licenses/{licence}" in names


def test_the_metadata_is_complete(wheel: Path, sdist: Path) -> None:
    readme = (ROOT / "python/README.md").read_text()
    with zipfile.ZipFile(wheel) as archive:
        check_metadata(metadata(archive.read(f"linkwa-{version()}.dist-info/METADATA")), readme)
        for licence in LICENCES:
            text = archive.read(f"linkwa-{version()}.dist-info/licenses/{licence}").decode()
            assert text == (ROOT / licence).read_text()
    with tarfile.open(sdist) as archive:
        member = archive.extractfile(f"linkwa-{version()}/PKG-INFO")
        assert member
        check_metadata(metadata(member.read()), readme)


def test_the_sdist_has_the_core_and_its_lock_and_nothing_that_was_built(sdist: Path) -> None:
    with tarfile.open(sdist) as archive:
        paths = {path.partition("/")[2] for path in archive.getnames()}
    expected = {"Cargo.toml", "Cargo.lock", "PKG-INFO", "README.md", "core/src/lib.rs", "python/src/lib.rs", *LICENCES}
    assert expected - paths == set()
    for path in (ROOT / "python/linkwa").iterdir():
        if path.suffix in {".py", ".pyi", ".typed"}:
            assert f"linkwa/{path.name}" in paths
    assert [path for path in paths if path.endswith((".so", ".dylib", ".pyd", ".pyc"))] == []
    assert sdist.stat().st_size < MEBIBYTE


@pytest.mark.parametrize("source", ["wheels", *ABIS, "sdist", "checkout"])
def test_it_can_be_installed(source: str, sdist: Path, target: Path, tmp_path: Path) -> None:
    """Installs in a new environment outside this repository, and runs the program. Builds are without optimisation."""
    if source == "cp310" and sys.version_info < (3, 10):
        pytest.skip("it is for newer ones")
    what: Path | str = {"wheels": "linkwa", "sdist": sdist, "checkout": ROOT / "python"}.get(source) or wheel_of(source)
    run(sys.executable, "-m", "venv", tmp_path / "venv", cwd=tmp_path)
    python = tmp_path / "venv/bin/python"
    build = {"CARGO_TARGET_DIR": str(target), "MATURIN_PEP517_ARGS": "--profile=dev"}
    offline = [] if source in {"sdist", "checkout"} else ["--no-index", "--find-links", WHEELS]
    run(python, "-m", "pip", "install", "--quiet", *offline, what, cwd=tmp_path, **build)
    for kind, name in [("EventReport", "callback-reports.json"), ("ReceivedMessage", "callback-messages.json")]:
        body = vector(name)
        found = json.loads(run(python, "-c", PROGRAM, json.dumps(body), cwd=tmp_path))
        assert (found["version"], found["distribution"]) == (version(), version())
        assert all("extra ==" in requirement for requirement in found["requires"])
        assert (found["callback"][0], found["callback"][2]) == (kind, body)
        assert found["callback"][1]
        assert "unknown_field" in found["findings"]
        assert tmp_path in Path(found["file"]).parents
    if source == "wheels":
        (tags,) = (tmp_path / "venv").glob("lib/python*/site-packages/linkwa-*.dist-info/WHEEL")
        expected = "cp39" if sys.version_info < (3, 10) else "cp310"
        assert f"Tag: {expected}-abi3-" in tags.read_text()


# linkwa-sandbox

SANDBOX = ROOT / "tests/sandbox/python"
DEBUG_WHEELS = Path(os.environ["LINKWA_DEBUG_WHEELS"])
PROGRAM_NAME = "linkwa-sandbox.exe" if os.name == "nt" else "linkwa-sandbox"


def sandbox_wheel() -> Path:
    (found,) = DEBUG_WHEELS.glob("linkwa_sandbox-*.whl")
    return found


def test_the_wheel_of_the_sandbox_has_the_module_and_the_program_and_nothing_else() -> None:
    info, data = (f"linkwa_sandbox-{version()}.{end}" for end in ("dist-info", "data"))
    module = {f"linkwa_sandbox/{path.name}" for path in (SANDBOX / "linkwa_sandbox").iterdir() if path.is_file()}
    assert "linkwa_sandbox/py.typed" in module
    with zipfile.ZipFile(sandbox_wheel()) as archive:
        names = {name for name in archive.namelist() if not name.startswith(f"{info}/")}
        assert names == {*module, f"{data}/scripts/{PROGRAM_NAME}"}
        check_metadata(
            metadata(archive.read(f"{info}/METADATA")),
            (SANDBOX / "README.md").read_text(),
            name="linkwa-sandbox",
            extras=(),
        )
        assert "linkwa_sandbox.pytest_plugin" in archive.read(f"{info}/entry_points.txt").decode()
    # One wheel for every Python.
    assert "-py3-none-" in sandbox_wheel().name


@pytest.mark.parametrize("source", ["wheel", "sdist", "checkout"])
def test_the_sandbox_can_be_installed(source: str, target: Path, tmp_path: Path) -> None:
    what: Path = SANDBOX
    if source == "sdist":
        what = sdist_of(SANDBOX, tmp_path / "sdist")
    elif source == "wheel":
        what = sandbox_wheel()
    run(sys.executable, "-m", "venv", tmp_path / "venv", cwd=tmp_path)
    python = tmp_path / "venv/bin/python"
    build = {"CARGO_TARGET_DIR": str(target), "MATURIN_PEP517_ARGS": "--profile=dev"}
    run(python, "-m", "pip", "install", "--quiet", what, cwd=tmp_path, **build)
    assert run(tmp_path / "venv/bin" / PROGRAM_NAME, "--version", cwd=tmp_path) == f"linkwa-sandbox {version()}\n"
    run(python, "-m", "pip", "install", "--quiet", "--no-index", "--find-links", WHEELS, "linkwa", cwd=tmp_path)
    run(python, "-m", "pip", "install", "--quiet", "pytest-xdist", cwd=tmp_path)
    text = (SANDBOX / "README.md").read_text(encoding="utf-8")
    first, tests = re.findall(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    assert "Hello" in run(python, "-c", first, cwd=tmp_path)
    # pytest finds the fixtures by itself, and so it does in each worker.
    (tmp_path / "test_reminder.py").write_text(tests, encoding="utf-8")
    for arguments in [], ["-n", "2"]:
        assert "3 passed" in run(python, "-m", "pytest", *arguments, "test_reminder.py", cwd=tmp_path)


# Touches what only the compiled module imports.
PACKED = """
from datetime import datetime, timezone
import linkwa
from linkwa_sandbox import CallbackEndpoint, Sandbox

with Sandbox() as sandbox, CallbackEndpoint() as callbacks:
    sandbox.add_gate("tests", callbacks.url, default=True)
    with linkwa.Client(**sandbox.client_options()) as client:
        client.send_text("+46000000001", "Hello", absolute_validity_time=datetime.now(timezone.utc))
    print(*sorted(linkwa.parse_callback(callback.body).status for callback in callbacks.wait(2)))
report = linkwa.parse_callback('{"messageId": "m", "resultCode": 112003, "new": [1]}')
print(report.extra, linkwa.is_gateway_address("192.0.2.1"), linkwa.validate({})[0].code)
try:
    linkwa.parse_callback("{}")
except linkwa.InvalidCallback as error:
    print(error.code)
"""


@pytest.mark.parametrize("kind", ["onedir", "onefile"])
def test_pyinstaller_packs_a_program_without_settings(kind: str, tmp_path: Path) -> None:
    run(sys.executable, "-m", "venv", tmp_path / "venv", cwd=tmp_path)
    programs = tmp_path / "venv/bin"
    install = [programs / "python", "-m", "pip", "install", "--quiet"]
    run(*install, "pyinstaller==6.22.3", cwd=tmp_path)
    run(*install, "--no-index", "--find-links", WHEELS, "linkwa", sandbox_wheel(), cwd=tmp_path)
    (tmp_path / "packed.py").write_text(PACKED, encoding="utf-8")
    run(programs / "pyinstaller", f"--{kind}", "--log-level=WARN", "packed.py", cwd=tmp_path)
    packed = tmp_path / "dist/packed" / ("packed" if kind == "onedir" else "")
    environment = {"LINKWA_SANDBOX": str(programs / PROGRAM_NAME), "PATH": "/usr/bin:/bin"}
    first, second, third = run(packed, cwd=tmp_path, **environment).splitlines()
    assert first == "delivered sent"
    assert second.startswith("{'new': [1]} False ")
    assert third == "invalid_callback"
