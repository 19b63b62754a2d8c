"""T16: what does a search take beside the bare engine's query? T17: what does being found cost a write?"""

import asyncio
import bisect
import itertools
import random
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

import httpx

from bench.comparison import compared
from bench.load import Seen, put_load, request
from bench.processes import broker, cores, pin, serving
from bench.rounds import Effort, Row, ratio, remarks_on, taking_turns
from services.knowledge import models
from services.knowledge.rules import Visibility
from services.knowledge.search import index
from services.knowledge.search.entries import Entry
from services.knowledge.search.rules import Found
from shared.identity import Actor, service_actor
from shared.ids import uuid7
from shared.keys import Keys, ensure_keys
from shared.settings import Settings
from shared.store import Context, Tx, tables
from shared.store.sqlite import SqliteStore
from shared.testing import Cluster
from shared.testing.files import copy_migrated
from shared.tokens import Minter

DOCUMENTS = 100_000
AT_ONCE = 200
VOCABULARY = 20_000
COMMUNITY = uuid7()
Words = list[str]


def searched(effort: Effort) -> list[Row]:
    """The same words asked of the service by a member, and of SQLite's FTS5 with a snippet of each hit."""
    texts = Texts(random.Random(16))  # noqa: S311 - a text nobody has to guess
    count = int(DOCUMENTS * effort.share)
    with tempfile.TemporaryDirectory() as place, searching(Path(place), texts, count) as (ours, bare):
        mixed = [texts.query(words) for words in (1, 1, 2, 2, 3, 8) * 5]
        common = [[word] for word in texts.words[:10]]
        seen = taking_turns(
            {"ours": lambda: [ours(q) for q in mixed], "bare": lambda: [bare(q) for q in mixed]},
            effort.rounds,
        )
        commonest = [ours(q) for q in common for _ in range(3)]
    medians = {name: [statistics.median(each) for each in rounds] for name, rounds in seen.items()}
    beside = {f"{name}_p50_ms": statistics.median(values) for name, values in medians.items()}
    beside |= {"ours_p99_ms": _high([t for each in seen["ours"] for t in each])}
    beside |= {"commonest_p99_ms": _high(commonest)}
    question = f"search of {count:,} documents p50 / FTS5 of the same"
    value = ratio(medians["ours"], medians["bare"])
    return [Row("T16", question, value, "<= 2", beside, remarks_on(medians["bare"]))]


