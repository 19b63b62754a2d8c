"""The vault: what is sealed is read again by its owner, for its place, and by nobody else."""

import base64
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from shared.settings import Settings
from shared.vault import KEY_BYTES, Sealer, Vault, VaultClosed

ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=200)


def master() -> str:
    return base64.b64encode(os.urandom(KEY_BYTES)).decode()


def vault(home: Path, *keys: str) -> Vault:
    return Vault(Settings(home=home, vault_key=SecretStr(",".join(keys)) if keys else None))


@pytest.fixture
def sealer(tmp_path: Path) -> Sealer:
    own = vault(tmp_path, master())
    return own.open(own.new_key())


def test_the_key_in_home_is_made_once_and_for_its_owner_only(tmp_path: Path) -> None:
    wrapped = vault(tmp_path).new_key()
    sealed = vault(tmp_path).open(wrapped).seal("ada@example.org", about="1")
    assert vault(tmp_path).open(wrapped).unseal(sealed, about="1") == "ada@example.org"
    assert (tmp_path / "keys" / "vault.key").stat().st_mode & 0o777 == 0o600


def test_production_brings_its_own_key(tmp_path: Path) -> None:
    with pytest.raises(VaultClosed, match="VAULT_KEY"):
        Vault(Settings(home=tmp_path, env="production"))


@pytest.mark.parametrize("bad", ["short", "c2hvcnQ=", "", f"{'A' * 44},c2hvcnQ="])
def test_a_key_that_is_none_is_refused(tmp_path: Path, bad: str) -> None:
    with pytest.raises(VaultClosed, match="32 random bytes"):
        vault(tmp_path, bad)


def test_a_key_may_come_from_a_file(tmp_path: Path) -> None:
    key, file = master(), tmp_path / "key"
    file.write_text(f"{key}\n", encoding="utf-8")
    wrapped = vault(tmp_path, key).new_key()
    assert Vault(Settings(vault_key_file=file)).open(wrapped)


def test_rotation_keeps_what_is_sealed(tmp_path: Path) -> None:
    old, new = master(), master()
    wrapped = vault(tmp_path, old).new_key()
    sealed = vault(tmp_path, old).open(wrapped).seal("secret", about="1")
    rewrapped = vault(tmp_path, new, old).rewrap(wrapped)
    assert vault(tmp_path, new).open(rewrapped).unseal(sealed, about="1") == "secret"
    with pytest.raises(VaultClosed, match="not in the keyring"):
        vault(tmp_path, new).open(wrapped)


def test_a_damaged_data_key_opens_nothing(tmp_path: Path) -> None:
    own = vault(tmp_path, master())
    wrapped = own.new_key()
    with pytest.raises(VaultClosed):
        own.open(wrapped[:-1] + bytes([wrapped[-1] ^ 1]))


@given(plain=ANY_TEXT, about=ANY_TEXT)
def test_any_text_comes_back(plain: str, about: str) -> None:
    sealer = Sealer(b"k" * KEY_BYTES)
    sealed = sealer.seal(plain, about=about)
    assert sealer.unseal(sealed, about=about) == plain
    assert sealed != sealer.seal(plain, about=about)
    assert sealed.isascii()


def test_it_fits_its_own_place_only(sealer: Sealer) -> None:
    sealed = sealer.seal("ada@example.org", about="row 1")
    with pytest.raises(ValueError, match="another place"):
        sealer.unseal(sealed, about="row 2")


def test_another_communitys_key_reads_nothing(tmp_path: Path, sealer: Sealer) -> None:
    other = vault(tmp_path, master())
    with pytest.raises(ValueError, match="another key"):
        other.open(other.new_key()).unseal(sealer.seal("secret", about="1"), about="1")


@pytest.mark.parametrize("changed", ["", "v1", "v1.", "v2.{kid}.AAAA", "v1.{kid}.AAAA", "v1.{kid}.###"])
def test_what_was_never_sealed_is_no_text(sealer: Sealer, changed: str) -> None:
    with pytest.raises(ValueError, match="sealed"):
        sealer.unseal(changed.format(kid=sealer.kid), about="1")


def test_a_digest_finds_a_contact_however_it_is_written(tmp_path: Path, sealer: Sealer) -> None:
    assert sealer.digest(" Ada@Example.ORG ") == sealer.digest("ada@example.org")
    assert sealer.digest("ada@example.org") != sealer.digest("bea@example.org")
    other = vault(tmp_path, master())
    assert other.open(other.new_key()).digest("ada@example.org") != sealer.digest("ada@example.org")
