"""The endpoint for callbacks: `CallbackReceiver` calls your handler for each event report and received message that LINK
posts, and answers LINK.
"""

from __future__ import annotations

import asyncio
import functools
import inspect
import logging
import threading
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping, MutableMapping
from concurrent.futures import Future
from contextlib import nullcontext
from http import HTTPStatus
from importlib import import_module
from ipaddress import IPv4Address, IPv6Address
from typing import Any, Literal, Protocol, Union

from ._errors import InvalidCallback
from ._events import Listener, listen, report
from ._linkwa import CallbackGuard, Event, _callback_event, parse_callback
from .types import Callback

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .otel import ReceiverTracing

__all__ = ["Answer", "CallbackOutbox", "CallbackReceiver", "Claim", "Handler"]

Handler = Callable[[Callback], object]
"""Your function for a callback. It may be a coroutine function. What it returns is ignored."""
Answer = tuple[int, list[tuple[str, str]], bytes]
"""An HTTP answer: status, headers and body."""
Claim = Literal["new", "repeat", "busy"]
"""What an outbox says of a callback: it is new and now yours to handle, was handled, or is handled by another process."""

_Peer = Union[str, IPv4Address, IPv6Address, None]
_Headers = Union[Mapping[str, str], Mapping[bytes, bytes], Iterable[tuple[Union[str, bytes], Union[str, bytes]]]]

_log = logging.getLogger("linkwa.receiver")

_REFUSED = {"credentials": 401, "too_large": 413}
"""The statuses of refusals that are not 403."""
_CLAIMED = {"repeat": 200, "busy": 503}
"""The answers to callbacks that are not new."""
_REMEMBERED = 100_000
"""How many keys of handled callbacks a receiver without an outbox remembers."""
_RETRY_AFTER = "10"
"""When LINK may post a callback again that another process is handling, in seconds."""


class CallbackOutbox(Protocol):
    """What a receiver asks of an outbox. Each method may also return an awaitable."""

    def claim(self, callback: Callback, /) -> Claim | Awaitable[Claim]:
        """Says whether the callback is to be handled now. After "new" no other process gets "new" for it, until
        `release` is called or a time is over that the outbox decides."""
        ...

    def apply(self, callback: Callback, /) -> object:
        """Records the callback as handled."""
        ...

    def release(self, callback: Callback, /) -> object:
        """Gives up the claim, because the handler failed."""
        ...


