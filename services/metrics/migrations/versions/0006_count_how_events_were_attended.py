"""count how events were attended"""

import sqlalchemy as sa
from alembic import op

from shared.store import columns

revision = "0006"
down_revision = "0005"

ATTENDED = {
    "sqlite_where": sa.text("kind = 'attend'"),
    "postgresql_where": sa.text("kind = 'attend'"),
}


def upgrade() -> None:
    op.create_table(
        "event_tally",
        sa.Column("community_id", columns.Id(), nullable=False),
        sa.Column("event_id", columns.Id(), nullable=False),
        sa.Column("starts_at", columns.Moment(), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=True),
        sa.Column("confirmed", sa.Integer(), nullable=False),
        sa.Column("checked_in", sa.Integer(), nullable=False),
        sa.Column("late_cancelled", sa.Integer(), nullable=False),
        sa.Column("offers", sa.Integer(), nullable=False),
        sa.Column("offers_accepted", sa.Integer(), nullable=False),
        sa.Column("fact_id", columns.Id(), nullable=False),
        sa.Column("fact_version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("community_id", "event_id", name=op.f("event_tally_pkey")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("event_tally", schema=None) as batch_op:
        batch_op.create_index("event_tally_starts_at_idx", ["community_id", "starts_at"], unique=False)
    with op.batch_alter_table("activity", schema=None) as batch_op:
        batch_op.create_index("activity_attended_idx", ["community_id", "at"], unique=False, **ATTENDED)


def downgrade() -> None:
    with op.batch_alter_table("activity", schema=None) as batch_op:
        batch_op.drop_index("activity_attended_idx", **ATTENDED)
    with op.batch_alter_table("event_tally", schema=None) as batch_op:
        batch_op.drop_index("event_tally_starts_at_idx")
    op.drop_table("event_tally")
