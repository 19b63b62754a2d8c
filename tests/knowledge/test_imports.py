"""Imports from outside: documents become articles once, and are changed by nothing but another text."""

import asyncio
import base64
import io
import zipfile
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from pydantic import SecretStr

from services.knowledge.app import service
from services.knowledge.imports.work import waiting, work
from shared.identity import owner_key_actor
from shared.runtime import open_store
from shared.settings import Settings
from shared.store import Context, Store
from shared.testing import Cluster, eventually
from tests.knowledge.conftest import Facts, Person
from tests.membership.conftest import Someone

PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n" + b"0" * 20).decode()
Brought = tuple[dict[str, Any], dict[str, dict[str, Any]]]
Bring = Callable[..., Brought]


def ended(someone: Someone, import_id: str) -> dict[str, Any]:
    """The import, once it is over."""

    def over() -> dict[str, Any]:
        job: dict[str, Any] = someone.get(f"/imports/{import_id}").json()
        assert job["state"] in ("done", "failed")
        return job

    return eventually(over, within=20)


def report(someone: Someone, import_id: str) -> dict[str, dict[str, Any]]:
    """What became of each document, by its path."""
    answer = someone.get(f"/imports/{import_id}/documents?limit=100")
    return {item["path"]: item for item in answer.json()["items"]}


@pytest.fixture
def bring(key: Someone) -> Bring:
    """`bring({"a.md": "text"})`: the import once it is over, and what became of each document."""

    def run(files: dict[str, str], *, by: Someone = key, **given: Any) -> Brought:
        documents = [
            {"path": path} | ({"content_base64": text} if path.endswith(".png") else {"text": text})
            for path, text in files.items()
        ]
        body = {"source": "markdown", "name": "docs", "documents": documents} | given
        answer = by.post("/imports", body)
        assert answer.status_code == 202, answer.text
        job = ended(by, answer.json()["id"])
        return job, report(by, job["id"])

    return run


def counts(job: dict[str, Any]) -> tuple[int, ...]:
    return tuple(job[name] for name in ("created", "changed", "unchanged", "refused"))


def article(someone: Someone, of: dict[str, Any], which: str = "released") -> dict[str, Any]:
    answer = someone.get(f"/articles/{of['article_id']}?revision={which}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_a_second_import_changes_nothing_and_another_text_is_released(
    bring: Bring, key: Someone, facts: Facts
) -> None:
    files = {"a.md": "---\ntags: [One]\n---\n\n# A\n\nfirst\n", "draft/b.md": "# B\n\nunfinished\n"}
    job, documents = bring(files)
    assert (job["state"], counts(job)) == ("done", (2, 0, 0, 0))
    first = article(key, documents["a.md"])
    assert (first["title"], first["tags"], first["state"]) == ("A", ["one"], "published")
    assert key.get(f"/articles/{documents['draft/b.md']['article_id']}").json()["state"] == "draft"
    told = facts()
    assert {fact["actor"]["kind"] for fact in told if fact["fact"].startswith("article_")} == {"import"}
    assert [fact["author_id"] for fact in facts("article_published")] == [None]

    job, again = bring(files)
    assert (counts(job), facts()) == ((0, 0, 2, 0), told)
    assert again["a.md"]["article_id"] == first["id"]
    job, _ = bring(files | {"a.md": "# A\n\nsecond\n"})
    assert counts(job) == (0, 1, 1, 0)
    second = article(key, documents["a.md"])
    assert (second["body"], second["tags"], second["id"]) == ("# A\n\nsecond\n", [], first["id"])
    assert counts(bring(files, name="other")[0]) == (2, 0, 0, 0)


def test_what_was_changed_here_stays_and_the_import_is_a_draft(
    bring: Bring, key: Someone, editor: Someone
) -> None:
    _, documents = bring({"a.md": "# A\n\nfirst\n"})
    of = documents["a.md"]
    found = key.get(f"/articles/{of['article_id']}")
    change = {"title": "A", "body": "ours", "tags": [], "language": "en"}
    saved = editor.ask("PUT", f"/articles/{of['article_id']}/draft", change, If_Match=found.headers["etag"])
    assert saved.status_code == 200, saved.text
    job, documents = bring({"a.md": "# A\n\nsecond\n"})
    assert counts(job) == (0, 1, 0, 0)
    assert documents["a.md"]["notes"] == ["changed here since: what is imported is a draft"]
    assert article(key, of)["body"] == "# A\n\nfirst\n"
    assert counts(bring({"a.md": "# A\n\nsecond\n"})[0]) == (0, 0, 1, 0)


