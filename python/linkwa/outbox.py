"""The outbox: a durable record of each send in your own database, by its `ref_id`. A job that runs again, after a crash or
on another machine, does not send its message again.

    >>> import linkwa, linkwa.outbox
    >>> store = linkwa.outbox.SqliteStore("outbox.db")
    >>> outbox = linkwa.outbox.Outbox(linkwa.Client.from_env(), store)
    >>> outbox.create_schema()
    >>> for attempt in range(2):
    ...     sent = outbox.send("+46000000001", linkwa.Text("Hello"), ref_id="order-17")
    ...     print(sent.result_code, sent.repeat)
    112001 False
    112001 True
    >>> store.close()

- `Outbox` sends with a `Client`, `AsyncOutbox` with an `AsyncClient`.
- `SqliteStore` keeps the record in a file, for one machine; `PostgresStore` in PostgreSQL, for any number of them.
- `apply` records callbacks, so that an event report settles a send that is in doubt. A `CallbackReceiver` does it for you.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from threading import Event
from typing import TYPE_CHECKING, Any, Callable, Generic, Literal, TypeVar, Union

from . import _client, types
from ._client import AsyncClient, Client
from ._errors import InvalidRequest, LinkwaError, NotSent, OutcomeUnknown
from ._lazy import Lazy
from ._linkwa import CareWindow, MessageState, SendResult
from ._outbox_many import AsyncSendMany, Entry, Progress, SendMany, json_of_error, run, run_async, store_errors
from ._outbox_store import Make, PostgresStore, SqliteStore, Store, run_in, run_in_async
from .types import Callback

if TYPE_CHECKING:
    import typing

    from .receiver import Claim
else:
    # `X | Y` cannot be evaluated before Python 3.10, and the hints of public functions are.
    typing = Lazy("typing")
    Claim = Literal["new", "repeat", "busy"]

__all__ = [
    "AsyncOutbox",
    "AsyncSendMany",
    "Entry",
    "Outbox",
    "PostgresStore",
    "Progress",
    "SendMany",
    "SendStatus",
    "SqliteStore",
    "State",
    "Store",
]

State = Literal["queued", "sending", "accepted", "rejected", "not_sent", "unknown", "invalid"]
"""What an outbox knows of a send:

- `queued`: it was enqueued, and has not begun.
- `sending`: it has begun. If its process has died, it is in doubt.
- `accepted`: the gateway has it.
- `rejected`: the gateway refused it.
- `not_sent`: nothing was sent, or the gateway answered HTTP 401 or 403 (it refused the account) or 429 (it was busy).
- `unknown`: the gateway may have accepted it. It is in doubt.
- `invalid`: validation found errors. Only `send_many` records that.

