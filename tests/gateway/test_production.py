"""In production health and metrics keep off the public listener, and nothing of development is left."""

import secrets
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from services.gateway.owner_key import WeakOwnerKey, owner_key
from shared.dev_issuer import mint
from shared.settings import Settings
from shared.testing import Cluster
from shared.testing.processes import free_block

KEY = f"gh_owner_{secrets.token_hex(32)}"


@pytest.fixture(scope="module")
def production(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Cluster, str]]:
    """A gateway with membership behind it, and the address of its admin listener."""
    home, port = tmp_path_factory.mktemp("home"), free_block(1)
    with Cluster(home, ("gateway", "membership")):
        pass  # migrations are a job in production; development does them at start
    given = {"ENV": "production", "ADMIN_PORT": str(port), "OWNER_KEY": KEY, "CRASHPOINT": ""}
    with Cluster(home, ("gateway", "membership"), environment=given) as running:
        yield running, f"http://127.0.0.1:{port}"


def test_health_and_metrics_are_on_the_admin_port_only(production: tuple[Cluster, str]) -> None:
    running, admin = production
    with running.client() as public, httpx.Client(base_url=admin, trust_env=False) as private:
        for path in ("/livez", "/readyz", "/metrics"):
            assert public.get(path).status_code == 404
            assert private.get(path).status_code == 200
        assert public.get("/v1/communities").status_code == 200
        assert private.get("/v1/communities").status_code == 404
        assert private.get("/v1/clients").status_code == 404


def test_the_page_to_try_things_on_is_not_there(production: tuple[Cluster, str]) -> None:
    running, _ = production
    with running.client() as client:
        assert client.get("/docs").status_code == 404
        assert client.get("/openapi.json").status_code == 200


def test_the_local_issuer_is_unknown(production: tuple[Cluster, str]) -> None:
    running, _ = production
    with running.client(mint(running.home, "ada", timedelta(hours=1))) as ada:
        assert ada.get("/v1/communities").status_code == 401


def test_a_weak_owner_key_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WeakOwnerKey):
        owner_key(Settings.model_validate({"env": "production", "owner_key": "short", "home": tmp_path}))


def test_an_owner_key_is_made_once_and_for_its_owner_only(tmp_path: Path) -> None:
    made = owner_key(Settings(home=tmp_path))
    assert owner_key(Settings(home=tmp_path)) == made
    assert len(made) > 64
    assert (tmp_path / "owner.key").stat().st_mode & 0o077 == 0
