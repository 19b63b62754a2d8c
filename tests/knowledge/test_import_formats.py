"""Readers of documents: what is understood becomes Markdown, what is not stays readable."""

import time
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.knowledge.imports.links import _written
from services.knowledge.imports.reading import read
from services.knowledge.imports.rules import (
    ImportSource,
    Standing,
    names_of,
    safe_path,
    status_of_directory,
    target_of,
    title_of_path,
)
from services.knowledge.imports.understood import NotTaken, Picture, Understood
from services.knowledge.imports.writing import escaped, fenced, settled
from services.knowledge.rendering.markdown import html_of
from services.knowledge.rendering.plain import plain_text

pytestmark = pytest.mark.either_database


def understood(path: str, text: str | bytes, source: ImportSource = ImportSource.MARKDOWN) -> Understood:
    found = read(source, path, text.encode() if isinstance(text, str) else text)
    assert isinstance(found, Understood)
    return found


def test_front_matter_says_what_the_article_is() -> None:
    said = understood(
        "guides/a.md",
        "---\ntitle: 'How: we'\ntags: [Ops, ops, On Call]\nstatus: Draft\nlang: pt_BR\nkind: FAQ\n"
        "weight: 3\nauthor: Ada L\naliases: [/old-name]\n---\n\n# Another\n\nText\n",
    )
    assert (said.title, said.tags, said.language, said.kind) == (
        "How: we",
        ("ops", "on call"),
        "pt-BR",
        "faq",
    )
    assert (said.standing, said.names, said.body) == (Standing.DRAFT, ("/old-name",), "# Another\n\nText\n")
    assert said.notes == ("front matter is not kept: weight", "its author is no member here: Ada L")


@pytest.mark.parametrize(
    ("path", "text", "title"),
    [
        ("a.md", "intro\n\n## The `first` [heading](x.md) ##\n\n# second", "The first heading"),
        ("a.md", "Under\nline\n====\n", "line"),
        ("a.md", "```\n# not this\n```\n\n# but *this*", "but this"),
        ("some/dir-name/README.md", "no heading", "dir name"),
        ("my_file-name.md", "no heading", "my file name"),
        ("a.md", "+++\ntitle = 'Of TOML'\ndraft = true\n+++\ntext", "Of TOML"),
        ("a.md", f"# {'long ' * 60}", f"{('long ' * 40)[:199].rstrip()}…"),
    ],
)
def test_a_title_is_found(path: str, text: str, title: str) -> None:
    assert understood(path, text).title == title


@pytest.mark.parametrize(
    ("path", "status", "standing"),
    [
        ("a.md", "", Standing.RELEASED),
        ("accepted/a.md", "", Standing.RELEASED),
        ("x/draft/a.md", "", Standing.DRAFT),
        ("draft/README.md", "", Standing.RELEASED),
        ("withdrawn/a.rst", "", Standing.OUTDATED),
        ("final/a.md", "Draft", Standing.DRAFT),
        ("a.md", "Superseded", Standing.OUTDATED),
        ("a.md", "Whatever", Standing.DRAFT),
    ],
)
def test_a_status_comes_from_the_document_else_its_directory(
    path: str, status: str, standing: Standing
) -> None:
    text = f"---\nstatus: {status}\n---\ntext" if path.endswith(".md") else f":Status: {status}\n\ntext"
    said = understood(path, text)
    assert said.standing is standing
    assert bool(said.notes) is (status in ("Whatever", "Draft"))


def test_what_is_no_markdown_stays_and_is_told() -> None:
    text = "{{< youtube id=x >}}\n\n[[Wiki Page|here]]\n\n:::note\nx\n:::\n\n```\n{{< not >}}\n```\n"
    said = understood("a.md", text)
    assert said.body == text
    assert said.notes == tuple(
        f"the {what} is kept as text"
        for what in ("shortcode youtube", "wiki link Wiki Page", "container note")
    )


