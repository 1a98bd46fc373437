"""The job-queue examples of python/examples with real workers, a real Redis and a sandbox: each job ends as its message does,
and each message reaches the gateway once, also if workers are killed.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import GOOD, SECRET, FaultServer, http, wait_for
from databases import find_programs, leave_out
from test_examples import GATEWAY, account, environment

import linkwa
from linkwa.outbox import Outbox, PostgresStore, SqliteStore
from linkwa_sandbox import Sandbox

for _module in ["celery", "gevent", "limits", "uvicorn"]:
    pytest.importorskip(_module)
psycopg, redis, rq = (pytest.importorskip(module) for module in ["psycopg", "redis", "rq"])

EXAMPLES = {"celery": "celery_jobs", "celery with gevent": "celery_jobs", "rq": "rq_jobs"}
SUBMIT = {
    "celery_jobs": "ids = [send.delay(*order).id for order in orders]",
    "rq_jobs": "[place(*order) for order in orders]; ids = [linkwa.ref_id_for('orders', order[0]) for order in orders]",
}
REDIS = shutil.which("redis-server")
TO = "+46000000001"


def free_port() -> int:
    with contextlib.closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def is_running(process: subprocess.Popen[Any], port: int) -> bool:
    """Whether a process listens on its port."""
    assert process.poll() is None, f"it ended with status {process.returncode}"
    with contextlib.closing(socket.socket()) as connection:
        return connection.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture(scope="module")
def redis_port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    if REDIS is None:
        leave_out("redis-server is not installed: the job queues are not tested")
    folder, port = tmp_path_factory.mktemp("redis"), free_port()
    options = ["--bind", "127.0.0.1", "--port", str(port), "--dir", str(folder), "--save", "", "--appendonly", "no"]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([str(REDIS), *options], stdout=log, stderr=log)
    try:
        wait_for(lambda: is_running(process, port))
        yield port
    finally:
        process.kill()
        process.wait()


class Jobs:
    """An example, its workers, its receiver, and the gateway."""

    def __init__(self, engine: str, folder: Path, redis_port: int, database: str | None) -> None:
        self.engine, self.example, self.folder = engine, EXAMPLES[engine], folder
        self.concurrency = {"celery": 2, "celery with gevent": 10, "rq": 1}[engine]
        url = f"redis://127.0.0.1:{redis_port}/{list(EXAMPLES).index(engine)}"
        self.redis = redis.Redis.from_url(url, decode_responses=True)
        self.raw_redis = redis.Redis.from_url(url)
        self.sandbox = Sandbox(password=SECRET)
        self.env = environment(
            **{name: value for name, value in account(self.sandbox).items() if name.startswith("LINKWA_")},
            REDIS_URL=url,
            RQ_REDIS_URL=url,
            CALLBACK_USER="gate",
            CALLBACK_PASSWORD=SECRET,
        )
        self.store: SqliteStore | PostgresStore = SqliteStore(folder / "outbox.db")
        self.database, self.schema = database, f"jobs_{os.getpid()}_{list(EXAMPLES).index(engine)}"
        if database is not None:
            self.execute(f"CREATE SCHEMA {self.schema}")
            self.env["DATABASE_URL"] = psycopg.conninfo.make_conninfo(database, options=f"-c search_path={self.schema}")
            self.store = PostgresStore(self.env["DATABASE_URL"])
        self.outbox = Outbox(linkwa.Client(**self.sandbox.client_options()), self.store)
        self.outbox.create_schema()
        self.processes: list[subprocess.Popen[bytes]] = []
        self.workers = [self.start_worker()]
        self.serve()

    def execute(self, sql: str) -> None:
        """Runs a statement, if the outbox is in PostgreSQL."""
        if self.database is not None:
            with psycopg.connect(self.database, autocommit=True) as connection:
                connection.execute(sql)

    def start(self, *arguments: str, **env: str) -> subprocess.Popen[bytes]:
        with (self.folder / "log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, *arguments],
                cwd=self.folder,
                env={**self.env, **env},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.processes.append(process)
        return process

    def start_worker(self, **env: str) -> subprocess.Popen[bytes]:
        if self.engine == "rq":
            return self.start("-m", "rq.cli", "worker", "messages", "--with-scheduler", **env)
        return self.start_celery("gevent" if "gevent" in self.engine else "prefork", **env)

    def start_celery(self, pool: str, **env: str) -> subprocess.Popen[bytes]:
        options = ["--pool", pool, "--concurrency", str(self.concurrency), "--without-mingle", "--without-gossip"]
        return self.start("-m", "celery", "-A", self.example, "worker", "--loglevel", "WARNING", *options, **env)

    def serve(self) -> None:
        """Starts the receiver."""
        self.port = free_port()
        server = ["-m", "uvicorn", f"{self.example}:receiver.asgi", "--no-proxy-headers", "--port", str(self.port)]
        self.receiver = self.start(*server)

    def settle(self, order: int) -> None:
        """Has the gateway report that an order's message was delivered, and waits until the outbox knows."""
        wait_for(lambda: is_running(self.receiver, self.port))
        url, headers = f"http://127.0.0.1:{self.port}/callback", {"X-Forwarded-For": GATEWAY}
        self.sandbox.add_gate("jobs", url, default=True, username="gate", password=SECRET, headers=headers)
        self.sandbox.report(ref_id=ref_id(order), status="delivered")
        wait_for(lambda: self.state(order) == "accepted")

    def restart_gateway(self) -> None:
        self.sandbox = Sandbox(password=SECRET, port=self.sandbox.port)

    def restart_worker(self, number: int = 1, **env: str) -> None:
        """Kills the workers, and lets the time pass after which the engine gives up on them."""
        for worker in self.workers:
            kill([worker.pid, *children(worker.pid)])
            worker.wait()
        running = "rq:wip:messages" if self.engine == "rq" else "unacked_index"
        for job in self.redis.zrange(running, 0, -1):
            self.redis.zadd(running, {job: 1})
        self.redis.delete("rq:scheduler-lock:messages")
        self.workers = [self.start_worker(**env) for _ in range(number)]
        if "gevent" in self.engine:
            # Workers with gevent do not take over the jobs of others.
            self.workers.append(self.start_celery("prefork", **env))

    def free_rate(self) -> None:
        """Forgets the messages that count for the rate."""
        for key in self.redis.keys("LIMITS:*"):
            self.redis.delete(key)

    def held(self) -> int:
        """How many jobs workers have taken and not ended, if none waits for a worker."""
        if self.engine == "rq":
            return 0 if self.redis.llen("rq:queue:messages") else int(self.redis.zcard("rq:wip:messages"))
        return 0 if self.redis.llen("celery") else int(self.redis.hlen("unacked"))

    def submit(self, *orders: tuple[int, str, str]) -> list[str]:
        """Calls the example as its text says, and returns the ids of the jobs."""
        names = "place" if self.engine == "rq" else "send"
        script = f"import json, sys, linkwa\nfrom {self.example} import {names}\norders = json.loads(sys.argv[1])\n"
        command = [sys.executable, "-c", script + SUBMIT[self.example] + "\nprint(json.dumps(ids))", json.dumps(orders)]
        done = subprocess.run(command, cwd=self.folder, env=self.env, capture_output=True, text=True, timeout=60)
        if done.returncode != 0:
            raise RuntimeError(done.stderr)
        ids: list[str] = json.loads(done.stdout)
        return ids

    def end(self, job: str) -> str | None:
        """What the engine has as the end of a job, or None."""
        if self.engine == "rq":
            found = rq.job.Job.fetch(job, connection=self.raw_redis)
            if found.get_status() == "finished":
                return str(found.return_value())
            return "failed" if found.get_status() == "failed" else None
        meta = json.loads(str(self.redis.get(f"celery-task-meta-{job}") or "{}"))
        if meta.get("status") == "SUCCESS":
            return str(meta["result"])
        return "failed" if meta.get("status") == "FAILURE" else None

    def ends(self, jobs: list[str]) -> list[str]:
        """Waits until the engine has ended all jobs."""
        try:
            return [wait_for(lambda job=job: self.end(job)) for job in jobs]
        except AssertionError:
            raise AssertionError((self.folder / "log").read_text()) from None

    def state(self, order: int) -> str | None:
        status = self.outbox.status(ref_id(order))
        return None if status is None else status.state

    def arrived(self) -> Counter[str]:
        """How often each refId came to the gateway."""
        return Counter(str(request["refId"]) for request in self.sandbox.requests())

    def close(self) -> None:
        for process in self.processes:
            if process.poll() is None:
                kill([*children(process.pid), process.pid])
        for process in self.processes:
            process.wait()
        self.store.close()
        self.execute(f"DROP SCHEMA {self.schema} CASCADE")
        self.sandbox.close()


