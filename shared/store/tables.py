"""The kit's own tables, the same in every service's store."""

import sqlalchemy as sa

from shared.store.columns import NAMING, Id, Json, Moment, pii

metadata = sa.MetaData(naming_convention=NAMING)

_SEQUENCE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

outbox = sa.Table(
    "outbox",
    metadata,
    sa.Column("seq", _SEQUENCE, primary_key=True, autoincrement=True),
    sa.Column("fact_id", Id(), nullable=False),
    sa.Column("community_id", Id()),
    sa.Column("aggregate_type", sa.String(40), nullable=False, **pii("none")),
    sa.Column("aggregate_id", Id(), nullable=False),
    sa.Column("aggregate_version", sa.BigInteger(), nullable=False),
    sa.Column("subject", sa.String(200), nullable=False, **pii("none")),
    sa.Column("payload", sa.Text(), nullable=False, **pii("behaviour")),
    sa.Column("recorded_at", Moment(), nullable=False),
    sa.Column("published_at", Moment()),
    sa.Column("stream_seq", sa.BigInteger()),
    sa.Column("attempts", sa.Integer(), nullable=False, server_default="0"),
    sa.Column("next_attempt_at", Moment()),
    sa.Column("last_error", sa.String(500), **pii("none")),
    sa.UniqueConstraint("fact_id", name="fact"),
    sa.UniqueConstraint("aggregate_type", "aggregate_id", "aggregate_version", name="version"),
    sa.Index(
        "outbox_unpublished_idx",
        "seq",
        sqlite_where=sa.text("published_at IS NULL"),
        postgresql_where=sa.text("published_at IS NULL"),
    ),
    sa.Index("outbox_recorded_at_idx", "recorded_at"),
    info={"tenant": None},
    sqlite_autoincrement=True,
)

inbox = sa.Table(
    "inbox",
    metadata,
    sa.Column("consumer", sa.String(40), primary_key=True, **pii("none")),
    sa.Column("fact_id", Id(), primary_key=True),
    sa.Column("applied_at", Moment(), nullable=False),
    sa.Index("inbox_applied_at_idx", "applied_at"),
    sqlite_with_rowid=False,
)

dead_letter = sa.Table(
    "dead_letter",
    metadata,
    sa.Column("id", Id(), primary_key=True),
    sa.Column("consumer", sa.String(40), nullable=False, **pii("none")),
    sa.Column("fact_id", Id()),
    sa.Column("subject", sa.String(200), nullable=False, **pii("none")),
    sa.Column("payload", sa.LargeBinary(), nullable=False, **pii("behaviour")),
    sa.Column("error_class", sa.String(100), nullable=False, **pii("none")),
    sa.Column("failures", sa.Integer(), nullable=False),
    sa.Column("parked_at", Moment(), nullable=False),
    sa.Column("status", sa.String(10), nullable=False, **pii("none")),
    sa.Column("settled_at", Moment()),
    sa.Index("dead_letter_status_idx", "status", "parked_at"),
)

lease = sa.Table(
    "lease",
    metadata,
    sa.Column("name", sa.String(40), primary_key=True, **pii("none")),
    sa.Column("holder", sa.String(100), nullable=False, **pii("none")),
    sa.Column("fence", sa.BigInteger(), nullable=False),
    sa.Column("expires_at", Moment(), nullable=False),
)

broker_epoch = sa.Table(
    "broker_epoch",
    metadata,
    sa.Column("stream", sa.String(40), primary_key=True, **pii("none")),
    sa.Column("created_at", sa.String(40), nullable=False, **pii("none")),
    sa.Column("max_stream_seq", sa.BigInteger(), nullable=False),
)

idempotency = sa.Table(
    "idempotency",
    metadata,
    sa.Column("principal", sa.String(200), primary_key=True, **pii("none")),
    sa.Column("key", sa.String(64), primary_key=True, **pii("none")),
    sa.Column("fingerprint", sa.String(64), nullable=False, **pii("none")),
    sa.Column("status", sa.Integer()),
    sa.Column("headers", Json(), **pii("none")),
    sa.Column("body", sa.LargeBinary(), **pii("freetext")),
    sa.Column("created_at", Moment(), nullable=False),
    sa.Index("idempotency_created_at_idx", "created_at"),
)

audit = sa.Table(
    "audit",
    metadata,
    sa.Column("community_id", Id(), primary_key=True),
    sa.Column("seq", sa.BigInteger(), primary_key=True, autoincrement=False),
    sa.Column("at", Moment(), nullable=False),
    sa.Column("actor_kind", sa.String(10), nullable=False, **pii("none")),
    sa.Column("actor_id", sa.String(100), nullable=False, **pii("none")),
    sa.Column("action", sa.String(60), nullable=False, **pii("behaviour")),
    sa.Column("resource", sa.String(100), nullable=False, **pii("none")),
    sa.Column("reason", sa.String(60), **pii("none")),
    sa.Column("request_id", sa.String(100), **pii("none")),
    sa.Column("prev_hash", sa.String(64), nullable=False, **pii("none")),
    sa.Column("hash", sa.String(64), nullable=False, **pii("none")),
    info={"tenant": None},
)

audit_head = sa.Table(
    "audit_head",
    metadata,
    sa.Column("community_id", Id(), primary_key=True),
    sa.Column("seq", sa.BigInteger(), nullable=False),
    sa.Column("hash", sa.String(64), nullable=False, **pii("none")),
    info={"tenant": None},
)

tombstone = sa.Table(
    "tombstone",
    metadata,
    sa.Column("subject_id", Id(), primary_key=True),
    sa.Column("community_id", Id(), primary_key=True),
    sa.Column("request_id", Id(), nullable=False),
    sa.Column("erased_at", Moment(), nullable=False),
    info={"tenant": None},
)

erasure = sa.Table(
    "erasure",
    metadata,
    sa.Column("request_id", Id(), primary_key=True),
    sa.Column("community_id", Id(), primary_key=True),
    sa.Column("subject", Json(), nullable=False, **pii("none")),
    sa.Column("erased", Json(), nullable=False, **pii("none")),
    sa.Column("swept", Json(), **pii("none")),
    sa.Column("dirty", sa.Boolean(), nullable=False),
    sa.Column("requested_at", Moment(), nullable=False),
    sa.Column("finished_at", Moment()),
    sa.Index(
        "erasure_unfinished_idx",
        "requested_at",
        sqlite_where=sa.text("finished_at IS NULL"),
        postgresql_where=sa.text("finished_at IS NULL"),
    ),
    info={"tenant": None},
)
