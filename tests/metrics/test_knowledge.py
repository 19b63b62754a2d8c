"""Whether what is known is fresh, found and helps: as D10 defines it, from facts in any order."""

import random
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4, uuid5

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.metrics import rebuild
from services.metrics.definitions import METRICS
from services.metrics.lives import Turn, spans
from services.metrics.periods import Step
from services.metrics.question import Asked
from services.metrics.rules import OPENING_KINDS, ActivityClass, Searched, class_of
from services.metrics.told import told
from shared.clock import now
from shared.contracts.knowledge import (
    AnswerDeleted,
    AnswerPosted,
    AnswerVerified,
    AnswerVoted,
    ArticleArchived,
    ArticleBecameStale,
    ArticleDeprecated,
    ArticleDrafted,
    ArticleHidden,
    ArticlePublished,
    ArticleRated,
    ArticleRestored,
    ArticleReviewed,
    ArticleVerified,
    ArticleView,
    ArticleViewedBatch,
    CallClaimed,
    CallFulfilled,
    InquiryDeflected,
    PerformedSearch,
    QuestionAccepted,
    QuestionAsked,
    QuestionClosed,
    QuestionHidden,
    QuestionOutdated,
    QuestionReopened,
    QuestionRestored,
    ResourceAdded,
    SearchPerformedBatch,
)
from shared.contracts.membership import MergeApplied
from shared.facts import ActorRef, Fact
from shared.testing import Cluster, eventually
from tests.erasing import erase
from tests.membership.telling import tell
from tests.metrics import brute
from tests.metrics.conftest import Community
from tests.metrics.in_process import Service
from tests.metrics.test_attendance import asked_in
from tests.metrics.test_people import join
from tests.metrics.test_rebuild import numbers, rebuilt

OF_LIVES = ("knowledge_freshness", "stale_articles", "answer_rate", "time_to_accepted", "deflection")
OF_SEARCHES = ("search_success", "zero_result_rate")
ALL = (*OF_LIVES, *OF_SEARCHES)
BEGIN = datetime(2024, 1, 1, tzinfo=UTC)
FIRST_DAY = BEGIN.toordinal()
HALF_DAY = timedelta(hours=12)

Happening = tuple[int, int, int]
"""Which turn, so many half days after the one before, verified for so many half days."""

ARTICLE_TURNS = ("publish", "verify", "stale", "deprecate", "archive", "hide", "restore")
QUESTION_TURNS = ("accept", "outdate", "reopen", "close", "hide", "restore")


def article_fact(community: UUID, n: int, version: int, what: str, at: datetime, hours: int = 0) -> Fact:
    about: dict[str, Any] = {
        "community_id": community,
        "article_id": uuid5(community, f"article {n}"),
        "aggregate_version": version,
        "occurred_at": at,
    }
    until = at + timedelta(hours=hours)
    match what:
        case "publish":
            about |= {"author_id": None, "revision": version, "first": version == 1}
            return ArticlePublished(title="T", kind="faq", verified_until=until, **about)
        case "verify":
            return ArticleVerified(revision=1, verified_by=None, verified_until=until, **about)
        case "stale":
            return ArticleBecameStale(**about)
        case "deprecate":
            return ArticleDeprecated(replacement_id=None, **about)
        case "archive":
            return ArticleArchived(**about)
        case "hide":
            return ArticleHidden(**about)
    return ArticleRestored(**about)


def question_fact(community: UUID, n: int, version: int, what: str, at: datetime) -> Fact:
    about: dict[str, Any] = {
        "community_id": community,
        "question_id": uuid5(community, f"question {n}"),
        "aggregate_version": version,
        "occurred_at": at,
    }
    answer = uuid5(community, f"answer {n}")
    match what:
        case "ask":
            return QuestionAsked(member_id=None, inquiry_id=None, **about)
        case "accept":
            return QuestionAccepted(answer_id=answer, answered_by=None, **about)
        case "outdate":
            return QuestionOutdated(answer_id=answer, **about)
        case "reopen":
            return QuestionReopened(**about)
        case "close":
            return QuestionClosed(reason="unclear", duplicate_of=None, **about)
        case "hide":
            return QuestionHidden(**about)
    return QuestionRestored(**about)


