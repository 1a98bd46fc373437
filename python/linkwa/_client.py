"""Clients."""

from __future__ import annotations

from collections.abc import AsyncIterable, Awaitable, Callable, Iterable, Mapping, Sequence

from . import _linkwa
from ._errors import LinkwaError
from ._events import Listener, RunEvents, listen, observed
from ._hub import hub
from ._lazy import Lazy
from ._linkwa import Completions, Event, HttpResponse, NativeClient, NativePending, SendResult
from ._many import AsyncSendMany, SendMany, async_send_many
from ._verbs import AsyncVerbs, Verbs

TYPE_CHECKING = False
if TYPE_CHECKING:
    import asyncio
    import typing
    from types import TracebackType
    from typing import Any
    from weakref import WeakKeyDictionary

    from . import types
    from .otel import ClientTracing
else:
    # Importing these would take longer than everything else in linkwa.
    types, typing = Lazy("linkwa.types"), Lazy("typing")


class _Account:
    """The base of both clients."""

    _listeners: Sequence[Listener] = ()
    _tracing: ClientTracing | None = None

    if TYPE_CHECKING:
        _native: NativeClient

    def __init__(self, *, username: str, password: str, **settings: types.Unpack[types.ClientSettings]) -> None:
        """Makes a client of the account with this `username` and `password`. The password is never printed.

        It needs one of the settings `region` and `base_url`. `linkwa.ClientSettings` describes all `settings`.

        Raises `InvalidConfig` if the client could not work, and a `TypeError` that names an argument of a wrong type or
        name. It sends nothing and opens no connection.
        """
        self._native = NativeClient({"username": username, "password": password, **settings})

    @classmethod
    def from_env(
        cls,
        *,
        username: typing.Optional[str] = None,
        password: typing.Optional[str] = None,
        **settings: types.Unpack[types.ClientSettings],
    ) -> types.Self:
        """Makes a client with the configuration of the environment: `LINKWA_USERNAME`, `LINKWA_PASSWORD`, and the
        variables of the settings in `linkwa.ClientSettings` that have one. An empty variable counts as not set.

        The arguments are those of the class, and override the environment.

        Raises `InvalidConfig`, which names every variable that is missing or invalid.

            >>> import linkwa
            >>> with linkwa.Client.from_env(timeout=5.0, priority="HIGH") as client:
            ...     client.send_text("+46000000001", "Hello").result_code
            112001
        """
        client = cls.__new__(cls)
        client._native = NativeClient.from_env({"username": username, "password": password, **settings})
        return client

    def on_event(self, function: typing.Callable[[Event], object]) -> typing.Callable[[], None]:
        """Calls `function` with an `Event` for each step of each send of this client: queued, an attempt begun, a phase
        reached, the attempt ended, the send ended. An event never has a phone number, a text or a credential.

        The events of a send come together, after it has ended and before its verb returns or raises. They come on the
        caller's thread or event loop, with the caller's context variables. Those of a `send_many` come each time a result
        is read. `time` says when each event happened, and `elapsed` how long the attempt or the send had taken by then,
        both in seconds. What happens later to an attempt that was cut off is not reported.

        The function delays the caller, so it must not wait; on an event loop it cannot be a coroutine function. It may
        call any method of the client, and its own sends are reported too. An `Exception` that it raises is logged, and the
        send goes on. `KeyboardInterrupt` and `SystemExit` reach the caller in place of the result, with the attributes
        `linkwa_ref_id` and `linkwa_outcome`; a run is then ended as by Ctrl-C, and keeps the result for its next reader.

        Returns a function that ends the calls. Raises `TypeError` for what cannot be called. The default client has no
        function of this name: make a client with `Client.from_env()`.

            >>> import linkwa
            >>> with linkwa.Client.from_env() as client:
            ...     remove = client.on_event(lambda event: print(event.kind, event.outcome))
            ...     sent = client.send_location("+46000000001", latitude=59.33, longitude=18.07)
            ...     remove()
            send_queued None
            attempt_begun None
            phase_reached None
            phase_reached None
            attempt_ended accepted
            send_ended accepted
        """
        listeners: list[Listener] = self.__dict__.setdefault("_listeners", [])  # in one step for other threads
        return listen(listeners, function)

    def build(
        self,
        to: typing.Union[str, Sequence[str]],
        message: types.Messages,
        **options: types.Unpack[types.SendOptions],
    ) -> bytes:
        """Returns the exact bytes that `send` would post, and sends nothing. Without a `ref_id` each call makes a new one.
        The arguments are those of `send`; `timeout` has no effect.

        Raises `InvalidRequest` with all findings.

            >>> import linkwa
            >>> linkwa.build("+46000000001", linkwa.Text("Hello"), ref_id="order-17")[:24]
            b'{"platformId":"p","platf'
        """
        return self._native.build(to, message, options)


