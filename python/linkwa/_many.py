"""The results of `send_many`, as iterators."""

from __future__ import annotations

from ._hub import hub
from ._lazy import Lazy
from ._linkwa import Chunk, NativeMany, Pending, Progress

TYPE_CHECKING = False
if TYPE_CHECKING:
    import asyncio
    from collections import deque
    from collections.abc import AsyncIterable, Awaitable, Coroutine, Sequence
    from types import TracebackType
    from typing import Any, Callable

    from . import types
    from ._events import RunEvents
    from ._linkwa import NativeClient
else:
    types = Lazy("linkwa.types")

_ENDLESS = float("inf")
_PENDING = Pending()


class _Many:
    """The base of both kinds of runs."""

    def __init__(self, run: NativeMany, events: RunEvents | None) -> None:
        self._run = run
        self._events = events
        self._kept: list[Chunk] = []
        """Results in whose place an exception was raised."""

    @property
    def ref_id(self) -> str:
        """The beginning of the references of the requests: `{ref_id}-{index}`."""
        return self._run.ref_id

    @property
    def progress(self) -> Progress:
        """The progress of the run, counted in destinations. Any thread may read it, even while another waits for a
        result."""
        return self._run.progress()

    def checkpoint(self) -> str:
        """Returns which requests are done, as a short text to store and to pass to `send_many(resume=…)`. Requests
        under way count as unknown.

        A checkpoint does not know about requests that began after it was taken: after a crash, look up their references
        before you resume.
        """
        return self._run.checkpoint()

    def stop(self) -> None:
        """Stops the run: no further request begins. Requests that have begun still give results. Any thread may call
        it, and so may the run's own destinations and message function."""
        self._run.stop()

    def _report(self, chunk: Chunk | None = None) -> None:
        """Reports the requests that have ended. Keeps the result if an exception of an observer takes its place."""
        if self._events is not None:
            try:
                self._events.report()
            except BaseException as error:
                if chunk is not None:
                    self._kept.append(chunk)
                self._run.interrupt(error)
                raise

    def _take_kept(self) -> Chunk | None:
        try:
            return self._kept.pop()
        except IndexError:
            return None

    def _close(self, error: BaseException | None = None) -> None:
        if error is None:
            self._run.abandon("close()")
        else:
            self._run.interrupt(error)
        self._report()

    def __del__(self) -> None:
        run = getattr(self, "_run", None)
        if run is not None:
            run.abandon("garbage collection, before all results were read")


class SendMany(_Many):
    """The results of `Client.send_many`, in the order in which requests end.

    Requests begin only while you wait for the next result; those that have begun go on. Ctrl-C during the wait,
    `close()`, and leaving the `with` block end the run and cancel requests under way. If there were any, the log has a
    warning with their outcome, and so has the exception that ended the run: in `linkwa_ref_id`, the run's reference; in
    `linkwa_outcome`, `unknown` if a request under way may have been accepted; and in a note on Python 3.11 and newer.
    The results of cancelled requests can still be read, and `checkpoint()` includes them.

    An exception of the destinations ends the run as well: results of requests under way come first, then the exception
    is raised. The request whose destinations were being taken is not sent. An exception of the message function is the
    `__cause__` of the error in its destination's chunk, and the run goes on.
    """

    def __iter__(self) -> types.Self:
        return self

    def __next__(self) -> Chunk:
        chunk = self._take_kept()
        if chunk is not None:
            return chunk
        here = hub()
        try:
            chunk = self._run.next() if here is None else here.next_of(self._run)
        finally:
            self._report(chunk)
        if chunk is None:
            raise StopIteration
        return chunk

    def close(self) -> None:
        """Ends the run, and cancels requests under way."""
        self._close()

    def __enter__(self) -> types.Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._close(error)


