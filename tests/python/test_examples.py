"""The programs of python/examples with real servers, real requests and a sandbox, as their texts tell readers to run them."""

from __future__ import annotations

import ast
import base64
import http.client
import json
import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from typing import IO, Any

import pytest
from conftest import ACCOUNT, ROOT, SECRET, bodies, wait_for
from test_callbacks import vectors

import linkwa
from linkwa_sandbox import Sandbox

EXAMPLES = ROOT / "python" / "examples"
MAX_BODY = 256 * 1024
GATEWAY = "195.84.162.34"
CREDENTIALS = "Basic " + base64.b64encode(f"gate:{SECRET}".encode()).decode()
DJANGO = """
import sys, django_callbacks
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
server = ThreadedWSGIServer(("127.0.0.1", 0), WSGIRequestHandler)
server.set_app(django_callbacks.application)
print(f"Running on http://127.0.0.1:{server.server_port}", file=sys.stderr, flush=True)
server.serve_forever()
"""
SERVERS = {
    "fastapi": ["-m", "uvicorn", "fastapi_callbacks:app", "--no-proxy-headers", "--port", "0"],
    "flask": ["-m", "flask", "--app", "flask_callbacks", "run", "--port", "0"],
    "django": ["-c", DJANGO],
}


def environment(**more: str) -> dict[str, str]:
    """Returns this environment without settings of linkwa, in which the examples can be imported."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("LINKWA_", "CALLBACK_"))}
    path = os.pathsep.join([str(EXAMPLES), *filter(None, [clean.get("PYTHONPATH")])])
    return {**clean, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1", **more}


class Server:
    """A process that serves an example."""

    def __init__(self, framework: str, folder: Path) -> None:
        self.lines: list[str] = []
        given = environment(CALLBACK_USER="gate", CALLBACK_PASSWORD=SECRET, CALLBACK_DB=str(folder / "callbacks.db"))
        self.process = subprocess.Popen(
            [sys.executable, *SERVERS[framework]],
            cwd=folder,
            env=given,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        threading.Thread(target=self.read, daemon=True).start()
        self.port = int(wait_for(self.find_port))

    def read(self) -> None:
        assert self.process.stderr is not None
        self.lines.extend(self.process.stderr)

    def find_port(self) -> str | None:
        text = "".join(self.lines)
        assert self.process.poll() is None, text
        found = re.search(r"unning on http://127\.0\.0\.1:(\d+)", text)
        return found and found.group(1)

    def post(self, body: bytes, chunks: bool = False, **headers: str | None) -> int:
        """Posts a callback and returns the status. Headers that are None are left out."""
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)) as connection:
            self.begin(connection, headers)
            if chunks:
                connection.putheader("Transfer-Encoding", "chunked")
                connection.endheaders([body], encode_chunked=True)
            else:
                connection.putheader("Content-Length", str(len(body)))
                connection.endheaders(body)
            return connection.getresponse().status

    def begin(self, connection: http.client.HTTPConnection, headers: dict[str, str | None]) -> None:
        given = {"Authorization": CREDENTIALS, "X_Forwarded_For": GATEWAY, **headers}
        connection.putrequest("POST", "/callback")
        for name, value in given.items():
            if value is not None:
                connection.putheader(name.replace("_", "-"), value)

    def answer_to_head(self, *lines: tuple[str, str], body: bytes = b"") -> http.client.HTTPResponse:
        """Returns the answer to a request of which only these bytes are sent."""
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)) as connection:
            self.begin(connection, {})
            for name, value in lines:
                connection.putheader(name, value)
            connection.endheaders(body)
            return connection.getresponse()

    def close(self) -> None:
        self.process.kill()
        self.process.wait(30)


class Site:
    """Runs an example in one or several processes on one database."""

    def __init__(self, framework: str, folder: Path) -> None:
        self.framework = framework
        self.folder = folder
        self.servers = [Server(framework, folder)]
        self.post = self.servers[0].post

    def another(self) -> Server:
        if len(self.servers) == 1:
            self.servers.append(Server(self.framework, self.folder))
        return self.servers[1]

    def connect(self) -> sqlite3.Connection:
        return sqlite3.connect(self.folder / "callbacks.db", timeout=30, isolation_level=None)

    def rows(self, query: str, *values: str) -> list[Any]:
        with closing(self.connect()) as db:
            return db.execute(query, values).fetchall()


@pytest.fixture(scope="module", params=SERVERS)
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    pytest.importorskip("uvicorn" if request.param == "fastapi" else request.param)
    pytest.importorskip(request.param)
    site = Site(request.param, tmp_path_factory.mktemp(request.param))
    try:
        yield site
    finally:
        for server in site.servers:
            server.close()


def report(name: str, code: int = 112003) -> bytes:
    return json.dumps({"messageId": f"id-{name}", "refId": name, "messageIndex": 0, "resultCode": code}).encode()


def test_callbacks_of_the_vectors_are_handled_once_and_malformed_ones_refused(site: Site) -> None:
    keys = set()
    for given, expect in (parameters.values for parameters in vectors()):
        assert isinstance(given, bytes) and isinstance(expect, dict)
        status = site.post(given)
        if "error" not in expect:
            assert status == 200, given
            keys.add(linkwa.parse_callback(given).key)
        else:
            assert status == (413 if len(given) > MAX_BODY else 400 if given else status) and 400 <= status < 500, given
    assert len(keys) > 30
    rows = [{key for (key,) in site.rows(f"SELECT key FROM {table}")} for table in ("reports", "inbox")]
    assert rows[0] | rows[1] == keys and all(rows)


def test_a_report_and_a_message_reach_the_handler(site: Site) -> None:
    assert site.post(report("reaches")) == 200
    assert site.rows("SELECT ref_id, message_id, status FROM reports WHERE ref_id = 'reaches'") == [
        ("reaches", "id-reaches", "delivered")
    ]
    content = {"message": {"contentType": "TEXT", "text": "Hej"}}
    written = {"messageId": "w", "source": "+46700000017", "content": content}
    assert site.post(json.dumps(written).encode()) == 200
    assert site.rows("SELECT reply_to, text FROM inbox WHERE reply_to = '+46700000017'") == [("+46700000017", "Hej")]


def test_a_callback_that_comes_twice_is_handled_once(site: Site) -> None:
    assert [site.post(report("twice")), site.post(report("twice")), site.another().post(report("twice"))] == [200] * 3
    assert [site.post(report("twice", 112002))] == [200]
    assert sorted(site.rows("SELECT status FROM reports WHERE ref_id = 'twice'")) == [("delivered",), ("sent",)]


def test_simultaneous_duplicates_in_two_processes_are_handled_once(site: Site) -> None:
    servers = [site.servers[0], site.another()]
    with closing(site.connect()) as db, ThreadPoolExecutor(12) as threads:
        db.execute("BEGIN IMMEDIATE")  # all of them meet this
        answers = [threads.submit(servers[index % 2].post, report("at once")) for index in range(12)]
        time.sleep(0.5)  # until they stand there; it would be a weaker test, but none that fails, if some came later
        assert not any(answer.done() for answer in answers)
        db.execute("ROLLBACK")
        assert [answer.result(60) for answer in answers] == [200] * 12
    assert site.rows("SELECT count(*) FROM reports WHERE ref_id = 'at once'") == [(1,)]


def test_a_handler_that_fails_is_500_and_the_repeat_is_handled(site: Site) -> None:
    with closing(site.connect()) as db:
        db.execute(
            "CREATE TRIGGER broken BEFORE INSERT ON reports WHEN new.ref_id = 'fails' "
            "BEGIN SELECT RAISE(ABORT, 'the handler fails'); END"
        )
        assert [site.post(report("fails")), site.post(report("fails"))] == [500, 500]
        db.execute("DROP TRIGGER broken")
    assert [site.post(report("fails")), site.post(report("fails"))] == [200, 200]
    assert site.rows("SELECT count(*) FROM reports WHERE ref_id = 'fails'") == [(1,)]
    wait_for(lambda: "the handler fails" in "".join(site.servers[0].lines))


def test_requests_from_other_addresses_are_refused(site: Site) -> None:
    body = report("stranger")
    assert site.post(body, X_Forwarded_For="203.0.113.9") == 403
    assert site.post(body, X_Forwarded_For=f"{GATEWAY}, 203.0.113.9") == 403
    assert site.post(body, X_Forwarded_For=None) == 403
    wrong = "Basic " + base64.b64encode(b"gate:wrong").decode()
    assert [site.post(body, Authorization=wrong), site.post(body, Authorization=None)] == [401, 401]
    assert site.rows("SELECT * FROM reports WHERE ref_id = 'stranger'") == []


def test_a_request_without_credentials_gets_a_challenge(site: Site) -> None:
    server = site.servers[0]
    with closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)) as connection:
        connection.request("POST", "/callback", report("asked"), {"X-Forwarded-For": GATEWAY})
        answer = connection.getresponse()
    assert (answer.status, answer.getheader("WWW-Authenticate")) == (401, 'Basic realm="callbacks"')


def test_a_body_that_is_too_large_is_refused_before_it_is_read(site: Site) -> None:
    server = site.servers[0]
    for length in (MAX_BODY + 1, 2**40, 10**20 - 1):
        assert server.answer_to_head(("Content-Length", str(length))).status == 413, length
    padded = report("as large as may be")[:-1] + b', "x": "%s"}'
    padded %= b"x" * (MAX_BODY - len(padded) + 2)
    assert len(padded) == MAX_BODY and site.post(padded) == 200


def test_a_body_in_chunks_is_limited_as_well(site: Site) -> None:
    server = site.servers[0]
    chunked = ("Transfer-Encoding", "chunked")
    if site.framework == "django":
        assert server.answer_to_head(chunked).status == 411
        return
    assert site.post(report("in chunks"), chunks=True) == 200
    # One byte too many, and without an end.
    pieces = [b"10000\r\n" + b" " * 0x10000 + b"\r\n"] * 4 + [b"1\r\n \r\n"]
    assert server.answer_to_head(chunked, body=b"".join(pieces)).status == 413


def test_only_posts_are_callbacks(site: Site) -> None:
    with closing(http.client.HTTPConnection("127.0.0.1", site.servers[0].port, timeout=60)) as connection:
        connection.request("GET", "/callback", headers={"X-Forwarded-For": GATEWAY, "Authorization": CREDENTIALS})
        assert connection.getresponse().status == 405


# With the sandbox, as the texts of the examples say


def commands(framework: str) -> list[str]:
    """The commands in the text of an example: to install, to serve, to start the sandbox, to write as a user."""
    text = ast.get_docstring(ast.parse((EXAMPLES / f"{framework}_callbacks.py").read_text()), clean=False)
    assert text
    return [line.strip() for line in text.replace("\\\n", " ").split("\n") if line.startswith("    ")]


@contextmanager
def shell(command: str, folder: Path, stdout: int | IO[str]) -> Iterator[subprocess.Popen[str]]:
    """A command that runs in a shell, with this Python and the sandbox on the path; it ends with the block."""
    folders = [Path(sys.executable).parent, Path(os.environ["LINKWA_SANDBOX"]).resolve().parent]
    env = environment(PATH=os.pathsep.join([*map(str, folders), os.environ["PATH"]]), PYTHONUNBUFFERED="1")
    with (folder / "log").open("a") as log:
        process = subprocess.Popen(
            ["bash", "-c", command], cwd=folder, env=env, stdout=stdout, stderr=log, text=True, start_new_session=True
        )
        try:
            yield process
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(30)
            if process.stdout:
                process.stdout.close()


def free_port() -> int:
    with closing(socket.socket()) as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def accepts(port: int) -> bool:
    with closing(socket.socket()) as connection:
        return connection.connect_ex(("127.0.0.1", port)) == 0


@pytest.mark.parametrize("framework", SERVERS)
def test_each_example_works_with_the_sandbox_as_its_text_says(framework: str, tmp_path: Path) -> None:
    pytest.importorskip("uvicorn" if framework == "fastapi" else framework)
    pytest.importorskip(framework)
    shutil.copy(EXAMPLES / f"{framework}_callbacks.py", tmp_path)
    install, serve, gateway, write = commands(framework)
    assert framework in install
    # Only the ports differ from the text.
    port = free_port()
    serve += f" {port} --noreload" if framework == "django" else f" --port {port}"
    gateway = gateway.replace(":8000/", f":{port}/").replace(":8080 ", ":0 ")

    def rows(query: str) -> list[Any]:
        with closing(sqlite3.connect(tmp_path / "callbacks.db", timeout=30)) as db:
            return db.execute(query).fetchall()

    with shell(serve, tmp_path, subprocess.DEVNULL), shell(gateway, tmp_path, subprocess.PIPE) as started:
        assert started.stdout
        ready = json.loads(started.stdout.readline())
        wait_for(lambda: accepts(port))
        write = write.replace(":8080/", f":{ready['port']}/")
        answer = subprocess.run(["bash", "-c", write], capture_output=True, text=True, timeout=60, check=True)
        assert json.loads(answer.stdout)["messageId"]
        wait_for(lambda: rows("SELECT text FROM inbox") == [("Hello",)])

        account = {**ACCOUNT, "password": "secret"}
        with linkwa.Client(base_url=ready["base_url"], **account) as client:
            client.send_text("+46000000001", "Hello", ref_id="order-17")
        wait_for(
            lambda: (
                rows("SELECT ref_id, status FROM reports ORDER BY status")
                == [
                    ("order-17", "delivered"),
                    ("order-17", "sent"),
                ]
            )
        )

        # A request without authorization is refused, and the reason is logged.
        for headers, reason in [({}, "forwarded"), ({"X-Forwarded-For": GATEWAY}, "credentials")]:
            with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
                connection.request("POST", "/callback", report("stranger"), headers)
                assert connection.getresponse().status in (401, 403)
            wait_for(lambda reason=reason: f"refused a callback: {reason}" in (tmp_path / "log").read_text())


# Sending


def account(sandbox: Sandbox) -> dict[str, str]:
    given = {f"LINKWA_{name.upper()}": str(value) for name, value in ACCOUNT.items()}
    return environment(**given, LINKWA_BASE_URL=sandbox.base_url, LINKWA_TIMEOUT_MS="20000")


def run(name: str, *arguments: str, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(EXAMPLES / name), *arguments]
    return subprocess.run(command, env=env, capture_output=True, text=True, timeout=120)


def test_the_first_message(sandbox: Sandbox) -> None:
    done = run("first_message.py", "+46000000001", "Hej", env=account(sandbox))
    (body,) = bodies(sandbox)
    assert (body["destinations"], body["messages"]) == (["+46000000001"], [{"type": "text", "text": {"body": "Hej"}}])
    lines = done.stdout.split("\n")
    assert (done.returncode, lines[0], done.stderr) == (0, f"accepted: refId {body['refId']}", "")
    assert re.fullmatch(r"message id \S+", lines[1]) and lines[2:] == [""]


@pytest.mark.parametrize(
    ("number", "change", "status", "word"),
    [
        ("+46000001400", {}, 1, "112402"),
        ("46 70", {}, 1, "destinations[0]"),
        ("+46000002001", {}, 2, "Do not send it again before you have looked for the event report of"),
        ("+46000000001", {"LINKWA_BASE_URL": "http://127.0.0.1:1"}, 3, "connect"),
        ("+46000000001", {"LINKWA_PASSWORD": ""}, 1, "LINKWA_PASSWORD"),
    ],
)
def test_the_first_message_that_fails(
    sandbox: Sandbox, number: str, change: dict[str, str], status: int, word: str
) -> None:
    done = run("first_message.py", number, env={**account(sandbox), **change})
    assert (done.returncode, done.stdout) == (status, "")
    assert word in done.stderr and "Traceback" not in done.stderr


@pytest.fixture
def numbers(tmp_path: Path) -> Path:
    pytest.importorskip("tqdm")
    file = tmp_path / "numbers.txt"
    file.write_text("".join(f"+4670{index:07}\n" for index in range(500)))
    return file


def start_slowly(sandbox: Sandbox, numbers: Path) -> subprocess.Popen[str]:
    arguments = [str(EXAMPLES / "bulk_send.py"), str(numbers), "x", "--rate", "100"]
    pipe = subprocess.PIPE
    return subprocess.Popen([sys.executable, *arguments], env=account(sandbox), stdout=pipe, stderr=pipe, text=True)


def reached(sandbox: Sandbox) -> Counter[str]:
    return Counter(number for body in bodies(sandbox) for number in body["destinations"])


def test_a_bulk_send_reaches_each_number_once(sandbox: Sandbox, numbers: Path) -> None:
    numbers.write_text(numbers.read_text() + "+46700000000\n")  # a second time
    done = run("bulk_send.py", str(numbers), "We are moving", env=account(sandbox))
    assert done.returncode == 0, done.stderr
    assert done.stdout == "500 accepted, 0 before, 0 failed, 0 in doubt\n"
    assert "500/500" in done.stderr
    again = run("bulk_send.py", str(numbers), "We are moving", env=account(sandbox))
    assert (again.returncode, again.stdout) == (0, "0 accepted, 500 before, 0 failed, 0 in doubt\n")
    assert set(reached(sandbox).values()) == {1} and len(reached(sandbox)) == 500


def test_a_stopped_bulk_send_continues_where_it_stopped(sandbox: Sandbox, numbers: Path) -> None:
    with start_slowly(sandbox, numbers) as process:
        try:
            wait_for(lambda: len(sandbox.requests()) > 30)
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=60)
        finally:
            process.kill()
    assert process.returncode == 1 and "Traceback" not in err, err
    before = len(reached(sandbox))
    assert 30 < before < 500 and out == f"{before} accepted, 0 before, 0 failed, 0 in doubt\n"
    done = run("bulk_send.py", str(numbers), "x", env=account(sandbox))
    assert (done.returncode, done.stdout) == (0, f"{500 - before} accepted, {before} before, 0 failed, 0 in doubt\n")
    assert set(reached(sandbox).values()) == {1} and len(reached(sandbox)) == 500


def test_a_killed_bulk_send_sends_nothing_twice(sandbox: Sandbox, numbers: Path) -> None:
    with start_slowly(sandbox, numbers) as process:
        wait_for(lambda: len(sandbox.requests()) > 30)
        process.kill()
        process.communicate(timeout=60)
    done = run("bulk_send.py", str(numbers), "x", env=account(sandbox))
    counts = re.fullmatch(r"(\d+) accepted, (\d+) before, 0 failed, (\d+) in doubt\n", done.stdout)
    assert counts, done.stdout + done.stderr
    accepted, before, in_doubt = map(int, counts.groups())
    assert accepted + before + in_doubt == 500 and before > 10 and in_doubt <= 16
    assert done.returncode == (1 if in_doubt else 0)
    assert set(reached(sandbox).values()) == {1} and len(reached(sandbox)) >= accepted + before


def test_a_bulk_send_lists_failures(sandbox: Sandbox, numbers: Path) -> None:
    numbers.write_text("+46700000001\n+46700001400\n+46700002003\n46 70\n")
    done = run("bulk_send.py", str(numbers), "x", env=account(sandbox))
    assert (done.returncode, done.stdout) == (1, "1 accepted, 0 before, 3 failed, 1 in doubt\n")
    for number in ("+46700001400", "+46700002003", "46", "70"):
        assert linkwa.ref_id_for("numbers", number) in done.stderr
    again = run("bulk_send.py", str(numbers), "x", env=account(sandbox))
    assert again.stdout == "0 accepted, 1 before, 3 failed, 1 in doubt\n"
    assert reached(sandbox) == {"+46700000001": 1, "+46700001400": 1, "+46700002003": 1}
