"""Many sends through an outbox: those that wait in it, and those of a list."""

from __future__ import annotations

import asyncio
import json
import logging
from collections import deque
from collections.abc import (
    AsyncGenerator,
    AsyncIterable,
    AsyncIterator,
    Awaitable,
    Callable,
    Coroutine,
    Generator,
    Iterable,
    Iterator,
)
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from queue import Empty, SimpleQueue
from threading import Event, RLock
from time import monotonic
from typing import TYPE_CHECKING, Any

from . import types
from ._errors import LinkwaError
from ._linkwa import NativePacer, SendResult, _store_failed

if TYPE_CHECKING:
    from .outbox import AsyncOutbox, Outbox

Item = tuple[str, types.Messages, str]
_IndexedItem = tuple[int, str, types.Messages, str]

_log = logging.getLogger("linkwa.outbox")


@dataclass(frozen=True)
class Entry:
    """What became of one item of `send_many`. Its `repr` shows no destination."""

    ref_id: str
    """The reference."""
    destination: str
    """The destination."""
    result: SendResult | None
    """The result, if the gateway accepted it, now or in an earlier run (`repeat`)."""
    error: LinkwaError | None
    """The error, which is not raised."""

    def __repr__(self) -> str:
        return f"Entry(ref_id={self.ref_id!r}, result={self.result!r}, error={self.error!r})"


@dataclass(frozen=True)
class Progress:
    """The items of `send_many` that have ended."""

    sent: int
    """Accepted by the gateway now."""
    repeated: int
    """Accepted in an earlier run."""
    failed: int
    """Rejected, not sent, or invalid."""
    in_doubt: int
    """May have been accepted, now or in an earlier run."""


class Counts:
    """Counts entries."""

    def __init__(self) -> None:
        self.progress = Progress(0, 0, 0, 0)

    def add(self, entry: Entry) -> None:
        now = self.progress
        sent, repeated, failed, in_doubt = now.sent, now.repeated, now.failed, now.in_doubt
        if entry.error is not None:
            is_unknown = entry.error.outcome == "unknown"
            in_doubt, failed = in_doubt + is_unknown, failed + (not is_unknown)
        elif entry.result is not None and entry.result.repeat:
            repeated += 1
        else:
            sent += 1
        self.progress = Progress(sent, repeated, failed, in_doubt)


@contextmanager
def store_errors(ref_id: str) -> Generator[None, None, None]:
    """Turns errors of the database into those of a send with this reference."""
    try:
        yield
    except LinkwaError:
        raise
    except Exception as error:
        raise _store_failed(ref_id, f"{error} {getattr(error, 'sqlstate', None)}") from error


def json_of_error(error: LinkwaError) -> str:
    """An error as core reads it."""
    about = error.to_dict(details=True)
    about.pop("response_body", None)
    return json.dumps({"error": about})


def _parts(item: Any, index: int) -> _IndexedItem:
    """The index and the parts of an item."""
    try:
        if isinstance(item, (str, bytes)):
            raise TypeError
        to, message, ref_id = item
    except (TypeError, ValueError):
        wanted = "a tuple of three: destination, message and ref_id"
        raise TypeError(f"item {index} of argument 'items' must be {wanted}") from None
    return index, to, message, ref_id


def _what_follows(pacer: NativePacer, error: LinkwaError | None, sends: int) -> str:
    """What follows the end of a message that was sent this often: `done`, `again` or `end`."""
    return pacer.note(None if error is None else json_of_error(error), sends)


def _take_slot(pacer: NativePacer, wait: Callable[[float], bool]) -> bool:
    """Waits for a slot. `wait` returns whether the run is over; then this returns false."""
    left = pacer.slot()
    while not wait(left):
        left = pacer.slot_after_wait()
        if not left:
            return True
    return False


def _paced(
    pacer: NativePacer, wait: Callable[[float], bool], send: Callable[[], LinkwaError | None]
) -> tuple[LinkwaError | None, str]:
    """Sends in a slot, again while the gateway is busy. `send` returns the error. Returns the last one, and what follows."""
    error, follows = None, "done"
    for sends in count(1):
        if not _take_slot(pacer, wait):
            break
        error = send()
        follows = _what_follows(pacer, error, sends)
        if follows != "again":
            break
    return error, follows


