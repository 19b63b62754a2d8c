"""The same facts in any order, doubled, with retractions, links and a rebuild give the same roll-ups."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4, uuid5

import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.metrics import forget, models, rebuild
from services.metrics.models import table
from services.metrics.periods import Step
from services.metrics.rules import WINDOWS, class_of
from services.metrics.told import told
from shared.contracts.engagement import (
    ChannelActivityIngested,
    IngestedActivity,
    PostCreated,
    PostDeleted,
    PostReacted,
    TopicCreated,
)
from shared.contracts.events import (
    EventCompleted,
    QuestionAsked,
    RegistrationCheckedIn,
    RegistrationConfirmed,
    RegistrationCorrected,
    SpeakerDelivered,
)
from shared.contracts.knowledge import (
    AnswerDeleted,
    AnswerPosted,
    AnswerVoted,
    ArticleDrafted,
    ArticleRated,
    ArticleReviewed,
    ArticleView,
    ArticleViewedBatch,
    PerformedSearch,
    SearchPerformedBatch,
)
from shared.contracts.knowledge import QuestionAsked as QuestionPosed
from shared.contracts.membership import (
    IdentityLinked,
    IdentityRevoked,
    MemberJoined,
    MergeApplied,
    MergeReverted,
)
from shared.facts import Fact
from shared.store import Tx
from tests.metrics import brute
from tests.metrics.brute import Act, Contribution, opening
from tests.metrics.in_process import Service

START = datetime(2023, 12, 20, 9, tzinfo=UTC)
CHANNEL = UUID(int=7)


@dataclass
class World:
    """One community's facts, each aggregate's in order, and what they amount to."""

    community: UUID = field(default_factory=uuid4)
    queues: dict[UUID, list[Fact]] = field(default_factory=lambda: defaultdict(list))

    def id(self, name: str) -> UUID:
        return uuid5(self.community, name)

    def tell(self, fact: Fact) -> None:
        queue = self.queues[fact.aggregate_id]
        queue.append(fact.model_copy(update={"aggregate_version": len(queue) + 1}))

    def facts(self, order: list[int]) -> list[Fact]:
        """All facts, the aggregates interleaved as `order` says, each keeping its own order."""
        queues = {name: list(facts) for name, facts in self.queues.items()}
        facts = []
        for at in order + [0] * sum(map(len, queues.values())):
            waiting = [queue for queue in queues.values() if queue]
            if waiting:
                facts.append(waiting[at % len(waiting)].pop(0))
        return facts


def world_of(given: list[tuple[str, int, int, int]]) -> World:
    """A community in which these (what, who, after how many half days, which) happened."""
    world = World()
    for n, (what, who, later, which) in enumerate(given):
        about: dict[str, Any] = {
            "community_id": world.community,
            "occurred_at": START + timedelta(hours=12 * later, seconds=n),
        }
        HAPPENINGS[what](world, who, which, about)
    return world


def topic(world: World, who: int, which: int, about: dict[str, Any]) -> None:
    about |= {"member_id": world.id(f"member {who}") if who else None, "identity_id": None}
    topic_id = world.id(f"topic {which}")
    if not world.queues[topic_id]:
        world.tell(TopicCreated(topic_id=topic_id, channel_id=CHANNEL, kind="question", **about))


def post(world: World, who: int, which: int, about: dict[str, Any]) -> None:
    about |= {"member_id": None, "identity_id": world.id(f"identity {who}")}
    topic_id = world.id(f"topic {which}")
    world.tell(PostCreated(post_id=uuid4(), topic_id=topic_id, kind="reply", reply_to=None, **about))


def delete(world: World, who: int, _which: int, about: dict[str, Any]) -> None:
    there = [queue[0] for queue in world.queues.values() if len(queue) == 1]
    posts = [fact for fact in there if isinstance(fact, PostCreated)]
    if posts:
        gone = posts[who % len(posts)]
        world.tell(PostDeleted(post_id=gone.post_id, topic_id=gone.topic_id, **about))


def ingest(world: World, who: int, which: int, about: dict[str, Any]) -> None:
    activities = [
        IngestedActivity(
            activity_id=uuid4(),
            identity_id=world.id(f"identity {who}") if who else None,
            kind=["read", "message", "mentor"][which],
            at=about["occurred_at"] + timedelta(days=i),
            thread=world.id(f"topic {which}") if which else None,
        )
        for i in range(3)
    ]
    world.tell(ChannelActivityIngested(channel_id=CHANNEL, activities=activities, **about))


def react(world: World, who: int, _which: int, about: dict[str, Any]) -> None:
    reaction = world.id(f"reaction {who}")
    about |= {"reaction_id": reaction, "post_id": CHANNEL, "member_id": world.id(f"member {who}")}
    world.tell(PostReacted(kind="like", active=len(world.queues[reaction]) % 2 == 0, **about))


def link(world: World, who: int, which: int, about: dict[str, Any]) -> None:
    about |= {"identity_id": world.id(f"identity {who}"), "member_id": world.id(f"member {which}")}
    world.tell(IdentityLinked(provider="slack", **about))


def unlink(world: World, who: int, which: int, about: dict[str, Any]) -> None:
    about |= {"identity_id": world.id(f"identity {who}"), "member_id": world.id(f"member {which}")}
    world.tell(IdentityRevoked(**about))


def join(world: World, who: int, _which: int, about: dict[str, Any]) -> None:
    world.tell(MemberJoined(member_id=world.id(f"member {who}"), source="joined", **about))


def merge(world: World, who: int, which: int, about: dict[str, Any]) -> None:
    """Somebody is merged into somebody who is nobody's part."""
    merged, survivor = world.id(f"member {who}"), world.id(f"member {which}")
    if merged != survivor and not {merged, survivor} & links_in(world).keys():
        about |= {"merge_id": uuid4(), "merged_id": merged, "survivor_id": survivor}
        world.tell(MergeApplied(**about))