def test_what_is_outdated_is_deprecated_with_what_replaced_it(
    bring: Bring, key: Someone, facts: Facts
) -> None:
    _, documents = bring(
        {
            "superseded/0001-old.rst": "Old\n===\n\n:Superseded-By: DEP 2\n\ntext\n",
            "withdrawn/0003-gone.md": "---\nreplaced-by: ../lost.md\n---\ntext",
            "final/0002-new.md": "# New\n\ntext\n",
            "a.md": "---\nstatus: superseded\nsuperseded-by: b.md\n---\ntext",
            "b.md": "---\nstatus: superseded\nsuperseded-by: a.md\n---\ntext",
        }
    )
    old = article(key, documents["superseded/0001-old.rst"])
    assert (old["state"], old["replacement_id"]) == (
        "deprecated",
        documents["final/0002-new.md"]["article_id"],
    )
    gone = documents["withdrawn/0003-gone.md"]
    assert gone["notes"] == ["what it says replaced it was not imported: ../lost.md"]
    assert article(key, gone)["state"] == "deprecated"
    replaced = [article(key, documents[path])["replacement_id"] for path in ("a.md", "b.md")]
    assert replaced.count(None) == 1
    assert len(facts("article_deprecated")) == 4


def test_links_and_pictures_lead_to_what_was_imported_and_the_rest_is_told(
    bring: Bring, key: Someone, person: Person
) -> None:
    text = (
        "# A\n\n[b](sub/b.md#part) [dir](sub) [top](/c) ![pic](img/x.png) [no](gone.md) [out](../../x) "
        '[web](https://example.org) [here](#a) <a href="sub/b">raw</a>\n'
    )
    files = {"a.md": text, "sub/b.md": "# B\n\n[up](../a.md)", "sub/README.md": "# Sub\n", "img/x.png": PNG}
    job, documents = bring(files | {"c.rst": "C\n=\n\ntext\n"})
    assert counts(job) == (5, 0, 0, 0)
    assert [note for each in documents.values() for note in each["notes"]] == [
        "link leads to nothing imported: gone.md",
        "link leads to nothing imported: ../../x",
    ]
    root = f"/v1/communities/{key.community}"
    shown = person().get(f"/articles/{documents['a.md']['article_id']}").json()
    assert shown["body"] == text
    slugs = {path: article(key, of)["slug"] for path, of in documents.items() if of["article_id"]}
    for href in (
        f'href="{root}/articles/by-slug/{slugs["sub/b.md"]}#part"',
        f'href="{root}/articles/by-slug/{slugs["sub/README.md"]}"',
        f'href="{root}/articles/by-slug/{slugs["c.rst"]}"',
        f'href="{root}/articles/by-slug/{slugs["sub/b.md"]}"',
        f'src="{root}/attachments/',
        'href="gone.md"',
        'href="https://example.org"',
    ):
        assert href in shown["html"], shown["html"]
    job, documents = bring({"a.md": text})
    assert len(documents["a.md"]["notes"]) == 2


def test_documents_that_are_none_are_refused_one_by_one(bring: Bring) -> None:
    job, documents = bring(
        {"empty.md": "  ", "a.pdf": "x", "good.md": "# Good", "x.png": base64.b64encode(b"no").decode()}
    )
    assert (job["state"], counts(job)) == ("done", (1, 0, 0, 3))
    assert {path: of["notes"] for path, of in documents.items()} == {
        "empty.md": ["it is empty"],
        "a.pdf": [".pdf is no document that can be read"],
        "good.md": [],
        "x.png": ["it is no picture that can be shown"],
    }


def test_an_article_put_away_here_is_not_brought_back(bring: Bring, key: Someone) -> None:
    _, documents = bring({"a.md": "# A"})
    assert key.post(f"/articles/{documents['a.md']['article_id']}/archive").status_code == 200
    job, documents = bring({"a.md": "# B"})
    assert (counts(job), documents["a.md"]["notes"]) == ((0, 0, 0, 1), ["it is archived here"])


