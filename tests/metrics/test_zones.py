"""Days are the community's: counted in UTC until its zone is known, and incomplete until counted anew."""

from typing import Any
from uuid import UUID, uuid4

from services.metrics import rebuild, zones
from services.metrics.definitions import METRICS
from services.metrics.question import Asked
from services.metrics.series import series
from shared.contracts.engagement import TopicCreated
from shared.contracts.membership import CommunityChanged, CommunityCreated
from shared.identity import NOBODY
from shared.store import Tx
from tests.metrics.in_process import Service
from tests.metrics.test_fold import START, World

NIGHT = START.replace(hour=20)


def world() -> World:
    """Somebody opened a topic at eight in the evening, UTC."""
    made = World()
    about: dict[str, Any] = {"community_id": made.community, "occurred_at": NIGHT}
    author: dict[str, Any] = {"member_id": uuid4(), "identity_id": None}
    made.tell(TopicCreated(topic_id=uuid4(), channel_id=uuid4(), kind="question", **author, **about))
    return made


def settle(service: Service, community: UUID, zone: str, version: int) -> None:
    """The fact of the community's zone, as the bus hands it over."""
    about: dict[str, Any] = {"community_id": community, "name": "C", "timezone": zone}
    fact: CommunityCreated | CommunityChanged = CommunityChanged(visibility="public", **about)
    if version == 1:
        fact = CommunityCreated(slug="c", kind="cop", **about)
    fact = fact.model_copy(update={"aggregate_version": version})

    async def apply(tx: Tx) -> None:
        await zones.settle(tx, fact)

    service.write(apply, community)


def days(service: Service, community: UUID) -> list[tuple[str, bool]]:
    """The active days, and whether each is complete."""

    async def ask(tx: Tx) -> dict[str, Any]:
        tx.within(community)
        return await series(tx, NOBODY, community, METRICS["dau"], Asked())

    answer = service.read(ask, community)
    return [(point["at"].isoformat(), point["complete"]) for point in answer["points"]]


def test_a_zone_that_comes_late_is_counted_anew(service: Service) -> None:
    made = world()
    service.hear(made.facts([]), made.community)
    assert days(service, made.community) == [("2023-12-20", True)]
    settle(service, made.community, "Pacific/Kiritimati", 1)
    assert days(service, made.community) == [("2023-12-20", False)]
    while service.write(lambda tx: rebuild.advance(tx, made.community), made.community):
        pass
    assert days(service, made.community) == [("2023-12-21", True)]
    settle(service, made.community, "America/Anchorage", 2)
    while service.write(lambda tx: rebuild.advance(tx, made.community), made.community):
        pass
    assert days(service, made.community) == [("2023-12-20", True)]


def test_a_zone_known_first_needs_no_rebuild(service: Service) -> None:
    made = world()
    settle(service, made.community, "Pacific/Kiritimati", 1)
    service.hear(made.facts([]), made.community)
    assert days(service, made.community) == [("2023-12-21", True)]


def test_older_news_of_a_zone_changes_nothing(service: Service) -> None:
    made = world()
    settle(service, made.community, "Asia/Tokyo", 5)
    settle(service, made.community, "Europe/Berlin", 4)
    service.hear(made.facts([]), made.community)
    assert days(service, made.community) == [("2023-12-21", True)]
