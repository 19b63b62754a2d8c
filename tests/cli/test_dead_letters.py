"""`guildhall dead-letters`: what a service could not apply is listed, tried again on request, or given up."""

from collections.abc import Callable, Iterator
from uuid import UUID

import pytest

from shared.ids import uuid7
from shared.testing import Cluster, eventually
from tests.cli.conftest import Ran


@pytest.fixture
def letter(stack: Cluster) -> Iterator[UUID]:
    """A parked letter of metrics that holds no fact at all, so that applying it fails again."""
    id_ = uuid7()
    stack.execute(
        "metrics",
        "INSERT INTO dead_letter (id, consumer, subject, payload, error_class, failures, parked_at, status)"
        f" VALUES ('{id_}', 'metrics', 'guildhall.nobody.said.v1._', '{{}}', 'ValueError', 3,"
        " '2026-01-01T00:00:00.000000Z', 'parked')",
    )
    yield id_
    stack.execute("metrics", f"DELETE FROM dead_letter WHERE id = '{id_}'")


def status_of(guildhall: Callable[..., Ran], letter: UUID) -> str:
    """What the list says of a letter; empty when it is not there."""
    listed = guildhall("dead-letters", "list", "--settled").stdout
    return next((line.split()[4] for line in listed.splitlines() if str(letter) in line), "")


def test_a_parked_letter_is_listed(guildhall: Callable[..., Ran], letter: UUID) -> None:
    listed = guildhall("dead-letters", "list")
    assert listed.returncode == 0
    (line,) = [line for line in listed.stdout.splitlines() if str(letter) in line]
    assert line.split()[1:5] == ["metrics", "guildhall.nobody.said.v1._", "ValueError", "parked"]


def test_a_redriven_letter_that_fails_again_is_parked_again(
    stack: Cluster, guildhall: Callable[..., Ran], letter: UUID
) -> None:
    done = guildhall("dead-letters", "redrive", str(letter))
    assert (done.returncode, done.stdout[:10]) == (0, "1 released")
    eventually(lambda: status_of(guildhall, letter) == "parked", within=20)
    assert str(letter) in stack.log.read_text()


def test_a_discarded_letter_stays_to_be_seen(guildhall: Callable[..., Ran], letter: UUID) -> None:
    assert guildhall("dead-letters", "discard", str(letter)).returncode == 0
    assert status_of(guildhall, letter) == "discarded"
    assert str(letter) not in guildhall("dead-letters", "list").stdout
    again = guildhall("dead-letters", "discard", str(letter))
    assert (again.returncode, again.stderr.count("\n")) == (1, 1)


@pytest.mark.either_database
def test_which_letters_must_be_said(guildhall: Callable[..., Ran], letter: UUID) -> None:
    assert guildhall("dead-letters", "discard").returncode == 2
    assert guildhall("dead-letters", "discard", str(letter), "--all").returncode == 2
    assert status_of(guildhall, letter) == "parked"
