"""membership in full"""

import sqlalchemy as sa
from alembic import op

from shared.store import columns

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
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
        "tombstone",
        sa.Column("subject_id", columns.Id(), nullable=False),
        sa.Column("community_id", columns.Id(), nullable=False),
        sa.Column("request_id", columns.Id(), nullable=False),
        sa.Column("erased_at", columns.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("subject_id", "community_id", name=op.f("tombstone_pkey")),
        info={"tenant": None},
    )
    op.create_table(
        "promise_occurrence",
        sa.Column("id", columns.Id(), nullable=False),
        sa.Column("community_id", columns.Id(), nullable=False),
        sa.Column("occasion", sa.String(length=40), nullable=False),
        sa.Column("about_id", columns.Id(), nullable=False),
        sa.Column("occurred_at", columns.Moment(), nullable=False),
        sa.Column("received_at", columns.Moment(), nullable=False),
        sa.Column("swept_at", columns.Moment(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("promise_occurrence_pkey")),
    )
    with op.batch_alter_table("promise_occurrence", schema=None) as batch_op:
        batch_op.create_index(
            "promise_occurrence_occurred_at_idx", ["community_id", "occasion", "occurred_at"], unique=False
        )
        batch_op.create_index("promise_occurrence_received_at_idx", ["received_at"], unique=False)
        batch_op.create_index(
            "promise_occurrence_unswept_idx",
            ["received_at"],
            unique=False,
            sqlite_where=sa.text("swept_at IS NULL"),
            postgresql_where=sa.text("swept_at IS NULL"),
        )

    op.create_table(
        "consent",
        sa.Column("id", columns.Id(), nullable=False),
        sa.Column("community_id", columns.Id(), nullable=False),
        sa.Column("subject_id", columns.Id(), nullable=False),
        sa.Column("purpose", sa.String(length=40), nullable=False),
        sa.Column("policy_version", sa.String(length=40), nullable=False),
        sa.Column("proof", columns.Json(), nullable=False),
        sa.Column("given_at", columns.Moment(), nullable=False),
        sa.Column("withdrawn_at", columns.Moment(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["community_id"], ["community.id"], name=op.f("consent_community_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("consent_pkey")),
    )
    with op.batch_alter_table("consent", schema=None) as batch_op:
        batch_op.create_index(
            "consent_in_force_idx",
            ["community_id", "subject_id", "purpose"],
            unique=True,
            sqlite_where=sa.text("withdrawn_at IS NULL"),
            postgresql_where=sa.text("withdrawn_at IS NULL"),
        )
        batch_op.create_index("consent_subject_idx", ["community_id", "subject_id", "id"], unique=False)

    op.create_table(
        "custom_field",
        sa.Column("community_id", columns.Id(), nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("label", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("options", columns.Json(), nullable=False),
        sa.Column("required", sa.Boolean(), nullable=False),
        sa.Column("retired_at", columns.Moment(), nullable=True),
        sa.Column("updated_at", columns.Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["community_id"], ["community.id"], name=op.f("custom_field_community_id_fkey")
        ),
        sa.PrimaryKeyConstraint("community_id", "key", name=op.f("custom_field_pkey")),
    )
    op.create_table(
        "data_request",
        sa.Column("id", columns.Id(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("community_id", columns.Id(), nullable=True),
        sa.Column("member_id", columns.Id(), nullable=True),
        sa.Column("person_id", columns.Id(), nullable=True),
        sa.Column("requested_by", sa.String(length=100), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=True),
        sa.Column("created_at", columns.Moment(), nullable=False),
        sa.Column("due_at", columns.Moment(), nullable=False),
        sa.Column("verified_at", columns.Moment(), nullable=True),
        sa.Column("settled_at", columns.Moment(), nullable=True),
        sa.Column("alarms", sa.Integer(), nullable=False),
        sa.Column("position", columns.Json(), nullable=False),
        sa.Column("archive_key", sa.String(length=400), nullable=True),
        sa.Column("volumes", sa.Integer(), nullable=False),
        sa.Column("expires_at", columns.Moment(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["community_id"], ["community.id"], name=op.f("data_request_community_id_fkey")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("data_request_pkey")),
        info={"tenant": None},
    )
    with op.batch_alter_table("data_request", schema=None) as batch_op:
        batch_op.create_index("data_request_expires_at_idx", ["expires_at"], unique=False)
        batch_op.create_index("data_request_member_idx", ["member_id"], unique=False)
        batch_op.create_index(
            "data_request_open_idx",
            ["kind", "created_at"],
            unique=False,
            sqlite_where=sa.text("state IN ('received', 'verified', 'running')"),
            postgresql_where=sa.text("state IN ('received', 'verified', 'running')"),
        )
        batch_op.create_index("data_request_person_idx", ["person_id"], unique=False)
        batch_op.create_index(
            "data_request_requested_by_idx", ["requested_by", "created_at", "id"], unique=False
        )

    op.create_table(
        "demographic_dimension",
        sa.Column("community_id", columns.Id(), nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("label", sa.String(length=120), nullable=False),
        sa.Column("options", columns.Json(), nullable=False),
        sa.Column("created_at", columns.Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["community_id"], ["community.id"], name=op.f("demographic_dimension_community_id_fkey")
        ),
        sa.PrimaryKeyConstraint("community_id", "key", name=op.f("demographic_dimension_pkey")),
    )
    op.create_table(
        "demographic_snapshot",
        sa.Column("community_id", columns.Id(), nullable=False),
        sa.Column("dimension", sa.String(length=40), nullable=False),
        sa.Column("period", sa.Integer(), nullable=False),
        sa.Column("told", columns.Json(), nullable=False),
        sa.Column("sealed", sa.String(length=100000), nullable=False),
        sa.ForeignKeyConstraint(
            ["community_id"], ["community.id"], name=op.f("demographic_snapshot_community_id_fkey")
        ),
        sa.PrimaryKeyConstraint("community_id", "dimension", name=op.f("demographic_snapshot_pkey")),
    )
    op.create_table(
        "group",
        sa.Column("id", columns.Id(), nullable=False),
        sa.Column("community_id", columns.Id(), nullable=False),
        sa.Column("parent_id", columns.Id(), nullable=True),
        sa.Column("slug", sa.String(length=60), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("description", sa.String(length=4000), nullable=True),
        sa.Column("visibility", sa.String(length=40), nullable=False),
        sa.Column("rule", columns.Json(), nullable=True),
        sa.Column("meetings", columns.Json(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("created_at", columns.Moment(), nullable=False),
        sa.Column("updated_at", columns.Moment(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["community_id"], ["community.id"], name=op.f("group_community_id_fkey")),
        sa.ForeignKeyConstraint(["parent_id"], ["group.id"], name=op.f("group_parent_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("group_pkey")),
        sa.UniqueConstraint("community_id", "slug", name=op.f("group_slug")),
    )
    with op.batch_alter_table("group", schema=None) as batch_op:
        batch_op.create_index("group_created_at_idx", ["community_id", "created_at", "id"], unique=False)

    op.create_table(
        "interest",
        sa.Column("community_id", columns.Id(), nullable=False),
        sa.Column("party_id", columns.Id(), nullable=False),
        sa.Column("source", sa.String(length=40), nullable=False),
        sa.Column("policy_version", sa.String(length=40), nullable=False),
        sa.Column("given_at", columns.Moment(), nullable=False),
        sa.Column("withdrawn_at", columns.Moment(), nullable=True),
        sa.ForeignKeyConstraint(["community_id"], ["community.id"], name=op.f("interest_community_id_fkey")),
        sa.PrimaryKeyConstraint("community_id", "party_id", name=op.f("interest_pkey")),
    )
    with op.batch_alter_table("interest", schema=None) as batch_op:
        batch_op.create_index(
            "interest_party_idx", ["community_id", "withdrawn_at", "party_id"], unique=False
        )

    op.create_table(
        "onboarding_plan",
        sa.Column("community_id", columns.Id(), nullable=False),
        sa.Column("steps", columns.Json(), nullable=False),
        sa.Column("updated_at", columns.Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["community_id"], ["community.id"], name=op.f("onboarding_plan_community_id_fkey")
        ),
        sa.PrimaryKeyConstraint("community_id", name=op.f("onboarding_plan_pkey")),
    )
    op.create_table(
        "partner",
        sa.Column("id", columns.Id(), nullable=False),
        sa.Column("community_id", columns.Id(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("interests", columns.Json(), nullable=False),
        sa.Column("expertise", columns.Json(), nullable=False),
        sa.Column("contacts", sa.String(length=100000), nullable=True),
        sa.Column("channel", sa.String(length=200), nullable=True),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("created_at", columns.Moment(), nullable=False),
        sa.Column("updated_at", columns.Moment(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["community_id"], ["community.id"], name=op.f("partner_community_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("partner_pkey")),
    )
    with op.batch_alter_table("partner", schema=None) as batch_op:
        batch_op.create_index("partner_created_at_idx", ["community_id", "created_at", "id"], unique=False)
        batch_op.create_index(
            "partner_state_idx", ["community_id", "state", "created_at", "id"], unique=False
        )

    op.create_table(
        "promise",
        sa.Column("id", columns.Id(), nullable=False),
        sa.Column("community_id", columns.Id(), nullable=False),
        sa.Column("to_kind", sa.String(length=40), nullable=False),
        sa.Column("to_id", columns.Id(), nullable=False),
        sa.Column("text", sa.String(length=2000), nullable=True),
        sa.Column("source", sa.String(length=40), nullable=False),
        sa.Column("due_at", columns.Moment(), nullable=True),
        sa.Column("on_event", sa.String(length=40), nullable=True),
        sa.Column("about_id", columns.Id(), nullable=True),
        sa.Column("grace_hours", sa.Integer(), nullable=False),
        sa.Column("breaks_at", columns.Moment(), nullable=True),
        sa.Column("clock_at", columns.Moment(), nullable=True),
        sa.Column("owner_member_id", columns.Id(), nullable=True),
        sa.Column("visibility", sa.String(length=40), nullable=False),
        sa.Column("evidence", columns.Json(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("made_by", sa.String(length=100), nullable=False),
        sa.Column("made_at", columns.Moment(), nullable=False),
        sa.Column("settled_at", columns.Moment(), nullable=True),
        sa.Column("reason", sa.String(length=500), nullable=True),
        sa.Column("superseded_by", columns.Id(), nullable=True),
        sa.Column("apology", sa.String(length=2000), nullable=True),
        sa.Column("apologised_at", columns.Moment(), nullable=True),
        sa.Column("updated_at", columns.Moment(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["community_id"], ["community.id"], name=op.f("promise_community_id_fkey")),
        sa.ForeignKeyConstraint(["superseded_by"], ["promise.id"], name=op.f("promise_superseded_by_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("promise_pkey")),
    )
    with op.batch_alter_table("promise", schema=None) as batch_op:
        batch_op.create_index(
            "promise_clock_at_idx",
            ["clock_at"],
            unique=False,
            sqlite_where=sa.text("clock_at IS NOT NULL"),
            postgresql_where=sa.text("clock_at IS NOT NULL"),
        )
        batch_op.create_index("promise_due_at_idx", ["community_id", "due_at", "state"], unique=False)
        batch_op.create_index("promise_made_at_idx", ["community_id", "made_at", "id"], unique=False)
        batch_op.create_index(
            "promise_owner_idx", ["community_id", "owner_member_id", "made_at", "id"], unique=False
        )
        batch_op.create_index("promise_state_idx", ["community_id", "state", "made_at", "id"], unique=False)
        batch_op.create_index("promise_to_idx", ["community_id", "to_id", "made_at", "id"], unique=False)
        batch_op.create_index(
            "promise_visibility_idx", ["community_id", "visibility", "made_at", "id"], unique=False
        )
        batch_op.create_index(
            "promise_waits_idx",
            ["community_id", "on_event", "made_at"],
            unique=False,
            sqlite_where=sa.text("on_event IS NOT NULL AND settled_at IS NULL"),
            postgresql_where=sa.text("on_event IS NOT NULL AND settled_at IS NULL"),
        )

    op.create_table(
        "sanction",
        sa.Column("id", columns.Id(), nullable=False),
        sa.Column("community_id", columns.Id(), nullable=False),
        sa.Column("member_id", columns.Id(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("source", sa.String(length=40), nullable=False),
        sa.Column("fact_version", sa.Integer(), nullable=False),
        sa.Column("imposed_at", columns.Moment(), nullable=False),
        sa.Column("ended_at", columns.Moment(), nullable=True),
        sa.ForeignKeyConstraint(["community_id"], ["community.id"], name=op.f("sanction_community_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("sanction_pkey")),
    )
    with op.batch_alter_table("sanction", schema=None) as batch_op:
        batch_op.create_index("sanction_member_idx", ["community_id", "member_id", "ended_at"], unique=False)

    op.create_table(
        "archive_entry",
        sa.Column("request_id", columns.Id(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("volume", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["request_id"], ["data_request.id"], name=op.f("archive_entry_request_id_fkey")
        ),
        sa.PrimaryKeyConstraint("request_id", "seq", name=op.f("archive_entry_pkey")),
        info={"tenant": None},
    )
    with op.batch_alter_table("archive_entry", schema=None) as batch_op:
        batch_op.create_index("archive_entry_volume_idx", ["request_id", "volume", "seq"], unique=False)

    op.create_table(
        "block",
        sa.Column("community_id", columns.Id(), nullable=False),
        sa.Column("blocker_id", columns.Id(), nullable=False),
        sa.Column("blocked_id", columns.Id(), nullable=False),
        sa.Column("created_at", columns.Moment(), nullable=False),
        sa.Column("lifted_at", columns.Moment(), nullable=True),
        sa.ForeignKeyConstraint(["blocked_id"], ["member.id"], name=op.f("block_blocked_id_fkey")),
        sa.ForeignKeyConstraint(["blocker_id"], ["member.id"], name=op.f("block_blocker_id_fkey")),
        sa.ForeignKeyConstraint(["community_id"], ["community.id"], name=op.f("block_community_id_fkey")),
        sa.PrimaryKeyConstraint("community_id", "blocker_id", "blocked_id", name=op.f("block_pkey")),
    )
    with op.batch_alter_table("block", schema=None) as batch_op:
        batch_op.create_index("block_blocked_idx", ["community_id", "blocked_id"], unique=False)

    op.create_table(
        "data_request_part",
        sa.Column("request_id", columns.Id(), nullable=False),
        sa.Column("community_id", columns.Id(), nullable=False),
        sa.Column("member_ids", columns.Json(), nullable=False),
        sa.Column("identity_ids", columns.Json(), nullable=False),
        sa.Column("person_ids", columns.Json(), nullable=False),
        sa.Column("told_at", columns.Moment(), nullable=True),
        sa.Column("told", sa.Integer(), nullable=False),
        sa.Column("answered_at", columns.Moment(), nullable=True),
        sa.ForeignKeyConstraint(
            ["community_id"], ["community.id"], name=op.f("data_request_part_community_id_fkey")
        ),
        sa.ForeignKeyConstraint(
            ["request_id"], ["data_request.id"], name=op.f("data_request_part_request_id_fkey")
        ),
        sa.PrimaryKeyConstraint("request_id", "community_id", name=op.f("data_request_part_pkey")),
        info={"tenant": None},
    )
    with op.batch_alter_table("data_request_part", schema=None) as batch_op:
        batch_op.create_index(
            "data_request_part_unanswered_idx",
            ["told_at"],
            unique=False,
            sqlite_where=sa.text("told_at IS NOT NULL AND answered_at IS NULL"),
            postgresql_where=sa.text("told_at IS NOT NULL AND answered_at IS NULL"),
        )

    op.create_table(
        "data_request_receipt",
        sa.Column("request_id", columns.Id(), nullable=False),
        sa.Column("community_id", columns.Id(), nullable=False),
        sa.Column("service", sa.String(length=40), nullable=False),
        sa.Column("erased", columns.Json(), nullable=False),
        sa.Column("retained", columns.Json(), nullable=False),
        sa.Column("received_at", columns.Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["community_id"], ["community.id"], name=op.f("data_request_receipt_community_id_fkey")
        ),
        sa.ForeignKeyConstraint(
            ["request_id"], ["data_request.id"], name=op.f("data_request_receipt_request_id_fkey")
        ),
        sa.PrimaryKeyConstraint(
            "request_id", "community_id", "service", name=op.f("data_request_receipt_pkey")
        ),
        info={"tenant": None},
    )
    op.create_table(
        "demographic_answer",
        sa.Column("community_id", columns.Id(), nullable=False),
        sa.Column("dimension", sa.String(length=40), nullable=False),
        sa.Column("member_id", columns.Id(), nullable=False),
        sa.Column("sealed", sa.String(length=1000), nullable=False),
        sa.Column("answered_at", columns.Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["community_id"], ["community.id"], name=op.f("demographic_answer_community_id_fkey")
        ),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("demographic_answer_member_id_fkey")),
        sa.PrimaryKeyConstraint(
            "community_id", "dimension", "member_id", name=op.f("demographic_answer_pkey")
        ),
    )
    with op.batch_alter_table("demographic_answer", schema=None) as batch_op:
        batch_op.create_index("demographic_answer_member_idx", ["community_id", "member_id"], unique=False)

    op.create_table(
        "function_grant",
        sa.Column("community_id", columns.Id(), nullable=False),
        sa.Column("member_id", columns.Id(), nullable=False),
        sa.Column("function", sa.String(length=40), nullable=False),
        sa.Column("granted_by", sa.String(length=100), nullable=False),
        sa.Column("granted_at", columns.Moment(), nullable=False),
        sa.Column("expires_at", columns.Moment(), nullable=True),
        sa.ForeignKeyConstraint(
            ["community_id"], ["community.id"], name=op.f("function_grant_community_id_fkey")
        ),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("function_grant_member_id_fkey")),
        sa.PrimaryKeyConstraint("community_id", "member_id", "function", name=op.f("function_grant_pkey")),
    )
    with op.batch_alter_table("function_grant", schema=None) as batch_op:
        batch_op.create_index("function_grant_expires_at_idx", ["expires_at"], unique=False)
        batch_op.create_index(
            "function_grant_function_idx", ["community_id", "function", "member_id"], unique=False
        )

    op.create_table(
        "group_member",
        sa.Column("community_id", columns.Id(), nullable=False),
        sa.Column("group_id", columns.Id(), nullable=False),
        sa.Column("member_id", columns.Id(), nullable=False),
        sa.Column("function", sa.String(length=40), nullable=False),
        sa.Column("added_by", sa.String(length=100), nullable=False),
        sa.Column("added_at", columns.Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["community_id"], ["community.id"], name=op.f("group_member_community_id_fkey")
        ),
        sa.ForeignKeyConstraint(["group_id"], ["group.id"], name=op.f("group_member_group_id_fkey")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("group_member_member_id_fkey")),
        sa.PrimaryKeyConstraint("community_id", "group_id", "member_id", name=op.f("group_member_pkey")),
    )
    with op.batch_alter_table("group_member", schema=None) as batch_op:
        batch_op.create_index(
            "group_member_member_idx", ["community_id", "member_id", "group_id"], unique=False
        )

    op.create_table(
        "invitation",
        sa.Column("id", columns.Id(), nullable=False),
        sa.Column("community_id", columns.Id(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("member_id", columns.Id(), nullable=True),
        sa.Column("prospect_id", columns.Id(), nullable=True),
        sa.Column("max_uses", sa.Integer(), nullable=False),
        sa.Column("uses", sa.Integer(), nullable=False),
        sa.Column("expires_at", columns.Moment(), nullable=False),
        sa.Column("created_by", sa.String(length=100), nullable=False),
        sa.Column("created_at", columns.Moment(), nullable=False),
        sa.Column("updated_at", columns.Moment(), nullable=False),
        sa.Column("revoked_at", columns.Moment(), nullable=True),
        sa.ForeignKeyConstraint(
            ["community_id"], ["community.id"], name=op.f("invitation_community_id_fkey")
        ),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("invitation_member_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("invitation_pkey")),
        sa.UniqueConstraint("token_hash", name=op.f("invitation_token")),
    )
    with op.batch_alter_table("invitation", schema=None) as batch_op:
        batch_op.create_index("invitation_created_at_idx", ["community_id", "created_at", "id"], unique=False)
        batch_op.create_index("invitation_member_idx", ["community_id", "member_id"], unique=False)

    op.create_table(
        "leader_application",
        sa.Column("id", columns.Id(), nullable=False),
        sa.Column("community_id", columns.Id(), nullable=False),
        sa.Column("member_id", columns.Id(), nullable=False),
        sa.Column("motivation", sa.String(length=4000), nullable=False),
        sa.Column("intake", columns.Json(), nullable=False),
        sa.Column("sponsor_id", columns.Id(), nullable=True),
        sa.Column("sponsored_at", columns.Moment(), nullable=True),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=True),
        sa.Column("decided_by", sa.String(length=100), nullable=True),
        sa.Column("decided_at", columns.Moment(), nullable=True),
        sa.Column("created_at", columns.Moment(), nullable=False),
        sa.Column("updated_at", columns.Moment(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["community_id"], ["community.id"], name=op.f("leader_application_community_id_fkey")
        ),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("leader_application_member_id_fkey")),
        sa.ForeignKeyConstraint(
            ["sponsor_id"], ["member.id"], name=op.f("leader_application_sponsor_id_fkey")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("leader_application_pkey")),
    )
    with op.batch_alter_table("leader_application", schema=None) as batch_op:
        batch_op.create_index(
            "leader_application_created_at_idx", ["community_id", "created_at", "id"], unique=False
        )
        batch_op.create_index(
            "leader_application_member_idx", ["community_id", "member_id", "created_at", "id"], unique=False
        )
        batch_op.create_index(
            "leader_application_open_idx",
            ["community_id", "member_id"],
            unique=True,
            sqlite_where=sa.text("state IN ('applied', 'reviewing', 'accepted')"),
            postgresql_where=sa.text("state IN ('applied', 'reviewing', 'accepted')"),
        )
        batch_op.create_index(
            "leader_application_sponsor_idx", ["community_id", "sponsor_id", "created_at", "id"], unique=False
        )
        batch_op.create_index(
            "leader_application_state_idx", ["community_id", "state", "created_at", "id"], unique=False
        )

    op.create_table(
        "member_interest",
        sa.Column("community_id", columns.Id(), nullable=False),
        sa.Column("interest", sa.String(length=60), nullable=False),
        sa.Column("member_id", columns.Id(), nullable=False),
        sa.ForeignKeyConstraint(
            ["community_id"], ["community.id"], name=op.f("member_interest_community_id_fkey")
        ),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("member_interest_member_id_fkey")),
        sa.PrimaryKeyConstraint("community_id", "interest", "member_id", name=op.f("member_interest_pkey")),
    )
    with op.batch_alter_table("member_interest", schema=None) as batch_op:
        batch_op.create_index("member_interest_member_idx", ["community_id", "member_id"], unique=False)

    op.create_table(
        "merge",
        sa.Column("id", columns.Id(), nullable=False),
        sa.Column("community_id", columns.Id(), nullable=False),
        sa.Column("survivor_id", columns.Id(), nullable=False),
        sa.Column("merged_id", columns.Id(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=True),
        sa.Column("moved", columns.Json(), nullable=False),
        sa.Column("proposed_by", sa.String(length=100), nullable=False),
        sa.Column("reversible_until", columns.Moment(), nullable=True),
        sa.Column("created_at", columns.Moment(), nullable=False),
        sa.Column("updated_at", columns.Moment(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["community_id"], ["community.id"], name=op.f("merge_community_id_fkey")),
        sa.ForeignKeyConstraint(["merged_id"], ["member.id"], name=op.f("merge_merged_id_fkey")),
        sa.ForeignKeyConstraint(["survivor_id"], ["member.id"], name=op.f("merge_survivor_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("merge_pkey")),
    )
    with op.batch_alter_table("merge", schema=None) as batch_op:
        batch_op.create_index("merge_created_at_idx", ["community_id", "created_at", "id"], unique=False)
        batch_op.create_index("merge_merged_idx", ["community_id", "merged_id"], unique=False)
        batch_op.create_index("merge_survivor_idx", ["community_id", "survivor_id"], unique=False)

    op.create_table(
        "proposition",
        sa.Column("id", columns.Id(), nullable=False),
        sa.Column("community_id", columns.Id(), nullable=False),
        sa.Column("partner_id", columns.Id(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("gives", columns.Json(), nullable=False),
        sa.Column("asks", columns.Json(), nullable=False),
        sa.Column("valid_until", columns.Moment(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("offered_at", columns.Moment(), nullable=True),
        sa.Column("closed_at", columns.Moment(), nullable=True),
        sa.Column("created_at", columns.Moment(), nullable=False),
        sa.Column("updated_at", columns.Moment(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["community_id"], ["community.id"], name=op.f("proposition_community_id_fkey")
        ),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name=op.f("proposition_partner_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("proposition_pkey")),
        sa.UniqueConstraint("community_id", "partner_id", "number", name=op.f("proposition_number")),
    )
    with op.batch_alter_table("proposition", schema=None) as batch_op:
        batch_op.create_index("proposition_valid_until_idx", ["state", "valid_until"], unique=False)

    op.create_table(
        "prospect",
        sa.Column("id", columns.Id(), nullable=False),
        sa.Column("community_id", columns.Id(), nullable=False),
        sa.Column("contact", sa.String(length=2000), nullable=True),
        sa.Column("contact_digest", sa.String(length=64), nullable=True),
        sa.Column("name", sa.String(length=1000), nullable=True),
        sa.Column("notes", sa.String(length=24000), nullable=True),
        sa.Column("source_channel", sa.String(length=40), nullable=False),
        sa.Column("interests", columns.Json(), nullable=False),
        sa.Column("need_refs", columns.Json(), nullable=False),
        sa.Column("consent_id", columns.Id(), nullable=True),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("member_id", columns.Id(), nullable=True),
        sa.Column("contacted_at", columns.Moment(), nullable=True),
        sa.Column("forgotten_at", columns.Moment(), nullable=True),
        sa.Column("created_at", columns.Moment(), nullable=False),
        sa.Column("updated_at", columns.Moment(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["community_id"], ["community.id"], name=op.f("prospect_community_id_fkey")),
        sa.ForeignKeyConstraint(["consent_id"], ["consent.id"], name=op.f("prospect_consent_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("prospect_pkey")),
        sa.UniqueConstraint("community_id", "contact_digest", name=op.f("prospect_contact")),
    )
    with op.batch_alter_table("prospect", schema=None) as batch_op:
        batch_op.create_index("prospect_created_at_idx", ["community_id", "created_at", "id"], unique=False)
        batch_op.create_index("prospect_forgotten_at_idx", ["forgotten_at"], unique=False)
        batch_op.create_index("prospect_member_idx", ["community_id", "member_id"], unique=False)
        batch_op.create_index(
            "prospect_state_idx", ["community_id", "state", "created_at", "id"], unique=False
        )

    op.create_table(
        "scim_email",
        sa.Column("community_id", columns.Id(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("member_id", columns.Id(), nullable=False),
        sa.ForeignKeyConstraint(
            ["community_id"], ["community.id"], name=op.f("scim_email_community_id_fkey")
        ),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("scim_email_member_id_fkey")),
        sa.PrimaryKeyConstraint("community_id", "digest", "member_id", name=op.f("scim_email_pkey")),
    )
    with op.batch_alter_table("scim_email", schema=None) as batch_op:
        batch_op.create_index("scim_email_member_idx", ["community_id", "member_id"], unique=False)

    op.create_table(
        "scim_group",
        sa.Column("community_id", columns.Id(), nullable=False),
        sa.Column("group_id", columns.Id(), nullable=False),
        sa.Column("external_digest", sa.String(length=64), nullable=True),
        sa.Column("attributes", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["community_id"], ["community.id"], name=op.f("scim_group_community_id_fkey")
        ),
        sa.ForeignKeyConstraint(["group_id"], ["group.id"], name=op.f("scim_group_group_id_fkey")),
        sa.PrimaryKeyConstraint("community_id", "group_id", name=op.f("scim_group_pkey")),
    )
    with op.batch_alter_table("scim_group", schema=None) as batch_op:
        batch_op.create_index("scim_group_external_idx", ["community_id", "external_digest"], unique=False)

    op.create_table(
        "scim_user",
        sa.Column("community_id", columns.Id(), nullable=False),
        sa.Column("member_id", columns.Id(), nullable=False),
        sa.Column("user_name_digest", sa.String(length=64), nullable=True),
        sa.Column("external_digest", sa.String(length=64), nullable=True),
        sa.Column("identity_id", columns.Id(), nullable=True),
        sa.Column("attributes", sa.Text(), nullable=True),
        sa.Column("deleted_at", columns.Moment(), nullable=True),
        sa.ForeignKeyConstraint(["community_id"], ["community.id"], name=op.f("scim_user_community_id_fkey")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("scim_user_member_id_fkey")),
        sa.PrimaryKeyConstraint("community_id", "member_id", name=op.f("scim_user_pkey")),
        sa.UniqueConstraint("community_id", "user_name_digest", name=op.f("scim_user_user_name")),
    )
    with op.batch_alter_table("scim_user", schema=None) as batch_op:
        batch_op.create_index("scim_user_external_idx", ["community_id", "external_digest"], unique=False)

    op.create_table(
        "stakeholder",
        sa.Column("id", columns.Id(), nullable=False),
        sa.Column("community_id", columns.Id(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("organisation", sa.String(length=120), nullable=True),
        sa.Column("side", sa.String(length=40), nullable=False),
        sa.Column("interest", sa.String(length=1000), nullable=True),
        sa.Column("influence", sa.Integer(), nullable=False),
        sa.Column("member_id", columns.Id(), nullable=True),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("created_at", columns.Moment(), nullable=False),
        sa.Column("updated_at", columns.Moment(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["community_id"], ["community.id"], name=op.f("stakeholder_community_id_fkey")
        ),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("stakeholder_member_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("stakeholder_pkey")),
    )
    with op.batch_alter_table("stakeholder", schema=None) as batch_op:
        batch_op.create_index(
            "stakeholder_created_at_idx", ["community_id", "created_at", "id"], unique=False
        )
        batch_op.create_index("stakeholder_member_idx", ["community_id", "member_id"], unique=False)
        batch_op.create_index(
            "stakeholder_state_idx", ["community_id", "state", "created_at", "id"], unique=False
        )

    op.create_table(
        "invitation_use",
        sa.Column("community_id", columns.Id(), nullable=False),
        sa.Column("invitation_id", columns.Id(), nullable=False),
        sa.Column("member_id", columns.Id(), nullable=False),
        sa.Column("used_at", columns.Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["community_id"], ["community.id"], name=op.f("invitation_use_community_id_fkey")
        ),
        sa.ForeignKeyConstraint(
            ["invitation_id"], ["invitation.id"], name=op.f("invitation_use_invitation_id_fkey")
        ),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("invitation_use_member_id_fkey")),
        sa.PrimaryKeyConstraint(
            "community_id", "invitation_id", "member_id", name=op.f("invitation_use_pkey")
        ),
    )
    with op.batch_alter_table("invitation_use", schema=None) as batch_op:
        batch_op.create_index("invitation_use_member_idx", ["community_id", "member_id"], unique=False)

    with op.batch_alter_table("community", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("objectives", columns.Json(), server_default=sa.text("'[]'"), nullable=False)
        )
        batch_op.add_column(sa.Column("target_audience", sa.String(length=2000), nullable=True))
        batch_op.add_column(
            sa.Column("key_outcomes", columns.Json(), server_default=sa.text("'[]'"), nullable=False)
        )
        batch_op.add_column(
            sa.Column("charter", columns.Json(), server_default=sa.text("'{}'"), nullable=False)
        )
        batch_op.add_column(sa.Column("value_proposition", sa.String(length=2000), nullable=True))
        batch_op.add_column(
            sa.Column("demand_threshold", sa.Integer(), server_default=sa.text("5"), nullable=False)
        )
        batch_op.add_column(sa.Column("demand_reached_at", columns.Moment(), nullable=True))
        batch_op.add_column(sa.Column("activation_override", columns.Json(), nullable=True))

    with op.batch_alter_table("community_key", schema=None) as batch_op:
        batch_op.add_column(sa.Column("vault_key", sa.String(length=400), nullable=True))
        batch_op.drop_column("subject_key")

    with op.batch_alter_table("identity", schema=None) as batch_op:
        batch_op.add_column(sa.Column("likeness", sa.String(length=300), nullable=True))
        batch_op.add_column(sa.Column("verified_at", columns.Moment(), nullable=True))
        batch_op.add_column(sa.Column("method", sa.String(length=40), nullable=True))
        batch_op.create_index(
            "identity_likeness_idx", ["community_id", "likeness", "member_id"], unique=False
        )

    with op.batch_alter_table("member", schema=None) as batch_op:
        batch_op.add_column(sa.Column("organisation", sa.String(length=120), nullable=True))
        batch_op.add_column(sa.Column("location", sa.String(length=80), nullable=True))
        batch_op.add_column(
            sa.Column("goals", columns.Json(), server_default=sa.text("'[]'"), nullable=False)
        )
        batch_op.add_column(
            sa.Column("motivations", columns.Json(), server_default=sa.text("'[]'"), nullable=False)
        )
        batch_op.add_column(
            sa.Column("pain_points", columns.Json(), server_default=sa.text("'[]'"), nullable=False)
        )
        batch_op.add_column(
            sa.Column("custom", columns.Json(), server_default=sa.text("'{}'"), nullable=False)
        )
        batch_op.add_column(
            sa.Column("source", columns.Json(), server_default=sa.text("'{}'"), nullable=False)
        )
        batch_op.add_column(
            sa.Column("onboarding", columns.Json(), server_default=sa.text("'{}'"), nullable=False)
        )
        batch_op.add_column(
            sa.Column("is_bot", sa.Boolean(), server_default=sa.text("false"), nullable=False)
        )
        batch_op.add_column(sa.Column("stage", sa.String(length=40), nullable=True))
        batch_op.add_column(sa.Column("stage_since", columns.Moment(), nullable=True))
        batch_op.add_column(
            sa.Column("stage_version", sa.Integer(), server_default=sa.text("0"), nullable=False)
        )
        batch_op.add_column(sa.Column("merged_into", columns.Id(), nullable=True))
        batch_op.add_column(sa.Column("declined_at", columns.Moment(), nullable=True))
        batch_op.add_column(sa.Column("decline_reason", sa.String(length=500), nullable=True))
        batch_op.create_index("member_handle_idx", ["community_id", "handle", "id"], unique=False)
        batch_op.create_index("member_stage_idx", ["community_id", "stage", "joined_at", "id"], unique=False)
        batch_op.create_index(
            "member_state_updated_at_idx", ["community_id", "state", "updated_at", "id"], unique=False
        )

    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("state", sa.String(length=40), server_default=sa.text("'active'"), nullable=False)
        )

    with op.batch_alter_table("role_grant", schema=None) as batch_op:
        batch_op.add_column(sa.Column("expires_at", columns.Moment(), nullable=True))
        batch_op.create_index("role_grant_expires_at_idx", ["expires_at"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("role_grant", schema=None) as batch_op:
        batch_op.drop_index("role_grant_expires_at_idx")
        batch_op.drop_column("expires_at")

    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.drop_column("state")

    with op.batch_alter_table("member", schema=None) as batch_op:
        batch_op.drop_index("member_state_updated_at_idx")
        batch_op.drop_index("member_stage_idx")
        batch_op.drop_index("member_handle_idx")
        batch_op.drop_column("decline_reason")
        batch_op.drop_column("declined_at")
        batch_op.drop_column("merged_into")
        batch_op.drop_column("stage_version")
        batch_op.drop_column("stage_since")
        batch_op.drop_column("stage")
        batch_op.drop_column("is_bot")
        batch_op.drop_column("onboarding")
        batch_op.drop_column("source")
        batch_op.drop_column("custom")
        batch_op.drop_column("pain_points")
        batch_op.drop_column("motivations")
        batch_op.drop_column("goals")
        batch_op.drop_column("location")
        batch_op.drop_column("organisation")

    with op.batch_alter_table("identity", schema=None) as batch_op:
        batch_op.drop_index("identity_likeness_idx")
        batch_op.drop_column("method")
        batch_op.drop_column("verified_at")
        batch_op.drop_column("likeness")

    with op.batch_alter_table("community_key", schema=None) as batch_op:
        batch_op.add_column(sa.Column("subject_key", sa.VARCHAR(length=64), nullable=False))
        batch_op.drop_column("vault_key")

    with op.batch_alter_table("community", schema=None) as batch_op:
        batch_op.drop_column("activation_override")
        batch_op.drop_column("demand_reached_at")
        batch_op.drop_column("demand_threshold")
        batch_op.drop_column("value_proposition")
        batch_op.drop_column("charter")
        batch_op.drop_column("key_outcomes")
        batch_op.drop_column("target_audience")
        batch_op.drop_column("objectives")

    with op.batch_alter_table("invitation_use", schema=None) as batch_op:
        batch_op.drop_index("invitation_use_member_idx")

    op.drop_table("invitation_use")
    with op.batch_alter_table("stakeholder", schema=None) as batch_op:
        batch_op.drop_index("stakeholder_state_idx")
        batch_op.drop_index("stakeholder_member_idx")
        batch_op.drop_index("stakeholder_created_at_idx")

    op.drop_table("stakeholder")
    with op.batch_alter_table("scim_user", schema=None) as batch_op:
        batch_op.drop_index("scim_user_external_idx")

    op.drop_table("scim_user")
    with op.batch_alter_table("scim_group", schema=None) as batch_op:
        batch_op.drop_index("scim_group_external_idx")

    op.drop_table("scim_group")
    with op.batch_alter_table("scim_email", schema=None) as batch_op:
        batch_op.drop_index("scim_email_member_idx")

    op.drop_table("scim_email")
    with op.batch_alter_table("prospect", schema=None) as batch_op:
        batch_op.drop_index("prospect_state_idx")
        batch_op.drop_index("prospect_member_idx")
        batch_op.drop_index("prospect_forgotten_at_idx")
        batch_op.drop_index("prospect_created_at_idx")

    op.drop_table("prospect")
    with op.batch_alter_table("proposition", schema=None) as batch_op:
        batch_op.drop_index("proposition_valid_until_idx")

    op.drop_table("proposition")
    with op.batch_alter_table("merge", schema=None) as batch_op:
        batch_op.drop_index("merge_survivor_idx")
        batch_op.drop_index("merge_merged_idx")
        batch_op.drop_index("merge_created_at_idx")

    op.drop_table("merge")
    with op.batch_alter_table("member_interest", schema=None) as batch_op:
        batch_op.drop_index("member_interest_member_idx")

    op.drop_table("member_interest")
    with op.batch_alter_table("leader_application", schema=None) as batch_op:
        batch_op.drop_index("leader_application_state_idx")
        batch_op.drop_index("leader_application_sponsor_idx")
        batch_op.drop_index(
            "leader_application_open_idx",
            sqlite_where=sa.text("state IN ('applied', 'reviewing', 'accepted')"),
            postgresql_where=sa.text("state IN ('applied', 'reviewing', 'accepted')"),
        )
        batch_op.drop_index("leader_application_member_idx")
        batch_op.drop_index("leader_application_created_at_idx")

    op.drop_table("leader_application")
    with op.batch_alter_table("invitation", schema=None) as batch_op:
        batch_op.drop_index("invitation_member_idx")
        batch_op.drop_index("invitation_created_at_idx")

    op.drop_table("invitation")
    with op.batch_alter_table("group_member", schema=None) as batch_op:
        batch_op.drop_index("group_member_member_idx")

    op.drop_table("group_member")
    with op.batch_alter_table("function_grant", schema=None) as batch_op:
        batch_op.drop_index("function_grant_function_idx")
        batch_op.drop_index("function_grant_expires_at_idx")

    op.drop_table("function_grant")
    with op.batch_alter_table("demographic_answer", schema=None) as batch_op:
        batch_op.drop_index("demographic_answer_member_idx")

    op.drop_table("demographic_answer")
    op.drop_table("data_request_receipt")
    with op.batch_alter_table("data_request_part", schema=None) as batch_op:
        batch_op.drop_index(
            "data_request_part_unanswered_idx",
            sqlite_where=sa.text("told_at IS NOT NULL AND answered_at IS NULL"),
            postgresql_where=sa.text("told_at IS NOT NULL AND answered_at IS NULL"),
        )

    op.drop_table("data_request_part")
    with op.batch_alter_table("block", schema=None) as batch_op:
        batch_op.drop_index("block_blocked_idx")

    op.drop_table("block")
    with op.batch_alter_table("archive_entry", schema=None) as batch_op:
        batch_op.drop_index("archive_entry_volume_idx")

    op.drop_table("archive_entry")
    with op.batch_alter_table("sanction", schema=None) as batch_op:
        batch_op.drop_index("sanction_member_idx")

    op.drop_table("sanction")
    with op.batch_alter_table("promise", schema=None) as batch_op:
        batch_op.drop_index(
            "promise_waits_idx",
            sqlite_where=sa.text("on_event IS NOT NULL AND settled_at IS NULL"),
            postgresql_where=sa.text("on_event IS NOT NULL AND settled_at IS NULL"),
        )
        batch_op.drop_index("promise_visibility_idx")
        batch_op.drop_index("promise_to_idx")
        batch_op.drop_index("promise_state_idx")
        batch_op.drop_index("promise_owner_idx")
        batch_op.drop_index("promise_made_at_idx")
        batch_op.drop_index("promise_due_at_idx")
        batch_op.drop_index(
            "promise_clock_at_idx",
            sqlite_where=sa.text("clock_at IS NOT NULL"),
            postgresql_where=sa.text("clock_at IS NOT NULL"),
        )

    op.drop_table("promise")
    with op.batch_alter_table("partner", schema=None) as batch_op:
        batch_op.drop_index("partner_state_idx")
        batch_op.drop_index("partner_created_at_idx")

    op.drop_table("partner")
    op.drop_table("onboarding_plan")
    with op.batch_alter_table("interest", schema=None) as batch_op:
        batch_op.drop_index("interest_party_idx")

    op.drop_table("interest")
    with op.batch_alter_table("group", schema=None) as batch_op:
        batch_op.drop_index("group_created_at_idx")

    op.drop_table("group")
    op.drop_table("demographic_snapshot")
    op.drop_table("demographic_dimension")
    with op.batch_alter_table("data_request", schema=None) as batch_op:
        batch_op.drop_index("data_request_requested_by_idx")
        batch_op.drop_index("data_request_person_idx")
        batch_op.drop_index(
            "data_request_open_idx",
            sqlite_where=sa.text("state IN ('received', 'verified', 'running')"),
            postgresql_where=sa.text("state IN ('received', 'verified', 'running')"),
        )
        batch_op.drop_index("data_request_member_idx")
        batch_op.drop_index("data_request_expires_at_idx")

    op.drop_table("data_request")
    op.drop_table("custom_field")
    with op.batch_alter_table("consent", schema=None) as batch_op:
        batch_op.drop_index("consent_subject_idx")
        batch_op.drop_index(
            "consent_in_force_idx",
            sqlite_where=sa.text("withdrawn_at IS NULL"),
            postgresql_where=sa.text("withdrawn_at IS NULL"),
        )

    op.drop_table("consent")
    with op.batch_alter_table("promise_occurrence", schema=None) as batch_op:
        batch_op.drop_index(
            "promise_occurrence_unswept_idx",
            sqlite_where=sa.text("swept_at IS NULL"),
            postgresql_where=sa.text("swept_at IS NULL"),
        )
        batch_op.drop_index("promise_occurrence_received_at_idx")
        batch_op.drop_index("promise_occurrence_occurred_at_idx")

    op.drop_table("promise_occurrence")
    op.drop_table("tombstone")
    with op.batch_alter_table("erasure", schema=None) as batch_op:
        batch_op.drop_index(
            "erasure_unfinished_idx",
            sqlite_where=sa.text("finished_at IS NULL"),
            postgresql_where=sa.text("finished_at IS NULL"),
        )

    op.drop_table("erasure")
