"""`linkwa.receiver`: real servers and frameworks, real requests."""

from __future__ import annotations

import asyncio
import base64
import contextvars
import functools
import http.client
import inspect
import json
import logging
import sqlite3
import sys
import threading
import time
import types
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

import pytest
from conftest import ACCOUNT, SECRET, wait_for

import linkwa
import linkwa.receiver
from linkwa.receiver import CallbackReceiver
from linkwa_sandbox import Sandbox

MAX_BODY = 256 * 1024
GATEWAY = "195.84.162.34"
CREDENTIALS = "Basic " + base64.b64encode(f"gate:{SECRET}".encode()).decode()
HEADERS = {"X-Forwarded-For": GATEWAY, "Authorization": CREDENTIALS}
GUARD = linkwa.CallbackGuard(trusted_proxies=["127.0.0.1"], basic=("gate", SECRET))


def report(name: str, code: int = 112003) -> bytes:
    return json.dumps({"messageId": f"id-{name}", "refId": name, "messageIndex": 0, "resultCode": code}).encode()


class Handler:
    """Counts what it gets. It waits for `go`, and raises `error`, if there is one."""

    def __init__(self) -> None:
        self.calls: list[linkwa.Callback] = []
        self.error: BaseException | None = None
        self.go = threading.Event()
        self.go.set()

    def __call__(self, callback: linkwa.Callback) -> None:
        self.calls.append(callback)
        assert self.go.wait(30)
        if self.error is not None:
            raise self.error

    async def in_loop(self, callback: linkwa.Callback) -> None:
        self.calls.append(callback)
        while not self.go.is_set():
            await asyncio.sleep(0.005)
        if self.error is not None:
            raise self.error

    def counts(self) -> Counter[str | None]:
        return Counter(call.ref_id for call in self.calls if isinstance(call, linkwa.EventReport))


# Servers. Each serves a receiver at /callback, and is entered into `closers`.


Closers = list[Callable[[], object]]


def in_uvicorn(app: Any, closers: Closers) -> int:
    uvicorn = pytest.importorskip("uvicorn")
    config = uvicorn.Config(app, port=0, log_config=None, proxy_headers=False, lifespan="on")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()

    def close() -> None:
        server.should_exit = True
        thread.join(30)

    closers.append(close)
    wait_for(lambda: server.started or not thread.is_alive())
    port: int = server.servers[0].sockets[0].getsockname()[1]
    return port


