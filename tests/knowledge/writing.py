"""What tests of articles do again and again."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import httpx

from shared.testing import Cluster
from tests.membership.conftest import Someone

Published = Callable[..., dict[str, Any]]
LONG_AGO = "2026-01-02T03:04:05.000000Z"


def put(
    who: Someone, article: dict[str, Any], changes: dict[str, Any], tag: str | None = None
) -> httpx.Response:
    """Save a draft upon the present version, or upon `tag`."""
    tag = tag or who.get(f"/articles/{article['id']}").headers["ETag"]
    return who.ask("PUT", f"/articles/{article['id']}/draft", changes, If_Match=tag)


def patch(who: Someone, article: dict[str, Any], changes: dict[str, Any]) -> httpx.Response:
    """Change the settings of the present version."""
    tag = who.get(f"/articles/{article['id']}").headers["ETag"]
    return who.patch(f"/articles/{article['id']}", changes, If_Match=tag)


def ids(answer: httpx.Response) -> list[str]:
    """The ids of a list that must be answered."""
    assert answer.status_code == 200, answer.text
    return [item["id"] for item in answer.json()["items"]]


def refused(answer: httpx.Response, status: int, problem: str) -> bool:
    """Whether it was refused by this name."""
    return (answer.status_code, answer.json()["type"]) == (status, f"/problems/{problem}")


def a_shelf(
    stack: Cluster,
    community: UUID,
    *,
    visibility: str = "members",
    requires: str | None = None,
    approvals: int = 1,
    curators: Sequence[Someone] = (),
    state: str = "active",
) -> str:
    """A collection as it stands in the store."""
    collection, at = uuid4(), datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    needs = "NULL" if requires is None else f"'{requires}'"
    stack.execute(
        "knowledge",
        "INSERT INTO collection (id, community_id, title, kind, visibility, requires, approvals, rank, state,"
        f" created_at, updated_at, version) VALUES ('{collection}', '{community}', 'Guides', 'guide',"
        f" '{visibility}', {needs}, {approvals}, 0, '{state}', '{at}', '{at}', 1)",
    )
    for each in curators:
        stack.execute(
            "knowledge",
            "INSERT INTO curator (collection_id, member_id, community_id)"
            f" VALUES ('{collection}', '{each.member_id}', '{community}')",
        )
    return str(collection)


def entitle(stack: Cluster, who: Someone, resource: str) -> None:
    """Let a member hold an entitlement without end."""
    stack.execute(
        "knowledge",
        "INSERT INTO entitlement (entitlement_id, community_id, member_id, resource, ended, fact_version)"
        f" VALUES ('{uuid4()}', '{who.community}', '{who.member_id}', '{resource}', false, 1)",
    )


def run_out(stack: Cluster, *article_ids: str) -> None:
    """Let verifications have ended long ago."""
    some = ", ".join(f"'{each}'" for each in article_ids)
    past = f"verified_until = '{LONG_AGO}', clock_at = '{LONG_AGO}'"
    stack.execute("knowledge", f"UPDATE article SET {past} WHERE id IN ({some})")