def test_a_table_and_an_archive_of_pages_come_in(bring: Bring, key: Someone) -> None:
    table = 'Heading,text,labels,kind,id\n"One, two",Body *x*,"a, b",faq,q/1\n,no title,,,q/2\nThree,,,,q/3\n'
    mapping = {"title": "heading", "body": "Text"}
    job, documents = bring({}, source="csv", name="table", text=table, mapping=mapping, documents=[])
    assert counts(job) == (1, 0, 0, 2)
    one = article(key, documents["q/1"])
    assert (one["title"], one["tags"], one["kind"], one["body"]) == (
        "One, two",
        ["a", "b"],
        "faq",
        "Body *x*",
    )
    pages = {
        "space/a.html": "<title>S : A</title><body><p>See <a href='b.html'>b</a></p></body>",
        "space/b.html": "<title>S : B</title><body><h1>B</h1></body>",
    }
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for path, text in pages.items():
            archive.writestr(path, text)
    packed = base64.b64encode(target.getvalue()).decode()
    job, documents = bring({}, source="confluence_html", name="wiki", archive_base64=packed, documents=[])
    assert counts(job) == (2, 0, 0, 0)
    assert "/articles/by-slug/b" in article(key, documents["space/a.html"])["html"]


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"source": "markdown"}, "nothing-to-import"),
        ({"source": "csv", "text": "a,b\n1,2\n"}, "csv-not-understood"),
        ({"source": "csv", "text": 'title,body\n"x'}, "csv-not-understood"),
        ({"source": "markdown_zip", "archive_base64": "***"}, "not-base64"),
        ({"source": "markdown", "documents": [{"path": "../a.md", "text": "x"}]}, "unsafe-path"),
        (
            {"source": "markdown", "documents": [{"path": "a.md", "text": "x" * 2_100_000}] * 2},
            "documents-too-large",
        ),
        ({"source": "markdown", "documents": [{"path": "a.md", "text": "x"}] * 101}, "invalid-input"),
        ({"source": "telepathy"}, "invalid-input"),
    ],
)
def test_what_is_no_import_is_refused_by_name(given: dict[str, Any], problem: str, key: Someone) -> None:
    answer = key.post("/imports", {"name": "docs"} | given)
    assert (answer.status_code, answer.json()["type"]) == (422, f"/problems/{problem}"), answer.text


def test_who_may_import_and_where_to(bring: Bring, key: Someone, editor: Someone, person: Person) -> None:
    given = {"source": "markdown", "name": "docs", "documents": [{"path": "a.md", "text": "# A"}]}
    assert [each.post("/imports", given).status_code for each in (editor, person())] == [403, 403]
    admin = person("admin")
    collection = key.made("/collections", {"title": "Guide", "kind": "guide"})["id"]
    job, documents = bring({"a.md": "# A"}, by=admin, collection_id=collection)
    assert (job["collection_id"], article(key, documents["a.md"])["collection_id"]) == (
        collection,
        collection,
    )
    unknown = key.post("/imports", given | {"collection_id": job["id"]})
    assert unknown.json()["type"] == "/problems/unknown-collection"
    assert key.post(f"/collections/{collection}/archive").status_code == 200
    closed = key.post("/imports", given | {"collection_id": collection})
    assert closed.json()["type"] == "/problems/collection-closed"
    assert [item["id"] for item in key.get("/imports").json()["items"]] == [job["id"]]


def test_one_community_never_sees_the_imports_of_another(bring: Bring, key: Someone, person: Person) -> None:
    another = person("admin", within=uuid4())
    job, documents = bring({"a.md": "# A\n\n[b](b.md)"})
    assert another.get(f"/imports/{job['id']}").status_code == 404
    assert another.get(f"/imports/{job['id']}/documents").status_code == 404
    theirs, _ = bring({"b.md": "# B"}, by=another)
    assert counts(theirs) == (1, 0, 0, 0)
    assert report(key, job["id"])["a.md"]["notes"] == ["link leads to nothing imported: b.md"]
    assert another.get(f"/articles/{documents['a.md']['article_id']}").status_code == 404
    assert [item["id"] for item in another.get("/imports").json()["items"]] == [theirs["id"]]


def test_killed_in_between_and_run_by_three_at_once_nothing_is_lost_or_doubled(
    cluster: Callable[..., Cluster],
) -> None:
    own = cluster(("knowledge",))
    community = uuid4()
    with own.direct("knowledge", owner_key_actor(community)) as client:
        key = Someone(client, community)

        def begin(name: str) -> str:
            documents = [{"path": f"{n}.md", "text": f"# Number {n}"} for n in range(6)]
            given = {"source": "markdown", "name": name, "documents": documents}
            return str(key.made("/imports", given)["id"])

        for point in ("mid_import", "after_import_step"):
            pid = own.crash_at("knowledge", point)
            import_id = begin(point)
            own.restarted("knowledge", pid)
            assert counts(ended(key, import_id)) == (6, 0, 0, 0)
        begin("three")
        own.stop()
    asyncio.run(three(own))
    released = "SELECT count(*) FROM outbox WHERE subject LIKE '%.article_published.%'"
    assert own.rows("knowledge", released) == [(18,)]
    sql = "SELECT total, done, created, state FROM import_job"
    assert own.rows("knowledge", sql) == [(6, 6, 6, "done")] * 3


async def three(own: Cluster) -> None:
    """Three replicas at once, which no lease holds apart, until nothing waits."""
    url = own.variables().get("GUILDHALL_DATABASE_URL")
    limits = Settings(home=own.home, database_url=SecretStr(url) if url else None)
    stores = [open_store(service, limits, b"secret") for _ in range(3)]
    for store in stores:
        await store.open()
    async with asyncio.timeout(20):
        await asyncio.gather(*(drained(store) for store in stores))
    for store in stores:
        await store.close()


async def drained(store: Store) -> None:
    """Works until nothing waits, also while others are at it."""
    while await store.read(waiting, Context()):
        await work(store)