def children(pid: int) -> list[int]:
    done = subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True)
    found = [int(child) for child in done.stdout.split()]
    return found + [grandchild for child in found for grandchild in children(child)]


def kill(pids: list[int]) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def ref_id(order: int) -> str:
    return linkwa.ref_id_for("orders", order)


@pytest.fixture(scope="module", params=EXAMPLES)
def jobs(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, redis_port: int) -> Iterator[Jobs]:
    """An example with a worker and a receiver. Each test has its own orders. The outbox is in PostgreSQL, or in a file if
    there is none here."""
    database = os.environ.get("LINKWA_TEST_POSTGRES")
    if not database and find_programs() is not None:
        database = request.getfixturevalue("postgres").conninfo
    jobs = Jobs(request.param, tmp_path_factory.mktemp(EXAMPLES[request.param]), redis_port, database)
    try:
        yield jobs
    finally:
        jobs.close()


@pytest.fixture(autouse=True)
def fresh_gateway(jobs: Jobs) -> None:
    jobs.sandbox.reset()


def test_a_job_ends_as_its_message_does(jobs: Jobs) -> None:
    jobs.sandbox.scenario("1429", to="+46000000003")
    numbers = [TO, "+46000001400", "+46000000003", "+46000002001"]
    ends = ["accepted", "failed", "accepted", "parked"]
    states = ["accepted", "rejected", "accepted", "unknown"]
    if jobs.engine != "rq":  # an invalid message gets no job there
        numbers, ends, states = [*numbers, "46 70"], [*ends, "failed"], [*states, None]
    orders = [(order, number, "Hello") for order, number in enumerate(numbers, 1)]
    assert jobs.ends(jobs.submit(*orders)) == ends
    assert [jobs.state(order) for order, _, _ in orders] == states
    assert jobs.arrived() == {ref_id(1): 1, ref_id(2): 1, ref_id(3): 2, ref_id(4): 1}
    jobs.settle(4)
    if jobs.engine == "rq":
        # The job that was busy, and the one that failed, which only a person runs again.
        assert [worker.failed_job_count for worker in rq.Worker.all(jobs.raw_redis)] == [2]
        jobs.outbox.settle(ref_id(2), "not_sent")
        rq.job.Job.fetch(ref_id(2), connection=jobs.raw_redis).requeue()
        wait_for(lambda: jobs.state(2) == "rejected")
        assert jobs.arrived()[ref_id(2)] == 2