def asked_from(community: UUID, n: int, inquiry: int, at: datetime) -> Fact:
    """A question of its own that was asked from an inquiry; it was closed, so that nothing else counts it."""
    fact = question_fact(community, 1000 + n, 1, "ask", at)
    return fact.model_copy(update={"inquiry_id": uuid5(community, f"inquiry {inquiry}")})


def deflected(community: UUID, n: int, inquiry: int, at: datetime) -> Fact:
    return InquiryDeflected(
        community_id=community,
        deflection_id=uuid5(community, f"deflection {n}"),
        inquiry_id=uuid5(community, f"inquiry {inquiry}"),
        article_id=uuid4(),
        aggregate_version=1,
        occurred_at=at,
    )


def searched(community: UUID, *searches: tuple[int, datetime, int, bool]) -> Fact:
    return SearchPerformedBatch(
        community_id=community,
        batch_id=uuid4(),
        aggregate_version=1,
        searches=[
            PerformedSearch(search_id=uuid5(community, f"search {n}"), at=at, hits=hits, clicked=clicked)
            for n, at, hits, clicked in searches
        ],
    )


# Counting from scratch ----------------------------------------------------------------------------------


def slow_articles(lives: Iterable[list[Fact]], moment: datetime) -> tuple[int, int]:
    """(published, fresh): every life gone through once more for every moment."""
    published = fresh = 0
    for life in lives:
        state, seen, until = "draft", True, moment
        for fact in life:
            if fact.occurred_at >= moment:
                break
            match fact:
                case ArticlePublished():
                    state, until = "published", fact.verified_until
                case ArticleVerified():
                    until = fact.verified_until
                case ArticleBecameStale():
                    until = min(until, fact.occurred_at)
                case ArticleDeprecated() | ArticleArchived():
                    state = "gone"
                case ArticleHidden() | ArticleRestored():
                    seen = isinstance(fact, ArticleRestored)
        if state == "published" and seen:
            published += 1
            fresh += until >= moment
    return published, fresh


def slow_questions(
    lives: Iterable[list[Fact]], start: datetime, end: datetime
) -> tuple[int, int, list[tuple[datetime, datetime | None]]]:
    """(asked, accepted, when each was asked and first accepted) of those asked in [start, end)."""
    asked = accepted = 0
    waits: list[tuple[datetime, datetime | None]] = []
    for life in lives:
        state, hidden = "open", False
        firsts = [fact.occurred_at for fact in life if isinstance(fact, QuestionAccepted)]
        for fact in life:
            match fact:
                case QuestionAccepted() if state != "closed":
                    state = "accepted"
                case QuestionOutdated() if state != "closed":
                    state = "outdated"
                case QuestionReopened():
                    state = "open"
                case QuestionClosed():
                    state = "closed"
                case QuestionHidden() | QuestionRestored():
                    hidden = isinstance(fact, QuestionHidden)
        if start <= life[0].occurred_at < end and state != "closed" and not hidden:
            asked += 1
            accepted += state == "accepted"
            waits.append((life[0].occurred_at, firsts[0] if firsts else None))
    return asked, accepted, waits


def share(part: int, whole: int) -> float | None:
    return None if whole == 0 else part / whole


