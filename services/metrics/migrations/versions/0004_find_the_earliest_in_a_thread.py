"""find the earliest in a thread"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

IN_THREAD = {
    "sqlite_where": sa.text("thread IS NOT NULL"),
    "postgresql_where": sa.text("thread IS NOT NULL"),
}
COUNTED = {
    "sqlite_where": sa.text("thread IS NOT NULL AND retracted IS 0"),
    "postgresql_where": sa.text("thread IS NOT NULL AND retracted IS false"),
}


def upgrade() -> None:
    with op.batch_alter_table("activity", schema=None) as batch_op:
        batch_op.drop_index("activity_thread_idx", **IN_THREAD)
        batch_op.create_index("activity_thread_idx", ["thread", "at", "activity_id"], unique=False, **COUNTED)


def downgrade() -> None:
    with op.batch_alter_table("activity", schema=None) as batch_op:
        batch_op.drop_index("activity_thread_idx", **COUNTED)
        batch_op.create_index("activity_thread_idx", ["thread"], unique=False, **IN_THREAD)
