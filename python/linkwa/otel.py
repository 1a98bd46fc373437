"""OpenTelemetry: `instrument` makes spans and metrics of what a client sends and of the callbacks that a receiver gets.

It needs `opentelemetry-api` 1.30 or newer: `pip install linkwa[otel]`. Without an SDK that exports them it does nothing.

    >>> import linkwa
    >>> from linkwa.otel import instrument
    >>> with linkwa.Client.from_env() as client:
    ...     end = instrument(client)
    ...     client.send_text("+46000000001", "Hello").result_code
    ...     end()
    112001

Spans:

- `linkwa.send`, or `linkwa.request` for a request to another resource: a send with all its attempts. It has
  `linkwa.ref_id`, `linkwa.message_types`, `linkwa.destinations`, `linkwa.outcome` and `linkwa.result_code`.
- `POST`, or another method: an attempt, a client span with the attributes of OpenTelemetry's HTTP conventions,
  `linkwa.outcome` and `linkwa.result_code`. Its span events `linkwa.dns`, `linkwa.connect`, `linkwa.tls` and
  `linkwa.body` say when it reached each phase.
- `linkwa.callback`: the handler of a `CallbackReceiver`, with `linkwa.callback.kind` and `linkwa.status`.

A span of what fails has `error.type`: the reason of the error; without one the HTTP status, if that is 400 or more; otherwise
the code of the error, such as `invalid_request`. For an exception that is no `LinkwaError` it is the name of its class.

Metrics:

- `http.client.request.duration`: the seconds of each attempt, with the attributes of the HTTP conventions.
- `http.client.active_requests` and `linkwa.client.queued`: how many sends of a gateway's clients have a thread, and
  how many wait for one.
- `linkwa.callbacks`: callbacks by `linkwa.callback.kind` (`event_report`, `received_message`; absent if its body was not
  read) and `linkwa.callback.verdict` (`accepted`, a word of `Verdict.refusal`, or `invalid` for a body that is not a
  callback).

None of them has a phone number, a text or a credential. An exception of a tracer, an exporter or a meter harms no send and
no callback: the logger `linkwa.otel` gets a warning with the first one.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from threading import Lock
from typing import Any, TypeVar, Union
from weakref import WeakKeyDictionary, WeakSet

try:
    from opentelemetry import metrics, trace
    from opentelemetry.context import Context, attach, detach, get_current
    from opentelemetry.metrics import CallbackOptions, MeterProvider, Observation
    from opentelemetry.trace import INVALID_SPAN, Span, SpanKind, StatusCode, TracerProvider
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
    from opentelemetry.util.types import AttributeValue
except ModuleNotFoundError as _error:
    raise ImportError("linkwa.otel needs opentelemetry-api: pip install linkwa[otel]", name=_error.name) from _error

from . import _client
from ._client import AsyncClient, Client
from ._errors import LinkwaError
from ._linkwa import Event, EventReport, NativeClient, __version__
from .receiver import CallbackReceiver
from .types import Callback

__all__ = ["context_of", "instrument"]

_AnyClient = Union[Client, AsyncClient]
_Value = TypeVar("_Value")
_Trace = Callable[[Iterable[Event]], None]
_PARAMETER = "traceparent"
_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0)
"""Those of OpenTelemetry's HTTP conventions, in seconds."""
_FAILED = "OpenTelemetry raised an exception: spans or metrics are missing, from now on without a further warning"

_log = logging.getLogger("linkwa.otel")