class Client(Verbs, _Account):
    """Sends through one account at the gateway.

    Threads may share it; it keeps connections alive between sends. A `with` block closes it at the end. Its verbs raise
    a `LinkwaError`, whose `outcome` says what is known about the message:

    - `InvalidRequest` (`not_sent`): validation found errors; fix what `findings` names.
    - `NotSent` (`not_sent`): no byte of the message left, and none will; you may send it again.
    - `Rejected` (`rejected`): the gateway refused it.
    - `OutcomeUnknown` (`unknown`): the message may have been accepted. Do not send it again before you have looked for
      its event report.
    - `InternalError`: a bug of linkwa; its `outcome` says what is known, `unknown` if nothing is.

    Ctrl-C while a send blocks the main thread cancels it. The `KeyboardInterrupt` has the attributes `linkwa_ref_id`
    and `linkwa_outcome` (`accepted`, `rejected`, `not_sent` or `unknown`), and a note with both on Python 3.11 and
    newer; the log has a warning with the same text. If gevent or eventlet has patched `threading`, other greenlets go
    on. After `fork()` the child may use the client, with its own connections and threads; sends under way stay in the
    parent.

        >>> import linkwa
        >>> with linkwa.Client.from_env() as client:
        ...     try:
        ...         sent = client.send_text("+46000000001", "Hello")
        ...     except linkwa.OutcomeUnknown as error:
        ...         print("look for the event report of", error.ref_id)
        >>> sent.result_code
        112001
    """

    def _send(
        self, to: typing.Union[str, Sequence[str]], message: types.Messages, options: types.SendOptions
    ) -> SendResult:
        sent: SendResult = self._run("send", "submit", to, message, options)
        return sent

    def _run(self, here: str, elsewhere: str, *arguments: Any) -> Any:
        """Sends on this thread, or with gevent and eventlet elsewhere, and reports it."""
        tracing = self._tracing
        if tracing is None and not self._listeners:
            return self._run_with(self._native, here, elsewhere, *arguments)
        with observed(self._native, self._listeners, tracing, here) as native:
            return self._run_with(native, here, elsewhere, *arguments)

    def _run_with(self, native: NativeClient, here: str, elsewhere: str, *arguments: Any) -> Any:
        pool = hub()
        if pool is None:
            return getattr(native, here)(*arguments)
        return pool.wait(getattr(native, elsewhere)(*arguments, None, None))

    def send_request(
        self, request: typing.Union[types.MessageRequestDict, str, bytes], *, timeout: typing.Optional[float] = None
    ) -> SendResult:
        """Sends a whole request in wire form, a mapping or JSON as `str` or `bytes` of at most 1 MiB and 64 levels. It
        is validated and normalised; the client's defaults are not added. `timeout` is in seconds, as for `send`.

        Errors are those of `send`; a text that is not a JSON object has the finding `invalid_json`.

            >>> import linkwa
            >>> request = {
            ...     "platformId": "platform id",
            ...     "platformPartnerId": "partner id",
            ...     "priority": "NORMAL",
            ...     "refId": linkwa.new_ref_id(),
            ...     "source": "+46000000000",
            ...     "destinations": ["+46000000001"],
            ...     "messages": [{"type": "text", "text": {"body": "Hello"}}],
            ... }
            >>> linkwa.send_request(request).result_code
            112001
        """
        sent: SendResult = self._run("send_request", "submit_request", request, timeout)
        return sent

    def send_raw(
        self,
        request: typing.Union[types.MessageRequestDict, Mapping[str, typing.Any], str, bytes],
        *,
        timeout: typing.Optional[float] = None,
    ) -> SendResult:
        """Sends a whole request in wire form as it is, for features newer than version 1.4.1 of the API. It must be one
        JSON object of at most 1 MiB and 64 levels; nothing else is checked, and nothing is filled in, not even a
        `refId`, without which an unknown outcome cannot be reconciled. `timeout` is in seconds, as for `send`.

        Errors are those of `send`.

            >>> import linkwa
            >>> request = (
            ...     '{"platformId": "p", "platformPartnerId": "pp", "priority": "LOW", "refId": "17", '
            ...     '"source": "+46000000000", "destinations": ["+46000000001"], '
            ...     '"messages": [{"type": "text", "text": {"body": "Hello"}}]}'
            ... )
            >>> linkwa.send_raw(request).ref_id
            '17'
        """
        sent: SendResult = self._run("send_raw", "submit_raw", request, timeout)
        return sent

    def request(
        self,
        method: types.HttpMethod,
        path: str,
        body: typing.Union[Mapping[str, typing.Any], str, bytes, bytearray, memoryview, None] = None,
        *,
        content_type: typing.Optional[str] = None,
        timeout: typing.Optional[float] = None,
    ) -> HttpResponse:
        """Sends an HTTP request to another resource of the gateway than `/messages`, with the same account, headers,
        proxy and timeout (not in version 1.4.1 of LINK's document).

        `method` is `GET`, `POST`, `PUT`, `PATCH` or `DELETE`. `path` stands behind the base URL, with or without a
        slash at its beginning, and may have a query. It has at most 2,048 bytes, all of them characters that a URL can
        have (others are percent-encoded), no `.` or `..` segment, no scheme and no host.

        A mapping as `body`, of at most 1 MiB and 64 levels, is sent as JSON, `str` and `bytes` as they are; an empty
        `str` or `bytes` stands for no body. `content_type` is the media type of the body, `application/json` without
        one. `timeout` is in seconds, as for `send`.

        Returns every complete answer, whatever its status: the library does not look into it, and follows no redirect.
        An answer has at most 16 MiB. Only what certainly was not sent is retried.

        Raises `InvalidRequest` with a finding at `method`, `path` or `contentType`, or for a mapping that is too large
        or too deep; `NotSent` if no byte of the body left, or without a body no byte of the request; `OutcomeUnknown`
        if the gateway may have acted on the request. It never raises `Rejected`, and its errors have no `ref_id`.

        For example, this marks a received message as read and shows that an answer is being typed. It is not in version
        1.4.1 of LINK's document; ask LINK whether your account can use it and what the body must be. The sandbox has no
        such resource:

            >>> import linkwa
            >>> body = {"messageId": "8aU6cwxAKE9NzMLrS6M82Y", "status": "read", "typing": True}
            >>> linkwa.request("POST", "mo/status", body).status
            404
        """
        response: HttpResponse = self._run("request", "submit_http", method, path, body, content_type, timeout)
        return response

    def send_many(
        self,
        destinations: Iterable[str],
        message: typing.Union[types.Messages, Callable[[str], types.Messages]],
        *,
        destinations_per_request: typing.Optional[int] = None,
        rate: typing.Optional[float] = None,
        resume: typing.Optional[str] = None,
        resend_unknown: bool = False,
        **options: types.Unpack[types.SendOptions],
    ) -> SendMany:
        """Sends the same message to many destinations, in requests of up to `destinations_per_request` destinations
        (100 by default). As many requests run at once as the client has connections, in bounded memory, with at most
        `rate` destinations per second. Nothing is sent before you ask for the first result.

        `destinations` may be an endless iterator. `message` may also be a function from a destination to its message;
        each destination is then one request. The `ref_id` of a request is `{ref_id}-{index}`; the timeout applies to
        each request.

        `resume` continues from the `checkpoint()` of an earlier run: pass the same destinations in the same order.
        Requests that were accepted or whose outcome is unknown are skipped. With `resend_unknown` the unknown ones are
        sent again: **recipients of those that were accepted get the message twice.** A run with other destinations,
        another `ref_id` or another size of requests is refused. To send to numbers that you have corrected, begin a new
        run with only these.

        Each destination is checked when it is taken. One that is invalid, or whose message function raises or returns
        no message, gets its own chunk, and the others are sent.

        - HTTP 429 pauses the whole run for the time of its `Retry-After`. The request is sent again, up to 10 times in
          all.
        - HTTP 503 also pauses the run, and so do three requests in a row without a connection or an answer.
        - HTTP 401 and 403 end the run, and so do 15 minutes with nothing but HTTP 429, 503 and no answer. No further
          request begins, and a checkpoint resumes the run.
        - A closed client ends the run.

        Returns a `SendMany`. Errors of requests are not raised: they are the `error` of their `Chunk`. Options are
        those of `send`. Raises `InvalidConfig` for a number out of range, for a text that is not a checkpoint, and for
        another run's checkpoint. An exception of `destinations` is raised after the last result.

            >>> import linkwa
            >>> numbers = [f"+4670000{index:04}" for index in range(250)]
            >>> with linkwa.send_many(numbers, linkwa.Text("We are moving"), rate=500) as many:
            ...     for chunk in many:
            ...         if chunk.error is not None:
            ...             print(chunk.ref_id, len(chunk.destinations), chunk.error.outcome)
            >>> many.progress.sent
            250
        """
        run = {
            "destinations_per_request": destinations_per_request,
            "rate": rate,
            "resume": resume,
            "resend_unknown": resend_unknown,
        }
        native, events = RunEvents.of(self)
        return SendMany(_linkwa.NativeMany(native, destinations, message, options, run), events)

    def close(self, timeout: typing.Optional[float] = None) -> None:
        """Closes the client. It accepts no new sends. Sends that wait for a worker fail at once, `not_sent` (`closed`);
        sends under way may finish for `timeout` seconds, and are then cancelled. Without a timeout it waits for them."""
        here = hub()
        if here is None:
            self._native.close(timeout)
        else:
            here.run(lambda: self._native.close(timeout))

    def __enter__(self) -> types.Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


