"""Real frameworks that inspect functions before they call them, or that pass errors on."""

import asyncio
import inspect
import json
from unittest import mock

import pytest
from conftest import ACCOUNT, async_client_of, bodies, client_of

import linkwa
from linkwa_sandbox import Sandbox

TO = "+46000000001"
SENDS = [name for name in dir(linkwa.AsyncClient) if name.startswith("send") and name != "send_many"]
VERBS = [*SENDS, "request"]


@pytest.mark.parametrize("name", [*VERBS, "close", "aclose"])
def test_async_verbs_are_coroutine_functions(name: str) -> None:
    client = linkwa.AsyncClient(region="n-eu", username="u", password="p")
    assert inspect.iscoroutinefunction(getattr(linkwa.AsyncClient, name))
    assert inspect.iscoroutinefunction(getattr(client, name))
    assert not inspect.iscoroutinefunction(getattr(linkwa.Client, name, None))


def test_every_verb_of_the_blocking_client_is_awaitable_in_the_other() -> None:
    assert len(VERBS) == 13
    assert {name for name in dir(linkwa.Client) if not name.startswith("_")} | {"aclose"} == {
        name for name in dir(linkwa.AsyncClient) if not name.startswith("_")
    }


def test_an_async_mock_of_the_client_is_awaited() -> None:
    client = mock.AsyncMock(spec=linkwa.AsyncClient)
    client.send_text.return_value = linkwa.SendResult(ref_id="r", result_code=112001)

    async def main() -> linkwa.SendResult:
        result: linkwa.SendResult = await client.send_text(TO, "x")
        return result

    assert asyncio.run(main()).ref_id == "r"
    client.send_text.assert_awaited_once_with(TO, "x")


def test_an_autospec_knows_the_arguments() -> None:
    client = mock.create_autospec(linkwa.AsyncClient, instance=True)
    client.send_text.return_value = linkwa.SendResult(ref_id="r", result_code=112001)
    assert asyncio.run(client.send_text(TO, "x", ref_id="r")).result_code == 112001
    with pytest.raises(TypeError, match="body"):
        client.send_text(TO, ref_id="r")


def test_methods_are_patched_on_an_instance() -> None:
    client = linkwa.Client(region="n-eu", username="u", password="p")
    with mock.patch.object(client, "send_text", return_value="patched"):
        assert client.send_text(TO, "x") == "patched"
    assert "send_text" not in vars(client)
    awaited = linkwa.AsyncClient(region="n-eu", username="u", password="p")
    with mock.patch.object(awaited, "send_text") as send:
        assert isinstance(send, mock.AsyncMock)
    many = client.send_many([], linkwa.Text("x"))
    with mock.patch.object(many, "stop") as stop:
        many.stop()
    stop.assert_called_once_with()


def test_a_background_task_of_fastapi_sends(sandbox: Sandbox) -> None:
    fastapi = pytest.importorskip("fastapi")
    client = async_client_of(sandbox.base_url)
    app = fastapi.FastAPI()

    @app.post("/orders")
    async def order(tasks: fastapi.BackgroundTasks) -> dict[str, str]:
        tasks.add_task(client.send_text, TO, "x", ref_id="from fastapi")
        return {}

    async def main() -> list[int]:
        statuses = []

        async def receive() -> dict[str, object]:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: dict[str, int]) -> None:
            statuses.append(message.get("status", 0))

        scope = {"type": "http", "method": "POST", "path": "/orders", "query_string": b"", "headers": []}
        await app(scope, receive, send)
        await client.close()
        return statuses

    assert asyncio.run(main())[0] == 200
    assert [body["refId"] for body in bodies(sandbox)] == ["from fastapi"]


def test_a_job_of_apscheduler_sends(sandbox: Sandbox) -> None:
    asyncio_schedulers = pytest.importorskip("apscheduler.schedulers.asyncio")
    events = pytest.importorskip("apscheduler.events")

    async def main() -> object:
        async with async_client_of(sandbox.base_url) as client:
            done = asyncio.get_running_loop().create_future()
            scheduler = asyncio_schedulers.AsyncIOScheduler(timezone="UTC")
            scheduler.add_listener(done.set_result, events.EVENT_JOB_EXECUTED | events.EVENT_JOB_ERROR)
            scheduler.add_job(client.send_text, args=[TO, "x"], kwargs={"ref_id": "from apscheduler"})
            scheduler.start()
            event = await asyncio.wait_for(done, 30)
            scheduler.shutdown()
            return event.retval

    assert isinstance(asyncio.run(main()), linkwa.SendResult)
    assert [body["refId"] for body in bodies(sandbox)] == ["from apscheduler"]


def test_tenacity_retries_only_what_was_not_sent(sandbox: Sandbox) -> None:
    tenacity = pytest.importorskip("tenacity")
    again = tenacity.retry(
        retry=tenacity.retry_if_exception_type(linkwa.NotSent), stop=tenacity.stop_after_attempt(3), reraise=True
    )

    async def main() -> None:
        async with async_client_of("http://127.0.0.1:1", max_attempts=1) as nowhere:
            send = again(nowhere.send_text)
            with pytest.raises(linkwa.NotSent):
                await send(TO, "x")
            assert send.statistics["attempt_number"] == 3
        async with async_client_of(sandbox.base_url) as client:
            assert (await again(client.send_text)(TO, "x")).result_code == 112001
            with pytest.raises(linkwa.Rejected):
                await again(client.send_text)("+46000001400", "x")

    asyncio.run(main())
    assert len(sandbox.requests()) == 2


def test_an_error_keeps_its_outcome_through_the_json_of_celery(sandbox: Sandbox) -> None:
    celery = pytest.importorskip("celery")
    app = celery.Celery("app", backend="cache+memory://", broker="memory://")
    with client_of(sandbox.base_url) as client:
        for to, expected in (("+46000001400", "rejected"), ("+46000002001", "unknown"), ("", "not_sent")):
            with pytest.raises(linkwa.LinkwaError) as caught:
                client.send_text(to, "x")
            stored = json.loads(json.dumps(app.backend.prepare_exception(caught.value, "json")))
            again = app.backend.exception_to_python(stored)
            assert type(again) is type(caught.value) and str(again) == str(caught.value)
            assert (again.outcome, again.code) == (expected, caught.value.code)


def test_awaiting_under_trio_says_what_to_do(sandbox: Sandbox) -> None:
    trio = pytest.importorskip("trio")
    client = async_client_of(sandbox.base_url)

    async def main() -> None:
        for awaited in (
            client.send_text(TO, "x"),
            client.close(),
            client.send_many([TO], linkwa.Text("x")).__anext__(),
        ):
            with pytest.raises(RuntimeError, match=r"asyncio.*trio\.to_thread\.run_sync"):
                await awaited

    trio.run(main)
    assert sandbox.requests() == []

    async def in_a_thread() -> linkwa.SendResult:
        with client_of(sandbox.base_url) as blocking:
            result: linkwa.SendResult = await trio.to_thread.run_sync(blocking.send_text, TO, "x")
            return result

    assert trio.run(in_a_thread).result_code == 112001


def test_a_process_pool_calls_the_functions_of_the_module(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    for name, value in {**ACCOUNT, "base_url": sandbox.base_url}.items():
        monkeypatch.setenv(f"LINKWA_{name.upper()}", str(value))
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        sent = pool.submit(linkwa.send_text, TO, "x", ref_id="of a process").result(60)
    assert (sent.ref_id, sent.result_code) == ("of a process", 112001)
