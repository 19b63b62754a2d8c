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
        "tombstone",
        sa.Column("subject_id", columns.Id(), nullable=False),
        sa.Column("community_id", columns.Id(), nullable=False),
        sa.Column("request_id", columns.Id(), nullable=False),
        sa.Column("erased_at", columns.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("subject_id", "community_id", name=op.f("tombstone_pkey")),
        info={"tenant": None},
    )
    op.create_table(
        "calendar_feed",
        sa.Column("id", columns.Id(), nullable=False),
        sa.Column("community_id", columns.Id(), nullable=False),
        sa.Column("member_id", columns.Id(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", columns.Moment(), nullable=False),
        sa.Column("revoked_at", columns.Moment(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("calendar_feed_pkey")),
        sa.UniqueConstraint("token_hash", name=op.f("calendar_feed_token_hash")),
    )
    with op.batch_alter_table("calendar_feed", schema=None) as batch_op:
        batch_op.create_index(
            "calendar_feed_one_idx",
            ["community_id", "member_id"],
            unique=True,
            sqlite_where=sa.text("revoked_at IS NULL"),
            postgresql_where=sa.text("revoked_at IS NULL"),
        )

    op.create_table(
        "calendar_subscription",
        sa.Column("id", columns.Id(), nullable=False),
        sa.Column("community_id", columns.Id(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("url", sa.String(length=4000), nullable=False),
        sa.Column("group_id", columns.Id(), nullable=True),
        sa.Column("timezone", sa.String(length=64), nullable=True),
        sa.Column("every_minutes", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("changed_tag", sa.String(length=300), nullable=True),
        sa.Column("fetched_hash", sa.String(length=64), nullable=True),
        sa.Column("fetch_at", columns.Moment(), nullable=True),
        sa.Column("fetched_at", columns.Moment(), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("problem", sa.String(length=200), nullable=True),
        sa.Column("read", sa.Integer(), nullable=False),
        sa.Column("written", sa.Integer(), nullable=False),
        sa.Column("skipped", sa.Integer(), nullable=False),
        sa.Column("created_at", columns.Moment(), nullable=False),
        sa.Column("updated_at", columns.Moment(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("calendar_subscription_pkey")),
    )
    with op.batch_alter_table("calendar_subscription", schema=None) as batch_op:
        batch_op.create_index(
            "calendar_subscription_created_at_idx", ["community_id", "created_at", "id"], unique=False
        )
        batch_op.create_index(
            "calendar_subscription_fetch_at_idx",
            ["fetch_at"],
            unique=False,
            sqlite_where=sa.text("fetch_at IS NOT NULL"),
            postgresql_where=sa.text("fetch_at IS NOT NULL"),
        )

    op.create_table(
        "community_key",
        sa.Column("community_id", columns.Id(), nullable=False),
        sa.Column("vault_key", sa.String(length=400), nullable=False),
        sa.PrimaryKeyConstraint("community_id", name=op.f("community_key_pkey")),
    )
    op.create_table(
        "departure",
        sa.Column("community_id", columns.Id(), nullable=False),
        sa.Column("member_id", columns.Id(), nullable=False),
        sa.Column("goes_to", columns.Id(), nullable=True),
        sa.Column("heard_at", columns.Moment(), nullable=False),
        sa.Column("look_at", columns.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("community_id", "member_id", name=op.f("departure_pkey")),
    )
    with op.batch_alter_table("departure", schema=None) as batch_op:
        batch_op.create_index("departure_look_at_idx", ["look_at"], unique=False)

    op.create_table(
        "entitlement",
        sa.Column("entitlement_id", columns.Id(), nullable=False),
        sa.Column("community_id", columns.Id(), nullable=False),
        sa.Column("member_id", columns.Id(), nullable=False),
        sa.Column("resource", sa.String(length=120), nullable=False),
        sa.Column("until", columns.Moment(), nullable=True),
        sa.Column("ended", sa.Boolean(), nullable=False),
        sa.Column("fact_version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("entitlement_id", name=op.f("entitlement_pkey")),
    )
    with op.batch_alter_table("entitlement", schema=None) as batch_op:
        batch_op.create_index(
            "entitlement_member_idx", ["community_id", "member_id", "resource"], unique=False
        )

    op.create_table(
        "event_ban",
        sa.Column("sanction_id", columns.Id(), nullable=False),
        sa.Column("community_id", columns.Id(), nullable=False),
        sa.Column("member_id", columns.Id(), nullable=False),
        sa.Column("until", columns.Moment(), nullable=True),
        sa.Column("ended", sa.Boolean(), nullable=False),
        sa.Column("fact_version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("sanction_id", name=op.f("event_ban_pkey")),
    )
    with op.batch_alter_table("event_ban", schema=None) as batch_op:
        batch_op.create_index("event_ban_member_idx", ["community_id", "member_id"], unique=False)

    op.create_table(
        "format",
        sa.Column("id", columns.Id(), nullable=False),
        sa.Column("community_id", columns.Id(), nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("description", sa.String(length=4000), nullable=True),
        sa.Column("default_minutes", sa.Integer(), nullable=False),
        sa.Column("setting", sa.String(length=40), nullable=False),
        sa.Column("learning_outcomes", columns.Json(), nullable=False),
        sa.Column("effort", sa.String(length=40), nullable=True),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("suggested_by", columns.Id(), nullable=True),
        sa.Column("created_at", columns.Moment(), nullable=False),
        sa.Column("updated_at", columns.Moment(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("format_pkey")),
        sa.UniqueConstraint("community_id", "key", name=op.f("format_key")),
    )
    with op.batch_alter_table("format", schema=None) as batch_op:
        batch_op.create_index("format_created_at_idx", ["community_id", "created_at", "id"], unique=False)

    op.create_table(
        "group_membership",
        sa.Column("community_id", columns.Id(), nullable=False),
        sa.Column("group_id", columns.Id(), nullable=False),
        sa.Column("member_id", columns.Id(), nullable=False),
        sa.Column("belongs", sa.Boolean(), nullable=False),
        sa.Column("fact_version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("community_id", "group_id", "member_id", name=op.f("group_membership_pkey")),
    )
    with op.batch_alter_table("group_membership", schema=None) as batch_op:
        batch_op.create_index("group_membership_member_idx", ["community_id", "member_id"], unique=False)

    op.create_table(
        "guideline",
        sa.Column("community_id", columns.Id(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("guideline_version", sa.Integer(), nullable=False),
        sa.Column("heard_at", columns.Moment(), nullable=False),
        sa.Column("look_at", columns.Moment(), nullable=True),
        sa.PrimaryKeyConstraint("community_id", name=op.f("guideline_pkey")),
    )
    with op.batch_alter_table("guideline", schema=None) as batch_op:
        batch_op.create_index(
            "guideline_look_at_idx",
            ["look_at"],
            unique=False,
            sqlite_where=sa.text("look_at IS NOT NULL"),
            postgresql_where=sa.text("look_at IS NOT NULL"),
        )

    op.create_table(
        "organiser",
        sa.Column("of_id", columns.Id(), nullable=False),
        sa.Column("member_id", columns.Id(), nullable=False),
        sa.Column("community_id", columns.Id(), nullable=False),
        sa.PrimaryKeyConstraint("of_id", "member_id", name=op.f("organiser_pkey")),
    )
    with op.batch_alter_table("organiser", schema=None) as batch_op:
        batch_op.create_index("organiser_member_idx", ["community_id", "member_id"], unique=False)

    op.create_table(
        "speaker",
        sa.Column("id", columns.Id(), nullable=False),
        sa.Column("community_id", columns.Id(), nullable=False),
        sa.Column("member_id", columns.Id(), nullable=True),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("contact", sa.String(length=2000), nullable=True),
        sa.Column("topics", columns.Json(), nullable=False),
        sa.Column("bio", sa.String(length=4000), nullable=True),
        sa.Column("honorarium", sa.String(length=200), nullable=True),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("created_at", columns.Moment(), nullable=False),
        sa.Column("updated_at", columns.Moment(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("speaker_pkey")),
    )
    with op.batch_alter_table("speaker", schema=None) as batch_op:
        batch_op.create_index("speaker_created_at_idx", ["community_id", "created_at", "id"], unique=False)
        batch_op.create_index("speaker_member_idx", ["community_id", "member_id"], unique=False)

    op.create_table(
        "standing",
        sa.Column("community_id", columns.Id(), nullable=False),
        sa.Column("member_id", columns.Id(), nullable=False),
        sa.Column("standing", sa.String(length=40), nullable=False),
        sa.Column("fact_version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("community_id", "member_id", name=op.f("standing_pkey")),
    )
    op.create_table(
        "survey_result",
        sa.Column("survey_id", columns.Id(), nullable=False),
        sa.Column("community_id", columns.Id(), nullable=False),
        sa.Column("event_id", columns.Id(), nullable=False),
        sa.Column("satisfied", sa.Integer(), nullable=True),
        sa.Column("answered", sa.Integer(), nullable=False),
        sa.Column("closed_at", columns.Moment(), nullable=False),
        sa.Column("fact_version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("survey_id", name=op.f("survey_result_pkey")),
    )
    with op.batch_alter_table("survey_result", schema=None) as batch_op:
        batch_op.create_index(
            "survey_result_event_idx", ["community_id", "event_id", "closed_at"], unique=False
        )

    op.create_table(
        "series",
        sa.Column("id", columns.Id(), nullable=False),
        sa.Column("community_id", columns.Id(), nullable=False),
        sa.Column("uid", sa.String(length=255), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("description", sa.String(length=10000), nullable=True),
        sa.Column("format_id", columns.Id(), nullable=True),
        sa.Column("group_id", columns.Id(), nullable=True),
        sa.Column("timezone", sa.String(length=64), nullable=False),
        sa.Column("all_day", sa.Boolean(), nullable=False),
        sa.Column("starts_local", sa.String(length=19), nullable=False),
        sa.Column("duration_minutes", sa.Integer(), nullable=False),
        sa.Column("rrule", sa.String(length=500), nullable=True),
        sa.Column("rdates", columns.Json(), nullable=False),
        sa.Column("exdates", columns.Json(), nullable=False),
        sa.Column("template", columns.Json(), nullable=False),
        sa.Column("online_url", sa.String(length=4000), nullable=True),
        sa.Column("rsvp_scope", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("announced", sa.Boolean(), nullable=False),
        sa.Column("horizon_at", columns.Moment(), nullable=True),
        sa.Column("extend_at", columns.Moment(), nullable=True),
        sa.Column("source", sa.String(length=200), nullable=True),
        sa.Column("source_hash", sa.String(length=64), nullable=True),
        sa.Column("created_at", columns.Moment(), nullable=False),
        sa.Column("updated_at", columns.Moment(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["format_id"], ["format.id"], name=op.f("series_format_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("series_pkey")),
        sa.UniqueConstraint("community_id", "uid", name=op.f("series_uid")),
    )
    with op.batch_alter_table("series", schema=None) as batch_op:
        batch_op.create_index("series_created_at_idx", ["community_id", "created_at", "id"], unique=False)
        batch_op.create_index(
            "series_extend_at_idx",
            ["extend_at"],
            unique=False,
            sqlite_where=sa.text("extend_at IS NOT NULL"),
            postgresql_where=sa.text("extend_at IS NOT NULL"),
        )
        batch_op.create_index(
            "series_group_idx", ["community_id", "group_id", "created_at", "id"], unique=False
        )

    op.create_table(
        "event",
        sa.Column("id", columns.Id(), nullable=False),
        sa.Column("community_id", columns.Id(), nullable=False),
        sa.Column("series_id", columns.Id(), nullable=True),
        sa.Column("recurrence_id", sa.String(length=19), nullable=True),
        sa.Column("overridden", sa.Boolean(), nullable=False),
        sa.Column("uid", sa.String(length=255), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("description", sa.String(length=10000), nullable=True),
        sa.Column("format_id", columns.Id(), nullable=True),
        sa.Column("group_id", columns.Id(), nullable=True),
        sa.Column("timezone", sa.String(length=64), nullable=False),
        sa.Column("all_day", sa.Boolean(), nullable=False),
        sa.Column("starts_local", sa.String(length=19), nullable=False),
        sa.Column("starts_at", columns.Moment(), nullable=False),
        sa.Column("ends_at", columns.Moment(), nullable=False),
        sa.Column("venue", columns.Json(), nullable=True),
        sa.Column("online_url", sa.String(length=4000), nullable=True),
        sa.Column("capacity", sa.Integer(), nullable=True),
        sa.Column("per_registration_max", sa.Integer(), nullable=False),
        sa.Column("waitlist_enabled", sa.Boolean(), nullable=False),
        sa.Column("waitlist_max", sa.Integer(), nullable=True),
        sa.Column("offer_minutes", sa.Integer(), nullable=False),
        sa.Column("allow_skip", sa.Boolean(), nullable=False),
        sa.Column("opens_at", columns.Moment(), nullable=True),
        sa.Column("closes_at", columns.Moment(), nullable=True),
        sa.Column("cancel_cutoff_minutes", sa.Integer(), nullable=False),
        sa.Column("approval", sa.String(length=40), nullable=False),
        sa.Column("audience", columns.Json(), nullable=True),
        sa.Column("accessibility", columns.Json(), nullable=False),
        sa.Column("cost", columns.Json(), nullable=True),
        sa.Column("reminders", columns.Json(), nullable=False),
        sa.Column("guideline_version", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("announced", sa.Boolean(), nullable=False),
        sa.Column("cancel_reason", sa.String(length=500), nullable=True),
        sa.Column("taken", sa.Integer(), nullable=False),
        sa.Column("waiting", sa.Integer(), nullable=False),
        sa.Column("next_seq", sa.Integer(), nullable=False),
        sa.Column("next_step", sa.Integer(), nullable=False),
        sa.Column("confirmed_at_start", sa.Integer(), nullable=True),
        sa.Column("clock_at", columns.Moment(), nullable=True),
        sa.Column("settled_at", columns.Moment(), nullable=True),
        sa.Column("source", sa.String(length=200), nullable=True),
        sa.Column("source_hash", sa.String(length=64), nullable=True),
        sa.Column("created_by", columns.Id(), nullable=True),
        sa.Column("created_at", columns.Moment(), nullable=False),
        sa.Column("updated_at", columns.Moment(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "taken >= 0 AND (capacity IS NULL OR taken <= capacity)", name=op.f("event_seats")
        ),
        sa.ForeignKeyConstraint(["format_id"], ["format.id"], name=op.f("event_format_id_fkey")),
        sa.ForeignKeyConstraint(["series_id"], ["series.id"], name=op.f("event_series_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("event_pkey")),
        sa.UniqueConstraint("community_id", "series_id", "recurrence_id", name=op.f("event_occurrence")),
    )
    with op.batch_alter_table("event", schema=None) as batch_op:
        batch_op.create_index(
            "event_clock_at_idx",
            ["clock_at"],
            unique=False,
            sqlite_where=sa.text("clock_at IS NOT NULL"),
            postgresql_where=sa.text("clock_at IS NOT NULL"),
        )
        batch_op.create_index("event_format_idx", ["community_id", "format_id", "starts_at"], unique=False)
        batch_op.create_index(
            "event_group_idx", ["community_id", "group_id", "starts_at", "id"], unique=False
        )
        batch_op.create_index("event_series_idx", ["series_id", "starts_at"], unique=False)
        batch_op.create_index("event_starts_at_idx", ["community_id", "starts_at", "id"], unique=False)
        batch_op.create_index("event_state_idx", ["community_id", "state", "starts_at", "id"], unique=False)
        batch_op.create_index("event_updated_at_idx", ["community_id", "updated_at", "id"], unique=False)

    op.create_table(
        "series_registration",
        sa.Column("id", columns.Id(), nullable=False),
        sa.Column("community_id", columns.Id(), nullable=False),
        sa.Column("series_id", columns.Id(), nullable=False),
        sa.Column("member_id", columns.Id(), nullable=False),
        sa.Column("party_size", sa.Integer(), nullable=False),
        sa.Column("scope", sa.String(length=40), nullable=False),
        sa.Column("from_local", sa.String(length=19), nullable=False),
        sa.Column("cancelled_at", columns.Moment(), nullable=True),
        sa.Column("created_at", columns.Moment(), nullable=False),
        sa.Column("updated_at", columns.Moment(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["series_id"], ["series.id"], name=op.f("series_registration_series_id_fkey")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("series_registration_pkey")),
    )
    with op.batch_alter_table("series_registration", schema=None) as batch_op:
        batch_op.create_index("series_registration_member_idx", ["community_id", "member_id"], unique=False)
        batch_op.create_index(
            "series_registration_one_idx",
            ["series_id", "member_id"],
            unique=True,
            sqlite_where=sa.text("cancelled_at IS NULL"),
            postgresql_where=sa.text("cancelled_at IS NULL"),
        )

    op.create_table(
        "evaluation",
        sa.Column("event_id", columns.Id(), nullable=False),
        sa.Column("community_id", columns.Id(), nullable=False),
        sa.Column("format_id", columns.Id(), nullable=True),
        sa.Column("verdict", sa.String(length=40), nullable=False),
        sa.Column("learnings", sa.String(length=10000), nullable=True),
        sa.Column("confirmed", sa.Integer(), nullable=False),
        sa.Column("attended", sa.Integer(), nullable=False),
        sa.Column("no_show", sa.Integer(), nullable=False),
        sa.Column("late_cancelled", sa.Integer(), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=True),
        sa.Column("satisfied", sa.Integer(), nullable=True),
        sa.Column("answered", sa.Integer(), nullable=True),
        sa.Column("survey_id", columns.Id(), nullable=True),
        sa.Column("recorded_by", sa.String(length=100), nullable=False),
        sa.Column("recorded_at", columns.Moment(), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("evaluation_event_id_fkey")),
        sa.PrimaryKeyConstraint("event_id", name=op.f("evaluation_pkey")),
    )
    with op.batch_alter_table("evaluation", schema=None) as batch_op:
        batch_op.create_index("evaluation_format_idx", ["community_id", "format_id"], unique=False)

    op.create_table(
        "question",
        sa.Column("id", columns.Id(), nullable=False),
        sa.Column("community_id", columns.Id(), nullable=False),
        sa.Column("event_id", columns.Id(), nullable=False),
        sa.Column("asked_by", columns.Id(), nullable=True),
        sa.Column("text", sa.String(length=2000), nullable=False),
        sa.Column("votes", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("answer", sa.String(length=4000), nullable=True),
        sa.Column("answered_by", columns.Id(), nullable=True),
        sa.Column("created_at", columns.Moment(), nullable=False),
        sa.Column("updated_at", columns.Moment(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("question_event_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("question_pkey")),
    )
    with op.batch_alter_table("question", schema=None) as batch_op:
        batch_op.create_index("question_asked_by_idx", ["community_id", "asked_by"], unique=False)
        batch_op.create_index("question_votes_idx", ["event_id", "votes", "id"], unique=False)

    op.create_table(
        "registration",
        sa.Column("id", columns.Id(), nullable=False),
        sa.Column("community_id", columns.Id(), nullable=False),
        sa.Column("event_id", columns.Id(), nullable=False),
        sa.Column("member_id", columns.Id(), nullable=True),
        sa.Column("guest", sa.String(length=4000), nullable=True),
        sa.Column("guest_digest", sa.String(length=64), nullable=True),
        sa.Column("party_size", sa.Integer(), nullable=False),
        sa.Column("answers", sa.String(length=40000), nullable=True),
        sa.Column("needs", sa.String(length=8000), nullable=True),
        sa.Column("source", sa.String(length=40), nullable=False),
        sa.Column("series_registration_id", columns.Id(), nullable=True),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("late", sa.Boolean(), nullable=False),
        sa.Column("reconfirm", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=True),
        sa.Column("confirmed_at", columns.Moment(), nullable=True),
        sa.Column("cancelled_at", columns.Moment(), nullable=True),
        sa.Column("checked_in_at", columns.Moment(), nullable=True),
        sa.Column("checked_out_at", columns.Moment(), nullable=True),
        sa.Column("created_at", columns.Moment(), nullable=False),
        sa.Column("updated_at", columns.Moment(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("registration_event_id_fkey")),
        sa.ForeignKeyConstraint(
            ["series_registration_id"],
            ["series_registration.id"],
            name=op.f("registration_series_registration_id_fkey"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("registration_pkey")),
    )
    with op.batch_alter_table("registration", schema=None) as batch_op:
        batch_op.create_index(
            "registration_guest_idx",
            ["event_id", "guest_digest"],
            unique=True,
            sqlite_where=sa.text("active = 1"),
            postgresql_where=sa.text("active"),
        )
        batch_op.create_index(
            "registration_member_idx", ["community_id", "member_id", "created_at", "id"], unique=False
        )
        batch_op.create_index(
            "registration_one_idx",
            ["event_id", "member_id"],
            unique=True,
            sqlite_where=sa.text("active = 1"),
            postgresql_where=sa.text("active"),
        )
        batch_op.create_index("registration_seq_idx", ["event_id", "seq"], unique=True)
        batch_op.create_index("registration_state_idx", ["event_id", "state", "seq"], unique=False)

    op.create_table(
        "reminder",
        sa.Column("id", columns.Id(), nullable=False),
        sa.Column("community_id", columns.Id(), nullable=False),
        sa.Column("event_id", columns.Id(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("due_at", columns.Moment(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("created_at", columns.Moment(), nullable=False),
        sa.Column("updated_at", columns.Moment(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("reminder_event_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("reminder_pkey")),
        sa.UniqueConstraint("event_id", "kind", "number", name=op.f("reminder_number")),
    )
    with op.batch_alter_table("reminder", schema=None) as batch_op:
        batch_op.create_index(
            "reminder_due_at_idx",
            ["due_at"],
            unique=False,
            sqlite_where=sa.text("state = 'planned'"),
            postgresql_where=sa.text("state = 'planned'"),
        )

    op.create_table(
        "seat_log",
        sa.Column("event_id", columns.Id(), nullable=False),
        sa.Column("no", sa.Integer(), nullable=False),
        sa.Column("community_id", columns.Id(), nullable=False),
        sa.Column("registration_id", columns.Id(), nullable=True),
        sa.Column("step", sa.String(length=40), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=True),
        sa.Column("party_size", sa.Integer(), nullable=False),
        sa.Column("taken", sa.Integer(), nullable=False),
        sa.Column("waiting", sa.Integer(), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=True),
        sa.Column("at", columns.Moment(), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("seat_log_event_id_fkey")),
        sa.PrimaryKeyConstraint("event_id", "no", name=op.f("seat_log_pkey")),
    )
    op.create_table(
        "speaker_invitation",
        sa.Column("id", columns.Id(), nullable=False),
        sa.Column("community_id", columns.Id(), nullable=False),
        sa.Column("event_id", columns.Id(), nullable=False),
        sa.Column("speaker_id", columns.Id(), nullable=False),
        sa.Column("message", sa.String(length=4000), nullable=True),
        sa.Column("deadline", columns.Moment(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("answered_at", columns.Moment(), nullable=True),
        sa.Column("created_at", columns.Moment(), nullable=False),
        sa.Column("updated_at", columns.Moment(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("speaker_invitation_event_id_fkey")),
        sa.ForeignKeyConstraint(
            ["speaker_id"], ["speaker.id"], name=op.f("speaker_invitation_speaker_id_fkey")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("speaker_invitation_pkey")),
    )
    with op.batch_alter_table("speaker_invitation", schema=None) as batch_op:
        batch_op.create_index(
            "speaker_invitation_deadline_idx",
            ["deadline"],
            unique=False,
            sqlite_where=sa.text("state = 'sent'"),
            postgresql_where=sa.text("state = 'sent'"),
        )
        batch_op.create_index("speaker_invitation_event_idx", ["event_id", "created_at", "id"], unique=False)
        batch_op.create_index(
            "speaker_invitation_one_idx",
            ["event_id", "speaker_id"],
            unique=True,
            sqlite_where=sa.text("state IN ('drafted', 'sent', 'accepted', 'confirmed')"),
            postgresql_where=sa.text("state IN ('drafted', 'sent', 'accepted', 'confirmed')"),
        )
        batch_op.create_index("speaker_invitation_speaker_idx", ["speaker_id"], unique=False)

    op.create_table(
        "check_in",
        sa.Column("id", columns.Id(), nullable=False),
        sa.Column("community_id", columns.Id(), nullable=False),
        sa.Column("event_id", columns.Id(), nullable=False),
        sa.Column("registration_id", columns.Id(), nullable=False),
        sa.Column("device_id", sa.String(length=64), nullable=False),
        sa.Column("nonce", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("outcome", sa.String(length=40), nullable=False),
        sa.Column("at", columns.Moment(), nullable=False),
        sa.Column("received_at", columns.Moment(), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("check_in_event_id_fkey")),
        sa.ForeignKeyConstraint(
            ["registration_id"], ["registration.id"], name=op.f("check_in_registration_id_fkey")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("check_in_pkey")),
        sa.UniqueConstraint("event_id", "device_id", "nonce", name=op.f("check_in_nonce")),
    )
    with op.batch_alter_table("check_in", schema=None) as batch_op:
        batch_op.create_index("check_in_registration_idx", ["registration_id", "at"], unique=False)

    op.create_table(
        "offer",
        sa.Column("id", columns.Id(), nullable=False),
        sa.Column("community_id", columns.Id(), nullable=False),
        sa.Column("event_id", columns.Id(), nullable=False),
        sa.Column("registration_id", columns.Id(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("offered_at", columns.Moment(), nullable=False),
        sa.Column("expires_at", columns.Moment(), nullable=False),
        sa.Column("decided_at", columns.Moment(), nullable=True),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("offer_event_id_fkey")),
        sa.ForeignKeyConstraint(
            ["registration_id"], ["registration.id"], name=op.f("offer_registration_id_fkey")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("offer_pkey")),
    )
    with op.batch_alter_table("offer", schema=None) as batch_op:
        batch_op.create_index("offer_event_idx", ["event_id", "state"], unique=False)
        batch_op.create_index(
            "offer_expires_at_idx",
            ["expires_at"],
            unique=False,
            sqlite_where=sa.text("state = 'open'"),
            postgresql_where=sa.text("state = 'open'"),
        )
        batch_op.create_index(
            "offer_one_idx",
            ["registration_id"],
            unique=True,
            sqlite_where=sa.text("state = 'open'"),
            postgresql_where=sa.text("state = 'open'"),
        )

    op.create_table(
        "question_vote",
        sa.Column("question_id", columns.Id(), nullable=False),
        sa.Column("member_id", columns.Id(), nullable=False),
        sa.Column("community_id", columns.Id(), nullable=False),
        sa.ForeignKeyConstraint(
            ["question_id"], ["question.id"], name=op.f("question_vote_question_id_fkey")
        ),
        sa.PrimaryKeyConstraint("question_id", "member_id", name=op.f("question_vote_pkey")),
    )
    with op.batch_alter_table("question_vote", schema=None) as batch_op:
        batch_op.create_index("question_vote_member_idx", ["community_id", "member_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("question_vote", schema=None) as batch_op:
        batch_op.drop_index("question_vote_member_idx")

    op.drop_table("question_vote")
    with op.batch_alter_table("offer", schema=None) as batch_op:
        batch_op.drop_index(
            "offer_one_idx",
            sqlite_where=sa.text("state = 'open'"),
            postgresql_where=sa.text("state = 'open'"),
        )
        batch_op.drop_index(
            "offer_expires_at_idx",
            sqlite_where=sa.text("state = 'open'"),
            postgresql_where=sa.text("state = 'open'"),
        )
        batch_op.drop_index("offer_event_idx")

    op.drop_table("offer")
    with op.batch_alter_table("check_in", schema=None) as batch_op:
        batch_op.drop_index("check_in_registration_idx")

    op.drop_table("check_in")
    with op.batch_alter_table("speaker_invitation", schema=None) as batch_op:
        batch_op.drop_index("speaker_invitation_speaker_idx")
        batch_op.drop_index(
            "speaker_invitation_one_idx",
            sqlite_where=sa.text("state IN ('drafted', 'sent', 'accepted', 'confirmed')"),
            postgresql_where=sa.text("state IN ('drafted', 'sent', 'accepted', 'confirmed')"),
        )
        batch_op.drop_index("speaker_invitation_event_idx")
        batch_op.drop_index(
            "speaker_invitation_deadline_idx",
            sqlite_where=sa.text("state = 'sent'"),
            postgresql_where=sa.text("state = 'sent'"),
        )

    op.drop_table("speaker_invitation")
    op.drop_table("seat_log")
    with op.batch_alter_table("reminder", schema=None) as batch_op:
        batch_op.drop_index(
            "reminder_due_at_idx",
            sqlite_where=sa.text("state = 'planned'"),
            postgresql_where=sa.text("state = 'planned'"),
        )

    op.drop_table("reminder")
    with op.batch_alter_table("registration", schema=None) as batch_op:
        batch_op.drop_index("registration_state_idx")
        batch_op.drop_index("registration_seq_idx")
        batch_op.drop_index(
            "registration_one_idx", sqlite_where=sa.text("active = 1"), postgresql_where=sa.text("active")
        )
        batch_op.drop_index("registration_member_idx")
        batch_op.drop_index(
            "registration_guest_idx", sqlite_where=sa.text("active = 1"), postgresql_where=sa.text("active")
        )

    op.drop_table("registration")
    with op.batch_alter_table("question", schema=None) as batch_op:
        batch_op.drop_index("question_votes_idx")
        batch_op.drop_index("question_asked_by_idx")

    op.drop_table("question")
    with op.batch_alter_table("evaluation", schema=None) as batch_op:
        batch_op.drop_index("evaluation_format_idx")

    op.drop_table("evaluation")
    with op.batch_alter_table("series_registration", schema=None) as batch_op:
        batch_op.drop_index(
            "series_registration_one_idx",
            sqlite_where=sa.text("cancelled_at IS NULL"),
            postgresql_where=sa.text("cancelled_at IS NULL"),
        )
        batch_op.drop_index("series_registration_member_idx")

    op.drop_table("series_registration")
    with op.batch_alter_table("event", schema=None) as batch_op:
        batch_op.drop_index("event_updated_at_idx")
        batch_op.drop_index("event_state_idx")
        batch_op.drop_index("event_starts_at_idx")
        batch_op.drop_index("event_series_idx")
        batch_op.drop_index("event_group_idx")
        batch_op.drop_index("event_format_idx")
        batch_op.drop_index(
            "event_clock_at_idx",
            sqlite_where=sa.text("clock_at IS NOT NULL"),
            postgresql_where=sa.text("clock_at IS NOT NULL"),
        )

    op.drop_table("event")
    with op.batch_alter_table("series", schema=None) as batch_op:
        batch_op.drop_index("series_group_idx")
        batch_op.drop_index(
            "series_extend_at_idx",
            sqlite_where=sa.text("extend_at IS NOT NULL"),
            postgresql_where=sa.text("extend_at IS NOT NULL"),
        )
        batch_op.drop_index("series_created_at_idx")

    op.drop_table("series")
    with op.batch_alter_table("survey_result", schema=None) as batch_op:
        batch_op.drop_index("survey_result_event_idx")

    op.drop_table("survey_result")
    op.drop_table("standing")
    with op.batch_alter_table("speaker", schema=None) as batch_op:
        batch_op.drop_index("speaker_member_idx")
        batch_op.drop_index("speaker_created_at_idx")

    op.drop_table("speaker")
    with op.batch_alter_table("organiser", schema=None) as batch_op:
        batch_op.drop_index("organiser_member_idx")

    op.drop_table("organiser")
    with op.batch_alter_table("guideline", schema=None) as batch_op:
        batch_op.drop_index(
            "guideline_look_at_idx",
            sqlite_where=sa.text("look_at IS NOT NULL"),
            postgresql_where=sa.text("look_at IS NOT NULL"),
        )

    op.drop_table("guideline")
    with op.batch_alter_table("group_membership", schema=None) as batch_op:
        batch_op.drop_index("group_membership_member_idx")

    op.drop_table("group_membership")
    with op.batch_alter_table("format", schema=None) as batch_op:
        batch_op.drop_index("format_created_at_idx")

    op.drop_table("format")
    with op.batch_alter_table("event_ban", schema=None) as batch_op:
        batch_op.drop_index("event_ban_member_idx")

    op.drop_table("event_ban")
    with op.batch_alter_table("entitlement", schema=None) as batch_op:
        batch_op.drop_index("entitlement_member_idx")

    op.drop_table("entitlement")
    with op.batch_alter_table("departure", schema=None) as batch_op:
        batch_op.drop_index("departure_look_at_idx")

    op.drop_table("departure")
    op.drop_table("community_key")
    with op.batch_alter_table("calendar_subscription", schema=None) as batch_op:
        batch_op.drop_index(
            "calendar_subscription_fetch_at_idx",
            sqlite_where=sa.text("fetch_at IS NOT NULL"),
            postgresql_where=sa.text("fetch_at IS NOT NULL"),
        )
        batch_op.drop_index("calendar_subscription_created_at_idx")

    op.drop_table("calendar_subscription")
    with op.batch_alter_table("calendar_feed", schema=None) as batch_op:
        batch_op.drop_index(
            "calendar_feed_one_idx",
            sqlite_where=sa.text("revoked_at IS NULL"),
            postgresql_where=sa.text("revoked_at IS NULL"),
        )

    op.drop_table("calendar_feed")
    op.drop_table("tombstone")
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
    with op.batch_alter_table("erasure", schema=None) as batch_op:
        batch_op.drop_index(
            "erasure_unfinished_idx",
            sqlite_where=sa.text("finished_at IS NULL"),
            postgresql_where=sa.text("finished_at IS NULL"),
        )

    op.drop_table("erasure")
    with op.batch_alter_table("dead_letter", schema=None) as batch_op:
        batch_op.drop_index("dead_letter_status_idx")

    op.drop_table("dead_letter")
    op.drop_table("broker_epoch")
    op.drop_table("audit_head")
    op.drop_table("audit")