half_days = st.integers(0, 7)
"""What happens at midnight happens often: it belongs to the day that begins."""
turns_of_articles = st.lists(st.tuples(st.integers(0, 6), half_days, st.integers(0, 25)), max_size=8)
turns_of_questions = st.lists(st.tuples(st.integers(0, 5), half_days), max_size=6)
heard_of = st.lists(st.tuples(st.booleans(), st.integers(0, 3), st.integers(0, 62)), max_size=10)
searches = st.lists(st.tuples(st.integers(0, 5), st.booleans()), max_size=12)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(turns_of_articles, max_size=4),
    st.lists(turns_of_questions, max_size=4),
    heard_of,
    searches,
    st.randoms(use_true_random=False),
    st.integers(1, 9),
)
def test_facts_in_any_order_give_what_counting_gives(
    service: Service,
    articles: list[list[Happening]],
    questions: list[list[tuple[int, int]]],
    inquiries: list[tuple[bool, int, int]],
    found: list[tuple[int, bool]],
    chance: random.Random,
    size: int,
) -> None:
    """Even each twice, the second time under another id; a question is not accepted while it is closed."""
    community = uuid4()
    shelf = [_article(community, n, life) for n, life in enumerate(articles)]
    asked = [_question(community, n, life) for n, life in enumerate(questions)]
    known: dict[int, datetime] = {}
    helped: set[int] = set()
    of_inquiries: list[Fact] = []
    for n, (by_article, inquiry, later) in enumerate(inquiries):
        at = BEGIN + HALF_DAY * later
        known[inquiry] = min(known.get(inquiry, at), at)
        helped |= {inquiry} if by_article else set()
        of_inquiries.append((deflected if by_article else asked_from)(community, n, inquiry, at))
        if not by_article:
            of_inquiries.append(question_fact(community, 1000 + n, 2, "close", at))
    # the search `n` is on the n-th day and finds n % 3 things, of which none is opened when there are none
    of_searches = [
        searched(community, (n, BEGIN + timedelta(days=n), n % 3, clicked and n % 3 > 0))
        for n, clicked in found
    ]
    facts = [fact for life in (*shelf, *asked, of_inquiries, of_searches) for fact in life]
    facts += [fact.model_copy(update={"fact_id": uuid4()}) for fact in facts]
    chance.shuffle(facts)
    for first in range(0, len(facts), size):
        service.hear(facts[first : first + size], community)

    latest = max((one.at for fact in facts for one in told(fact)), default=now())
    performed = {n for n, _ in found}
    opened = {n for n, clicked in found if clicked and n % 3}
    whole = [(0, 31, Step.ALL), (0, 5, Step.ALL), (0, 9, Step.ALL)]
    for start, end, step in (*whole, (2, 25, Step.WEEK), (0, 12, Step.DAY)):
        given = Asked(date.fromordinal(FIRST_DAY + start), date.fromordinal(FIRST_DAY + end), step)
        got = {metric: asked_in(service, community, metric, given) for metric in ALL}
        for n, point in enumerate(got["answer_rate"]):
            begin, until = (_at(day) for day in (point.period.start, point.period.end))
            published, fresh = slow_articles(shelf, until)
            questions_asked, accepted, waits = slow_questions(asked, begin, until)
            about = {inquiry for inquiry, at in known.items() if begin <= at < until}
            days = {n for n in performed if begin <= _at(FIRST_DAY + n) < until}
            answered = [(done - since).total_seconds() for since, done in waits if done]
            waiting = [(latest - since).total_seconds() for since, done in waits if not done]
            expected = {
                "knowledge_freshness": share(fresh, published),
                "stale_articles": published - fresh,
                "answer_rate": share(accepted, questions_asked),
                "time_to_accepted": brute.kaplan_meier(answered, waiting, 0.5),
                "deflection": share(len(about & helped), len(about)),
                "search_success": share(len(days & opened), len(days)),
                "zero_result_rate": share(sum(n % 3 == 0 for n in days), len(days)),
            }
            assert {metric: points[n].value for metric, points in got.items()} == expected
    live = {metric: asked_in(service, community, metric, Asked()) for metric in ALL}
    service.write(lambda tx: rebuild.begin(tx, community, "UTC"), community)
    while service.write(lambda tx: rebuild.advance(tx, community, 5), community):
        pass
    assert {metric: asked_in(service, community, metric, Asked()) for metric in ALL} == live


def _at(day: int) -> datetime:
    return datetime.combine(date.fromordinal(day), datetime.min.time(), UTC)


def _article(community: UUID, n: int, life: list[Happening]) -> list[Fact]:
    at, facts = BEGIN, [article_fact(community, n, 1, "publish", BEGIN, 12 * 9)]
    for version, (what, after, verified) in enumerate(life, 2):
        at += HALF_DAY * after
        facts.append(article_fact(community, n, version, ARTICLE_TURNS[what], at, 12 * verified))
    return facts


