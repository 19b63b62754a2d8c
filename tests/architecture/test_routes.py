"""Every route says who may call it, and its path says which community it belongs to."""

import pytest

from shared.identity import PERMISSIONS
from shared.settings import SERVICES as NAMES
from tests.architecture.tree import SERVICES, routes


@pytest.mark.parametrize("name", SERVICES)
def test_every_route_declares_a_permission_or_its_callers(name: str) -> None:
    for route in routes(name):
        declared = route.declared
        assert (declared.allows is None) != (not declared.callers), route.path
        assert declared.allows is None or declared.allows in PERMISSIONS, route.path
        assert declared.callers <= set(NAMES), route.path


@pytest.mark.parametrize("name", SERVICES)
def test_internal_routes_are_for_services_and_public_ones_for_people(name: str) -> None:
    for route in routes(name):
        begins = ("/internal/",) if route.declared.callers else ("/v1/", "/scim/v2/")
        assert route.path.startswith(begins), route.path


@pytest.mark.parametrize("name", SERVICES)
def test_operation_ids_are_the_names_of_the_endpoints(name: str) -> None:
    names = [route.name for route in routes(name)]
    assert sorted(names) == sorted(set(names))
