"""Merges applied, undone and rejected in any order, with changes in between, against a model."""

from dataclasses import dataclass, field
from itertools import count
from typing import Any

import httpx
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from tests.conftest import found_community
from tests.membership.conftest import Someone
from tests.membership.test_merges import add, propose, refusal, run

MEMBERS = st.integers(0, 3)
ROLES = st.sampled_from(["editor", "moderator", "organizer"])


@dataclass
class Merged:
    """A merge in force: of each role that went over the grant, the survivor's own, and the one they have."""

    id: str
    survivor: int
    merged: int
    roles: dict[str, tuple[int, int | None]] = field(default_factory=dict)
    identities: set[str] = field(default_factory=set)


class Merging(RuleBasedStateMachine):
    """Four members with roles (each grant has a number) and identities, and the merges between them."""

    membership: httpx.Client

    def __init__(self) -> None:
        super().__init__()
        self.key = Someone(self.membership, found_community(self.membership))
        self.ids = [add(self.key, f"member-{n}") for n in range(4)]
        self.roles: list[dict[str, int]] = [{} for _ in self.ids]
        self.identities: list[set[str]] = [set() for _ in self.ids]
        self.into: dict[int, int] = {}
        self.applied: list[Merged] = []
        self.numbers = count()

    @rule(who=MEMBERS, role=ROLES)
    def grant(self, who: int, role: str) -> None:
        answer = self.key.post(f"/members/{self.ids[who]}/roles", {"role": role})
        free = who not in self.into and role not in self.roles[who]
        assert answer.status_code == (201 if free else 409), answer.text
        if free:
            self.roles[who][role] = next(self.numbers)

    @rule(who=MEMBERS, role=ROLES)
    def revoke(self, who: int, role: str) -> None:
        answer = self.key.delete(f"/members/{self.ids[who]}/roles/{role}")
        assert answer.status_code == (204 if role in self.roles[who] else 404), answer.text
        self.roles[who].pop(role, None)

    @rule(who=MEMBERS)
    def link(self, who: int) -> None:
        given = {"provider": "slack", "subject": f"U{next(self.numbers)}"}
        answer = self.key.post(f"/members/{self.ids[who]}/identities", given)
        assert answer.status_code == (409 if who in self.into else 201), answer.text
        if who not in self.into:
            self.identities[who].add(answer.json()["id"])

    @rule(who=MEMBERS)
    def unlink(self, who: int) -> None:
        if self.identities[who]:
            gone = min(self.identities[who])
            self.identities[who].discard(gone)
            assert self.key.delete(f"/members/{self.ids[who]}/identities/{gone}").status_code == 204

    @rule(survivor=MEMBERS, merged=MEMBERS, rejected=st.booleans())
    def merge(self, survivor: int, merged: int, rejected: bool) -> None:
        proposed = propose(self.key, self.ids[survivor], self.ids[merged])
        if refused := self._refused(survivor, merged):
            assert refusal(proposed) == refused
            return
        id_ = proposed.json()["id"]
        assert run(self.key, id_, "reject" if rejected else "apply").status_code == 200
        if not rejected:
            self._apply(Merged(id_, survivor, merged))

    def _refused(self, survivor: int, merged: int) -> tuple[int, str] | None:
        if survivor == merged:
            return 422, "self-merge"
        above = survivor
        while above in self.into:
            above = self.into[above]
            if above == merged:
                return 409, "cyclic-merge"
        return (409, "merged-already") if {survivor, merged} & self.into.keys() else None

    def _apply(self, one: Merged) -> None:
        theirs, mine = self.roles[one.merged], self.roles[one.survivor]
        one.roles = {role: (grant, mine.get(role)) for role, grant in theirs.items()}
        self.roles[one.survivor] = theirs | mine
        self.roles[one.merged] = {}
        one.identities = self.identities[one.merged]
        self.identities[one.survivor] |= one.identities
        self.identities[one.merged] = set()
        self.into[one.merged] = one.survivor
        self.applied.append(one)

    @rule(which=st.integers(0, 5))
    def revert(self, which: int) -> None:
        if not self.applied:
            return
        one = self.applied[which % len(self.applied)]
        answer = run(self.key, one.id, "revert")
        later = [each for each in self.applied if each.survivor == one.survivor][-1]
        if one.survivor in self.into:
            assert refusal(answer) == (409, "merged-already")
        elif later is not one:
            assert (refusal(answer)[1], answer.json()["merge_id"]) == ("later-merge-first", later.id)
        else:
            assert answer.status_code == 200, answer.text
            self._revert(one)

    def _revert(self, one: Merged) -> None:
        self.applied.remove(one)
        del self.into[one.merged]
        mine = self.roles[one.survivor]
        for role, (grant, own) in one.roles.items():
            if mine.get(role) == (grant if own is None else own):
                self.roles[one.merged][role] = grant
                if own is None:
                    del mine[role]
        back = one.identities & self.identities[one.survivor]
        self.identities[one.survivor] -= back
        self.identities[one.merged] = back

    @invariant()
    def everybody_has_what_is_theirs(self) -> None:
        items = [each for state in ("active", "merged") for each in self._listed(f"/members?state={state}")]
        shown = {each["id"]: (each["roles"], each["merged_into"]) for each in items}
        assert shown == {
            id_: (sorted(self.roles[who]), self.ids[self.into[who]] if who in self.into else None)
            for who, id_ in enumerate(self.ids)
        }

    def _listed(self, path: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.key.get(path).json()["items"]
        return found

    def teardown(self) -> None:
        while self.applied:
            self.revert(len(self.applied) - 1)
        self.everybody_has_what_is_theirs()
        for who, id_ in enumerate(self.ids):
            assert {
                each["id"] for each in self._listed(f"/members/{id_}/identities?limit=100")
            } == self.identities[who]


def test_merges_keep_to_the_model(membership: httpx.Client) -> None:
    machine = type("TheirMerging", (Merging,), {"membership": membership})
    limits = settings(
        max_examples=10,
        stateful_step_count=25,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
    )
    run_state_machine_as_test(machine, settings=limits)
