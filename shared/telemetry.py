"""What operators see: JSON logs without personal text, and metrics with bounded labels."""

import logging
import sys
import traceback
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

import structlog
from prometheus_client import Counter, Gauge, Histogram, disable_created_metrics

disable_created_metrics()  # type: ignore[no-untyped-call]
_service = "guildhall"
FRAMES = 12
"""How much of a stack a log line shows."""


def name_service(service: str) -> None:
    """Set the `service` label and log field of this process; called once, before the first request."""
    global _service
    _service = service


def service_name() -> str:
    """The service this process is."""
    return _service


REQUESTS = Counter("guildhall_http_requests", "Requests answered.", ["service", "method", "route", "status"])
SECONDS = Histogram(
    "guildhall_http_request_seconds",
    "Time from the request's headers to the answer's last byte.",
    ["service", "method", "route"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
)
UNPUBLISHED = Gauge("guildhall_outbox_unpublished", "Facts committed and not yet acknowledged.", ["service"])
OLDEST_SECONDS = Gauge("guildhall_outbox_oldest_seconds", "Age of the oldest unpublished fact.", ["service"])
PUBLISHED = Counter("guildhall_relay_published", "Facts acknowledged by the broker.", ["service"])
RELAY_FAILURES = Counter("guildhall_relay_failures", "Publishes refused or timed out.", ["service"])
PENDING = Gauge("guildhall_consumer_pending", "Facts in the stream not yet applied here.", ["service"])
APPLIED = Counter("guildhall_consumer_applied", "Facts applied.", ["service"])
DUPLICATES = Counter("guildhall_consumer_duplicates", "Facts delivered again and recognised.", ["service"])
REDELIVERIES = Counter("guildhall_consumer_redeliveries", "Deliveries beyond the first.", ["service"])
DEAD_LETTERS = Gauge("guildhall_dead_letters", "Facts parked after repeated failure.", ["service"])
REGRESSIONS = Counter(
    "guildhall_broker_regressions", "Times the broker came back with less than it had.", ["service"]
)
CONNECTED = Gauge("guildhall_broker_connected", "Whether the broker is connected.", ["service"])


class HttpMeter:
    """Counts and times the requests of one route; label lookups happen once per method and status."""

    def __init__(self, route: str) -> None:
        self._route = route
        self._counters: dict[tuple[str, int], Any] = {}
        self._timers: dict[str, Any] = {}

    def observe(self, method: str, status: int, seconds: float) -> None:
        """Record one answered request."""
        counter = self._counters.get((method, status))
        if counter is None:
            counter = REQUESTS.labels(_service, method, self._route, str(status))
            self._counters[method, status] = counter
        counter.inc()
        timer = self._timers.get(method)
        if timer is None:
            timer = self._timers[method] = SECONDS.labels(_service, method, self._route)
        timer.observe(seconds)


def configure_logs(level: str) -> None:
    """JSON lines to standard error, with the service's name; safe to call again after a fork."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _add_service,
            _add_frames,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )


def _add_frames(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Where an exception came from, innermost last; never its message, which may quote what people wrote."""
    error = event.pop("exc_info", None)
    error = sys.exc_info()[1] if error is True else error
    if isinstance(error, BaseException):
        frames = traceback.extract_tb(error.__traceback__)[-FRAMES:]
        event["exception"] = type(error).__name__
        event["frames"] = [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames]
    return event


def _add_service(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    event["service"] = _service
    return event
