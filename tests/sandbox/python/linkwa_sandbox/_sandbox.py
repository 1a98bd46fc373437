"""A running sandbox, and its control API."""

from __future__ import annotations

import http.client
import json
import typing
import urllib.parse
from collections.abc import Mapping, Sequence

from ._process import Option, Process, SandboxError

if typing.TYPE_CHECKING:
    from typing_extensions import Unpack

    from . import types

# A call takes no longer than this, besides the time that it is asked to wait.
_PATIENCE = 30.0


class ClientOptions(typing.TypedDict):
    """What `linkwa.Client` and `linkwa.AsyncClient` need to send to a sandbox."""

    base_url: str
    username: str
    password: str
    platform_id: str
    platform_partner_id: str
    source: str


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(other.capitalize() for other in others)


def _given(**fields: typing.Any) -> dict[str, typing.Any]:
    """Those that are given, with the names of the control API."""
    return {_camel(name): value for name, value in fields.items() if value is not None}


def _query(query: Mapping[str, typing.Any]) -> dict[str, typing.Any]:
    """What is given, with `true` and `false` as the control API reads them."""
    given = {name: value for name, value in query.items() if value is not None}
    return {name: str(value).lower() if isinstance(value, bool) else value for name, value in given.items()}


class Sandbox:
    """A gateway on this machine, in a process of its own, on a free port. It delivers nothing to real phones.

        >>> import linkwa
        >>> from linkwa_sandbox import Sandbox
        >>> with Sandbox() as sandbox, linkwa.Client(**sandbox.client_options()) as client:
        ...     sent = client.send_text("+46000000001", "Hello")
        ...     (message,) = sandbox.messages(to="+46000000001")
        >>> message["content"]["text"]["body"]
        'Hello'

    The process ends with the `with` block, with `close`, and when this process ends in whatever way. The methods may be
    called from several threads. They block: on an event loop call them by `asyncio.to_thread`.
    """

    def __init__(self, *, username: str = "user", password: str = "secret", **options: Option) -> None:
        """Starts the program and waits until it listens. `options` are those that `linkwa-sandbox --help` lists, with
        underscores: `Sandbox(latency="50..200", enforce_care_window=True)`; a list gives an option several times.
        Raises `SandboxError` if the program is not installed or refuses an option.
        """
        self._username, self._password = username, password
        self._process = Process({"username": username, "password": password, **options})
        ready = self._process.ready
        self.base_url: str = ready["base_url"]
        """The base URL for clients."""
        self.control_url: str = ready["control_url"]
        """The URL of the control API."""
        self.port: int = ready["port"]
        """The port."""

    def client_options(self) -> ClientOptions:
        """Returns the options for a client that sends to this sandbox: `linkwa.Client(**sandbox.client_options())`,
        `linkwa.configure(**sandbox.client_options())`.
        """
        return {
            "base_url": self.base_url,
            "username": self._username,
            "password": self._password,
            "platform_id": "sandbox",
            "platform_partner_id": "sandbox",
            "source": "+46000000000",
        }

    def control(
        self,
        method: str,
        path: str,
        body: typing.Any = None,
        *,
        query: Mapping[str, typing.Any] | None = None,
        timeout: float = _PATIENCE,
    ) -> typing.Any:
        """Calls the control API, for what has no method here: `sandbox.control("GET", "scenarios")`. Returns the JSON of
        the answer. Raises `SandboxError` with the sandbox's sentence if it refuses the call.
        """
        url = urllib.parse.urlsplit(f"{self.control_url}/{path}")
        # The query may hold a number, which no error names.
        call = f"{method} {url.path}"
        given = "&".join(filter(None, [url.query, urllib.parse.urlencode(_query(query or {}))]))
        # No proxy of the environment applies to http.client.
        connection = http.client.HTTPConnection(url.netloc, timeout=timeout)
        try:
            target = url._replace(scheme="", netloc="", query=given).geturl()
            connection.request(method, target, None if body is None else json.dumps(body).encode())
            answer = connection.getresponse()
            status, text = answer.status, answer.read()
        except (OSError, http.client.HTTPException) as error:
            ended = self._process.close() if self._process.has_ended() else ""
            raise SandboxError(ended or f"{call}: {error}") from error
        finally:
            connection.close()
        try:
            parsed = json.loads(text) if text else None
        except ValueError as error:
            raise SandboxError(f"{call}: HTTP {status} without JSON") from error
        if status >= 300:
            fields = typing.cast("dict[str, object]", parsed) if isinstance(parsed, dict) else {}
            reason = fields.get("error")
            raise SandboxError(f"{call}: {reason or f'HTTP {status}'}")
        return parsed

    def requests(self) -> list[types.Request]:
        """Returns the requests that have come, oldest first: also those that were refused."""
        return typing.cast("list[types.Request]", self.control("GET", "requests"))

    def messages(
        self,
        *,
        to: str | None = None,
        user: str | None = None,
        ref_id: str | None = None,
        message_id: str | None = None,
        status: str | None = None,
        direction: str | None = None,
        type: str | None = None,
        search: str | None = None,
        after: int | None = None,
        limit: int | None = None,
        details: bool = False,
        wait: float | None = None,
        count: int | None = None,
    ) -> list[types.Message]:
        """Returns the messages that match, oldest first: one for each message and destination of the requests that were
        accepted, and one for each message of a user.

        `to` is the destination, `user` the user of either direction, `after` the `id` of the last message that is not
        wanted, `search` a part of content, refId or number. At most `limit` are returned (100; at most 1000). With
        `details` each has its request and answer. With `wait`, waits up to so many seconds (at most 60) until `count`
        messages match (1 by default), and returns those that match then.
        """
        query = _given(
            to=to,
            user=user,
            ref_id=ref_id,
            message_id=message_id,
            status=status,
            direction=direction,
            type=type,
            search=search,
            after=after,
            limit=limit,
            details=details or None,
            wait=None if wait is None else f"{round(wait * 1000)}ms",
            count=count,
        )
        answer = self.control("GET", "messages", query=query, timeout=_PATIENCE + (wait or 0))
        return typing.cast("list[types.Message]", answer["messages"])

    def refused(self) -> list[types.Request]:
        """Returns the newest 1000 requests that were not accepted, oldest first, each with `reason` and `findings`."""
        answer = self.control("GET", "refused", query={"newest": True, "limit": 1000})
        return typing.cast("list[types.Request]", answer["requests"])

    def inbound(self, body: Mapping[str, typing.Any], **options: typing.Any) -> str:
        """A user writes: posts a received message to the default gate, or to `gate`. `body` is what the control API takes
        at `POST /sandbox/inbound`. Returns the message id. Raises `SandboxError` if there is no gate.
        """
        reply_to = options.pop("reply_to", None)
        if reply_to is not None:
            context = {"source": reply_to["business"], "messageId": reply_to["messageId"]}
            options = {"source": reply_to["user"], "destination": reply_to["business"], "context": context, **options}
        answer = self.control("POST", "inbound", {**body, **_given(**options)})
        return typing.cast(str, answer["messageId"])

    def inbound_text(self, text: str, **options: Unpack[types.InboundOptions]) -> str:
        """A user writes a text. Returns the message id."""
        return self.inbound({"type": "text", "text": text}, **options)

    def inbound_button(self, text: str, payload: str, **options: Unpack[types.InboundOptions]) -> str:
        """A user presses a quick reply button of a template. Returns the message id."""
        return self.inbound({"type": "button", "text": text, "payload": payload}, **options)

    def inbound_media(
        self,
        url: str,
        *,
        mime_type: str | None = None,
        caption: str | None = None,
        **options: Unpack[types.InboundOptions],
    ) -> str:
        """A user sends a picture, video, audio or document: its link. Returns the message id."""
        return self.inbound({"type": "media", "url": url, **_given(mime_type=mime_type, caption=caption)}, **options)

    def inbound_location(
        self,
        latitude: float,
        longitude: float,
        *,
        name: str | None = None,
        address: str | None = None,
        url: str | None = None,
        **options: Unpack[types.InboundOptions],
    ) -> str:
        """A user sends a location, in degrees. Returns the message id."""
        body = {"type": "location", "latitude": latitude, "longitude": longitude}
        return self.inbound({**body, **_given(name=name, address=address, url=url)}, **options)

    def inbound_contacts(
        self, contacts: Sequence[Mapping[str, typing.Any]], **options: Unpack[types.InboundOptions]
    ) -> str:
        """A user sends contacts, each `{"name": …, "phones": […]}`. Returns the message id."""
        return self.inbound({"type": "contacts", "contacts": list(contacts)}, **options)

    def inbound_button_reply(self, id: str, title: str, **options: Unpack[types.InboundOptions]) -> str:
        """A user presses a button of an interactive message. Returns the message id."""
        return self.inbound({"type": "buttonReply", "id": id, "title": title}, **options)

    def inbound_list_reply(
        self,
        id: str,
        title: str,
        *,
        description: str | None = None,
        **options: Unpack[types.InboundOptions],
    ) -> str:
        """A user chooses a row of an interactive list. Returns the message id."""
        body = {"type": "listReply", "id": id, "title": title, **_given(description=description)}
        return self.inbound(body, **options)

    def inbound_reaction(self, emoji: str, message_id: str, **options: Unpack[types.InboundOptions]) -> str:
        """A user reacts to a message. Returns the message id."""
        return self.inbound({"type": "reaction", "emoji": emoji, "messageId": message_id}, **options)

    def report(
        self,
        *,
        message: int | None = None,
        message_id: str | None = None,
        message_index: int | None = None,
        ref_id: str | None = None,
        message_type: str | None = None,
        status: str | None = None,
        result_code: int | None = None,
        description: str | None = None,
        callback: int | None = None,
        times: int | None = None,
        delay_ms: int | None = None,
        gate: str | None = None,
    ) -> list[int]:
        """Posts an event report, and returns the ids of the callbacks: one for each gate and time.

        Which message: `message` (its `id`), `message_id`, or `ref_id` (its newest message). What: `status` (`queued`,
        `sent`, `delivered`, `read`, `deleted`, `failed`), or any `result_code`, or `callback`: the id of a report that is
        posted once more. `times` posts it several times, `delay_ms` later. With `message_type` no message is looked up: a report
        on something that the sandbox has not accepted.
        """
        body = _given(
            message=message,
            message_id=message_id,
            message_index=message_index,
            ref_id=ref_id,
            message_type=message_type,
            status=status,
            result_code=result_code,
            description=description,
            callback=callback,
            times=times,
            delay_ms=delay_ms,
            gate=gate,
        )
        return typing.cast("list[int]", self.control("POST", "report", body)["callbacks"])

    def scenario(
        self,
        digits: str | None = None,
        *,
        to: str | None = None,
        count: int | None = None,
        latency_ms: tuple[int, int] | None = None,
    ) -> None:
        """Chooses what happens to the next `count` valid requests (1 by default), or to the next ones to the destination
        `to`: a scenario by its digits, such as `"2004"` for accepted and never answered, and a latency in milliseconds
        between two bounds.
        """
        self.control("POST", "scenarios", _given(digits=digits, to=to, count=count, latency_ms=latency_ms))

    def chaos(self, faults: Mapping[str, float], *, seed: int | None = None) -> None:
        """Lets each valid request take a scenario with a probability: `{"1429": 0.05, "2001": 0.01}`. The same seed
        gives the same faults."""
        self.control("PUT", "chaos", _given(faults=dict(faults), seed=seed))

    def add_gate(
        self,
        id: str,
        url: str,
        *,
        default: bool = False,
        username: str | None = None,
        password: str | None = None,
        headers: Mapping[str, str] | None = None,
        custom_parameters: Mapping[str, str] | None = None,
    ) -> None:
        """Adds a gate: an `http://` URL that gets callbacks, with Basic credentials and headers if given. The default
        gate gets those of requests that name no gate. A gate replaces one with the same id; `reset` takes it away.
        """
        body = _given(
            id=id,
            url=url,
            default=default,
            username=username,
            password=password,
            headers=headers,
            custom_parameters=custom_parameters,
        )
        self.control("POST", "gates", body)

    def status(self) -> dict[str, typing.Any]:
        """Returns counters: `requests`, `messages`, `refused`, `pendingCallbacks`, `callbacksNotTaken` and others."""
        return typing.cast("dict[str, typing.Any]", self.control("GET", "status"))

    def reset(self) -> None:
        """Brings the sandbox to the state after its start: forgets requests, messages, scenarios and the gates that were
        added. Callbacks that wait are not posted any more.
        """
        self.control("POST", "reset")

    def close(self) -> None:
        """Ends the sandbox."""
        self._process.close()

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Sandbox {self.base_url}>"
