"""The overview dashboard as code; `make generate` writes what it prints to overview.json."""

import json
import sys
from typing import Any

SOURCE = {"type": "prometheus", "uid": "prometheus"}
COLUMNS, HEIGHT = 24, 7

Panel = dict[str, Any]


def stat(title: str, query: str, *, unit: str = "none", warn: float, page: float) -> Panel:
    """One number now: green below `warn`, red from `page`."""
    steps = [
        {"color": "green", "value": None},
        {"color": "orange", "value": warn},
        {"color": "red", "value": page},
    ]
    defaults = {"unit": unit, "thresholds": {"mode": "absolute", "steps": steps}}
    panel = _panel("stat", title, unit, [(query, "")])
    return panel | {
        "fieldConfig": {"defaults": defaults, "overrides": []},
        "options": {"colorMode": "background"},
    }


def series(title: str, *queries: tuple[str, str], unit: str = "none") -> Panel:
    """Lines over time; each query comes with the legend of its lines."""
    return _panel("timeseries", title, unit, list(queries))


def _panel(kind: str, title: str, unit: str, queries: list[tuple[str, str]]) -> Panel:
    targets = [
        {"refId": chr(ord("A") + index), "datasource": SOURCE, "expr": query, "legendFormat": legend}
        for index, (query, legend) in enumerate(queries)
    ]
    defaults = {"unit": unit, "min": 0}
    return {
        "type": kind,
        "title": title,
        "datasource": SOURCE,
        "targets": targets,
        "fieldConfig": {"defaults": defaults, "overrides": []},
    }


def rate(counter: str, *labels: str) -> str:
    """Per second over the last five minutes, of the services chosen above the dashboard."""
    chosen = ",".join(['service=~"$service"', *labels])
    return f"rate({counter}{{{chosen}}}[5m])"


def quantile(share: float, histogram: str) -> str:
    """A quantile per service over the last five minutes."""
    return f"histogram_quantile({share}, sum by (service, le) ({rate(f'{histogram}_bucket')}))"


REQUESTS = "guildhall_http_requests_total"
FAILED, REFUSED_OR_FAILED = 'status=~"5.."', 'status=~"[45].."'

ROWS: list[list[Panel]] = [
    [
        stat("Services down", 'count(up{job="guildhall"} == 0) or vector(0)', warn=1, page=1),
        stat(
            "Errors",
            f"sum({rate(REQUESTS, FAILED)}) / sum({rate(REQUESTS)})",
            unit="percentunit",
            warn=0.001,
            page=0.01,
        ),
        stat("Oldest fact waiting", "max(guildhall_outbox_oldest_seconds)", unit="s", warn=60, page=600),
        stat("Facts to apply", "sum(guildhall_consumer_pending)", warn=1000, page=10000),
        stat("Parked facts", "sum(guildhall_dead_letters)", warn=1, page=100),
        stat("Without a broker", "count(guildhall_broker_connected == 0) or vector(0)", warn=1, page=4),
    ],
    [
        series(
            "Requests",
            (
                f"sum by (service) ({rate(REQUESTS)})",
                "{{service}}",
            ),
            unit="reqps",
        ),
        series(
            "Time of a request, median and 99 %",
            (quantile(0.5, "guildhall_http_request_seconds"), "{{service}} p50"),
            (quantile(0.99, "guildhall_http_request_seconds"), "{{service}} p99"),
            unit="s",
        ),
        series(
            "Refused and failed",
            (f"sum by (service, status) ({rate(REQUESTS, REFUSED_OR_FAILED)})", "{{service}} {{status}}"),
            unit="reqps",
        ),
    ],
    [
        series(
            "Facts published and applied",
            (rate("guildhall_relay_published_total"), "{{service}} published"),
            (rate("guildhall_consumer_applied_total"), "{{service}} applied"),
            unit="cps",
        ),
        series(
            "Facts waiting",
            ('guildhall_outbox_unpublished{service=~"$service"}', "{{service}} to publish"),
            ('guildhall_consumer_pending{service=~"$service"}', "{{service}} to apply"),
        ),
        series(
            "Commits that failed",
            (rate("guildhall_store_commit_failures_total"), "{{service}}"),
            unit="cps",
        ),
    ],
    [
        series(
            "Publishing failures, repeats, redeliveries",
            (rate("guildhall_relay_failures_total"), "{{service}} failures"),
            (rate("guildhall_consumer_duplicates_total"), "{{service}} repeats"),
            (
                rate("guildhall_consumer_redeliveries_total"),
                "{{service}} redeliveries",
            ),
            unit="cps",
        ),
        series(
            "The gateway's failures by service behind it",
            ("sum by (upstream) (rate(guildhall_upstream_failures_total[5m]))", "{{upstream}}"),
            unit="cps",
        ),
        series("Communities", ("guildhall_kpi_value", "{{community}} {{metric}} {{window}}")),
    ],
]


def dashboard() -> dict[str, Any]:
    """What Grafana reads."""
    panels: list[Panel] = []
    for row, members in enumerate(ROWS):
        width = COLUMNS // len(members)
        for column, panel in enumerate(members):
            place = {"x": column * width, "y": row * HEIGHT, "w": width, "h": HEIGHT}
            panels.append({"id": len(panels) + 1, "gridPos": place} | panel)
    services = {
        "name": "service",
        "type": "query",
        "datasource": SOURCE,
        "query": {"query": 'label_values(up{job="guildhall"}, service)', "refId": "services"},
        "includeAll": True,
        "multi": True,
        "current": {"text": "All", "value": "$__all"},
        "refresh": 2,
    }
    return {
        "uid": "guildhall-overview",
        "title": "Guildhall",
        "schemaVersion": 41,
        "refresh": "30s",
        "time": {"from": "now-6h", "to": "now"},
        "timezone": "browser",
        "templating": {"list": [services]},
        "panels": panels,
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(dashboard(), indent=2) + "\n")
