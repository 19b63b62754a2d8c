"""Look organisers up by what they organise."""

from alembic import op

revision = "0002"
down_revision = "0001"

INDEXES = {"organiser": "organiser_member_idx", "series_registration": "series_registration_member_idx"}

SERIES = "series_registration_series_idx"


def upgrade() -> None:
    for table, index in INDEXES.items():
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.drop_index(index)
            batch_op.create_index(index, ["member_id"], unique=False)
    with op.batch_alter_table("series_registration", schema=None) as batch_op:
        batch_op.create_index(SERIES, ["series_id", "created_at", "id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("series_registration", schema=None) as batch_op:
        batch_op.drop_index(SERIES)
    for table, index in INDEXES.items():
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.drop_index(index)
            batch_op.create_index(index, ["community_id", "member_id"], unique=False)
