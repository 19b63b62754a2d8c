"""Who may do what (S1): every route against everybody who could ask, by the table in policy.yaml.

On SQLite every cell is asked. Who may follows from roles and scopes, whichever database they were read from:
on PostgreSQL every case is asked by one for each of its answers, another one from case to case.
"""

import importlib
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest
import yaml

from shared.dialects import dialect_of
from shared.identity import owner_key_actor
from shared.keys import Keys
from shared.settings import Settings
from shared.tokens import TOKEN_TYPE, Minter
from tests.security.world import SERVICES, VERBS, Community, World

POLICY: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("policy.yaml").read_text(encoding="utf-8"))
STRANGERS: list[str] = POLICY["columns"]["strangers"]
PEOPLE: list[str] = POLICY["columns"]["people"]
KEYS = [f"key {service}:{verb}" for service in SERVICES for verb in VERBS]
NOT_OF_THE_API = re.compile(r"/(livez|readyz|metrics|openapi\.json|docs.*|redoc.*|static.*)?")
EVERYBODY = [*STRANGERS, *PEOPLE, *KEYS, "other_key"]
FORGERIES = 12
MISSING = "00000000-0000-7000-8000-000000000000"


@dataclass(frozen=True)
class Case:
    """One way of asking for a route, and who gets what for an answer."""

    service: str
    method: str
    template: str
    number: int
    given: dict[str, Any] = field(hash=False)

    def __str__(self) -> str:
        return f"{self.method} {self.template.replace('/v1/communities/{community_id}', 'C')} {self.number}"

    @property
    def is_internal(self) -> bool:
        return "callers" in self.given

    def expected(self, who: str) -> int:
        """The status `who` is to get."""
        if "by_token" in self.given:
            return int(self.given["answers"])
        if who in STRANGERS:
            return 401
        if who == "other_key" or (who in KEYS and self.given.get("in") == "draft"):
            elsewhere = 404 if "{community_id}" in self.template else 403
            return int(self.given.get("other_key", elsewhere))
        if who in self.given.get("hidden", []):
            return 404
        listed = self.given["people"] + [f"key {scope}" for scope in self.given["keys"]]
        return int(self.given["answers"]) if who in listed else 403

    def request(self, community: Community, headers: dict[str, str]) -> dict[str, Any]:
        """The request as httpx takes it."""
        body = self.given.get("body", {} if self.method in ("POST", "PUT", "PATCH") else None)
        path = re.sub(r"\{(\w+)\}", lambda found: self._thing(found[1], community), self.template)
        request = {"method": self.method, "url": path, "headers": headers | self.given.get("headers", {})}
        if "query" in self.given:
            request["params"] = filled(self.given["query"], community)
        return request | ({} if body is None else {"json": filled(body, community)})

    def _thing(self, name: str, community: Community) -> str:
        wanted = str(self.given.get(name, name))
        return community.things.get(wanted, MISSING if wanted == "missing" else wanted)


def filled(body: Any, community: Community) -> Any:
    """The body with the ids of the community's things in the place of their names."""
    if isinstance(body, dict):
        return {name: filled(value, community) for name, value in body.items()}
    if isinstance(body, list):
        return [filled(item, community) for item in body]
    return MISSING if body == "missing" else community.things.get(body, body)


def _cases() -> Iterator[Case]:
    for service in SERVICES:
        for route, cases in POLICY[service].items():
            method, template = route.split()
            for number, given in enumerate(cases, 1):
                yield Case(service, method, template, number, given)


CASES = list(_cases())
PUBLIC = [case for case in CASES if not case.is_internal]
INTERNAL = [case for case in CASES if case.is_internal]
OWN_PORT = [case for case in CASES if case.service != "gateway"]


def askers(case: Case, *, all_of_them: bool) -> list[str]:
    """Everybody, or one for each answer the case has: another one from case to case."""
    if all_of_them:
        return EVERYBODY
    alike: dict[int, list[str]] = {}
    for who in EVERYBODY:
        alike.setdefault(case.expected(who), []).append(who)
    turn = PUBLIC.index(case)
    return [those[turn % len(those)] for those in alike.values()]


def routes_of(service: str) -> set[str]:
    """Every method and path a service answers to, those hidden from its documentation included."""
    app = importlib.import_module(f"services.{service}.app").app
    return {
        f"{method} {route.path}"
        for route in app.routes
        for method in getattr(route, "methods", None) or ["GET"]
        if not NOT_OF_THE_API.fullmatch(route.path) and method != "HEAD"
    }


@pytest.mark.parametrize("service", SERVICES)
def test_the_policy_knows_every_route_and_no_other(service: str) -> None:
    assert set(POLICY[service]) == routes_of(service)


