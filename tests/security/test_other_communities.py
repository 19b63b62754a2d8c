"""Other communities (S2): their ids, wherever they are put, find nothing, tell nothing and change nothing."""

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from services.engagement.models import Base as Engagement
from services.events.models import Base as Events
from services.gateway.models import Base as Gateway
from services.knowledge.models import Base as Knowledge
from services.membership.models import Base as Membership
from services.metrics.models import Base as Metrics
from shared.dialects import ROOT_OF_SCIM
from shared.store import tables
from shared.store.columns import tenant_column
from shared.testing import Cluster, eventually
from tests.security.test_policy import MISSING, PUBLIC, Case, filled
from tests.security.world import Community, World, found

OWNED: dict[str, Any] = {
    "membership": Membership,
    "engagement": Engagement,
    "events": Events,
    "knowledge": Knowledge,
    "metrics": Metrics,
    "gateway": Gateway,
}
IN_PATH = re.compile(r"\{(\w+)\}")
WORDS = {
    "kind": "like",
    "role": "editor",
    "function": "mentor",
    "metric_id": "dau",
    "purpose": "research",
    "number": "1",
    "a": "1",
    "b": "1",
    "slug": "like",
}
"""What stands in a path and is no id of a thing."""
BODIES: dict[str, Any] = {
    "members": {"handle": "intruder", "display_name": "In Truder"},
    "roles": {"role": "admin"},
    "identities": {"provider": "slack", "subject": "U999"},
    "posts": {"body": "Intruding."},
    "promises": {
        "to": {"kind": "inquiry", "id": MISSING},
        "text": "Intruding.",
        "due": {"at": "2100-01-01T00:00:00Z"},
    },
    "blocks": {"member_id": MISSING},
    "mark-interested": {"policy_version": "v1"},
    "reject": {"reason": "withdrawn"},
    "propositions": {"gives": ["A trap"], "asks": ["A door"], "valid_until": "2100-01-01T00:00:00Z"},
    "leader-applications": {"motivation": "Intruding."},
    "research": {"policy_version": "v1"},
    "check-ins": {"member_id": MISSING, "device_id": "door", "nonce": "1", "at": "2020-01-01T00:00:00Z"},
    "correct": {"attended": True},
    "evaluate": {"verdict": "worked"},
    "questions": {"text": "Intruding?"},
    "registrations": {"scope": "all"},
    "speaker-invitations": {"speaker_id": MISSING, "deadline": "2099-01-01T00:00:00Z"},
    "draft": {"title": "Intruding."},
    "request-changes": {"comment": "Intruding."},
    "helpful": {"helpful": False},
    "deflections": {"inquiry_id": MISSING},
    "answers": {"body": "Intruding."},
    "duplicate": {"of": "knowledge_question"},
    "close": {"reason": "unclear"},
    "vote": {"value": 1},
    "clicks": {"id": MISSING, "rank": 1},
    "activities": {
        "provider": "slack",
        "items": [{"kind": "post", "at": "2020-01-01T00:00:00Z", "ref": "1"}],
    },
}


def contents(cluster: Cluster, community: Community) -> dict[str, list[str]]:
    """Every row of a community in every store, by table."""
    rows: dict[str, list[str]] = {}
    for service, base in OWNED.items():
        for table in (*base.metadata.sorted_tables, tables.outbox, tables.audit):
            tenant = tenant_column(table)
            if tenant is None and "community_id" not in table.columns:
                continue
            column = "community_id" if tenant is None else tenant.name
            sql = f"SELECT * FROM \"{table.name}\" WHERE {column} = '{community.id}'"
            rows[f"{service}.{table.name}"] = sorted(map(repr, cluster.rows(service, sql)))
    return rows


LOOKED_AT_AGAIN = {
    "events": "SELECT 1 FROM departure WHERE community_id = '{}'",
    "knowledge": "SELECT 1 FROM departure WHERE community_id = '{}' AND look_at IS NOT NULL",
    "membership": "SELECT 1 FROM promise_occurrence WHERE community_id = '{}' AND swept_at IS NULL",
}
"""What the clock still has to do about what was heard some seconds ago."""


def settled(cluster: Cluster, community: Community) -> dict[str, list[str]]:
    """The rows once facts are applied and what is done by the clock, each second, has nothing left to do."""
    cluster.wait_converged()
    seen: list[dict[str, list[str]]] = []

    def same_as_before() -> bool:
        if any(cluster.rows(service, sql.format(community.id)) for service, sql in LOOKED_AT_AGAIN.items()):
            return False
        seen.append(contents(cluster, community))
        return len(seen) > 1 and seen[-1] == seen[-2]

    eventually(same_as_before, within=30, every=2.5)
    return seen[-1]


