r"""Jobs in RQ that send each message once, on any number of machines, and together with a transaction of yours.

    pip install rq limits "linkwa[postgres]" uvicorn
    export RQ_REDIS_URL=redis://127.0.0.1:6379/0 DATABASE_URL=postgresql://app@127.0.0.1/app
    export CALLBACK_USER=gate CALLBACK_PASSWORD=hush
    rq worker messages --with-scheduler
    rq cron rq_jobs
    uvicorn rq_jobs:receiver.asgi --no-proxy-headers
    python -c "from rq_jobs import place; place(17, '+46000000001', 'Your order is on its way')"

The environment selects the gateway and the account, as for first_message.py; fastapi_callbacks.py says how the sandbox
posts to the receiver. Without DATABASE_URL the outbox is a file, for one machine.

A message is in the outbox if and only if its order is in your database. Redis has only the refId, no number and no text.
If the program dies before it has made the job, `rq cron` makes it within a minute.

A job may run more than once: its worker was killed, or it is requeued by hand. The outbox has a record of each refId: what was
accepted is not sent again, and what may have been accepted is parked until its event report comes.
"""

from __future__ import annotations

import logging
import math
import os
import time
from contextlib import suppress

from limits import parse
from limits.storage import storage_from_string
from limits.strategies import MovingWindowRateLimiter
from redis import Redis, RedisError
from rq import Queue, Retry, cron, get_current_job
from rq.exceptions import DuplicateJobError

import linkwa
from linkwa.outbox import Outbox, PostgresStore, SqliteStore
from linkwa.receiver import CallbackReceiver

REDIS = os.environ.get("RQ_REDIS_URL", "redis://127.0.0.1:6379/0")
DATABASE = os.environ.get("DATABASE_URL")
RATE = parse(os.environ.get("SEND_RATE", "50 per second"))

log = logging.getLogger("jobs")
limiter = MovingWindowRateLimiter(storage_from_string(REDIS))
outbox = Outbox(None, PostgresStore(DATABASE) if DATABASE else SqliteStore("outbox.db"))
outbox.create_schema()
queue = Queue("messages", connection=Redis.from_url(REDIS))


def place(order: int, to: str, text: str) -> None:
    """Your program: it writes the message in the transaction of the order."""
    ref_id = linkwa.ref_id_for("orders", order)
    with outbox.transaction() as transaction:
        # transaction.execute("INSERT INTO orders ...")
        outbox.enqueue(transaction, to, linkwa.Text(text), ref_id=ref_id)
    make_job(ref_id)


def make_job(ref_id: str) -> None:
    """Makes a job for a message, unless it has one. If Redis is down, `hand_over` makes it later."""
    with suppress(DuplicateJobError, RedisError):
        queue.enqueue(send, ref_id, job_id=ref_id, unique=True, retry=Retry(3))


def hand_over() -> None:
    """Makes jobs for messages that wait and have none."""
    for ref_id in outbox.pending():
        make_job(ref_id)


cron.register(hand_over, "messages", interval=60)


def send(ref_id: str) -> str | Retry:
    """Sends a message, at the rate that all workers share."""
    job = get_current_job()
    while not limiter.hit(RATE, "linkwa"):
        time.sleep(0.05)
    try:
        outbox.send_pending(ref_id)
    except linkwa.LinkwaError as error:
        if error.disposition == "retry":
            pause = error.retry_after or min(2 ** (job.number_of_retries or 0), 600)
            return Retry(50, interval=math.ceil(pause) + 1)  # RQ counts whole seconds
        if error.disposition == "park":
            log.warning("refId %s is in doubt: its event report settles it", ref_id)
            return "parked"
        job.retries_left = 0  # RQ runs jobs again that raise anything else
        raise
    return "accepted"


def handle(callback: linkwa.Callback) -> None:
    """Your handler. The outbox records the callback after it, and settles what was in doubt."""
    if isinstance(callback, linkwa.EventReport):
        log.info("refId %s: %s", callback.ref_id, callback.status)


credentials = os.environ["CALLBACK_USER"], os.environ["CALLBACK_PASSWORD"]
guard = linkwa.CallbackGuard(trusted_proxies=["127.0.0.1", "::1"], basic=credentials)
receiver = CallbackReceiver(handle, guard=guard, outbox=outbox)
