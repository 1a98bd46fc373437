"""64 sends at once: `linkwa.AsyncClient` beside httpx and aiohttp, each with as many connections.

`async_sends.py URL` measures the plain responder, `async_sends.py URL CA_FILE` the TLS gateway.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import aiohttp
import httpx
from account import (
    CA_FILE,
    EXPECTED,
    JSON_HEADERS,
    PASSWORD,
    POST_URL,
    SOURCE,
    TO,
    URL,
    USER,
    message_id,
    text_body,
    tls,
)
from measure import Raw, concurrent_sends, same

import linkwa

AT_ONCE = 64


def many(send: Callable[[], Awaitable[str]]) -> Callable[[int], Awaitable[None]]:
    """So many sends by 64 tasks, each of which sends one after the other."""

    async def run(count: int) -> None:
        left = iter(range(count))

        async def work() -> None:
            for _ in left:
                await send()

        await asyncio.gather(*(work() for _ in range(AT_ONCE)))

    return run


async def main() -> None:
    limits = httpx.Limits(max_connections=AT_ONCE, max_keepalive_connections=AT_ONCE)
    connector = aiohttp.TCPConnector(limit=AT_ONCE, ssl=tls())
    headers = {"Authorization": aiohttp.encode_basic_auth(USER, PASSWORD)}
    async with (
        linkwa.AsyncClient(
            base_url=URL,
            username=USER,
            password=PASSWORD,
            platform_id="platform",
            platform_partner_id="partner",
            source=SOURCE,
            max_connections=AT_ONCE,
            ca_file=CA_FILE,
        ) as ours,
        httpx.AsyncClient(
            auth=(USER, PASSWORD), timeout=30.0, trust_env=False, limits=limits, verify=tls()
        ) as httpx_client,
        aiohttp.ClientSession(connector=connector, headers=headers) as session,
    ):

        async def with_linkwa() -> str:
            sent = await ours.send_text(TO, "Hello")
            return sent.message_ids[0]

        async def with_httpx() -> str:
            response = await httpx_client.post(POST_URL, content=text_body(), headers=JSON_HEADERS)
            return message_id(response.status_code, response.content)

        async def with_aiohttp() -> str:
            async with session.post(POST_URL, data=text_body(), headers=JSON_HEADERS) as response:
                return message_id(response.status, await response.read())

        for side in (with_linkwa, with_httpx, with_aiohttp):
            same(await side(), EXPECTED)
        mine = many(with_linkwa)
        if CA_FILE:
            # The delay allows 1,280 a second.
            await concurrent_sends("python-gateway/aiohttp", mine, many(with_aiohttp), slices=12, count=1280, raw=None)
            await concurrent_sends("python-gateway/httpx", mine, many(with_httpx), slices=4, count=640, raw=None)
        else:
            await concurrent_sends(
                "python-concurrent/httpx", mine, many(with_httpx), slices=12, count=2000, raw=Raw(AT_ONCE)
            )
            await concurrent_sends(
                "python-concurrent/aiohttp", mine, many(with_aiohttp), slices=24, count=2000, raw=Raw(AT_ONCE)
            )


if __name__ == "__main__":
    asyncio.run(main())
