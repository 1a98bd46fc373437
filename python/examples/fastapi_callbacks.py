r"""LINK's callbacks in FastAPI: event reports and the messages that users write.

    pip install fastapi uvicorn linkwa linkwa-sandbox
    CALLBACK_USER=gate CALLBACK_PASSWORD=hush uvicorn fastapi_callbacks:app --no-proxy-headers

LINK posts to the URL of a gate, with the username and password that you agree on. Run this behind a reverse proxy on the
same machine, which appends to X-Forwarded-For. During development the sandbox plays both LINK and the proxy; the last
command plays a user who writes:

    linkwa-sandbox --listen 127.0.0.1:8080 --default-gate http://127.0.0.1:8000/callback \
        --gate-basic default=gate:hush --gate-header "default=X-Forwarded-For: 195.84.162.34"
    curl http://127.0.0.1:8080/sandbox/inbound --data '{"type": "text", "text": "Hello"}'

The receiver checks the request, calls the handler once for each callback, and answers when it is done. It remembers
this in its process: if a process ends between the handler and the answer, or another process gets the copy, the handler
is called again. So each row has the key of its callback, which the database stores once.
"""

from __future__ import annotations

import logging
import os
import sqlite3
from contextlib import closing

from fastapi import FastAPI
from starlette.routing import Route

import linkwa
from linkwa.receiver import CallbackReceiver

logging.basicConfig()  # warnings and errors go to standard error


def connect() -> sqlite3.Connection:
    """A connection of which each statement is a transaction."""
    return sqlite3.connect(os.environ.get("CALLBACK_DB", "callbacks.db"), timeout=10, isolation_level=None)


with closing(connect()) as database:
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("CREATE TABLE IF NOT EXISTS reports (key PRIMARY KEY, ref_id, message_id, status)")
    database.execute("CREATE TABLE IF NOT EXISTS inbox (key PRIMARY KEY, reply_to, text)")


def handle(callback: linkwa.Callback) -> None:
    """Your handler. It runs in a thread. Keep it short: put long work into a queue, which is written here."""
    with closing(connect()) as db:
        if isinstance(callback, linkwa.EventReport):
            row = (callback.key, callback.ref_id, callback.message_id, callback.status)
            db.execute("INSERT OR IGNORE INTO reports VALUES (?, ?, ?, ?)", row)
        else:
            db.execute("INSERT OR IGNORE INTO inbox VALUES (?, ?, ?)", (callback.key, callback.reply_to, callback.text))


guard = linkwa.CallbackGuard(
    trusted_proxies=["127.0.0.1", "::1"],
    basic=(os.environ["CALLBACK_USER"], os.environ["CALLBACK_PASSWORD"]),
)
app = FastAPI()
app.router.routes.append(Route("/callback", CallbackReceiver(handle, guard=guard).asgi))


if __name__ == "__main__":
    import uvicorn

    uvicorn.run(app, port=int(os.environ.get("PORT", "8000")), proxy_headers=False)
