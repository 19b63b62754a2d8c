"""Create the first tables"""

import sqlalchemy as sa
from alembic import op

from shared.store import columns

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "audit",
        sa.Column("community_id", columns.Id(), nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", columns.Moment(), nullable=False),
        sa.Column("actor_kind", sa.String(length=10), nullable=False),
        sa.Column("actor_id", sa.String(length=100), nullable=False),
        sa.Column("action", sa.String(length=60), nullable=False),
        sa.Column("resource", sa.String(length=100), nullable=False),
        sa.Column("reason", sa.String(length=60), nullable=True),
        sa.Column("request_id", sa.String(length=100), nullable=True),
        sa.Column("prev_hash", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("community_id", "seq", name=op.f("audit_pkey")),
        info={"tenant": None},
    )
    op.create_table(
        "audit_head",
        sa.Column("community_id", columns.Id(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("community_id", name=op.f("audit_head_pkey")),
        info={"tenant": None},
    )
    op.create_table(
        "broker_epoch",
        sa.Column("stream", sa.String(length=40), nullable=False),
        sa.Column("created_at", sa.String(length=40), nullable=False),
        sa.Column("max_stream_seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("stream", name=op.f("broker_epoch_pkey")),
    )
    op.create_table(
        "dead_letter",
        sa.Column("id", columns.Id(), nullable=False),
        sa.Column("consumer", sa.String(length=40), nullable=False),
        sa.Column("fact_id", columns.Id(), nullable=True),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.Column("error_class", sa.String(length=100), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("parked_at", columns.Moment(), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("settled_at", columns.Moment(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("dead_letter_pkey")),
    )
    with op.batch_alter_table("dead_letter", schema=None) as batch_op:
        batch_op.create_index("dead_letter_status_idx", ["status", "parked_at"], unique=False)

    op.create_table(
        "idempotency",
        sa.Column("principal", sa.String(length=200), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("headers", columns.Json(), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", columns.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("principal", "key", name=op.f("idempotency_pkey")),
    )
    with op.batch_alter_table("idempotency", schema=None) as batch_op:
        batch_op.create_index("idempotency_created_at_idx", ["created_at"], unique=False)

    op.create_table(
        "inbox",
        sa.Column("consumer", sa.String(length=40), nullable=False),
        sa.Column("fact_id", columns.Id(), nullable=False),
        sa.Column("applied_at", columns.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("consumer", "fact_id", name=op.f("inbox_pkey")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("inbox", schema=None) as batch_op:
        batch_op.create_index("inbox_applied_at_idx", ["applied_at"], unique=False)

    op.create_table(
        "lease",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("holder", sa.String(length=100), nullable=False),
        sa.Column("fence", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", columns.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("lease_pkey")),
    )
    op.create_table(
        "outbox",
        sa.Column(
            "seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("fact_id", columns.Id(), nullable=False),
        sa.Column("community_id", columns.Id(), nullable=True),
        sa.Column("aggregate_type", sa.String(length=40), nullable=False),
        sa.Column("aggregate_id", columns.Id(), nullable=False),
        sa.Column("aggregate_version", sa.BigInteger(), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("recorded_at", columns.Moment(), nullable=False),
        sa.Column("published_at", columns.Moment(), nullable=True),
        sa.Column("stream_seq", sa.BigInteger(), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("next_attempt_at", columns.Moment(), nullable=True),
        sa.Column("last_error", sa.String(length=500), nullable=True),
        sa.PrimaryKeyConstraint("seq", name=op.f("outbox_pkey")),
        sa.UniqueConstraint(
            "aggregate_type", "aggregate_id", "aggregate_version", name=op.f("outbox_version")
        ),
        sa.UniqueConstraint("fact_id", name=op.f("outbox_fact")),
        info={"tenant": None},
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.create_index("outbox_recorded_at_idx", ["recorded_at"], unique=False)
        batch_op.create_index(
            "outbox_unpublished_idx",
            ["seq"],
            unique=False,
            sqlite_where=sa.text("published_at IS NULL"),
            postgresql_where=sa.text("published_at IS NULL"),
        )

    op.create_table(
        "client",
        sa.Column("id", columns.Id(), nullable=False),
        sa.Column("community_id", columns.Id(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("scopes", columns.Json(), nullable=False),
        sa.Column("key_digest", sa.String(length=64), nullable=False),
        sa.Column("previous_digest", sa.String(length=64), nullable=True),
        sa.Column("previous_until", columns.Moment(), nullable=True),
        sa.Column("created_by", sa.String(length=100), nullable=False),
        sa.Column("created_at", columns.Moment(), nullable=False),
        sa.Column("updated_at", columns.Moment(), nullable=False),
        sa.Column("expires_at", columns.Moment(), nullable=False),
        sa.Column("revoked_at", columns.Moment(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("client_pkey")),
    )
    with op.batch_alter_table("client", schema=None) as batch_op:
        batch_op.create_index("client_created_at_idx", ["community_id", "created_at", "id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("client", schema=None) as batch_op:
        batch_op.drop_index("client_created_at_idx")

    op.drop_table("client")
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.drop_index(
            "outbox_unpublished_idx",
            sqlite_where=sa.text("published_at IS NULL"),
            postgresql_where=sa.text("published_at IS NULL"),
        )
        batch_op.drop_index("outbox_recorded_at_idx")

    op.drop_table("outbox")
    op.drop_table("lease")
    with op.batch_alter_table("inbox", schema=None) as batch_op:
        batch_op.drop_index("inbox_applied_at_idx")

    op.drop_table("inbox")
    with op.batch_alter_table("idempotency", schema=None) as batch_op:
        batch_op.drop_index("idempotency_created_at_idx")

    op.drop_table("idempotency")
    with op.batch_alter_table("dead_letter", schema=None) as batch_op:
        batch_op.drop_index("dead_letter_status_idx")

    op.drop_table("dead_letter")
    op.drop_table("broker_epoch")
    op.drop_table("audit_head")
    op.drop_table("audit")
