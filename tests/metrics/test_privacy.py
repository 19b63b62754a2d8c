"""Somebody is erased: what they did was nobody's, everybody else counts as before, and a rebuild agrees."""

from uuid import UUID, uuid4

from shared.ids import identity_id
from shared.testing import Cluster, eventually
from tests.erasing import ask_erasure, counts, erase, receipt
from tests.metrics.conftest import Community, done
from tests.metrics.test_rebuild import numbers, rebuilt


def who(place: Community, subject: str) -> UUID:
    return identity_id(place.id, "activities", subject)


def known(stack: Cluster, place: Community) -> set[str]:
    rows = stack.rows("metrics", f"SELECT subject_id FROM subject WHERE community_id = '{place.id}'")
    return {str(row[0]) for row in rows}


def test_what_was_theirs_is_nobodys(stack: Cluster, place: Community) -> None:
    """The numbers are those of a community in which nobody known had done it."""
    place.ingest(done(name, day) for name in ("ada", "ben") for day in (0, 1, 5))
    place.counted()
    erased = erase(stack, "metrics", place.id, identities=(who(place, "ada"),))
    assert erased == {"activity": 3, "subject": 1}
    assert [point["value"] for point in place.points("dau")] == [1, 1, 0, 0, 0, 1]
    content = place.one("content_count")
    assert (content["value"], content["unattributed"]) == (3, 3)
    assert known(stack, place) == {str(who(place, "ben"))}


def test_a_rebuild_counts_the_same_afterwards(stack: Cluster, place: Community) -> None:
    threads = [{"thread": f"t{n % 7}"} for n in range(700)]
    place.ingest(
        done(f"p{n % 5}", n // 9, ("question", "answer", "read")[n % 3], hour=n % 24) | threads[n]
        for n in range(700)
    )
    place.counted()
    erase(stack, "metrics", place.id, identities=(who(place, "p1"), who(place, "p4")))
    live = numbers(place)
    assert place.metrics.post(f"{place.path}/metrics/rebuild").status_code == 202
    eventually(lambda: rebuilt(place), within=20)
    assert numbers(place) == live


def test_a_rebuild_under_way_takes_part(stack: Cluster, place: Community) -> None:
    place.ingest(done(f"p{n % 5}", n // 40, hour=n % 24) for n in range(3000))
    place.counted()
    assert place.metrics.post(f"{place.path}/metrics/rebuild").status_code == 202
    erase(stack, "metrics", place.id, identities=(who(place, "p1"),))
    eventually(lambda: rebuilt(place), within=30)
    first = numbers(place)
    assert place.metrics.post(f"{place.path}/metrics/rebuild").status_code == 202
    eventually(lambda: rebuilt(place), within=30)
    assert numbers(place) == first


def test_late_facts_find_nobody(stack: Cluster, place: Community) -> None:
    place.ingest([done("ada", 0), done("ben", 0)])
    place.counted()
    erase(stack, "metrics", place.id, identities=(who(place, "ada"),))
    place.ingest([done("ada", 3), done("ben", 3)])
    eventually(lambda: [point["value"] for point in place.points("dau")] == [1, 0, 0, 1])
    assert known(stack, place) == {str(who(place, "ben"))}


def test_who_was_linked_goes_with_the_member(stack: Cluster, place: Community) -> None:
    """An identity counts for its member; it goes along though the request does not name it."""
    given = {"handle": f"h{uuid4().hex[:12]}", "display_name": "Ada"}
    member = place.membership.post(f"{place.path}/members", json=given).json()["id"]
    link = {"provider": "activities", "subject": "ada"}
    linked = place.membership.post(f"{place.path}/members/{member}/identities", json=link)
    assert linked.is_success, linked.text
    place.ingest([done("ada", 0), done("ada", 1), done("ben", 1)])
    place.counted()
    erased = erase(stack, "metrics", place.id, members=(UUID(member),))
    assert erased == {"activity": 3, "subject": 2}
    assert [point["value"] for point in place.points("dau")] == [1]


def test_a_community_nobody_heard_of_has_a_receipt_too(stack: Cluster) -> None:
    request = ask_erasure(stack, uuid4(), members=(uuid4(),))
    assert counts(receipt(stack, "metrics", request)) == {}
    assert receipt(stack, "gateway", request)["retained"] == ["audit_trail", "facts"]
