"""Identities are derived alike by whoever derives them, and tell nobody an address."""

from collections.abc import Iterator
from uuid import UUID

import pytest

from shared import subjects
from shared.ids import identity_id
from shared.settings import settings
from shared.subjects import identity_of, is_contact, kept_subject

HERE, THERE = UUID(int=1), UUID(int=2)


@pytest.fixture(autouse=True, scope="module")
def _installed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A HOME of its own for what this process remembers."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GUILDHALL_HOME", str(tmp_path_factory.mktemp("home")))
        forget()
        yield
    forget()


def forget() -> None:
    for remembered in (settings, subjects._secret, subjects._key_of):
        remembered.cache_clear()


@pytest.mark.parametrize(
    ("subject", "contact"),
    [
        ("ada@example.org", True),
        ("U024BE7LH", False),
        ("@ada", False),
        ("a b@example.org", False),
        ("a@b", False),
    ],
)
def test_what_is_a_contact(subject: str, contact: bool) -> None:
    assert is_contact(subject) is contact


def test_a_name_is_kept_and_derived_plainly() -> None:
    assert kept_subject(HERE, "U024BE7LH") == "U024BE7LH"
    assert identity_of(HERE, "slack", "U024BE7LH") == identity_id(HERE, "slack", "U024BE7LH")


def test_an_address_is_one_in_any_case_and_another_in_another_community() -> None:
    kept = kept_subject(HERE, "Ada@Example.org")
    assert kept == kept_subject(HERE, "ada@EXAMPLE.ORG")
    assert kept != kept_subject(THERE, "ada@example.org")
    assert kept.startswith("hmac:")
    assert "ada" not in kept
    assert identity_of(HERE, "mbox", "ADA@example.org") == identity_of(HERE, "mbox", "ada@example.org")
    assert identity_of(HERE, "mbox", "ada@example.org") != identity_of(HERE, "slack", "ada@example.org")


def test_another_installation_keeps_another_hash(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    here = kept_subject(HERE, "ada@example.org")
    monkeypatch.setenv("GUILDHALL_HOME", str(tmp_path_factory.mktemp("elsewhere")))
    forget()
    assert kept_subject(HERE, "ada@example.org") != here
    monkeypatch.undo()
    forget()