class SendMany:
    """The entries of `Outbox.send_many`, in the order in which they end. Several threads may read them: each entry goes to
    one of them.

    Items are taken, and sends begin, only while you wait for the next entry. `stop()` begins no more of them; `close()`,
    and leaving the `with` block, also wait for those that have begun. An exception of the items, and of a message that has
    a wrong type, is raised after the entries of sends that have begun.
    """

    def __init__(
        self,
        outbox: Outbox,
        items: Iterable[Item],
        concurrency: int,
        rate: float | None,
        options: types.OutboxOptions,
    ) -> None:
        self._outbox = outbox
        self._items = enumerate(items)
        self._concurrency = concurrency
        self._options = options
        self._pacer = NativePacer(concurrency, rate)
        # A database without tables, for example, would refuse each item.
        with store_errors(""):
            outbox.pending(1)
        self._counts = Counts()
        self._ended_by: LinkwaError | None = None
        self._is_exhausted = False
        self._stopped = Event()
        self._reading = RLock()
        self._done: SimpleQueue[tuple[Entry | None, str] | BaseException] = SimpleQueue()
        self._under_way = 0
        self._error: BaseException | None = None
        self._pool: ThreadPoolExecutor | None = None

    @property
    def progress(self) -> Progress:
        """The number of entries by what became of them. Any thread may read it."""
        return self._counts.progress

    @property
    def ended_by(self) -> LinkwaError | None:
        """The error that ended the run before all its items were sent, because all further sends would fail in the same
        way: `Rejected` with HTTP 401 or 403, `InvalidConfig`, or `NotSent` of a client that is closed. It is not raised. Run it
        again when its cause is gone."""
        return self._ended_by

    def stop(self) -> None:
        """Begins no more sends. Those that have begun still give entries. Any thread may call it."""
        self._stopped.set()

    def __iter__(self) -> Iterator[Entry]:
        return self

    def __next__(self) -> Entry:
        with self._reading:
            return self._next()

    def _next(self) -> Entry:
        while True:
            self._fill()
            if self._under_way == 0:
                self.close()
                error, self._error = self._error, None
                if error is None:
                    raise StopIteration
                try:
                    raise error
                finally:
                    del error
            done = self._done.get()
            self._under_way -= 1
            if isinstance(done, BaseException):
                self._fail(done)
                continue
            entry, follows = done
            # Without an entry the run was stopped before the send began.
            if entry is not None:
                self._counts.add(entry)
                if follows == "end":
                    self._ended_by = self._ended_by or entry.error
                    self.stop()
                return entry

    def _fill(self) -> None:
        while self._under_way < self._concurrency and not self._is_exhausted and not self._stopped.is_set():
            try:
                index, item = next(self._items)
                parts = _parts(item, index)
            except StopIteration:
                self._is_exhausted = True
                return
            except BaseException as error:
                self._fail(error)
                return
            if self._pool is None:
                self._pool = ThreadPoolExecutor(self._concurrency, "linkwa-outbox-many")
            self._pool.submit(self._work, *parts)
            self._under_way += 1

    def _fail(self, error: BaseException) -> None:
        self.stop()
        if self._error is None:
            self._error = error

    def _work(self, index: int, to: str, message: types.Messages, ref_id: str) -> None:
        entry: Entry | None = None

        def send() -> LinkwaError | None:
            nonlocal entry
            entry = self._outbox._entry(index, to, message, ref_id, self._options)
            return entry.error

        try:
            _, follows = _paced(self._pacer, self._stopped.wait, send)
            self._done.put((entry, follows))
        except BaseException as error:
            self._done.put(error)

    def close(self) -> None:
        """Begins no more sends, and waits for those that have begun."""
        self.stop()
        with self._reading:
            if self._pool is not None:
                self._pool.shutdown()
                self._pool = None

    def __enter__(self) -> types.Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class AsyncSendMany:
    """The entries of `AsyncOutbox.send_many`, in the order in which they end; one task at a time may read them.

    It does what `SendMany` does; items that are an async iterable are read by a task, one item ahead. Cancelling the task
    that waits ends nothing: read on, or call `aclose()`.
    """

    def __init__(
        self,
        outbox: AsyncOutbox,
        items: Iterable[Item] | AsyncIterable[Item],
        concurrency: int,
        rate: float | None,
        options: types.OutboxOptions,
    ) -> None:
        self._outbox = outbox
        self._items: AsyncIterator[Item] = items.__aiter__() if isinstance(items, AsyncIterable) else _async(items)
        self._indices = count()
        self._concurrency = concurrency
        self._options = options
        self._pacer = NativePacer(concurrency, rate)
        self._has_database = False
        self._counts = Counts()
        self._ended_by: LinkwaError | None = None
        self._is_exhausted = False
        self._sleeps = _Sleeps()
        self._sends: set[asyncio.Task[tuple[Entry | None, str]]] = set()
        self._reading: asyncio.Task[_IndexedItem | None] | None = None
        self._error: BaseException | None = None

    @property
    def progress(self) -> Progress:
        """The number of entries by what became of them."""
        return self._counts.progress

    @property
    def ended_by(self) -> LinkwaError | None:
        """Is what `SendMany.ended_by` is."""
        return self._ended_by

    def stop(self) -> None:
        """Begins no more sends. Those that have begun still give entries. Call it on the event loop."""
        self._sleeps.end()
        if self._reading is not None:
            self._reading.cancel()

    def __aiter__(self) -> AsyncIterator[Entry]:
        return self

    async def __anext__(self) -> Entry:
        if not self._has_database:
            # One without tables, for example, would refuse each item.
            with store_errors(""):
                await self._outbox.pending(1)
            self._has_database = True
        while True:
            done = next((send for send in self._sends if send.done()), None)
            if done is not None:
                self._sends.discard(done)
                error = done.exception()
                entry, follows = (None, "done") if error is not None else done.result()
                if error is not None:
                    self._fail(error)
                elif entry is not None:
                    self._counts.add(entry)
                    if follows == "end":
                        self._ended_by = self._ended_by or entry.error
                        self.stop()
                    return entry
                continue
            self._read()
            waiting: set[asyncio.Task[Any]] = {*self._sends}
            if self._reading is not None:
                waiting.add(self._reading)
            if not waiting:
                await self.aclose()
                error, self._error = self._error, None
                if error is None:
                    raise StopAsyncIteration
                try:
                    raise error
                finally:
                    del error
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            self._begin()

    def _read(self) -> None:
        """Reads an item, if there is room for it."""
        is_ended = self._is_exhausted or self._sleeps.are_over
        if self._reading is None and not is_ended and len(self._sends) < self._concurrency:
            self._reading = asyncio.get_running_loop().create_task(self._next_item())

    async def _next_item(self) -> _IndexedItem | None:
        async for item in self._items:
            return _parts(item, next(self._indices))
        return None

    def _begin(self) -> None:
        """Begins the send of an item that was read."""
        reading = self._reading
        if reading is None or not reading.done():
            return
        self._reading = None
        if reading.cancelled():
            return
        error = reading.exception()
        item = None if error is not None else reading.result()
        if error is not None:
            self._fail(error)
        elif item is None:
            self._is_exhausted = True
        elif not self._sleeps.are_over:
            self._sends.add(asyncio.get_running_loop().create_task(self._work(*item)))

    def _fail(self, error: BaseException) -> None:
        self.stop()
        if self._error is None:
            self._error = error

    async def _work(self, index: int, to: str, message: types.Messages, ref_id: str) -> tuple[Entry | None, str]:
        entry: Entry | None = None

        async def send() -> LinkwaError | None:
            nonlocal entry
            entry = await self._outbox._entry(index, to, message, ref_id, self._options)
            return entry.error

        _, follows = await self._sleeps.paced(self._pacer, send)
        return entry, follows

    async def aclose(self) -> None:
        """Begins no more sends, waits for those that have begun, and closes an async generator of items."""
        self.stop()
        tasks: list[asyncio.Task[Any]] = [*self._sends]
        if self._reading is not None:
            tasks.append(self._reading)
        if tasks:
            await asyncio.wait(tasks)
        close: Any = getattr(self._items, "aclose", None)
        if isinstance(self._items, AsyncGenerator):
            await close()

    async def __aenter__(self) -> types.Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()


