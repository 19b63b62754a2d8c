"""A merged member's activity and identities count for the survivor, and for themselves when it is undone."""

from uuid import uuid4

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.metrics import rebuild
from services.metrics.people import Known, person
from shared.contracts.membership import MergeApplied, MergeReverted
from shared.testing import eventually
from tests.metrics.conftest import Community, done
from tests.metrics.in_process import Service
from tests.metrics.test_fold import expected, now_held, world_of
from tests.metrics.test_people import join, link, people

MERGES = ("merge", "merge", "merge", "unmerge", "link", "unlink", "react", "topic", "post")
happenings = st.lists(
    st.tuples(st.sampled_from(MERGES), st.integers(0, 3), st.integers(0, 20), st.integers(0, 3)),
    min_size=2,
    max_size=40,
)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(happenings, st.lists(st.integers(0, 30), max_size=60), st.lists(st.integers(1, 5), min_size=1))
def test_merges_in_any_order_and_twice_end_as_counted_from_scratch(
    service: Service, happened: list[tuple[str, int, int, int]], order: list[int], sizes: list[int]
) -> None:
    """Merges of different members are told in any order: for a moment even in a circle."""
    world = world_of(happened)
    facts = world.facts(order)
    at = 0
    for size in sizes * len(facts):
        some = facts[at : at + size]
        service.hear(some, world.community)
        again = [each for each in some if isinstance(each, MergeApplied | MergeReverted)]
        service.hear([each.model_copy(update={"fact_id": uuid4()}) for each in again], world.community)
        at += size
    if not facts:
        return
    live, counted = now_held(service, world.community), expected(world)
    for name, rows in counted.items():
        assert live[name] == rows, name
    service.write(lambda tx: rebuild.begin(tx, world.community, "UTC"), world.community)
    while service.write(lambda tx: rebuild.advance(tx, world.community, 7), world.community):
        pass
    assert now_held(service, world.community) == live


def test_where_links_lead_to() -> None:
    links = {1: 2, 2: 3, 3: None, 4: 5, 5: 6, 6: 5, 7: 7}
    known = {no: Known(linked, None) for no, linked in links.items()}
    assert {no: person(known, no) for no in known} == {1: 3, 2: 3, 3: 3, 4: 5, 5: 5, 6: 5, 7: 7}


def merged(place: Community, survivor: str, other: str) -> str:
    given = {"survivor_id": survivor, "merged_id": other}
    made = place.membership.post(f"{place.path}/merges", json=given)
    assert made.status_code == 201, made.text
    run(place, made.json()["id"], "apply")
    return str(made.json()["id"])


def run(place: Community, merge: str, verb: str) -> None:
    answer = place.membership.post(f"{place.path}/merges/{merge}/{verb}")
    assert answer.status_code == 200, answer.text


def opened_by(place: Community, member: str, title: str) -> None:
    """A topic as the member's own doing, by nobody's identity."""
    said = {"title": title, "body": "Hello.", "kind": "discussion", "author_member_id": member}
    made = place.engagement.post(f"{place.path}/topics", json=said | {"channel_id": place.channel})
    assert made.status_code == 201, made.text


def test_what_members_did_themselves_and_elsewhere_is_one_persons(place: Community) -> None:
    place.ingest([done("slack-ada", 0), done("forum-ada", 1), done("bob", 1)])
    ada, other, third = join(place, "ada"), join(place, "eda"), join(place, "ida")
    link(place, ada, "slack-ada")
    link(place, other, "forum-ada")
    opened_by(place, other, "By Eda")
    opened_by(place, third, "By Ida")
    eventually(lambda: people(place) == 4)
    first = merged(place, ada, other)
    eventually(lambda: people(place) == 3)
    opened_by(place, other, "By Eda, told late")
    second = merged(place, third, ada)
    eventually(lambda: people(place) == 2)
    run(place, second, "revert")
    eventually(lambda: people(place) == 3)
    run(place, first, "revert")
    eventually(lambda: people(place) == 4)


def test_an_address_is_the_same_person_wherever_it_is_told(place: Community) -> None:
    """Engagement hears of what an address did, membership whose it is; neither asks the other."""
    place.ingest([done("Ada@Example.org", 0), done("ada@example.ORG", 1), done("bob@example.org", 1)])
    place.counted()
    assert people(place) == 2
    ada, other = join(place, "ada"), join(place, "eda")
    link(place, ada, "ADA@example.org")
    opened_by(place, ada, "By Ada")
    eventually(lambda: place.one("dau")["n"] == 4)
    assert people(place) == 2
    link(place, other, "bob@example.org")
    merged(place, other, ada)
    eventually(lambda: people(place) == 1)