@pytest.fixture(scope="module")
def untouched(world: World) -> Iterator[None]:
    """The other community is, when all tests of this file are done, what it was."""
    before = settled(world.cluster, world.other)
    assert len(before["membership.member"]) > 2
    assert before["engagement.post"]
    assert before["knowledge.article"]
    yield
    world.cluster.wait_converged()
    assert contents(world.cluster, world.other) == before


pytestmark = pytest.mark.usefixtures("untouched")


def seen(answer: httpx.Response) -> tuple[int, bytes, dict[str, str]]:
    """All a caller can tell two answers apart by, but for the request's id and the time."""
    own = {"x-request-id", "date", "ratelimit"}
    headers = {name: value for name, value in answer.headers.items() if name not in own}
    return answer.status_code, answer.content, headers


def ask(world: World, who: str, case: Case, path: str) -> httpx.Response:
    """A request of `case`'s method that would be accepted if its path were one's own."""
    noun = path.rsplit("/", 1)[-1]
    body = filled(case.given.get("body") or BODIES.get(noun, {}), world.home)
    sent = {"json": body} if case.method in ("POST", "PUT", "PATCH") else {}
    headers = world.as_(who) | {"If-Match": '"1"'}
    if path.startswith(ROOT_OF_SCIM):
        sent["params"] = {"community": str(world.home.id)}  # what else but a key has to say so
    return world.anybody["gateway"].request(case.method, path, headers=headers, **sent)


def borrowed(case: Case) -> list[str]:
    """The things of a community a path names."""
    ids = [name for name in IN_PATH.findall(case.template) if name.endswith("_id")]
    return [name for name in ids if name not in ("community_id", *WORDS)]


def thing(case: Case, name: str, things: dict[str, str]) -> str:
    """What stands for a name in a path: a thing the case means, or the one of that name."""
    return things.get(str(case.given.get(name, name)), things[name])


def path_of(case: Case, world: World, things: dict[str, str], instead: dict[str, str] | None = None) -> str:
    """The case's path at home, with the ids of these things."""
    here = WORDS | {"community_id": str(world.home.id)} | (instead or {})
    return IN_PATH.sub(lambda found: here.get(found[1]) or thing(case, found[1], things), case.template)


NESTED = [case for case in PUBLIC if borrowed(case) and case.number == 1]
WITHIN_OTHERS = [case for case in NESTED if len(borrowed(case)) > 1]
WITHIN = [case for case in PUBLIC if "{community_id}" in case.template and case.number == 1]


@pytest.mark.parametrize("who", ["owner", "owner_key"])
@pytest.mark.parametrize("case", NESTED, ids=str)
def test_a_thing_of_another_community_is_as_missing_as_one_that_never_was(
    case: Case, who: str, world: World
) -> None:
    owned = ("/clients/", "/reactions/", "/data-requests/", "/answers/{answer_id}/vote", "/claim")
    if who == "owner_key" and any(place in case.template for place in owned):
        pytest.skip("the owner key owns that community, too, and is nobody who reacts, votes or writes")

    theirs = ask(world, who, case, path_of(case, world, world.other.things))
    missing = ask(world, who, case, path_of(case, world, dict.fromkeys(borrowed(case), MISSING)))
    assert theirs.status_code == 404
    assert seen(theirs) == seen(missing)


@pytest.mark.parametrize("case", WITHIN_OTHERS, ids=str)
def test_a_thing_of_another_community_is_missing_within_ones_own(case: Case, world: World) -> None:
    """Of several ids in a path only the last is another community's, or only those before."""
    *outer, inner = borrowed(case)

    def answer(names: list[str], things: dict[str, str]) -> httpx.Response:
        theirs = {name: thing(case, name, things) for name in names}
        return ask(world, "owner", case, path_of(case, world, world.home.things, theirs))

    for names in ([inner], outer):
        theirs = answer(names, world.other.things)
        missing = answer(names, dict.fromkeys(borrowed(case), MISSING))
        assert theirs.status_code in (403, 404)  # 403 where nobody may for a member, whoever else is named
        assert seen(theirs) == seen(missing)


