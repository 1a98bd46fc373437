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
- `POST`, or another method: an attempt, a client span with the attributes of OpenTelemetry's HTTP conventions;
  `error.type` is the reason of the error. Its span events `linkwa.dns`, `linkwa.connect`, `linkwa.tls` and
  `linkwa.body` say when it reached each phase.
- `linkwa.callback`: the handler of a `CallbackReceiver`, with `linkwa.callback.kind` and `linkwa.status`.

Metrics:

- `http.client.request.duration`: the seconds of each attempt, with the attributes of the HTTP conventions.
- `http.client.active_requests` and `linkwa.client.queued`: how many sends of a gateway's clients have a thread, and
  how many wait for one.
- `linkwa.callbacks`: callbacks by `linkwa.callback.kind` (`event_report`, `received_message`; absent if its body was not
  read) and `linkwa.callback.verdict` (`accepted`, a word of `Verdict.refusal`, or `invalid` for a body that is not a
  callback).

None of them has a phone number, a text or a credential.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from threading import Lock
from typing import Union
from weakref import WeakKeyDictionary, WeakSet

try:
    from opentelemetry import metrics, trace
    from opentelemetry.context import Context
    from opentelemetry.metrics import CallbackOptions, MeterProvider, Observation
    from opentelemetry.trace import Span, SpanKind, StatusCode, TracerProvider
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
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
_PARAMETER = "traceparent"
_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0)
"""Those of OpenTelemetry's HTTP conventions, in seconds."""


def instrument(
    target: Client | AsyncClient | CallbackReceiver | None = None,
    *,
    propagate: bool = False,
    tracer_provider: TracerProvider | None = None,
    meter_provider: MeterProvider | None = None,
) -> Callable[[], None]:
    """Makes spans and metrics of what a client sends or a receiver gets from now on. Returns a function that ends it.
    Calling it again for the same object replaces the earlier call.

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
    tracer = trace.get_tracer("linkwa", __version__, tracer_provider)
    meters = _meters(meter_provider or metrics.get_meter_provider())
    if target is None:
        target = _client._default
    if isinstance(target, (Client, AsyncClient)):
        if target._tracing is not None:
            target._tracing.end()
        return ClientTracing(target, tracer, meters, propagate).end
    if not isinstance(target, CallbackReceiver):  # pyright: ignore[reportUnnecessaryIsInstance]
        wanted = "a Client, an AsyncClient or a CallbackReceiver"
        raise TypeError(f"argument 'target' must be {wanted}, not {type(target).__name__}")
    return ReceiverTracing(target, tracer, meters, propagate).end


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
_all_meters_lock = Lock()


def _meters(provider: MeterProvider) -> _Meters:
    # A second observable instrument of the same name would observe nothing.
    with _all_meters_lock:
        meters = _all_meters.get(provider)
        if meters is None:
            meters = _all_meters[provider] = _Meters(provider)
        return meters


class _Send:
    """The span of a send, and that of its attempt under way."""

    __slots__ = ("attempt", "attempt_began", "began", "is_begun", "is_ended", "is_live", "span")

    def __init__(self, span: Span, is_live: bool) -> None:
        self.span = span
        self.is_live = is_live
        """Whether it began before its events were reported, and ends after that."""
        self.is_begun = self.is_ended = False
        self.began = self.attempt_began = 0.0
        self.attempt: Span | None = None


_sending: ContextVar[_Send | None] = ContextVar("linkwa.otel", default=None)
"""The send whose events are reported in this context."""


class ClientTracing:
    """Makes spans and metrics of a client's sends."""

    def __init__(self, client: _AnyClient, tracer: trace.Tracer, meters: _Meters, propagate: bool) -> None:
        self._client = client
        self._tracer = tracer
        self._meters = meters
        self._propagate = propagate
        self._sends: dict[int, _Send] = {}
        meters.add(client)
        self._remove_listener = client.on_event(self._on_event)
        client._tracing = self

    def end(self) -> None:
        self._remove_listener()
        if self._client._tracing is self:
            self._client._tracing = None
            self._meters.remove(self._client)

    def joined(self, client: NativeClient) -> NativeClient:
        if not self._propagate:
            return client
        carrier: dict[str, str] = {}
        TraceContextTextMapPropagator().inject(carrier)
        traceparent = carrier.get(_PARAMETER)
        return client if traceparent is None else client.with_added_parameter(_PARAMETER, traceparent)

    @contextmanager
    def send(self, client: NativeClient, verb: str) -> Generator[NativeClient, None, None]:
        span = self._tracer.start_span(_REQUEST if verb in ("request", "submit_http") else _SEND)
        send = _Send(span, is_live=True)
        with _current(span):
            token = _sending.set(send)
            try:
                yield self.joined(client)
            except LinkwaError as error:
                if not send.is_ended:
                    _fail(span, error.code)
                raise
            except BaseException as error:
                if not send.is_ended:
                    _fail(span, type(error).__qualname__)
                raise
            finally:
                _sending.reset(token)

    def _on_event(self, event: Event) -> None:
        # All events of a send come in one go, on one thread.
        if event.send_id is None:
            return
        if event.kind == "send_queued":
            self._sends[event.send_id] = self._begin(event)
            return
        send = self._sends.get(event.send_id)
        if send is None:
            return
        if event.kind == "attempt_begun":
            self._begin_attempt(send, event)
        elif event.kind == "phase_reached" and send.attempt is not None:
            send.attempt.add_event(f"linkwa.{event.phase}", timestamp=_ns(send.attempt_began + event.elapsed))
        elif event.kind == "attempt_ended" and send.attempt is not None:
            self._end_attempt(send.attempt, send.attempt_began, event)
            send.attempt = None
        elif event.kind == "send_ended":
            del self._sends[event.send_id]
            _end(send, event)

    def _begin(self, event: Event) -> _Send:
        send = _sending.get()
        if send is None or send.is_begun:
            # A request of a run.
            span = self._tracer.start_span(_SEND, start_time=_ns(event.time))
            send = _Send(span, is_live=False)
        send.is_begun = True
        send.began = event.time
        if event.ref_id is not None:
            send.span.set_attribute("linkwa.ref_id", event.ref_id)
        if event.message_types:
            send.span.set_attribute("linkwa.message_types", event.message_types)
        if event.destinations is not None:
            send.span.set_attribute("linkwa.destinations", event.destinations)
        return send

    def _begin_attempt(self, send: _Send, event: Event) -> None:
        attributes = _http_attributes(event)
        if event.url is not None:
            attributes["url.full"] = event.url
        if event.attempt is not None and event.attempt > 1:
            attributes["http.request.resend_count"] = event.attempt - 1
        send.attempt_began = event.time
        send.attempt = self._tracer.start_span(
            event.method or "HTTP",
            trace.set_span_in_context(send.span),
            SpanKind.CLIENT,
            attributes,
            start_time=_ns(event.time),
        )

    def _end_attempt(self, span: Span, began: float, event: Event) -> None:
        attributes = _http_attributes(event)
        if event.http_status is not None:
            attributes["http.response.status_code"] = event.http_status
            span.set_attribute("http.response.status_code", event.http_status)
        _set_outcome(span, event)
        error = _error_of(event)
        if error is not None:
            attributes["error.type"] = error
            _fail(span, error)
        self._meters.duration.record(event.elapsed, attributes)
        span.end(_ns(began + event.elapsed))


