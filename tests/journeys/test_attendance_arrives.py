"""From the door to the number: what happens at an event, through the gateway, as metrics tell it (D10)."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from shared.clock import now
from shared.testing import Cluster, eventually
from tests.conftest import found_community
from tests.events.conftest import an_event

HANDLES = ("ada", "ben", "cleo", "dan", "eve", "fay")


@pytest.fixture
def place(api: httpx.Client) -> Callable[..., Any]:
    """`place("POST", "/events", {...})` asks in a community of this test alone."""
    root = f"/v1/communities/{found_community(api)}"

    def ask(method: str, path: str, json: Any = None) -> Any:
        answer = api.request(method, f"{root}{path}", json=json)
        assert answer.is_success, answer.text
        return answer.json()

    return ask


def test_who_came_is_told_by_metrics(place: Callable[..., Any], stack: Cluster) -> None:
    """Four places: of six, four are confirmed, one takes an offer, one declines; three of four come."""
    people = {name: {"handle": name, "display_name": name.title()} for name in HANDLES}
    members = {name: place("POST", "/members", given)["id"] for name, given in people.items()}
    event = f"/events/{place('POST', '/events', an_event(capacity=4))['id']}"
    for verb in ("publish", "open-registration"):
        place("POST", f"{event}/{verb}")
    asked = f"{event}/registrations"
    known = {name: place("POST", asked, {"member_id": id_})["id"] for name, id_ in members.items()}
    for leaves, answers, verb in (("dan", "eve", "accept-offer"), ("cleo", "fay", "decline-offer")):
        place("POST", f"{asked}/{known[leaves]}/cancel")
        place("POST", f"{asked}/{known[answers]}/{verb}")
    place("POST", asked, {"member_id": members["dan"]})
    place("POST", f"{event}/start")
    seen = [
        {
            "member_id": members[name],
            "device_id": "door",
            "nonce": name,
            "at": now().isoformat(),
            "kind": "entry",
        }
        for name in ("ada", "ben", "dan")
    ]
    place("POST", f"{event}/check-ins", {"items": seen})
    place("POST", f"{event}/complete")
    place("POST", f"{event}/evaluate", {"verdict": "worked", "settle_now": True})

    def value(metric: str, query: str = "step=all") -> Any:
        return place("GET", f"/metrics/{metric}?{query}")["points"][0]["value"]

    eventually(lambda: value("event_attendance_rate") is not None, within=15)
    assert value("event_attendance_rate") == 3 / 4
    assert value("no_show") == 1 / 4
    assert value("fill") == 4 / 4
    assert value("waitlist_conversion") == 1 / 2
    stack.wait_converged()
    assert value("event_reach") == 3 / 6
