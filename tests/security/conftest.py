"""A running Guildhall with everybody in it, once per database."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from shared.testing import Cluster, Postgres
from tests.security import world as places
from tests.security.gatherings import gather
from tests.security.issuer import AUDIENCE, Issuer, issuing
from tests.security.knowing import know
from tests.security.world import World


@pytest.fixture(scope="session")
def issuer() -> Iterator[Issuer]:
    """Where everybody signs in."""
    with issuing() as running:
        yield running


@pytest.fixture(scope="session")
def guarded(
    server: Postgres | None, issuer: Issuer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Cluster]:
    """Everything running, with an issuer outside and room for as many requests as a test likes."""
    environment = {
        "OIDC_ISSUERS": f"{issuer.url}={AUDIENCE}",
        "EGRESS_ALLOW": "127.0.0.1/32",
        "RATE_LIMIT_PER_SECOND": "100000",
        "RATE_LIMIT_BURST": "100000",
    }
    home = tmp_path_factory.mktemp("guarded")
    with Cluster(home, postgres=server, environment=environment, migrated=True) as cluster:
        yield cluster


@pytest.fixture(scope="session")
def world(guarded: Cluster, issuer: Issuer) -> Iterator[World]:
    """Three communities: one furnished, one still a draft, and one of somebody else, for its members only."""
    tokens = places.sign_in(issuer)
    with ExitStack() as opened:
        owner = opened.enter_context(guarded.client())
        anybody = {name: opened.enter_context(places.anybody(guarded, name)) for name in places.SERVICES}
        tokens["owner_key"] = guarded.owner_key
        home, draft = places.found(owner), places.found(owner, active=False)
        with guarded.client(tokens["other_owner"]) as founder:
            other = places.found(founder, visibility="members")
        for community in (home, draft):
            places.settle(owner, guarded, community, tokens)
        for community in (home, other):
            places.furnish(owner, community)
            places.give_access(owner, community)
        with guarded.client(tokens["attendee"]) as attendee, guarded.client(tokens["other_owner"]) as founder:
            home.members["attendee"] = places.join(attendee, home, "attendee")
            gather(owner, guarded, home, attendee)
            gather(owner, guarded, other, founder)
            know(owner, home, attendee)
            know(owner, other, founder)
        tokens |= places.issue_keys(owner, home, other)
        yield World(guarded, issuer, owner, anybody, home, draft, other, tokens)