class AsyncClient(AsyncVerbs, _Account):
    """Sends through one account at the gateway, from asyncio: the verbs of `Client`, as coroutines.

    No thread waits for a send: a bounded set of workers sends, whatever the number of tasks. A client may be used on
    several event loops. An `async with` block closes it at the end.

    Cancelling the task that awaits a send ends the send: if no byte of the message had left, none will. The
    `CancelledError` has the attributes `linkwa_ref_id` and `linkwa_outcome`, as the `KeyboardInterrupt` of `Client`. It
    needs an event loop of asyncio.

        >>> import asyncio, linkwa
        >>> async def main():
        ...     async with linkwa.AsyncClient.from_env() as client:
        ...         numbers = ["+46000000001", "+46000000002", "+46000000003"]
        ...         sent = await asyncio.gather(*(client.send_text(number, "Hello") for number in numbers))
        ...     return [result.result_code for result in sent]
        >>> asyncio.run(main())
        [112001, 112001, 112001]
    """

    async def _send(
        self, to: typing.Union[str, Sequence[str]], message: types.Messages, options: types.SendOptions
    ) -> SendResult:
        sent: SendResult = await self._settled("submit", to, message, options)
        return sent

    async def _settled(self, submit: str, *arguments: Any) -> Any:
        """Submits a send, awaits its outcome, and reports it."""
        tracing = self._tracing
        if tracing is None and not self._listeners:
            return await self._settled_with(self._native, submit, *arguments)
        with observed(self._native, self._listeners, tracing, submit) as native:
            return await self._settled_with(native, submit, *arguments)

    async def _settled_with(self, native: NativeClient, submit: str, *arguments: Any) -> Any:
        loop = running_loop()
        future: asyncio.Future[Any] = loop.create_future()
        pending: NativePending | None = None
        try:
            pending = getattr(native, submit)(*arguments, completions(loop), future)
            return await future
        except LinkwaError:
            raise
        except BaseException as error:
            # Ctrl-C can arrive here before the loop cancels the task.
            if pending is not None:
                pending.abandon(error)
            raise
        finally:
            # The exception holds this frame, which holds the future, which holds the exception: this breaks the cycle.
            del future

    async def send_request(
        self, request: typing.Union[types.MessageRequestDict, str, bytes], *, timeout: typing.Optional[float] = None
    ) -> SendResult:
        """Does what `Client.send_request` does, without blocking the event loop."""
        sent: SendResult = await self._settled("submit_request", request, timeout)
        return sent

    async def send_raw(
        self,
        request: typing.Union[types.MessageRequestDict, Mapping[str, typing.Any], str, bytes],
        *,
        timeout: typing.Optional[float] = None,
    ) -> SendResult:
        """Does what `Client.send_raw` does, without blocking the event loop."""
        sent: SendResult = await self._settled("submit_raw", request, timeout)
        return sent

    async def request(
        self,
        method: types.HttpMethod,
        path: str,
        body: typing.Union[Mapping[str, typing.Any], str, bytes, bytearray, memoryview, None] = None,
        *,
        content_type: typing.Optional[str] = None,
        timeout: typing.Optional[float] = None,
    ) -> HttpResponse:
        """Does what `Client.request` does, without blocking the event loop."""
        response: HttpResponse = await self._settled("submit_http", method, path, body, content_type, timeout)
        return response

    def send_many(
        self,
        destinations: typing.Union[Iterable[str], AsyncIterable[str]],
        message: typing.Union[types.Messages, Callable[[str], typing.Union[types.Messages, Awaitable[types.Messages]]]],
        *,
        destinations_per_request: typing.Optional[int] = None,
        rate: typing.Optional[float] = None,
        resume: typing.Optional[str] = None,
        resend_unknown: bool = False,
        **options: types.Unpack[types.SendOptions],
    ) -> AsyncSendMany:
        """Does what `Client.send_many` does, on the event loop. `destinations` may also be an async iterator, and
        `message` an `async def` function. Messages are made one after the other.

        Returns an `AsyncSendMany`. Raises what `Client.send_many` raises.

            >>> import asyncio, linkwa
            >>> async def main():
            ...     numbers = [f"+4670000{index:04}" for index in range(250)]
            ...     async with linkwa.AsyncClient.from_env() as client:
            ...         async with client.send_many(numbers, linkwa.Text("We are moving")) as many:
            ...             return [chunk.error async for chunk in many]
            >>> asyncio.run(main())
            [None, None, None]
        """
        run = {
            "destinations_per_request": destinations_per_request,
            "rate": rate,
            "resume": resume,
            "resend_unknown": resend_unknown,
        }
        native, events = RunEvents.of(self)
        return async_send_many(native, events, destinations, message, options, run)

    async def close(self, timeout: typing.Optional[float] = None) -> None:
        """Does what `Client.close` does, without blocking the event loop."""
        loop = running_loop()
        future: asyncio.Future[None] = loop.create_future()
        self._native.close_soon(timeout, completions(loop), future)
        await future

    aclose = close

    async def __aenter__(self) -> types.Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.close()