`send` sends what is `queued`, `not_sent` or `invalid`."""

_Period = Union[float, timedelta]
_To = Union[str, Sequence[str]]
_AnyClient = TypeVar("_AnyClient", Client, AsyncClient)

_log = logging.getLogger("linkwa.outbox")


@dataclass(frozen=True)
class SendStatus:
    """What an outbox knows about one `ref_id`. Its `repr` shows no number and no text."""

    ref_id: str
    """The reference."""
    state: State
    """The state."""
    result: typing.Optional[SendResult]
    """The result, if the gateway accepted it. After a report has proved that it did, the ids of the messages may be missing."""
    error: typing.Optional[LinkwaError]
    """The error of the last attempt, if it failed. It is not raised."""
    attempts: int
    """The number of times that the send was begun."""
    created_at: datetime
    """When the outbox got it, in UTC."""
    changed_at: datetime
    """When its state last changed, in UTC."""
    messages: tuple[MessageState, ...]
    """The states of its messages, and of the request if it failed as a whole, from event reports."""

    @property
    def is_in_doubt(self) -> bool:
        """Whether the message may have been accepted, and nothing proves it: `sending` or `unknown`."""
        return self.state in ("sending", "unknown")


class _Outbox(Generic[_AnyClient]):
    """The base of both outboxes."""

    def __init__(self, client: _AnyClient, wanted: type, other: type, store: Store) -> None:
        # Anything that sends as a client does, for tests, but not the other kind of client: it would fail after it has sent.
        if isinstance(client, other) or not hasattr(client, "build"):
            raise TypeError(f"argument 'client' must be {wanted.__name__}, not {type(client).__name__}")
        if not isinstance(store, (SqliteStore, PostgresStore)):
            raise TypeError(f"argument 'store' must be SqliteStore or PostgresStore, not {type(store).__name__}")
        self._client: _AnyClient = client
        self._store: Store = store

    def schema(self) -> str:
        """The SQL that `create_schema` runs, for migrations of your own: statements that end with a semicolon.

        >>> import linkwa, linkwa.outbox
        >>> outbox = linkwa.outbox.Outbox(linkwa.Client.from_env(), linkwa.outbox.SqliteStore("outbox.db"))
        >>> outbox.schema().partition(" (")[0]
        'CREATE TABLE IF NOT EXISTS linkwa_schema'
        """
        return "".join(f"{statement};\n" for statement in self._store._scripts.schema())

    def _build(self, to: _To, message: types.Messages, ref_id: typing.Any, options: types.OutboxOptions) -> bytes:
        if not isinstance(ref_id, str):
            raise TypeError(f"argument 'ref_id' must be str, not {type(ref_id).__name__}")
        return self._client.build(to, message, ref_id=ref_id, **options)


class Outbox(_Outbox[Client]):
    """Sends through a client, and records each send in a database. A message that was accepted, or may have been, is not
    sent again.

    `client` is a `Client`; `None` stands for the client of `linkwa.configure` or of the environment. `store` is a
    `SqliteStore` or a `PostgresStore`. Threads may share an outbox, and any number of processes a database. Call
    `create_schema` once before you use it, or run `schema()` in a migration of your own.

        >>> import linkwa, linkwa.outbox
        >>> with linkwa.outbox.SqliteStore("outbox.db") as store:
        ...     outbox = linkwa.outbox.Outbox(linkwa.Client.from_env(), store)
        ...     outbox.create_schema()
        ...     ref_id = linkwa.ref_id_for("orders", 17)
        ...     sent = outbox.send("+46000000001", linkwa.Text("Hello"), ref_id=ref_id)
        ...     outbox.status(ref_id).state
        'accepted'
    """

    def __init__(self, client: typing.Optional[Client], store: Store) -> None:
        """Opens nothing and sends nothing."""
        super().__init__(_client._default if client is None else client, Client, AsyncClient, store)

    def create_schema(self) -> None:
        """Creates the tables that are missing. Several processes may call it at once, and at each start.

        Raises `InvalidConfig` if the tables are of another version of this library.
        """
        self._store._run(lambda scripts: scripts.create_schema())

    def transaction(self) -> AbstractContextManager[Any]:
        """A transaction on a connection of the store, for `enqueue` and `apply`, where your program has none of its own:
        a `sqlite3.Connection` or a `psycopg.Connection`. It is committed at the end of the `with` block, and rolled back
        if the block raises. With a `SqliteStore` other threads wait until it ends.

            >>> import linkwa, linkwa.outbox
            >>> with linkwa.outbox.SqliteStore("outbox.db") as store:
            ...     outbox = linkwa.outbox.Outbox(linkwa.Client.from_env(), store)
            ...     outbox.create_schema()
            ...     with outbox.transaction() as transaction:
            ...         outbox.enqueue(transaction, "+46000000001", linkwa.Text("Hello"), ref_id="order-17")
            ...     outbox.pending()
            True
            ['order-17']
        """
        return self._store._transaction()

    def send(
        self, to: _To, message: types.Messages, *, ref_id: str, **options: types.Unpack[types.OutboxOptions]
    ) -> SendResult:
        """Sends a message, unless one was accepted under this `ref_id` before, or may have been. The arguments are those of
        `Client.send`. A record is committed before the first byte leaves, and the outcome after the send.

        Called again with the same `ref_id` and the same message and destinations, it

        - returns the stored result, with `repeat` true, if the gateway accepted it;
        - raises the stored error if the gateway refused it (after `settle` it can be sent again);
        - sends if nothing was sent, or the gateway answered HTTP 401, 403 or 429;
        - raises `OutcomeUnknown` with the reason `in_doubt` if it may have been accepted: its outcome was unknown, its
          process died, or another call is sending it now. An event report (`apply`) or a person (`settle`) settles it.

        Raises the errors of `Client.send`; `InvalidRequest` also if the `ref_id` belongs to another message; and `NotSent`
        with the reason `store` if the database cannot be used: nothing is sent then, and `__cause__` is the driver's error.
        If the database fails after the send, the send's own result is returned or its error raised; the log gets a warning,
        and the send stays in doubt until a report settles it.

            >>> import linkwa, linkwa.outbox
            >>> with linkwa.outbox.SqliteStore("outbox.db") as store:
            ...     outbox = linkwa.outbox.Outbox(linkwa.Client.from_env(), store)
            ...     outbox.create_schema()
            ...     results = [outbox.send("+46000000001", linkwa.Text("Hello"), ref_id="order-17") for _ in range(2)]
            >>> [result.repeat for result in results]
            [False, True]
        """
        return self._send(self._build(to, message, ref_id, options), to, message, ref_id, options)

    def _send(
        self, request: bytes, to: _To, message: types.Messages, ref_id: str, options: types.OutboxOptions
    ) -> SendResult:
        begun = self._begin(ref_id, lambda scripts: scripts.send(request))
        if isinstance(begun, SendResult):
            return begun
        return self._deliver(ref_id, begun[0], lambda: self._client.send(to, message, ref_id=ref_id, **options))

    def enqueue(
        self,
        transaction: Any,
        to: _To,
        message: types.Messages,
        *,
        ref_id: str,
        **options: types.Unpack[types.OutboxOptions],
    ) -> bool:
        """Writes a message into the outbox in a transaction of yours, to be sent later by `run` or `send_pending`: it is
        sent if and only if your transaction is committed. Returns whether it is new.

        `transaction` is a connection or cursor of `sqlite3` or psycopg, to the database of the store; the other arguments
        are those of `send`. In Django that is `django.db.connection.connection`, in SQLAlchemy
        `session.connection().connection.driver_connection`.

        Raises `InvalidRequest`, also if the `ref_id` belongs to another message; `ValueError` if no transaction has begun
        on a connection that commits each statement; and the driver's errors.
        """
        request = self._build(to, message, ref_id, options)
        return bool(self._run_in(transaction, lambda scripts: scripts.enqueue(request)) == "new")

    def pending(self, limit: int = 100) -> list[str]:
        """The references of the enqueued messages that wait to be sent, the oldest first, at most `limit`. A message whose
        send ended as `not_sent` waits again."""
        found: list[str] = self._store._run(lambda scripts: scripts.pending(limit))
        return found

    def send_pending(self, ref_id: str, *, timeout: typing.Optional[float] = None) -> SendResult:
        """Sends a message that was enqueued. Returns and raises what `send` does; `InvalidRequest` also if no message with
        this `ref_id` waits. `timeout` is in seconds, as for `send`."""
        begun = self._begin(ref_id, lambda scripts: scripts.send_pending(ref_id))
        if isinstance(begun, SendResult):
            return begun
        attempt, request = begun
        return self._deliver(ref_id, attempt, lambda: self._client.send_raw(request, timeout=timeout))

    def run(
        self,
        *,
        rate: typing.Optional[float] = None,
        concurrency: int = 16,
        poll: float = 1.0,
        stop: typing.Optional[Event] = None,
    ) -> None:
        """Sends what is enqueued, until `stop` is set (a `threading.Event`): up to `concurrency` messages at once, at most
        `rate` a second. It looks for new messages every `poll` seconds (at most 24 hours). It is for programs on one
        machine.

        It pauses while the gateway is busy or does not answer, and while the database fails: for 1 second at first and up
        to 60, or for as long as the gateway asks (5 minutes at most). Then it sends again what was not sent. A send that
        was rejected or is in doubt is recorded, and not sent again.

        Raises what a retry cannot help: `InvalidConfig`, `NotSent` of a client that is closed, `Rejected` with HTTP 401 or
        403, and `NotSent` with the reason `store` if the database cannot be used at the beginning.
        """
        if stop is not None and not isinstance(stop, Event):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise TypeError(f"argument 'stop' must be threading.Event, not {type(stop).__name__}")
        run(self, concurrency, rate, poll, Event() if stop is None else stop)

    def send_many(
        self,
        items: Iterable[tuple[str, types.Messages, str]],
        *,
        concurrency: int = 16,
        rate: typing.Optional[float] = None,
        **options: types.Unpack[types.OutboxOptions],
    ) -> SendMany:
        """Sends many messages, each once, even if the process dies: call it again with the same items, and it sends only
        those that had not begun or were not sent. `items` are tuples of destination, message and `ref_id` from any
        iterable, of which few are read ahead. Up to `concurrency` messages are sent at once, at most `rate` a second.
        `options` are those of `send`, for all messages.

        Returns a `SendMany`, which gives an `Entry` for each item as it ends: a result, also of an earlier run (`repeat`),
        or an error; `OutcomeUnknown` for what is in doubt. An invalid destination or message is recorded, and the run goes
        on. A message that the gateway answers with HTTP 429 is sent up to 10 times in all. After HTTP 429 and 503, and when
        three sends in a row end without an answer, the run pauses: for as long as the gateway asks (5 minutes at most), or
        for a growing time (1 second to 1 minute). It does not send again what was not sent: call it again for that. HTTP
        401 or 403 ends the run: see `SendMany.ended_by`.

        Raises `InvalidConfig` for a number that is out of range, and `NotSent` with the reason `store` if the database
        cannot be used at the beginning.

            >>> import linkwa, linkwa.outbox
            >>> items = [(f"+4600000{index:04}", linkwa.Text("Hello"), f"spring-{index}") for index in range(10)]
            >>> with linkwa.outbox.SqliteStore("outbox.db") as store:
            ...     outbox = linkwa.outbox.Outbox(linkwa.Client.from_env(), store)
            ...     outbox.create_schema()
            ...     for attempt in range(2):
            ...         with outbox.send_many(items) as many:
            ...             failed = [entry.ref_id for entry in many if entry.error]
            ...         print(many.progress)
            Progress(sent=10, repeated=0, failed=0, in_doubt=0)
            Progress(sent=0, repeated=10, failed=0, in_doubt=0)
        """
        return SendMany(self, items, concurrency, rate, options)

    def _entry(self, index: int, to: str, message: types.Messages, ref_id: str, options: types.OutboxOptions) -> Entry:
        """Sends an item of a run."""
        try:
            request = self._build(to, message, ref_id, options)
        except TypeError as error:
            raise TypeError(f"item {index} of argument 'items': {error}") from None
        except LinkwaError as error:
            if isinstance(error, InvalidRequest):
                text = _json_of(error, ref_id) or ""
                self._keep(ref_id, lambda scripts: scripts.record_invalid(ref_id, text))
            return Entry(ref_id, to, None, error)
        try:
            return Entry(ref_id, to, self._send(request, to, message, ref_id, options), None)
        except LinkwaError as error:
            return Entry(ref_id, to, None, error)

    def apply(self, callback: Callback, transaction: Any = None) -> bool:
        """Records a callback, and returns whether it is new. An event report changes the state of its message, and settles
        its send if that is in doubt. A received message opens the care window of its user. The same callback a second time
        changes nothing, and the order of callbacks does not matter.

        With a `transaction` of yours, as for `enqueue`, the record is committed together with what your handler does.

            >>> import linkwa, linkwa.outbox
            >>> report = linkwa.EventReport(ref_id="order-17", message_id="m", result_code=112003)
            >>> with linkwa.outbox.SqliteStore("outbox.db") as store:
            ...     outbox = linkwa.outbox.Outbox(linkwa.Client.from_env(), store)
            ...     outbox.create_schema()
            ...     outbox.apply(report), outbox.apply(report)
            (True, False)
        """
        if transaction is None:
            return bool(self._store._run(lambda scripts: scripts.apply(callback)) == "new")
        return bool(self._run_in(transaction, lambda scripts: scripts.apply(callback)) == "new")

    def claim(self, callback: Callback, lease: _Period = 300.0) -> Claim:
        """Claims a callback for a handler, which then has `lease` seconds to handle it and to call `apply`. Returns `"new"`
        if the handler may begin, `"repeat"` if the callback was applied before, and `"busy"` if another handler has claimed
        it. `CallbackReceiver` calls it."""
        claim: Claim = self._store._run(lambda scripts: scripts.claim(callback, _seconds("lease", lease)))
        return claim

    def release(self, callback: Callback) -> None:
        """Gives up a claim, because the handler failed. The next `claim` of the callback returns `"new"`."""
        self._store._run(lambda scripts: scripts.release(callback))

    def status(self, ref_id: str) -> typing.Optional[SendStatus]:
        """What is known about a `ref_id`; `None` if nothing is."""
        return _status(self._store._run(lambda scripts: scripts.status(ref_id)))

    def in_doubt(self, older_than: _Period = 300.0, limit: int = 1000) -> list[SendStatus]:
        """The sends that have been in doubt for at least `older_than` seconds, the oldest first, at most `limit`; without
        the states of their messages. A send under way is in doubt, so give it more time than a send may take."""
        found = self._store._run(lambda scripts: scripts.in_doubt(_seconds("older_than", older_than), limit))
        return [SendStatus(*_fields(status)) for status in found]

    def settle(self, ref_id: str, outcome: Literal["accepted", "not_sent"]) -> None:
        """Records what a person has found out about a send that is in doubt: `"accepted"`, or `"not_sent"`, after which it
        can be sent again. A send that was rejected can be settled as `"not_sent"` too, once its cause is gone.

        Raises `InvalidRequest` if there is no such send.
        """
        self._store._run(lambda scripts: scripts.settle(ref_id, outcome))

    def prune(self, older_than: _Period) -> int:
        """Deletes what has not changed for `older_than` seconds, and returns the number of deleted sends: those that were
        accepted, rejected or invalid, with message states, callbacks and care windows. What waits or is in doubt stays.
        A deleted `ref_id` can be sent again, so keep them for longer than your jobs may come again."""
        count: int = self._store._run(lambda scripts: scripts.prune(_seconds("older_than", older_than)))
        return count

    def window(self, user: str, business: typing.Optional[str] = None) -> typing.Optional[CareWindow]:
        """The care window of a user, by the number or id that their messages have, from the callbacks that were applied;
        `None` if there was none. `business` is the number that they wrote to; without it, any of yours counts."""
        found: typing.Optional[CareWindow] = self._store._run(lambda scripts: scripts.window(user, business))
        return found

    def _begin(self, ref_id: str, make: Make) -> Any:
        """Begins a send. It may be sent only after this."""
        with store_errors(ref_id):
            return self._store._run(make)

    def _deliver(self, ref_id: str, attempt: int, send: Callable[[], SendResult]) -> SendResult:
        """Sends, and records the outcome."""
        try:
            sent = send()
        except BaseException as error:
            self._record(ref_id, attempt, error)
            raise
        self._record(ref_id, attempt, sent)
        return sent

    def _record(self, ref_id: str, attempt: int, outcome: typing.Union[SendResult, BaseException]) -> None:
        text = _json_of(outcome, ref_id)
        if text is not None:
            self._keep(ref_id, lambda scripts: scripts.record(ref_id, attempt, text))

    def _keep(self, ref_id: str, make: Make) -> None:
        """Runs a script whose failure must not hide an outcome."""
        try:
            self._store._run(make)
        except Exception:
            _log.warning(_NOT_RECORDED, ref_id, exc_info=True, extra={"ref_id": ref_id})

    def _run_in(self, transaction: Any, make: Make) -> Any:
        return run_in(self._store._cursor(transaction), make(self._store._scripts))


class AsyncOutbox(_Outbox[AsyncClient]):
    """Does what `Outbox` does, on an event loop of asyncio: its methods are awaited.

    With a `SqliteStore` transactions run in a thread. If the task that awaits a send is cancelled, the send still goes on to
    its end, and is recorded.

        >>> import asyncio, linkwa, linkwa.outbox
        >>> async def main():
        ...     async with linkwa.AsyncClient.from_env() as client, linkwa.outbox.SqliteStore("outbox.db") as store:
        ...         outbox = linkwa.outbox.AsyncOutbox(client, store)
        ...         await outbox.create_schema()
        ...         sends = [outbox.send("+46000000001", linkwa.Text("Hello"), ref_id=f"order-{n}") for n in range(3)]
        ...         return [sent.result_code for sent in await asyncio.gather(*sends)]
        >>> asyncio.run(main())
        [112001, 112001, 112001]
    """

    def __init__(self, client: AsyncClient, store: Store) -> None:
        """Opens nothing and sends nothing."""
        super().__init__(client, AsyncClient, Client, store)
        self._sends: set[asyncio.Task[Any]] = set()

    async def create_schema(self) -> None:
        """Does what `Outbox.create_schema` does."""
        await self._store._run_async(lambda scripts: scripts.create_schema())

    def transaction(self) -> AbstractAsyncContextManager[Any]:
        """Does what `Outbox.transaction` does, for `async with`: with a `SqliteStore` it is a `sqlite3.Connection` of its
        own, with a `PostgresStore` a `psycopg.AsyncConnection`."""
        return self._store._transaction_async()

    async def send(
        self, to: _To, message: types.Messages, *, ref_id: str, **options: types.Unpack[types.OutboxOptions]
    ) -> SendResult:
        """Does what `Outbox.send` does."""
        return await self._send(self._build(to, message, ref_id, options), to, message, ref_id, options)

    async def _send(
        self, request: bytes, to: _To, message: types.Messages, ref_id: str, options: types.OutboxOptions
    ) -> SendResult:
        return await self._deliver(
            ref_id,
            lambda scripts: scripts.send(request),
            lambda _: self._client.send(to, message, ref_id=ref_id, **options),
        )

    async def enqueue(
        self,
        transaction: Any,
        to: _To,
        message: types.Messages,
        *,
        ref_id: str,
        **options: types.Unpack[types.OutboxOptions],
    ) -> bool:
        """Does what `Outbox.enqueue` does, in a transaction of `psycopg.AsyncConnection` or `sqlite3.Connection`."""
        request = self._build(to, message, ref_id, options)
        return bool(await self._run_in(transaction, lambda scripts: scripts.enqueue(request)) == "new")

    async def pending(self, limit: int = 100) -> list[str]:
        """Does what `Outbox.pending` does."""
        found: list[str] = await self._store._run_async(lambda scripts: scripts.pending(limit))
        return found

    async def send_pending(self, ref_id: str, *, timeout: typing.Optional[float] = None) -> SendResult:
        """Does what `Outbox.send_pending` does."""
        return await self._deliver(
            ref_id,
            lambda scripts: scripts.send_pending(ref_id),
            lambda request: self._client.send_raw(request, timeout=timeout),
        )

    async def run(self, *, rate: typing.Optional[float] = None, concurrency: int = 16, poll: float = 1.0) -> None:
        """Does what `Outbox.run` does, until its task is cancelled. It ends after the sends that it has begun."""
        await run_async(self, concurrency, rate, poll)

    def send_many(
        self,
        items: typing.Union[Iterable[tuple[str, types.Messages, str]], AsyncIterable[tuple[str, types.Messages, str]]],
        *,
        concurrency: int = 16,
        rate: typing.Optional[float] = None,
        **options: types.Unpack[types.OutboxOptions],
    ) -> AsyncSendMany:
        """Does what `Outbox.send_many` does, for `async for`. `items` may also be an async iterable. It uses the database
        from the first entry on."""
        return AsyncSendMany(self, items, concurrency, rate, options)

    async def _entry(
        self, index: int, to: str, message: types.Messages, ref_id: str, options: types.OutboxOptions
    ) -> Entry:
        try:
            request = self._build(to, message, ref_id, options)
        except TypeError as error:
            raise TypeError(f"item {index} of argument 'items': {error}") from None
        except LinkwaError as error:
            if isinstance(error, InvalidRequest):
                text = _json_of(error, ref_id) or ""
                await self._keep(ref_id, lambda scripts: scripts.record_invalid(ref_id, text))
            return Entry(ref_id, to, None, error)
        try:
            return Entry(ref_id, to, await self._send(request, to, message, ref_id, options), None)
        except LinkwaError as error:
            return Entry(ref_id, to, None, error)

    async def apply(self, callback: Callback, transaction: Any = None) -> bool:
        """Does what `Outbox.apply` does."""
        if transaction is None:
            return bool(await self._store._run_async(lambda scripts: scripts.apply(callback)) == "new")
        return bool(await self._run_in(transaction, lambda scripts: scripts.apply(callback)) == "new")

    async def claim(self, callback: Callback, lease: _Period = 300.0) -> Claim:
        """Does what `Outbox.claim` does."""
        claim: Claim = await self._store._run_async(lambda scripts: scripts.claim(callback, _seconds("lease", lease)))
        return claim

    async def release(self, callback: Callback) -> None:
        """Does what `Outbox.release` does."""
        await self._store._run_async(lambda scripts: scripts.release(callback))

    async def status(self, ref_id: str) -> typing.Optional[SendStatus]:
        """Does what `Outbox.status` does."""
        return _status(await self._store._run_async(lambda scripts: scripts.status(ref_id)))

    async def in_doubt(self, older_than: _Period = 300.0, limit: int = 1000) -> list[SendStatus]:
        """Does what `Outbox.in_doubt` does."""
        found = await self._store._run_async(
            lambda scripts: scripts.in_doubt(_seconds("older_than", older_than), limit)
        )
        return [SendStatus(*_fields(status)) for status in found]

    async def settle(self, ref_id: str, outcome: Literal["accepted", "not_sent"]) -> None:
        """Does what `Outbox.settle` does."""
        await self._store._run_async(lambda scripts: scripts.settle(ref_id, outcome))

    async def prune(self, older_than: _Period) -> int:
        """Does what `Outbox.prune` does."""
        count: int = await self._store._run_async(lambda scripts: scripts.prune(_seconds("older_than", older_than)))
        return count

    async def window(self, user: str, business: typing.Optional[str] = None) -> typing.Optional[CareWindow]:
        """Does what `Outbox.window` does."""
        found: typing.Optional[CareWindow] = await self._store._run_async(
            lambda scripts: scripts.window(user, business)
        )
        return found

    async def _deliver(self, ref_id: str, make: Make, send: Callable[[str], Any]) -> SendResult:
        """Begins a send, sends and records, in a task that goes on if the caller is cancelled."""
        task = asyncio.get_running_loop().create_task(self._outcome(ref_id, make, send))
        self._sends.add(task)
        task.add_done_callback(self._sends.discard)
        outcome = await asyncio.shield(task)
        if isinstance(outcome, LinkwaError):
            try:
                raise outcome
            finally:
                # The exception holds this frame, which holds the exception: this breaks the cycle.
                del outcome, task
        return outcome

    async def _outcome(
        self, ref_id: str, make: Make, send: Callable[[str], Any]
    ) -> typing.Union[SendResult, LinkwaError]:
        """The result or the error of a send. An exception that nothing awaits any more would be reported by the loop."""
        try:
            with store_errors(ref_id):
                begun = await self._store._run_async(make)
        except LinkwaError as error:
            return error
        if isinstance(begun, SendResult):
            return begun
        attempt, request = begun
        try:
            sent: typing.Union[SendResult, LinkwaError] = await send(request)
        except LinkwaError as error:
            sent = error
        except BaseException as error:
            # The loop ends.
            await self._record(ref_id, attempt, error)
            raise
        await self._record(ref_id, attempt, sent)
        return sent

    async def _record(self, ref_id: str, attempt: int, outcome: typing.Union[SendResult, BaseException]) -> None:
        text = _json_of(outcome, ref_id)
        if text is not None:
            await self._keep(ref_id, lambda scripts: scripts.record(ref_id, attempt, text))

    async def _keep(self, ref_id: str, make: Make) -> None:
        try:
            await self._store._run_async(make)
        except Exception:
            _log.warning(_NOT_RECORDED, ref_id, exc_info=True, extra={"ref_id": ref_id})

    async def _run_in(self, transaction: Any, make: Make) -> Any:
        return await run_in_async(self._store._cursor(transaction), make(self._store._scripts))


_NOT_RECORDED = "refId %s: the outbox could not record the outcome, which stays as it was recorded before"


def _json_of(outcome: typing.Union[SendResult, BaseException], ref_id: str) -> typing.Optional[str]:
    """The outcome of a send as core reads it; `None` if nothing is known, so that the send stays in doubt."""
    if isinstance(outcome, SendResult):
        return json.dumps({"result": outcome.to_dict(details=True)})
    if not isinstance(outcome, LinkwaError):
        # A send that was interrupted.
        known = getattr(outcome, "linkwa_outcome", None)
        # It may be what is known of another send, which an observer made.
        if known is None or getattr(outcome, "linkwa_ref_id", None) != ref_id:
            return None
        kind = NotSent if known == "not_sent" else OutcomeUnknown
        outcome = kind("interrupted", reason="cancelled")
    return json_of_error(outcome)


def _seconds(name: str, period: _Period) -> float:
    if isinstance(period, timedelta):
        return period.total_seconds()
    if not hasattr(period, "__float__"):
        raise TypeError(f"argument '{name}' must be a number of seconds or a timedelta, not {type(period).__name__}")
    return float(period)


def _fields(status: tuple[Any, ...]) -> tuple[Any, ...]:
    *first, created_at, changed_at, messages = status
    return (*first, _time(created_at), _time(changed_at), messages)


def _time(millis: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(milliseconds=millis)


def _status(found: typing.Optional[tuple[Any, ...]]) -> typing.Optional[SendStatus]:
    return None if found is None else SendStatus(*_fields(found))


for _class in (AsyncSendMany, Entry, PostgresStore, Progress, SendMany, SqliteStore, Store):
    _class.__module__ = __name__