class _Sleeps:
    """Sleeps that can all be ended."""

    def __init__(self) -> None:
        self.are_over = False
        self._sleeping: set[asyncio.Future[None]] = set()

    def end(self) -> None:
        self.are_over = True
        for sleeping in self._sleeping:
            _wake(sleeping)

    async def sleep(self, seconds: float) -> None:
        if seconds <= 0 or self.are_over:
            return
        loop = asyncio.get_running_loop()
        sleeping: asyncio.Future[None] = loop.create_future()
        timer = loop.call_later(seconds, _wake, sleeping)
        self._sleeping.add(sleeping)
        try:
            await sleeping
        finally:
            timer.cancel()
            self._sleeping.discard(sleeping)

    async def paced(
        self, pacer: NativePacer, send: Callable[[], Awaitable[LinkwaError | None]]
    ) -> tuple[LinkwaError | None, str]:
        """Does what `_paced` does."""
        error, follows = None, "done"
        for sends in count(1):
            if not await self._take_slot(pacer):
                break
            error = await send()
            follows = _what_follows(pacer, error, sends)
            if follows != "again":
                break
        return error, follows

    async def _take_slot(self, pacer: NativePacer) -> bool:
        """Waits for a slot. Returns false if the sleeps are ended before."""
        left = pacer.slot()
        while True:
            await self.sleep(left)
            if self.are_over:
                return False
            left = pacer.slot_after_wait()
            if not left:
                return True


def _wake(sleeping: asyncio.Future[None]) -> None:
    if not sleeping.done():
        sleeping.set_result(None)


