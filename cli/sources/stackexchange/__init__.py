"""Import a Stack Exchange community: Users, Posts, Comments XML -> members, topics, answers, comments."""

from functools import partial
from pathlib import Path

from cli import Failed
from cli.api import Api
from cli.delivery import batches, deliver, send
from cli.destination import channel
from cli.progress import progress
from cli.report import Report
from cli.sources.stackexchange.content import PROVIDER, content
from cli.sources.stackexchange.members import members

CHANNEL = "Questions and answers (stackexchange)"
FILES = ("Users.xml", "Posts.xml", "Comments.xml")
IN_FLIGHT = 4


def bring(api: Api, community_id: str, path: Path, report: Report) -> None:
    """Imports the dump in the directory `path`; what is there already, by its id, stays as it is."""
    users, posts, comments = files = [path / name for name in FILES]
    if missing := [file.name for file in files if not file.is_file()]:
        raise Failed(f"{path} lacks {', '.join(missing)}")
    root = f"/v1/communities/{community_id}"
    with progress("users", users.stat().st_size) as moved:
        post = partial(send, api, f"{root}/members/import")
        for receipt in deliver(batches(members(users, report, moved)), post, IN_FLIGHT):
            report.add(receipt)
    channel_id = channel(api, community_id, CHANNEL, "forum")
    with progress("posts and comments", posts.stat().st_size) as moved:
        # One batch after the other: metrics take history fastest in the order in which it happened.
        for batch in batches(content(posts, comments, report, moved)):
            topics = [row for row in batch if "topic_ref" not in row.item]
            replies = [row for row in batch if "topic_ref" in row.item]
            report.add(send(api, f"{root}/topics/import", topics, provider=PROVIDER, channel_id=channel_id))
            report.add(send(api, f"{root}/posts/import", replies, provider=PROVIDER))
