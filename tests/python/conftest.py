"""Fixtures of the tests: a sandbox, servers that answer wrongly or not at all, and waiting for conditions."""

from __future__ import annotations

import base64
import contextlib
import json
import logging
import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Callable

import pytest

import linkwa
from linkwa_sandbox import Sandbox

pytest_plugins = ["linkwa_sandbox.pytest_plugin", "databases"]

# A process in the background may ignore Ctrl-C, and its children inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)

# From Python 3.12 on, fork warns when the process has several threads: here the workers of a client, which may just have ended.
os.environ["PYTHONWARNINGS"] = "ignore:This process:DeprecationWarning"

ROOT = Path(__file__).resolve().parents[2]
SECRET = "canary-7f3a9c"
CANARIES = (SECRET, base64.b64encode(f"user:{SECRET}".encode()).decode())
ACCOUNT: dict[str, Any] = {
    "username": "user",
    "password": SECRET,
    "headers": {"x-api-key": SECRET},
    "platform_id": "p",
    "platform_partner_id": "pp",
    "source": "+46000000000",
}


def wait_for(condition: Callable[[], Any], seconds: float = 30.0) -> Any:
    """Waits until the condition returns something true, and returns that."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        found = condition()
        if found:
            return found
        time.sleep(0.005)
    raise AssertionError("it did not come about in time")


def is_of_an_end(record: logging.LogRecord) -> bool:
    """Whether a log record is that of a send or a run that was interrupted, and not that of an attempt."""
    return hasattr(record, "ref_id") and not hasattr(record, "attempt")


def threads() -> dict[str, str]:
    """Returns the names of all threads of this process by id, including Rust's. Empty if the system has no list of threads."""
    tasks = Path("/proc/self/task")
    if not tasks.is_dir():
        return {}
    names = {}
    for task in tasks.iterdir():
        with contextlib.suppress(OSError):  # it has just ended
            names[task.name] = (task / "comm").read_text().strip()
    return names


@pytest.fixture(scope="session")
def linkwa_sandbox_options() -> dict[str, Any]:
    return {"password": SECRET, "extensions": True}


@pytest.fixture
def sandbox(linkwa_sandbox: Sandbox) -> Sandbox:
    return linkwa_sandbox


def bodies(sandbox: Sandbox) -> list[dict[str, Any]]:
    """Returns the requests that arrived completely. A cancelled send may leave a part of one."""
    return [json.loads(request["body"] or "") for request in sandbox.requests() if request["bodyComplete"]]


class FaultServer:
    """A gateway that reads requests and then follows its script; `answer` may be a function of the body. `connections` and
    `bodies` count what came."""

    def __init__(
        self, answer: bytes | Callable[[bytes], bytes] | None, *, reads_body: bool = True, delay: float = 0.0
    ) -> None:
        self.answer = answer
        self.reads_body = reads_body
        self.delay = delay
        self.connections = 0
        self.bodies: list[bytes] = []
        self.released = threading.Event()
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}/whatsapp-message"
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self) -> None:
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection: socket.socket) -> None:
        with connection:
            if not self.reads_body:
                self.released.wait(60)
                return
            with contextlib.suppress(OSError):
                self.answer_all(connection)

    def answer_all(self, connection: socket.socket) -> None:
        stream = connection.makefile("rb")
        while True:
            length = 0
            line = stream.readline()
            if not line:
                return
            while line not in (b"\r\n", b""):
                name, _, value = line.partition(b":")
                if name.lower() == b"content-length":
                    length = int(value)
                line = stream.readline()
            self.bodies.append(stream.read(length))
            answer = self.answer(self.bodies[-1]) if callable(self.answer) else self.answer
            if answer is None:
                self.released.wait(60)
                return
            if self.delay:
                self.released.wait(self.delay)
            connection.sendall(answer)
            if b"connection: close" in answer:
                return

    def close(self) -> None:
        self.released.set()
        self.listener.close()


def http(status: int, body: bytes, headers: str = "", length: int | None = None) -> bytes:
    """Returns an HTTP answer. With a length other than that of its body, it is incomplete."""
    length = len(body) if length is None else length
    cut = "connection: close\r\n" if length != len(body) else ""
    return f"HTTP/1.1 {status} X\r\ncontent-length: {length}\r\n{cut}{headers}\r\n".encode() + body


GOOD = http(200, b'{"resultCode":112001,"description":"queued","messageIds":["id-1"]}')


@pytest.fixture
def fault() -> Iterator[Callable[..., FaultServer]]:
    servers: list[FaultServer] = []

    def start(answer: bytes | Callable[[bytes], bytes] | None = None, **how: Any) -> FaultServer:
        servers.append(FaultServer(answer, **how))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


def client_of(url: str, **more: Any) -> linkwa.Client:
    return linkwa.Client(**{**ACCOUNT, "base_url": url, **more})


def async_client_of(url: str, **more: Any) -> linkwa.AsyncClient:
    return linkwa.AsyncClient(**{**ACCOUNT, "base_url": url, **more})


@pytest.fixture
def client(sandbox: Sandbox) -> Iterator[linkwa.Client]:
    with client_of(sandbox.base_url) as client:
        yield client


def start_script(script: str, url: str, *arguments: str) -> subprocess.Popen[str]:
    """Runs Python code in a separate process, in which `url` and `make_client` are defined."""
    import sys

    head = (
        "import sys, linkwa\n"
        "url = sys.argv[1]\n"
        f"account = dict({ACCOUNT!r}, base_url=url)\n"
        "def make_client(**more): return linkwa.Client(**dict(account, **more))\n"
        "def make_async(**more): return linkwa.AsyncClient(**dict(account, **more))\n"
    )
    return subprocess.Popen(
        [sys.executable, "-c", head + script, url, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def run_script(script: str, url: str, *arguments: str, seconds: float = 60.0) -> tuple[int, str, str]:
    """Waits for the end; returns exit status, standard output and standard error."""
    with start_script(script, url, *arguments) as process:
        try:
            out, err = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            # Kills its children as well, because they hold the pipes open.
            os.killpg(process.pid, signal.SIGKILL)
            out, err = process.communicate()
            raise AssertionError(f"it hangs:\n{out}\n{err}") from None
        return process.returncode, out, err