@pytest.mark.parametrize("who", ["owner", "guest", "left", "key membership:admin"])
@pytest.mark.parametrize("case", WITHIN, ids=str)
def test_a_community_for_its_members_only_does_not_exist_for_others(
    case: Case, who: str, world: World
) -> None:
    def path(community: str) -> str:
        things = world.other.things | WORDS | {"community_id": community}
        return IN_PATH.sub(lambda found: things.get(found[1], "dau"), case.template)

    theirs = ask(world, who, case, path(str(world.other.id)))
    missing = ask(world, who, case, path(MISSING))
    assert theirs.status_code == 404
    assert seen(theirs) == seen(missing)


def test_who_has_left_a_community_for_its_members_only_sees_it_no_more(world: World) -> None:
    with world.cluster.client(world.issuer.token("leaver")) as leaver:
        private = leaver.post(
            "/v1/communities",
            json={"slug": "left-behind", "name": "Left", "kind": "cop", "visibility": "members"},
        ).json()
        path = f"/v1/communities/{private['id']}"
        (me,) = leaver.get(f"{path}/members").json()["items"]
        heir = world.owner.post(f"{path}/members", json={"handle": "heir", "display_name": "Heir"}).json()
        assert world.owner.post(f"{path}/members/{heir['id']}/roles", json={"role": "owner"}).is_success
        assert leaver.get(f"{path}/members").status_code == 200
        assert leaver.post(f"{path}/members/{me['id']}/leave").status_code == 200
        assert [leaver.get(f"{path}{below}").status_code for below in ("", "/members", "/topics")] == [
            404
        ] * 3


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/topics", {"channel_id": "channel_id", "title": "T", "body": "B"}),
        ("/topics/{topic_id}/posts", {"body": "B", "reply_to": "post_id"}),
        (
            "/topics/import",
            {
                "provider": "slack",
                "channel_id": "channel_id",
                "items": [
                    {
                        "ref": "1",
                        "kind": "discussion",
                        "title": "T",
                        "body": "B",
                        "tags": [],
                        "subject": None,
                        "at": "2020-01-01T00:00:00Z",
                        "score": 0,
                    }
                ],
            },
        ),
        ("/events", {"title": "T", "starts_at": "2100-01-01T00:00:00", "format_id": "format_id"}),
        ("/event-series", {"title": "T", "dtstart": "2100-01-01T00:00:00", "format_id": "format_id"}),
        (
            "/events/{event_id}/speaker-invitations",
            {"speaker_id": "speaker_id", "deadline": "2099-01-01T00:00:00Z"},
        ),
        (
            "/events/{event_id}/check-ins",
            {
                "registration_id": "registration_id",
                "device_id": "door",
                "nonce": "9",
                "at": "2020-01-01T00:00:00Z",
            },
        ),
        ("/articles", {"title": "T", "body": "B", "collection_id": "collection_id"}),
        ("/articles/from-source", {"question_id": "knowledge_question"}),
        ("/articles/from-source", {"topic_id": "topic_id"}),
        ("/articles/{members_article}/deprecate", {"replacement_id": "article_id"}),
        ("/questions/{knowledge_question}/duplicate", {"of": "knowledge_question"}),
        ("/contribution-calls/{call_id}/fulfil", {"article_id": "article_id"}),
        (
            "/imports",
            {"source": "csv", "name": "n", "text": "path,body\na,b", "collection_id": "collection_id"},
        ),
    ],
    ids=[
        "channel of a topic",
        "post replied to",
        "channel of an import",
        "format of an event",
        "format of a series",
        "speaker invited",
        "registration checked in",
        "collection of an article",
        "question an article is made of",
        "topic an article is made of",
        "article to follow instead",
        "question that stands for another",
        "article a call led to",
        "collection of an import",
    ],
)
def test_an_id_within_a_body_is_looked_for_at_home_only(
    path: str, body: dict[str, Any], world: World
) -> None:
    def send(things: dict[str, str]) -> httpx.Response:
        given = {
            name: things.get(value, value) if isinstance(value, str) else value
            for name, value in body.items()
        }
        return world.owner.post(world.home.path + path.format(**world.home.things), json=given)

    theirs, missing = send(world.other.things), send(dict.fromkeys(world.other.things, MISSING))
    assert theirs.status_code in (404, 422) or theirs.json()["items"][0]["outcome"] == "refused"
    assert seen(theirs) == seen(missing)


def test_reading_a_topic_of_another_community_counts_for_nothing(world: World) -> None:
    looks = {"items": [{"topic_id": world.other.things["topic_id"]}, {"topic_id": MISSING}]}
    with world.cluster.client(world.tokens["member"]) as member:
        answer = member.post(f"{world.home.path}/reads", json=looks).json()
    assert answer["recorded"] == 0
    assert [refused["reason"] for refused in answer["refused"]] == ["unknown-topic"] * 2


