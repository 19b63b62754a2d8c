"""Read a CSV of members: `handle,display_name,email,provider,...` -> people, and which rows are none."""

import re
import unicodedata
from collections.abc import Iterator
from hashlib import blake2b
from pathlib import Path
from typing import Any, NamedTuple

from cli import Failed
from cli.progress import Moved, unseen
from cli.report import Report
from cli.sources.fields import NotUnderstood, instant
from cli.sources.lines import lines
from cli.sources.records import records

PROVIDER = "members"
"""Names the identity of a row that has no other: its handle, else its display name."""

COLUMNS = (
    "handle", "display_name", "email", "provider", "subject",
    "joined_at", "roles", "groups", "headline", "interests",
)  # fmt: skip
ROLES = ("editor", "organizer", "moderator", "admin", "owner")
LONGEST = {"display_name": 80, "email": 200, "subject": 200, "headline": 160}
MOST_INTERESTS, LONGEST_INTEREST = 30, 60

CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
HANDLE = re.compile(r"[a-z0-9._-]{2,40}")
ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
PROVIDER_WORD = re.compile(r"[a-z][a-z0-9_-]{1,39}")


class Person(NamedTuple):
    """A row: the member to import, and what they get besides."""

    where: str
    item: dict[str, str]
    email: str | None
    profile: dict[str, Any]
    roles: list[str]
    groups: list[str]


def members(path: Path, report: Report, moved: Moved = unseen) -> Iterator[Person]:
    """The people of a file, in its order; rows that are none are reported with the line they begin on."""
    rows = records(lines(path, report, moved), report)
    columns = _header(next(rows, None), report)
    handles: dict[str, int] = {}
    identities: dict[bytes, int] = {}
    for number, values in rows:
        report.read += 1
        try:
            if len(values) != len(columns):
                raise NotUnderstood(f"{len(values)} columns instead of {len(columns)}")
            given = dict(zip(columns, values, strict=True))
            person = _person(f"line {number}", {name: given.get(name, "").strip() for name in COLUMNS})
            _require_new(person, number, handles, identities)
        except NotUnderstood as error:
            report.remark(f"line {number}", str(error))
            continue
        yield person


def _header(first: tuple[int, list[str]] | None, report: Report) -> list[str]:
    number, names = first or (1, [])
    columns = [name.strip().lower() for name in names]
    if not {"handle", "display_name"} & set(columns):
        raise Failed(f"the first line must name the columns, of {','.join(COLUMNS)}")
    for name in columns:
        if name in COLUMNS and columns.count(name) > 1:
            raise Failed(f"the column {name} is there twice")
        if name not in COLUMNS:
            report.remark(f"line {number}", f"the column {shown(name)} is not known and not read")
    return columns


def _person(where: str, fields: dict[str, str]) -> Person:
    if CONTROL.search("".join(fields.values())):
        raise NotUnderstood("a field has a control character")
    for name in ("display_name", "headline"):
        fields[name] = " ".join(fields[name].split())
    for name, longest in LONGEST.items():
        if len(fields[name]) > longest:
            raise NotUnderstood(f"{name} is longer than {longest} characters")
    handle = _handle(fields["handle"])
    if not handle and not fields["display_name"]:
        raise NotUnderstood("neither handle nor display_name")
    named = fields["display_name"] or handle
    provider, subject = _identity(fields, handle or named)
    email = fields["email"] if fields["email"] and subject != fields["email"] else None
    item = {"handle": handle or named, "display_name": named, "provider": provider, "subject": subject}
    profile = {"headline": fields["headline"], "interests": _interests(fields["interests"])}
    return Person(
        where,
        {**item, **_joined(fields["joined_at"])},
        email,
        {name: value for name, value in profile.items() if value},
        _roles(fields["roles"]),
        [each.lower() for each in _several(fields["groups"])],
    )


def _handle(text: str) -> str:
    handle = unicodedata.normalize("NFKC", text).lower()
    if handle and not HANDLE.fullmatch(handle):
        raise NotUnderstood("a handle is 2 to 40 of the characters a-z 0-9 . _ -")
    return handle


def _identity(fields: dict[str, str], otherwise: str) -> tuple[str, str]:
    """What the person is recognised by in the next run."""
    provider, subject, email = fields["provider"].lower(), fields["subject"], fields["email"]
    if bool(provider) != bool(subject):
        raise NotUnderstood("provider and subject go together")
    if provider and not PROVIDER_WORD.fullmatch(provider):
        raise NotUnderstood("provider is not a word")
    if email and not ADDRESS.fullmatch(email):
        raise NotUnderstood("email is not an address")
    if provider:
        return provider, subject
    return ("email", email) if email else (PROVIDER, otherwise)


def _joined(text: str) -> dict[str, str]:
    if not text:
        return {}
    try:
        return {"joined_at": instant("joined_at", text).isoformat()}
    except NotUnderstood:
        raise NotUnderstood(f"joined_at {shown(text)} is not a time (ISO 8601)") from None


def _interests(text: str) -> list[str]:
    interests = _several(text)
    if len(interests) > MOST_INTERESTS or any(len(each) > LONGEST_INTEREST for each in interests):
        raise NotUnderstood(
            f"more than {MOST_INTERESTS} interests, or one of over {LONGEST_INTEREST} characters"
        )
    return interests


def _roles(text: str) -> list[str]:
    roles = [each.lower() for each in _several(text)]
    for role in roles:
        if role not in (*ROLES, "member"):
            raise NotUnderstood(f"there is no role {shown(role)}")
    return [role for role in roles if role in ROLES]


def _several(text: str) -> list[str]:
    """The values of a field, separated by semicolons, each once."""
    return list(dict.fromkeys(filter(None, (" ".join(each.split()) for each in text.split(";")))))


def shown(text: str) -> str:
    """A value as a report may show it: columns get mixed up, and addresses are nobody's business."""
    return "(an address)" if "@" in text else repr(text[:40])


def _require_new(person: Person, number: int, handles: dict[str, int], identities: dict[bytes, int]) -> None:
    handle, provider, subject = (person.item[name] for name in ("handle", "provider", "subject"))
    # Without a handle the item wishes for the display name, which many may have.
    if (first := handles.get(handle)) and HANDLE.fullmatch(handle):
        raise NotUnderstood(f"the handle is that of line {first}")
    keys = {_key(provider, subject): "name" if provider == PROVIDER else provider}
    if person.email is not None:
        keys[_key("email", person.email)] = "email"
    for key, what in keys.items():
        if first := identities.get(key):
            raise NotUnderstood(f"the {what} is that of line {first}")
    handles[handle] = number
    identities |= dict.fromkeys(keys, number)


def _key(provider: str, subject: str) -> bytes:
    """Stands for an identity while a file is read: addresses of many thousands need not lie in memory."""
    return blake2b(f"{provider}:{subject}".casefold().encode(), digest_size=16).digest()
