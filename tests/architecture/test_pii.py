"""Every column says what it tells about people, and every table that tells something what becomes of it."""

import pytest

from docs.pii import fate, personal_columns, privacy_of, text_columns
from shared import mentions
from shared.store import tables
from tests.architecture.tree import SERVICES, service


@pytest.mark.parametrize("name", SERVICES)
def test_every_text_column_says_what_it_tells_about_people(name: str) -> None:
    columns = text_columns(service(name).base.metadata)
    assert [str(column) for column in columns if "pii" not in column.info] == []


def test_every_text_column_of_the_kit_does_so_too() -> None:
    assert [str(column) for column in text_columns(tables.metadata) if "pii" not in column.info] == []


@pytest.mark.parametrize("name", SERVICES)
def test_personal_data_is_erased_or_kept_for_a_reason(name: str) -> None:
    privacy = privacy_of(service(name))
    personal = {column.table.name for column in personal_columns(service(name).base.metadata)}
    assert {table for table in personal if not fate(privacy, table)} == set()


def test_the_kit_erases_or_keeps_for_a_reason() -> None:
    personal = {column.table.name for column in personal_columns(tables.metadata)}
    assert personal == {*mentions.COVERS, *mentions.KEEPS}


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_takes_part_in_erasures_and_exports(name: str) -> None:
    slices = service(name).slices
    privacy = privacy_of(service(name))
    assert privacy is not None
    listed = [part for part in slices if getattr(part, "consumers", None) is privacy.consumers]
    assert [part.jobs for part in listed] == [privacy.jobs]
    routers = [getattr(part, "router", None) for part in listed]
    assert routers == [None if name == "gateway" else privacy.router], "the gateway has no internal route"
    assert privacy.receipt.owner == name
