"""Servers that people deploy on: an application sends, and takes the callbacks, in a worker of each of them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import urllib.request
from contextlib import closing
from pathlib import Path

import pytest
from conftest import wait_for

from linkwa_sandbox import Sandbox

PROGRAMS = Path(sys.executable).parent
GUNICORN = ["gunicorn", "--bind", "127.0.0.1:0", "--worker-class"]
UWSGI = ["uwsgi", "--http-socket", "127.0.0.1:0", "--master", "--need-app", "--die-on-term", "--module"]
SERVERS = {
    "gunicorn sync": [*GUNICORN, "sync", "served:wsgi"],
    "gunicorn gthread": [*GUNICORN, "gthread", "served:wsgi"],
    "gunicorn gevent": [*GUNICORN, "gevent", "served:wsgi"],
    "uwsgi": [*UWSGI, "served:wsgi"],
    "uwsgi with threads": [*UWSGI, "served:wsgi", "--threads", "2"],
    "uvicorn": ["uvicorn", "--port", "0", "--no-proxy-headers", "served:asgi"],
}
# One worker: it has the list.
APPLICATION = """
import linkwa
from linkwa.receiver import CallbackReceiver

seen = []
guard = linkwa.CallbackGuard(ranges=["127.0.0.1"])
receiver = CallbackReceiver(lambda report: seen.append(report.status), guard=guard)
message = ("+46000000001", "Hello")
options = {"ref_id": "r", "event_report_gates": ["g"]}


def wsgi(environ, start_response):
    if environ["REQUEST_METHOD"] == "POST":
        return receiver.wsgi(environ, start_response)
    if environ["PATH_INFO"] == "/send":
        linkwa.send_text(*message, **options)
    start_response("200 OK", [("content-type", "text/plain")])
    return [" ".join(sorted(seen)).encode()]


async def asgi(scope, receive, send):
    if scope["type"] == "lifespan":
        raise RuntimeError("there is none")
    if scope["method"] == "POST":
        return await receiver.asgi(scope, receive, send)
    if scope["path"] == "/send":
        async with linkwa.AsyncClient.from_env() as client:
            await client.send_text(*message, **options)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": " ".join(sorted(seen)).encode()})
"""


@pytest.mark.parametrize("name", SERVERS)
def test_a_worker_sends_and_takes_callbacks(name: str, sandbox: Sandbox, tmp_path: Path) -> None:
    program, *arguments = SERVERS[name]
    if not (PROGRAMS / program).exists():
        pytest.skip(f"{program} is not here")
    if "gevent" in name:
        pytest.importorskip("gevent")
    (tmp_path / "served.py").write_text(APPLICATION, encoding="utf-8")
    account = {f"LINKWA_{key.upper()}": str(value) for key, value in sandbox.client_options().items()}
    clean = {key: value for key, value in os.environ.items() if not key.startswith("LINKWA_")}
    with open(tmp_path / "log", "wb") as log:
        command = [PROGRAMS / program, *arguments]
        process = subprocess.Popen(command, cwd=tmp_path, env={**clean, **account}, stdout=log, stderr=log)

    def told() -> str:
        return (tmp_path / "log").read_text(encoding="utf-8")

    def port() -> str | None:
        assert process.poll() is None, told()
        found = re.search(r"(?:istening at: http://|unning on http://|bound to TCP address )127\.0\.0\.1:(\d+)", told())
        return found and found[1]

    try:
        url = f"http://127.0.0.1:{wait_for(port)}"

        def get(path: str) -> str:
            with closing(urllib.request.urlopen(url + path, timeout=60)) as answer:
                return str(answer.read().decode())

        sandbox.add_gate("g", f"{url}/callback")
        get("/send")
        wait_for(lambda: get("/") == "delivered sent")
    finally:
        process.terminate()
        status = process.wait(60)
    assert status in (0, -15), told()  # uvicorn ends by the signal itself
    assert "Traceback" not in told(), told()
