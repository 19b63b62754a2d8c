"""What clients did and saw, written down before and after each request, against what is there in the end."""

import asyncio
import json
import threading
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any, Literal, Self
from uuid import UUID

import nats
from nats.js.api import ConsumerConfig, DeliverPolicy

from shared.facts import STREAM
from shared.testing import Cluster

Outcome = Literal["ok", "fail", "info"]
"""Answered 2xx; answered 4xx, which promises no effect; no answer to rely on, so zero or one effect."""

MARKED = {
    "membership": "SELECT display_name FROM member WHERE community_id = '{community}'",
    "engagement": "SELECT title FROM topic WHERE community_id = '{community}'"
    " UNION ALL SELECT body FROM post WHERE community_id = '{community}' AND body IS NOT NULL",
}
"""Where the marker of an operation ends up when it takes effect."""

VERSIONED = {"membership": ("member", "community"), "engagement": ("channel", "topic", "post")}


class History:
    """One JSON line before an operation is sent and one after it, flushed, from any number of threads."""

    def __init__(self, path: Path) -> None:
        self._file: IO[str] = path.open("a", encoding="utf-8")
        self._lock = threading.Lock()
        self.outcomes: dict[str, Outcome | None] = {}
        self.attempts: Counter[str] = Counter()
        """How often an attempt ended with a status, or with the name of a transport error."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def invoke(self, marker: str, action: str) -> None:
        self.outcomes[marker] = None
        self._write({"marker": marker, "type": "invoke", "action": action})

    def attempted(self, ending: str) -> None:
        with self._lock:
            self.attempts[ending] += 1

    def settle(self, marker: str, outcome: Outcome, status: int | None) -> None:
        self.outcomes[marker] = outcome
        self._write({"marker": marker, "type": outcome, "status": status})

    def of(self, outcome: Outcome) -> set[str]:
        """The markers of the operations that ended so; one that never ended counts as `info`."""
        return {marker for marker, ended in self.outcomes.items() if (ended or "info") == outcome}

    def _write(self, line: dict[str, Any]) -> None:
        with self._lock:
            self._file.write(json.dumps({"at": time.time(), **line}) + "\n")
            self._file.flush()


@dataclass
class Verdict:
    """The counts a fault test is judged by; everything in `broken` has to be zero."""

    name: str
    invoked: int = 0
    ok: int = 0
    fail: int = 0
    info: int = 0
    lost: int = 0
    """Answered 2xx, and not there."""
    phantom: int = 0
    """There, though refused or never asked for."""
    double: int = 0
    """There more than once, or counted more than once by a consumer."""
    inversions: int = 0
    """Facts of one aggregate that entered the stream in another order than their versions."""
    unpaired: int = 0
    """Aggregates whose version is not the number of their facts."""
    missing: dict[str, int] = field(default_factory=dict)
    """Facts a consumer should have applied, and has not; by consumer."""
    facts: int = 0
    stream_duplicates: int = 0
    converged_seconds: float = 0.0
    evidence: dict[str, float] = field(default_factory=dict)
    """How often the fault happened; each must be above zero."""

    @property
    def broken(self) -> dict[str, int]:
        """The promises that do not hold, and how often."""
        names = ("lost", "phantom", "double", "inversions", "unpaired")
        counts = {name: getattr(self, name) for name in names} | {
            f"missing in {consumer}": count for consumer, count in self.missing.items()
        }
        return {name: count for name, count in counts.items() if count}

    def hold(self) -> None:
        """Fails unless every promise held and every fault happened."""
        assert not self.broken, f"{self.name}: {self.broken}"
        never = [name for name, count in self.evidence.items() if not count]
        assert not never, f"{self.name}: the fault did not happen: {never}"


REPORTED: list[Verdict] = []
"""The verdicts of this run, printed at its end."""


def check(name: str, cluster: Cluster, community: UUID, history: History, **evidence: float) -> Verdict:
    """Waits until everything has settled, then compares the history with every store and the stream."""
    verdict = Verdict(name, evidence=evidence)
    verdict.converged_seconds = round(cluster.wait_converged(within=60), 2)
    _compare_operations(verdict, cluster, community, history)
    facts = {service: _facts(cluster, service) for service in cluster.services}
    verdict.facts = sum(len(each) for each in facts.values())
    verdict.unpaired = sum(
        _unpaired(cluster, service, facts[service]) for service in facts if service in VERSIONED
    )
    _compare_stream(verdict, cluster, facts)
    _compare_consumers(verdict, cluster, facts)
    REPORTED.append(verdict)
    return verdict


def _compare_operations(verdict: Verdict, cluster: Cluster, community: UUID, history: History) -> None:
    found: Counter[str] = Counter()
    for service, sql in MARKED.items():
        if service in cluster.services:
            found.update(row[0] for row in cluster.rows(service, sql.format(community=community)))
    ok, fail, info = history.of("ok"), history.of("fail"), history.of("info")
    verdict.invoked = len(history.outcomes)
    verdict.ok, verdict.fail, verdict.info = len(ok), len(fail), len(info)
    verdict.lost = sum(1 for marker in ok if not found[marker])
    verdict.phantom = sum(1 for marker in found if marker in fail or marker not in history.outcomes)
    verdict.double = sum(1 for count in found.values() if count > 1)


@dataclass(frozen=True)
class _Fact:
    fact_id: str
    aggregate: str
    version: int
    prefix: str


def _facts(cluster: Cluster, service: str) -> list[_Fact]:
    sql = "SELECT fact_id, aggregate_type, aggregate_id, aggregate_version, subject FROM outbox ORDER BY seq"
    return [
        _Fact(fact_id, f"{kind}:{aggregate_id}", version, subject.rpartition(".")[0])
        for fact_id, kind, aggregate_id, version, subject in cluster.rows(service, sql)
    ]


def _unpaired(cluster: Cluster, service: str, facts: Iterable[_Fact]) -> int:
    """Aggregates whose facts are not exactly the versions 1 to the one in their row."""
    versions: dict[str, list[int]] = {}
    for fact in facts:
        versions.setdefault(fact.aggregate, []).append(fact.version)
    unpaired = 0
    for table in VERSIONED[service]:
        for row_id, version in cluster.rows(service, f"SELECT id, version FROM {table}"):
            told = sorted(versions.pop(f"{table}:{row_id}", []))
            unpaired += told != list(range(1, version + 1))
    left_over = [aggregate for aggregate in versions if aggregate.partition(":")[0] in VERSIONED[service]]
    return unpaired + len(left_over)


def _compare_stream(verdict: Verdict, cluster: Cluster, facts: dict[str, list[_Fact]]) -> None:
    stored = stream_ids(cluster)
    verdict.stream_duplicates = len(stored) - len(set(stored))
    known = {fact.fact_id: fact for each in facts.values() for fact in each}
    latest: dict[str, int] = {}
    for fact_id in dict.fromkeys(stored):
        fact = known.get(fact_id)
        if fact is None:
            verdict.phantom += 1
        elif latest.get(fact.aggregate, 0) > fact.version:
            verdict.inversions += 1
        else:
            latest[fact.aggregate] = fact.version


def _compare_consumers(verdict: Verdict, cluster: Cluster, facts: dict[str, list[_Fact]]) -> None:
    for name, consumer in cluster.consumers().items():
        config = consumer["config"]
        filters = config.get("filter_subjects") or [config["filter_subject"]]
        wanted = {subject.removesuffix(".*") for subject in filters}
        expected = {fact.fact_id for each in facts.values() for fact in each if fact.prefix in wanted}
        applied = {row[0] for row in cluster.rows(name, "SELECT fact_id FROM inbox")}
        verdict.missing[name] = len(expected - applied)
    if "metrics" in cluster.services:
        verdict.double += miscounted(cluster)


def miscounted(cluster: Cluster) -> int:
    """How far metrics' roll-ups are from the activities they sum up, and those from what engagement holds."""
    counted = "SELECT coalesce(sum(people + nobody), 0) FROM kind_day JOIN community ON live = rollup"
    kept = "SELECT count(*) FROM activity WHERE NOT retracted"
    [rolled_up], [activities] = cluster.rows("metrics", counted)[0], cluster.rows("metrics", kept)[0]
    said = {row[0] for row in cluster.rows("engagement", "SELECT id FROM topic UNION SELECT id FROM post")}
    heard = {row[0] for row in cluster.rows("metrics", "SELECT activity_id FROM activity")}
    return abs(int(rolled_up) - int(activities)) + len(said - heard)