def test_no_job_is_lost_or_sends_twice_when_much_goes_wrong(jobs: Jobs) -> None:
    jobs.sandbox.chaos({"1429": 0.25, "2001": 0.12, "1500": 0.1, "1400": 0.15}, seed=1)
    orders = [(order, TO, "Hello") for order in range(20, 28)]
    # Each job twice: the second one does nothing, at whatever time it comes.
    jobs.ends(jobs.submit(*orders, *orders))
    states = [jobs.state(order) for order, _, _ in orders]
    assert set(states) == {"accepted", "rejected", "unknown"}
    requests = jobs.sandbox.requests()
    assert 429 in {request["status"] for request in requests}
    assert Counter(request["refId"] for request in requests if request["status"] != 429) == {
        ref_id(order): 1 for order, _, _ in orders
    }


def test_a_job_waits_for_a_gateway_that_is_down(jobs: Jobs) -> None:
    jobs.sandbox.close()
    submitted = jobs.submit((50, TO, "Hello"))
    wait_for(lambda: jobs.state(50) == "not_sent")
    jobs.restart_gateway()
    assert jobs.ends(submitted) == ["accepted"]
    assert jobs.arrived() == {ref_id(50): 1}


def test_a_message_without_a_job_gets_one(jobs: Jobs) -> None:
    if jobs.engine != "rq":
        pytest.skip("its jobs have the messages")
    with jobs.outbox.transaction() as transaction:
        jobs.outbox.enqueue(transaction, TO, linkwa.Text("Hello"), ref_id=ref_id(55))
    scheduler = jobs.start("-m", "rq.cli", "cron", jobs.example)
    wait_for(lambda: jobs.state(55) == "accepted")
    assert jobs.arrived() == {ref_id(55): 1}
    scheduler.kill()