def instrument(
    target: Client | AsyncClient | CallbackReceiver | None = None,
    *,
    propagate: bool = False,
    tracer_provider: TracerProvider | None = None,
    meter_provider: MeterProvider | None = None,
) -> Callable[[], None]:
    """Makes spans and metrics of what a client sends or a receiver gets from now on. Returns a function that ends it.
    Calling it again for the same object replaces the earlier call. Raises `TypeError` for an argument of a wrong type.

    - `target`: a `Client`, an `AsyncClient` or a `CallbackReceiver`; `None` stands for the client of
      `linkwa.configure` or of the environment.
    - `propagate`: whether the trace goes on from a send to its event reports. A client then adds `traceparent` (W3C
      Trace Context) to the custom parameters of each message, beside yours; one of yours of this name stays. LINK gets
      it, and repeats it in event reports. A receiver then makes the span of the send the parent of `linkwa.callback`.
      `send_request`, `send_raw` and `build` add nothing.
    - `tracer_provider` and `meter_provider`: OpenTelemetry's global ones by default.

    The spans of the requests of a `send_many` are made when results are read, under the span that is current there; the
    `traceparent` is that of the span that is current when `send_many` is called. So put a span of your own around a run.

        >>> import linkwa
        >>> from linkwa.otel import instrument
        >>> from linkwa.receiver import CallbackReceiver
        >>> receiver = CallbackReceiver(lambda callback: None, guard=linkwa.CallbackGuard())
        >>> end = instrument(receiver, propagate=True)
    """
    if target is None:
        target = _client._default
    _check_type("target", target, (Client, AsyncClient, CallbackReceiver))
    _check_type("propagate", propagate, (bool,))
    _check_type("tracer_provider", tracer_provider, (TracerProvider, type(None)))
    _check_type("meter_provider", meter_provider, (MeterProvider, type(None)))
    tracer = trace.get_tracer("linkwa", __version__, tracer_provider)
    meters = _meters(meter_provider)
    if isinstance(target, CallbackReceiver):
        return ReceiverTracing(target, tracer, meters, propagate).end
    earlier = target._tracing
    if earlier is not None:
        earlier.end()
    return ClientTracing(target, tracer, meters, propagate).end


def _check_type(name: str, value: object, kinds: tuple[type, ...]) -> None:
    if not isinstance(value, kinds):
        wanted = " or ".join(kind.__name__ for kind in kinds)
        raise TypeError(f"argument '{name}' must be {wanted}, not {type(value).__name__}")


def context_of(callback: Callback) -> Context:
    """Returns the context of the send that an event report belongs to, if the send had a `traceparent` among its custom
    parameters: the parent for a span of yours. Otherwise the current context. Callbacks come from outside: use it only
    for those that a guard has accepted.

        >>> import linkwa
        >>> from linkwa.otel import context_of
        >>> from opentelemetry import trace
        >>> traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
        >>> report = linkwa.EventReport(ref_id="r", result_code=112003, custom_parameters={"traceparent": traceparent})
        >>> format(trace.get_current_span(context_of(report)).get_span_context().trace_id, "032x")
        '0af7651916cd43dd8448eb211c80319c'
    """
    value = (callback.custom_parameters or {}).get(_PARAMETER) if isinstance(callback, EventReport) else None
    return TraceContextTextMapPropagator().extract({} if value is None else {_PARAMETER: value})


class _Meters:
    """The instruments of a provider, and the clients that they observe."""

    def __init__(self, provider: MeterProvider) -> None:
        meter = provider.get_meter("linkwa", __version__)
        self._lock = Lock()
        self._clients: WeakSet[_AnyClient] = WeakSet()
        self.duration = meter.create_histogram(
            "http.client.request.duration",
            "s",
            "Duration of HTTP client requests.",
            explicit_bucket_boundaries_advisory=_BUCKETS,
        )
        self.callbacks = meter.create_counter("linkwa.callbacks", "{callback}", "Callbacks by kind and verdict.")
        meter.create_observable_up_down_counter(
            "http.client.active_requests", [self._under_way], "{request}", "Number of active HTTP requests."
        )
        meter.create_observable_up_down_counter(
            "linkwa.client.queued", [self._queued], "{request}", "Number of sends that wait for a worker."
        )

    def add(self, client: _AnyClient) -> None:
        with self._lock:
            self._clients.add(client)

    def remove(self, client: _AnyClient) -> None:
        with self._lock:
            self._clients.discard(client)

    def _queued(self, _: CallbackOptions) -> Iterable[Observation]:
        return self._observe(0)

    def _under_way(self, _: CallbackOptions) -> Iterable[Observation]:
        return self._observe(1)

    def _observe(self, index: int) -> Iterable[Observation]:
        """A value of the load of each gateway."""
        with self._lock:
            clients = list(self._clients)
        sums: dict[tuple[str, int], int] = {}
        for client in clients:
            try:
                native = client._native
            except LinkwaError:  # The default client has no configuration yet.
                continue
            gateway = native.gateway()
            sums[gateway] = sums.get(gateway, 0) + native.load()[index]
        return [
            Observation(value, {"server.address": host, "server.port": port}) for (host, port), value in sums.items()
        ]


_all_meters: WeakKeyDictionary[MeterProvider, _Meters] = WeakKeyDictionary()
_global_meters: _Meters | None = None
_all_meters_lock = Lock()


