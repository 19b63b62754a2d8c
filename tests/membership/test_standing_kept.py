"""What holds against a member holds on every way back in, whoever else decides something at that moment."""

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID, uuid4

from shared.identity import Actor
from shared.testing import Cluster
from tests.membership.conftest import Someone, at_once, codes
from tests.membership.test_invitations import accept, problem
from tests.membership.test_merges import add, merge
from tests.membership.test_standing import Case, about, becomes, settled

Person = Callable[..., Someone]
Facts = Callable[..., list[dict[str, Any]]]


def test_several_invitations_at_once_bring_somebody_back_once(
    key: Someone, joined: Person, person: Person, name: Any, facts: Facts
) -> None:
    ada = joined("ada")
    for _ in range(3):
        ada.made(f"/members/{ada.member_id}/leave")
        made = [key.made("/invitations", {}) for _ in range(8)]
        before = len(facts())
        answers = at_once([partial(accept, person(name("ada")), each["token"]) for each in made])
        assert codes(answers) == [200, *[409] * 7]
        assert {problem(each)[1] for each in answers if each.status_code == 409} == {"already-member"}
        assert [fact["fact"] for fact in facts()[before:]] == ["member_rejoined"]
        assert sum(key.get(f"/invitations/{each['id']}").json()["uses"] for each in made) == 1


def test_nobody_comes_in_while_they_are_banned(
    stack: Cluster, key: Someone, joined: Person, person: Person, name: Any
) -> None:
    """A ban that arrives while invitations are accepted: in force afterwards, whoever was first."""
    for number in range(4):
        ada = joined(f"ada{number}")
        ada.made(f"/members/{ada.member_id}/leave")
        made = [key.made("/invitations", {}) for _ in range(6)]
        ban = about(ada, "ban").imposed()
        acts: list[Callable[[], object]] = [partial(settled, stack, ban)]
        acts += [partial(accept, person(name(f"ada{number}")), each["token"]) for each in made]
        at_once(acts)
        assert key.get(f"/members/{ada.member_id}").json()["state"] in ("left", "banned")


def test_a_sanction_against_whoever_was_merged_twice_reaches_the_last(stack: Cluster, key: Someone) -> None:
    first, second, last = (add(key, handle) for handle in ("first", "second", "last"))
    merge(key, second, first)
    merge(key, last, second)
    survivor = Someone(key.client, key.community, UUID(last))
    settled(stack, Case(key.community, UUID(first), "ban").imposed())
    becomes(key, survivor, "banned")


def test_the_ban_of_an_owner_waits_no_longer_than_until_another_is_back(
    stack: Cluster, key: Someone, joined: Person
) -> None:
    ada, ben = (joined(each, "owner", by=key) for each in ("ada", "ben"))
    suspension = about(ben)
    settled(stack, suspension.imposed())
    becomes(key, ben, "suspended")
    settled(stack, about(ada, "ban").imposed())
    assert key.get(f"/members/{ada.member_id}").json()["state"] == "active"
    settled(stack, suspension.lifted())
    becomes(key, ben, "active")
    assert becomes(key, ada, "banned")["roles"] == []


def test_nobody_waits_under_an_invitation_for_a_login_that_was_erased(
    stack: Cluster, key: Someone, resolve: Callable[..., dict[str, Any]], name: Any
) -> None:
    ghost = UUID(resolve(name("ghost"), key.community)["person_id"])
    stack.execute("membership", f"UPDATE person SET state = 'erased' WHERE id = '{_as_kept(stack, ghost)}'")
    made = key.made("/invitations", {"name": {"handle": "ada", "display_name": "Ada"}})
    with stack.direct("membership", Actor("person", str(ghost), person_id=ghost)) as client:
        refused = accept(Someone(client, key.community), made["token"])
    assert problem(refused) == (403, "login-erased")
    assert key.get(f"/members/{made['member_id']}").json()["state"] == "invited"


def test_two_who_were_expected_are_one_person_once(
    key: Someone, person: Person, name: Any, facts: Facts
) -> None:
    """Two invitations by name accepted by the same person at once: one lets in, the other says why not."""
    for number in range(4):
        names = [{"handle": f"h{number}{side}", "display_name": "Ada"} for side in "ab"]
        made = [key.made("/invitations", {"name": each}) for each in names]
        ada = person(name(f"ada{number}-{uuid4().hex[:4]}"))
        answers = at_once([partial(accept, ada, each["token"]) for each in made])
        assert codes(answers) == [200, 409]
        assert {problem(each) for each in answers if each.status_code == 409} == {(409, "already-member")}
    assert len(facts("member_joined")) == 4


def _as_kept(stack: Cluster, id_: UUID) -> str:
    """The id as it stands in a statement for this database."""
    kept = stack.rows("membership", "SELECT id FROM person")
    return next(str(row[0]) for row in kept if str(row[0]).replace("-", "") == id_.hex)
