"""Demographics as members and the team see them, and the rules of what may be told under attack."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from itertools import combinations, pairwise
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from services.membership.app import service
from services.membership.demographics import rules
from services.membership.demographics.answer import SetDemographics, answer
from services.membership.demographics.recount import recount
from services.membership.demographics.rules import Answered, Cell, Counted, K, Segment
from shared import sealing
from shared.contracts.membership import ConsentWithdrawn
from shared.identity import Actor, service_actor
from shared.runtime import open_store
from shared.settings import Settings
from shared.settings import settings as settings_of
from shared.store import Context, Tx
from shared.testing import Cluster, eventually
from tests.conftest import found_community
from tests.membership.conftest import Someone
from tests.membership.telling import tell
from tests.membership.test_data_requests import problem

Joined = Callable[..., Someone]
MINE = "/members/me/demographics"


def consented(who: Someone) -> Someone:
    path = f"/members/{who.member_id}/consents/demographics"
    assert who.ask("PUT", path, {"policy_version": "1"}).is_success
    return who


def answers(who: Someone, **said: str) -> Any:
    return who.ask("PUT", MINE, {"answers": said})


def test_answers_need_consent_and_are_ones_own(joined: Joined, key: Someone) -> None:
    ada = joined("ada")
    assert problem(answers(ada, gender="woman")) == (403, "/problems/consent-needed")
    consented(ada)
    assert answers(ada, gender="woman", age="25-34").json() == {
        "answers": {"gender": "woman", "age": "25-34"}
    }
    assert answers(ada, gender="another").json() == {"answers": {"gender": "another"}}
    assert ada.get(MINE).json() == {"answers": {"gender": "another"}}
    assert key.get(MINE).status_code == 403
    assert ada.delete(MINE).status_code == 204
    assert ada.get(MINE).json() == {"answers": {}}


def test_only_the_answers_there_are(joined: Joined) -> None:
    ada = consented(joined("ada"))
    refused = answers(ada, gender="green")
    assert problem(refused) == (422, "/problems/unknown-answer")
    assert refused.json()["options"] == ["woman", "man", "non-binary", "another", "prefer-not-to-say"]
    assert answers(ada, colour="green").json()["options"] is None
    assert ada.get(MINE).json() == {"answers": {}}


def test_answers_lie_sealed_and_no_fact_tells_of_them(
    joined: Joined, stack: Cluster, facts: Callable[..., list[dict[str, Any]]]
) -> None:
    ada = consented(joined("ada"))
    before = len(facts())
    answers(ada, disability="yes")
    sql = f"SELECT sealed FROM demographic_answer WHERE member_id = '{ada.member_id}'"
    [(sealed,)] = stack.rows("membership", sql)
    assert sealed.startswith("v1.")
    assert "yes" not in sealed
    assert len(facts()) == before


def test_answers_go_with_the_consent(joined: Joined) -> None:
    ada = consented(joined("ada"))
    answers(ada, gender="woman")
    assert ada.delete(f"/members/{ada.member_id}/consents/demographics").is_success
    eventually(lambda: ada.get(MINE).json() == {"answers": {}}, within=10)


def test_a_withdrawal_heard_of_late_takes_no_answer_given_under_a_new_consent(
    joined: Joined, key: Someone, stack: Cluster
) -> None:
    ada, ben = consented(joined("ada")), consented(joined("ben"))
    answers(ada, gender="woman")
    answers(ben, gender="man")
    path = f"/members/{ada.member_id}/consents/demographics"
    old = ada.get(path).json()["id"]
    assert ada.delete(path).is_success
    consented(ada)
    assert answers(ada, gender="woman", age="25-34").is_success
    withdrawn = ConsentWithdrawn(
        community_id=key.community,
        consent_id=UUID(old),
        subject_id=ada.member_id or uuid4(),
        purpose="demographics",
        aggregate_version=2,
    )
    tell(stack, withdrawn)
    assert ben.delete(f"/members/{ben.member_id}/consents/demographics").is_success
    eventually(lambda: ben.get(MINE).json() == {"answers": {}}, within=10)
    assert ada.get(MINE).json() == {"answers": {"gender": "woman", "age": "25-34"}}


def test_a_community_asks_questions_of_its_own(joined: Joined, key: Someone) -> None:
    ada = consented(joined("ada"))
    asked = {"key": "school", "label": "Your school", "options": ["north", "south"]}
    path = "/demographics/dimensions"
    assert key.made(path, asked)["options"] == ["north", "south", "prefer-not-to-say"]
    assert problem(key.post(path, asked)) == (409, "/problems/dimension-exists")
    assert problem(key.post(path, asked | {"key": "gender"})) == (409, "/problems/dimension-exists")
    assert answers(ada, school="north").is_success
    listed = ada.get(path).json()["items"]
    assert [each["key"] for each in listed if not each["fixed"]] == ["school"]
    assert [each["key"] for each in listed if each["fixed"]] == list(rules.DIMENSIONS)
    assert key.delete(f"{path}/gender").status_code == 404
    assert key.delete(f"{path}/school").status_code == 204
    assert ada.get(MINE).json() == {"answers": {}}


def test_nothing_is_told_of_few(joined: Joined, key: Someone) -> None:
    answers(consented(joined("ada")), gender="woman")
    told = key.get("/demographics/aggregate?dim=gender").json()
    assert (told["as_of"], told["k"]) == (None, 10)
    assert {each["count"] for each in told["answers"]} == {None}
    assert key.get("/demographics/aggregate?dim=colour").status_code == 404


def test_groups_of_ten_are_told_once_in_a_period(cluster: Callable[..., Cluster]) -> None:
    running = cluster(("gateway", "membership"))
    with running.client() as api:
        community = found_community(api)
        path = f"/v1/communities/{community}"
        said = ["woman"] * 21 + ["man"] * 10 + ["another"] * 9
        for number, gender in enumerate(said):
            _answered(running, path, number, gender)
        running.execute(
            "membership", "UPDATE demographic_answer SET answered_at = '2024-01-01T00:00:00.000000Z'"
        )
        running.restarted("membership", running.kill("membership"))
        aggregate = f"{path}/demographics/aggregate?dim=gender"
        told = eventually(lambda: _counts(api.get(aggregate).json()), within=10)
        assert told == {"woman": 20, "man": 10}
        assert _counts(api.get(f"{aggregate}&segment=members").json()) == told
        assert _counts(api.get(f"{aggregate}&segment=leaders").json()) == {}
        with running.person("p0") as who:
            assert who.delete(f"{path}{MINE}").status_code == 204
        running.restarted("membership", running.kill("membership"))
        assert _counts(api.get(aggregate).json()) == told


def test_what_one_says_during_a_count_is_kept_and_figures_of_who_left_go(
    cluster: Callable[..., Cluster], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The tenth woman says otherwise while the count runs; later everybody takes their answer back."""
    running = cluster(("gateway", "membership"))
    with running.client() as api, running.person("p0") as ada:
        path = f"/v1/communities/{found_community(api)}"
        said = ["woman"] * 10 + ["man"] * 11 + ["another"] * 10
        members = [_answered(running, path, number, gender) for number, gender in enumerate(said)]
        running.execute(
            "membership", "UPDATE demographic_answer SET answered_at = '2024-01-01T00:00:00.000000Z'"
        )
        running.stop()
        monkeypatch.setenv("GUILDHALL_HOME", str(running.home))
        settings_of.cache_clear()
        sealing._vault.cache_clear()
        asyncio.run(_says_during_a_count(running, UUID(path.rpartition("/")[2]), UUID(members[0])))
        running.start()
        aggregate = f"{path}/demographics/aggregate?dim=gender"
        told = eventually(lambda: _counts(api.get(aggregate).json()), within=10)
        assert told == {"man": 10, "another": 10}
        assert ada.get(f"{path}{MINE}").json() == {"answers": {"gender": "man"}}
        for number in range(len(said)):
            with running.person(f"p{number}") as who:
                assert who.delete(f"{path}{MINE}").status_code == 204
        assert _counts(api.get(aggregate).json()) == told
        running.execute("membership", "UPDATE demographic_snapshot SET period = period - 1")
        running.restarted("membership", running.kill("membership"))
        eventually(lambda: _counts(api.get(aggregate).json()) == {}, within=10)
        assert api.get(aggregate).json()["as_of"] is None