class CallbackReceiver:
    """The endpoint for callbacks: checks each request, calls your handler once for each callback, and answers LINK.

        >>> import linkwa
        >>> from linkwa.receiver import CallbackReceiver
        >>> def handle(callback: linkwa.Callback) -> None:
        ...     if isinstance(callback, linkwa.EventReport):
        ...         print(callback.ref_id, callback.status)
        ...     else:
        ...         print(callback.reply_to, "wrote:", callback.text)
        >>> guard = linkwa.CallbackGuard(trusted_proxies=["127.0.0.1"], basic=("gate", "hush"))
        >>> receiver = CallbackReceiver(handle, guard=guard)
        >>> headers = {"X-Forwarded-For": "195.84.162.34", "Authorization": "Basic Z2F0ZTpodXNo"}
        >>> body = b'{"messageId": "8aU6cwxAKE9NzMLrS6M82Y", "refId": "order-17", "resultCode": 112003}'
        >>> receiver.handle("127.0.0.1", headers, body)
        order-17 delivered
        (200, [], b'')

    Serve it as `asgi`, `wsgi` or `django`, or call `handle` or `handle_async` in any other framework.

    - `handler`: your function, which gets the `EventReport` or `ReceivedMessage`. A coroutine function runs in the event
      loop; any other function runs in a thread if the receiver runs in an event loop. Callbacks come out of order, and
      different ones at the same time.
    - `guard`: decides whether to believe a request. `None` believes everyone who can reach the endpoint.
    - `outbox`: remembers what was handled, also across crashes and for several processes. Without one, the receiver
      remembers the last 100,000 callbacks of its own process.
    - `acknowledgement`: the body of the answer 200. A gate of LINK's can demand a certain text.
    - `max_bytes`: the largest body. `parse_callback` reads at most 256 KiB.

    | answer | when |
    |---|---|
    | 200 | the callback is handled and recorded, now or earlier |
    | 400 | the body is not a callback |
    | 401, 403 | the guard refuses the credentials, or anything else |
    | 405 | the method is not POST |
    | 411 | the body is in chunks, and the server cannot say where it ends |
    | 413 | the body is too large |
    | 500 | the handler raised an exception, or the outbox did |
    | 503 | another process is handling this callback |

    LINK posts a callback again that is not answered with 200. If two copies arrive at once, the handler is called once, and
    both get the same answer. If the process ends between the handler and the answer, the callback comes again and the
    handler is called again: make what it writes unique by `callback.key`.

    The body is not read before the guard has accepted the request, and never further than `max_bytes`. Logger
    `linkwa.receiver` says why a request was refused, and has the traceback of a failed handler. The receiver logs no
    numbers, texts, names of fields or headers. Threads and event loops may share a receiver.
    """

    def __init__(
        self,
        handler: Handler,
        *,
        guard: CallbackGuard | None,
        outbox: CallbackOutbox | None = None,
        acknowledgement: bytes = b"",
        max_bytes: int = 256 * 1024,
    ) -> None:
        """The class describes the arguments. `guard` has no default: an endpoint without one must say so."""
        if not callable(handler):
            raise TypeError(f"argument 'handler' must be callable, not {type(handler).__name__}")
        given: list[tuple[str, object, tuple[type, ...]]] = [
            ("guard", guard, (CallbackGuard, type(None))),
            ("acknowledgement", acknowledgement, (bytes,)),
            ("max_bytes", max_bytes, (int,)),
        ]
        for name, value, kinds in given:
            if not isinstance(value, kinds):
                wanted = " or ".join(kind.__name__ for kind in kinds)
                raise TypeError(f"argument '{name}' must be {wanted}, not {type(value).__name__}")
        if outbox is not None and not all(hasattr(outbox, name) for name in ("claim", "apply", "release")):
            wanted = "an outbox, or have claim(), apply() and release()"
            raise TypeError(f"argument 'outbox' must be {wanted}, not {type(outbox).__name__}")
        if max_bytes < 1:
            raise ValueError("argument 'max_bytes' must be at least 1")
        self._handler = handler
        self._guard = guard
        self._outbox = outbox
        self._acknowledgement = acknowledgement
        self._max_bytes = max_bytes
        functions = [handler, *((outbox.claim, outbox.apply, outbox.release) if outbox is not None else ())]
        self._is_async = any(inspect.iscoroutinefunction(function) for function in functions)
        self._listeners: list[Listener] = []
        self._tracing: ReceiverTracing | None = None
        self._lock = threading.Lock()
        self._running: dict[str, Future[int]] = {}
        self._handled: OrderedDict[str, None] = OrderedDict()
        self._tasks: set[asyncio.Task[int]] = set()

    def handle(self, peer: _Peer, headers: _Headers, body: bytes) -> Answer:
        """Handles one POST request, and returns status, headers and body of the answer.

        - `peer`: the address of the other end of the connection, as the server knows it, not as a header names it.
        - `headers`: names and values of the request: a mapping, or pairs, of str or bytes.
        - `body`: the bytes of the body. Read at most `max_bytes` and one byte; the longer body is then refused.

        Blocks until the handler is done. If the handler or the outbox is async, it runs in an event loop of its own.
        Raises `RuntimeError` in an event loop: use `handle_async` there.
        """
        if _is_in_loop():
            raise RuntimeError("CallbackReceiver.handle would block this event loop: await handle_async instead")
        callback = self._accept(peer, headers, body)
        if isinstance(callback, tuple):
            return callback
        future, is_first = self._enter(callback.key)
        if is_first:
            status = 500
            try:
                if self._is_async:
                    status = asyncio.run(self._process(callback, _call_inline))
                else:
                    status = _run_here(self._process(callback, _call_here))
            finally:
                self._leave(callback.key, future, status)
        return self._answer(future.result())

    async def handle_async(self, peer: _Peer, headers: _Headers, body: bytes) -> Answer:
        """`handle` for event loops of asyncio. A handler that has begun goes on if this coroutine is cancelled."""
        loop = asyncio.get_running_loop()
        callback = self._accept(peer, headers, body)
        if isinstance(callback, tuple):
            return callback
        future, is_first = self._enter(callback.key)
        if is_first:
            if self._is_async:
                task = loop.create_task(self._process(callback, _call_in_loop))
            else:
                task = loop.create_task(asyncio.to_thread(self._process_in_thread, callback, loop))
            self._tasks.add(task)
            task.add_done_callback(functools.partial(self._task_done, callback.key, future))
        return self._answer(await asyncio.wrap_future(future))

    def on_event(self, function: Callable[[Event], object]) -> Callable[[], None]:
        """Calls `function` with an `Event` for each callback: `callback_accepted`, before the handler is called, or
        `callback_refused`, whose `refusal` is a word of `Verdict.refusal`, or `invalid` for a body that is not a
        callback. An event has nothing else of the callback. A request that is not a POST has none.

        It is called on the thread or event loop that answers the request, which waits for it: so it must not wait itself,
        and cannot be a coroutine function. An `Exception` that it raises is logged, and the callback is handled. Returns a
        function that ends the calls. Raises `TypeError` for what cannot be called.
        """
        return listen(self._listeners, function)

    @property
    def asgi(self) -> AsgiApp:
        """The receiver as ASGI application, at whatever path a server or framework routes to it."""
        return AsgiApp(self)

    def wsgi(self, environ: dict[str, Any], start_response: Callable[..., object]) -> Iterable[bytes]:
        """The receiver as WSGI application, at whatever path a server or framework routes to it."""
        # Servers without `wsgi.input_terminated` wait at the end of the body for more.
        is_terminated = bool(environ.get("wsgi.input_terminated"))
        status, headers, body = self._answer_to(environ, environ["wsgi.input"].read, is_terminated)
        headers.append(("Content-Length", str(len(body))))
        start_response(f"{status} {HTTPStatus(status).phrase}", headers)
        return [body]

    @property
    def django(self) -> Callable[[Any], Any]:
        """The receiver as a view of Django: `path("callback", receiver.django)`. It is async if the handler is.

        It is exempt from CSRF protection, and from `ATOMIC_REQUESTS`: what the handler writes must be committed before
        the callback is recorded as handled. Use `transaction.atomic()` in the handler.
        """
        db = import_module("django.db")
        for view in (CallbackReceiver._django_view, CallbackReceiver._django_async_view):
            for alias in db.connections:
                db.transaction.non_atomic_requests(alias)(view)
        return self._django_async_view if self._is_async else self._django_view

    # What every way in does.

    def _refuse(self, method: str, peer: _Peer, headers: _Headers, length: int) -> Answer | None:
        """Returns the answer to a request that is refused before its body is read."""
        if method != "POST":
            return 405, [("Allow", "POST")], b""
        refusal = None if self._guard is None else self._guard.check(peer, headers, length).refusal
        if refusal is None and length > self._max_bytes:
            refusal = "too_large"
        if refusal is None:
            return None
        _log.warning("refused a callback: %s", refusal)
        self._report(None, refusal)
        challenge = [("WWW-Authenticate", 'Basic realm="callbacks"')] if refusal == "credentials" else []
        return _REFUSED.get(refusal, 403), challenge, b""

    def _accept(self, peer: _Peer, headers: _Headers, body: bytes) -> Callback | Answer:
        """Returns the callback, or the answer to a request that is refused."""
        refused = self._refuse("POST", peer, headers, len(body))
        if refused is not None:
            return refused
        try:
            callback = parse_callback(body)
        except InvalidCallback as error:
            self._report(None, "invalid")
            # The text of the error has names of fields, which can be anything.
            _log.warning("refused a callback: invalid at byte %s", error.position)
            return 400, [("Content-Type", "text/plain; charset=utf-8")], str(error).encode()
        self._report(callback, None)
        return callback

    def _report(self, callback: Callback | None, refusal: str | None) -> None:
        """Reports whether a callback is accepted."""
        if self._listeners:
            report([_callback_event(refusal)], self._listeners)
        tracing = self._tracing
        if tracing is not None:
            tracing.checked(callback, refusal)

    def _answer(self, status: int) -> Answer:
        """Returns the answer to a callback that was accepted."""
        if status == 503:
            return status, [("Retry-After", _RETRY_AFTER)], b""
        if status != 200 or not self._acknowledgement:
            return status, [], b""
        return status, [("Content-Type", "text/plain; charset=utf-8")], self._acknowledgement

    def _enter(self, key: str) -> tuple[Future[int], bool]:
        """Returns the status to come of a callback, and whether the caller is to handle it."""
        with self._lock:
            running = self._running.get(key)
            if running is not None:
                return running, False
            future: Future[int] = Future()
            future.set_running_or_notify_cancel()  # those who wait cannot cancel it
            if key in self._handled:
                future.set_result(200)
                return future, False
            self._running[key] = future
            return future, True

    def _leave(self, key: str, future: Future[int], status: int) -> None:
        """Records the end of what `_enter` began."""
        with self._lock:
            del self._running[key]
            if status == 200 and self._outbox is None:
                self._handled[key] = None
                if len(self._handled) > _REMEMBERED:
                    self._handled.popitem(last=False)
        future.set_result(status)

    def _task_done(self, key: str, future: Future[int], task: asyncio.Task[int]) -> None:
        self._tasks.discard(task)
        self._leave(key, future, 500 if task.cancelled() or task.exception() else task.result())

    async def _process(self, callback: Callback, call: _Call) -> int:
        """Calls the handler, if the outbox has not seen the callback, and returns the status."""
        outbox = self._outbox
        claim = None
        try:
            claim = "new" if outbox is None else await call(outbox.claim, callback)
            if claim in _CLAIMED:
                return _CLAIMED[claim]
            if claim != "new":
                raise ValueError("the claim of an outbox must be 'new', 'repeat' or 'busy'")
            tracing = self._tracing
            with nullcontext() if tracing is None else tracing.handling(callback):
                await call(self._handler, callback)
            if outbox is not None:
                await call(outbox.apply, callback)
            return 200
        except asyncio.CancelledError:
            # What runs in a thread goes on. So the claim is not released; it ends by itself.
            _log.warning("handling a callback was cancelled (%s): it is answered with 500", type(callback).__name__)
            raise
        except BaseException as error:
            if outbox is not None and claim == "new":
                await self._release(outbox, callback, call)
            if not isinstance(error, Exception):
                raise
            _log.error(
                "handling a callback failed (%s): it is answered with 500", type(callback).__name__, exc_info=True
            )
            return 500

    def _process_in_thread(self, callback: Callback, loop: asyncio.AbstractEventLoop) -> int:
        """Calls all on one thread, so that a database sees one user."""
        return _run_here(self._process(callback, functools.partial(_call_in_thread, loop)))

    async def _release(self, outbox: CallbackOutbox, callback: Callback, call: _Call) -> None:
        try:
            await call(outbox.release, callback)
        except Exception:
            _log.error("the claim on a callback was not released: it ends by itself", exc_info=True)

    # WSGI and Django.

    def _answer_to(self, environ: dict[str, Any], read: Callable[[int], bytes], is_terminated: bool) -> Answer:
        """Returns the answer to a request that is described as CGI does."""
        body = self._read(environ, read, is_terminated)
        return self.handle(_peer(environ), _headers(environ), body) if isinstance(body, bytes) else body

    def _read(self, environ: dict[str, Any], read: Callable[[int], bytes], is_terminated: bool) -> bytes | Answer:
        """Returns the body, or the answer to a request whose body is not read."""
        declared = _length(environ.get("CONTENT_LENGTH"))
        refused = self._refuse(environ["REQUEST_METHOD"], _peer(environ), _headers(environ), declared or 0)
        if refused is not None:
            return refused
        if declared is None and not is_terminated:
            if "HTTP_TRANSFER_ENCODING" in environ:
                _log.warning("refused a callback: its body is in chunks, which this server does not read")
                return 411, [], b""
            declared = 0
        left = self._max_bytes + 1 if declared is None else declared
        parts: list[bytes] = []
        while left > 0:
            part = read(min(left, 65536))
            if not part:
                break
            parts.append(part)
            left -= len(part)
        return b"".join(parts)

    def _django_view(self, request: Any) -> Any:
        return _django_response(self._answer_to(request.META, request.read, _is_asgi(request)))

    async def _django_async_view(self, request: Any) -> Any:
        environ = request.META
        body = self._read(environ, request.read, _is_asgi(request))
        if isinstance(body, bytes):
            return _django_response(await self.handle_async(_peer(environ), _headers(environ), body))
        return _django_response(body)

    _django_view.__dict__["csrf_exempt"] = True
    _django_async_view.__dict__["csrf_exempt"] = True