class QuietHandler(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """Keeps standard error for the tests."""


class ThreadingServer(ThreadingMixIn, WSGIServer):
    daemon_threads = True


def in_thread(server: Any, closers: Closers) -> int:
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    closers.extend([server.server_close, thread.join, server.shutdown])
    port: int = server.server_port
    return port


def in_wsgiref(app: Any, closers: Closers) -> int:
    server = ThreadingServer(("127.0.0.1", 0), QuietHandler)
    server.set_app(app)
    return in_thread(server, closers)


def in_werkzeug(app: Any, closers: Closers) -> int:
    serving = pytest.importorskip("werkzeug.serving")

    class Quiet(serving.WSGIRequestHandler):  # type: ignore[misc]
        def log(self, *args: Any) -> None:
            """Keeps standard error for the tests."""

    return in_thread(serving.make_server("127.0.0.1", 0, app, threaded=True, request_handler=Quiet), closers)


def starlette(receiver: CallbackReceiver, closers: Closers) -> int:
    applications = pytest.importorskip("starlette.applications")
    routing = pytest.importorskip("starlette.routing")
    return in_uvicorn(applications.Starlette(routes=[routing.Route("/callback", receiver.asgi)]), closers)


def fastapi(receiver: CallbackReceiver, closers: Closers) -> int:
    app = pytest.importorskip("fastapi").FastAPI()
    app.router.routes.append(pytest.importorskip("starlette.routing").Route("/callback", receiver.asgi))
    return in_uvicorn(app, closers)


def flask(receiver: CallbackReceiver, closers: Closers) -> int:
    app = pytest.importorskip("flask").Flask("app")
    app.add_url_rule("/callback", view_func=lambda: receiver.wsgi, endpoint="callback", methods=["POST"])
    return in_werkzeug(app, closers)


def configured_django(receiver: CallbackReceiver, closers: Closers) -> None:
    """Makes a project of Django whose only view is the receiver."""
    django = pytest.importorskip("django")
    from django.conf import settings
    from django.urls import clear_url_caches, path

    if not settings.configured:
        settings.configure(
            ALLOWED_HOSTS=["*"],
            ROOT_URLCONF="urls_of_test",
            MIDDLEWARE=["django.middleware.csrf.CsrfViewMiddleware"],
            LOGGING_CONFIG=None,
            DATABASES={
                name: {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:", "ATOMIC_REQUESTS": True}
                for name in ("default", "other")
            },
        )
        django.setup()
    urls = types.ModuleType("urls_of_test")
    urls.urlpatterns = [path("callback", receiver.django)]  # type: ignore[attr-defined]
    sys.modules["urls_of_test"] = urls
    clear_url_caches()
    closers.append(clear_url_caches)


def django_wsgi(receiver: CallbackReceiver, closers: Closers) -> int:
    configured_django(receiver, closers)
    from django.core.wsgi import get_wsgi_application

    return in_wsgiref(get_wsgi_application(), closers)


def django_asgi(receiver: CallbackReceiver, closers: Closers) -> int:
    configured_django(receiver, closers)
    from django.core.asgi import get_asgi_application

    application = get_asgi_application()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":  # which Django does not know
            await receiver.asgi(scope, receive, send)
        else:
            await application(scope, receive, send)

    return in_uvicorn(app, closers)


WAYS: dict[str, Callable[[CallbackReceiver, Closers], int]] = {
    "uvicorn": lambda receiver, closers: in_uvicorn(receiver.asgi, closers),
    "wsgiref": lambda receiver, closers: in_wsgiref(receiver.wsgi, closers),
    "werkzeug": lambda receiver, closers: in_werkzeug(receiver.wsgi, closers),
    "starlette": starlette,
    "fastapi": fastapi,
    "flask": flask,
    "django_wsgi": django_wsgi,
    "django_asgi": django_asgi,
}
KINDS = ["sync", "async"]


class Site:
    """A receiver, its handler, and a server."""

    def __init__(self, way: str, kind: str, closers: Closers, **options: Any) -> None:
        self.way = way
        self.handler = Handler()
        function = self.handler if kind == "sync" else self.handler.in_loop
        self.receiver = CallbackReceiver(function, **{"guard": GUARD, "acknowledgement": b"OK", **options})
        self.port = WAYS[way](self.receiver, closers)

    def connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)

    def request(self, body: bytes | None = None, method: str = "POST", **headers: str | None) -> Any:
        """Returns the answer, with its body in `content`. Headers that are None are left out."""
        given = {**HEADERS, **{name.replace("_", "-"): value for name, value in headers.items()}}
        with closing(self.connect()) as connection:
            connection.request(
                method, "/callback", body, {name: value for name, value in given.items() if value is not None}
            )
            answer = connection.getresponse()
            answer.content = answer.read()  # type: ignore[attr-defined]
            return answer

    def post(self, body: bytes, **headers: str | None) -> int:
        status: int = self.request(body, **headers).status
        return status

    def answer_to_head(self, *lines: tuple[str, str], body: bytes = b"") -> http.client.HTTPResponse:
        """Returns the answer to a request of which only these bytes are sent."""
        with closing(self.connect()) as connection:
            connection.putrequest("POST", "/callback")
            for name, value in [*HEADERS.items(), *lines]:
                connection.putheader(name, value)
            connection.endheaders(body)
            return connection.getresponse()


@pytest.fixture
def closers() -> Iterator[Closers]:
    closers: Closers = []
    yield closers
    for close in reversed(closers):
        close()


@pytest.fixture(params=[(way, kind) for way in WAYS for kind in KINDS], ids="-".join)
def site(request: pytest.FixtureRequest, closers: Closers) -> Iterator[Site]:
    site = Site(*request.param, closers)
    yield site
    site.handler.go.set()


# In every framework


def test_each_request_gets_its_status(site: Site) -> None:
    good = site.request(report("a"))
    assert (good.status, good.content) == (200, b"OK")
    assert good.getheader("Content-Type") == "text/plain; charset=utf-8"
    assert good.getheader("Content-Length") == "2"
    repeated = site.request(report("a"))
    assert (repeated.status, repeated.content) == (200, b"OK")
    assert site.post(report("a", 112002)) == 200

    assert site.post(b"{}") == site.post(b"") == site.post(report("b")[:-1]) == 400
    assert site.post(report("b"), X_Forwarded_For="203.0.113.9") == 403
    assert site.post(report("b"), X_Forwarded_For=None) == 403
    for wrong in ["Basic " + base64.b64encode(b"gate:wrong").decode(), None]:
        refused = site.request(report("b"), Authorization=wrong)
        assert (refused.status, refused.getheader("WWW-Authenticate")) == (401, 'Basic realm="callbacks"')
    assert site.handler.counts() == {"a": 2}


def test_only_posts_are_callbacks(site: Site) -> None:
    for method in ["GET", "HEAD", "PUT", "DELETE"]:
        answer = site.request(method=method, X_Forwarded_For=None, Authorization=None)
        assert (answer.status, "POST" in answer.getheader("Allow")) == (405, True), method


def test_a_body_that_is_too_large_is_refused_before_it_is_read(site: Site) -> None:
    if site.way == "django_asgi":  # Django reads all of it before it calls a view
        assert site.post(report("large") + b" " * MAX_BODY) == 413
    else:
        for length in (MAX_BODY + 1, 2**40, 10**19 - 1):
            assert site.answer_to_head(("Content-Length", str(length))).status == 413, length
    padded = report("large")[:-1] + b', "x": "%s"}'
    padded %= b"x" * (MAX_BODY - len(padded) + 2)
    assert len(padded) == MAX_BODY and site.post(padded) == 200


def test_a_body_in_chunks_is_limited_as_well(site: Site) -> None:
    chunked = ("Transfer-Encoding", "chunked")
    if site.way in ("wsgiref", "django_wsgi"):
        assert site.answer_to_head(chunked).status == 411
        return
    one = report("in chunks")
    assert site.answer_to_head(chunked, body=b"%x\r\n%s\r\n0\r\n\r\n" % (len(one), one)).status == 200
    # One byte too many, and no end, except for Django.
    pieces = [b"10000\r\n" + b" " * 0x10000 + b"\r\n"] * 4 + [b"1\r\n \r\n"]
    if site.way == "django_asgi":
        pieces.append(b"0\r\n\r\n")
    assert site.answer_to_head(chunked, body=b"".join(pieces)).status == 413


def test_a_callback_is_handled_again_after_a_failure(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    site.handler.error = LookupError("of the handler")
    answer = site.request(report("fails"))
    assert (answer.status, answer.content) == (500, b"")
    assert site.post(report("fails")) == 500
    site.handler.error = None
    assert [site.post(report("fails")), site.post(report("fails"))] == [200, 200]
    assert site.handler.counts() == {"fails": 3}
    records = [record for record in caplog.records if record.name == "linkwa.receiver"]
    assert [record.exc_info and record.exc_info[0] for record in records] == [LookupError] * 2


def test_copies_at_once_are_handled_once(site: Site) -> None:
    for name, error, status in [("works", None, 200), ("fails", LookupError("of the handler"), 500)]:
        site.handler.error = error
        site.handler.go.clear()
        with ThreadPoolExecutor(6) as threads:
            answers = [threads.submit(site.post, report(name)) for _ in range(6)]
            wait_for(lambda name=name: site.handler.counts()[name])
            time.sleep(0.1)  # until the others wait; it would be a weaker test, but none that fails, if some came later
            assert not any(answer.done() for answer in answers)
            site.handler.go.set()
            assert [answer.result(30) for answer in answers] == [status] * 6
    assert site.handler.counts() == {"works": 1, "fails": 1}


def test_a_view_of_django_is_async_if_the_handler_is(closers: Closers) -> None:
    handler = Handler()
    for function, is_async in [(handler, False), (handler.in_loop, True)]:
        receiver = CallbackReceiver(function, guard=None)
        configured_django(receiver, closers)
        assert inspect.iscoroutinefunction(receiver.django) is is_async


def test_django_commits_what_the_handler_writes_before_it_is_recorded(closers: Closers) -> None:
    within: list[bool] = []

    def handler(callback: linkwa.Callback) -> None:
        from django.db import connections

        within.extend(connections[name].in_atomic_block for name in ("default", "other"))

    receiver = CallbackReceiver(handler, guard=None)
    with closing(http.client.HTTPConnection("127.0.0.1", django_wsgi(receiver, closers), timeout=30)) as connection:
        connection.request("POST", "/callback", report("a"))
        assert connection.getresponse().status == 200
    assert within == [False, False]


# ASGI


SCOPE = {
    "type": "http",
    "method": "POST",
    "path": "/callback",
    "client": ("127.0.0.1", 1),
    "headers": [(name.lower().encode(), value.encode()) for name, value in HEADERS.items()],
}


async def answer_of(app: Any, *messages: dict[str, Any], **scope: Any) -> tuple[int | None, int]:
    """Calls an ASGI application. Returns the status, None for no answer, and how many of the messages it took."""
    taken = iter(messages)
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return next(taken)

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await app({**SCOPE, **scope}, receive, send)
    return (sent[0]["status"] if sent else None), len(messages) - len(list(taken))


def part(body: bytes, more_body: bool = False) -> dict[str, Any]:
    return {"type": "http.request", "body": body, "more_body": more_body}


def test_asgi_reads_no_more_than_it_must() -> None:
    handler = Handler()
    app = CallbackReceiver(handler, guard=GUARD, max_bytes=1000).asgi
    gone = {"type": "http.disconnect"}
    long = part(b"x" * 300, more_body=True)
    body = report("whole")

    async def main() -> None:
        assert await answer_of(app, long, headers=[]) == (403, 0)
        assert await answer_of(app, long, client=None) == (403, 0)
        assert await answer_of(app, long, method="GET") == (405, 0)
        assert await answer_of(app, long, headers=[*SCOPE["headers"], (b"content-length", b"1001")]) == (413, 0)
        assert await answer_of(app, *[long] * 6) == (413, 4)
        assert await answer_of(app, part(body, more_body=True), gone) == (None, 2)
        assert handler.calls == []
        assert await answer_of(app, part(body[:9], more_body=True), part(body[9:]), gone) == (200, 2)
        with pytest.raises(ValueError, match="websocket"):
            await app({"type": "websocket"}, None, None)

    asyncio.run(main())
    assert handler.counts() == {"whole": 1}


@pytest.mark.parametrize("is_async", [False, True])
def test_a_sync_handler_does_not_block_the_event_loop(is_async: bool, closers: Closers) -> None:
    site = Site("uvicorn", "sync", closers, outbox=AsyncOutbox(Outbox()) if is_async else None)
    site.handler.go.clear()
    with ThreadPoolExecutor(1) as threads:
        answer = threads.submit(site.post, report("slow"))
        wait_for(lambda: site.handler.calls)
        assert site.post(b"{}") == 400 and not answer.done()
        site.handler.go.set()
        assert answer.result(30) == 200


variable = contextvars.ContextVar[str]("variable")


def test_handlers_see_the_context_variables_of_the_request() -> None:
    seen = []

    async def awaited(callback: linkwa.Callback) -> None:
        seen.append(variable.get())

    async def main() -> None:
        for handler in [lambda callback: seen.append(variable.get()), awaited]:
            receiver = CallbackReceiver(handler, guard=None)
            variable.set("of the request")
            assert await answer_of(receiver.asgi, part(report("a"))) == (200, 1)

    asyncio.run(main())
    assert seen == ["of the request"] * 2


@pytest.mark.parametrize("kind", KINDS)
def test_a_handler_goes_on_when_its_request_is_cancelled(kind: str) -> None:
    handler = Handler()
    handler.go.clear()
    receiver = CallbackReceiver(handler if kind == "sync" else handler.in_loop, guard=None)

    async def main() -> None:
        request = asyncio.create_task(receiver.handle_async(None, {}, report("a")))
        while not handler.calls:
            await asyncio.sleep(0.005)
        request.cancel()
        with pytest.raises(asyncio.CancelledError):
            await request
        again = asyncio.create_task(receiver.handle_async(None, {}, report("a")))
        await asyncio.sleep(0.05)
        handler.go.set()
        assert (await again)[0] == 200

    asyncio.run(main())
    assert handler.counts() == {"a": 1}


@pytest.mark.parametrize("turns", [0, 1, 2, 3])
def test_a_callback_is_handled_again_after_its_event_loop_has_ended(turns: int) -> None:
    calls = 0

    async def handler(callback: linkwa.Callback) -> None:
        nonlocal calls
        calls += 1
        await asyncio.sleep(0 if calls > 1 or turns == 0 else 30)

    receiver = CallbackReceiver(handler, guard=None)

    async def main() -> None:
        task = asyncio.create_task(receiver.handle_async(None, {}, report("a")))
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()

    asyncio.run(main())
    assert not receiver._running
    before = calls
    assert asyncio.run(receiver.handle_async(None, {}, report("a")))[0] == 200
    assert calls == before + 1


def test_a_handler_that_ends_with_stop_iteration_has_failed() -> None:
    for outbox in [None, AsyncOutbox(Outbox())]:
        receiver = CallbackReceiver(lambda callback: next(iter([])), guard=None, outbox=outbox)
        assert receiver.handle(None, {}, report("a"))[0] == 500

        async def main(receiver: CallbackReceiver = receiver) -> int:
            return (await asyncio.wait_for(receiver.handle_async(None, {}, report("a")), 30))[0]

        assert asyncio.run(main()) == 500


def test_the_handler_and_the_outbox_run_in_one_thread() -> None:
    seen: dict[str, list[int]] = {}

    def saw(callback: linkwa.Callback) -> None:
        seen.setdefault(callback.key, []).append(threading.get_ident())
        time.sleep(0.001)  # others take the threads meanwhile

    class Watched:
        def claim(self, callback: linkwa.Callback) -> linkwa.receiver.Claim:
            saw(callback)
            return "new"

        apply = release = staticmethod(saw)

    receiver = CallbackReceiver(saw, guard=None, outbox=Watched())

    async def main() -> None:
        await asyncio.gather(*(receiver.handle_async(None, {}, report(f"r{index}")) for index in range(50)))

    asyncio.run(main())
    assert [len(threads) for threads in seen.values()] == [3] * 50
    assert all(len({*threads}) == 1 and threads[0] != threading.get_ident() for threads in seen.values())


# Handlers


class Awaited:
    """An object whose call is a coroutine."""

    def __init__(self) -> None:
        self.threads: list[threading.Thread] = []

    async def __call__(self, callback: linkwa.Callback) -> None:
        await asyncio.sleep(0)
        self.threads.append(threading.current_thread())


def test_async_handlers_of_every_form_run_in_the_event_loop() -> None:
    awaited = Awaited()
    handlers: list[Callable[[linkwa.Callback], object]] = [
        awaited,
        awaited.__call__,
        functools.partial(awaited.__call__),
        lambda callback: awaited(callback),
    ]
    for handler in handlers:
        for outbox in [None, AsyncOutbox(Outbox())]:
            receiver = CallbackReceiver(handler, guard=None, outbox=outbox)
            assert asyncio.run(receiver.handle_async(None, {}, report("a")))[0] == 200
            assert receiver.handle(None, {}, report("b"))[0] == 200
    assert awaited.threads == [threading.current_thread()] * 16


def test_handle_is_refused_in_an_event_loop() -> None:
    handler = Handler()
    receiver = CallbackReceiver(handler, guard=None)

    async def main() -> None:
        with pytest.raises(RuntimeError, match="handle_async"):
            receiver.handle(None, {}, report("a"))

    asyncio.run(main())
    assert handler.calls == []


def test_a_handler_that_ends_the_process_leaves_nothing_behind() -> None:
    handler = Handler()
    outbox = Outbox()
    for receiver in [
        CallbackReceiver(handler, guard=None),
        CallbackReceiver(handler, guard=None, outbox=outbox),
        CallbackReceiver(handler.in_loop, guard=None, outbox=outbox),
    ]:
        for error in [KeyboardInterrupt(), SystemExit(1)]:
            handler.error = error
            with pytest.raises(type(error)):
                receiver.handle(None, {}, report(f"{id(receiver)}"))
            assert not receiver._running
        handler.error = None
        assert receiver.handle(None, {}, report(f"{id(receiver)}"))[0] == 200
    assert len(handler.calls) == 9


def test_threads_share_a_receiver() -> None:
    handler = Handler()
    receiver = CallbackReceiver(handler, guard=GUARD)
    names = [f"r{index}" for index in range(200)]
    with ThreadPoolExecutor(8) as threads:
        answers = [
            threads.submit(receiver.handle, "127.0.0.1", HEADERS, report(name)) for name in names for _ in range(4)
        ]
    assert [answer.result()[0] for answer in answers] == [200] * 800
    assert handler.counts() == dict.fromkeys(names, 1)


def test_only_the_last_callbacks_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(linkwa.receiver, "_REMEMBERED", 3)
    handler = Handler()
    receiver = CallbackReceiver(handler, guard=None)
    for name in ["a", "b", "c", "a", "d", "b", "a"]:
        assert receiver.handle(None, {}, report(name))[0] == 200
    assert handler.counts() == {"a": 2, "b": 1, "c": 1, "d": 1}
    assert len(receiver._handled) == 3 and not receiver._running


# An outbox


class Outbox:
    """Claims, on a database in memory. `broken` is the method that fails."""

    def __init__(self) -> None:
        self.db = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        self.db.execute("CREATE TABLE callbacks (key TEXT PRIMARY KEY, done INTEGER)")
        self.broken: str | None = None
        self.called: list[str] = []

    def call(self, method: str) -> None:
        self.called.append(method)
        if self.broken == method:
            raise sqlite3.OperationalError(f"{method} fails")

    def claim(self, callback: linkwa.Callback) -> linkwa.receiver.Claim:
        self.call("claim")
        key = (callback.key,)
        if self.db.execute("INSERT OR IGNORE INTO callbacks VALUES (?, 0)", key).rowcount:
            return "new"
        (done,) = self.db.execute("SELECT done FROM callbacks WHERE key = ?", key).fetchone()
        return "repeat" if done else "busy"

    def apply(self, callback: linkwa.Callback) -> None:
        self.call("apply")
        self.db.execute("UPDATE callbacks SET done = 1 WHERE key = ?", (callback.key,))

    def release(self, callback: linkwa.Callback) -> None:
        self.call("release")
        self.db.execute("DELETE FROM callbacks WHERE key = ? AND NOT done", (callback.key,))


class AsyncOutbox:
    """The same for asyncio."""

    def __init__(self, outbox: Outbox) -> None:
        self.outbox = outbox

    async def claim(self, callback: linkwa.Callback) -> linkwa.receiver.Claim:
        await asyncio.sleep(0)
        return self.outbox.claim(callback)

    async def apply(self, callback: linkwa.Callback) -> None:
        await asyncio.sleep(0)
        self.outbox.apply(callback)

    async def release(self, callback: linkwa.Callback) -> None:
        await asyncio.sleep(0)
        self.outbox.release(callback)


Answering = Callable[[CallbackReceiver, bytes], linkwa.receiver.Answer]


def blocking(receiver: CallbackReceiver, body: bytes) -> linkwa.receiver.Answer:
    return receiver.handle(None, {}, body)


def awaiting(receiver: CallbackReceiver, body: bytes) -> linkwa.receiver.Answer:
    return asyncio.run(receiver.handle_async(None, {}, body))


@pytest.fixture(params=[blocking, awaiting])
def answer(request: pytest.FixtureRequest) -> Answering:
    way: Answering = request.param
    return way


@pytest.fixture
def outbox() -> Outbox:
    return Outbox()


@pytest.fixture(params=["outbox", "async outbox"])
def either(request: pytest.FixtureRequest, outbox: Outbox) -> linkwa.receiver.CallbackOutbox:
    return outbox if request.param == "outbox" else AsyncOutbox(outbox)


def test_an_outbox_remembers_for_all_receivers(answer: Answering, outbox: Outbox, either: Any) -> None:
    handler = Handler()
    for _ in range(2):
        receiver = CallbackReceiver(handler, guard=None, outbox=either, acknowledgement=b"OK")
        assert answer(receiver, report("a"))[::2] == (200, b"OK")
        assert answer(receiver, report("a"))[::2] == (200, b"OK")
        assert not receiver._handled
    assert handler.counts() == {"a": 1}
    assert outbox.called == ["claim", "apply", "claim", "claim", "claim"]


def test_what_another_process_handles_comes_again_later(answer: Answering, outbox: Outbox, either: Any) -> None:
    handler = Handler()
    receiver = CallbackReceiver(handler, guard=None, outbox=either, acknowledgement=b"OK")
    theirs = linkwa.parse_callback(report("a"))
    assert outbox.claim(theirs) == "new"
    status, headers, body = answer(receiver, report("a"))
    assert (status, body, dict(headers)["Retry-After"].isdecimal()) == (503, b"", True)
    assert handler.calls == []
    outbox.apply(theirs)
    assert answer(receiver, report("a"))[::2] == (200, b"OK")
    assert handler.calls == []


@pytest.mark.parametrize(
    ("broken", "called"),
    [
        ("claim", "claim"),
        ("handler", "claim release"),
        ("apply", "claim apply release"),
        ("release", "claim release"),
    ],
)
def test_what_fails_with_an_outbox_comes_again(
    broken: str, called: str, answer: Answering, outbox: Outbox, either: Any, caplog: pytest.LogCaptureFixture
) -> None:
    handler = Handler()
    receiver = CallbackReceiver(handler, guard=None, outbox=either)
    outbox.broken = broken
    if broken in ("handler", "release"):
        handler.error = LookupError("of the handler")
    assert answer(receiver, report("a"))[0] == 500
    assert outbox.called == called.split()
    assert [bool(record.exc_info) for record in caplog.records] == [True] * (2 if broken == "release" else 1)
    outbox.broken = handler.error = None
    # A claim that was not released ends later.
    assert answer(receiver, report("a"))[0] == (503 if broken == "release" else 200)
    assert handler.counts()["a"] == {"claim": 1, "handler": 2, "apply": 2, "release": 1}[broken]


def test_an_unknown_word_of_an_outbox_is_a_failure(answer: Answering) -> None:
    class Wrong(Outbox):
        def claim(self, callback: linkwa.Callback) -> Any:
            return None

    handler = Handler()
    receiver = CallbackReceiver(handler, guard=None, outbox=Wrong())
    assert (answer(receiver, report("a"))[0], handler.calls) == (500, [])


def test_copies_at_once_in_two_processes(closers: Closers, outbox: Outbox) -> None:
    one, other = (Site(way, "sync", closers, outbox=outbox) for way in ("uvicorn", "wsgiref"))
    one.handler.go.clear()
    with ThreadPoolExecutor(1) as threads:
        first = threads.submit(one.post, report("a"))
        wait_for(lambda: one.handler.calls)
        assert other.post(report("a")) == 503
        one.handler.go.set()
        assert first.result(30) == 200
    assert other.post(report("a")) == 200 and other.handler.calls == []


# The rest


def test_what_failed_comes_again_from_the_gateway(sandbox: Sandbox, closers: Closers, outbox: Outbox) -> None:
    site = Site("uvicorn", "sync", closers, guard=None, outbox=outbox)
    site.handler.error = LookupError("of the handler")
    sandbox.add_gate("default", f"http://127.0.0.1:{site.port}/callback", default=True)
    with linkwa.Client(**{**ACCOUNT, "base_url": sandbox.base_url}) as client:
        client.send_text("+46000000001", "Hello", ref_id="order-17")
    wait_for(lambda: site.handler.calls)
    site.handler.error = None

    def handled() -> list[Any]:
        return outbox.db.execute("SELECT key FROM callbacks WHERE done").fetchall()

    wait_for(lambda: len(handled()) == 2)
    assert {call.key for call in site.handler.calls} == {key for (key,) in handled()}
    assert site.handler.counts()["order-17"] > 2


def test_the_log_has_no_personal_data(caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]) -> None:
    caplog.set_level(logging.DEBUG)
    number, text = "+46700000017", "CANARY"
    message = {"messageId": "w", "source": number, "content": {"message": {"contentType": "TEXT", "text": text}}}
    good = json.dumps(message).encode()
    bodies = [
        good,
        good[:-1],
        b'{"%s": 1, "%s": 2}' % ((number.encode(),) * 2),
        b'{"resultCode": "%s"}' % text.encode(),
        text.encode() * 60_000,
    ]
    handler = Handler()
    handler.error = LookupError()
    receiver = CallbackReceiver(handler, guard=GUARD, acknowledgement=text.encode())
    requests = [(HEADERS, body) for body in bodies]
    for headers in [
        {**HEADERS, "Authorization": text},
        {**HEADERS, "X-Forwarded-For": f"{number}, {text}"},
        {"X-Forwarded-For": "203.0.113.9"},
    ]:
        requests.append((headers, good))
    statuses = [receiver.handle("127.0.0.1", headers, body)[0] for headers, body in requests]
    assert statuses == [500, 400, 400, 400, 413, 401, 403, 403]
    assert len(caplog.records) == len(statuses)
    assert {(record.name, record.levelname) for record in caplog.records} == {
        ("linkwa.receiver", "WARNING"),
        ("linkwa.receiver", "ERROR"),
    }
    words = [record.getMessage() for record in caplog.records]
    assert [word.rpartition(" ")[2] for word in words if "refused a callback: " in word][3:] == [
        "too_large",
        "credentials",
        "forwarded",
        "address",
    ]
    for secret in [number, text, SECRET, GATEWAY, "203.0.113.9", "0000017"]:
        assert secret not in caplog.text and secret not in "".join(capfd.readouterr())


def test_wrong_arguments_are_refused() -> None:
    make: Any = CallbackReceiver
    for error, name, wrong in [
        (TypeError, "guard", lambda: make(print)),
        (TypeError, "handler", lambda: make(None, guard=None)),
        (TypeError, "guard", lambda: make(print, guard=False)),
        (TypeError, "guard", lambda: make(print, guard=linkwa.CallbackGuard)),
        (TypeError, None, lambda: make(print, GUARD)),
        (TypeError, "acknowledgement", lambda: make(print, guard=None, acknowledgement="OK")),
        (TypeError, "acknowledgement", lambda: make(print, guard=None, acknowledgement=2)),
        (ValueError, "max_bytes", lambda: make(print, guard=None, max_bytes=0)),
        (TypeError, "max_bytes", lambda: make(print, guard=None, max_bytes="1")),
        (TypeError, "outbox", lambda: make(print, guard=None, outbox=object())),
    ]:
        with pytest.raises(error, match=name and f"'{name}'"):
            wrong()


def test_functions_hear_of_accepted_and_refused_callbacks():
    receiver = CallbackReceiver(lambda callback: None, guard=linkwa.CallbackGuard(), max_bytes=64)
    seen: list[tuple[str, str | None]] = []

    def broken(_: linkwa.Event) -> None:
        raise ValueError("a listener's own")

    removes = [receiver.on_event(broken), receiver.on_event(lambda event: seen.append((event.kind, event.refusal)))]
    calls = [(GATEWAY, b'{"messageId": "m", "resultCode": 112003}'), ("192.0.2.1", b"{}"), (None, b"{}")]
    calls += [(GATEWAY, b"{"), (GATEWAY, b" " * 65)]
    statuses = [receiver.handle(peer, {}, body)[0] for peer, body in calls]
    assert statuses == [200, 403, 403, 400, 413]
    refusals = ["address", "unusable", "invalid", "too_large"]
    assert seen == [("callback_accepted", None), *(("callback_refused", refusal) for refusal in refusals)]
    for remove in removes:
        remove()
    receiver.handle(GATEWAY, {}, b"{")
    assert len(seen) == 5
