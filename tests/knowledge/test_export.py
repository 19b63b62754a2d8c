"""Export of a collection: Markdown with front matter, which imported elsewhere gives the same articles."""

import base64
import io
import zipfile
from typing import Any
from uuid import UUID, uuid4

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from services.knowledge.imports import export
from services.knowledge.imports.reading import read
from services.knowledge.imports.rules import ImportSource, safe_path
from services.knowledge.imports.understood import Understood
from shared.testing import eventually
from tests.knowledge.conftest import Person, an_article
from tests.membership.conftest import Someone

TEXTS = {
    "guide/a.md": "---\n"
    "title: 'A: \"one\"'\ntags: [x, 'y z']\nkind: faq\nlanguage: de\n---\n\n# A\n\n[b](../b.md) é\n",
    "b.md": "# B\n\n---\n\ntext\n",
    "old/c.rst": "C\n=\n\n:Status: Superseded\n:Superseded-By: ../b.md\n\n`b <../b.md>`_\n",
    "draft/d.md": "# D\n\nunfinished",
}
SHOWN = ("title", "tags", "kind", "language", "state", "body")


def exported(someone: Someone, collection: str) -> dict[str, str]:
    answer = someone.get(f"/collections/{collection}/export")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/zip"), answer.text
    with zipfile.ZipFile(io.BytesIO(answer.content)) as files:
        return {name: files.read(name).decode() for name in files.namelist()}


def imported(someone: Someone, collection: str, **body: Any) -> dict[str, dict[str, Any]]:
    """The articles an import comes to, by their paths."""
    job = someone.made("/imports", {"name": "docs", "collection_id": collection} | body)

    def over() -> bool:
        return bool(someone.get(f"/imports/{job['id']}").json()["state"] == "done")

    eventually(over, within=20)
    items = someone.get(f"/imports/{job['id']}/documents?limit=100").json()["items"]
    assert all(item["outcome"] == "created" for item in items), items
    return {item["path"]: someone.get(f"/articles/{item['article_id']}").json() for item in items}


def test_what_is_exported_and_imported_elsewhere_is_the_same(key: Someone, person: Person) -> None:
    guide = {"title": "Guide", "kind": "guide"}
    here = key.made("/collections", guide)["id"]
    documents = [{"path": path, "text": text} for path, text in TEXTS.items()]
    articles = imported(key, here, source="markdown", documents=documents)
    files = exported(key, here)
    assert set(files) == {"guide/a.md", "b.md", "old/c.md", "draft/d.md"}
    front = yaml.safe_load(files["guide/a.md"].split("---\n")[1])
    assert front == {
        "title": 'A: "one"', "slug": articles["guide/a.md"]["slug"], "kind": "faq", "language": "de",
        "status": "published", "tags": ["x", "y z"],
    }  # fmt: skip

    another = person("admin", within=uuid4())
    there = another.made("/collections", guide)["id"]
    packed = base64.b64encode(key.get(f"/collections/{here}/export").content).decode()
    again = imported(another, there, source="markdown_zip", archive_base64=packed)
    for path, article in articles.items():
        twin = again[path.replace(".rst", ".md")]
        assert {name: twin[name] for name in SHOWN} == {name: article[name] for name in SHOWN}
    assert again["old/c.md"]["replacement_id"] == again["b.md"]["id"]
    assert exported(another, there) == files


def test_articles_written_here_lie_under_their_names(key: Someone, editor: Someone, person: Person) -> None:
    collection = key.made("/collections", {"title": "Guide", "kind": "guide"})["id"]
    made = editor.made("/articles", an_article(collection_id=collection))
    gone = editor.made("/articles", an_article(collection_id=collection, title="Gone"))
    assert editor.post(f"/articles/{gone['id']}/archive").status_code == 200
    files = exported(editor, collection)
    assert list(files) == [f"{made['slug']}.md"]
    assert files[f"{made['slug']}.md"].endswith(f"---\n\n{an_article()['body']}")
    assert person().get(f"/collections/{collection}/export").status_code == 403
    assert person("editor", within=uuid4()).get(f"/collections/{collection}/export").status_code == 404
    assert key.get(f"/collections/{uuid4()}/export").status_code == 404


class Row:
    """What an export reads of an article."""

    id: UUID

    def __init__(self, **given: Any) -> None:
        self.__dict__ |= {
            "id": uuid4(),
            "state": "published",
            "released_revision": 1,
            "replacement_id": None,
        } | given


@pytest.mark.either_database
@settings(max_examples=80, deadline=None)
@given(
    st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=60),
    st.text(st.sampled_from("a-#:\n` é'\"*[]"), min_size=1, max_size=60),
    st.lists(st.text(st.sampled_from("ab:'#-,"), min_size=1, max_size=10), max_size=3, unique=True),
)
def test_any_article_is_read_again_as_it_was(title: str, body: str, tags: list[str]) -> None:
    title = " ".join(title.split())
    if not title or not body.strip():
        return
    kind = type("Kind", (), {"value": "faq"})
    row = Row(slug="a", title=title, body=body, tags=tags, kind=kind, language="en", source_path=None)
    ((path, text),) = [(path, export._text(row, {row.id: path})) for path in export._paths([row]).values()]
    said = read(ImportSource.MARKDOWN_ZIP, path, text.encode())
    assert isinstance(said, Understood)
    assert (said.title, said.body, said.tags, said.kind) == (title, body, tuple(tags), "faq")


@pytest.mark.either_database
@given(st.lists(st.sampled_from(["a.md", "A.md", "a.rst", "b/a.html", "../x", "", None]), max_size=6))
def test_each_article_has_a_path_of_its_own_that_leads_down(sources: list[str | None]) -> None:
    rows = [Row(slug=f"s{at % 2}", source_path=source) for at, source in enumerate(sources)]
    paths = list(export._paths(rows).values())
    assert len({path.lower() for path in paths}) == len(rows)
    assert all(safe_path(path) == path for path in paths)