class AsgiApp:
    """The ASGI application of a receiver."""

    # A class, because Starlette's Route takes functions and methods for views.

    def __init__(self, receiver: CallbackReceiver) -> None:
        self._receiver = receiver

    async def __call__(
        self,
        scope: MutableMapping[str, Any],
        receive: Callable[[], Awaitable[MutableMapping[str, Any]]],
        send: Callable[[MutableMapping[str, Any]], Awaitable[None]],
    ) -> None:
        """Answers one request."""
        if scope["type"] == "lifespan":
            for stage in ("startup", "shutdown"):
                await receive()
                await send({"type": f"lifespan.{stage}.complete"})
            return
        if scope["type"] != "http":
            raise ValueError(f"a receiver of callbacks answers HTTP requests, not {scope['type']}")
        receiver = self._receiver
        peer = (scope.get("client") or [None])[0]
        headers = list(scope["headers"])
        declared = [value.decode("latin-1") for name, value in headers if name.lower() == b"content-length"]
        length = _length(declared[-1] if declared else None)
        answer = receiver._refuse(scope["method"], peer, headers, length or 0)
        if answer is None:
            body = bytearray()
            more = True
            while more and len(body) <= receiver._max_bytes:
                message = await receive()
                if message["type"] == "http.disconnect":
                    return
                body += message.get("body", b"")
                more = message.get("more_body", False)
            answer = await receiver.handle_async(peer, headers, bytes(body))
        status, lines, content = answer
        lines.append(("content-length", str(len(content))))
        raw = [(name.lower().encode(), value.encode()) for name, value in lines]
        await send({"type": "http.response.start", "status": status, "headers": raw})
        await send({"type": "http.response.body", "body": content})


