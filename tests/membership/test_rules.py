"""Membership's rules, by table and by property."""

import unicodedata
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from services.membership.communities import rules as community_rules
from services.membership.communities.rules import CommunityKind, CommunityState, CommunityVerb
from services.membership.identities.rules import IdentityState
from services.membership.members import names
from services.membership.members import rules as member_rules
from services.membership.members.rules import MemberState, MemberVerb
from services.membership.roles import rules as role_rules
from services.membership.roles.rules import Role
from shared.zones import zone_name

KINDS = st.sampled_from(CommunityKind)
GRANTED = st.sets(st.sampled_from(Role))
HANDLE = st.text("abcxyz019._-", min_size=names.HANDLE_MIN, max_size=names.HANDLE_MAX)


@pytest.mark.parametrize(
    ("state", "kind", "verbs"),
    [
        ("draft", "cop", ["open-gathering", "activate"]),
        ("draft", "other", ["open-gathering", "activate"]),
        ("draft", "coi", ["open-gathering"]),
        ("gathering", "coi", ["activate"]),
        ("active", "cop", ["pause", "archive"]),
        ("paused", "cop", ["resume", "archive"]),
        ("archived", "cop", ["restore"]),
    ],
)
def test_a_community_goes_through_the_states_of_the_domain(state: str, kind: str, verbs: list[str]) -> None:
    assert community_rules.community_verbs(CommunityState(state), CommunityKind(kind)) == verbs


@pytest.mark.parametrize(("days", "verbs"), [(0, ["restore"]), (90, ["restore"]), (91, [])])
def test_an_archived_community_can_be_restored_for_ninety_days(days: int, verbs: list[str]) -> None:
    archived_for = timedelta(days=days)
    assert community_rules.community_verbs(CommunityState.ARCHIVED, CommunityKind.COP, archived_for) == verbs


class CommunityLife(RuleBasedStateMachine):
    """Any verbs in any order: only those allowed act, and what holds of every history holds."""

    def __init__(self) -> None:
        super().__init__()
        self.kind = CommunityKind.COI
        self.state = CommunityState.DRAFT
        self.past = [self.state]

    @rule(verb=st.sampled_from(CommunityVerb))
    def try_to(self, verb: CommunityVerb) -> None:
        if verb in community_rules.community_verbs(self.state, self.kind):
            self.state = community_rules.community_after(verb)
            self.past.append(self.state)

    @invariant()
    def there_is_always_a_way_on(self) -> None:
        assert community_rules.community_verbs(self.state, self.kind)

    @invariant()
    def nobody_becomes_a_draft_again(self) -> None:
        assert self.past.count(CommunityState.DRAFT) == 1
        assert self.past.count(CommunityState.GATHERING) <= 1

    @invariant()
    def a_community_of_interest_gathers_before_it_starts(self) -> None:
        if CommunityState.ACTIVE in self.past:
            assert CommunityState.GATHERING in self.past

    @invariant()
    def each_verb_changes_the_state(self) -> None:
        assert all(before != after for before, after in zip(self.past, self.past[1:], strict=False))


class MemberLife(RuleBasedStateMachine):
    """A member leaves and returns; moderation may suspend in between."""

    def __init__(self) -> None:
        super().__init__()
        self.state = MemberState.ACTIVE

    @rule(verb=st.sampled_from(MemberVerb))
    def try_to(self, verb: MemberVerb) -> None:
        if verb in member_rules.member_verbs(self.state):
            before, self.state = self.state, member_rules.member_after(verb)
            assert before is not self.state

    @rule()
    def is_suspended(self) -> None:
        if self.state is MemberState.ACTIVE:
            self.state = MemberState.SUSPENDED

    @invariant()
    def the_suspended_cannot_help_themselves(self) -> None:
        assert (member_rules.member_verbs(self.state) == []) == (self.state is MemberState.SUSPENDED)


TestCommunityLife = CommunityLife.TestCase
TestMemberLife = MemberLife.TestCase


@pytest.mark.parametrize(
    ("identity", "year", "reason"),
    [
        (None, 2012, None),
        (None, 1969, "joined-before-1970"),
        (None, 2031, "joined-in-the-future"),
        ("linked", 2031, None),
        ("revoked", 2012, "identity-revoked"),
    ],
)
def test_who_is_known_is_not_judged_by_a_date(identity: str | None, year: int, reason: str | None) -> None:
    state = IdentityState(identity) if identity else None
    assert (
        member_rules.refusal(state, datetime(year, 6, 1, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC))
        == reason
    )


