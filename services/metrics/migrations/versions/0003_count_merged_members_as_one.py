"""count merged members as one"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    with op.batch_alter_table("subject", schema=None) as batch_op:
        batch_op.add_column(sa.Column("linked", sa.Integer(), nullable=True))
        batch_op.create_index("subject_linked_idx", ["linked"], unique=False)
    # So far a link led straight to the person.
    op.execute("UPDATE subject SET linked = member")


def downgrade() -> None:
    with op.batch_alter_table("subject", schema=None) as batch_op:
        batch_op.drop_index("subject_linked_idx")
        batch_op.drop_column("linked")
