"""tell the lives of articles and questions"""

import sqlalchemy as sa
from alembic import op

from shared.store import columns

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_table(
        "life_turn",
        sa.Column("community_id", columns.Id(), nullable=False),
        sa.Column("life", sa.String(length=40), nullable=False),
        sa.Column("life_id", columns.Id(), nullable=False),
        sa.Column("fact_id", columns.Id(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("turn", sa.String(length=40), nullable=False),
        sa.Column("at", columns.Moment(), nullable=False),
        sa.Column("until", columns.Moment(), nullable=True),
        sa.PrimaryKeyConstraint("community_id", "life", "life_id", "fact_id", name=op.f("life_turn_pkey")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("life_turn", schema=None) as batch_op:
        batch_op.create_index("life_turn_at_idx", ["community_id", "life", "at"], unique=False)
    op.create_table(
        "article_span",
        sa.Column("community_id", columns.Id(), nullable=False),
        sa.Column("article_id", columns.Id(), nullable=False),
        sa.Column("since", columns.Moment(), nullable=False),
        sa.Column("fresh_until", columns.Moment(), nullable=False),
        sa.Column("until", columns.Moment(), nullable=True),
        sa.PrimaryKeyConstraint("community_id", "article_id", "since", name=op.f("article_span_pkey")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "question_outcome",
        sa.Column("community_id", columns.Id(), nullable=False),
        sa.Column("question_id", columns.Id(), nullable=False),
        sa.Column("asked_at", columns.Moment(), nullable=False),
        sa.Column("accepted", sa.Boolean(), nullable=False),
        sa.Column("first_accepted_at", columns.Moment(), nullable=True),
        sa.PrimaryKeyConstraint("community_id", "question_id", name=op.f("question_outcome_pkey")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("question_outcome", schema=None) as batch_op:
        batch_op.create_index("question_outcome_asked_at_idx", ["community_id", "asked_at"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("question_outcome", schema=None) as batch_op:
        batch_op.drop_index("question_outcome_asked_at_idx")
    op.drop_table("question_outcome")
    op.drop_table("article_span")
    with op.batch_alter_table("life_turn", schema=None) as batch_op:
        batch_op.drop_index("life_turn_at_idx")
    op.drop_table("life_turn")
