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
        "answer_vote",
        sa.Column("id", columns.Id(), nullable=False),
        sa.Column("community_id", columns.Id(), nullable=False),
        sa.Column("answer_id", columns.Id(), nullable=False),
        sa.Column("member_id", columns.Id(), nullable=False),
        sa.Column("value", sa.Integer(), nullable=False),
        sa.Column("created_at", columns.Moment(), nullable=False),
        sa.Column("updated_at", columns.Moment(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("answer_vote_pkey")),
        sa.UniqueConstraint("answer_id", "member_id", name=op.f("answer_vote_one_each")),
    )
    with op.batch_alter_table("answer_vote", schema=None) as batch_op:
        batch_op.create_index("answer_vote_member_idx", ["member_id", "id"], unique=False)

    op.create_table(
        "audience",
        sa.Column("community_id", columns.Id(), nullable=False),
        sa.Column("number", sa.SmallInteger(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("visibility", sa.String(length=40), nullable=False),
        sa.Column("requires", sa.String(length=250), nullable=True),
        sa.Column("standing", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("community_id", "number", name=op.f("audience_pkey")),
    )
    op.create_table(
        "collection",
        sa.Column("id", columns.Id(), nullable=False),
        sa.Column("community_id", columns.Id(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("description", sa.String(length=4000), nullable=True),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("visibility", sa.String(length=40), nullable=False),
        sa.Column("requires", sa.String(length=120), nullable=True),
        sa.Column("approvals", sa.Integer(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("created_at", columns.Moment(), nullable=False),
        sa.Column("updated_at", columns.Moment(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("collection_pkey")),
    )
    with op.batch_alter_table("collection", schema=None) as batch_op:
        batch_op.create_index("collection_rank_idx", ["community_id", "rank", "id"], unique=False)

    op.create_table(
        "contribution_call",
        sa.Column("id", columns.Id(), nullable=False),
        sa.Column("community_id", columns.Id(), nullable=False),
        sa.Column("topic", sa.String(length=200), nullable=False),
        sa.Column("description", sa.String(length=4000), nullable=True),
        sa.Column("for_whom", sa.String(length=300), nullable=True),
        sa.Column("reward", sa.String(length=300), nullable=True),
        sa.Column("deadline", columns.Moment(), nullable=True),
        sa.Column("event_id", columns.Id(), nullable=True),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("opened_by", columns.Id(), nullable=True),
        sa.Column("claimed_by", columns.Id(), nullable=True),
        sa.Column("claimed_at", columns.Moment(), nullable=True),
        sa.Column("article_id", columns.Id(), nullable=True),
        sa.Column("fulfilled_by", columns.Id(), nullable=True),
        sa.Column("clock_at", columns.Moment(), nullable=True),
        sa.Column("created_at", columns.Moment(), nullable=False),
        sa.Column("updated_at", columns.Moment(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("contribution_call_pkey")),
        sa.UniqueConstraint("community_id", "event_id", name=op.f("contribution_call_event")),
    )
    with op.batch_alter_table("contribution_call", schema=None) as batch_op:
        batch_op.create_index(
            "contribution_call_claimed_by_idx", ["community_id", "claimed_by"], unique=False
        )
        batch_op.create_index(
            "contribution_call_clock_at_idx",
            ["clock_at"],
            unique=False,
            sqlite_where=sa.text("clock_at IS NOT NULL"),
            postgresql_where=sa.text("clock_at IS NOT NULL"),
        )
        batch_op.create_index(
            "contribution_call_created_at_idx", ["community_id", "created_at", "id"], unique=False
        )
        batch_op.create_index(
            "contribution_call_state_idx", ["community_id", "state", "created_at", "id"], unique=False
        )

    op.create_table(
        "contributor",
        sa.Column("article_id", columns.Id(), nullable=False),
        sa.Column("member_id", columns.Id(), nullable=False),
        sa.Column("community_id", columns.Id(), nullable=False),
        sa.Column("revisions", sa.Integer(), nullable=False),
        sa.Column("first_at", columns.Moment(), nullable=False),
        sa.Column("last_at", columns.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("article_id", "member_id", name=op.f("contributor_pkey")),
    )
    with op.batch_alter_table("contributor", schema=None) as batch_op:
        batch_op.create_index("contributor_member_idx", ["member_id"], unique=False)

    op.create_table(
        "curator",
        sa.Column("collection_id", columns.Id(), nullable=False),
        sa.Column("member_id", columns.Id(), nullable=False),
        sa.Column("community_id", columns.Id(), nullable=False),
        sa.PrimaryKeyConstraint("collection_id", "member_id", name=op.f("curator_pkey")),
    )
    with op.batch_alter_table("curator", schema=None) as batch_op:
        batch_op.create_index("curator_member_idx", ["member_id"], unique=False)

    op.create_table(
        "departure",
        sa.Column("community_id", columns.Id(), nullable=False),
        sa.Column("member_id", columns.Id(), nullable=False),
        sa.Column("away", sa.Boolean(), nullable=False),
        sa.Column("fact_version", sa.Integer(), nullable=False),
        sa.Column("heard_at", columns.Moment(), nullable=False),
        sa.Column("look_at", columns.Moment(), nullable=True),
        sa.PrimaryKeyConstraint("community_id", "member_id", name=op.f("departure_pkey")),
    )
    with op.batch_alter_table("departure", schema=None) as batch_op:
        batch_op.create_index(
            "departure_look_at_idx",
            ["look_at"],
            unique=False,
            sqlite_where=sa.text("look_at IS NOT NULL"),
            postgresql_where=sa.text("look_at IS NOT NULL"),
        )

    op.create_table(
        "drafted_source",
        sa.Column("community_id", columns.Id(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("ref", columns.Id(), nullable=False),
        sa.Column("drafted_at", columns.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("community_id", "kind", "ref", name=op.f("drafted_source_pkey")),
    )
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
        "handed_over",
        sa.Column("merge_id", columns.Id(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("row_id", columns.Id(), nullable=False),
        sa.Column("community_id", columns.Id(), nullable=False),
        sa.PrimaryKeyConstraint("merge_id", "kind", "row_id", name=op.f("handed_over_pkey")),
    )
    op.create_table(
        "hidden",
        sa.Column("content_id", columns.Id(), nullable=False),
        sa.Column("community_id", columns.Id(), nullable=False),
        sa.Column("hidden", sa.Boolean(), nullable=False),
        sa.Column("fact_version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("content_id", name=op.f("hidden_pkey")),
    )
    op.create_table(
        "import_job",
        sa.Column("id", columns.Id(), nullable=False),
        sa.Column("community_id", columns.Id(), nullable=False),
        sa.Column("source", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("collection_id", columns.Id(), nullable=True),
        sa.Column("mapping", columns.Json(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("created", sa.Integer(), nullable=False),
        sa.Column("changed", sa.Integer(), nullable=False),
        sa.Column("unchanged", sa.Integer(), nullable=False),
        sa.Column("refused", sa.Integer(), nullable=False),
        sa.Column("failure", sa.String(length=300), nullable=True),
        sa.Column("requested_by", sa.String(length=80), nullable=False),
        sa.Column("member_id", columns.Id(), nullable=True),
        sa.Column("created_at", columns.Moment(), nullable=False),
        sa.Column("finished_at", columns.Moment(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("import_job_pkey")),
    )
    with op.batch_alter_table("import_job", schema=None) as batch_op:
        batch_op.create_index("import_job_created_at_idx", ["community_id", "created_at", "id"], unique=False)
        batch_op.create_index(
            "import_job_waits_idx",
            ["created_at", "id"],
            unique=False,
            sqlite_where=sa.text("state IN ('queued', 'running')"),
            postgresql_where=sa.text("state IN ('queued', 'running')"),
        )

    op.create_table(
        "index_size",
        sa.Column("community_id", columns.Id(), nullable=False),
        sa.Column("next_number", sa.BigInteger(), nullable=False),
        sa.Column("documents", sa.BigInteger(), nullable=False),
        sa.Column("length", sa.BigInteger(), nullable=False),
        sa.Column("languages", columns.Json(), nullable=False),
        sa.PrimaryKeyConstraint("community_id", name=op.f("index_size_pkey")),
    )
    op.create_table(
        "merge",
        sa.Column("id", columns.Id(), nullable=False),
        sa.Column("community_id", columns.Id(), nullable=False),
        sa.Column("merged_id", columns.Id(), nullable=False),
        sa.Column("survivor_id", columns.Id(), nullable=False),
        sa.Column("undone", sa.Boolean(), nullable=False),
        sa.Column("fact_version", sa.Integer(), nullable=False),
        sa.Column("heard_at", columns.Moment(), nullable=False),
        sa.Column("look_at", columns.Moment(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("merge_pkey")),
    )
    with op.batch_alter_table("merge", schema=None) as batch_op:
        batch_op.create_index(
            "merge_look_at_idx",
            ["look_at"],
            unique=False,
            sqlite_where=sa.text("look_at IS NOT NULL"),
            postgresql_where=sa.text("look_at IS NOT NULL"),
        )
        batch_op.create_index("merge_merged_idx", ["community_id", "merged_id"], unique=False)
        batch_op.create_index("merge_survivor_idx", ["community_id", "survivor_id"], unique=False)

    op.create_table(
        "posting",
        sa.Column("term_id", sa.BigInteger(), nullable=False),
        sa.Column("document", sa.BigInteger(), nullable=False),
        sa.Column("weight", sa.SmallInteger(), nullable=False),
        sa.Column("length", sa.Integer(), nullable=False),
        sa.Column("audience", sa.SmallInteger(), nullable=False),
        sa.Column("places", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("term_id", "document", name=op.f("posting_pkey")),
        info={"tenant": None},
        sqlite_with_rowid=False,
    )
    op.create_table(
        "provenance",
        sa.Column("article_id", columns.Id(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("ref", sa.String(length=500), nullable=False),
        sa.Column("community_id", columns.Id(), nullable=False),
        sa.Column("created_at", columns.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("article_id", "kind", "ref", name=op.f("provenance_pkey")),
    )
    with op.batch_alter_table("provenance", schema=None) as batch_op:
        batch_op.create_index("provenance_ref_idx", ["ref", "kind"], unique=False)

    op.create_table(
        "question",
        sa.Column("id", columns.Id(), nullable=False),
        sa.Column("community_id", columns.Id(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("tags", columns.Json(), nullable=False),
        sa.Column("language", sa.String(length=35), nullable=False),
        sa.Column("visibility", sa.String(length=40), nullable=False),
        sa.Column("asked_by", columns.Id(), nullable=True),
        sa.Column("inquiry_id", columns.Id(), nullable=True),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("hidden_from", sa.String(length=40), nullable=True),
        sa.Column("accepted_answer_id", columns.Id(), nullable=True),
        sa.Column("duplicate_of", columns.Id(), nullable=True),
        sa.Column("closed_reason", sa.String(length=40), nullable=True),
        sa.Column("answers", sa.Integer(), nullable=False),
        sa.Column("created_at", columns.Moment(), nullable=False),
        sa.Column("updated_at", columns.Moment(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("question_pkey")),
    )
    with op.batch_alter_table("question", schema=None) as batch_op:
        batch_op.create_index("question_asked_by_idx", ["community_id", "asked_by", "id"], unique=False)
        batch_op.create_index("question_created_at_idx", ["community_id", "created_at", "id"], unique=False)
        batch_op.create_index("question_inquiry_idx", ["community_id", "inquiry_id"], unique=False)
        batch_op.create_index(
            "question_state_idx", ["community_id", "state", "created_at", "id"], unique=False
        )
        batch_op.create_index("question_updated_at_idx", ["community_id", "updated_at", "id"], unique=False)

    op.create_table(
        "question_invitation",
        sa.Column("question_id", columns.Id(), nullable=False),
        sa.Column("member_id", columns.Id(), nullable=False),
        sa.Column("community_id", columns.Id(), nullable=False),
        sa.Column("invited_by", columns.Id(), nullable=True),
        sa.Column("created_at", columns.Moment(), nullable=False),
        sa.Column("answered_at", columns.Moment(), nullable=True),
        sa.PrimaryKeyConstraint("question_id", "member_id", name=op.f("question_invitation_pkey")),
    )
    with op.batch_alter_table("question_invitation", schema=None) as batch_op:
        batch_op.create_index("question_invitation_member_idx", ["member_id", "created_at"], unique=False)

    op.create_table(
        "rating",
        sa.Column("id", columns.Id(), nullable=False),
        sa.Column("community_id", columns.Id(), nullable=False),
        sa.Column("article_id", columns.Id(), nullable=False),
        sa.Column("member_id", columns.Id(), nullable=False),
        sa.Column("helpful", sa.Boolean(), nullable=False),
        sa.Column("created_at", columns.Moment(), nullable=False),
        sa.Column("updated_at", columns.Moment(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("rating_pkey")),
        sa.UniqueConstraint("article_id", "member_id", name=op.f("rating_once")),
    )
    with op.batch_alter_table("rating", schema=None) as batch_op:
        batch_op.create_index("rating_member_idx", ["member_id"], unique=False)

    op.create_table(
        "resource",
        sa.Column("id", columns.Id(), nullable=False),
        sa.Column("community_id", columns.Id(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("summary", sa.String(length=4000), nullable=True),
        sa.Column("url", sa.String(length=2000), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("tags", columns.Json(), nullable=False),
        sa.Column("language", sa.String(length=35), nullable=False),
        sa.Column("visibility", sa.String(length=40), nullable=False),
        sa.Column("requires", sa.String(length=120), nullable=True),
        sa.Column("checksum", sa.String(length=64), nullable=True),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("hidden_from", sa.String(length=40), nullable=True),
        sa.Column("look_at", columns.Moment(), nullable=True),
        sa.Column("last_checked_at", columns.Moment(), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("finding", sa.String(length=40), nullable=True),
        sa.Column("added_by", columns.Id(), nullable=True),
        sa.Column("created_at", columns.Moment(), nullable=False),
        sa.Column("updated_at", columns.Moment(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("resource_pkey")),
    )
    with op.batch_alter_table("resource", schema=None) as batch_op:
        batch_op.create_index("resource_added_by_idx", ["community_id", "added_by"], unique=False)
        batch_op.create_index("resource_created_at_idx", ["community_id", "created_at", "id"], unique=False)
        batch_op.create_index(
            "resource_look_at_idx",
            ["look_at"],
            unique=False,
            sqlite_where=sa.text("look_at IS NOT NULL"),
            postgresql_where=sa.text("look_at IS NOT NULL"),
        )
        batch_op.create_index(
            "resource_state_idx", ["community_id", "state", "created_at", "id"], unique=False
        )
        batch_op.create_index("resource_updated_at_idx", ["community_id", "updated_at", "id"], unique=False)

    op.create_table(
        "reviewer",
        sa.Column("review_id", columns.Id(), nullable=False),
        sa.Column("member_id", columns.Id(), nullable=False),
        sa.Column("community_id", columns.Id(), nullable=False),
        sa.PrimaryKeyConstraint("review_id", "member_id", name=op.f("reviewer_pkey")),
    )
    with op.batch_alter_table("reviewer", schema=None) as batch_op:
        batch_op.create_index("reviewer_member_idx", ["member_id"], unique=False)

    op.create_table(
        "search_document",
        sa.Column("id", columns.Id(), nullable=False),
        sa.Column("community_id", columns.Id(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("audience", sa.SmallInteger(), nullable=False),
        sa.Column("length", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("parent_id", columns.Id(), nullable=True),
        sa.Column("slug", sa.String(length=120), nullable=True),
        sa.Column("language", sa.String(length=35), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("fresh_at", columns.Moment(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("tags", columns.Json(), nullable=False),
        sa.Column("vector", columns.Json(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("search_document_pkey")),
    )
    with op.batch_alter_table("search_document", schema=None) as batch_op:
        batch_op.create_index("search_document_number_idx", ["community_id", "number"], unique=True)

    op.create_table(
        "search_gap",
        sa.Column("id", columns.Id(), nullable=False),
        sa.Column("community_id", columns.Id(), nullable=False),
        sa.Column("query", sa.String(length=200), nullable=False),
        sa.Column("searchers", sa.Integer(), nullable=False),
        sa.Column("detected_at", columns.Moment(), nullable=False),
        sa.Column("last_at", columns.Moment(), nullable=False),
        sa.Column("solved_at", columns.Moment(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("search_gap_pkey")),
        sa.UniqueConstraint("community_id", "query", name=op.f("search_gap_query")),
    )
    with op.batch_alter_table("search_gap", schema=None) as batch_op:
        batch_op.create_index(
            "search_gap_detected_at_idx", ["community_id", "detected_at", "id"], unique=False
        )

    op.create_table(
        "search_log",
        sa.Column("id", columns.Id(), nullable=False),
        sa.Column("community_id", columns.Id(), nullable=False),
        sa.Column("query", sa.String(length=200), nullable=False),
        sa.Column("hits", sa.Integer(), nullable=False),
        sa.Column("searcher", sa.String(length=64), nullable=True),
        sa.Column("clicked_rank", sa.Integer(), nullable=True),
        sa.Column("clicked_id", columns.Id(), nullable=True),
        sa.Column("at", columns.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("search_log_pkey")),
    )
    with op.batch_alter_table("search_log", schema=None) as batch_op:
        batch_op.create_index("search_log_at_idx", ["at", "id"], unique=False)
        batch_op.create_index("search_log_query_idx", ["community_id", "query", "hits"], unique=False)
        batch_op.create_index("search_log_searcher_idx", ["community_id", "searcher"], unique=False)

    op.create_table(
        "slug",
        sa.Column("community_id", columns.Id(), nullable=False),
        sa.Column("slug", sa.String(length=120), nullable=False),
        sa.Column("article_id", columns.Id(), nullable=False),
        sa.Column("created_at", columns.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("community_id", "slug", name=op.f("slug_pkey")),
    )
    with op.batch_alter_table("slug", schema=None) as batch_op:
        batch_op.create_index("slug_article_idx", ["article_id"], unique=False)

    op.create_table(
        "task",
        sa.Column("id", columns.Id(), nullable=False),
        sa.Column("community_id", columns.Id(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("cause_id", columns.Id(), nullable=False),
        sa.Column("article_id", columns.Id(), nullable=True),
        sa.Column("topic_id", columns.Id(), nullable=True),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("created_at", columns.Moment(), nullable=False),
        sa.Column("updated_at", columns.Moment(), nullable=False),
        sa.Column("closed_at", columns.Moment(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("task_pkey")),
        sa.UniqueConstraint("community_id", "kind", "cause_id", "article_id", name=op.f("task_cause")),
    )
    with op.batch_alter_table("task", schema=None) as batch_op:
        batch_op.create_index("task_article_idx", ["article_id", "state"], unique=False)
        batch_op.create_index("task_state_idx", ["community_id", "state", "created_at", "id"], unique=False)

    op.create_table(
        "word",
        sa.Column("community_id", columns.Id(), nullable=False),
        sa.Column(
            "variant",
            sa.String(length=64).with_variant(sa.String(length=64, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("term", sa.String(length=64), nullable=False),
        sa.Column("written", sa.String(length=64), nullable=False),
        sa.Column("term_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("community_id", "variant", "term", name=op.f("word_pkey")),
    )
    with op.batch_alter_table("word", schema=None) as batch_op:
        batch_op.create_index("word_term_id_idx", ["term_id"], unique=False)

    op.create_table(
        "answer",
        sa.Column("id", columns.Id(), nullable=False),
        sa.Column("community_id", columns.Id(), nullable=False),
        sa.Column("question_id", columns.Id(), nullable=False),
        sa.Column("body", sa.Text(), nullable=True),
        sa.Column("author_id", columns.Id(), nullable=True),
        sa.Column("votes", sa.Integer(), nullable=False),
        sa.Column("rank", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("hidden_from", sa.String(length=40), nullable=True),
        sa.Column("outdated_reason", sa.String(length=40), nullable=True),
        sa.Column("verified_by", columns.Id(), nullable=True),
        sa.Column("verified_at", columns.Moment(), nullable=True),
        sa.Column("valid_until", columns.Moment(), nullable=True),
        sa.Column("clock_at", columns.Moment(), nullable=True),
        sa.Column("created_at", columns.Moment(), nullable=False),
        sa.Column("updated_at", columns.Moment(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["question_id"], ["question.id"], name=op.f("answer_question_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("answer_pkey")),
    )
    with op.batch_alter_table("answer", schema=None) as batch_op:
        batch_op.create_index("answer_author_idx", ["community_id", "author_id", "id"], unique=False)
        batch_op.create_index(
            "answer_clock_at_idx",
            ["clock_at"],
            unique=False,
            sqlite_where=sa.text("clock_at IS NOT NULL"),
            postgresql_where=sa.text("clock_at IS NOT NULL"),
        )
        batch_op.create_index("answer_question_idx", ["question_id", "rank", "id"], unique=False)

    op.create_table(
        "article",
        sa.Column("id", columns.Id(), nullable=False),
        sa.Column("community_id", columns.Id(), nullable=False),
        sa.Column("collection_id", columns.Id(), nullable=True),
        sa.Column("slug", sa.String(length=120), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("tags", columns.Json(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("language", sa.String(length=35), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("draft_state", sa.String(length=40), nullable=True),
        sa.Column("hidden_from", sa.String(length=40), nullable=True),
        sa.Column("released_revision", sa.Integer(), nullable=True),
        sa.Column("draft_revision", sa.Integer(), nullable=True),
        sa.Column("last_revision", sa.Integer(), nullable=False),
        sa.Column("requires", sa.String(length=120), nullable=True),
        sa.Column("owner_id", columns.Id(), nullable=True),
        sa.Column("verify_every_days", sa.Integer(), nullable=False),
        sa.Column("verified_until", columns.Moment(), nullable=True),
        sa.Column("verified_at", columns.Moment(), nullable=True),
        sa.Column("clock_at", columns.Moment(), nullable=True),
        sa.Column("replacement_id", columns.Id(), nullable=True),
        sa.Column("accessibility", columns.Json(), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=True),
        sa.Column("source_path", sa.String(length=500), nullable=True),
        sa.Column("source_hash", sa.String(length=64), nullable=True),
        sa.Column("helpful_yes", sa.Integer(), nullable=False),
        sa.Column("helpful_no", sa.Integer(), nullable=False),
        sa.Column("views", sa.BigInteger(), nullable=False),
        sa.Column("deflected", sa.Integer(), nullable=False),
        sa.Column("published_at", columns.Moment(), nullable=True),
        sa.Column("created_at", columns.Moment(), nullable=False),
        sa.Column("updated_at", columns.Moment(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["collection_id"], ["collection.id"], name=op.f("article_collection_id_fkey")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("article_pkey")),
        sa.UniqueConstraint("community_id", "source", "source_path", name=op.f("article_source_path")),
    )
    with op.batch_alter_table("article", schema=None) as batch_op:
        batch_op.create_index(
            "article_clock_at_idx",
            ["clock_at"],
            unique=False,
            sqlite_where=sa.text("clock_at IS NOT NULL"),
            postgresql_where=sa.text("clock_at IS NOT NULL"),
        )
        batch_op.create_index(
            "article_collection_idx", ["community_id", "collection_id", "created_at", "id"], unique=False
        )
        batch_op.create_index("article_created_at_idx", ["community_id", "created_at", "id"], unique=False)
        batch_op.create_index(
            "article_owner_idx", ["community_id", "owner_id", "created_at", "id"], unique=False
        )
        batch_op.create_index(
            "article_state_idx", ["community_id", "state", "created_at", "id"], unique=False
        )
        batch_op.create_index("article_updated_at_idx", ["community_id", "updated_at", "id"], unique=False)
        batch_op.create_index(
            "article_verified_idx", ["community_id", "state", "verified_until", "id"], unique=False
        )

    op.create_table(
        "attachment",
        sa.Column("id", columns.Id(), nullable=False),
        sa.Column("community_id", columns.Id(), nullable=False),
        sa.Column("collection_id", columns.Id(), nullable=True),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("media_type", sa.String(length=40), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=True),
        sa.Column("source_path", sa.String(length=500), nullable=True),
        sa.Column("added_by", columns.Id(), nullable=True),
        sa.Column("created_at", columns.Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["collection_id"], ["collection.id"], name=op.f("attachment_collection_id_fkey")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("attachment_pkey")),
        sa.UniqueConstraint("community_id", "source", "source_path", name=op.f("attachment_source_path")),
    )
    with op.batch_alter_table("attachment", schema=None) as batch_op:
        batch_op.create_index("attachment_created_at_idx", ["community_id", "created_at", "id"], unique=False)

    op.create_table(
        "import_document",
        sa.Column("import_id", columns.Id(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("community_id", columns.Id(), nullable=False),
        sa.Column("path", sa.String(length=500), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("postponed", sa.Boolean(), nullable=False),
        sa.Column("outcome", sa.String(length=40), nullable=True),
        sa.Column("article_id", columns.Id(), nullable=True),
        sa.Column("notes", columns.Json(), nullable=False),
        sa.Column("links", columns.Json(), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_id"], ["import_job.id"], name=op.f("import_document_import_id_fkey")
        ),
        sa.PrimaryKeyConstraint("import_id", "number", name=op.f("import_document_pkey")),
    )
    op.create_table(
        "deflection",
        sa.Column("id", columns.Id(), nullable=False),
        sa.Column("community_id", columns.Id(), nullable=False),
        sa.Column("inquiry_id", columns.Id(), nullable=False),
        sa.Column("article_id", columns.Id(), nullable=False),
        sa.Column("linked_by", columns.Id(), nullable=True),
        sa.Column("created_at", columns.Moment(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["article_id"], ["article.id"], name=op.f("deflection_article_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("deflection_pkey")),
        sa.UniqueConstraint("community_id", "inquiry_id", name=op.f("deflection_inquiry")),
    )
    with op.batch_alter_table("deflection", schema=None) as batch_op:
        batch_op.create_index("deflection_article_idx", ["article_id"], unique=False)

    op.create_table(
        "review",
        sa.Column("id", columns.Id(), nullable=False),
        sa.Column("community_id", columns.Id(), nullable=False),
        sa.Column("article_id", columns.Id(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("needed", sa.Integer(), nullable=False),
        sa.Column("approved", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("submitted_by", columns.Id(), nullable=True),
        sa.Column("created_at", columns.Moment(), nullable=False),
        sa.Column("closed_at", columns.Moment(), nullable=True),
        sa.ForeignKeyConstraint(["article_id"], ["article.id"], name=op.f("review_article_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("review_pkey")),
    )
    with op.batch_alter_table("review", schema=None) as batch_op:
        batch_op.create_index("review_article_idx", ["article_id", "created_at", "id"], unique=False)
        batch_op.create_index(
            "review_open_idx",
            ["article_id"],
            unique=True,
            sqlite_where=sa.text("state = 'open'"),
            postgresql_where=sa.text("state = 'open'"),
        )

    op.create_table(
        "revision",
        sa.Column("id", columns.Id(), nullable=False),
        sa.Column("community_id", columns.Id(), nullable=False),
        sa.Column("article_id", columns.Id(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("base", sa.Integer(), nullable=True),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("tags", columns.Json(), nullable=False),
        sa.Column("language", sa.String(length=35), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("summary", sa.String(length=300), nullable=True),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("author_id", columns.Id(), nullable=True),
        sa.Column("written_by", sa.String(length=80), nullable=True),
        sa.Column("created_at", columns.Moment(), nullable=False),
        sa.ForeignKeyConstraint(["article_id"], ["article.id"], name=op.f("revision_article_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("revision_pkey")),
        sa.UniqueConstraint("article_id", "number", name=op.f("revision_number")),
    )
    with op.batch_alter_table("revision", schema=None) as batch_op:
        batch_op.create_index("revision_author_idx", ["community_id", "author_id", "id"], unique=False)

    op.create_table(
        "verification",
        sa.Column("id", columns.Id(), nullable=False),
        sa.Column("community_id", columns.Id(), nullable=False),
        sa.Column("article_id", columns.Id(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("holds", sa.Boolean(), nullable=False),
        sa.Column("verified_by", columns.Id(), nullable=True),
        sa.Column("until", columns.Moment(), nullable=False),
        sa.Column("note", sa.String(length=1000), nullable=True),
        sa.Column("created_at", columns.Moment(), nullable=False),
        sa.ForeignKeyConstraint(["article_id"], ["article.id"], name=op.f("verification_article_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("verification_pkey")),
    )
    with op.batch_alter_table("verification", schema=None) as batch_op:
        batch_op.create_index("verification_article_idx", ["article_id", "created_at", "id"], unique=False)
        batch_op.create_index("verification_member_idx", ["verified_by"], unique=False)

    op.create_table(
        "review_verdict",
        sa.Column("id", columns.Id(), nullable=False),
        sa.Column("community_id", columns.Id(), nullable=False),
        sa.Column("review_id", columns.Id(), nullable=False),
        sa.Column("member_id", columns.Id(), nullable=True),
        sa.Column("given_by", sa.String(length=80), nullable=True),
        sa.Column("verdict", sa.String(length=40), nullable=False),
        sa.Column("comment", sa.String(length=4000), nullable=True),
        sa.Column("created_at", columns.Moment(), nullable=False),
        sa.ForeignKeyConstraint(["review_id"], ["review.id"], name=op.f("review_verdict_review_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("review_verdict_pkey")),
        sa.UniqueConstraint("review_id", "given_by", name=op.f("review_verdict_once")),
    )
    with op.batch_alter_table("review_verdict", schema=None) as batch_op:
        batch_op.create_index("review_verdict_member_idx", ["member_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("review_verdict", schema=None) as batch_op:
        batch_op.drop_index("review_verdict_member_idx")

    op.drop_table("review_verdict")
    with op.batch_alter_table("verification", schema=None) as batch_op:
        batch_op.drop_index("verification_member_idx")
        batch_op.drop_index("verification_article_idx")

    op.drop_table("verification")
    with op.batch_alter_table("revision", schema=None) as batch_op:
        batch_op.drop_index("revision_author_idx")

    op.drop_table("revision")
    with op.batch_alter_table("review", schema=None) as batch_op:
        batch_op.drop_index(
            "review_open_idx",
            sqlite_where=sa.text("state = 'open'"),
            postgresql_where=sa.text("state = 'open'"),
        )
        batch_op.drop_index("review_article_idx")

    op.drop_table("review")
    with op.batch_alter_table("deflection", schema=None) as batch_op:
        batch_op.drop_index("deflection_article_idx")

    op.drop_table("deflection")
    op.drop_table("import_document")
    with op.batch_alter_table("attachment", schema=None) as batch_op:
        batch_op.drop_index("attachment_created_at_idx")

    op.drop_table("attachment")
    with op.batch_alter_table("article", schema=None) as batch_op:
        batch_op.drop_index("article_verified_idx")
        batch_op.drop_index("article_updated_at_idx")
        batch_op.drop_index("article_state_idx")
        batch_op.drop_index("article_owner_idx")
        batch_op.drop_index("article_created_at_idx")
        batch_op.drop_index("article_collection_idx")
        batch_op.drop_index(
            "article_clock_at_idx",
            sqlite_where=sa.text("clock_at IS NOT NULL"),
            postgresql_where=sa.text("clock_at IS NOT NULL"),
        )

    op.drop_table("article")
    with op.batch_alter_table("answer", schema=None) as batch_op:
        batch_op.drop_index("answer_question_idx")
        batch_op.drop_index(
            "answer_clock_at_idx",
            sqlite_where=sa.text("clock_at IS NOT NULL"),
            postgresql_where=sa.text("clock_at IS NOT NULL"),
        )
        batch_op.drop_index("answer_author_idx")

    op.drop_table("answer")
    with op.batch_alter_table("word", schema=None) as batch_op:
        batch_op.drop_index("word_term_id_idx")

    op.drop_table("word")
    with op.batch_alter_table("task", schema=None) as batch_op:
        batch_op.drop_index("task_state_idx")
        batch_op.drop_index("task_article_idx")

    op.drop_table("task")
    with op.batch_alter_table("slug", schema=None) as batch_op:
        batch_op.drop_index("slug_article_idx")

    op.drop_table("slug")
    with op.batch_alter_table("search_log", schema=None) as batch_op:
        batch_op.drop_index("search_log_searcher_idx")
        batch_op.drop_index("search_log_query_idx")
        batch_op.drop_index("search_log_at_idx")

    op.drop_table("search_log")
    with op.batch_alter_table("search_gap", schema=None) as batch_op:
        batch_op.drop_index("search_gap_detected_at_idx")

    op.drop_table("search_gap")
    with op.batch_alter_table("search_document", schema=None) as batch_op:
        batch_op.drop_index("search_document_number_idx")

    op.drop_table("search_document")
    with op.batch_alter_table("reviewer", schema=None) as batch_op:
        batch_op.drop_index("reviewer_member_idx")

    op.drop_table("reviewer")
    with op.batch_alter_table("resource", schema=None) as batch_op:
        batch_op.drop_index("resource_updated_at_idx")
        batch_op.drop_index("resource_state_idx")
        batch_op.drop_index(
            "resource_look_at_idx",
            sqlite_where=sa.text("look_at IS NOT NULL"),
            postgresql_where=sa.text("look_at IS NOT NULL"),
        )
        batch_op.drop_index("resource_created_at_idx")
        batch_op.drop_index("resource_added_by_idx")

    op.drop_table("resource")
    with op.batch_alter_table("rating", schema=None) as batch_op:
        batch_op.drop_index("rating_member_idx")

    op.drop_table("rating")
    with op.batch_alter_table("question_invitation", schema=None) as batch_op:
        batch_op.drop_index("question_invitation_member_idx")

    op.drop_table("question_invitation")
    with op.batch_alter_table("question", schema=None) as batch_op:
        batch_op.drop_index("question_updated_at_idx")
        batch_op.drop_index("question_state_idx")
        batch_op.drop_index("question_inquiry_idx")
        batch_op.drop_index("question_created_at_idx")
        batch_op.drop_index("question_asked_by_idx")

    op.drop_table("question")
    with op.batch_alter_table("provenance", schema=None) as batch_op:
        batch_op.drop_index("provenance_ref_idx")

    op.drop_table("provenance")
    op.drop_table("posting")
    with op.batch_alter_table("merge", schema=None) as batch_op:
        batch_op.drop_index("merge_survivor_idx")
        batch_op.drop_index("merge_merged_idx")
        batch_op.drop_index(
            "merge_look_at_idx",
            sqlite_where=sa.text("look_at IS NOT NULL"),
            postgresql_where=sa.text("look_at IS NOT NULL"),
        )

    op.drop_table("merge")
    op.drop_table("index_size")
    with op.batch_alter_table("import_job", schema=None) as batch_op:
        batch_op.drop_index(
            "import_job_waits_idx",
            sqlite_where=sa.text("state IN ('queued', 'running')"),
            postgresql_where=sa.text("state IN ('queued', 'running')"),
        )
        batch_op.drop_index("import_job_created_at_idx")

    op.drop_table("import_job")
    op.drop_table("hidden")
    op.drop_table("handed_over")
    with op.batch_alter_table("entitlement", schema=None) as batch_op:
        batch_op.drop_index("entitlement_member_idx")

    op.drop_table("entitlement")
    op.drop_table("drafted_source")
    with op.batch_alter_table("departure", schema=None) as batch_op:
        batch_op.drop_index(
            "departure_look_at_idx",
            sqlite_where=sa.text("look_at IS NOT NULL"),
            postgresql_where=sa.text("look_at IS NOT NULL"),
        )

    op.drop_table("departure")
    with op.batch_alter_table("curator", schema=None) as batch_op:
        batch_op.drop_index("curator_member_idx")

    op.drop_table("curator")
    with op.batch_alter_table("contributor", schema=None) as batch_op:
        batch_op.drop_index("contributor_member_idx")

    op.drop_table("contributor")
    with op.batch_alter_table("contribution_call", schema=None) as batch_op:
        batch_op.drop_index("contribution_call_state_idx")
        batch_op.drop_index("contribution_call_created_at_idx")
        batch_op.drop_index(
            "contribution_call_clock_at_idx",
            sqlite_where=sa.text("clock_at IS NOT NULL"),
            postgresql_where=sa.text("clock_at IS NOT NULL"),
        )
        batch_op.drop_index("contribution_call_claimed_by_idx")

    op.drop_table("contribution_call")
    with op.batch_alter_table("collection", schema=None) as batch_op:
        batch_op.drop_index("collection_rank_idx")

    op.drop_table("collection")
    op.drop_table("audience")
    with op.batch_alter_table("answer_vote", schema=None) as batch_op:
        batch_op.drop_index("answer_vote_member_idx")

    op.drop_table("answer_vote")
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
