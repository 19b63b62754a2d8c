"""What is pure about the gateway."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.gateway import rules
from services.gateway.rules import Bucket, ClientState

NOW = datetime(2026, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)


@given(
    per_second=st.floats(0.1, 1000),
    burst=st.integers(1, 100),
    pauses=st.lists(st.floats(0, 5), min_size=1, max_size=200),
)
def test_a_bucket_never_gives_more_than_its_burst_and_its_rate(
    per_second: float, burst: int, pauses: list[float]
) -> None:
    bucket, now, given_out = Bucket(per_second, burst, burst, 0.0), 0.0, 0
    for pause in pauses:
        now += pause
        given_out += bucket.take(now) == 0.0
    assert given_out <= burst + per_second * now + 1e-6


@given(per_second=st.floats(0.1, 1000), burst=st.integers(1, 20))
def test_who_waits_as_long_as_told_is_served(per_second: float, burst: int) -> None:
    bucket = Bucket(per_second, burst, 0.0, 0.0)
    wait = bucket.take(0.0)
    assert wait > 0.0
    assert bucket.take(wait * 1.000001) == 0.0


@given(client=st.uuids())
def test_a_key_names_its_client_and_its_environment(client: UUID) -> None:
    key = rules.new_key("dev", client)
    assert rules.client_of(key, "dev") == client
    assert rules.client_of(key, "production") is None


@pytest.mark.parametrize(
    "key", ["", "gh_", "gh_dev_x_y", f"gh_dev_{uuid4()}_{'0' * 64}", "gh_dev_" + "0" * 32]
)
def test_what_is_no_key_names_nobody(key: str) -> None:
    assert rules.client_of(key, "dev") is None


def test_the_previous_key_opens_within_its_grace_only() -> None:
    old, new = rules.new_key("dev", uuid4()), rules.new_key("dev", uuid4())
    kept = (rules.digest(new), rules.digest(old), NOW + HOUR)
    assert rules.opens(new, *kept, NOW)
    assert rules.opens(old, *kept, NOW)
    assert not rules.opens(old, *kept, NOW + HOUR)
    assert not rules.opens("gh_other", *kept, NOW)
    assert not rules.opens("", rules.digest(new), None, None, NOW)


@pytest.mark.parametrize(
    ("revoked", "expires", "previous_until", "state"),
    [
        (None, NOW + HOUR, None, ClientState.ACTIVE),
        (None, NOW + HOUR, NOW + HOUR, ClientState.ROTATING),
        (None, NOW + HOUR, NOW, ClientState.ACTIVE),
        (None, NOW, NOW + HOUR, ClientState.EXPIRED),
        (NOW, NOW + HOUR, None, ClientState.REVOKED),
    ],
)
def test_the_state_of_a_client(
    revoked: datetime | None, expires: datetime, previous_until: datetime | None, state: ClientState
) -> None:
    assert rules.state_of(revoked, expires, previous_until, NOW) is state


@pytest.mark.parametrize("given_id", [b"abc", b"A.b-c_1", b"x" * 64])
def test_a_request_id_fit_for_logs(given_id: bytes) -> None:
    assert rules.is_request_id(given_id)


@pytest.mark.parametrize("given_id", [b"", b"x" * 65, b"a b", b"a\r\nb", b"a\n", "é".encode()])
def test_a_request_id_unfit_for_logs(given_id: bytes) -> None:
    assert not rules.is_request_id(given_id)
