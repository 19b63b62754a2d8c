"""A forum to be put under load: engagement running as an operator starts it, with a topic full of posts."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from bench.load import request
from bench.processes import Server, cores, pin
from shared.identity import Actor
from shared.ids import uuid7
from shared.keys import Keys
from shared.settings import Settings
from shared.testing import Cluster
from shared.tokens import Minter

POSTS = 200
BODY = json.dumps({"body": "I agree; what helped us was to ask newcomers after their first week. " * 3})


@dataclass(frozen=True)
class Forum:
    """One community's channel and topic in a running service, and somebody who may do everything there."""

    server: Server
    community: UUID
    channel: str
    topic: str
    admin: Actor
    minter: Minter

    def request(self, method: str, path: str, body: str = "") -> bytes:
        """A request to a place in the community, vouched for; good for a minute."""
        token = self.minter.mint(self.admin, "engagement")
        place = f"/v1/communities/{self.community}{path}"
        return request(method, place, token=token, body=body.encode())


@contextmanager
def forum(home: Path) -> Iterator[Forum]:
    """Engagement and its broker; the service alone on the measured core."""
    with Cluster(home, ["engagement"]) as cluster:
        community, member = uuid7(), uuid7()
        admin = Actor(
            kind="member",
            id=str(member),
            member_id=member,
            community_id=community,
            roles=frozenset({"admin"}),
        )
        with cluster.direct("engagement", admin) as client:
            root = f"/v1/communities/{community}"
            channel = client.post(f"{root}/channels", json={"name": "general", "kind": "forum"}).json()["id"]
            opening = {"channel_id": channel, "title": "Welcome", "body": "Hello", "kind": "discussion"}
            made = client.post(f"{root}/topics", json=opening | {"tags": []})
            assert made.status_code == 201, made.text
            topic = made.json()["id"]
            for _ in range(POSTS):
                client.post(
                    f"{root}/topics/{topic}/posts", content=BODY, headers={"content-type": "application/json"}
                )
        pid = cluster.pid("engagement")
        pin(pid, cores()[0])
        pin(cluster.pid("nats"), cores()[1])
        minter = Minter("gateway", Keys.load("gateway", Settings(home=home)))
        port = int(cluster.url("engagement").rpartition(":")[2])
        yield Forum(Server(port, pid), community, channel, topic, admin, minter)