async def _says_during_a_count(alone: Cluster, community: UUID, member: UUID) -> None:
    """One replica counts while another has not yet committed what a member says."""
    url = alone.variables().get("GUILDHALL_DATABASE_URL")
    limits = Settings(home=alone.home, database_url=SecretStr(url) if url else None)
    stores = [open_store(service, limits, b"secret") for _ in range(2)]
    for store in stores:
        await store.open()
    actor = Actor("member", str(member), member_id=member, roles=frozenset({"member"}))

    async def says(tx: Tx) -> None:
        await answer(tx, tx.actor, SetDemographics(answers={"gender": "man"}))
        if alone.postgres is not None:
            await tx.all(sa.select(sa.func.pg_sleep(1)))

    saying = asyncio.create_task(stores[0].write(says, Context(actor, community)))
    await asyncio.sleep(0.3)
    counting = Context(service_actor("membership"), community)
    await stores[1].write(partial(recount, dimension="gender"), counting)
    await saying
    for store in stores:
        await store.close()


def _answered(running: Cluster, path: str, number: int, gender: str) -> str:
    """Somebody who joined, agreed and answered; the id."""
    with running.person(f"p{number}") as who:
        given = {"handle": f"person{number}", "display_name": f"Person {number}"}
        member = str(who.post(f"{path}/members", json=given).json()["id"])
        agreed = who.put(f"{path}/members/{member}/consents/demographics", json={"policy_version": "1"})
        assert agreed.is_success, agreed.text
        assert who.put(f"{path}{MINE}", json={"answers": {"gender": gender}}).is_success
    return member