# How functions of the user are called.

_Call = Callable[[Callable[[Callback], object], Callback], Coroutine[Any, Any, Any]]


def _is_in_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


async def _call_in_loop(function: Callable[[Callback], object], callback: Callback) -> Any:
    """Calls a function without blocking the event loop."""
    if inspect.iscoroutinefunction(function):
        return await function(callback)
    result = await asyncio.to_thread(_call, function, callback)
    return await result if inspect.isawaitable(result) else result


def _call(function: Callable[[Callback], object], callback: Callback) -> object:
    try:
        return function(callback)
    except StopIteration as error:  # no future can hold it
        raise RuntimeError("StopIteration") from error


async def _call_in_thread(
    loop: asyncio.AbstractEventLoop, function: Callable[[Callback], object], callback: Callback
) -> Any:
    """Calls a function on this thread, and awaits in the event loop what it returns."""
    result = function(callback)
    return asyncio.run_coroutine_threadsafe(_await(result), loop).result() if inspect.isawaitable(result) else result


async def _call_inline(function: Callable[[Callback], object], callback: Callback) -> Any:
    """Calls a function on this thread, whose event loop has nothing else to do."""
    result = function(callback)
    return await result if inspect.isawaitable(result) else result


async def _call_here(function: Callable[[Callback], object], callback: Callback) -> Any:
    """Calls a function on this thread, which has no event loop."""
    result = function(callback)
    return asyncio.run(_await(result)) if inspect.isawaitable(result) else result