def test_broken_front_matter_and_encodings_are_told() -> None:
    broken = understood("a.md", "---\ntitle: [a\n---\ntext\n")
    assert "front matter is no YAML" in broken.notes[0]
    assert broken.body == "```yaml\ntitle: [a\n```\n\ntext\n"
    assert understood("a.md", "--- \nNo fields\n---\ntext").body.startswith("---")
    latin = understood("a.md", "# Caf\xe9\r\n".encode("latin-1"))
    assert (latin.title, latin.notes) == ("Café", ("it is not UTF-8: read as Latin-1",))
    assert understood("a.md", "\ufeff# x\n".encode("utf-16")).title == "x"
    assert understood("a.md", "# a\x07 b" + "c" * 99).notes == ("control characters were left out",)


@pytest.mark.parametrize(
    ("path", "content", "why"),
    [
        ("a.md", b"---\ntitle: x\n---\n \n", "it is empty"),
        ("a.md", b"", "it is empty"),
        ("a.md", b"x" * 400_001, "it is longer than 400,000 characters"),
        ("a.md", bytes(range(32)) * 9, "it is no text"),
        ("a.pdf", b"x", ".pdf is no document that can be read"),
    ],
)
def test_what_cannot_be_an_article_is_refused_with_its_reason(path: str, content: bytes, why: str) -> None:
    with pytest.raises(NotTaken, match=why):
        read(ImportSource.MARKDOWN, path, content)


RST = """
=========
DEP 7: *X*
=========

:DEP: 7
:Status: Superseded
:Superseded-By: DEP 0012
:Author: Ada L

.. contents::

Why
===

See `the other <../final/0012-y.rst>`_ and ``code``, |missing| [1]_.

.. code-block:: python

    x = [1]

- one
- two

  .. note:: Mind this.

.. include:: /etc/passwd

.. raw:: html

   <script>alert(1)</script>

.. strange:: thing

   inside

= =
a b
= =
1 2
= =

.. [1] A footnote.
"""


def test_restructured_text_becomes_markdown() -> None:
    said = understood("superseded/0007-x.rst", RST.replace("=========\n", "==========\n"))
    assert (said.title, said.standing, said.successor) == ("DEP 7: X", Standing.OUTDATED, "#12")
    assert said.links == ("../final/0012-y.rst",)
    for part in (
        "# DEP 7: *X*\n", "\n## Why\n", "- **Status:** Superseded\n", "[the other](../final/0012-y.rst)",
        "`code`", "```python\nx = [1]\n```", "- two\n\n  > **Note**\n  >\n  > Mind this.", "| 1 | 2 |",
        "\\[1\\] A footnote.", "```rst\n.. strange:: thing\n\n   inside\n```",
    ):  # fmt: skip
        assert part in said.body
    assert "root:" not in said.body
    assert "<script>" not in html_of(said.body)
    assert any('Unknown directive type "strange"' in note for note in said.notes)
    assert any("include" in note for note in said.notes)


def test_a_role_defined_in_one_document_is_unknown_in_the_next() -> None:
    assert understood("a.rst", ".. role:: own(strong)\n\n:own:`x`\n").body == "**x**\n"
    assert any("own" in note for note in understood("b.rst", ":own:`x`\n").notes)


PAGE = """<html><head><title>Space : The page</title><style>p{}</style></head>
<body><div id="breadcrumbs">no</div>
<div id="main-content"><h1>One &amp; two</h1><p>A <b>bold</b> <a href="Other_1.html">link</a><br>line</p>
<ul><li>a<ul><li>b</li></ul></li><li><p>c</p></li></ul>
<table><tbody><tr><th>h|1</th><th>h2</th></tr><tr><td><p>1</p></td><td>2</td></tr></tbody></table>
<pre data-syntaxhighlighter-params="brush: java; gutter: false">int a = 1 &lt; 2;</pre>
<div class="conf-macro" data-macro-name="jira">ABC-1</div><img src="attachments/1/2.png" alt="pic">
<script>alert(1)</script><p>unclosed <em>here</div></body></html>"""


