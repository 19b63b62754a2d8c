"""Import activities of another platform: CSV `ts,user,kind,thread,post_id,reply_to_user` -> one channel."""

import csv
import re
from collections import Counter
from collections.abc import Iterator
from functools import partial
from hashlib import blake2b
from pathlib import Path

from cli import Failed
from cli.api import Api
from cli.delivery import Row, batches, deliver, send
from cli.destination import channel
from cli.progress import Moved, progress, unseen
from cli.report import Report
from cli.sources.fields import NotUnderstood, instant
from cli.sources.lines import lines

PROVIDER = "activities"
CHANNEL = "Imported activities (activities)"
COLUMNS = ("ts", "user", "kind", "thread", "post_id", "reply_to_user")
NEEDED = ("ts", "user", "kind")

KIND = re.compile(r"[a-z][a-z0-9_-]{0,31}")
_CLASSED = """
    read visit react reaction vote register attend survey_answer accept
    topic post reply message comment question answer article revision review idea session event
    discussion announcement initiative moderate mediate mentor organise
"""
KNOWN_KINDS = frozenset(_CLASSED.split())
"""The kinds that have a class; any other counts as contribution, and the report says so."""

LONGEST_FIELD = 200
CONTROL = re.compile(r"[\x00-\x1f\x7f]")
IN_FLIGHT = 2
"""Enough to keep the server busy; more would mix up the order in which metrics like history to come."""


def bring(api: Api, community_id: str, path: Path, report: Report) -> None:
    """Imports the file at `path`; an activity that is already there, by kind and post id, stays as it is."""
    if not path.is_file():
        raise Failed(f"{path} is not a file; activities are read from a CSV file, gzipped or not")
    channel_id = channel(api, community_id, CHANNEL, "other")
    to = f"/v1/communities/{community_id}/channels/{channel_id}/activities"
    post = partial(send, api, to, provider=PROVIDER)
    with progress("activities", path.stat().st_size) as moved:
        for receipt in deliver(batches(activities(path, report, moved)), post, IN_FLIGHT):
            report.add(receipt)


def activities(path: Path, report: Report, moved: Moved = unseen) -> Iterator[Row]:
    """The activities of a file, in its order; rows that are none are reported with their line."""
    columns: tuple[str, ...] | None = None
    repeated: Counter[bytes] = Counter()
    strange: Counter[str] = Counter()
    for number, line in lines(path, report, moved):
        if not line.strip():
            continue
        if columns is None:
            columns = _header(line)
            if columns is not None:
                continue
            columns = COLUMNS
        report.read += 1
        try:
            fields = _fields(line, columns)
            item = _item(fields)
        except NotUnderstood as error:
            report.remark(f"line {number}", str(error))
            continue
        if item["ref"] is None:
            item["ref"] = _ref_of(fields, repeated)
        if item["kind"] not in KNOWN_KINDS:
            strange[fields["kind"]] += 1
        yield Row(f"line {number}", item)
    for kind, count in strange.items():
        report.remark(f"kind {kind!r}", f"counted as contribution, in {count} rows")


def _header(line: str) -> tuple[str, ...] | None:
    """The columns a first line names, in their order; None when it already is an activity."""
    try:
        names = tuple(name.strip().lower() for name in _split(line))
    except NotUnderstood:
        names = ()
    if set(NEEDED) <= set(names):
        return names
    try:
        _item(_fields(line, COLUMNS))
    except NotUnderstood:
        raise Failed(f"the first line must name the columns {','.join(COLUMNS)}") from None
    return None


def _split(line: str) -> list[str]:
    """The fields of one line. None goes on behind it, so that a stray quote costs one row, not the rest."""
    try:
        return next(csv.reader([line], strict=True))
    except (csv.Error, StopIteration) as error:
        raise NotUnderstood(f"not CSV: {error}") from None


def _fields(line: str, columns: tuple[str, ...]) -> dict[str, str]:
    values = _split(line)
    if len(values) != len(columns):
        raise NotUnderstood(f"{len(values)} columns instead of {len(columns)}")
    given = dict(zip(columns, values, strict=True))
    fields = {column: given.get(column, "").strip() for column in COLUMNS}
    if max(map(len, fields.values())) > LONGEST_FIELD:
        raise NotUnderstood(f"a field is longer than {LONGEST_FIELD} characters")
    if CONTROL.search("".join(fields.values())):
        raise NotUnderstood("a field has a control character")
    return fields


def _item(fields: dict[str, str]) -> dict[str, str | None]:
    kind = fields["kind"].lower()
    if not KIND.fullmatch(kind):
        raise NotUnderstood(f"kind {fields['kind']!r} is not a word")
    return {
        "kind": kind,
        "at": instant("ts", fields["ts"]).isoformat(),
        "subject": fields["user"] or None,
        "ref": fields["post_id"] or None,
        "thread": fields["thread"] or None,
    }


def _ref_of(fields: dict[str, str], repeated: Counter[bytes]) -> str:
    """The natural key of a row without a post id: its content, and which of the equal rows it is."""
    content = "\x1f".join(fields[column] for column in COLUMNS)
    digest = blake2b(content.encode(), digest_size=16)
    repeated[digest.digest()] += 1
    return f"row-{digest.hexdigest()}-{repeated[digest.digest()]}"
