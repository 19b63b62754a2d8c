"""`guildhall simulate`: write a made-up community that the importers read; the same seed, the same bytes."""

import csv
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Annotated
from xml.sax.saxutils import quoteattr

import typer

from cli import Failed, phrases
from cli.synthetic import ANSWER, COMMENT, QUESTION, Community, Said
from cli.synthetic import community as synthetic_community

FIRST_DAY = datetime(2025, 1, 6)  # noqa: DTZ001 - parsed as typed; UTC is put on it below

README = """# A made-up community

{members} members and {said} questions, answers and comments in {days} days from {start} (UTC), made by
`guildhall simulate --seed {seed} --members {members} --days {days}`. Nobody in it exists.

| files | read, from this directory, by |
|---|---|
| `Users.xml`, `Posts.xml`, `Comments.xml` | `guildhall import stackexchange . --community demo --create` |
| `events.csv` | `guildhall import activities events.csv --community demo-activities --create` |

Both tell the same history of the same people: the dump with its texts, the events without.
"""


def simulate(
    directory: Annotated[Path, typer.Argument(metavar="DIR", file_okay=False, help="Where to write it.")],
    seed: Annotated[int, typer.Option(help="Another seed, another community.")] = 1,
    members: Annotated[int, typer.Option(min=1, max=1_000_000)] = 300,
    days: Annotated[int, typer.Option(min=1, max=10_000)] = 180,
    start: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="Its first day.")] = FIRST_DAY,
) -> None:
    """Write a made-up community that `guildhall import` reads."""
    start = start.replace(tzinfo=UTC)
    made = synthetic_community(seed, members, days, start)
    words = Random(f"guildhall words {seed}")  # noqa: S311 - a simulation, no secret
    numbers = _numbered(made)
    try:
        directory.mkdir(parents=True, exist_ok=True)
        _write_rows(directory / "Users.xml", "users", _users(made, words))
        _write_rows(directory / "Posts.xml", "posts", _posts(made, numbers, words))
        _write_rows(directory / "Comments.xml", "comments", _comments(made, numbers, words))
        _write_events(directory / "events.csv", made, numbers)
        about = {
            "members": members,
            "days": days,
            "seed": seed,
            "start": start.date(),
            "directory": directory,
        }
        text = README.format(said=len(made.said), **about)
        (directory / "README.md").write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise Failed(f"{error.filename}: {error.strerror}") from None
    typer.echo(
        f"{members} members, {len(made.said)} questions, answers and comments: see {directory}/README.md"
    )


def _numbered(made: Community) -> dict[Said, int]:
    """Posts and comments are numbered apart, each in their order, as Stack Exchange does."""
    posts = [said for said in made.said if said.kind != COMMENT]
    comments = [said for said in made.said if said.kind == COMMENT]
    return {said: number for each in (posts, comments) for number, said in enumerate(each, 1)}


def _users(made: Community, words: Random) -> Iterable[dict[str, str]]:
    for number, person in enumerate(made.people, 1):
        yield {
            "Id": str(number),
            "CreationDate": _xml_time(person.joined_at),
            "DisplayName": phrases.name(words),
        }


def _posts(made: Community, numbers: dict[Said, int], words: Random) -> Iterable[dict[str, str]]:
    accepted = {said.question: numbers[said] for said in made.said if said.accepted}
    for said in made.said:
        if said.kind == COMMENT:
            continue
        row = {"Id": str(numbers[said]), "PostTypeId": "1" if said.kind == QUESTION else "2"}
        if said.kind == ANSWER:
            row["ParentId"] = str(numbers[said.question])
        elif said in accepted:
            row["AcceptedAnswerId"] = str(accepted[said])
        row |= {"CreationDate": _xml_time(said.at), "Score": str(said.score), "Body": phrases.text(words)}
        if said.kind == QUESTION:
            row |= {"Title": phrases.title(words), "Tags": "".join(f"<{tag}>" for tag in phrases.tags(words))}
        yield row | _owner("OwnerUserId", said)


def _comments(made: Community, numbers: dict[Said, int], words: Random) -> Iterable[dict[str, str]]:
    for said in made.said:
        if said.kind == COMMENT and said.parent is not None:
            row = {"Id": str(numbers[said]), "PostId": str(numbers[said.parent]), "Score": str(said.score)}
            yield (
                row
                | {"Text": phrases.remark(words), "CreationDate": _xml_time(said.at)}
                | _owner("UserId", said)
            )


def _owner(attribute: str, said: Said) -> dict[str, str]:
    return {} if said.author is None else {attribute: _user(said)}


def _user(said: Said) -> str:
    return "" if said.author is None else str(said.author + 1)


def _write_rows(path: Path, root: str, rows: Iterable[dict[str, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write(f'<?xml version="1.0" encoding="utf-8"?>\n<{root}>\n')
        for row in rows:
            file.write(f"  <row {' '.join(f'{name}={quoteattr(value)}' for name, value in row.items())} />\n")
        file.write(f"</{root}>\n")


def _write_events(path: Path, made: Community, numbers: dict[Said, int]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(("ts", "user", "kind", "thread", "post_id", "reply_to_user"))
        for said in made.said:
            if said.author is not None:
                replied_to = _user(said.parent) if said.parent else ""
                thread = numbers[said.question]
                at = f"{_xml_time(said.at)}Z"
                table.writerow((at, _user(said), said.kind, thread, numbers[said], replied_to))


def _xml_time(at: datetime) -> str:
    return at.replace(tzinfo=None).isoformat(timespec="milliseconds")