def _counts(aggregate: dict[str, Any]) -> dict[str, int]:
    return {each["option"]: each["count"] for each in aggregate["answers"] if each["count"] is not None}


# What may be told, attacked --------------------------------------------------------------------------------

OPTIONS = ("a", "b", "c")
CELLS: list[Cell] = [(segment.value, option) for segment in Segment for option in OPTIONS]
BLOCK = st.tuples(
    st.integers(0, 59), st.integers(1, 40), st.sampled_from([*CELLS[:3], CELLS[4], None, "gone"])
)
"""These neighbours answer something else, change segment, take it back, or are erased; so do single ones."""


def _changes(blocks: list[tuple[int, int, Any]]) -> dict[int, Any]:
    return {start + n: change for start, count, change in blocks for n in range(count)}


CHANGES = st.lists(BLOCK, max_size=6).map(_changes)


class History:
    """People, where they are counted, and everything that was ever told of them."""

    def __init__(self) -> None:
        self.now: dict[int, Cell] = {}
        self.counted: dict[int, Cell] = {}
        self.figures = Counted({}, {})
        self.told: list[dict[str, dict[str, int] | None]] = []
        self.members: list[dict[Cell, frozenset[int]]] = []
        self.ghosts: dict[Cell, list[int]] = {cell: [] for cell in CELLS}
        """Who is still counted though their answer is gone: the attacker may know them, we do not."""
        self.renamed = 1000

    def pass_period(self, changes: dict[int, Any]) -> None:
        for person, change in changes.items():
            if change is None:
                self.now.pop(person, None)
            elif change == "gone":
                self._goes(person)
            else:
                self.now[person] = change
        people = {p: Answered(self.counted.get(p), self.now.get(p)) for p in {*self.now, *self.counted}}
        before = dict(self.figures.departed)
        self.figures, moved = rules.recount(self.figures, people)
        for cell, ghosts in self.ghosts.items():
            del ghosts[: before.get(cell, 0) - self.figures.departed.get(cell, 0)]
        for person, place in moved.items():
            if place is None:
                self.counted.pop(person)
            else:
                self.counted[person] = place
        self.told.append(rules.told(self.figures.figures, OPTIONS))
        self.members.append(
            {
                cell: frozenset([*(p for p, c in self.counted.items() if c == cell), *self.ghosts[cell]])
                for cell in CELLS
            }
        )

    def _goes(self, person: int) -> None:
        self.now.pop(person, None)
        cell = self.counted.pop(person, None)
        if cell is not None:
            self.renamed += 1
            self.ghosts[cell].append(self.renamed)
            # The same body under another name: the sets below speak of people, not of rows.
            self.members = [
                {c: frozenset(self.renamed if p == person else p for p in group) for c, group in each.items()}
                for each in self.members
            ]
            departed = dict(self.figures.departed)
            departed[cell] = departed.get(cell, 0) + 1
            self.figures = Counted(self.figures.figures, departed)


