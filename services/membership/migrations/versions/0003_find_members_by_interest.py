"""find members by interest"""

import unicodedata

import sqlalchemy as sa
from alembic import op

from shared.store import columns

revision = "0003"
down_revision = "0002"

CHUNK = 500
_member = sa.table(
    "member",
    sa.column("id", columns.Id()),
    sa.column("community_id", columns.Id()),
    sa.column("interests", columns.Json()),
)
_member_interest = sa.table(
    "member_interest",
    sa.column("community_id", columns.Id()),
    sa.column("interest", sa.String()),
    sa.column("member_id", columns.Id()),
)


def upgrade() -> None:
    """Members of before are found by what they had named."""
    connection = op.get_bind()
    after = None
    while True:
        some = sa.select(_member).order_by(_member.c.id).limit(CHUNK)
        rows = connection.execute(some if after is None else some.where(_member.c.id > after)).all()
        if not rows:
            return
        after = rows[-1].id
        known = sa.select(_member_interest.c.member_id).where(
            _member_interest.c.member_id.in_([row.id for row in rows])
        )
        done = set(connection.execute(known).scalars())
        found = [
            {"community_id": row.community_id, "interest": interest, "member_id": row.id}
            for row in rows
            if row.id not in done
            for interest in sorted({_key(each) for each in row.interests} - {""})
        ]
        if found:
            connection.execute(sa.insert(_member_interest), found)


def _key(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())[:60]


def downgrade() -> None:
    """The table goes with the revision before."""