def _question(community: UUID, n: int, life: list[tuple[int, int]]) -> list[Fact]:
    at = BEGIN + HALF_DAY * 5 * n
    facts, closed = [question_fact(community, n, 1, "ask", at)], False
    for what, after in life:
        verb = QUESTION_TURNS[what]
        if closed and verb in ("accept", "outdate"):
            continue
        closed = verb == "close" or (closed and verb != "reopen")
        at += HALF_DAY * after
        facts.append(question_fact(community, n, len(facts) + 1, verb, at))
    return facts


class Taken:
    """A turn as it is kept."""

    def __init__(self, turn: Turn, hour: int, until: int | None = None) -> None:
        self.turn = turn
        self.at = BEGIN + timedelta(hours=hour)
        self.until = None if until is None else BEGIN + timedelta(hours=until)


def test_a_clock_that_went_back_does_not_undo_what_came_later() -> None:
    hidden = [Taken(Turn.PUBLISHED, 1, 90), Taken(Turn.HIDDEN, 5), Taken(Turn.RESTORED, 4)]
    before, after = spans(hidden)
    assert (before.until, after.since) == (BEGIN + timedelta(hours=5),) * 2


# What facts tell ----------------------------------------------------------------------------------------


def kinds(*facts: Fact) -> list[tuple[str, bool]]:
    return [(one.kind, one.given) for fact in facts for one in told(fact)]


def test_what_people_do_about_knowledge_is_activity_of_its_class() -> None:
    community, member, thing = uuid4(), uuid4(), uuid4()
    article: dict[str, Any] = {"community_id": community, "article_id": thing}
    answer: dict[str, Any] = {"community_id": community, "question_id": thing, "answer_id": uuid4()}
    call: dict[str, Any] = {"community_id": community, "call_id": thing}
    vote: dict[str, Any] = {"vote_id": thing, "member_id": member}
    written = [
        ArticleDrafted(revision=1, author_id=member, kind="faq", **article),
        ArticleDrafted(revision=2, author_id=member, kind="faq", **article),
        ArticleReviewed(review_id=thing, reviewer_id=member, verdict="approve", **article),
        ArticleVerified(revision=1, verified_by=member, verified_until=BEGIN, **article),
        QuestionAsked(community_id=community, question_id=thing, member_id=member, inquiry_id=None),
        AnswerPosted(member_id=member, **answer),
        AnswerVerified(verified_by=member, valid_until=None, **answer),
        ResourceAdded(community_id=community, resource_id=thing, kind="video", added_by=member),
        CallFulfilled(article_id=None, member_id=member, **call),
    ]
    contributions = ["article", "revision", "review", "verify", "question", "answer", "verify"]
    contributions += ["resource", "fulfil"]
    assert kinds(*written) == [(kind, True) for kind in contributions]
    assert {class_of(kind) for kind in contributions} == {ActivityClass.CONTRIBUTION}
    by_hand = ActorRef(kind="member", id=str(member))
    took_part = [
        AnswerVoted(value=1, **vote, **answer),
        ArticleRated(rating_id=thing, member_id=member, helpful=False, **article),
        CallClaimed(member_id=member, **call),
        QuestionAccepted(
            community_id=community, question_id=thing, answer_id=thing, answered_by=None, actor=by_hand
        ),
    ]
    assert kinds(*took_part) == [(kind, True) for kind in ("vote", "vote", "claim", "accept")]
    assert {class_of(kind) for kind, _ in kinds(*took_part)} == {ActivityClass.PARTICIPATION}
    gone = [AnswerVoted(value=0, **vote, **answer), AnswerDeleted(**answer)]
    assert [given for _, given in kinds(*gone)] == [False, False]
    assert all(one.subject == member for fact in (*written, *took_part) for one in told(fact))
    # what was written already counts: neither its publication nor the call it fulfils is a second doing
    again = CallFulfilled(article_id=thing, member_id=member, **call)
    assert kinds(article_fact(community, 1, 1, "publish", BEGIN), again) == []
    assert class_of("article") is class_of("revision") is ActivityClass.CONTRIBUTION
    assert {kind for kind in contributions if kind in OPENING_KINDS} == {"question"}