@pytest.mark.parametrize(
    ("below", "filter", "thing"),
    [
        ("/topics", "channel", "channel_id"),
        ("/topics", "author", "member_id"),
        ("/events", "series", "series_id"),
        ("/events", "group", "group_id"),
        ("/events", "format", "format_id"),
        ("/event-series", "group", "group_id"),
        ("/event-series", "format", "format_id"),
        ("/articles", "collection", "collection_id"),
        ("/articles", "owner", "author"),
        ("/articles/stale?within_days=3650", "collection", "collection_id"),
        ("/questions", "asked_by", "author"),
    ],
)
def test_a_filter_by_another_communitys_id_finds_nothing(
    below: str, filter: str, thing: str, world: World
) -> None:
    found = world.owner.get(f"{world.home.path}{below}", params={filter: world.other.things[thing]})
    assert found.json() == {"items": [], "next_cursor": None}


def test_a_name_of_another_communitys_article_leads_nowhere(world: World) -> None:
    name = world.other.things["own_slug"]
    known, theirs, missing = (
        world.owner.get(f"{place.path}/articles/by-slug/{slug}")
        for place, slug in ((world.other, name), (world.home, name), (world.home, "nobody-has-it"))
    )
    assert (known.status_code, theirs.status_code) == (200, 404)
    assert seen(theirs) == seen(missing)


def test_a_search_finds_nothing_of_another_community(world: World) -> None:
    """Neither as a hit nor counted, nor by what a word is taken for, nor what begins like it."""
    for wanted in ("newcomers", "newcomrs", "newc*", '"welcome newcomers"'):
        here = world.owner.get(
            f"{world.home.path}/search", params={"q": wanted, "limit": 100, "facets": True}
        ).json()
        ids = {hit["id"] for hit in here["items"]} | {hit["parent_id"] for hit in here["items"]}
        assert here["hits"] == len(here["items"]) == sum(here["facets"]["kind"].values()) > 0
        assert ids.isdisjoint(world.other.things.values())
    empty = found(world.owner)
    for wanted in ("newcomers", "newcomrs", "newc*"):
        there = world.owner.get(f"{empty.path}/search", params={"q": wanted, "facets": True}).json()
        assert (there["hits"], there["items"], there["corrected"]) == (0, [], {})


def test_a_calendar_by_another_communitys_id_is_empty(world: World) -> None:
    for filter, thing in (("group", "group_id"), ("format", "format_id")):
        wanted = {filter: world.other.things[thing]}
        shown = world.owner.get(f"{world.home.path}/events.ics", params=wanted)
        assert (shown.status_code, shown.text.count("BEGIN:VEVENT")) == (200, 0)


def test_the_token_of_a_feed_opens_the_feed_of_its_community_only(world: World) -> None:
    nobody = world.anybody["gateway"]
    token = world.other.things["feed_token"]
    below = "/members/me/events.ics"
    theirs = nobody.get(f"{world.home.path}{below}", params={"token": token})
    missing = nobody.get(f"{world.home.path}{below}", params={"token": "x" * len(token)})
    assert nobody.get(f"{world.other.path}{below}", params={"token": token}).status_code == 200
    assert theirs.status_code == 404
    assert seen(theirs) == seen(missing)


def test_a_cursor_serves_its_holder_in_its_list_only(world: World) -> None:
    theirs = world.owner.get(f"{world.other.path}/members", params={"limit": 1}).json()["next_cursor"]
    mine = world.owner.get(f"{world.home.path}/members", params={"limit": 1}).json()["next_cursor"]
    with world.cluster.client(world.tokens["member"]) as member:
        answers = [
            world.owner.get(f"{world.home.path}/members", params={"limit": 1, "cursor": theirs}),
            world.owner.get(f"{world.home.path}/topics", params={"limit": 1, "cursor": mine}),
            world.owner.get(f"{world.home.path}/members", params={"cursor": mine, "state": "active"}),
            world.owner.get(f"{world.home.path}/members", params={"cursor": mine[:-2] + "AA"}),
            member.get(f"{world.home.path}/members", params={"limit": 1, "cursor": mine}),
        ]
    assert [answer.status_code for answer in answers] == [400] * 5


def test_an_internal_read_names_the_ids_of_others_as_missing(world: World) -> None:
    wanted = {"community_id": str(world.home.id), "ids": [world.other.things["topic_id"]]}
    with world.cluster.direct("engagement") as gateway:
        answer = gateway.post("/internal/topics/read", json=wanted)
    assert answer.json() == {"items": [], "missing": wanted["ids"]}
