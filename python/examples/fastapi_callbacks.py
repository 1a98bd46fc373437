r"""LINK's callbacks in FastAPI: event reports and the messages that users write.

    pip install fastapi uvicorn linkwa linkwa-sandbox
    CALLBACK_USER=gate CALLBACK_PASSWORD=hush uvicorn fastapi_callbacks:app --no-proxy-headers

LINK posts to the URL of a gate, with the username and password that you agree on. Run this behind a reverse proxy on the
same machine, which appends to X-Forwarded-For. During development the sandbox plays both LINK and the proxy; the last
command plays a user who writes:

    linkwa-sandbox --listen 127.0.0.1:8080 --default-gate http://127.0.0.1:8000/callback \
        --gate-basic default=gate:hush --gate-header "default=X-Forwarded-For: 195.84.162.34"
    curl http://127.0.0.1:8080/sandbox/inbound --data '{"type": "text", "text": "Hello"}'

A refused callback is logged with the reason. A handled one is recorded in the database together with the handler's
data, in one transaction: after a crash it comes again and is handled then, and a repeated one is handled once.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing

from fastapi import FastAPI, Request, Response

import linkwa

MAX_BODY = 256 * 1024  # the largest body of a callback
guard = linkwa.CallbackGuard(
    trusted_proxies=["127.0.0.1", "::1"],
    basic=(os.environ["CALLBACK_USER"], os.environ["CALLBACK_PASSWORD"]),
    max_body=MAX_BODY,
)
logging.basicConfig()  # warnings and errors go to standard error
log = logging.getLogger("callbacks")
app = FastAPI()


async def handle(callback: linkwa.EventReport | linkwa.ReceivedMessage, db: sqlite3.Connection) -> None:
    """Your handler. Callbacks are handled one at a time, so keep it short. Put long work into a queue, which is written here."""
    if isinstance(callback, linkwa.EventReport):
        db.execute("INSERT INTO reports VALUES (?, ?, ?)", (callback.ref_id, callback.message_id, callback.status))
    else:
        db.execute("INSERT INTO inbox VALUES (?, ?)", (callback.reply_to, callback.text))


@asynccontextmanager
async def first_time(key: str) -> AsyncIterator[sqlite3.Connection | None]:
    """A transaction for a new callback, None for a handled one. It begins with the key, so that no other process
    handles the same callback meanwhile; and it is committed only on success."""
    with closing(connect()) as db:
        for attempt in range(500):
            try:
                db.execute("BEGIN IMMEDIATE")
                break
            except sqlite3.OperationalError:  # another callback is being handled; the event loop must not block
                if attempt == 499:
                    raise
                await asyncio.sleep(0.02)
        yield db if db.execute("INSERT OR IGNORE INTO handled VALUES (?)", (key,)).rowcount else None
        db.execute("COMMIT")


def connect(timeout: float = 0) -> sqlite3.Connection:
    """A connection that begins no transaction by itself, and does not wait for locks."""
    return sqlite3.connect(os.environ.get("CALLBACK_DB", "callbacks.db"), timeout, isolation_level=None)


with closing(connect(timeout=10)) as database:
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("CREATE TABLE IF NOT EXISTS handled (key TEXT PRIMARY KEY)")
    database.execute("CREATE TABLE IF NOT EXISTS reports (ref_id, message_id, status)")
    database.execute("CREATE TABLE IF NOT EXISTS inbox (reply_to, text)")


@app.post("/callback")
async def on_callback(request: Request) -> Response:
    """One callback."""
    peer = request.client.host if request.client else None
    verdict = guard.check(peer, request.headers, int(request.headers.get("content-length", 0)))
    if not verdict:  # the body is not read
        log.warning("refused a callback: %s", verdict.refusal)
    if verdict.refusal == "credentials":
        return Response(status_code=401, headers={"WWW-Authenticate": "Basic"})
    if not verdict:
        return Response(status_code=413 if verdict.refusal == "too_large" else 403)
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > MAX_BODY:  # for a body without a Content-Length
            return Response(status_code=413)
    try:
        callback = linkwa.parse_callback(body)
    except linkwa.InvalidCallback as error:
        return Response(str(error), status_code=400)
    async with first_time(callback.key) as db:
        if db is not None:
            await handle(callback, db)
    return Response()  # 200: handled, now or earlier. An error above gives 500, and LINK posts the callback again


if __name__ == "__main__":
    import uvicorn

    uvicorn.run(app, port=int(os.environ.get("PORT", "8000")), proxy_headers=False)