def _meters(given: MeterProvider | None) -> _Meters:
    """The instruments of a provider. A second observable instrument of the same name would observe nothing."""
    global _global_meters
    provider = metrics.get_meter_provider() if given is None else given
    # A program may set its provider later: then there is another object, with the instruments that were made before.
    is_global = provider is metrics.get_meter_provider()
    with _all_meters_lock:
        meters = _global_meters if is_global else None
        if meters is None:
            meters = _all_meters.get(provider)
        if meters is None:
            meters = _all_meters[provider] = _Meters(provider)
        if is_global:
            _global_meters = meters
        return meters


class _Tracing:
    """What the tracings of clients and receivers have in common: an exception of a tracer or a meter harms nothing."""

    def __init__(self, tracer: trace.Tracer, meters: _Meters, propagate: bool) -> None:
        self._tracer = tracer
        self._meters = meters
        self._propagate = propagate
        self._has_failed = False

    def _try(self, function: Callable[..., _Value], *arguments: Any, **named: Any) -> _Value | None:
        """Calls a function of OpenTelemetry. Returns `None` if it raises an exception; the first one is logged."""
        try:
            return function(*arguments, **named)
        except Exception:
            if not self._has_failed:
                self._has_failed = True
                _log.warning(_FAILED, exc_info=True)
            return None

    def _start(self, name: str, *arguments: Any, **named: Any) -> tuple[Span, Context]:
        """Starts a span. Returns it with the context of its children."""
        span = self._try(self._tracer.start_span, name, *arguments, **named)
        if span is None:
            return INVALID_SPAN, get_current()
        return span, trace.set_span_in_context(span)

    @contextmanager
    def _current(self, name: str, *arguments: Any) -> Generator[Span, None, None]:
        """A span that is the current one in this block, and ends with it. The texts of exceptions can be anything: they
        are not recorded."""
        span, context = self._start(name, *arguments)
        token = attach(context)
        try:
            yield span
        finally:
            detach(token)
            self._try(span.end)


class _Send:
    """The span of a send, and that of its attempt under way."""

    __slots__ = ("attempt", "attempt_began", "began", "context", "is_ended", "span")

    def __init__(self, span: Span, context: Context) -> None:
        self.span = span
        self.context = context
        """That of its attempts."""
        self.is_ended = False
        self.began = self.attempt_began = 0.0
        self.attempt: Span | None = None


class ClientTracing(_Tracing):
    """Makes spans and metrics of a client's sends."""

    def __init__(self, client: _AnyClient, tracer: trace.Tracer, meters: _Meters, propagate: bool) -> None:
        super().__init__(tracer, meters, propagate)
        self._client = client
        meters.add(client)
        client._tracing = self

    def end(self) -> None:
        if self._client._tracing is self:
            self._client._tracing = None
            self._meters.remove(self._client)

    def _joined(self, client: NativeClient) -> NativeClient:
        """The client whose messages have the current context, if the trace is to go on."""
        if not self._propagate:
            return client
        carrier: dict[str, str] = {}
        self._try(TraceContextTextMapPropagator().inject, carrier)
        traceparent = carrier.get(_PARAMETER)
        return client if traceparent is None else client.with_added_parameter(_PARAMETER, traceparent)

    @contextmanager
    def send(self, client: NativeClient, verb: str) -> Generator[tuple[NativeClient, _Trace], None, None]:
        """The span of a send. Yields the client to send with, and what takes the events of the send."""
        with self._current(_REQUEST if verb in ("request", "submit_http") else _SEND) as span:
            send = _Send(span, get_current())

            def on_events(events: Iterable[Event]) -> None:
                for event in events:
                    self._try(self._on_event, send, event)

            try:
                yield self._joined(client), on_events
            except BaseException as error:
                if not send.is_ended:
                    code = error.code if isinstance(error, LinkwaError) else type(error).__qualname__
                    self._try(_fail, span, code)
                raise

    def run(self, client: NativeClient) -> tuple[NativeClient, _Trace]:
        """Does the same for a run, whose sends begin and end between the calls of `SendMany`."""
        sends: dict[int, _Send] = {}

        def on_events(events: Iterable[Event]) -> None:
            # Those of one send come together.
            for event in events:
                if event.send_id is None or self._client._tracing is not self:
                    continue
                if event.kind == "send_queued":
                    sends[event.send_id] = _Send(*self._start(_SEND, start_time=_ns(event.time)))
                send = sends.get(event.send_id)
                if send is None:
                    continue
                self._try(self._on_event, send, event)
                if event.kind == "send_ended":
                    del sends[event.send_id]
                    self._try(send.span.end, _ns(send.began + event.elapsed))

        return self._joined(client), on_events

    def _on_event(self, send: _Send, event: Event) -> None:
        if event.kind == "send_queued":
            send.began = event.time
            _set(send.span, "linkwa.ref_id", event.ref_id)
            _set(send.span, "linkwa.message_types", event.message_types or None)
            _set(send.span, "linkwa.destinations", event.destinations)
        elif event.kind == "attempt_begun":
            send.attempt_began = event.time
            attributes = _http_attributes(event)
            if event.url is not None:
                attributes["url.full"] = event.url
            if event.attempt is not None and event.attempt > 1:
                attributes["http.request.resend_count"] = event.attempt - 1
            name, start = event.method or "HTTP", _ns(event.time)
            send.attempt, _ = self._start(name, send.context, SpanKind.CLIENT, attributes, start_time=start)
        elif event.kind == "phase_reached" and send.attempt is not None:
            send.attempt.add_event(f"linkwa.{event.phase}", timestamp=_ns(send.attempt_began + event.elapsed))
        elif event.kind == "attempt_ended" and send.attempt is not None:
            attempt, send.attempt = send.attempt, None
            self._end_attempt(attempt, send.attempt_began, event)
        elif event.kind == "send_ended":
            send.is_ended = True
            _set_end(send.span, event)

    def _end_attempt(self, span: Span, began: float, event: Event) -> None:
        attributes = _http_attributes(event)
        if event.http_status is not None:
            attributes["http.response.status_code"] = event.http_status
        error = _error_of(event)
        if error is not None:
            attributes["error.type"] = error
        self._try(self._meters.duration.record, event.elapsed, attributes)
        _set(span, "http.response.status_code", event.http_status)
        _set_end(span, event)
        span.end(_ns(began + event.elapsed))