def running_loop() -> asyncio.AbstractEventLoop:
    """The event loop that runs this coroutine."""
    from asyncio import get_running_loop

    try:
        return get_running_loop()
    except RuntimeError:
        raise RuntimeError(
            "AsyncClient needs a running event loop of asyncio, and there is none here; under trio use Client in a thread: "
            "`await trio.to_thread.run_sync(client.send_text, ...)`; with anyio choose the backend asyncio"
        ) from None


_queues: WeakKeyDictionary[asyncio.AbstractEventLoop, Completions] | None = None


def completions(loop: asyncio.AbstractEventLoop) -> Completions:
    """Returns the queue that delivers results to this loop."""
    global _queues
    from weakref import WeakKeyDictionary, ref

    if _queues is None:
        _queues = WeakKeyDictionary()
    queue = _queues.get(loop)
    if queue is None or queue.is_foreign:
        # Items that came while a loop was being closed hold its futures, and those hold the loop.
        for other in [reference() for reference in _queues.keyrefs()]:
            if other is not None and other.is_closed():
                _queues.pop(other, None)
        queue = _queues[loop] = Completions(ref(loop))
    return queue


class _DefaultClient(Client):
    """The client of `configure`, or of the environment."""

    def __init__(self) -> None:
        pass

    @property
    def _native(self) -> NativeClient:  # type: ignore[override]
        return NativeClient.default()

    def __repr__(self) -> str:
        return "<linkwa's default client>"


