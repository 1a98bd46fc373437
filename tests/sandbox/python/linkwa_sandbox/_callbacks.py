"""An endpoint for callbacks, for tests."""

from __future__ import annotations

import json
import threading
import time
import typing
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Callback:
    """One callback as it came. `linkwa.parse_callback(callback.body)` reads it."""

    def __init__(self, path: str, headers: Mapping[str, str], body: bytes) -> None:
        self.path = path
        """The path and query that were posted to."""
        self.headers = headers
        """The headers, with names in lower case."""
        self.body = body
        """The body."""

    @property
    def json(self) -> typing.Any:
        """The body, read as JSON."""
        return json.loads(self.body)

    def __repr__(self) -> str:
        return f"<Callback {self.path}: {len(self.body)} bytes>"


class CallbackEndpoint:
    """An HTTP endpoint on a free port of 127.0.0.1 that collects callbacks: those of a sandbox that has its `url` as a
    gate. A `with` block closes it.

        >>> from linkwa_sandbox import CallbackEndpoint, Sandbox
        >>> with CallbackEndpoint() as endpoint, Sandbox(default_gate=endpoint.url) as sandbox:
        ...     _ = sandbox.inbound_text("Hello")
        ...     (callback,) = endpoint.wait(1)
        >>> callback.json["content"]["message"]["text"]
        'Hello'
    """

    def __init__(self) -> None:
        """Starts to listen."""
        self.answer: int | Callable[[Callback], int] = 200
        """The HTTP status of the answers, or a function that returns it for a callback. The sandbox posts again what is
        not answered with 2xx; each of these attempts is collected."""
        self._arrived = threading.Condition()
        self._all: list[Callback] = []
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", "0")))
                headers = {name.lower(): value for name, value in self.headers.items()}
                status = endpoint._take(Callback(self.path, headers, body))
                self.send_response(status)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                """Keeps standard error for the tests."""

        class Server(ThreadingHTTPServer):
            request_queue_size = 128  # the default, 5, refuses connections when many callbacks come at once

        self._server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/callback"
        """Where it listens."""
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def _take(self, callback: Callback) -> int:
        status = self.answer(callback) if callable(self.answer) else self.answer
        with self._arrived:
            self._all.append(callback)
            self._arrived.notify_all()
        return status

    def all(self) -> list[Callback]:
        """Returns the callbacks that have come, oldest first."""
        with self._arrived:
            return list(self._all)

    def wait(
        self, count: int = 1, *, where: Callable[[Callback], bool] | None = None, timeout: float = 10
    ) -> list[Callback]:
        """Waits until `count` callbacks have come, and returns all that have come, oldest first. With `where`, counts and
        returns only those for which the function returns true. Raises `TimeoutError` after `timeout` seconds.
        """
        until = time.monotonic() + timeout
        with self._arrived:
            while True:
                found = [callback for callback in self._all if where is None or where(callback)]
                if len(found) >= count:
                    return found
                left = until - time.monotonic()
                if left <= 0:
                    raise TimeoutError(
                        f"{len(found)} of {count} callbacks came within {timeout} s, of {len(self._all)} in all"
                    )
                self._arrived.wait(left)

    def clear(self) -> None:
        """Forgets the callbacks that have come."""
        with self._arrived:
            self._all.clear()

    def close(self) -> None:
        """Stops listening."""
        self._server.shutdown()
        self._server.server_close()

    def __enter__(self) -> CallbackEndpoint:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
