"""remember the erased"""

import sqlalchemy as sa
from alembic import op

from shared.store import columns

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "erasure",
        sa.Column("request_id", columns.Id(), nullable=False),
        sa.Column("community_id", columns.Id(), nullable=False),
        sa.Column("subject", columns.Json(), nullable=False),
        sa.Column("erased", columns.Json(), nullable=False),
        sa.Column("swept", columns.Json(), nullable=True),
        sa.Column("dirty", sa.Boolean(), nullable=False),
        sa.Column("requested_at", columns.Moment(), nullable=False),
        sa.Column("finished_at", columns.Moment(), nullable=True),
        sa.PrimaryKeyConstraint("request_id", "community_id", name=op.f("erasure_pkey")),
        info={"tenant": None},
    )
    with op.batch_alter_table("erasure", schema=None) as batch_op:
        batch_op.create_index(
            "erasure_unfinished_idx",
            ["requested_at"],
            unique=False,
            sqlite_where=sa.text("finished_at IS NULL"),
            postgresql_where=sa.text("finished_at IS NULL"),
        )

    op.create_table(
        "tombstone",
        sa.Column("subject_id", columns.Id(), nullable=False),
        sa.Column("community_id", columns.Id(), nullable=False),
        sa.Column("request_id", columns.Id(), nullable=False),
        sa.Column("erased_at", columns.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("subject_id", "community_id", name=op.f("tombstone_pkey")),
        info={"tenant": None},
    )
    with op.batch_alter_table("client", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("client_community_id_created_by_idx"), ["community_id", "created_by"], unique=False
        )


def downgrade() -> None:
    with op.batch_alter_table("client", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("client_community_id_created_by_idx"))

    op.drop_table("tombstone")
    with op.batch_alter_table("erasure", schema=None) as batch_op:
        batch_op.drop_index(
            "erasure_unfinished_idx",
            sqlite_where=sa.text("finished_at IS NULL"),
            postgresql_where=sa.text("finished_at IS NULL"),
        )

    op.drop_table("erasure")
