"""The end of an import: what was written is also counted, so that the first look at a metric is right."""

import time

from cli import Failed
from cli.api import Api

STEADY_SECONDS = 0.6
PATIENCE_SECONDS = 10.0
_PAUSE_SECONDS = 0.15


def wait_until_counted(api: Api, community_id: str) -> bool:
    """Wait until metrics applies nothing more; False when it does not come to rest, or is away."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    seen, since = -1, time.monotonic()
    while time.monotonic() < deadline:
        try:
            answer = api.get(f"/v1/communities/{community_id}/metrics/content_count", step="all")
        except Failed:
            return False
        if answer["high_water"] != seen:
            seen, since = answer["high_water"], time.monotonic()
        elif time.monotonic() - since >= STEADY_SECONDS:
            return True
        time.sleep(_PAUSE_SECONDS)
    return False
