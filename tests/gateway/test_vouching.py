"""Internal tokens are reused while they are young, for the same caller and service (docs/decisions/0006)."""

from pathlib import Path
from uuid import UUID, uuid4

import pytest

from services.gateway.actors import Standing
from services.gateway.vouching import REUSED_SECONDS, Vouching
from shared.identity import Actor
from shared.keys import Keys, ensure_keys
from shared.problems import Unauthorised
from shared.settings import Settings
from shared.tokens import TOKEN_SECONDS, Minter, Verifier


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    home: Path = tmp_path_factory.mktemp("home")
    ensure_keys(home)
    return Settings(home=home)


@pytest.fixture
def vouching(settings: Settings) -> Vouching:
    return Vouching(Minter("gateway", Keys.load("gateway", settings)))


def standing(community: UUID | None = None) -> Standing:
    actor = Actor("member", str(uuid4()), member_id=uuid4(), community_id=community or uuid4())
    return Standing(actor, 0.0, 60.0)


def test_a_young_token_is_used_again(vouching: Vouching) -> None:
    ada = standing()
    first = vouching.header(ada, "membership", 100.0)
    assert vouching.header(ada, "membership", 100.0 + REUSED_SECONDS - 0.1) is first


def test_an_older_one_is_replaced_long_before_it_expires(
    vouching: Vouching, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = standing()
    made = iter(range(10))
    monkeypatch.setattr(vouching, "fresh", lambda *_: b"Bearer %d" % next(made))
    assert vouching.header(ada, "membership", 100.0) == b"Bearer 0"
    assert vouching.header(ada, "membership", 100.0 + REUSED_SECONDS) == b"Bearer 1"
    assert TOKEN_SECONDS - REUSED_SECONDS >= 40


def test_another_caller_community_or_service_has_another_token(vouching: Vouching) -> None:
    ada = standing()
    tokens = {
        vouching.header(ada, "membership", 100.0),
        vouching.header(ada, "engagement", 100.0),
        vouching.header(standing(ada.actor.community_id), "membership", 100.0),
        vouching.header(standing(), "membership", 100.0),
    }
    assert len(tokens) == 4


def test_a_token_is_good_at_its_service_only(vouching: Vouching, settings: Settings) -> None:
    ada = standing()
    token = vouching.header(ada, "membership", 100.0).removeprefix(b"Bearer ")
    caller = Verifier("membership", Keys.load("membership", settings)).verify(token)
    assert (caller.issuer, caller.actor) == ("gateway", ada.actor)
    with pytest.raises(Unauthorised):
        Verifier("engagement", Keys.load("engagement", settings)).verify(token)


def test_a_renewed_standing_has_no_token_of_the_old_one(vouching: Vouching) -> None:
    ada = standing()
    before = vouching.header(ada, "membership", 100.0)
    demoted = Standing(Actor("member", ada.actor.id, community_id=ada.actor.community_id), 100.0, 160.0)
    assert vouching.header(demoted, "membership", 100.0) != before