_SEND, _REQUEST = "linkwa.send", "linkwa.request"
"""The names of spans."""


def _set(span: Span, name: str, value: AttributeValue | None) -> None:
    if value is not None:
        span.set_attribute(name, value)


def _set_end(span: Span, event: Event) -> None:
    """Sets how a send or an attempt ended."""
    _set(span, "linkwa.outcome", event.outcome)
    _set(span, "linkwa.result_code", event.result_code)
    error = _error_of(event)
    if error is not None:
        _fail(span, error)


def _error_of(event: Event) -> str | None:
    """The `error.type` of what an event reports the end of."""
    status = event.http_status
    number = str(status) if status is not None and status >= 400 else None
    if event.outcome in ("accepted", "answered"):
        return number
    return event.reason or number or event.code


def _http_attributes(event: Event) -> dict[str, str | int]:
    given = {"http.request.method": event.method, "server.address": event.host, "server.port": event.port}
    return {name: value for name, value in given.items() if value is not None}


def _ns(seconds: float) -> int:
    """A time in nanoseconds, as far as a float has it."""
    return round(seconds * 1e6) * 1000


def _fail(span: Span, error: str) -> None:
    span.set_attribute("error.type", error)
    span.set_status(StatusCode.ERROR)


class ReceiverTracing(_Tracing):
    """Makes spans and metrics of a receiver's callbacks."""

    def __init__(self, receiver: CallbackReceiver, tracer: trace.Tracer, meters: _Meters, propagate: bool) -> None:
        super().__init__(tracer, meters, propagate)
        self._receiver = receiver
        receiver._tracing = self

    def end(self) -> None:
        if self._receiver._tracing is self:
            self._receiver._tracing = None

    def checked(self, callback: Callback | None, refusal: str | None) -> None:
        attributes = {"linkwa.callback.verdict": refusal or "accepted"}
        if callback is not None:
            attributes[_KIND] = _kind(callback)
        self._try(self._meters.callbacks.add, 1, attributes)

    @contextmanager
    def handling(self, callback: Callback) -> Generator[None, None, None]:
        context = self._try(context_of, callback) if self._propagate else None
        attributes = {_KIND: _kind(callback)}
        if isinstance(callback, EventReport):
            attributes["linkwa.status"] = callback.status
        with self._current("linkwa.callback", context, SpanKind.CONSUMER, attributes) as span:
            try:
                yield
            except BaseException as error:
                self._try(_fail, span, type(error).__qualname__)
                raise


_KIND = "linkwa.callback.kind"


def _kind(callback: Callback) -> str:
    return "event_report" if isinstance(callback, EventReport) else "received_message"
