"""Growth counts who joined, left and came back against who was there."""

from typing import Any

from shared.testing import eventually
from tests.metrics.conftest import Community, at


def test_growth_is_net_of_who_left(place: Community) -> None:
    members = [
        {
            "handle": f"m{n}",
            "display_name": "M",
            "provider": "stackexchange",
            "subject": str(n),
            "joined_at": at(day),
        }
        for n, day in enumerate([0, 1, 2, 40, 41])
    ]
    done = place.membership.post(f"{place.path}/members/import", json={"items": members})
    assert done.status_code == 200, done.text
    january: dict[str, Any] = {"from": "2024-01-01", "to": "2024-02-01"}
    february: dict[str, Any] = {"from": "2024-02-01", "to": "2024-03-01"}
    eventually(lambda: place.one("growth_net", **february)["joined"] == 2)
    assert place.one("growth_net", **january)["value"] is None
    grown = place.one("growth_net", **february)
    assert (grown["value"], grown["n"]) == (2 / 3, 3)
    left = place.membership.get(f"{place.path}/members", params={"q": "m0"}).json()["items"][0]
    gone = place.membership.post(f"{place.path}/members/{left['id']}/leave")
    assert gone.is_success, gone.text
    eventually(lambda: place.one("growth_net", **{"from": "2024-03-01", "to": "2100-01-01"})["left"] == 1)