HISTORIES = st.lists(CHANGES, min_size=1, max_size=6)


@settings(max_examples=150, deadline=None)
@given(HISTORIES)
def test_no_sum_or_difference_of_what_is_told_is_a_small_group(periods: list[dict[int, Any]]) -> None:
    history = History()
    for changes in periods:
        history.pass_period(changes)
    figures = [n for told in history.told for row in told.values() if row is not None for n in row.values()]
    for told in history.told:
        together = rules.together(told.values(), OPTIONS)
        figures += together.values() if together is not None else []
    assert all(n == 0 or n >= K for n in figures)
    assert all(abs(one - other) % K == 0 for one, other in combinations(set(figures), 2))
    assert sum(figures) % K == 0


@settings(max_examples=150, deadline=None)
@given(HISTORIES)
def test_every_change_of_a_figure_is_the_doing_of_ten_or_more(periods: list[dict[int, Any]]) -> None:
    """Differencing over time: who entered a cell, and who left it, is nobody or a group of ten or more."""
    history = History()
    for changes in periods:
        history.pass_period(changes)
    for before, after in pairwise([dict.fromkeys(CELLS, frozenset[int]()), *history.members]):
        for cell in CELLS:
            for changed in (after[cell] - before[cell], before[cell] - after[cell]):
                assert len(changed) == 0 or len(changed) >= K
    for counted in history.members:
        assert sum(map(len, counted.values())) == len(frozenset().union(*counted.values())), "counted once"


@settings(max_examples=150, deadline=None)
@given(HISTORIES)
def test_nobody_learns_what_everybody_in_a_segment_answered(periods: list[dict[int, Any]]) -> None:
    history = History()
    for changes in periods:
        history.pass_period(changes)
    for told in history.told:
        for row in told.values():
            assert row is None or sum(n >= K for n in row.values()) >= 2


def test_figures_do_change_in_these_histories() -> None:
    """The properties above are not about nothing."""
    history = History()
    history.pass_period(_changes([(0, 25, CELLS[0]), (25, 12, CELLS[1])]))
    assert history.told[-1]["leaders"] == {"a": 20, "b": 10, "c": 0}
    history.pass_period(_changes([(0, 9, CELLS[2]), (30, 1, "gone")]))
    assert history.told[-1]["leaders"] == {"a": 20, "b": 10, "c": 0}
    history.pass_period(_changes([(0, 20, CELLS[2])]))
    assert history.told[-1]["leaders"] == {"a": 10, "b": 10, "c": 10}
    history.pass_period(_changes([(25, 12, "gone")]))
    assert history.told[-1]["leaders"] == {"a": 10, "b": 0, "c": 10}


def test_the_attack_would_find_what_naive_counts_tell() -> None:
    """The same attack on counts of eleven and then of ten finds the one who left."""
    naive = [11, 10]
    assert any(0 < abs(one - other) < K for one, other in combinations(naive, 2))


@pytest.mark.parametrize(
    ("responsible", "stage", "segment"),
    [
        (False, None, Segment.MEMBERS),
        (False, "lurker", Segment.MEMBERS),
        (False, "contributor", Segment.CONTRIBUTORS),
        (False, "leader", Segment.LEADERS),
        (True, "contributor", Segment.LEADERS),
    ],
)
def test_everybody_is_in_one_segment(responsible: bool, stage: str | None, segment: Segment) -> None:
    assert rules.segment_of(responsible=responsible, stage=stage) is segment


NAIVE_BEGIN = rules.begin_of(0).replace(tzinfo=None)


@settings(max_examples=100, deadline=None)
@given(st.datetimes(min_value=NAIVE_BEGIN).map(lambda moment: moment.replace(tzinfo=UTC)))
def test_a_moment_lies_in_its_period(moment: datetime) -> None:
    period = rules.period_of(moment)
    assert rules.begin_of(period) <= moment < rules.begin_of(period + 1)
