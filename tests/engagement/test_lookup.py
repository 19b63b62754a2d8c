"""Lookup: other services read texts by id; nobody else does."""

from uuid import UUID, uuid4

import httpx
import pytest

from shared.identity import service_actor
from shared.keys import Keys
from shared.settings import Settings
from shared.testing import Cluster
from shared.tokens import Minter
from tests.engagement.conftest import Caller


def ask(stack: Cluster, caller: str, what: str, community: UUID, ids: list[str]) -> httpx.Response:
    """What `caller`, a service with its own token, is told."""
    keys = Keys.load(caller, Settings(home=stack.home))
    token = Minter(caller, keys).mint(service_actor(caller), "engagement")
    with httpx.Client(base_url=stack.url("engagement"), trust_env=False) as client:
        return client.post(
            f"/internal/{what}/read",
            json={"community_id": str(community), "ids": ids},
            headers={"Authorization": f"Bearer {token}"},
        )


def test_services_read_what_facts_do_not_carry(
    stack: Cluster, community: UUID, topic: str, post: str, ada: Caller
) -> None:
    missing = str(uuid4())
    topics = ask(stack, "metrics", "topics", community, [missing, topic]).json()
    assert [(t["id"], t["version"], t["title"]) for t in topics["items"]] == [(topic, 1, "Hello")]
    assert topics["missing"] == [missing]
    posts = ask(stack, "moderation", "posts", community, [post, missing]).json()
    assert posts == {"items": [ada.get(f"/posts/{post}").json()], "missing": [missing]}


def test_another_communitys_rows_are_missing(stack: Cluster, post: str) -> None:
    assert ask(stack, "knowledge", "posts", uuid4(), [post]).json() == {"items": [], "missing": [post]}


@pytest.mark.parametrize(("caller", "status"), [("metrics", 200), ("membership", 403), ("webhooks", 403)])
def test_only_named_services_may_ask(stack: Cluster, community: UUID, caller: str, status: int) -> None:
    assert ask(stack, caller, "topics", community, []).status_code == status


def test_the_batch_is_bounded(stack: Cluster, community: UUID) -> None:
    assert ask(stack, "metrics", "posts", community, [str(uuid4())] * 501).status_code == 422