def configure(*, username: str, password: str, **settings: types.Unpack[types.ClientSettings]) -> None:
    """Sets the client that the functions of this package use; the arguments are those of `Client`. It replaces the
    environment's and an earlier one; sends under way finish on the client that they began with.

    Raises `InvalidConfig`; the default client then stays as it was.

        >>> import linkwa
        >>> linkwa.configure(
        ...     region="n-eu",
        ...     username="user",
        ...     password="secret",
        ...     platform_id="platform id",
        ...     platform_partner_id="partner id",
        ...     source="+46000000000",
        ... )
    """
    _linkwa.configure({"username": username, "password": password, **settings})


_default = _DefaultClient()


def _of_default(verb: Any) -> Any:
    """Returns a verb of the default client, as a function that can be pickled by its name."""

    def function(*args: Any, **kwargs: Any) -> Any:
        return verb(_default, *args, **kwargs)

    function.__name__ = function.__qualname__ = verb.__name__
    function.__module__ = "linkwa"
    function.__doc__ = verb.__doc__
    function.__annotations__ = dict(verb.__annotations__)
    function.__wrapped__ = verb.__get__(_default)  # type: ignore[attr-defined]
    return function


# Type checkers see the functions as these bound methods.
# <generated functions>
send = _default.send
send_text = _default.send_text
send_image = _default.send_image
send_audio = _default.send_audio
send_video = _default.send_video
send_document = _default.send_document
send_location = _default.send_location
send_contacts = _default.send_contacts
send_template = _default.send_template
send_interactive = _default.send_interactive
send_request = _default.send_request
send_raw = _default.send_raw
send_many = _default.send_many
request = _default.request
build = _default.build
# </generated>
for _class, _name in ((_Account, "Client"), (Verbs, "Client"), (Client, "Client"), (AsyncVerbs, "AsyncClient")):
    for _verb in vars(_class).values():
        _function = getattr(_verb, "__func__", _verb)
        if not hasattr(_function, "__code__"):
            continue
        # Errors and pickles name the public class, not the one that defines a verb.
        _function.__module__, _function.__qualname__ = "linkwa", f"{_name}.{_function.__name__}"
        if _name == "Client" and _function.__name__.startswith(("send", "request", "build")):
            globals()[_function.__name__] = _of_default(_function)

Client.__module__ = AsyncClient.__module__ = configure.__module__ = "linkwa"
