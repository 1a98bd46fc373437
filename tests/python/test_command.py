"""`python -m linkwa` by the cases of tests/commands.json."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from typing import Any

import pytest
from conftest import ROOT

from linkwa_sandbox import Sandbox

TABLE = json.loads((ROOT / "tests" / "commands.json").read_text("utf-8"))
COMMAND = [sys.executable, "-m", "linkwa"]
# Without any setting of this machine.
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith("LINKWA_")}


def matches(actual: Any, expected: Any) -> bool:
    """Whether each member that is expected is there and equal."""
    if isinstance(expected, dict):
        return all(name in actual and matches(actual[name], value) for name, value in expected.items())
    if isinstance(expected, list):
        return len(actual) == len(expected) and all(map(matches, actual, expected))
    return bool(actual == expected)


@pytest.mark.parametrize("case", TABLE["cases"], ids=lambda case: case["id"])
def test_the_command_behaves_as_its_table_says(case: dict[str, Any], sandbox: Sandbox) -> None:
    account = {**TABLE["account"], "LINKWA_BASE_URL": sandbox.base_url} if case.get("gateway") else {}
    ended = subprocess.run(
        [*COMMAND, *case["arguments"]],
        input=case.get("stdin", "").encode(),
        capture_output=True,
        cwd=ROOT,
        env={**ENVIRONMENT, **account, **case.get("environment", {})},
    )
    stdout, stderr = ended.stdout.decode(), ended.stderr.decode()
    assert ended.returncode == case["status"], stderr
    assert not [secret for secret in [TABLE["password"], *case.get("hides", [])] if secret in stdout + stderr]
    assert [part for part in case.get("errors", []) if part not in stderr] == []
    if case["output"] == "none":
        assert not stdout and stderr
    elif isinstance(case["output"], dict):
        assert [part for part in case["output"]["has"] if part not in stdout] == []
    else:
        assert matches([json.loads(line) for line in stdout.splitlines()], case["output"]), stdout


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT for one process")
@pytest.mark.parametrize("is_ignored", [False, True])
def test_ctrl_c_ends_the_command_without_a_traceback_unless_it_is_ignored(is_ignored: bool) -> None:
    command = [*COMMAND, "validate", "--format", "json", "--lines", "-"]
    if is_ignored:
        # As a shell begins a command in the background.
        command = ["sh", "-c", 'trap "" INT; exec "$@"', "sh", *command]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=ENVIRONMENT
    ) as process:
        assert process.stdin and process.stdout and process.stderr
        process.stdin.write(b"{}\n")
        process.stdin.flush()
        assert process.stdout.readline()  # it is running
        process.send_signal(signal.SIGINT)
        if is_ignored:
            process.stdin.write(b"{}\n")
            process.stdin.close()
            assert process.stdout.readline()
            assert process.wait(60) == 1  # the request has errors
        else:
            assert process.wait(60) == -signal.SIGINT
        assert process.stderr.read() == b""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has other pipes")
def test_a_closed_pipe_ends_the_command_quietly() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    try:
        ended = subprocess.run([*COMMAND, "explain"], stdout=writer, stderr=subprocess.PIPE, env=ENVIRONMENT)
    finally:
        os.close(writer)
    assert (ended.returncode, ended.stderr) == (141, b"")