class _Waiter:
    """Waits for the next result of a run."""

    __slots__ = ("future",)

    def __init__(self) -> None:
        self.future: asyncio.Future[None] | None = None

    def wake(self, _: object = None) -> None:
        if self.future is not None and not self.future.done():
            self.future.set_result(None)


class _Task:
    """A task of a run, on the loop that reads the run."""

    __slots__ = ("_is_ended", "_loop", "_task", "_waiter")

    def __init__(self, waiter: _Waiter) -> None:
        self._waiter = waiter
        self._is_ended = False
        self._task: asyncio.Task[Any] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    def _start(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        from asyncio import get_running_loop

        self._loop = get_running_loop()
        task = self._task = self._loop.create_task(work)
        task.add_done_callback(self._waiter.wake)
        return task

    def is_of_another(self, loop: asyncio.AbstractEventLoop) -> bool:
        """Whether it is running on another loop."""
        return self._task is not None and not self._task.done() and self._loop is not loop

    def cancel(self) -> None:
        """Can be called from any thread, and after the loop is closed."""
        if self._task is not None and self._loop is not None:
            try:
                self._loop.call_soon_threadsafe(self._cancel_once)
            except RuntimeError:  # It is closed.
                return

    def _cancel_once(self) -> None:
        # A second cancellation would interrupt its cleanup.
        if not self._is_ended and self._task is not None:
            self._is_ended = True
            self._task.cancel()

    async def end(self) -> None:
        """Cancels it, and waits until it has ended. The loop reports errors of the cleanup."""
        from asyncio import current_task, get_running_loop, wait

        task = self._task
        if task is None or self._loop is not get_running_loop() or task is current_task():
            return
        if not task.done():
            self._cancel_once()
            await wait([task])
        # Its exception holds a frame that holds this object.
        self._task = None
        self._is_ended = True


class _Destinations(_Task):
    """The destinations of an async iterable, as an iterator that returns `Pending` while it waits.

    One task reads them, a few ahead of the run, and only while the run has room for more.
    """

    __slots__ = ("_error", "_iterable", "_read", "_wanted")

    AHEAD = 100
    """The number of destinations read before the run takes them."""

    def __init__(self, iterable: AsyncIterable[str], waiter: _Waiter) -> None:
        from collections import deque

        super().__init__(waiter)
        self._iterable = iterable
        self._read: deque[str] = deque()
        self._error: BaseException | None = None
        self._wanted: asyncio.Future[None] | None = None

    def __iter__(self) -> _Destinations:
        return self

    def __next__(self) -> str | Pending:
        if self._task is None and not self._is_ended:
            self._start(self._pump())
        if self._read:
            return self._read.popleft()
        error, self._error = self._error, None
        if error is not None:
            try:
                raise error
            finally:
                # The exception holds this frame, which holds the exception: this breaks the cycle.
                del error
        if self._task is None or self._task.done():
            raise StopIteration
        if self._wanted is not None and not self._wanted.done():
            self._wanted.set_result(None)
        return _PENDING

    async def _pump(self) -> None:
        from asyncio import get_running_loop

        iterator: Any = None
        try:
            iterator = self._iterable.__aiter__()
            async for destination in iterator:
                self._read.append(destination)
                self._waiter.wake()
                while len(self._read) >= self.AHEAD:
                    self._wanted = get_running_loop().create_future()
                    await self._wanted
        except GeneratorExit:
            # Its loop is closed, so nothing can be awaited any more.
            raise
        except BaseException as error:
            if not self._is_ended:
                self._error = error
        # Other objects with an `aclose` belong to the caller.
        if hasattr(iterator, "asend"):
            await iterator.aclose()


class _Messages(_Task):
    """The caller's message function. If it is async, this returns `Pending` while it waits."""

    __slots__ = ("_function",)

    def __init__(self, function: Callable[[str], Any], waiter: _Waiter) -> None:
        super().__init__(waiter)
        self._function = function

    def __call__(self, destination: str) -> Any:
        task = self._task
        if task is None:
            message = self._function(destination)
            if not hasattr(message, "__await__"):
                return message
            task = self._start(_awaited(message))
        if not task.done():
            return _PENDING
        self._task = None
        return task.result()


async def _awaited(message: Awaitable[Any]) -> Any:
    return await message


class AsyncSendMany(_Many):
    """The results of `AsyncClient.send_many`, in the order in which requests end; one task at a time may read them.

    Requests begin only while you wait for the next result; those that have begun go on. Cancelling the waiting task,
    `aclose()`, and leaving the `async with` block end the run and cancel requests under way. If there were any, the log
    and the exception have their outcome, as with `SendMany`. To wait for a limited time without ending the run, pass a
    task of `anext()` to `asyncio.wait()`.

    The destinations and the message function are called on the event loop. An exception of the destinations is raised
    after the results of requests under way; one of the message function is the `__cause__` of its destination's error.
    A separate task reads async destinations, at most 100 ahead of the requests. The end of the run always closes an
    async generator.
    """

    def __init__(self, run: NativeMany, events: RunEvents | None, waiter: _Waiter, tasks: Sequence[_Task]) -> None:
        super().__init__(run, events)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._waiter = waiter
        self._tasks = tasks

    def __aiter__(self) -> types.Self:
        return self

    async def __anext__(self) -> Chunk:
        from ._client import completions, running_loop

        chunk = self._take_kept()
        if chunk is not None:
            return chunk
        loop = running_loop()
        if self._waiter.future is not None:
            raise RuntimeError("another task waits for the next result of this run")
        if loop is not self._loop:
            if any(task.is_of_another(loop) for task in self._tasks):
                raise RuntimeError(
                    "async destinations and message functions are bound to the loop that began to read them"
                )
            self._loop = loop
            self._run.listen(completions(loop), self._waiter.wake)
        try:
            chunk = await self._next(loop)
        except GeneratorExit:
            self._cancel()
            raise
        except BaseException:
            await self._end()
            raise
        finally:
            self._report(chunk)
        if chunk is None:
            await self._end()
            raise StopAsyncIteration
        return chunk

    async def _next(self, loop: asyncio.AbstractEventLoop) -> Chunk | None:
        while True:
            step = self._run.try_next()
            if not isinstance(step, (int, float)):
                return step
            future = self._waiter.future = loop.create_future()
            timer = None if step == _ENDLESS else loop.call_later(step, self._waiter.wake)
            try:
                await future
            except BaseException as error:
                self._run.interrupt(error)
                raise
            finally:
                self._waiter.future = None
                if timer is not None:
                    timer.cancel()

    def _cancel(self) -> None:
        for task in getattr(self, "_tasks", ()):
            task.cancel()

    async def _end(self) -> None:
        for task in self._tasks:
            await task.end()

    async def aclose(self) -> None:
        """Ends the run, cancels requests under way, and closes async destinations."""
        await self._aclose()

    async def _aclose(self, error: BaseException | None = None) -> None:
        self._close(error)
        await self._end()

    async def __aenter__(self) -> types.Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._aclose(error)

    def __del__(self) -> None:
        super().__del__()
        self._cancel()


def async_send_many(
    client: NativeClient,
    events: RunEvents | None,
    destinations: Any,
    message: Any,
    options: types.SendOptions,
    run: dict[str, Any],
) -> AsyncSendMany:
    """A run of `AsyncClient.send_many`."""
    waiter = _Waiter()
    tasks: list[_Task] = []
    if hasattr(destinations, "__aiter__"):
        destinations = _Destinations(destinations, waiter)
        tasks.append(destinations)
    if callable(message):
        message = _Messages(message, waiter)
        tasks.append(message)
    return AsyncSendMany(NativeMany(client, destinations, message, options, run), events, waiter, tasks)


for _class in (SendMany, AsyncSendMany):
    _class.__module__ = "linkwa"
