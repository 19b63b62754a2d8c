"""Metrics: what all of it amounts to, counted exactly from the facts of the other services."""

from services.metrics import (
    activity,
    catalogue,
    cohorts,
    explain,
    forget,
    gauges,
    models,
    privacy,
    rebuild,
    series,
    tallies,
    zones,
)
from shared.app import Service, create_app

service = Service(
    name="metrics",
    base=models.Base,
    slices=[activity, tallies, zones, rebuild, forget, catalogue, series, explain, cohorts, gauges, privacy],
)
app = create_app(service)