def test_a_confluence_page_becomes_markdown() -> None:
    said = understood("The-page_7.html", PAGE, ImportSource.CONFLUENCE_HTML)
    assert (said.title, said.links) == ("The page", ("Other_1.html", "attachments/1/2.png"))
    for part in (
        "# One & two\n", "A **bold** [link](Other_1.html)\\\nline", "- a\n\n  - b", "- c",
        "| h\\|1 | h2 |\n| --- | --- |\n| 1 | 2 |", "```java\nint a = 1 < 2;\n```", "ABC-1",
        "![pic](attachments/1/2.png)", "unclosed *here*",
    ):  # fmt: skip
        assert part in said.body
    assert "alert" not in said.body
    assert "breadcrumbs" not in said.body
    assert said.notes == ("the macro jira is not understood: what it shows is kept as text",)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from([".md", ".rst", ".html", ".txt", ".png"]), st.binary(max_size=300))
def test_no_bytes_crash_a_reader(suffix: str, content: bytes) -> None:
    try:
        found = read(ImportSource.MARKDOWN, f"a{suffix}", content)
    except NotTaken:
        return
    if isinstance(found, Picture):
        return
    assert found.title
    assert len(found.title) <= 200
    assert found.body.strip()
    found.body.encode()


MARKS = st.text(st.sampled_from("#*_-=`~<>[](){}|!:.\n \t\\&/ax1\"'+^"), max_size=120)


@settings(max_examples=120, deadline=None)
@given(
    st.sampled_from(["---\n{}\n---\nx", ".. {}\n\n  x", "<p {}>x</p>", "{}"]), MARKS, st.sampled_from("mrh")
)
def test_no_marks_crash_a_reader(frame: str, marks: str, kind: str) -> None:
    path = {"m": "a.md", "r": "a.rst", "h": "a.html"}[kind]
    with suppress(NotTaken):
        html_of(understood(path, frame.format(marks)).body)


@settings(max_examples=100, deadline=None)
@given(MARKS)
def test_escaped_text_reads_as_it_was(text: str) -> None:
    plain = " ".join(text.replace("\\\n", "\n").split())
    assert " ".join(plain_text(settled(escaped(plain))).split()) == plain
    assert plain_text(fenced(text)).split() == text.split()


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("a/b.md", "a/b.md"), ("./a//b.md", "a/b.md"), ("a\\b.md", "a/b.md"), ("e\u0301.md", "é.md"),
        ("../a", None), ("a/../../b", None), ("/etc/passwd", None), ("C:\\x", None), ("a\0b", None),
        ("", None), ("a" * 501, None), ("..\\a", None),
    ],
)  # fmt: skip
def test_a_path_leads_down_or_nowhere(name: str, path: str | None) -> None:
    assert safe_path(name) == path


@pytest.mark.parametrize(
    ("link", "target"),
    [
        ("c.md", "a/c.md"), ("../c.md#x", "c.md"), ("/top", "top"), ("./", "a"), ("..", ""),
        ("c%20d.md", "a/c d.md"),
        ("../../out", None), ("#x", None), ("//host/x", None), ("https://x/y", None), ("mailto:a@b", None),
    ],
)  # fmt: skip
def test_a_link_leads_to_a_path_of_its_source(link: str, target: str | None) -> None:
    assert target_of(link, "a/b.md") == target


def test_a_target_has_likely_names() -> None:
    assert list(names_of("a/b.rst"))[:2] == ["a/b.rst", "a/b.rst.md"]
    assert "a/b.md" in names_of("a/b.rst")
    assert "sig-apps/README.md" in names_of("sig-apps")
    assert "README.md" in names_of("")
    assert list(names_of("x.png")) == ["x.png"]
    assert (status_of_directory("final/a/b.md"), title_of_path("_index.md")) == ("final", "index")


