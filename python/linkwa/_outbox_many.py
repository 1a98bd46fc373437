"""Many sends through an outbox: those that wait in it, and those of a list."""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from queue import SimpleQueue
from threading import Event, Lock
from time import monotonic
from typing import TYPE_CHECKING, Any

from . import types
from ._errors import InvalidConfig, LinkwaError
from ._linkwa import SendResult

if TYPE_CHECKING:
    from .outbox import AsyncOutbox, Outbox

Item = tuple[str, types.Messages, str]

_LONGEST_PAUSE = 60.0
"""In seconds."""
_SENDS_WHEN_BUSY = 10
"""How often a message is sent in all while the gateway answers HTTP 429."""

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


def check_rate(rate: float | None) -> float | None:
    """Refuses what cannot be a rate."""
    if rate is not None and not (0 < rate < math.inf):
        raise ValueError("argument 'rate' must be a number of messages a second above 0")
    return rate


class Pacer:
    """Says when the next send may begin: at a rate, and after pauses."""

    def __init__(self, rate: float | None) -> None:
        self._interval = 0.0 if rate is None else 1.0 / rate
        self._next = 0.0
        self._pause = 0.0
        self._paused_until = 0.0
        self._lock = Lock()

    def slot(self) -> float:
        """Takes the next slot, and returns how many seconds away it is."""
        with self._lock:
            now = monotonic()
            at = max(now, self._next)
            self._next = at + self._interval
            return at - now

    def note(self, error: LinkwaError | None) -> None:
        """Pauses after a send that ended as not sent; longer each time, until one ends otherwise."""
        with self._lock:
            if error is None or error.disposition != "retry":
                self._pause = 0.0
                return
            now = monotonic()
            # Sends that were under way together count once.
            if now >= self._paused_until:
                self._pause = min(_LONGEST_PAUSE, max(1.0, self._pause * 2))
                self._paused_until = now + max(self._pause, error.retry_after or 0.0)
                self._next = max(self._next, self._paused_until)

    def failed(self) -> float:
        """Pauses after a failure of the database, and returns for how long."""
        with self._lock:
            self._pause = min(_LONGEST_PAUSE, max(1.0, self._pause * 2))
            return self._pause


def _is_busy(error: LinkwaError | None) -> bool:
    return error is not None and error.code == "rejected" and error.disposition == "retry"


def _is_refused_account(error: LinkwaError | None) -> bool:
    return error is not None and error.http_status in (401, 403)


def _is_hopeless(error: LinkwaError) -> bool:
    """Whether every other send would end so, too."""
    return isinstance(error, InvalidConfig) or error.reason == "closed" or _is_refused_account(error)


def _check_concurrency(concurrency: int) -> int:
    if concurrency < 1:
        raise ValueError("argument 'concurrency' must be at least 1")
    return concurrency