def stream_ids(cluster: Cluster) -> list[str]:
    """The fact ids in the stream, in its order; one that was published twice is there twice."""
    return asyncio.run(_read_stream(cluster.broker_url))


async def _read_stream(url: str) -> list[str]:
    connection = await nats.connect(url, allow_reconnect=False)
    try:
        stream = connection.jetstream()
        info = await stream.stream_info(STREAM)
        config = ConsumerConfig(deliver_policy=DeliverPolicy.ALL)
        subscription = await stream.subscribe(
            "guildhall.>",
            stream=STREAM,
            ordered_consumer=True,
            config=config,
            pending_msgs_limit=-1,
            pending_bytes_limit=-1,
        )
        found = []
        for _ in range(info.state.messages):
            message = await subscription.next_msg(timeout=10)
            found.append((message.headers or {})["Nats-Msg-Id"])
        await subscription.unsubscribe()
        return found
    finally:
        await connection.close()


def table(verdicts: Iterable[Verdict]) -> str:
    """The verdicts as aligned text, one line each."""
    names = ("invoked", "ok", "fail", "info", "lost", "phantom", "double", "inversions", "unpaired")
    lines = [["history", *names, "missing", "facts", "duplicates", "seconds", "evidence"]]
    for verdict in verdicts:
        values = asdict(verdict)
        missing = " ".join(f"{name}:{count}" for name, count in verdict.missing.items()) or "-"
        evidence = " ".join(f"{name}:{count:g}" for name, count in verdict.evidence.items())
        tail = [missing, verdict.facts, verdict.stream_duplicates, verdict.converged_seconds, evidence]
        lines.append([str(each) for each in (verdict.name, *(values[name] for name in names), *tail)])
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )
