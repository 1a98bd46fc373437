"""The functions of `Client.on_event`."""

from __future__ import annotations

from contextlib import contextmanager, nullcontext, suppress

from ._errors import LinkwaError
from ._linkwa import Event, NativeClient, NativeEvents

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Sequence

    from ._client import _Account
    from .otel import ClientTracing


class Listener:
    """A function that is called with events. Two are equal only if they are the same object."""

    __slots__ = ("function",)

    def __init__(self, function: Callable[[Event], object]) -> None:
        self.function = function


def listen(listeners: list[Listener], function: Callable[[Event], object]) -> Callable[[], None]:
    """Adds a function. Returns a function that removes it."""
    if not callable(function):
        raise TypeError(f"argument 'function' must be callable, not {type(function).__name__}")
    # It takes long to import.
    from inspect import iscoroutinefunction

    if iscoroutinefunction(function):
        raise TypeError("argument 'function' must not be a coroutine function: nothing awaits it")
    # Each of these is one step for other threads.
    listener = Listener(function)
    listeners.append(listener)

    def remove() -> None:
        with suppress(ValueError):  # it was removed before
            listeners.remove(listener)

    return remove


def report(events: Iterable[Event], listeners: Sequence[Listener]) -> None:
    """Calls each function with these events."""
    for event in events:
        for listener in tuple(listeners):
            try:
                listener.function(event)
            except Exception:
                from logging import getLogger

                getLogger("linkwa").exception("a function of on_event raised an exception at %s", event.kind)


@contextmanager
def observed(
    client: NativeClient, listeners: Sequence[Listener], tracing: ClientTracing | None, verb: str
) -> Generator[NativeClient, None, None]:
    """The client to send with in this block. Reports the send at the end of the block."""
    events = NativeEvents()
    try:
        with nullcontext((client, None)) if tracing is None else tracing.send(client, verb) as (joined, trace):
            try:
                yield joined.observed(events)
            finally:
                reported = events.take_all()
                if trace is not None:
                    trace(reported)
                report(reported, listeners)
    except LinkwaError:
        raise
    except BaseException as error:
        # Also of an observer: the caller gets it in place of the result.
        events.interrupt(error)
        raise


class RunEvents:
    """The events of a run, until its reader gets a result."""

    def __init__(self, listeners: Sequence[Listener], trace: Callable[[Iterable[Event]], None] | None) -> None:
        self._listeners = listeners
        self._trace = trace
        self._events = NativeEvents()

    @staticmethod
    def of(account: _Account) -> tuple[NativeClient, RunEvents | None]:
        """The client for a run, and its events if they are wanted."""
        client, tracing = account._native, account._tracing
        if tracing is None and not account._listeners:
            return client, None
        joined, trace = (client, None) if tracing is None else tracing.run(client)
        # One that is added during the run gets events, too.
        events = RunEvents(account.__dict__.setdefault("_listeners", []), trace)
        return joined.observed(events._events), events

    def report(self) -> None:
        """Reports the sends that have ended."""
        reported = self._events.take()
        if self._trace is not None:
            self._trace(reported)
        report(reported, self._listeners)
