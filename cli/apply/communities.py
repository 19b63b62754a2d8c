"""The community itself: created, described, and led to where the file has it."""

from collections.abc import Iterator
from functools import partial
from typing import Any

from cli.apply.document import CommunityPart
from cli.apply.plan import Outcome, Place, Step

STAY = ("slug", "kind")
VERBS = {"gathering": "open-gathering", "active": "activate"}
WAYS = {
    ("draft", "gathering"): ["gathering"],
    ("draft", "active"): ["active"],
    ("gathering", "active"): ["active"],
}
"""The states a community goes through; whatever is paused or archived was meant to be, and stays."""


def find(place: Place, slug: str) -> dict[str, Any] | None:
    """The community as it stands; `place` knows it from now on."""
    found = place.api.get("/v1/communities", slug=slug)["items"]
    if not found:
        return None
    place.path = f"/v1/communities/{found[0]['id']}"
    row: dict[str, Any] = place.api.get(place.path)
    return row


def describing(place: Place, declared: CommunityPart, row: dict[str, Any] | None) -> Step:
    """Creates the community, or changes what the file describes otherwise."""
    what, at = f"community {declared.slug}", ("community",)
    if row is None:
        return Step(Outcome.CREATE, what, declared.name, at, partial(_create, place, declared))
    if row["kind"] != declared.kind:
        reason = f"its kind is {row['kind']} and stays so"
        return Step(Outcome.REFUSED, what, reason, (*at, "kind"))
    changes = _changes(declared, row)
    if not changes:
        return Step(Outcome.UNCHANGED, what, place=at)
    return Step(Outcome.CHANGE, what, ", ".join(changes), at, partial(_change, place, declared))


def leading(place: Place, declared: CommunityPart, row: dict[str, Any] | None) -> Iterator[Step]:
    """Opens the gathering or starts the community, when the file asks for it and it is still ahead."""
    state = "draft" if row is None else row["state"]
    if declared.state is None or declared.state == state:
        return
    what, at = f"community {declared.slug}", ("community", "state")
    way = WAYS.get((state, declared.state))
    if way is None:
        yield Step(Outcome.NOT_MANAGED, what, f"it is {state} and stays so", at)
        return
    if declared.kind == "coi" and state == "draft" and declared.state == "active":
        way = ["gathering", "active"]
    yield Step(Outcome.CHANGE, what, f"{state} -> {' -> '.join(way)}", at, partial(_lead, place, way))


def _sent(declared: CommunityPart) -> dict[str, Any]:
    """What the file says; a charter is given whole."""
    given = declared.given("state")
    return given | ({"charter": declared.charter.model_dump()} if "charter" in given else {})


def _changes(declared: CommunityPart, row: dict[str, Any]) -> dict[str, Any]:
    given = _sent(declared)
    return {name: value for name, value in given.items() if row[name] != value and name not in STAY}


def _create(place: Place, declared: CommunityPart) -> bool:
    row = place.api.post("/v1/communities", _sent(declared))
    place.path = f"/v1/communities/{row['id']}"
    return True


def _change(place: Place, declared: CommunityPart) -> bool:
    row = place.api.get(place.root)
    changes = _changes(declared, row)
    if changes:
        place.api.patch(place.root, changes, row["version"])
    return bool(changes)


def _lead(place: Place, way: list[str]) -> bool:
    for state in way:
        place.api.post(f"{place.root}/{VERBS[state]}")
    return True
