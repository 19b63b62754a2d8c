"""Posts.xml and Comments.xml -> questions, answers and comments in the order in which they were written."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime
from heapq import merge
from pathlib import Path
from typing import Any, NamedTuple

from cli.delivery import Row
from cli.progress import Moved, unseen
from cli.report import Report
from cli.sources.fields import NotUnderstood, instant, whole_number
from cli.sources.stackexchange.rows import rows, value

PROVIDER = "stackexchange"

TITLE_LENGTH = 200
BODY_LENGTH = 65_536
TAG_LENGTH = 50
TAGS = 10
"""What the API takes; more is cut off and reported."""

QUESTION, ANSWER, COMMENT, OTHER = range(4)
KINDS = {"1": QUESTION, "2": ANSWER}
TAG = re.compile(r"[^<>|]+")


class Entry(NamedTuple):
    """A row that was understood; at one instant, questions sort before what answers them."""

    at: datetime
    kind: int
    id: str
    parent: str | None
    where: str
    values: dict[str, str]


def content(posts: Path, comments: Path, report: Report, moved: Moved = unseen) -> Iterator[Row]:
    """The items of a dump, merged by time, each behind the one it replies to."""
    accepted: set[str] = set()
    entries = merge(_posts(posts, report, moved), _comments(comments, report), key=lambda entry: entry[:2])
    for entry, topic in in_order(entries, report):
        if entry.kind == QUESTION:
            accepted.add(entry.values.get("AcceptedAnswerId", ""))
            yield Row(entry.where, _question(entry, report))
        else:
            is_accepted = entry.kind == ANSWER and entry.id in accepted
            yield Row(entry.where, _reply(entry, topic, report) | {"accepted": is_accepted})


def in_order(entries: Iterable[Entry], report: Report) -> Iterator[tuple[Entry, str]]:
    """The entries with the question they belong to; one that comes before its parent waits for it.

    Keeps in memory the question of every post. What belongs to a post of another type is skipped like that
    post; what belongs to a post that never comes is reported.
    """
    topic_of: dict[str, str | None] = {}
    waiting: defaultdict[str, list[Entry]] = defaultdict(list)
    for read in entries:
        ready = [read]
        while ready:
            entry = ready.pop()
            if entry.parent is not None and entry.parent not in topic_of:
                waiting[entry.parent].append(entry)
                continue
            topic = entry.id if entry.parent is None else topic_of[entry.parent]
            if entry.kind == OTHER:
                topic = None
            if entry.kind != COMMENT:
                topic_of[entry.id] = topic
                ready.extend(reversed(waiting.pop(entry.id, [])))
            if topic is None:
                report.skipped += 1
            else:
                yield entry, topic
    for parent, orphans in waiting.items():
        for orphan in orphans:
            report.remark(orphan.where, f"its post {parent} was not found")


def _posts(path: Path, report: Report, moved: Moved) -> Iterator[Entry]:
    for where, post in rows(path, report, moved):
        try:
            kind = KINDS.get(value(post, "PostTypeId"), OTHER)
            parent = value(post, "ParentId") if kind == ANSWER else None
            if kind != OTHER:
                value(post, "Body")
            yield _entry(kind, parent, where, post)
        except NotUnderstood as error:
            report.remark(where, str(error))


def _comments(path: Path, report: Report) -> Iterator[Entry]:
    for where, comment in rows(path, report):
        try:
            value(comment, "Text")
            yield _entry(COMMENT, value(comment, "PostId"), where, comment)
        except NotUnderstood as error:
            report.remark(where, str(error))


def _entry(kind: int, parent: str | None, where: str, values: dict[str, str]) -> Entry:
    at = instant("CreationDate", value(values, "CreationDate"))
    whole_number("Score", values.get("Score", "0"))
    return Entry(at, kind, value(values, "Id"), parent, where, values)


def _question(entry: Entry, report: Report) -> dict[str, Any]:
    tags = [_cut(tag, TAG_LENGTH, "tag", entry, report) for tag in TAG.findall(entry.values.get("Tags", ""))]
    if len(tags) > TAGS:
        report.remark(entry.where, f"only the first {TAGS} of {len(tags)} tags are kept")
    return {
        "ref": entry.id,
        "kind": "question",
        "title": _cut(entry.values.get("Title") or "(no title)", TITLE_LENGTH, "title", entry, report),
        "body": _cut(entry.values.get("Body", ""), BODY_LENGTH, "body", entry, report),
        "tags": tags[:TAGS],
        "subject": entry.values.get("OwnerUserId") or None,
        "at": entry.at.isoformat(),
        "score": int(entry.values.get("Score", "0")),
    }


def _reply(entry: Entry, topic: str, report: Report) -> dict[str, Any]:
    is_comment = entry.kind == COMMENT
    return {
        # Comments are numbered apart from posts.
        "ref": f"comment-{entry.id}" if is_comment else entry.id,
        "topic_ref": topic,
        "reply_to_ref": entry.parent if entry.parent != topic else None,
        "kind": "comment" if is_comment else "answer",
        "body": _cut(
            entry.values.get("Text" if is_comment else "Body", ""), BODY_LENGTH, "body", entry, report
        ),
        "subject": entry.values.get("UserId" if is_comment else "OwnerUserId") or None,
        "at": entry.at.isoformat(),
        "score": int(entry.values.get("Score", "0")),
    }


def _cut(text: str, longest: int, name: str, entry: Entry, report: Report) -> str:
    if len(text) > longest:
        report.remark(entry.where, f"{name} of {len(text)} characters was cut to {longest}")
    return text[:longest]
