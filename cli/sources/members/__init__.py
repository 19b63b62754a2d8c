"""Import members: CSV -> members by their identity, with the profile, roles and groups they lack."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

from cli import Failed
from cli.api import Api, Refused
from cli.delivery import BAD_ROWS, deliver
from cli.progress import progress
from cli.report import Receipt, Remark, Report
from cli.sources.members.roster import Person, members, shown
from shared.clock import now

BATCH_ROWS, IN_FLIGHT = 200, 4
CLOCKS_APART = timedelta(minutes=5)
"""By how much this machine's clock may be ahead of the server's, which takes nobody from the future."""

REFUSED = (403, 404, 409, 412, 422)
"""What the server says to one row; anything else concerns all of them."""


class Groups:
    """The groups of the community by slug, and who is in those that are asked for."""

    def __init__(self, api: Api, root: str) -> None:
        self._api = api
        self._paths = {row["slug"]: f"{root}/groups/{row['id']}" for row in api.pages(f"{root}/groups")}
        self._members: dict[str, set[str]] = {}

    def path(self, slug: str) -> str | None:
        """The path of the members of a group; None when there is no such group."""
        return f"{self._paths[slug]}/members" if slug in self._paths else None

    def has(self, slug: str, member_id: str) -> bool:
        """Whether the member was in the group when it was first asked for."""
        if slug not in self._members:
            rows = self._api.pages(f"{self._paths[slug]}/members")
            self._members[slug] = {str(row["member_id"]) for row in rows}
        return member_id in self._members[slug]


def bring(api: Api, community_id: str, path: Path, report: Report) -> None:
    """Imports the file at `path`; who is there already gets what they lack, and nothing is overwritten."""
    if not path.is_file():
        raise Failed(f"{path} is not a file; members are read from a CSV file")
    root = f"/v1/communities/{community_id}"
    groups = Groups(api, root)
    with progress("members", path.stat().st_size) as moved:
        people = members(path, report, moved)
        batches = iter(lambda: list(islice(people, BATCH_ROWS)), list[Person]())
        for receipt in deliver(batches, partial(_bring, api, root, groups), IN_FLIGHT):
            report.add(receipt)


def _bring(api: Api, root: str, groups: Groups, people: list[Person]) -> Receipt:
    """Imports the people and completes each; a row counts once, as written or unchanged."""
    done = Receipt()
    for person, answer in _imported(api, f"{root}/members/import", people):
        if answer["outcome"] == "refused":
            done |= Receipt(refused=(Remark(person.where, answer["reason"]),))
            continue
        wrote, refused = _completed(api, root, groups, person, str(answer["member_id"]))
        written = wrote or answer["outcome"] == "created"
        remarks = tuple(Remark(person.where, f"imported without {each}") for each in refused)
        done |= Receipt(int(written), int(not written), remarks)
    return done


def _imported(api: Api, path: str, people: list[Person]) -> list[tuple[Person, dict[str, Any]]]:
    """What became of each; halves the batch until only rows the server will not take remain."""
    joined = {"joined_at": (now() - CLOCKS_APART).isoformat()}
    try:
        answer = api.post(path, {"items": [joined | person.item for person in people]})
    except Refused as refused:
        if refused.status not in BAD_ROWS:
            raise
        if len(people) == 1:
            return [(people[0], {"outcome": "refused", "reason": refused.reason})]
        half = len(people) // 2
        return _imported(api, path, people[:half]) + _imported(api, path, people[half:])
    return list(zip(people, answer["items"], strict=True))


def _completed(api: Api, root: str, groups: Groups, person: Person, member_id: str) -> tuple[bool, list[str]]:
    """Gives a member what they lack of the row; whether anything was written, and what was refused."""
    path = f"{root}/members/{member_id}"
    changes: dict[str, Callable[[], Any]] = {}
    refused: list[str] = []
    if person.profile or person.roles:
        row = api.get(path)
        if empty := {name: value for name, value in person.profile.items() if not row[name]}:
            changes[" and ".join(empty)] = partial(api.patch, path, empty, row["version"])
        for role in person.roles:
            if role not in row["roles"]:
                changes[f"the role {role}"] = partial(api.post, f"{path}/roles", {"role": role})
    if person.email is not None:
        identity = {"provider": "email", "subject": person.email}
        changes["the e-mail address"] = partial(api.post, f"{path}/identities", identity)
    for slug in person.groups:
        to = groups.path(slug)
        if to is None:
            refused.append(f"the group {shown(slug)}: there is none")
        elif not groups.has(slug, member_id):
            changes[f"the group {slug}"] = partial(api.put, f"{to}/{member_id}")
    wrote = [_done(what, change, member_id, refused) for what, change in changes.items()]
    return any(wrote), refused


def _done(what: str, change: Callable[[], Any], member_id: str, refused: list[str]) -> bool:
    try:
        change()
    except Refused as error:
        if error.status not in REFUSED:
            raise
        # An address that is this member's already is refused, too: only its hash is known here.
        if error.problem.get("member_id") != member_id:
            refused.append(f"{what}: {error.reason}")
        return False
    return True
