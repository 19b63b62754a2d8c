"""Clients at work: mixed writes under idempotency keys, repeated until answered, each leaving a mark."""

import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import httpx

from tests.faults.history import History, Outcome

PATIENCE_SECONDS = 20.0
"""How long an operation is repeated before its outcome counts as unknown."""

ATTEMPT_SECONDS = 5.0
MAY_PASS = {429, 500, 502, 503, 504, 507}


@dataclass
class World:
    """What the clients know of the community they write in; any of it may be used by any of them."""

    community: UUID
    channel: str
    members: list[str] = field(default_factory=list)
    handles: list[str] = field(default_factory=list)
    topics: list[str] = field(default_factory=list)

    @property
    def path(self) -> str:
        return f"/v1/communities/{self.community}"


@dataclass(frozen=True)
class Operation:
    """One request, and what is learned from its answer."""

    action: str
    path: str
    body: dict[str, Any]
    learn: Callable[[dict[str, Any]], None] = lambda _: None


def join(world: World, marker: str) -> Operation:
    def learn(member: dict[str, Any]) -> None:
        world.members.append(member["id"])
        world.handles.append(member["handle"])

    body = {"handle": f"h{marker[:30]}", "display_name": marker}
    return Operation("join", f"{world.path}/members", body, learn)


def join_with_taken_handle(world: World, marker: str) -> Operation:
    body = {"handle": random.choice(world.handles), "display_name": marker}
    return Operation("refused-join", f"{world.path}/members", body)


def start_topic(world: World, marker: str) -> Operation:
    author = random.choice(world.members)
    body = {"channel_id": world.channel, "title": marker, "body": "-", "kind": "discussion"}
    return Operation(
        "topic",
        f"{world.path}/topics",
        body | {"author_member_id": author},
        lambda topic: world.topics.append(topic["id"]),
    )


def post(world: World, marker: str) -> Operation:
    body = {"body": marker, "author_member_id": random.choice(world.members)}
    return Operation("post", f"{world.path}/topics/{random.choice(world.topics)}/posts", body)


def post_nowhere(world: World, marker: str) -> Operation:
    return Operation("refused-post", f"{world.path}/topics/{uuid4()}/posts", {"body": marker})


def leave_or_return(world: World, _marker: str) -> Operation:
    """Raises a member's version; leaves no mark of its own."""
    return Operation(
        "move",
        f"{world.path}/members/{random.choice(world.members)}/{random.choice(('leave', 'rejoin'))}",
        {},
    )


MIX = (join, start_topic, post, post, post, join_with_taken_handle, post_nowhere, leave_or_return)
UNMARKED = {"move"}


def found_world(client: httpx.Client, community: UUID) -> World:
    """A channel to begin with."""
    path = f"/v1/communities/{community}"
    channel = client.post(f"{path}/channels", json={"name": "General", "kind": "forum"})
    assert channel.status_code == 201, channel.text
    return World(community, channel.json()["id"])


def perform(client: httpx.Client, operation: Operation, marker: str, history: History) -> Outcome:
    """Sends the operation until it is answered for good, always under the same key."""
    history.invoke(marker, operation.action)
    outcome: Outcome = "info"
    status = None
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        try:
            answer = client.post(operation.path, json=operation.body, headers={"Idempotency-Key": marker})
        except httpx.TransportError as error:
            history.attempted(type(error).__name__)
            time.sleep(0.05)
            continue
        status = answer.status_code
        history.attempted(str(status))
        if status in MAY_PASS or answer.headers.get("content-type") == "" or _still_running(answer):
            time.sleep(0.05)
            continue
        outcome = "ok" if answer.is_success else "fail"
        if outcome == "ok":
            operation.learn(answer.json())
        break
    history.settle(marker, outcome, status)
    return outcome


def _still_running(answer: httpx.Response) -> bool:
    return answer.status_code == 409 and answer.json()["type"] == "/problems/still-running"


class Load:
    """`clients` threads that write until told to stop."""

    def __init__(
        self, connect: Callable[[], httpx.Client], world: World, history: History, clients: int
    ) -> None:
        self._connect = connect
        self._world = world
        self._history = history
        self._stop = threading.Event()
        self._errors: list[BaseException] = []
        self._threads = [threading.Thread(target=self._work, name=f"client-{n}") for n in range(clients)]

    @contextmanager
    def running(self) -> Iterator[None]:
        """The clients write as long as the block lasts; each finishes the operation it is at."""
        for thread in self._threads:
            thread.start()
        try:
            yield
        finally:
            self._stop.set()
            for thread in self._threads:
                thread.join(PATIENCE_SECONDS + ATTEMPT_SECONDS + 5)
        assert not self._errors, self._errors
        assert not any(thread.is_alive() for thread in self._threads)

    def _work(self) -> None:
        try:
            with self._connect() as client:
                while not self._stop.is_set():
                    self._step(client)
        except BaseException as error:  # noqa: BLE001 - told by `running`
            self._errors.append(error)

    def _step(self, client: httpx.Client) -> None:
        marker = uuid4().hex
        make = random.choice(MIX)
        if not self._world.members:
            make = join
        elif not self._world.topics and make is post:
            make = start_topic
        operation = make(self._world, marker)
        if operation.action in UNMARKED:
            self._move(client, operation, marker)
        else:
            perform(client, operation, marker, self._history)

    def _move(self, client: httpx.Client, operation: Operation, marker: str) -> None:
        """One attempt is enough: it only has to make versions grow."""
        try:
            client.post(operation.path, json=operation.body or None, headers={"Idempotency-Key": marker})
        except httpx.TransportError as error:
            self._history.attempted(type(error).__name__)
