"""A shop that uses linkwa: it asks by a template whether to keep an order, and answers to what the user presses.

It prints its port as JSON, then each callback as a line of JSON. `POST /order` sends the template. The environment selects the
gateway, as for every program that uses linkwa.
"""

from __future__ import annotations

import json
import socket

import uvicorn
from fastapi import FastAPI, Request

import linkwa

USER = "+46000000001"
app = FastAPI()
client = linkwa.AsyncClient.from_env()


@app.post("/order")
async def order() -> None:
    """Asks the user whether to keep the order."""
    await client.send_template(
        USER,
        "order_update",
        namespace="namespace",
        language="en",
        components=[
            linkwa.Body("Anna", linkwa.Currency("$100.99", code="USD", amount_1000=100990)),
            linkwa.QuickReplyButton(0, payload="keep-17"),
            linkwa.QuickReplyButton(1, payload="cancel-17"),
        ],
    )


@app.post("/callback")
async def callback(request: Request) -> None:
    """Prints a callback, and answers to a button."""
    received = linkwa.parse_callback(await request.body())
    print(received.raw, flush=True)
    if isinstance(received, linkwa.ReceivedMessage) and received.button:
        await client.send_text(received.reply_to or USER, f"Noted: {received.button.payload}")


if __name__ == "__main__":
    listener = socket.create_server(("127.0.0.1", 0))
    print(json.dumps({"port": listener.getsockname()[1]}), flush=True)
    uvicorn.Server(uvicorn.Config(app, log_level="warning")).run(sockets=[listener])