@pytest.mark.parametrize("which", ["the process of the job", "the whole worker"])
def test_a_send_that_is_killed_is_not_made_again(jobs: Jobs, which: str) -> None:
    is_whole = which == "the whole worker"
    if not is_whole and "gevent" in jobs.engine:
        pytest.skip("a worker with gevent is one process")
    order = 60 + is_whole
    jobs.sandbox.scenario(to=TO, latency_ms=(60_000, 60_000))
    submitted = jobs.submit((order, TO, "Hello"))
    wait_for(lambda: ref_id(order) in jobs.arrived())
    assert jobs.state(order) == "sending"
    if is_whole:
        jobs.restart_worker()
    else:
        below = children(jobs.workers[0].pid)
        # RQ has a process for each job, and one that looks after retries.
        kill([child for child in below if jobs.engine == "celery" or os.getpgid(child) == child])
    assert jobs.ends(submitted) == ["parked"]
    assert jobs.arrived() == {ref_id(order): 1}
    assert [status.ref_id for status in jobs.outbox.in_doubt(0) if status.state == "sending"] == [ref_id(order)]
    jobs.settle(order)


def test_a_retry_waits_as_long_as_the_gateway_asks(jobs: Jobs, fault: Callable[..., FaultServer]) -> None:
    if "gevent" in jobs.engine:
        pytest.skip("the example is the same")
    asked = 4 if jobs.engine == "rq" else 2  # longer than the example's own first pause
    times: list[float] = []

    def answer(_: bytes) -> bytes:
        times.append(time.monotonic())
        return http(429, b"", f"retry-after: {asked}\r\n") if len(times) == 1 else GOOD

    jobs.restart_worker(LINKWA_BASE_URL=fault(answer).url)
    assert jobs.ends(jobs.submit((65, TO, "Hello"))) == ["accepted"]
    first, second = times
    assert second - first >= asked


def test_workers_share_a_rate(jobs: Jobs) -> None:
    jobs.restart_worker(2, SEND_RATE="1 per hour")
    taken = len(jobs.workers) * jobs.concurrency
    submitted = jobs.submit(*[(order, TO, "Hello") for order in range(70, 71 + taken)])
    wait_for(lambda: jobs.held() == taken and jobs.redis.keys("LIMITS:*"))
    assert jobs.arrived().total() == 1
    wait_for(lambda: (jobs.free_rate(), jobs.arrived().total() == len(submitted))[1])
    assert jobs.ends(submitted) == ["accepted"] * len(submitted)