@given(state=st.sampled_from(MemberState), granted=GRANTED)
def test_only_active_members_hold_roles(state: MemberState, granted: set[Role]) -> None:
    in_force = role_rules.roles_in_force(state, granted)
    assert in_force == (sorted({"member", *granted}) if state is MemberState.ACTIVE else [])


@pytest.mark.parametrize(
    ("authority", "grants"),
    [
        (0, set()),
        (1, set()),
        (2, set()),
        (3, {"editor", "organizer", "moderator"}),
        (4, {"editor", "organizer", "moderator", "admin", "owner"}),
    ],
)
def test_nobody_grants_at_or_above_their_own_level(authority: int, grants: set[str]) -> None:
    assert {role.value for role in Role if role_rules.may_grant(authority, role)} == grants


@given(level=st.integers(0, 4), granted=GRANTED)
def test_an_api_key_never_acts_above_an_admin(level: int, granted: set[Role]) -> None:
    authority = role_rules.authority(level, scoped_key=True)
    assert not role_rules.may_grant(authority, Role.ADMIN)
    assert role_rules.may_manage(authority, granted) == granted.isdisjoint({Role.ADMIN, Role.OWNER})


@given(authority=st.integers(0, 2), granted=GRANTED)
def test_below_admin_nobody_acts_for_others(authority: int, granted: set[Role]) -> None:
    assert not role_rules.may_manage(authority, granted)


@pytest.mark.parametrize(
    ("text", "handle"),
    [
        ("ada", "ada"),
        ("Ada.Lovelace_1-2", "ada.lovelace_1-2"),
        ("\uff21\uff44\uff41", "ada"),
        ("x" * 40, "x" * 40),
    ],
)
def test_a_handle_is_lower_case_in_compatibility_form(text: str, handle: str) -> None:
    assert names.handle(text) == handle


@pytest.mark.parametrize(
    "text", ["", "a", "x" * 41, "a b", "ad\u0430", "a/b", "@ada", "ada\n", "a\u0301da", "\u0130d"]
)
def test_what_is_no_handle_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="a handle is"):
        names.handle(text)


@given(st.text(max_size=300))
def test_any_text_leads_to_a_valid_handle(text: str) -> None:
    made = names.handle_from(text)
    assert names.handle(made) == made


def test_a_handle_from_an_address_hides_the_domain() -> None:
    assert names.handle_from("Ada.Lovelace@example.org") == "ada.lovelace"


@given(taken=st.sets(HANDLE, max_size=20), wishes=st.lists(HANDLE, max_size=30))
def test_handles_given_out_are_valid_and_different(taken: set[str], wishes: list[str]) -> None:
    handles = names.Handles(taken)
    given_out = [handles.give(wish) for wish in wishes]
    assert len(set(given_out)) == len(given_out)
    assert taken.isdisjoint(given_out)
    assert all(names.handle(made) == made for made in given_out)


def test_suffixes_count_up_from_two() -> None:
    handles = names.Handles({"ada", "ada-3"})
    assert [handles.give("ada") for _ in range(3)] == ["ada-2", "ada-4", "ada-5"]


@given(stem=HANDLE, other=HANDLE)
def test_the_range_of_a_handle_holds_it_and_its_suffixes_only(stem: str, other: str) -> None:
    low, high = names.handle_range(stem)
    assert (low <= other < high) == (other == stem or other.startswith(f"{stem}-"))
    assert low <= f"{stem}-2" < high


@given(st.text(max_size=200), st.integers(0, 200))
def test_a_name_is_found_by_the_beginning_of_it_in_any_case(name: str, length: int) -> None:
    key = names.search_key(name)
    low, high = names.prefix_range(names.search_key(key[:length]))
    assert low <= key < high or key.endswith("\U0010ffff")


def test_a_name_is_found_whatever_its_case_and_form() -> None:
    assert names.search_key("  Stra\u00dfe\u3000\u212bngstr\u00f6m ") == "strasse " + unicodedata.normalize(
        "NFKC", "\u00e5ngstr\u00f6m"
    )


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires"])
def test_zones_of_the_database_are_zones(zone: str) -> None:
    assert zone_name(zone) == zone


@pytest.mark.parametrize(
    "zone", ["", "Mars/Base", "../../etc/passwd", "/etc/localtime", "europe/berlin", "x" * 10_000]
)
def test_anything_else_is_no_zone(zone: str) -> None:
    with pytest.raises(ValueError, match="time zone"):
        zone_name(zone)
