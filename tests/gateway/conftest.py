"""People and programs who call through the gateway."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from uuid import uuid4

import httpx
import pytest

from shared.dev_issuer import mint
from shared.testing import Cluster

SignIn = Callable[..., httpx.Client]


@pytest.fixture
def sign_in(stack: Cluster) -> Iterator[SignIn]:
    """A client signed in by the local issuer: as somebody new, or as `subject`."""
    with ExitStack() as opened:

        def make(subject: str | None = None) -> httpx.Client:
            token = mint(stack.home, subject or f"person-{uuid4().hex}", timedelta(hours=1))
            return opened.enter_context(stack.client(token))

        yield make


@pytest.fixture
def somebody(sign_in: SignIn) -> httpx.Client:
    """A person nobody has seen before."""
    return sign_in()


@pytest.fixture(scope="session")
def anonymous(stack: Cluster) -> Iterator[httpx.Client]:
    """Nobody in particular."""
    with stack.client("") as client:
        yield client
