"""The program: where it is, and how it starts and ends."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sysconfig
import typing
import weakref
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

Option = typing.Union[str, int, float, None, Sequence[typing.Union[str, int, float]]]
"""What an option of the program can be: a text, a number, a bool for an option without a value, or a list of them."""

PROGRAM = "linkwa-sandbox.exe" if os.name == "nt" else "linkwa-sandbox"


class SandboxError(Exception):
    """The sandbox could not start, has ended, or refused a call."""


def _places() -> Iterator[str | Path | None]:
    yield Path(sysconfig.get_path("scripts"), PROGRAM)
    with contextlib.suppress(KeyError):  # a Python without that scheme
        yield Path(sysconfig.get_path("scripts", f"{os.name}_user"), PROGRAM)
    yield Path(__file__).parents[1] / "bin" / PROGRAM  # pip install --target
    yield shutil.which(PROGRAM)


def find_program() -> str:
    """Returns the path of the program `linkwa-sandbox`: `$LINKWA_SANDBOX`, or else the program that pip installed with
    this module, or else the one on `PATH`. Raises `SandboxError` if there is none, and if `$LINKWA_SANDBOX` names no file.
    """
    named = os.environ.get("LINKWA_SANDBOX")
    if named:
        if os.path.isfile(named):
            return named
        raise SandboxError(f"LINKWA_SANDBOX names no file: {named}")
    for place in _places():
        if place and os.path.isfile(place):
            return str(place)
    raise SandboxError(
        "the program linkwa-sandbox is not installed; install the package linkwa-sandbox again, or set LINKWA_SANDBOX "
        "to the path of the program"
    )


def arguments(options: Mapping[str, Option]) -> list[str]:
    """Options of Python as options of the program: `report_delay_ms=5` is `--report-delay-ms 5`, `show_credentials=True`
    is `--show-credentials`, and a list gives the option once for each item.
    """
    made: list[str] = []
    for name, value in options.items():
        option = "--" + name.replace("_", "-")
        for one in [value] if value is None or isinstance(value, (str, int, float)) else value:
            if one is True:
                made.append(option)
            elif one is not None and one is not False:
                made += [option, str(one)]
    return made


class Process:
    """A running sandbox. It ends with its standard input, so it also ends when this process is killed."""

    def __init__(self, options: Mapping[str, Option]) -> None:
        self.owner = os.getpid()
        # Nothing reads the log on standard error while the sandbox runs: it drops the lines that find no room.
        self.popen = subprocess.Popen(
            [find_program(), "--exit-with-stdin", *arguments(options)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,  # Ctrl-C ends the tests, and the tests end the sandbox
        )
        _running.add(self)
        assert self.popen.stdout is not None
        line = self.popen.stdout.readline()
        if not line:
            raise SandboxError(self.close())
        self.ready: dict[str, typing.Any] = json.loads(line)

    def close(self) -> str:
        """Ends the program, and returns how it ended. Does nothing a second time, and in a child of the process that
        started it.
        """
        if self not in _running or os.getpid() != self.owner:
            return ""
        _running.discard(self)
        try:
            _, log = self.popen.communicate(timeout=10)
        except subprocess.TimeoutExpired:
            self.popen.kill()
            _, log = self.popen.communicate()
        return f"linkwa-sandbox ended with status {self.popen.returncode}: {log.decode(errors='replace').strip()}"

    def has_ended(self) -> bool:
        """Whether the program is no longer there."""
        return os.getpid() == self.owner and self.popen.poll() is not None


_running: weakref.WeakSet[Process] = weakref.WeakSet()


def _close_inputs() -> None:
    for process in _running:
        if process.popen.stdin is not None:
            process.popen.stdin.close()


if hasattr(os, "register_at_fork"):
    # A child that lives longer than the tests must not keep the sandbox alive.
    os.register_at_fork(after_in_child=_close_inputs)
