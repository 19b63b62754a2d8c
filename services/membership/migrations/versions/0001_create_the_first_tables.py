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
        "community",
        sa.Column("id", columns.Id(), nullable=False),
        sa.Column("slug", sa.String(length=60), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("purpose", sa.String(length=2000), nullable=True),
        sa.Column("timezone", sa.String(length=64), nullable=False),
        sa.Column("locale", sa.String(length=35), nullable=False),
        sa.Column("visibility", sa.String(length=40), nullable=False),
        sa.Column("join_policy", sa.String(length=40), nullable=False),
        sa.Column("created_at", columns.Moment(), nullable=False),
        sa.Column("updated_at", columns.Moment(), nullable=False),
        sa.Column("archived_at", columns.Moment(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("community_pkey")),
        sa.UniqueConstraint("slug", name=op.f("community_slug")),
        info={"tenant": "id"},
    )
    with op.batch_alter_table("community", schema=None) as batch_op:
        batch_op.create_index("community_created_at_idx", ["created_at", "id"], unique=False)

    op.create_table(
        "person",
        sa.Column("id", columns.Id(), nullable=False),
        sa.Column("issuer", sa.String(length=200), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("created_at", columns.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("person_pkey")),
        sa.UniqueConstraint("issuer", "subject", name=op.f("person_login")),
    )
    op.create_table(
        "community_key",
        sa.Column("community_id", columns.Id(), nullable=False),
        sa.Column("subject_key", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["community_id"], ["community.id"], name=op.f("community_key_community_id_fkey")
        ),
        sa.PrimaryKeyConstraint("community_id", name=op.f("community_key_pkey")),
    )
    op.create_table(
        "member",
        sa.Column("id", columns.Id(), nullable=False),
        sa.Column("community_id", columns.Id(), nullable=False),
        sa.Column("person_id", columns.Id(), nullable=True),
        sa.Column(
            "handle",
            sa.String(length=40).with_variant(sa.String(length=40, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("display_name", sa.String(length=80), nullable=False),
        sa.Column(
            "name_key",
            sa.String(length=80).with_variant(sa.String(length=80, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("headline", sa.String(length=160), nullable=True),
        sa.Column("bio", sa.String(length=4000), nullable=True),
        sa.Column("interests", columns.Json(), nullable=False),
        sa.Column("roles", columns.Json(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("joined_at", columns.Moment(), nullable=False),
        sa.Column("left_at", columns.Moment(), nullable=True),
        sa.Column("updated_at", columns.Moment(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["community_id"], ["community.id"], name=op.f("member_community_id_fkey")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("member_person_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("member_pkey")),
        sa.UniqueConstraint("community_id", "handle", name=op.f("member_handle")),
        sa.UniqueConstraint("community_id", "person_id", name=op.f("member_person")),
    )
    with op.batch_alter_table("member", schema=None) as batch_op:
        batch_op.create_index("member_joined_at_idx", ["community_id", "joined_at", "id"], unique=False)
        batch_op.create_index("member_name_key_idx", ["community_id", "name_key", "id"], unique=False)
        batch_op.create_index("member_person_idx", ["person_id", "community_id"], unique=False)
        batch_op.create_index("member_state_idx", ["community_id", "state", "joined_at", "id"], unique=False)
        batch_op.create_index("member_updated_at_idx", ["community_id", "updated_at", "id"], unique=False)

    op.create_table(
        "identity",
        sa.Column("id", columns.Id(), nullable=False),
        sa.Column("community_id", columns.Id(), nullable=False),
        sa.Column("member_id", columns.Id(), nullable=False),
        sa.Column("provider", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("linked_at", columns.Moment(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["community_id"], ["community.id"], name=op.f("identity_community_id_fkey")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("identity_member_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("identity_pkey")),
    )
    with op.batch_alter_table("identity", schema=None) as batch_op:
        batch_op.create_index("identity_member_idx", ["community_id", "member_id"], unique=False)

    op.create_table(
        "role_grant",
        sa.Column("community_id", columns.Id(), nullable=False),
        sa.Column("member_id", columns.Id(), nullable=False),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column("granted_by", sa.String(length=100), nullable=False),
        sa.Column("granted_at", columns.Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["community_id"], ["community.id"], name=op.f("role_grant_community_id_fkey")
        ),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("role_grant_member_id_fkey")),
        sa.PrimaryKeyConstraint("community_id", "member_id", "role", name=op.f("role_grant_pkey")),
    )
    with op.batch_alter_table("role_grant", schema=None) as batch_op:
        batch_op.create_index("role_grant_role_idx", ["community_id", "role", "member_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("role_grant", schema=None) as batch_op:
        batch_op.drop_index("role_grant_role_idx")

    op.drop_table("role_grant")
    with op.batch_alter_table("identity", schema=None) as batch_op:
        batch_op.drop_index("identity_member_idx")

    op.drop_table("identity")
    with op.batch_alter_table("member", schema=None) as batch_op:
        batch_op.drop_index("member_updated_at_idx")
        batch_op.drop_index("member_state_idx")
        batch_op.drop_index("member_person_idx")
        batch_op.drop_index("member_name_key_idx")
        batch_op.drop_index("member_joined_at_idx")

    op.drop_table("member")
    op.drop_table("community_key")
    op.drop_table("person")
    with op.batch_alter_table("community", schema=None) as batch_op:
        batch_op.drop_index("community_created_at_idx")

    op.drop_table("community")
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
