"""Users.xml -> members, each with their identity on Stack Exchange."""

from collections.abc import Iterator
from pathlib import Path

from cli.delivery import Row
from cli.progress import Moved, unseen
from cli.report import Report
from cli.sources.fields import NotUnderstood, instant
from cli.sources.stackexchange.content import PROVIDER
from cli.sources.stackexchange.rows import rows, value

DISPLAY_NAME_LENGTH = 80


def members(users: Path, report: Report, moved: Moved = unseen) -> Iterator[Row]:
    """The members a dump names, in its order; the community's own account (-1) is one of them."""
    for where, user in rows(users, report, moved):
        try:
            subject = value(user, "Id")
            name = user.get("DisplayName", "").strip()[:DISPLAY_NAME_LENGTH] or f"user {subject}"
            joined_at = instant("CreationDate", value(user, "CreationDate")).isoformat()
        except NotUnderstood as error:
            report.remark(where, str(error))
            continue
        person = {"handle": name, "display_name": name, "provider": PROVIDER, "subject": subject}
        yield Row(where, {**person, "joined_at": joined_at})