def test_who_looks_reads_and_who_searches_is_nobody() -> None:
    community, member = uuid4(), uuid4()
    views = [
        ArticleView(view_id=uuid4(), article_id=uuid4(), member_id=who, at=BEGIN) for who in (member, None)
    ]
    [read] = told(ArticleViewedBatch(community_id=community, batch_id=uuid4(), views=views))
    assert (read.kind, read.subject, read.activity_id) == ("read", member, views[0].view_id)
    batch = searched(community, (1, BEGIN, 0, False), (2, BEGIN, 3, True))
    assert {one.subject for one in told(batch)} == {None}
    assert {class_of(kind) for kind in Searched} == {ActivityClass.PASSIVE}


# Through the stream -------------------------------------------------------------------------------------

JANUARY: dict[str, Any] = {"from": "2024-01-01", "to": "2024-02-01"}


@pytest.fixture
def known(stack: Cluster, place: Community) -> tuple[Community, list[UUID]]:
    """In January: four articles, of which one was archived and one became stale; four questions by ada, two
    accepted, one no longer, one closed; three inquiries, two deflected; five searches, two opened."""
    members = [UUID(join(place, name)) for name in ("ada", "ben")]
    id_ = place.id
    hours = {n: BEGIN + timedelta(hours=n) for n in range(800)}
    facts = [article_fact(id_, n, 1, "publish", hours[10 + n], 24 * 180) for n in range(4)]
    facts += [article_fact(id_, 0, 2, "archive", hours[50]), article_fact(id_, 1, 2, "stale", hours[60])]
    facts += [
        question_fact(id_, n, 1, "ask", hours[100 + n]).model_copy(update={"member_id": members[0]})
        for n in range(4)
    ]
    facts += [
        AnswerPosted(
            community_id=id_,
            answer_id=uuid5(id_, f"answer {n}"),
            question_id=uuid5(id_, f"question {n}"),
            member_id=members[1],
            aggregate_version=1,
            occurred_at=hours[110],
        )
        for n in range(2)
    ]
    facts += [question_fact(id_, n, 2, "accept", hours[120 + n]) for n in range(2)]
    facts += [question_fact(id_, 1, 3, "outdate", hours[200]), question_fact(id_, 3, 2, "close", hours[105])]
    facts += [asked_from(id_, 1, 1, hours[300]), question_fact(id_, 1001, 2, "close", hours[301])]
    facts += [deflected(id_, n, n, hours[310 + n]) for n in (1, 2)]
    facts += [asked_from(id_, 3, 3, hours[320]), question_fact(id_, 1003, 2, "close", hours[321])]
    found = [(n, hours[400], n % 4, False) for n in range(5)]
    facts += [searched(id_, *found), searched(id_, (1, hours[400], 1, True), (3, hours[400], 3, True))]
    tell(stack, *facts)
    stack.wait_converged()
    return place, members


def test_numbers_are_those_of_the_definitions(known: tuple[Community, list[UUID]]) -> None:
    place, _ = known
    expected = {
        "knowledge_freshness": (2 / 3, 3, {"fresh": 2}),
        "stale_articles": (1, 3, {"published": 3}),
        "search_success": (2 / 5, 5, {"opened": 2, "searches": 5}),
        "zero_result_rate": (2 / 5, 5, {"in_vain": 2, "searches": 5}),
        "answer_rate": (1 / 3, 3, {"accepted": 1, "questions": 3}),
        "deflection": (2 / 3, 3, {"deflected": 2, "inquiries": 3}),
    }
    for metric, (value, n, parts) in expected.items():
        point = place.one(metric, **JANUARY)
        assert point == {"at": "2024-01-01", "value": value, "n": n, "complete": True} | parts, metric
    waited = place.one("time_to_accepted", **JANUARY)
    assert (waited["p50"], waited["p90"], waited["n"]) == (20 * 3600, None, 3)
    assert waited["unaccepted_share"] == 1 / 3
    # by the end of the third day one was archived and one was marked stale
    days = place.points("knowledge_freshness", **{"from": "2024-01-01", "to": "2024-01-04"})
    assert [(day["value"], day["n"]) for day in days] == [(1, 4), (1, 4), (2 / 3, 3)]
    # half a year later nobody has verified them again, and there is still nobody who did
    assert place.one("knowledge_freshness")["value"] == 0
    assert place.one("stale_articles")["value"] == 3
    # a question waits for an answer as a topic does for a post; closed ones, too
    assert place.one("first_response", **JANUARY)["n"] == 6
    assert place.one("first_response", **JANUARY)["unanswered_share"] == 4 / 6
    assert place.one("content_count", **JANUARY)["by_kind"] == {"question": 4, "answer": 2}


