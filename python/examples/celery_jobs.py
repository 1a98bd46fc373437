r"""Jobs in Celery that send each message once, on any number of machines.

    pip install "celery[redis]" limits "linkwa[postgres]" uvicorn
    export REDIS_URL=redis://127.0.0.1:6379/0 DATABASE_URL=postgresql://app@127.0.0.1/app
    export CALLBACK_USER=gate CALLBACK_PASSWORD=hush
    celery -A celery_jobs worker
    uvicorn celery_jobs:receiver.asgi --no-proxy-headers
    python -c "from celery_jobs import send; send.delay(17, '+46000000001', 'Your order is on its way')"

The environment selects the gateway and the account, as for first_message.py; fastapi_callbacks.py says how the sandbox
posts to the receiver. Without DATABASE_URL the outbox is a file, for one machine.

`celery -A celery_jobs worker -P gevent -c 100` runs a hundred jobs in one process. Keep a worker without gevent beside it:
it takes over the jobs of machines that died, after `visibility_timeout`, and workers with gevent do not.

A job may run more than once: its worker was killed, or Redis gave it to two workers, or your program made it twice. The
outbox has a record of each refId: what was accepted is not sent again, and what may have been accepted is parked until its
event report comes.
"""

from __future__ import annotations

import logging
import os
import time

from celery import Celery, Task
from limits import parse
from limits.storage import storage_from_string
from limits.strategies import MovingWindowRateLimiter
from redis import RedisError

import linkwa
from linkwa.outbox import Outbox, PostgresStore, SqliteStore
from linkwa.receiver import CallbackReceiver

REDIS = os.environ.get("REDIS_URL", "redis://127.0.0.1:6379/0")
DATABASE = os.environ.get("DATABASE_URL")
RATE = parse(os.environ.get("SEND_RATE", "50 per second"))

log = logging.getLogger("jobs")
limiter = MovingWindowRateLimiter(storage_from_string(REDIS))
outbox = Outbox(None, PostgresStore(DATABASE) if DATABASE else SqliteStore("outbox.db"))
outbox.create_schema()

app = Celery("celery_jobs", broker=REDIS, backend=REDIS)
app.conf.update(
    task_acks_late=True,  # a job leaves the queue when it has ended
    task_reject_on_worker_lost=True,  # and goes back when its process was killed
    worker_prefetch_multiplier=1,
    broker_transport_options={"visibility_timeout": 3600},
)


@app.task(bind=True, max_retries=50, autoretry_for=(RedisError,), retry_backoff=True)
def send(self: Task, order: int, to: str, text: str) -> str:
    """Sends the message of an order, at the rate that all workers share."""
    ref_id = linkwa.ref_id_for("orders", order)
    while not limiter.hit(RATE, "linkwa"):
        time.sleep(0.05)
    try:
        outbox.send(to, linkwa.Text(text), ref_id=ref_id)
    except linkwa.LinkwaError as error:
        if error.disposition == "retry":
            pause = min(2**self.request.retries, 600)
            raise self.retry(exc=error, countdown=error.retry_after or pause) from error
        if error.disposition == "park":
            log.warning("refId %s is in doubt: its event report settles it", ref_id)
            return "parked"
        raise
    return "accepted"


def handle(callback: linkwa.Callback) -> None:
    """Your handler. The outbox records the callback after it, and settles what was in doubt."""
    if isinstance(callback, linkwa.EventReport):
        log.info("refId %s: %s", callback.ref_id, callback.status)


credentials = os.environ["CALLBACK_USER"], os.environ["CALLBACK_PASSWORD"]
guard = linkwa.CallbackGuard(trusted_proxies=["127.0.0.1", "::1"], basic=credentials)
receiver = CallbackReceiver(handle, guard=guard, outbox=outbox)
