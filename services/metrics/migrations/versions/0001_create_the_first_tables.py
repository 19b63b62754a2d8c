"""create the first tables"""

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
        "activity",
        sa.Column(
            "seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("community_id", columns.Id(), nullable=False),
        sa.Column("activity_id", columns.Id(), nullable=False),
        sa.Column("subject", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("at", columns.Moment(), nullable=False),
        sa.Column("thread", columns.Id(), nullable=True),
        sa.Column("fact_id", columns.Id(), nullable=False),
        sa.Column("retracted", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("activity_pkey")),
        sa.UniqueConstraint("community_id", "activity_id", name=op.f("activity_activity")),
    )
    with op.batch_alter_table("activity", schema=None) as batch_op:
        batch_op.create_index("activity_community_id_seq_idx", ["community_id", "seq"], unique=False)
        batch_op.create_index("activity_subject_idx", ["subject"], unique=False)
        batch_op.create_index(
            "activity_thread_idx",
            ["thread"],
            unique=False,
            sqlite_where=sa.text("thread IS NOT NULL"),
            postgresql_where=sa.text("thread IS NOT NULL"),
        )

    op.create_table(
        "cohort",
        sa.Column("rollup", sa.Integer(), nullable=False),
        sa.Column("step", sa.String(length=40), nullable=False),
        sa.Column("offset", sa.Integer(), nullable=False),
        sa.Column("first", sa.Integer(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("rollup", "step", "offset", "first", name=op.f("cohort_pkey")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "community",
        sa.Column("community_id", columns.Id(), nullable=False),
        sa.Column("timezone", sa.String(length=64), nullable=False),
        sa.Column("fact_version", sa.Integer(), nullable=False),
        sa.Column("high_water", sa.Integer(), nullable=False),
        sa.Column("horizon", columns.Moment(), nullable=True),
        sa.Column("live", sa.Integer(), nullable=False),
        sa.Column("building", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("community_id", name=op.f("community_pkey")),
    )
    op.create_table(
        "histogram",
        sa.Column("rollup", sa.Integer(), nullable=False),
        sa.Column("step", sa.String(length=40), nullable=False),
        sa.Column("bucket", sa.Integer(), nullable=False),
        sa.Column("measure", sa.String(length=40), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("rollup", "step", "bucket", "measure", "count", name=op.f("histogram_pkey")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "kind_day",
        sa.Column("rollup", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("nobody", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("rollup", "kind", "day", name=op.f("kind_day_pkey")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "period",
        sa.Column("rollup", sa.Integer(), nullable=False),
        sa.Column("step", sa.String(length=40), nullable=False),
        sa.Column("bucket", sa.Integer(), nullable=False),
        sa.Column("active", sa.Integer(), nullable=False),
        sa.Column("contributors", sa.Integer(), nullable=False),
        sa.Column("activities", sa.Integer(), nullable=False),
        sa.Column("contributions", sa.Integer(), nullable=False),
        sa.Column("newcomers", sa.Integer(), nullable=False),
        sa.Column("returners", sa.Integer(), nullable=False),
        sa.Column("resurrected", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("rollup", "step", "bucket", name=op.f("period_pkey")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "person",
        sa.Column("rollup", sa.Integer(), nullable=False),
        sa.Column("person", sa.Integer(), nullable=False),
        sa.Column("first_day", sa.Integer(), nullable=False),
        sa.Column("last_day", sa.Integer(), nullable=False),
        sa.Column("tail", sa.Integer(), nullable=False),
        sa.Column("activities", sa.Integer(), nullable=False),
        sa.Column("contributions", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("rollup", "person", name=op.f("person_pkey")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "person_day",
        sa.Column("rollup", sa.Integer(), nullable=False),
        sa.Column("person", sa.Integer(), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("activities", sa.Integer(), nullable=False),
        sa.Column("contributions", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("rollup", "person", "day", name=op.f("person_day_pkey")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("person_day", schema=None) as batch_op:
        batch_op.create_index("person_day_rollup_day_idx", ["rollup", "day"], unique=False)

    op.create_table(
        "rollup",
        sa.Column(
            "no", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("community_id", columns.Id(), nullable=False),
        sa.Column("timezone", sa.String(length=64), nullable=False),
        sa.Column("cursor", sa.BigInteger(), nullable=True),
        sa.Column("created_at", columns.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("no", name=op.f("rollup_pkey")),
    )
    with op.batch_alter_table("rollup", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("rollup_community_id_idx"), ["community_id"], unique=False)

    op.create_table(
        "source",
        sa.Column("community_id", columns.Id(), nullable=False),
        sa.Column("fact_id", columns.Id(), nullable=False),
        sa.Column("aggregate", sa.String(length=40), nullable=False),
        sa.Column("aggregate_id", columns.Id(), nullable=False),
        sa.Column("aggregate_version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("community_id", "fact_id", name=op.f("source_pkey")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "subject",
        sa.Column(
            "no", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("community_id", columns.Id(), nullable=False),
        sa.Column("subject_id", columns.Id(), nullable=False),
        sa.Column("member", sa.Integer(), nullable=True),
        sa.Column("fact_version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("no", name=op.f("subject_pkey")),
        sa.UniqueConstraint("community_id", "subject_id", name=op.f("subject_subject")),
    )
    op.create_table(
        "thread",
        sa.Column("rollup", sa.Integer(), nullable=False),
        sa.Column("thread", columns.Id(), nullable=False),
        sa.Column("opened_at", columns.Moment(), nullable=False),
        sa.Column("opening", columns.Id(), nullable=False),
        sa.Column("person", sa.Integer(), nullable=True),
        sa.Column("answered_at", columns.Moment(), nullable=True),
        sa.Column("waited_microseconds", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("rollup", "thread", name=op.f("thread_pkey")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("thread", schema=None) as batch_op:
        batch_op.create_index(
            "thread_opened_idx", ["rollup", "opened_at", "waited_microseconds"], unique=False
        )

    op.create_table(
        "window_delta",
        sa.Column("rollup", sa.Integer(), nullable=False),
        sa.Column("window", sa.Integer(), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("change", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("rollup", "window", "day", name=op.f("window_delta_pkey")),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    op.drop_table("window_delta")
    with op.batch_alter_table("thread", schema=None) as batch_op:
        batch_op.drop_index("thread_opened_idx")

    op.drop_table("thread")
    op.drop_table("subject")
    op.drop_table("source")
    with op.batch_alter_table("rollup", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("rollup_community_id_idx"))

    op.drop_table("rollup")
    with op.batch_alter_table("person_day", schema=None) as batch_op:
        batch_op.drop_index("person_day_rollup_day_idx")

    op.drop_table("person_day")
    op.drop_table("person")
    op.drop_table("period")
    op.drop_table("kind_day")
    op.drop_table("histogram")
    op.drop_table("community")
    op.drop_table("cohort")
    with op.batch_alter_table("activity", schema=None) as batch_op:
        batch_op.drop_index(
            "activity_thread_idx",
            sqlite_where=sa.text("thread IS NOT NULL"),
            postgresql_where=sa.text("thread IS NOT NULL"),
        )
        batch_op.drop_index("activity_subject_idx")
        batch_op.drop_index("activity_community_id_seq_idx")

    op.drop_table("activity")
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
