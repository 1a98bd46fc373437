"""The committed files are those that `make gen` writes."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT


def declarations() -> Any:
    """Returns core's declarations. tests/python/run builds the program that prints them."""
    target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    program = os.environ.get("LINKWA_DECLARATIONS", str(target / "debug/examples/declarations"))
    return json.loads(subprocess.run([program], check=True, capture_output=True, timeout=60).stdout)


def load_generator(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(ROOT / "python"))
    spec = importlib.util.spec_from_file_location("generate", ROOT / "python/generate.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_generated_files_are_up_to_date(monkeypatch: pytest.MonkeyPatch) -> None:
    written = load_generator(monkeypatch).generated(declarations())
    assert len(written) == 6
    stale = [str(path.relative_to(ROOT)) for path, text in written.items() if path.read_text(encoding="utf-8") != text]
    assert stale == [], "run make gen"


def test_a_changed_declaration_makes_generated_files_stale(monkeypatch: pytest.MonkeyPatch) -> None:
    declared = declarations()
    declared["options"][0]["name"] = "another_name"
    written = load_generator(monkeypatch).generated(declared)
    stale = [path.name for path, text in written.items() if path.read_text(encoding="utf-8") != text]
    assert stale == ["_verbs.py", "types.py"]
