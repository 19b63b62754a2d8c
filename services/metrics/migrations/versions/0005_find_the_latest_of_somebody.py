"""find the latest of somebody"""

from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    with op.batch_alter_table("activity", schema=None) as batch_op:
        batch_op.drop_index("activity_subject_idx")
        batch_op.create_index("activity_subject_idx", ["subject", "seq"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("activity", schema=None) as batch_op:
        batch_op.drop_index("activity_subject_idx")
        batch_op.create_index("activity_subject_idx", ["subject"], unique=False)
