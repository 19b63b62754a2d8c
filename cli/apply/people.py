"""The members a file names, found by their handle: added when missing, completed where they lack."""

import re
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from typing import Any

from cli.api import Refused
from cli.apply.document import IdentityPart, MemberPart
from cli.apply.plan import Outcome, Place, Step, Unable
from shared.clock import now

CLOCKS_APART = timedelta(minutes=5)
"""By how much this machine's clock may be ahead of the server's, which takes nobody from the future."""

_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
DESCRIBED = ("display_name", "headline", "interests")
Row = dict[str, Any]


def find(place: Place, handle: str) -> Row | None:
    """The active member of this handle; `place` knows the id from now on."""
    for row in place.api.pages(f"{place.root}/members", q=handle):
        if row["handle"] == handle:
            if row["state"] != "active":
                raise Unable(f"{handle} is {row['state']}")
            place.members[handle] = str(row["id"])
            return row
    return None


def steps(place: Place, members: list[MemberPart]) -> Iterator[Step]:
    """A step for each member, and one for what they have beyond the file."""
    for index, member in enumerate(members):
        what, at = f"member {member.handle}", ("members", index)
        run = partial(bring, place, member)
        try:
            row = find(place, member.handle) if place.path else None
        except Unable as error:
            yield Step(Outcome.REFUSED, what, str(error), at)
            continue
        if row is None:
            detail = ", ".join([member.display_name, *member.roles])
            yield Step(Outcome.CREATE, what, detail, at, run)
            continue
        linked = _linked(place, member)
        missing = _missing(member, linked)
        # An address is kept as a hash: only the server can tell, when asked to link it, whether it knows it.
        seen = [_spelled(identity) for identity in missing if not _is_address(identity)]
        lacks = [*_profile(member, row), *_missing_roles(member, row), *seen]
        outcome = Outcome.CHANGE if lacks else Outcome.UNCHANGED
        yield Step(outcome, what, ", ".join(lacks), at, run if lacks or missing else None)
        if more := sorted(set(row["roles"]) - set(member.roles)):
            yield Step(Outcome.NOT_MANAGED, what, f"also {', '.join(more)}", at)


def bring(place: Place, member: MemberPart) -> bool:
    """Adds the member if there is none, and whatever they lack; whether anything was written."""
    row, wrote = find(place, member.handle), False
    if row is None:
        _add(place, member)
        row, wrote = place.api.get(place.member(member.handle)), True
    path = place.member(member.handle)
    if changes := _profile(member, row):
        place.api.patch(path, changes, row["version"])
        wrote = True
    for identity in _missing(member, _linked(place, member)):
        wrote |= _link(place, path, identity)
    for role in _missing_roles(member, row):
        place.api.post(f"{path}/roles", {"role": role})
        wrote = True
    return wrote


def _add(place: Place, member: MemberPart) -> None:
    """By the first identity, so that somebody who is a member by another handle is not added twice."""
    if not member.identities:
        given = member.given("identities", "roles", "joined_at")
        row = place.api.post(f"{place.root}/members", given)
        place.members[member.handle] = str(row["id"])
        return
    identity = member.identities[0]
    item = {
        "handle": member.handle,
        "display_name": member.display_name,
        "joined_at": member.joined_at or (now() - CLOCKS_APART).isoformat(),
        **identity.given(),
    }
    (done,) = place.api.post(f"{place.root}/members/import", {"items": [item]})["items"]
    if done["outcome"] == "refused":
        raise Unable(f"{_spelled(identity)}: {done['reason']}")
    handle = place.api.get(f"{place.root}/members/{done['member_id']}")["handle"]
    if handle != member.handle:
        raise Unable(f"{_spelled(identity)} is {handle} already: write this handle in the file")
    place.members[member.handle] = str(done["member_id"])


def _profile(member: MemberPart, row: Row) -> dict[str, Any]:
    given = {name: value for name, value in member.given().items() if name in DESCRIBED}
    return {name: value for name, value in given.items() if row[name] != value}


def _missing_roles(member: MemberPart, row: Row) -> list[str]:
    return [role for role in member.roles if role not in row["roles"]]


def _linked(place: Place, member: MemberPart) -> set[tuple[str, str]]:
    if not member.identities:
        return set()
    rows = place.api.pages(f"{place.member(member.handle)}/identities")
    return {(row["provider"], row["subject"]) for row in rows}


def _missing(member: MemberPart, linked: set[tuple[str, str]]) -> list[IdentityPart]:
    return [each for each in member.identities if (each.provider, each.subject) not in linked]


def _is_address(identity: IdentityPart) -> bool:
    return _ADDRESS.fullmatch(identity.subject) is not None


def _link(place: Place, path: str, identity: IdentityPart) -> bool:
    try:
        place.api.post(f"{path}/identities", identity.given())
    except Refused as refused:
        holder = refused.problem.get("member_id")
        if refused.status != 409 or holder is None:
            raise
        if path.endswith(str(holder)):
            return False
        raise Unable(f"{_spelled(identity)} is somebody else's") from None
    return True


def _spelled(identity: IdentityPart) -> str:
    """The identity as it may be shown: an address is nobody's business."""
    return identity.provider if _is_address(identity) else f"{identity.provider}:{identity.subject}"