class SendMany:
    """The entries of `Outbox.send_many`, in the order in which they end.

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
        self._items = iter(items)
        self._concurrency = _check_concurrency(concurrency)
        self._options = options
        self._pacer = Pacer(rate)
        self._counts = Counts()
        self._is_exhausted = False
        self._stopped = Event()
        self._done: SimpleQueue[Entry | BaseException | None] = SimpleQueue()
        self._under_way = 0
        self._error: BaseException | None = None
        self._pool: ThreadPoolExecutor | None = None

    @property
    def progress(self) -> Progress:
        """The number of entries by what became of them. Any thread may read it."""
        return self._counts.progress

    def stop(self) -> None:
        """Begins no more sends. Those that have begun still give entries. Any thread may call it."""
        self._stopped.set()

    def __iter__(self) -> Iterator[Entry]:
        return self

    def __next__(self) -> Entry:
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
            if isinstance(done, Entry):
                self._counts.add(done)
                if _is_refused_account(done.error):
                    self.stop()
                return done
            if done is not None:
                self._fail(done)

    def _fill(self) -> None:
        while self._under_way < self._concurrency and not self._is_exhausted and not self._stopped.is_set():
            try:
                to, message, ref_id = next(self._items)
            except StopIteration:
                self._is_exhausted = True
                return
            except BaseException as error:
                self._fail(error)
                return
            if self._pool is None:
                self._pool = ThreadPoolExecutor(self._concurrency, "linkwa-outbox-many")
            self._pool.submit(self._work, to, message, ref_id)
            self._under_way += 1

    def _fail(self, error: BaseException) -> None:
        self.stop()
        if self._error is None:
            self._error = error

    def _work(self, to: str, message: types.Messages, ref_id: str) -> None:
        try:
            entry = None
            for _ in range(_SENDS_WHEN_BUSY):
                if self._stopped.wait(self._pacer.slot()):
                    break
                entry = self._outbox._entry(to, message, ref_id, self._options)
                self._pacer.note(entry.error)
                if not _is_busy(entry.error):
                    break
            self._done.put(entry)
        except BaseException as error:
            self._done.put(error)

    def close(self) -> None:
        """Begins no more sends, and waits for those that have begun."""
        self.stop()
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
        self._concurrency = _check_concurrency(concurrency)
        self._options = options
        self._pacer = Pacer(rate)
        self._counts = Counts()
        self._is_exhausted = False
        self._is_stopped = False
        self._sends: set[asyncio.Task[Entry | None]] = set()
        self._reading: asyncio.Task[Item | None] | None = None
        self._sleeping: set[asyncio.Future[None]] = set()
        self._error: BaseException | None = None

    @property
    def progress(self) -> Progress:
        """The number of entries by what became of them."""
        return self._counts.progress

    def stop(self) -> None:
        """Begins no more sends. Those that have begun still give entries. Call it on the event loop."""
        self._is_stopped = True
        for sleeping in self._sleeping:
            _wake(sleeping)
        if self._reading is not None:
            self._reading.cancel()

    def __aiter__(self) -> AsyncIterator[Entry]:
        return self

    async def __anext__(self) -> Entry:
        while True:
            done = next((send for send in self._sends if send.done()), None)
            if done is not None:
                self._sends.discard(done)
                error = done.exception()
                entry = None if error is not None else done.result()
                if error is not None:
                    self._fail(error)
                elif entry is not None:
                    self._counts.add(entry)
                    if _is_refused_account(entry.error):
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
        is_ended = self._is_exhausted or self._is_stopped
        if self._reading is None and not is_ended and len(self._sends) < self._concurrency:
            self._reading = asyncio.get_running_loop().create_task(_next(self._items))

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
        elif not self._is_stopped:
            self._sends.add(asyncio.get_running_loop().create_task(self._work(*item)))

    def _fail(self, error: BaseException) -> None:
        self.stop()
        if self._error is None:
            self._error = error

    async def _work(self, to: str, message: types.Messages, ref_id: str) -> Entry | None:
        entry = None
        for _ in range(_SENDS_WHEN_BUSY):
            await self._sleep(self._pacer.slot())
            if self._is_stopped:
                break
            entry = await self._outbox._entry(to, message, ref_id, self._options)
            self._pacer.note(entry.error)
            if not _is_busy(entry.error):
                break
        return entry

    async def _sleep(self, seconds: float) -> None:
        """Sleeps, until `stop` is called at most."""
        if seconds <= 0 or self._is_stopped:
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


def _wake(sleeping: asyncio.Future[None]) -> None:
    if not sleeping.done():
        sleeping.set_result(None)


async def _async(items: Iterable[Item]) -> AsyncIterator[Item]:
    for item in items:
        yield item


async def _next(items: AsyncIterator[Item]) -> Item | None:
    async for item in items:
        return item
    return None


def run(outbox: Outbox, concurrency: int, rate: float | None, poll: float, stop: Event) -> None:
    """Sends what waits in an outbox."""
    pacer = Pacer(rate)
    halt = Event()

    def send(ref_id: str) -> LinkwaError | None:
        until = monotonic() + pacer.slot()
        while monotonic() < until and not stop.is_set() and not halt.is_set():
            stop.wait(max(0.0, min(until - monotonic(), _LOOK)))
        if stop.is_set() or halt.is_set():
            return None
        error = None
        try:
            outbox.send_pending(ref_id)
        except LinkwaError as failed:
            error = failed
        pacer.note(error)
        if error is not None and _is_hopeless(error):
            halt.set()
        return error

    is_first = True
    with ThreadPoolExecutor(_check_concurrency(concurrency), "linkwa-outbox-run") as pool:
        try:
            while not stop.is_set():
                try:
                    ref_ids = outbox.pending(concurrency)
                except Exception:
                    if is_first:
                        raise
                    _log.warning(_NO_DATABASE, exc_info=True)
                    stop.wait(pacer.failed())
                    continue
                is_first = False
                for error in list(pool.map(send, ref_ids)):
                    if error is not None and _is_hopeless(error):
                        raise error
                if not ref_ids:
                    stop.wait(poll)
        finally:
            halt.set()


async def run_async(outbox: AsyncOutbox, concurrency: int, rate: float | None, poll: float) -> None:
    """Does what `run` does, until it is cancelled. Sends that have begun end, and are recorded, before it ends."""
    try:
        await _run_async(outbox, concurrency, rate, poll)
    except asyncio.CancelledError:
        if outbox._sends:
            await asyncio.wait(outbox._sends)
        raise


async def _run_async(outbox: AsyncOutbox, concurrency: int, rate: float | None, poll: float) -> None:
    pacer = Pacer(rate)
    is_hopeless = False
    _check_concurrency(concurrency)

    async def send(ref_id: str) -> LinkwaError | None:
        nonlocal is_hopeless
        await asyncio.sleep(pacer.slot())
        if is_hopeless:
            return None
        error = None
        try:
            await outbox.send_pending(ref_id)
        except LinkwaError as failed:
            error = failed
        pacer.note(error)
        is_hopeless = is_hopeless or (error is not None and _is_hopeless(error))
        return error

    is_first = True
    while True:
        try:
            ref_ids = await outbox.pending(concurrency)
        except Exception:
            if is_first:
                raise
            _log.warning(_NO_DATABASE, exc_info=True)
            await asyncio.sleep(pacer.failed())
            continue
        is_first = False
        for error in await asyncio.gather(*(send(ref_id) for ref_id in ref_ids)):
            if error is not None and _is_hopeless(error):
                raise error
        if not ref_ids:
            await asyncio.sleep(poll)


_LOOK = 0.2
"""How often a wait looks for its end, in seconds."""
_NO_DATABASE = "the outbox cannot use its database; it tries again"
