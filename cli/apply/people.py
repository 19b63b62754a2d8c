"""The members a file names, found by their handle: added when missing, completed where they lack."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from cli.api import Refused
from cli.apply.document import IdentityPart, MemberPart
from cli.apply.plan import ABREAST, Outcome, Place, Step, Unable
from cli.sources.members import CLOCKS_APART
from cli.sources.members.roster import PROVIDER
from shared.clock import now

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
    """A step for each member, and one for the roles they have beyond the file."""
    with ThreadPoolExecutor(ABREAST) as pool:
        for planned in pool.map(partial(_steps, place), members, range(len(members))):
            yield from planned


def _steps(place: Place, member: MemberPart, index: int) -> list[Step]:
    what, at = f"member {member.handle}", ("members", index)
    try:
        row = find(place, member.handle) if place.path else None
    except Unable as error:
        return [Step(Outcome.REFUSED, what, str(error), at)]
    if row is None:
        detail = ", ".join([member.display_name, *member.roles])
        return [Step(Outcome.CREATE, what, detail, at, partial(add, place, member))]
    missing = _missing(member, _linked(place, member))
    # An address is kept as a hash: only the server can tell, when asked to link it, whether it knows it.
    seen = [_spelled(identity) for identity in missing if not _is_address(identity)]
    lacks = [*_profile(member, row), *_missing_roles(member, row), *seen]
    run = partial(bring, place, member) if lacks or missing else None
    planned = [Step(Outcome.CHANGE if lacks else Outcome.UNCHANGED, what, ", ".join(lacks), at, run)]
    if more := sorted(set(row["roles"]) - set(member.roles)):
        planned.append(Step(Outcome.NOT_MANAGED, what, f"also {', '.join(more)}", at))
    return planned


def bring(place: Place, member: MemberPart) -> bool:
    """Adds the member if there is none, and whatever they lack; whether anything was written."""
    row = find(place, member.handle)
    return add(place, member) if row is None else _complete(place, member, row, _linked(place, member))


def add(place: Place, member: MemberPart) -> bool:
    """Adds the member with everything the file says of them."""
    row = _joined(place, member)
    place.members[member.handle] = str(row["id"])
    _complete(place, member, row, {(each.provider, each.subject) for each in member.identities[:1]})
    return True


def _complete(place: Place, member: MemberPart, row: Row, linked: set[tuple[str, str]]) -> bool:
    path, wrote = place.member(member.handle), False
    if changes := _profile(member, row):
        place.api.patch(path, changes, row["version"])
        wrote = True
    for identity in _missing(member, linked):
        wrote |= _link(place, path, identity)
    for role in _missing_roles(member, row):
        place.api.post(f"{path}/roles", {"role": role})
        wrote = True
    return wrote


def _joined(place: Place, member: MemberPart) -> Row:
    """By the first identity, so that somebody who is a member by another handle is not added twice."""
    named = IdentityPart(provider=PROVIDER, subject=member.handle)
    identity = member.identities[0] if member.identities else named
    item = {
        "handle": member.handle,
        "display_name": member.display_name,
        "joined_at": member.joined_at or (now() - CLOCKS_APART).isoformat(),
        **identity.given(),
    }
    (done,) = place.api.post(f"{place.root}/members/import", {"items": [item]})["items"]
    if done["outcome"] == "refused":
        raise Unable(f"{_spelled(identity)}: {done['reason']}")
    row: Row = place.api.get(f"{place.root}/members/{done['member_id']}")
    if row["handle"] != member.handle:
        raise Unable(f"{_spelled(identity)} is {row['handle']} already: write this handle in the file")
    return row


def _profile(member: MemberPart, row: Row) -> dict[str, Any]:
    given = {name: value for name, value in member.given().items() if name in DESCRIBED}
    return {name: value for name, value in given.items() if row[name] != value}


def _missing_roles(member: MemberPart, row: Row) -> list[str]:
    return [role for role in dict.fromkeys(member.roles) if role not in row["roles"]]


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
