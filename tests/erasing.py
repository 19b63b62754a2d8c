"""Somebody asks to be forgotten: the request as membership tells it, and what is left afterwards."""

import json
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from shared.contracts.membership import ErasureRequested
from shared.facts import ActorRef
from shared.testing import Cluster, eventually
from tests.membership.telling import tell


def ask_erasure(
    cluster: Cluster,
    community: UUID,
    *,
    members: tuple[UUID, ...] = (),
    identities: tuple[UUID, ...] = (),
    persons: tuple[UUID, ...] = (),
    request: UUID | None = None,
) -> UUID:
    """Puts ErasureRequested into the stream; the id of the request. Sent again it is another fact."""
    request = request or uuid4()
    fact = ErasureRequested(
        community_id=community,
        actor=ActorRef(kind="service", id="membership"),
        aggregate_version=1,
        request_id=request,
        member_ids=list(members),
        identity_ids=list(identities),
        person_ids=list(persons),
    )

    tell(cluster, fact)
    return request


def receipts(cluster: Cluster, service: str, request: UUID) -> list[dict[str, Any]]:
    """The receipts a service has published for a request."""
    sql = "SELECT payload FROM outbox WHERE aggregate_type = 'erasure_receipt'"
    found = [json.loads(row[0]) for row in cluster.rows(service, sql)]
    return [each for each in found if each["request_id"] == str(request)]


def finished(cluster: Cluster, service: str, request: UUID) -> bool:
    """Whether the service has done all it does about a request."""
    sql = f"SELECT finished_at FROM erasure WHERE request_id = '{request}'"
    return [row[0] is not None for row in cluster.rows(service, sql)] == [True]


def receipt(cluster: Cluster, service: str, request: UUID, *, within: float = 15.0) -> dict[str, Any]:
    """The one receipt of a service, waited for."""
    eventually(lambda: finished(cluster, service, request), within=within)
    [found] = receipts(cluster, service, request)
    return found


def counts(receipt: dict[str, Any]) -> dict[str, int]:
    """What a receipt says was erased, by table."""
    return {each["table"]: each["rows"] for each in receipt["erased"]}


def erase(cluster: Cluster, service: str, community: UUID, **subject: Any) -> dict[str, int]:
    """Asks for an erasure and waits for one service; what it erased, by table."""
    return counts(receipt(cluster, service, ask_erasure(cluster, community, **subject)))


def found_in_files(cluster: Cluster, service: str, needle: str) -> list[str]:
    """The files of a service's database that hold the needle, as text or as JSON would write it."""
    spellings = {needle.encode(), json.dumps(needle)[1:-1].encode()}
    files: list[Path] = sorted(cluster.home.glob(f"{service}.db*"))
    assert files, "no database file"
    return [file.name for file in files if any(each in file.read_bytes() for each in spellings)]


def found_in_tables(cluster: Cluster, service: str, needle: str) -> list[str]:
    """The tables of a PostgreSQL database with a row that holds the needle."""
    tables = [
        row[0] for row in cluster.rows(service, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    ]
    spellings = {needle, json.dumps(needle)[1:-1], needle.encode().hex()}
    return [
        table
        for table in tables
        if any(
            cluster.rows(
                service, f'SELECT 1 FROM "{table}" AS t WHERE strpos(t::text, $${each}$$) > 0 LIMIT 1'
            )
            for each in spellings
        )
    ]


def found(cluster: Cluster, service: str, needle: str) -> list[str]:
    """Where the database of a service still holds the needle."""
    if cluster.postgres is None:
        return found_in_files(cluster, service, needle)
    return found_in_tables(cluster, service, needle)