async def _async(items: Iterable[Item]) -> AsyncIterator[Item]:
    for item in items:
        yield item


def run(outbox: Outbox, concurrency: int, rate: float | None, poll: float, stop: Event) -> None:
    """Sends what waits in an outbox."""
    pacer = NativePacer(concurrency, rate, poll)
    halt = Event()
    done: SimpleQueue[tuple[str, BaseException | None, str]] = SimpleQueue()

    def is_over() -> bool:
        return stop.is_set() or halt.is_set()

    def wait(seconds: float) -> bool:
        until = monotonic() + seconds
        while not is_over() and monotonic() < until:
            stop.wait(max(0.0, min(until - monotonic(), _LOOK)))
        return is_over()

    def send(ref_id: str) -> LinkwaError | None:
        try:
            outbox.send_pending(ref_id)
        except LinkwaError as error:
            return error
        return None

    def work(ref_id: str) -> None:
        try:
            done.put((ref_id, *_paced(pacer, wait, lambda: send(ref_id))))
        except BaseException as unexpected:
            done.put((ref_id, unexpected, "end"))

    waiting: deque[str] = deque()
    under_way: set[str] = set()
    ended_by: BaseException | None = None
    is_first = True
    with ThreadPoolExecutor(concurrency, "linkwa-outbox-run") as pool:
        try:
            while under_way or not is_over():
                is_full = is_over() or len(under_way) >= concurrency
                if not is_full and not waiting:
                    try:
                        with store_errors(""):
                            found = outbox.pending(concurrency + len(under_way))
                    except Exception:
                        if is_first:
                            raise
                        _log.warning(_NO_DATABASE, exc_info=True)
                        wait(pacer.failed())
                        continue
                    is_first = False
                    waiting.extend(ref_id for ref_id in found if ref_id not in under_way)
                if not is_full and waiting:
                    ref_id = waiting.popleft()
                    under_way.add(ref_id)
                    pool.submit(work, ref_id)
                    continue
                if not under_way:
                    stop.wait(poll)
                    continue
                try:
                    ref_id, error, follows = done.get(timeout=None if is_full else poll)
                except Empty:
                    continue
                under_way.remove(ref_id)
                if follows == "end":
                    ended_by = ended_by or error
                    halt.set()
        finally:
            halt.set()
    if ended_by is not None:
        try:
            raise ended_by
        finally:
            # The exception holds this frame, which holds the exception: this breaks the cycle.
            del ended_by


async def run_async(outbox: AsyncOutbox, concurrency: int, rate: float | None, poll: float) -> None:
    """Does what `run` does, until it is cancelled. Sends that have begun end, and are recorded, before it ends."""
    pacer = NativePacer(concurrency, rate, poll)
    sleeps = _Sleeps()

    async def send(ref_id: str) -> LinkwaError | None:
        try:
            await outbox.send_pending(ref_id)
        except LinkwaError as error:
            return error
        return None

    def work(ref_id: str) -> Coroutine[Any, Any, tuple[LinkwaError | None, str]]:
        return sleeps.paced(pacer, lambda: send(ref_id))

    waiting: deque[str] = deque()
    under_way: dict[asyncio.Task[tuple[LinkwaError | None, str]], str] = {}
    ended_by: LinkwaError | None = None
    is_first = True
    try:
        while under_way or not sleeps.are_over:
            is_full = sleeps.are_over or len(under_way) >= concurrency
            if not is_full and not waiting:
                try:
                    with store_errors(""):
                        found = await outbox.pending(concurrency + len(under_way))
                except Exception:
                    if is_first:
                        raise
                    _log.warning(_NO_DATABASE, exc_info=True)
                    await asyncio.sleep(pacer.failed())
                    continue
                is_first = False
                begun = set(under_way.values())
                waiting.extend(ref_id for ref_id in found if ref_id not in begun)
            if not is_full and waiting:
                ref_id = waiting.popleft()
                under_way[asyncio.get_running_loop().create_task(work(ref_id))] = ref_id
                continue
            if not under_way:
                await asyncio.sleep(poll)
                continue
            await asyncio.wait(under_way, timeout=None if is_full else poll, return_when=asyncio.FIRST_COMPLETED)
            for task in [task for task in under_way if task.done()]:
                del under_way[task]
                error, follows = task.result()
                if follows == "end":
                    ended_by = ended_by or error
                    sleeps.end()
    finally:
        sleeps.end()
        if under_way:
            await asyncio.wait(under_way)
    if ended_by is not None:
        try:
            raise ended_by
        finally:
            del ended_by


_LOOK = 0.2
"""How often a wait looks for its end, in seconds."""
_NO_DATABASE = "the outbox cannot use its database; it tries again"
