"""The results of `send_many`, as iterators."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    import asyncio
    from types import TracebackType

    from ._linkwa import Chunk, NativeMany, Progress

_ENDLESS = float("inf")


class _Many:
    """What both kinds of runs have."""

    __slots__ = ("__weakref__", "_run")

    def __init__(self, run: NativeMany) -> None:
        self._run = run

    @property
    def ref_id(self) -> str:
        """The reference that those of the requests begin with: `{ref_id}-{index}`."""
        return self._run.ref_id

    @property
    def progress(self) -> Progress:
        """How far the run is, counted in destinations. Any thread may look, also while another one waits for a result."""
        return self._run.progress()

    def checkpoint(self) -> str:
        """Which requests were dealt with until now, as a short text to be kept, and given to `send_many(resume=…)`; those
        under way count as unknown.

        It is as new as the moment it was made: after a crash find out about later requests by their references before you
        resume.
        """
        return self._run.checkpoint()

    def stop(self) -> None:
        """Begins no more requests. Those that have begun still come as results. Any thread may call it, and so may the
        run's own destinations and message function."""
        self._run.stop()

    def _close(self) -> None:
        self._run.abandon("close()")

    def __del__(self) -> None:
        run = getattr(self, "_run", None)
        if run is not None:
            run.abandon("its end: nobody reads its results any more")


class SendMany(_Many):
    """The results of `Client.send_many`, in the order in which the requests are done.

    Requests begin only while the next result is waited for; those that have begun go on by themselves. Ctrl-C while one
    waits, `close()`, and leaving its `with` block end the run: what is under way is cancelled, and if there was something,
    a warning in the log says what came of it. The results of what was cancelled can still be read, and `checkpoint()`
    knows of them.

    What the destinations or the message function raise ends the run as well: what is under way still comes, then the
    exception. The request whose destinations were just being taken is not sent.
    """

    __slots__ = ()

    def __iter__(self) -> SendMany:
        return self

    def __next__(self) -> Chunk:
        chunk = self._run.next()
        if chunk is None:
            raise StopIteration
        return chunk

    def close(self) -> None:
        """Ends the run, and cancels what is under way."""
        self._close()

    def __enter__(self) -> SendMany:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._close()


class _Waiter:
    """Who waits for the next result of a run."""

    __slots__ = ("future",)

    def __init__(self) -> None:
        self.future: asyncio.Future[None] | None = None

    def wake(self) -> None:
        if self.future is not None and not self.future.done():
            self.future.set_result(None)


class AsyncSendMany(_Many):
    """The results of `AsyncClient.send_many`, in the order in which the requests are done; one task at a time may read them.

    Requests begin only while the next result is asked for; those that have begun go on by themselves. Cancelling the task
    that waits, `aclose()`, and leaving its `async with` block end the run: what is under way is cancelled, and if there was
    something, a warning in the log says what came of it. To wait for a limited time without ending the run, give
    `asyncio.wait()` a task of `anext()`.

    The destinations and the message function are called on the event loop; an exception of theirs comes out after the
    results of what is under way.
    """

    __slots__ = ("_loop", "_waiter")

    def __init__(self, run: NativeMany) -> None:
        super().__init__(run)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._waiter = _Waiter()

    def __aiter__(self) -> AsyncSendMany:
        return self

    async def __anext__(self) -> Chunk:
        from asyncio import CancelledError, get_running_loop

        from ._client import completions

        loop = get_running_loop()
        if loop is not self._loop:
            self._loop = loop
            self._run.listen(completions(loop), self._waiter.wake)
        while True:
            step = self._run.try_next()
            if step is None:
                raise StopAsyncIteration
            if not isinstance(step, (int, float)):
                return step
            future = self._waiter.future = loop.create_future()
            timer = None if step == _ENDLESS else loop.call_later(step, self._waiter.wake)
            try:
                await future
            except (CancelledError, GeneratorExit):
                self._run.abandon("the cancelling of its task")
                raise
            finally:
                self._waiter.future = None
                if timer is not None:
                    timer.cancel()

    async def aclose(self) -> None:
        """Ends the run, and cancels what is under way."""
        self._close()

    async def __aenter__(self) -> AsyncSendMany:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._close()


for _class in (SendMany, AsyncSendMany):
    _class.__module__ = "linkwa"
