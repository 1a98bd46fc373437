"""Fixtures for pytest: a sandbox, clients that send to it, and an endpoint for its callbacks."""

from __future__ import annotations

import typing
from collections.abc import Iterator

import pytest

if typing.TYPE_CHECKING:
    import linkwa

    from . import CallbackEndpoint, Sandbox


@pytest.fixture(scope="session")
def linkwa_sandbox_options() -> dict[str, typing.Any]:
    """The options of the sandbox. Define a fixture of this name in your `conftest.py` to set some."""
    return {}


@pytest.fixture(scope="session")
def linkwa_sandbox_process(linkwa_sandbox_options: dict[str, typing.Any]) -> Iterator[Sandbox]:
    """The sandbox of this test run; under pytest-xdist each worker has its own."""
    from . import Sandbox

    with Sandbox(**linkwa_sandbox_options) as sandbox:
        yield sandbox


@pytest.fixture
def linkwa_sandbox(linkwa_sandbox_process: Sandbox) -> Sandbox:
    """A sandbox that has seen nothing yet."""
    linkwa_sandbox_process.reset()
    return linkwa_sandbox_process


@pytest.fixture
def linkwa_client(linkwa_sandbox: Sandbox) -> Iterator[linkwa.Client]:
    """A client that sends to the sandbox."""
    import linkwa

    with linkwa.Client(**linkwa_sandbox.client_options()) as client:
        yield client


@pytest.fixture
def linkwa_async_client(linkwa_sandbox: Sandbox) -> Iterator[linkwa.AsyncClient]:
    """A client for asyncio that sends to the sandbox."""
    import asyncio

    import linkwa

    client = linkwa.AsyncClient(**linkwa_sandbox.client_options())
    yield client
    asyncio.run(client.close())


@pytest.fixture
def linkwa_callbacks(linkwa_sandbox: Sandbox) -> Iterator[CallbackEndpoint]:
    """An endpoint that collects the callbacks of the sandbox. It is the default gate, with the id `linkwa-callbacks`."""
    from . import CallbackEndpoint

    with CallbackEndpoint() as endpoint:
        linkwa_sandbox.add_gate("linkwa-callbacks", endpoint.url, default=True)
        yield endpoint
        linkwa_sandbox.reset()  # so that nothing is posted to an endpoint that is closed