class Texts:
    """Texts of made-up words, as common as words are (Zipf)."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        found: dict[str, None] = {}
        while len(found) < VOCABULARY:
            syllables = chance.randint(2, 4)
            word = "".join(
                chance.choice("bcdfghklmnprstvz") + chance.choice("aeiou") for _ in range(syllables)
            )
            found[word + chance.choice(["", "n", "s", "r"])] = None
        self.words = list(found)
        self._shares = list(itertools.accumulate(1 / (rank + 1) for rank in range(VOCABULARY)))

    def text(self) -> Words:
        """Eighty words or so."""
        length, total = self.chance.randint(40, 120), self._shares[-1]
        drawn = (bisect.bisect_left(self._shares, self.chance.random() * total) for _ in range(length))
        return [self.words[rank] for rank in drawn]

    def query(self, words: int) -> Words:
        """Words neither very common nor very rare."""
        return [self.words[int(10 ** self.chance.uniform(1.3, 4))] for _ in range(words)]


@contextmanager
def searching(
    home: Path, texts: Texts, count: int
) -> Iterator[tuple[Callable[[Words], float], Callable[[Words], float]]]:
    """How long a search takes, in milliseconds: of the service, and of FTS5 on the same documents."""
    bare = sqlite3.connect(home / "bare.db")
    bare.execute("PRAGMA cache_size=-16384")
    bare.execute("CREATE VIRTUAL TABLE f USING fts5(title, body, tokenize='porter unicode61')")
    copy_migrated("knowledge", home / "knowledge.db")
    filled = asyncio.run(_filled(home, texts, count))
    bare.executemany("INSERT INTO f VALUES (?, ?)", filled)
    bare.execute("INSERT INTO f (f) VALUES ('optimize')")
    bare.commit()
    shown = "rowid, title, snippet(f, 1, '<b>', '</b>', '', 30)"
    sql = f"SELECT {shown} FROM f WHERE f MATCH ? ORDER BY rank LIMIT 20"  # noqa: S608 - our own words
    with Cluster(home, ["knowledge"]) as cluster, cluster.direct("knowledge", _member()) as client:
        pin(cluster.pid("knowledge"), cores()[0])
        path = f"/v1/communities/{COMMUNITY}/search"

        def ours(words: Words) -> float:
            began = time.perf_counter()
            answer = client.get(path, params={"q": " ".join(words)})
            took = time.perf_counter() - began
            assert answer.status_code == 200, answer.text
            return took * 1000

        def engine(words: Words) -> float:
            began = time.perf_counter()
            bare.execute(sql, (" OR ".join(words),)).fetchall()
            return (time.perf_counter() - began) * 1000

        yield ours, engine
    bare.close()


async def _filled(home: Path, texts: Texts, count: int) -> list[tuple[str, str]]:
    """Index so many articles; their titles and texts."""
    store = SqliteStore(home / "knowledge.db", [tables.metadata, models.Base.metadata], b"bench" * 7)
    await store.open()
    context = Context(actor=service_actor("knowledge"), community_id=COMMUNITY)
    written: list[tuple[str, str]] = []
    for _ in range(0, count, AT_ONCE):
        some = [texts.text() for _ in range(AT_ONCE)]
        pairs = [(" ".join(words[:6]), " ".join(words)) for words in some]
        written += pairs

        async def work(tx: Tx, pairs: Sequence[tuple[str, str]] = pairs) -> None:
            for title, text in pairs:
                await index.put(tx, _entry(uuid7(), title, text, tx))

        await store.write(work, context)
    await store.close()
    return written


def _entry(id: UUID, title: str, text: str, tx: Tx) -> Entry:
    return Entry(
        id=id,
        kind=Found.ARTICLE,
        title=title,
        text=text,
        tags=(),
        language="en",
        visibility=Visibility.MEMBERS,
        requires=None,
        fresh_at=tx.now,
    )


def written(effort: Effort) -> list[Row]:
    """Questions of eighty words, found from their commit on, against drafts that nobody finds."""
    count, texts = max(int(3000 * effort.share), 200), Texts(random.Random(17))  # noqa: S311 - as above
    with tempfile.TemporaryDirectory() as place, broker(Path(place)) as url:
        home = Path(place)
        ensure_keys(home, ("gateway", "knowledge"))
        copy_migrated("knowledge", home / "knowledge.db")
        minter = Minter("gateway", Keys.load("gateway", Settings(home=home)))
        environment = {"GUILDHALL_HOME": place, "GUILDHALL_NATS_URL": url}
        with serving("services.knowledge.app:app", environment=environment) as server:

            def side(path: str) -> Seen:
                asked, token = [], minter.mint(_member(), "knowledge")  # good for a minute
                for _ in range(count):
                    words = texts.text()
                    said = httpx.Request(
                        "POST", "http://x", json={"title": " ".join(words[:6]), "body": " ".join(words)}
                    )
                    full = f"/v1/communities/{COMMUNITY}/{path}"
                    asked.append(request("POST", full, token=token, body=said.content))
                return put_load(server, asked, connections=32)

            sides = {"found": lambda: side("questions"), "drafts": lambda: side("articles")}
            seen = taking_turns(sides, effort.rounds)
    question = "questions that are found / drafts that are not"
    return [compared("T17", question, ">= 0.35", seen["found"], seen["drafts"])]


def _member() -> Actor:
    id_ = uuid7()
    return Actor("member", str(id_), member_id=id_, community_id=COMMUNITY, roles=frozenset({"member"}))


def _high(times: Sequence[float]) -> float:
    """The 99th percentile, nearest rank."""
    return sorted(times)[max(int(len(times) * 0.99) - 1, 0)]