def unmerge(world: World, who: int, _which: int, about: dict[str, Any]) -> None:
    merged = world.id(f"member {who}")
    survivor = links_in(world).get(merged)
    if survivor is not None:
        about |= {"merge_id": uuid4(), "merged_id": merged, "survivor_id": survivor}
        world.tell(MergeReverted(**about))


def confirm(world: World, who: int, which: int, about: dict[str, Any]) -> None:
    """Somebody has a seat, perhaps not for the first time; now and then a guest."""
    world.tell(RegistrationConfirmed(**_seat(world, who, which), **about))


def check_in(world: World, who: int, which: int, about: dict[str, Any]) -> None:
    world.tell(RegistrationCheckedIn(**_seat(world, who, which), **about))


def correct(world: World, who: int, which: int, about: dict[str, Any]) -> None:
    seat = _seat(world, who, which)
    came = len(world.queues[seat["registration_id"]]) % 2 == 0
    world.tell(RegistrationCorrected(attended=came, **seat, **about))


def _seat(world: World, who: int, which: int) -> dict[str, Any]:
    member = world.id(f"member {who}") if who else None
    seat = {"event_id": world.id(f"event {which}"), "member_id": member, "party_size": 2}
    return seat | {"registration_id": world.id(f"seat {who} {which}")}


def complete(world: World, who: int, which: int, about: dict[str, Any]) -> None:
    organisers = [world.id(f"member {n}") for n in range(who)]
    about |= {"event_id": world.id(f"event {which}"), "series_id": None, "format_id": None}
    world.tell(EventCompleted(organisers=organisers, **about))


def ask(world: World, who: int, which: int, about: dict[str, Any]) -> None:
    about |= {"question_id": uuid4(), "event_id": world.id(f"event {which}")}
    world.tell(QuestionAsked(member_id=world.id(f"member {who}") if who else None, **about))


def deliver(world: World, who: int, which: int, about: dict[str, Any]) -> None:
    about |= {"invitation_id": uuid4(), "event_id": world.id(f"event {which}"), "speaker_id": CHANNEL}
    world.tell(SpeakerDelivered(member_id=world.id(f"member {who}") if who else None, **about))