async def _await(awaitable: Awaitable[Any]) -> Any:
    return await awaitable


def _run_here(coroutine: Coroutine[Any, Any, int]) -> int:
    """Runs a coroutine that waits for nothing."""
    try:
        coroutine.send(None)
    except StopIteration as done:
        return int(done.value)
    raise AssertionError("the coroutine waits")


# What requests say.


def _peer(environ: dict[str, Any]) -> str | None:
    return environ.get("REMOTE_ADDR")


def _headers(environ: dict[str, Any]) -> list[tuple[str, str]]:
    """Returns the headers of a request that is described as CGI does."""
    names = [name for name in environ if name.startswith("HTTP_")]
    return [(name[len("HTTP_") :].replace("_", "-"), environ[name]) for name in names]


def _length(text: str | None) -> int | None:
    """Returns the length that a request declares for its body."""
    return int(text[:20]) if text and text.isdecimal() else None


def _is_asgi(request: Any) -> bool:
    """Whether a request of Django came through ASGI: then all of its body has arrived."""
    return "wsgi.input" not in request.META


def _django_response(answer: Answer) -> Any:
    status, headers, body = answer
    sized = {**dict(headers), "Content-Length": str(len(body))}
    return import_module("django.http").HttpResponse(body, status=status, headers=sized)
