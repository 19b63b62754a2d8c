"""Who was erased stays a tombstone: nothing that is told or asked later is kept about them."""

from collections.abc import Callable
from typing import Any

from shared.clock import now
from shared.contracts.announced import MemberStageChanged
from shared.facts import ActorRef
from shared.testing import Cluster
from tests.membership.conftest import Someone
from tests.membership.test_data_requests import here
from tests.membership.test_erasure import erased
from tests.membership.test_standing import settled

Joined = Callable[..., Someone]


def test_a_stage_told_later_is_not_kept(joined: Joined, key: Someone, stack: Cluster) -> None:
    ada, eve = joined("ada"), joined("eve")
    erased(ada, key, **here(ada))
    of: dict[str, Any] = {"community_id": key.community, "aggregate_version": 7, "since": now()}
    of |= {"stage": "engaged", "actor": ActorRef(kind="service", id="metrics")}
    told = [of | {"member_id": each.member_id} for each in (ada, eve)]
    settled(stack, *(MemberStageChanged(**each) for each in told))
    staged = stack.rows("membership", f"SELECT id FROM member WHERE stage IS NOT NULL AND {_of(key)}")
    assert [str(row[0]) for row in staged] == [str(eve.member_id)]


def test_nobody_blocks_the_erased_nor_do_they(joined: Joined, key: Someone, stack: Cluster) -> None:
    """Not with a token of before either."""
    ada, eve = joined("ada"), joined("eve")
    erased(ada, key, **here(ada))
    for one, other in ((ada, eve), (eve, ada)):
        refused = one.post(f"/members/{one.member_id}/blocks", {"member_id": str(other.member_id)})
        assert refused.status_code == 404
    assert stack.rows("membership", f"SELECT count(*) FROM block WHERE {_of(key)}") == [(0,)]


def _of(key: Someone) -> str:
    return f"community_id = '{key.community}'"
