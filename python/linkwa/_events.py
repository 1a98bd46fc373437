"""The functions of `Client.on_event`."""

from __future__ import annotations

from contextlib import suppress

from ._linkwa import Event, NativeClient, NativeEvents

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence


class Listener:
    """A function that is called with events. Two are equal only if they are the same object."""

    __slots__ = ("function",)

    def __init__(self, function: Callable[[Event], object]) -> None:
        self.function = function


def listen(listeners: list[Listener], function: Callable[[Event], object]) -> Callable[[], None]:
    """Adds a function. Returns a function that removes it."""
    # Each of these is one step for other threads.
    listener = Listener(function)
    listeners.append(listener)

    def remove() -> None:
        with suppress(ValueError):  # it was removed before
            listeners.remove(listener)

    return remove


def observed(native: NativeClient, listeners: Sequence[Listener]) -> tuple[NativeClient, NativeEvents | None]:
    """The client to send with, and what keeps its events until the caller is back on its own thread."""
    if not listeners:
        return native, None
    events = NativeEvents()
    return native.observed(events), events


def report(events: Iterable[Event], listeners: Sequence[Listener]) -> None:
    """Calls each function with these events."""
    for event in events:
        for listener in tuple(listeners):
            try:
                listener.function(event)
            except Exception:
                from logging import getLogger

                getLogger("linkwa").exception("a function of on_event raised an exception at %s", event.kind)
