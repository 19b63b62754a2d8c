"""The groups a file names, found by their slug, and who leads and belongs to them."""

from collections.abc import Collection, Iterator
from functools import partial
from typing import Any

from cli.api import Refused
from cli.apply import people
from cli.apply.document import GroupPart
from cli.apply.plan import Outcome, Place, Step, Unable

Row = dict[str, Any]


def steps(place: Place, groups: list[GroupPart]) -> Iterator[Step]:
    """A step for each group, parents first; then what is there besides."""
    rows = {row["slug"]: row for row in place.api.pages(f"{place.root}/groups")} if place.path else {}
    place.groups = {slug: str(row["id"]) for slug, row in rows.items()}
    place.ruled = {slug for slug, row in rows.items() if row["rule"] is not None}
    numbers = {group.slug: index for index, group in enumerate(groups)}
    for group in parents_first(groups):
        yield _describing(place, group, rows.get(group.slug), ("groups", numbers[group.slug]))
    for slug in sorted(set(rows) - set(numbers)):
        if rows[slug]["state"] == "active":
            yield Step(Outcome.NOT_MANAGED, f"group {slug}")


def belonging(place: Place, groups: list[GroupPart], declared: Collection[str]) -> Iterator[Step]:
    """A step for the people of each group; then who is there besides.

    `declared` are the handles of the members in the file; others may be named when they are there already.
    """
    for index, group in enumerate(groups):
        yield from _strangers(place, group, declared, ("groups", index))
        yield from _people(place, group, declared, ("groups", index))


def parents_first(groups: list[GroupPart]) -> list[GroupPart]:
    """The groups, each behind the one above it."""
    ordered: dict[str, GroupPart] = {}
    named = {group.slug: group for group in groups}
    for group in groups:
        line, at = [group], named.get(group.parent or "")
        while at is not None and at.slug not in ordered:
            line.append(at)
            at = named.get(at.parent or "")
        ordered |= {each.slug: each for each in reversed(line)}
    return list(ordered.values())


def _describing(place: Place, group: GroupPart, row: Row | None, at: tuple[str | int, ...]) -> Step:
    what = f"group {group.slug}"
    if row is None:
        return Step(Outcome.CREATE, what, group.name, at, partial(_create, place, group))
    if reason := _unchangeable(place, group, row):
        return Step(Outcome.REFUSED, what, reason, at)
    changes = _changes(group, row)
    if not changes:
        return Step(Outcome.UNCHANGED, what, place=at)
    return Step(Outcome.CHANGE, what, ", ".join(changes), at, partial(_change, place, group))


def _unchangeable(place: Place, group: GroupPart, row: Row) -> str | None:
    if row["state"] != "active":
        return f"it is {row['state']}"
    if row["kind"] != group.kind:
        return f"its kind is {row['kind']} and stays so"
    if "parent" in group.model_fields_set and row["parent_id"] != place.groups.get(group.parent or ""):
        return "the group above it stays"
    if group.rule is not None and row["rule"] is None:
        return "a group has a rule from the beginning, or never"
    if row["rule"] is not None and (group.leaders or group.members):
        return "its rule says who belongs to it"
    return None


def _sent(group: GroupPart) -> dict[str, Any]:
    """What the file says, in full: as the API answers it."""
    given = group.given("parent", "leaders", "members", "rule")
    if "meetings" in given:
        given["meetings"] = [meeting.model_dump() for meeting in group.meetings]
    if group.rule is not None:
        given["rule"] = {"match": "all", **group.rule}
    return given


def _changes(group: GroupPart, row: Row) -> dict[str, Any]:
    given = _sent(group)
    stay = ("slug", "kind")
    return {name: value for name, value in given.items() if name not in stay and row[name] != value}


def _create(place: Place, group: GroupPart) -> bool:
    given = _sent(group)
    if group.parent is not None:
        place.group(group.parent)
        given["parent_id"] = place.groups[group.parent]
    row = place.api.post(f"{place.root}/groups", given)
    place.groups[group.slug] = str(row["id"])
    return True


def _change(place: Place, group: GroupPart) -> bool:
    path = place.group(group.slug)
    row = place.api.get(path)
    changes = _changes(group, row)
    if changes:
        place.api.patch(path, changes, row["version"])
    return bool(changes)


def _strangers(
    place: Place, group: GroupPart, declared: Collection[str], at: tuple[str | int, ...]
) -> Iterator[Step]:
    for handle in (*group.leaders, *group.members):
        if handle in declared or handle in place.members:
            continue
        try:
            found = people.find(place, handle) if place.path else None
        except Unable as error:
            yield Step(Outcome.REFUSED, f"people of {group.slug}", str(error), at)
            continue
        if found is None:
            yield Step(Outcome.REFUSED, f"people of {group.slug}", f"there is no member {handle}", at)


def _people(
    place: Place, group: GroupPart, declared: Collection[str], at: tuple[str | int, ...]
) -> Iterator[Step]:
    what = f"people of {group.slug}"
    named = {**dict.fromkeys(group.members, "member"), **dict.fromkeys(group.leaders, "leader")}
    wanted = {handle: named[handle] for handle in named if handle in declared or handle in place.members}
    there: dict[str, str] = {}
    if group.slug in place.ruled:
        return
    if group.slug in place.groups:
        rows = place.api.pages(f"{place.group(group.slug)}/members")
        there = {row["handle"]: row["function"] for row in rows}
    missing = {handle: function for handle, function in wanted.items() if there.get(handle) != function}
    if missing:
        detail = ", ".join(f"{function} {handle}" for handle, function in missing.items())
        outcome = Outcome.CHANGE if there else Outcome.CREATE
        yield Step(outcome, what, detail, at, partial(_add, place, group.slug, missing))
    elif wanted:
        yield Step(Outcome.UNCHANGED, what, place=at)
    if others := sorted(set(there) - set(wanted)):
        yield Step(Outcome.NOT_MANAGED, what, f"also {', '.join(others)}", at)


def _add(place: Place, slug: str, missing: dict[str, str]) -> bool:
    """Adds whoever can be added; `Unable` names the others."""
    path, refused = place.group(slug), {}
    for handle, function in missing.items():
        try:
            place.member(handle)
            place.api.put(f"{path}/members/{place.members[handle]}", {"function": function})
        except Unable as error:
            refused[handle] = str(error)
        except Refused as error:
            if error.status not in (404, 409, 422):
                raise
            refused[handle] = f"{handle}: {error.reason}"
    if refused:
        raise Unable("; ".join(refused.values()))
    return True