def test_a_search_counts_where_the_community_is(known: tuple[Community, list[UUID]]) -> None:
    """400 hours into the year it is the 17th; in Tokyo the questions of the evening were asked tomorrow."""
    place, _ = known
    assert place.points("search_success")[0]["at"] == "2024-01-17"
    tag = place.membership.get(place.path).headers["ETag"]
    moved = place.membership.patch(place.path, json={"timezone": "Asia/Tokyo"}, headers={"If-Match": tag})
    assert moved.is_success, moved.text
    eventually(lambda: place.points("search_success")[0]["at"] == "2024-01-18")
    assert place.points("search_success")[0]["n"] == 5


def test_a_rebuild_an_erasure_and_a_merge_leave_the_numbers_alone(
    stack: Cluster, known: tuple[Community, list[UUID]]
) -> None:
    place, members = known
    live = numbers(place)
    assert place.metrics.post(f"{place.path}/metrics/rebuild").status_code == 202
    eventually(lambda: rebuilt(place), within=15)
    assert numbers(place) == live
    merge = MergeApplied(
        community_id=place.id,
        merge_id=uuid4(),
        survivor_id=members[1],
        merged_id=members[0],
        aggregate_version=1,
    )
    tell(stack, merge)
    # who asked is who answered now: nobody else did
    eventually(lambda: place.one("first_response", **JANUARY)["unanswered_share"] == 1)
    erase(stack, "metrics", place.id, members=tuple(members))
    assert place.one("content_count", **JANUARY)["unattributed"] == 2 + 6
    assert {name: points for name, points in numbers(place).items() if name.split()[0] in ALL} == {
        name: points for name, points in live.items() if name.split()[0] in ALL
    }


@pytest.mark.parametrize("metric", ALL)
def test_the_inputs_give_the_value(known: tuple[Community, list[UUID]], metric: str) -> None:
    place, _ = known
    explained: dict[str, Any] = place.ask(f"/metrics/{metric}/explain", step="all", **JANUARY).json()
    formula = explained["worked"].partition(" = ")[0]
    assert explained["value"] is not None
    assert eval(formula, {"__builtins__": {}}, explained["inputs"]) == explained["value"]  # noqa: S307 - the published formula


def test_the_facts_behind_a_number_are_those_of_the_lives_it_counts(
    known: tuple[Community, list[UUID]],
) -> None:
    place, _ = known

    def behind(metric: str, **query: Any) -> dict[str, tuple[int, int]]:
        explained = place.ask(f"/metrics/{metric}/explain", step="all", **JANUARY | query).json()
        return {one["aggregate"]: (one["facts"], one["activities"]) for one in explained["aggregates"]}

    # an article counts by all that was done with it before, however long ago
    assert behind("knowledge_freshness", **{"from": "2024-01-31"}) == {"article": (6, 6)}
    assert behind("deflection") == {"question": (2, 2), "deflection": (2, 2)}
    assert behind("search_success") == {"search_batch": (2, 5 + 2 + 2)}
    assert behind("answer_rate")["question"] == (4 + 2 + 1 + 1 + 4,) * 2


def test_without_knowledge_there_is_nothing_to_divide(place: Community) -> None:
    for metric in ALL:
        point = place.one(metric)
        assert (point["value"], point["n"]) == (0 if metric == "stale_articles" else None, 0)
    assert METRICS.keys() > set(ALL)