_SEND, _REQUEST = "linkwa.send", "linkwa.request"
"""The names of spans."""


def _end(send: _Send, event: Event) -> None:
    send.is_ended = True
    _set_outcome(send.span, event)
    error = _error_of(event)
    if error is not None:
        _fail(send.span, error)
    if not send.is_live:
        send.span.end(_ns(send.began + event.elapsed))


def _set_outcome(span: Span, event: Event) -> None:
    if event.outcome is not None:
        span.set_attribute("linkwa.outcome", event.outcome)
    if event.result_code is not None:
        span.set_attribute("linkwa.result_code", event.result_code)


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


def _current(span: Span) -> AbstractContextManager[Span]:
    """Makes a span the current one, and ends it. The texts of exceptions can be anything: they are not recorded."""
    return trace.use_span(span, end_on_exit=True, record_exception=False, set_status_on_exception=False)


class ReceiverTracing:
    """Makes spans and metrics of a receiver's callbacks."""

    def __init__(self, receiver: CallbackReceiver, tracer: trace.Tracer, meters: _Meters, propagate: bool) -> None:
        self._receiver = receiver
        self._tracer = tracer
        self._meters = meters
        self._propagate = propagate
        receiver._tracing = self

    def end(self) -> None:
        if self._receiver._tracing is self:
            self._receiver._tracing = None

    def checked(self, callback: Callback | None, refusal: str | None) -> None:
        attributes = {"linkwa.callback.verdict": refusal or "accepted"}
        if callback is not None:
            attributes[_KIND] = _kind(callback)
        self._meters.callbacks.add(1, attributes)

    @contextmanager
    def handling(self, callback: Callback) -> Generator[None, None, None]:
        context = context_of(callback) if self._propagate else None
        attributes = {_KIND: _kind(callback)}
        if isinstance(callback, EventReport):
            attributes["linkwa.status"] = callback.status
        span = self._tracer.start_span("linkwa.callback", context, SpanKind.CONSUMER, attributes)
        with _current(span):
            try:
                yield
            except BaseException as error:
                _fail(span, type(error).__qualname__)
                raise


_KIND = "linkwa.callback.kind"


def _kind(callback: Callback) -> str:
    return "event_report" if isinstance(callback, EventReport) else "received_message"