def test_the_policy_does_not_shrink() -> None:
    public = len(PUBLIC) * len(EVERYBODY)
    direct = len(OWN_PORT) * FORGERIES + len(INTERNAL) * len(SERVICES)
    print(f"authorisation: {len(CASES)} cases, {public} cells by the front door, {direct} past it")  # noqa: T201
    assert public + direct >= POLICY["cells"]


def test_on_either_database_everybody_asks_for_something_and_gets_every_answer() -> None:
    asked = [(case, who) for case in PUBLIC for who in askers(case, all_of_them=False)]
    assert {who for _, who in asked} == set(EVERYBODY)
    for case in PUBLIC:
        answers = {case.expected(who) for who in EVERYBODY}
        assert {case.expected(who) for each, who in asked if each == case} == answers


@pytest.mark.parametrize("case", PUBLIC, ids=str)
def test_who_may_do_what(case: Case, world: World, database: str) -> None:
    community = world.draft if case.given.get("in") == "draft" else world.home
    wrong = {}
    for who in askers(case, all_of_them=database == "sqlite"):
        answer = world.anybody["gateway"].request(**case.request(community, world.as_(who)))
        if answer.status_code != case.expected(who):
            wrong[who] = (answer.status_code, case.expected(who), answer.text[:200])
        if answer.status_code >= 400:
            assert answer.headers["content-type"] == dialect_of(case.template).problem_type
    assert wrong == {}


@pytest.mark.parametrize("case", INTERNAL, ids=str)
def test_an_internal_route_is_for_the_services_that_need_it(case: Case, world: World) -> None:
    answers = {}
    for caller in SERVICES:
        keys = Keys.load(caller, Settings(home=world.cluster.home))
        token = Minter(caller, keys).mint(owner_key_actor(), case.service)
        answers[caller] = _direct(world, case, token).status_code
    expected = {
        caller: case.given["answers"] if caller in case.given["callers"] else 403 for caller in SERVICES
    }
    assert answers == expected


@pytest.mark.parametrize("case", INTERNAL, ids=str)
def test_an_internal_route_does_not_exist_at_the_front_door(case: Case, world: World) -> None:
    for path in (
        case.template,
        f"/{case.service}{case.template}",
        f"/v1/..{case.template}",
        f"/{case.template}",
    ):
        answer = world.owner.request(case.method, path, json={})
        assert answer.status_code == 404


def _direct(world: World, case: Case, token: str) -> httpx.Response:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return world.anybody[case.service].request(**case.request(world.home, headers))


class Forger:
    """Makes authorizations that no service may accept from whoever reaches its port."""

    def __init__(self, world: World, service: str) -> None:
        self._world = world
        settings = Settings(home=world.cluster.home)
        self._gateway = Keys.load("gateway", settings).private
        self._other = Keys.load("engagement" if service != "engagement" else "metrics", settings).private
        self._issued = int(time.time())
        self._claims = owner_key_actor(world.home.id).claims() | {
            "iss": "gateway",
            "aud": service,
            "iat": self._issued,
            "exp": self._issued + 60,
        }

    def all(self) -> dict[str, str]:
        """Each by what is wrong with it."""
        return {
            "nothing": "",
            "the owner key": self._world.cluster.owner_key,
            "a person's own token": self._world.tokens["owner"],
            "another audience": self._signed(aud="gateway"),
            "no audience": self._signed(aud=None),
            "expired": self._signed(iat=self._issued - 120, exp=self._issued - 60),
            "no end": self._signed(exp=None),
            "another service's key": self._signed(key=self._other),
            "another issuer than the key's": self._signed(iss="membership"),
            "another type": self._signed(typ="JWT"),
            "an unknown key": self._signed(kid="nobody"),
            "no signature": self._signed(key="", algorithm="none"),
        }

    def _signed(
        self,
        *,
        key: Any = None,
        algorithm: str = "EdDSA",
        typ: str = TOKEN_TYPE,
        kid: str = "gateway",
        **changes: Any,
    ) -> str:
        claims = {name: value for name, value in (self._claims | changes).items() if value is not None}
        signer = self._gateway if key is None else key
        return jwt.encode(claims, signer, algorithm=algorithm, headers={"typ": typ, "kid": kid})


@pytest.mark.either_database
@pytest.mark.parametrize("case", OWN_PORT, ids=str)
def test_a_service_believes_nobody_but_the_gateway(case: Case, world: World) -> None:
    forged = Forger(world, case.service).all()
    answers = {why: _direct(world, case, token).status_code for why, token in forged.items()}
    assert len(answers) == FORGERIES
    assert answers == dict.fromkeys(forged, 401)