@given(st.text(max_size=60), st.text(max_size=30))
def test_no_link_leads_out_of_its_source(link: str, path: str) -> None:
    target = target_of(link, path)
    assert target is None or (".." not in target.split("/") and not target.startswith("/"))
    tidy = safe_path(link)
    assert tidy is None or (".." not in tidy.split("/") and not tidy.startswith("/"))


@pytest.mark.parametrize("path", ["a.md", "a.html"])
@pytest.mark.parametrize(
    "part",
    [
        "<!--",
        "[[a|",
        "{% a",
        "](<",
        "](a(",
        "<a ",
        "{{< ",
        "`a",
        "# a   ",
        "[^",
        "</",
        "<![CDATA[",
        "&",
        "<a '=>",
    ],
)
def test_a_long_text_of_strange_marks_takes_no_time(path: str, part: str) -> None:
    began = time.process_time()
    text = part * (20_000 // len(part))
    for hostile in (text, f"# a{' ' * 20_000}b", f"{{%{'a' * 20_000}"):
        with suppress(NotTaken):
            said = understood(path, hostile)
            list(_written(said.body))
    assert time.process_time() - began < 2


@pytest.mark.parametrize("text", ["`" * 300_000, "~" * 300_000, "`" * 300_000 + "a", "[[" * 150_000])
def test_a_run_of_marks_takes_no_time(text: str) -> None:
    began = time.process_time()
    for hostile in (text, f"# a\n\n{text}\n"):
        understood("a.md", hostile)
    assert time.process_time() - began < 2


def simple_table(columns: int, rows: int) -> str:
    border = " ".join("=" * columns) + "\n"
    return f"{border}a\n{border}{'a' * rows}{border}".replace("aa", "a\na\n")


NESTED = "|a0|\n\n" + "".join(f".. |a{n}| replace:: |a{n + 1}| |a{n + 1}|\n" for n in range(40))
RST_BOMBS = {
    "substitutions": f"{NESTED}.. |a40| replace:: x\n",
    "a circle": "|a|\n\n.. |a| replace:: |b| |b|\n.. |b| replace:: |a| |a|\n",
    "a long one, often": ".. |a| replace:: " + "x" * 9_000 + "\n\n" + "|a| " * 4_000,
    "a table": simple_table(2_000, 4_000),
    "a table of commas": ".. csv-table::\n\n   " + "," * 4_000 + "\n" + "   a\n" * 4_000,
    "many tables": (".. csv-table::\n\n   " + "," * 300 + "\n" + "   a\n" * 100 + "\n") * 40,
    "one long address": ".. _a: http://x/" + "y" * 9_000 + "\n\n" + "a_\n" * 9_000,
}


@pytest.mark.parametrize("name", RST_BOMBS)
def test_a_bomb_of_restructured_text_is_kept_as_it_stands(name: str) -> None:
    began = time.process_time()
    said = understood("a.rst", RST_BOMBS[name])
    assert time.process_time() - began < 4
    assert said.body.startswith("```rst\n")
    assert "kept as it stands" in said.notes[-1]


def test_tables_and_substitutions_of_a_usual_size_are_read() -> None:
    text = ".. |v| replace:: 3.2\n\nSince |v|:\n\n.. csv-table::\n   :header: a,b\n\n   1,2\n   3\n"
    assert understood("a.rst", text).body == "Since 3.2:\n\n| a | b |\n| --- | --- |\n| 1 | 2 |\n| 3 |  |\n"


def test_a_page_with_a_wide_row_and_many_short_ones_stays_small() -> None:
    page = "<table><tr>" + "<td>a" * 3_000 + "</tr>" + "<tr><td>b</tr>" * 3_000 + "</table>"
    body = understood("a.html", page, ImportSource.CONFLUENCE_HTML).body
    assert len(body) < 60_000
    assert body.endswith("| b |\n")