def draft(world: World, who: int, which: int, about: dict[str, Any]) -> None:
    """Somebody, or a key, writes a revision of an article; somebody else reviews it."""
    about |= {"article_id": world.id(f"article {which}")}
    author = world.id(f"member {who}") if who else None
    revision = 1 + len(world.queues[about["article_id"]])
    world.tell(ArticleDrafted(revision=revision, author_id=author, kind="how_to", **about))
    about |= {"review_id": CHANNEL, "verdict": "approve"}
    world.tell(ArticleReviewed(reviewer_id=world.id(f"member {which}"), **about))


def pose(world: World, who: int, which: int, about: dict[str, Any]) -> None:
    about |= {"question_id": world.id(f"topic {which}"), "inquiry_id": None}
    if not world.queues[about["question_id"]]:
        world.tell(QuestionPosed(member_id=world.id(f"member {who}") if who else None, **about))


def answer(world: World, who: int, which: int, about: dict[str, Any]) -> None:
    about |= {"answer_id": uuid4(), "question_id": world.id(f"topic {which}")}
    world.tell(AnswerPosted(member_id=world.id(f"member {who}") if who else None, **about))


def unanswer(world: World, who: int, _which: int, about: dict[str, Any]) -> None:
    there = [queue[0] for queue in world.queues.values() if len(queue) == 1]
    answers = [fact for fact in there if isinstance(fact, AnswerPosted)]
    if answers:
        gone = answers[who % len(answers)]
        world.tell(AnswerDeleted(answer_id=gone.answer_id, question_id=gone.question_id, **about))


def vote(world: World, who: int, which: int, about: dict[str, Any]) -> None:
    """On an answer up, no more, and up again; on an article that it helped."""
    about |= {"member_id": world.id(f"member {who}")}
    ballot = world.id(f"vote {who}")
    value = 1 - len(world.queues[ballot]) % 2
    world.tell(AnswerVoted(vote_id=ballot, answer_id=CHANNEL, question_id=CHANNEL, value=value, **about))
    about |= {"rating_id": world.id(f"rating {who}"), "article_id": world.id(f"article {which}")}
    world.tell(ArticleRated(helpful=which > 0, **about))


def look(world: World, who: int, which: int, about: dict[str, Any]) -> None:
    """Somebody, or nobody known, looks at an article, and somebody searches; the same may be told again."""
    member = world.id(f"member {who}") if who else None
    article = world.id(f"article {which}")
    view = ArticleView(view_id=uuid4(), article_id=article, member_id=member, at=about["occurred_at"])
    world.tell(ArticleViewedBatch(batch_id=uuid4(), views=[view], **about))
    search = PerformedSearch(
        search_id=world.id(f"search {which}"), at=START, hits=which, clicked=bool(who and which)
    )
    world.tell(SearchPerformedBatch(batch_id=uuid4(), searches=[search], **about))


def links_in(world: World) -> dict[UUID, UUID]:
    """Who is linked to whom in the end: identities to members, merged members to survivors."""
    links: dict[UUID, UUID] = {}
    for fact in (fact for queue in world.queues.values() for fact in queue):
        match fact:
            case IdentityLinked():
                links[fact.identity_id] = fact.member_id
            case IdentityRevoked():
                links.pop(fact.identity_id, None)
            case MergeApplied():
                links[fact.merged_id] = fact.survivor_id
            case MergeReverted():
                links.pop(fact.merged_id, None)
    return links


HAPPENINGS = {each.__name__: each for each in (topic, post, delete, ingest, react, link, unlink, join)}
HAPPENINGS |= {each.__name__: each for each in (merge, unmerge)}
HAPPENINGS |= {each.__name__: each for each in (confirm, check_in, correct, complete, ask, deliver)}
HAPPENINGS |= {each.__name__: each for each in (draft, pose, answer, unanswer, vote, look)}
happenings = st.lists(
    st.tuples(st.sampled_from(sorted(HAPPENINGS)), st.integers(0, 3), st.integers(0, 60), st.integers(0, 2)),
    min_size=1,
    max_size=40,
)


