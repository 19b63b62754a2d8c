"""The newest migration leads to the models."""

from pathlib import Path

import pytest

from shared.settings import Settings
from shared.store.migrate import differences, migrate
from tests.architecture.tree import SERVICES


@pytest.mark.parametrize("name", SERVICES)
def test_the_migrations_lead_to_the_models(name: str, tmp_path: Path) -> None:
    limits = Settings(home=tmp_path)
    migrate(name, limits)
    assert differences(name, limits) == []
