"""gevent and eventlet: if they have patched `threading`, a call that blocks its thread would stop every greenlet."""

from __future__ import annotations

import sys

from ._errors import LinkwaError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ._linkwa import Chunk, NativeMany, NativePending


class Hub:
    """Runs the greenlets of this thread."""

    def __init__(self, in_pool: Callable[..., Any], sleep: Callable[[float], object]) -> None:
        self._in_pool = in_pool
        self._sleep = sleep

    def run(self, function: Callable[[], Any]) -> Any:
        """Calls a function in the hub's thread pool, while other greenlets go on."""

        def call() -> tuple[Any, BaseException | None]:
            try:
                return function(), None
            except BaseException as error:
                return None, error

        # gevent prints an exception of its pool to standard error. If that is a log, as in a worker of Celery, printing
        # can fail, and then the greenlet waits forever.
        value, error = self._in_pool(call)
        if error is None:
            return value
        try:
            raise error
        finally:
            del error

    def wait(self, pending: NativePending) -> Any:
        """Returns the outcome of a send. The send ends with its greenlet."""
        try:
            return self.run(pending.wait)
        except LinkwaError:
            raise
        except BaseException as error:
            pending.abandon(error)
            raise

    def next_of(self, run: NativeMany) -> Chunk | None:
        """Returns the next result of a run. Its destinations and message function run in this greenlet, not in the
        pool."""
        while True:
            step = run.try_next()
            if not isinstance(step, (int, float)):
                return step
            try:
                self._sleep(min(step, 0.01))
            except BaseException as error:
                run.interrupt(error)
                raise


def hub() -> Hub | None:
    """Returns the hub of gevent or eventlet, if one of them has patched `threading`."""
    modules = sys.modules
    monkey = modules.get("gevent.monkey")
    if monkey is not None and monkey.is_module_patched("threading"):
        gevent = modules["gevent"]
        return Hub(gevent.get_hub().threadpool.apply, gevent.sleep)
    patcher = modules.get("eventlet.patcher")
    if patcher is not None and patcher.is_monkey_patched("thread"):
        from importlib import import_module

        return Hub(import_module("eventlet.tpool").execute, modules["eventlet"].sleep)
    return None