@dataclass
class Said:
    """An activity that counts."""

    activity: UUID
    subject: UUID | None
    kind: str
    at: datetime
    thread: UUID | None


def said_in(world: World) -> tuple[list[Said], dict[UUID, UUID]]:
    """What counts in the end, and where each link leads to in the end."""
    said: dict[UUID, Said] = {}
    first: dict[UUID, datetime] = {}
    links = links_in(world)
    for start in links:
        while links[start] in links:
            links[start] = links[links[start]]
    for fact in (fact for queue in world.queues.values() for fact in queue):
        match fact:
            case PostDeleted() | PostReacted(active=False) | AnswerDeleted() | AnswerVoted(value=0):
                [gone] = told(fact)
                del said[gone.activity_id]
            case RegistrationCorrected(attended=False):
                for one in told(fact):
                    first.setdefault(one.activity_id, one.at)
                    said.pop(one.activity_id, None)
            case _:
                for one in told(fact):
                    if not isinstance(fact, PostReacted | AnswerVoted | ArticleRated):
                        one.at = first.setdefault(one.activity_id, one.at)
                    said[one.activity_id] = Said(one.activity_id, one.subject, one.kind, one.at, one.thread)
    return list(said.values()), links


def expected(world: World) -> dict[str, Any]:
    """Every roll-up counted from scratch; people by the id of their subject."""
    said, links = said_in(world)
    numbers: dict[UUID, int] = {}
    acts, kinds = [], Counter[tuple[str, int, bool]]()
    threads: dict[UUID, list[Contribution]] = defaultdict(list)
    for one in said:
        person = None if one.subject is None else links.get(one.subject, one.subject)
        number = None if person is None else numbers.setdefault(person, len(numbers))
        day, class_ = one.at.toordinal(), class_of(one.kind)
        kinds[one.kind, day, person is None] += 1
        if number is not None and class_ >= 0:
            acts.append(Act(number, day, class_ >= 2))
        if one.thread is not None and class_ >= 2:
            opens = one.kind == "question"
            threads[one.thread].append(Contribution(one.at, one.activity.hex, opens, number))
    persons = {number: person for person, number in numbers.items()}
    begun = {thread: opening(contributions) for thread, contributions in threads.items()}
    return brute.rollups(acts) | {
        "persons": {
            (
                persons[number],
                min(a.day for a in acts if a.person == number),
                max(a.day for a in acts if a.person == number),
                sum(1 for a in acts if a.person == number),
                sum(1 for a in acts if a.person == number and a.contributes),
            )
            for number in {act.person for act in acts}
        },
        "days": Counter((persons[act.person], act.day) for act in acts),
        "windows": {
            (window, day): brute.trailing(acts, window, day)
            for window in WINDOWS
            for day in range(START.toordinal(), START.toordinal() + 130, 3)
        },
        "kinds": dict(kinds),
        "threads": {
            thread: (o.at, UUID(o.activity), None if o.person is None else persons[o.person], o.answered_at)
            for thread, o in begun.items()
        },
    }


