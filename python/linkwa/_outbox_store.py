"""The databases of an outbox: connections and transactions. Core says which statements run in them."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import os
import selectors
import threading
from collections.abc import AsyncGenerator, Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Protocol
from weakref import WeakKeyDictionary, WeakSet

from ._lazy import Lazy
from ._linkwa import NativeScript, NativeScripts

if TYPE_CHECKING:
    import sqlite3

    from .types import Self
else:
    # Some builds of Python have no SQLite.
    sqlite3 = Lazy("sqlite3")

Make = Callable[[NativeScripts], NativeScript]
"""Makes the script of an operation."""
_Answer = tuple[list[tuple[Any, ...]], int]


class Store(Protocol):
    """The database of an outbox: `SqliteStore` or `PostgresStore`."""

    _scripts: NativeScripts

    def _run(self, make: Make) -> Any:
        """Runs a script in a transaction of its own."""
        ...

    async def _run_async(self, make: Make) -> Any:
        """Does what `_run` does, without blocking the event loop."""
        ...

    def _transaction(self) -> contextlib.AbstractContextManager[Any]:
        """A transaction, as a connection of the driver."""
        ...

    def _transaction_async(self) -> contextlib.AbstractAsyncContextManager[Any]:
        """Does what `_transaction` does, without blocking the event loop."""
        ...

    def _cursor(self, transaction: Any) -> Any:
        """A cursor in a transaction of the caller, or an awaitable of one."""
        ...


def _connection_of(transaction: Any, mark: str, driver: str) -> Any:
    """The connection of a transaction of the caller. One of the driver has the attribute `mark`."""
    connection = getattr(transaction, "connection", transaction)
    if not hasattr(connection, mark):
        wanted = f"a connection or cursor of {driver}"
        raise TypeError(f"argument 'transaction' must be {wanted}, not {type(transaction).__name__}")
    return connection


def execute(cursor: Any, sql: str, parameters: tuple[Any, ...], returns_rows: bool) -> _Answer:
    """Runs a statement."""
    cursor.execute(sql, parameters)
    if returns_rows:
        return [tuple(row) for row in cursor.fetchall()], 0
    return [], max(cursor.rowcount, 0)


async def execute_async(cursor: Any, sql: str, parameters: tuple[Any, ...], returns_rows: bool) -> _Answer:
    """Does what `execute` does, on a cursor of either kind."""
    await _settled(cursor.execute(sql, parameters))
    if returns_rows:
        return [tuple(row) for row in await _settled(cursor.fetchall())], 0
    return [], max(cursor.rowcount, 0)


async def _settled(value: Any) -> Any:
    return await value if inspect.isawaitable(value) else value


def run_in(cursor: Any, script: NativeScript) -> Any:
    """Runs all statements of a script, and returns its reply."""
    while True:
        statement = script.statement()
        if statement is None:
            return script.reply()
        script.answer(*execute(cursor, *statement))


async def run_in_async(cursor: Any, script: NativeScript) -> Any:
    """Does what `run_in` does, on a cursor of either kind."""
    cursor = await _settled(cursor)
    while True:
        statement = script.statement()
        if statement is None:
            return script.reply()
        script.answer(*await execute_async(cursor, *statement))


class _Waiting:
    """A script that waits for the next transaction, and what becomes of it."""

    __slots__ = ("error", "is_done", "reply", "script")

    def __init__(self, script: NativeScript) -> None:
        self.script = script
        self.is_done = False
        self.reply: Any = None
        self.error: Exception | None = None


class SqliteStore:
    """An outbox's tables in a file of SQLite, for the threads and processes of one machine. The file must not be on a
    network drive.

    `path` is the file; SQLite creates it. `prefix` begins the names of the tables. `timeout` is how many seconds a
    transaction waits for another one that is writing.

    The file gets the journal mode WAL, and each commit waits for the disk (`synchronous = FULL`), because a commit that is
    lost could mean a second send. The store has one connection; what several threads or tasks do at once is committed
    together. A process that is forked gets its own connection; do not fork in a transaction.
    `close()` or a `with` block closes it; used again, the store opens another.

        >>> import linkwa, linkwa.outbox
        >>> with linkwa.outbox.SqliteStore(":memory:") as store:
        ...     outbox = linkwa.outbox.Outbox(linkwa.Client.from_env(), store)
        ...     outbox.create_schema()
        ...     outbox.send("+46000000001", linkwa.Text("Hello"), ref_id="order-17").repeat
        False
    """

    def __init__(self, path: str | os.PathLike[str], *, prefix: str = "linkwa_", timeout: float = 30.0) -> None:
        """Opens nothing yet.

        Raises `InvalidConfig` for a prefix with other characters than ASCII letters, digits, `_` and one dot after a
        schema's name, or of more than 40 characters.
        """
        self._scripts = NativeScripts("sqlite", prefix)
        self._path = os.fspath(path)
        self._timeout = timeout
        self._inherited: list[object] = []
        self._is_held = False
        self._reset()
        _sqlite_stores.add(self)

    def _reset(self) -> None:
        self._lock = threading.RLock()
        # Threads wait for their turn, not for the lock: one whose script another thread has run goes on at once.
        self._turn = threading.Condition()
        self._is_taken = False
        self._waiting: list[_Waiting] = []
        self._connection: sqlite3.Connection | None = None
        self._executor: ThreadPoolExecutor | None = None

    def _before_fork(self) -> None:
        # What SQLite knows of a file's locks would be wrong in the child, and its commits could get lost.
        self._is_held = self._lock.acquire(timeout=self._timeout)
        connection = self._connection
        if self._path == ":memory:" or connection is None:
            return
        if self._is_held and not connection.in_transaction:
            self._connection = None
            connection.close()

    def _after_fork(self) -> None:
        if self._is_held:
            self._lock.release()

    def _after_fork_in_child(self) -> None:
        # Of a transaction that was running.
        self._inherited.append(self._connection)
        self._reset()

    def _open(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, timeout=self._timeout, isolation_level=None, check_same_thread=False)
        try:
            self._set_up(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _set_up(self, connection: sqlite3.Connection) -> None:
        from time import monotonic, sleep

        until = monotonic() + self._timeout
        while True:
            try:
                # SQLite does not wait for its lock when the mode changes.
                connection.execute("PRAGMA journal_mode = WAL")
                break
            except sqlite3.OperationalError:
                if monotonic() >= until:
                    raise
                sleep(0.01)
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA fullfsync = ON")  # macOS writes to the disk only so; others ignore it

    @contextlib.contextmanager
    def _begun(self, connection: sqlite3.Connection) -> Generator[sqlite3.Connection, None, None]:
        """A transaction that is committed at the end of the block."""
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield connection
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise

    @contextlib.contextmanager
    def _transaction(self) -> Generator[sqlite3.Connection, None, None]:
        if not self._lock.acquire(timeout=self._timeout):
            raise sqlite3.OperationalError("a transaction of another thread did not end in time")
        try:
            connection = self._connection
            if connection is None:
                connection = self._connection = self._open()
            is_nested = connection.in_transaction
            try:
                with self._begun(connection):
                    yield connection
            finally:
                # It could not be rolled back.
                if connection.in_transaction and not is_nested:
                    self._connection = None
                    connection.close()
        finally:
            self._lock.release()

    def _run(self, make: Make) -> Any:
        waiting = _Waiting(make(self._scripts))
        self._refuse_within()
        has_turn = False
        try:
            with self._turn:
                self._waiting.append(waiting)
                if not self._turn.wait_for(lambda: waiting.is_done or not self._is_taken, self._timeout):
                    if self._withdraw(waiting):
                        raise sqlite3.OperationalError("a transaction of another thread did not end in time")
                    # It runs now.
                    self._turn.wait_for(lambda: waiting.is_done)
                if not waiting.is_done:
                    has_turn = self._is_taken = True
            if has_turn:
                self._run_waiting(waiting)
        finally:
            # Also if an exception, such as Ctrl-C, came before the transaction.
            with self._turn:
                self._withdraw(waiting)
                if has_turn:
                    self._is_taken = False
                    self._turn.notify_all()
        if waiting.error is not None:
            raise waiting.error
        return waiting.reply

    def _refuse_within(self) -> None:
        """Raises in a transaction of this thread, in which a script would wait for ever."""
        # Only the thread that has the lock already gets it while its transaction is open.
        if self._lock.acquire(blocking=False):
            try:
                if self._connection is not None and self._connection.in_transaction:
                    raise sqlite3.OperationalError("cannot start a transaction within a transaction")
            finally:
                self._lock.release()

    def _withdraw(self, waiting: _Waiting) -> bool:
        """Whether a script was still waiting, and waits no more."""
        try:
            self._waiting.remove(waiting)
        except ValueError:
            return False
        return True

    def _run_waiting(self, own: _Waiting) -> None:
        """Runs the scripts of all threads that wait in one transaction, because a commit waits for the disk."""
        taken = [own]
        try:
            with self._transaction() as connection:
                with self._turn:
                    taken, self._waiting = self._waiting, []
                for waiting in taken:
                    self._run_alone(connection, waiting)
        except Exception as error:
            for waiting in taken:
                waiting.error = error
        except BaseException:
            for waiting in taken:
                waiting.error = sqlite3.OperationalError("the transaction was interrupted")
            raise
        finally:
            for waiting in taken:
                waiting.is_done = True

    def _run_alone(self, connection: sqlite3.Connection, waiting: _Waiting) -> None:
        """Runs a script of several in a transaction; it can fail alone."""
        connection.execute("SAVEPOINT linkwa")
        try:
            waiting.reply = run_in(connection.cursor(), waiting.script)
        except Exception as error:
            connection.execute("ROLLBACK TO linkwa")
            waiting.error = error
        connection.execute("RELEASE linkwa")

    async def _run_async(self, make: Make) -> Any:
        if self._executor is None:
            self._executor = ThreadPoolExecutor(_THREADS, "linkwa-outbox")
        return await asyncio.get_running_loop().run_in_executor(self._executor, self._run, make)

    @contextlib.asynccontextmanager
    async def _transaction_async(self) -> AsyncGenerator[sqlite3.Connection, None]:
        # It has its own connection and thread, so that it does not stop others that go on while the caller awaits.
        loop = asyncio.get_running_loop()
        with ThreadPoolExecutor(1, "linkwa-outbox-transaction") as thread:
            connection = await loop.run_in_executor(thread, self._open)
            try:
                begun = self._begun(connection)
                await loop.run_in_executor(thread, begun.__enter__)
                try:
                    yield connection
                except BaseException as error:
                    await loop.run_in_executor(thread, begun.__exit__, type(error), error, error.__traceback__)
                    raise
                await loop.run_in_executor(thread, begun.__exit__, None, None, None)
            finally:
                await loop.run_in_executor(thread, connection.close)

    def _cursor(self, transaction: Any) -> Any:
        connection = _connection_of(transaction, "in_transaction", "sqlite3")
        commits_each = connection.isolation_level is None or getattr(connection, "autocommit", None) is True
        if commits_each and not connection.in_transaction:
            raise ValueError(
                "argument 'transaction': begin a transaction first, because this connection commits each statement"
            )
        cursor = connection.cursor()
        cursor.row_factory = None
        return cursor

    def close(self) -> None:
        """Closes the connection, after a transaction that is running."""
        with self._lock:
            connection, self._connection = self._connection, None
            executor, self._executor = self._executor, None
            if connection is not None:
                connection.close()
        if executor is not None:
            executor.shutdown()

    async def aclose(self) -> None:
        """Does what `close` does, without blocking the event loop."""
        await asyncio.get_running_loop().run_in_executor(None, self.close)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()


_THREADS = 16
"""In how many threads scripts of an event loop wait for the next transaction."""

_sqlite_stores: WeakSet[SqliteStore] = WeakSet()


def _before_fork() -> None:
    for store in list(_sqlite_stores):
        store._before_fork()


def _after_fork() -> None:
    for store in list(_sqlite_stores):
        store._after_fork()


def _after_fork_in_child() -> None:
    for store in list(_sqlite_stores):
        store._after_fork_in_child()


if hasattr(os, "register_at_fork"):  # not on Windows
    os.register_at_fork(before=_before_fork, after_in_parent=_after_fork, after_in_child=_after_fork_in_child)


class PostgresStore:
    """An outbox's tables in PostgreSQL, for any number of machines. It needs psycopg 3: `pip install linkwa[postgres]`.

    `source` is one of:

    - the text of a connection, such as `"postgresql://user@db.example/app"`: the store opens up to `connections`
      connections and keeps them;
    - a function without arguments that opens a connection of psycopg (for an `AsyncOutbox` an async one, to be awaited);
      the store keeps these as well;
    - a `ConnectionPool` of psycopg_pool (for an `AsyncOutbox` an `AsyncConnectionPool`). Its connections must have the
      isolation level READ COMMITTED, and must not have `synchronous_commit = off`: a commit that is lost could mean a
      second send. Give it `check=ConnectionPool.check_connection`, so that a restart of the server costs no send.

    `prefix` begins the names of the tables, and may name a schema: `"app.linkwa_"`. Connections of its own wait at most
    `timeout` seconds for a free one. `close()` or a `with` block closes them (`aclose()` or `async with` those of an event
    loop); used again, the store opens others. A process that is forked gets its own.
    """

    def __init__(
        self,
        source: str | Callable[[], Any] | Any,
        *,
        prefix: str = "linkwa_",
        connections: int = 10,
        timeout: float = 30.0,
    ) -> None:
        """Opens nothing yet.

        Raises `InvalidConfig` for a prefix that is not valid, as `SqliteStore` does, and an `ImportError` without psycopg.
        """
        import psycopg

        self._driver: Any = psycopg
        self._scripts = NativeScripts("psycopg", prefix)
        if not (isinstance(source, str) or callable(source) or hasattr(source, "connection")):
            raise TypeError("argument 'source' must be str, a function or a pool")
        self._source: Any = source
        factory: Any = source
        self._factory: Callable[[], Any] | None = factory if callable(factory) else None
        self._connections = connections
        self._timeout = timeout
        self._inherited: list[object] = []
        self._reset()

    def _reset(self) -> None:
        self._process = os.getpid()
        self._idle: list[Any] = []
        self._free = threading.Semaphore(self._connections)
        self._loops: WeakKeyDictionary[asyncio.AbstractEventLoop, tuple[list[Any], asyncio.Semaphore]] = (
            WeakKeyDictionary()
        )

    def _check_process(self) -> None:
        if self._process != os.getpid():
            # The parent process uses them.
            self._inherited += [self._idle, self._loops]
            self._reset()

    def _open(self) -> Any:
        open_one = self._factory or (lambda: self._driver.connect(self._source, autocommit=True))
        connection = open_one()
        connection.isolation_level = self._driver.IsolationLevel.READ_COMMITTED
        with connection.transaction():
            connection.execute(_WAIT_FOR_DISK)
        return connection

    async def _open_async(self) -> Any:
        if self._factory is not None:
            connection = await self._factory()
        else:
            connection = await self._driver.AsyncConnection.connect(self._source, autocommit=True)
        await connection.set_isolation_level(self._driver.IsolationLevel.READ_COMMITTED)
        async with connection.transaction():
            await connection.execute(_WAIT_FOR_DISK)
        return connection

    @contextlib.contextmanager
    def _connection(self) -> Generator[Any, None, None]:
        if hasattr(self._source, "connection"):
            with self._source.connection() as connection:
                yield connection
            return
        self._check_process()
        if not self._free.acquire(timeout=self._timeout):
            raise TimeoutError("no connection of the outbox became free in time")
        connection = None
        try:
            while self._idle and connection is None:
                connection = self._idle.pop()
                if not _is_usable(connection):
                    connection.close()
                    connection = None
            if connection is None:
                connection = self._open()
            yield connection
        finally:
            if connection is not None:
                if _is_idle(connection):
                    self._idle.append(connection)
                else:
                    connection.close()
            self._free.release()

    @contextlib.asynccontextmanager
    async def _connection_async(self) -> AsyncGenerator[Any, None]:
        if hasattr(self._source, "connection"):
            async with self._source.connection() as connection:
                yield connection
            return
        self._check_process()
        loop = asyncio.get_running_loop()
        if loop not in self._loops:
            self._loops[loop] = [], asyncio.Semaphore(self._connections)
        idle, free = self._loops[loop]
        await _acquire(free, self._timeout)
        connection = None
        try:
            while idle and connection is None:
                connection = idle.pop()
                if not _is_usable(connection):
                    await connection.close()
                    connection = None
            if connection is None:
                connection = await self._open_async()
            yield connection
        finally:
            if connection is not None:
                if _is_idle(connection):
                    idle.append(connection)
                else:
                    await connection.close()
            free.release()

    @contextlib.contextmanager
    def _transaction(self) -> Generator[Any, None, None]:
        with self._connection() as connection, connection.transaction():
            yield connection

    @contextlib.asynccontextmanager
    async def _transaction_async(self) -> AsyncGenerator[Any, None]:
        async with self._connection_async() as connection, connection.transaction():
            yield connection

    def _run(self, make: Make) -> Any:
        script = make(self._scripts)
        with self._transaction() as connection:
            return run_in(self._cursor(connection), script)

    async def _run_async(self, make: Make) -> Any:
        script = make(self._scripts)
        async with self._transaction_async() as connection:
            return await run_in_async(self._cursor(connection), script)

    def _cursor(self, transaction: Any) -> Any:
        connection = _connection_of(transaction, "info", "psycopg")
        if connection.autocommit and connection.info.transaction_status == self._driver.pq.TransactionStatus.IDLE:
            raise ValueError(
                "argument 'transaction': begin a transaction first, because this connection commits each statement"
            )
        return connection.cursor(row_factory=self._driver.rows.tuple_row)

    def close(self) -> None:
        """Closes the connections that it has opened for an `Outbox` and that are idle."""
        self._check_process()
        while self._idle:
            self._idle.pop().close()

    async def aclose(self) -> None:
        """Closes the connections that it has opened on this event loop and that are idle."""
        self._check_process()
        loop = asyncio.get_running_loop()
        if loop in self._loops:
            idle, _ = self._loops[loop]
            while idle:
                await idle.pop().close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()


_WAIT_FOR_DISK = (
    "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'"
)


async def _acquire(free: asyncio.Semaphore, timeout: float) -> None:
    """Takes a connection's place. (Before Python 3.12, `asyncio.wait_for` can lose a cancellation.)"""
    taking = asyncio.ensure_future(free.acquire())
    try:
        await asyncio.wait([taking], timeout=timeout)
        if not taking.done():
            raise TimeoutError("no connection of the outbox became free in time")
        taking.result()
    except BaseException:
        if not taking.done():
            taking.cancel()
        elif not taking.cancelled():
            free.release()
        raise


def _is_idle(connection: Any) -> bool:
    """Whether it is outside a transaction, and not broken."""
    return not connection.closed and connection.info.transaction_status.name == "IDLE"


def _is_usable(connection: Any) -> bool:
    """Whether the server has left an idle connection alone. It sends something when it closes one."""
    if connection.closed:
        return False
    with selectors.DefaultSelector() as selector:
        selector.register(connection.fileno(), selectors.EVENT_READ)
        return not selector.select(0)
