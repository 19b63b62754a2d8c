"""T14: what does a registration, first come first served and told to others, keep of a bare seat's speed?"""

import tempfile
from pathlib import Path

import httpx

from bench.comparison import compared
from bench.load import Seen, put_load, request
from bench.processes import Server, broker, serving
from bench.rounds import Effort, Row, taking_turns
from shared.identity import Actor
from shared.ids import uuid7
from shared.keys import Keys, ensure_keys
from shared.settings import Settings
from shared.testing.files import copy_migrated
from shared.tokens import Minter

PEOPLE = 3000
CONNECTIONS = 32
SEATS = 100_000
COMMUNITY = uuid7()
ROOT = f"/v1/communities/{COMMUNITY}"


def measure(effort: Effort) -> list[Row]:
    """Members by the thousand who register for one event, against as many that raise its counter.

    Both by the same service on the same database, vouched for one by one, on disk before they are answered.
    """
    people = max(int(PEOPLE * effort.share), 200)
    with tempfile.TemporaryDirectory() as place, broker(Path(place)) as url:
        home = Path(place)
        ensure_keys(home, ("gateway", "events"))
        copy_migrated("events", home / "events.db")
        minter = Minter("gateway", Keys.load("gateway", Settings(home=home)))
        environment = {"GUILDHALL_HOME": place, "GUILDHALL_NATS_URL": url}
        with serving("bench.contended:app", environment=environment) as server:
            paths = {
                "register": f"{_event(server, minter)}/registrations",
                "bare": f"{_event(server, minter)}/bare-seats",
            }

            def side(name: str) -> Seen:
                body = b"{}" if name == "register" else b""
                tokens = [minter.mint(_member("member"), "events") for _ in range(people)]
                asked = [request("POST", paths[name], token=token, body=body) for token in tokens]
                return put_load(server, asked, connections=CONNECTIONS)

            seen = taking_turns(
                {"register": lambda: side("register"), "bare": lambda: side("bare")}, effort.rounds
            )
    question = "registration under contention / a bare conditional UPDATE"
    return [compared("T14", question, ">= 0.35", seen["register"], seen["bare"])]


def _member(*roles: str) -> Actor:
    id_ = uuid7()
    return Actor("member", str(id_), member_id=id_, community_id=COMMUNITY, roles=frozenset(roles))


def _event(server: Server, minter: Minter) -> str:
    """The path of a new event everybody finds a seat at."""
    token = minter.mint(_member("member", "organizer"), "events")
    headers = {"Authorization": f"Bearer {token}"}
    given = {"title": "The fair", "starts_at": "2100-01-01T10:00:00", "capacity": SEATS}
    with httpx.Client(base_url=f"http://127.0.0.1:{server.port}", headers=headers, trust_env=False) as client:
        made = client.post(f"{ROOT}/events", json=given)
        made.raise_for_status()
        path = f"{ROOT}/events/{made.json()['id']}"
        for verb in ("publish", "open-registration"):
            client.post(f"{path}/{verb}").raise_for_status()
    return path