async def held(tx: Tx, community: UUID) -> dict[str, Any]:
    """Every row of the live roll-up, in the same form."""
    tx.within(community)
    own = table(models.Community)
    state: Any = await tx.one(sa.select(own.c.live).where(models_scope(own)))
    rows: dict[str, list[Any]] = {}
    for model in models.ROLLUPS:
        of = table(model)
        rows[of.name] = await tx.all(sa.select(*of.c).where(of.c.rollup == state.live))
    subject = table(models.Subject)
    names: list[Any] = await tx.all(
        sa.select(subject.c.no, subject.c.subject_id).where(models_scope(subject))
    )
    who = {row.no: row.subject_id for row in names} | {None: None}
    changes: dict[int, dict[int, int]] = defaultdict(dict)
    for row in rows["window_delta"]:
        changes[row.window][row.day] = row.change
    kinds = Counter({(r.kind, r.day, False): r.people for r in rows["kind_day"]})
    kinds += Counter({(r.kind, r.day, True): r.nobody for r in rows["kind_day"]})
    return {
        "period": {(r.step, r.bucket): tuple(r)[3:] for r in rows["period"] if any(tuple(r)[3:])},
        "histogram": {
            (r.step, r.bucket, r.measure, r.count): r.people for r in rows["histogram"] if r.people
        },
        "cohort": {(r.step, r.offset, r.first): r.people for r in rows["cohort"] if r.people},
        "persons": {
            (who[r.person], r.first_day, r.last_day, r.activities, r.contributions) for r in rows["person"]
        },
        "days": Counter({(who[r.person], r.day): r.activities for r in rows["person_day"]}),
        "windows": {
            (window, day): brute.prefix(changes[window], day)
            for window in WINDOWS
            for day in range(START.toordinal(), START.toordinal() + 130, 3)
        },
        "kinds": dict(kinds),
        "threads": {r.thread: (r.opened_at, r.opening, who[r.person], r.answered_at) for r in rows["thread"]},
    }


def models_scope(of: sa.Table) -> sa.ColumnElement[bool]:
    return of.c.community_id == sa.bindparam("tenant", type_=of.c.community_id.type)


def now_held(service: Service, community: UUID) -> dict[str, Any]:
    async def look(tx: Tx) -> dict[str, Any]:
        return await held(tx, community)

    return service.read(look, community)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    happenings,
    st.lists(st.integers(0, 30), max_size=60),
    st.lists(st.integers(1, 9), min_size=1),
    st.integers(0, 60),
)
def test_any_order_gives_what_counting_from_scratch_gives(
    service: Service,
    happened: list[tuple[str, int, int, int]],
    order: list[int],
    sizes: list[int],
    begin: int,
) -> None:
    world = world_of(happened)
    facts = world.facts(order)
    if not facts:
        return
    at = 0
    rebuilding = False
    for size in sizes * len(facts):
        if at >= len(facts):
            break
        service.hear(facts[at : at + size], world.community)
        if not rebuilding and at <= begin < at + size:
            service.write(lambda tx: rebuild.begin(tx, world.community, "UTC"), world.community)
            rebuilding = True
        if rebuilding:
            service.write(lambda tx: rebuild.advance(tx, world.community, 3), world.community)
        at += size
    service.hear(
        [fact.model_copy(update={"fact_id": uuid4()}) for fact in facts if doubled(fact)], world.community
    )
    while rebuilding and service.write(lambda tx: rebuild.advance(tx, world.community, 3), world.community):
        pass
    found, counted = now_held(service, world.community), expected(world)
    for name, rows in counted.items():
        assert found[name] == rows, name


def doubled(fact: Fact) -> bool:
    """Facts that tell of activities, but for joining: under another fact id they tell nothing new."""
    return not isinstance(
        fact, MemberJoined | IdentityLinked | IdentityRevoked | MergeApplied | MergeReverted
    )


def test_a_replaced_rollup_is_deleted(service: Service) -> None:
    world = world_of([("topic", 1, 0, 0), ("post", 2, 1, 0), ("ingest", 1, 5, 1)])
    service.hear(world.facts([]), world.community)
    before = now_held(service, world.community)
    service.write(lambda tx: rebuild.begin(tx, world.community, "UTC"), world.community)
    while service.write(lambda tx: rebuild.advance(tx, world.community), world.community):
        pass
    while service.write(forget.forget, world.community):
        pass

    async def rows(tx: Tx) -> int:
        of = table(models.Rollup)
        found: list[Any] = await tx.all(sa.select(of.c.no).where(models_scope(of)))
        return len(found)

    assert service.write(rows, world.community) == 1
    assert now_held(service, world.community) == before
    assert before["period"][Step.ALL, 0][0] == 3
