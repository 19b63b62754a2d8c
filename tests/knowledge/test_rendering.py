"""What comes of a text: the HTML that was meant, nothing that acts, and never for long."""

import re
import time
from html.parser import HTMLParser
from urllib.parse import urlsplit

import nh3
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from services.knowledge.rendering.markdown import html_of
from services.knowledge.rendering.plain import plain_text
from services.knowledge.rendering.policy import address, heading_id, leads_elsewhere, slug_of
from tests.knowledge.xss_vectors import VECTORS

ELEMENTS = {
    *("a", "abbr", "b", "blockquote", "br", "caption", "code", "dd", "del", "details", "div", "dl", "dt"),
    *("em", "figcaption", "figure", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "img", "ins", "kbd", "li"),
    *("mark", "ol", "p", "pre", "q", "s", "samp", "small", "strong", "sub", "summary", "sup", "table"),
    *("tbody", "td", "tfoot", "th", "thead", "tr", "u", "ul", "var"),
}
"""Written out by hand, so that a slip in the policy is one here only if it is made twice."""
DANGEROUS = {"script", "style", "svg", "math", "iframe", "form", "input", "base", "meta", "link", "object"}
MEMBERS = {
    "a": {"href", "title", "rel"},
    "abbr": {"title"},
    "code": {"class"},
    "details": {"open"},
    "img": {"src", "alt", "title", "width", "height"},
    "ol": {"start"},
    "td": {"align", "colspan", "rowspan"},
    "th": {"align", "colspan", "rowspan"},
} | {f"h{level}": {"id"} for level in range(1, 7)}
LONGEST_SECONDS = 3.0
"""Processor time; all take less than a third of it, and quadratic ones took minutes."""


class Reading(HTMLParser):
    """Finds everything in HTML that could act."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in ELEMENTS:
            self.found.append(f"<{tag}>")
        for name, value in attrs:
            if name not in MEMBERS.get(tag, ()):
                self.found.append(f"<{tag} {name}>")
            elif name in ("href", "src") and not harmless(value or "", picture=name == "src"):
                self.found.append(f"{name}={value!r}")
            elif name == "class" and not re.fullmatch(r"(language-[\w+#.-]+ ?)+", value or ""):
                self.found.append(f"class={value!r}")
            elif name == "id" and not (value or "").startswith("user-content-"):
                self.found.append(f"id={value!r}")

    def handle_comment(self, data: str) -> None:
        self.found.append(f"<!--{data}")

    def handle_decl(self, decl: str) -> None:
        self.found.append(f"<!{decl}")

    def handle_pi(self, data: str) -> None:
        self.found.append(f"<?{data}")


def harmless(value: str, *, picture: bool) -> bool:
    """Whether an address, as browsers read it, leads where it may."""
    seen = re.sub(r"[\x00-\x20\x7f-\x9f\u2028\u2029]", "", value)
    scheme = re.match(r"([^/?#:]*):", seen)
    if scheme is None:
        return True
    return scheme[1].lower() in ({"http", "https"} if picture else {"http", "https", "mailto"})


def acting(html: str) -> list[str]:
    """Whatever is there that may not be, read as it stands and as browsers read it (html5ever)."""
    as_browsers = nh3.clean(
        html,
        tags=ELEMENTS | DANGEROUS,
        clean_content_tags=set(),
        generic_attribute_prefixes=set("abcdefghijklmnopqrstuvwxyz"),
        attributes={},
        strip_comments=False,
        link_rel=None,
        url_schemes={"http", "https", "mailto", "javascript", "vbscript", "data", "file", "blob"},
    )
    found: list[str] = []
    for read in (html, as_browsers):
        reading = Reading()
        reading.feed(read)
        reading.close()
        found += reading.found
    return found


def test_the_corpus_is_one() -> None:
    assert len(VECTORS) >= 200
    assert len(set(VECTORS)) == len(VECTORS)


@pytest.mark.parametrize("vector", VECTORS, ids=range(len(VECTORS)))
def test_nothing_that_acts_comes_through(vector: str) -> None:
    assert acting(html_of(vector)) == []
    assert acting(html_of(f"before {vector} after")) == []
    assert acting(html_of(f"> - {vector}\n\n| a |\n|---|\n| {vector} |")) == []


def test_the_check_itself_finds_what_acts() -> None:
    for bad in (
        "<script>",
        "<b onclick=x>",
        "<a href=javascript:x>",
        "<a href=' java&#10;script:x'>",
        "<img src=data:x>",
        "<img src=mailto:x>",
        "<code class=big>",
        "<h1 id=body>",
        "<!-- x -->",
        "<?x>",
    ):
        assert acting(bad), bad


MARKS = st.sampled_from(
    ["*", "_", "`", "[", "]", "(", ")", "<", ">", "!", "#", "|", "\n", "\n\n", " ", "~~", "&", ";", ":", "\\"]
)
SCRAPS = st.sampled_from(
    [
        *(
            "<a href=",
            "<img src=",
            "<svg",
            "<math",
            "<script",
            "</script>",
            "<style>",
            "<!--",
            "-->",
            "<b",
            "/>",
        ),
        *("javascript:alert(1)", "data:text/html,x", "onerror=alert(1)", "'", '"', "&#106;", "&Tab;", "\x00"),
        *(
            "<details open>",
            "</details>",
            "<table>",
            "<td>",
            "<p>",
            "```",
            "[x]: ",
            "<h1 id=x>",
            "\u202e",
            "\ufeff",
        ),
    ]
)
WRITTEN = st.lists(MARKS | SCRAPS | st.text(max_size=8), max_size=40).map("".join)


@settings(max_examples=150)
@given(text=WRITTEN)
@example(text="<math><mtext><table><mglyph><style><img title='</style><img src onerror=alert(1)>'>")
def test_any_text_becomes_allowed_html_and_plain_text(text: str) -> None:
    assert acting(html_of(text)) == []
    assert acting(html_of(text, links=lambda address: f"javascript:{address}")) == []
    assert isinstance(plain_text(text), str)


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("*a* **b** ~~c~~ `d`", "<p><em>a</em> <strong>b</strong> <s>c</s> <code>d</code></p>"),
        ("# Why?\n## Why?", '<h1 id="user-content-why">Why?</h1>\n<h2 id="user-content-why-1">Why?</h2>'),
        ("1. a\n2. b", "<ol>\n<li>a</li>\n<li>b</li>\n</ol>"),
        ("7. a", '<ol start="7">\n<li>a</li>\n</ol>'),
        ("> a\n\n---", "<blockquote>\n<p>a</p>\n</blockquote>\n<hr>"),
        ("```python\na < b\n```", '<pre><code class="language-python">a &lt; b\n</code></pre>'),
        ("    a\n", "<pre><code>a\n</code></pre>"),
        ("a  \nb", "<p>a<br>\nb</p>"),
        ('![b](c.png "d")', '<p><img src="c.png" alt="b" title="d"></p>'),
        ("[a][b]\n\n[b]: /c 'd'", '<p><a href="/c" title="d">a</a></p>'),
        ("x<sup>2</sup> <kbd>Ctrl</kbd>", "<p>x<sup>2</sup> <kbd>Ctrl</kbd></p>"),
        ("<details>\n<summary>a</summary>\n\n*b*\n\n</details>", None),
    ],
)
def test_markdown_is_kept(text: str, html: str | None) -> None:
    wanted = html or "<details>\n<summary>a</summary>\n<p><em>b</em></p>\n</details>"
    assert html_of(text).strip() == wanted


def test_tables_keep_their_alignment_without_styles() -> None:
    html = html_of("| a | b | c |\n|:--|:-:|--:|\n| 1 | *2* | `3` |")
    assert '<th align="left">a</th>\n<th align="center">b</th>\n<th align="right">c</th>' in html
    assert '<td align="center"><em>2</em></td>' in html


@pytest.mark.parametrize(
    ("href", "elsewhere"),
    [
        ("https://a.example/b?c=d&e", True),
        ("HTTP://a.example", True),
        ("//a.example", True),
        ("/\\a.example", True),
        ("/b", False),
        ("../b.md#c", False),
        ("#b", False),
        ("mailto:a@b.example", False),
    ],
)
def test_links_elsewhere_say_so(href: str, elsewhere: bool) -> None:
    html = html_of(f'<a href="{href}" rel="opener">x</a>')
    assert ('rel="noopener nofollow ugc"' in html, "href=" in html) == (elsewhere, True)
    assert "opener" not in html.replace("noopener", "")


def test_links_to_headings_arrive() -> None:
    html = html_of("[a](#größe--maße) <a href='#user-content-x'>b</a>\n\n# Größe & *Maße*\n<h2 id='X'>x</h2>")
    ids = re.findall(r' id="([^"]*)"', html)
    hrefs = [urlsplit(href).fragment for href in re.findall(r' href="([^"]*)"', html)]
    assert ids == ["user-content-größe--maße", "user-content-x"]
    assert hrefs == ["user-content-gr%C3%B6%C3%9Fe--ma%C3%9Fe", "user-content-x"]


def test_headings_have_ids_of_their_own() -> None:
    ids = re.findall(r' id="user-content-([^"]*)"', html_of("# a\n# a\n# a-1\n# a\n# a-1\n# ?\n# body\n"))
    assert ids == ["a", "a-1", "a-1-1", "a-2", "a-1-2", "body"]


def test_addresses_are_mapped_in_markdown_and_in_html() -> None:
    asked: list[str] = []

    def mapped(href: str) -> str:
        asked.append(href)
        return "https://b.example/" if href == "c" else href.replace("a", "/z")

    html = html_of('[x](a) ![y](a.png) <a href="aa">z</a> [w](c)', links=mapped)
    assert asked == ["a", "a.png", "aa", "c"]
    assert re.findall(r'(?:href|src)="([^"]*)"', html) == ["/z", "/z.png", "/z/z", "https://b.example/"]
    assert html.count("rel=") == 1


def test_a_mapping_that_fails_costs_the_address_alone(recwarn: pytest.WarningsRecorder) -> None:
    html = html_of("[x](a) *y*", links=lambda href: {"b": "c"}.get(href, ""))
    assert html == '<p><a href="">x</a> <em>y</em></p>\n'
    assert not recwarn.list


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("# A *b* `c`\n\n- d\n- e", "A b c\nd\ne"),
        ("[a](https://b.example) ![c](d.png)", "a c"),
        ("a\nb  \nc", "a b c"),
        ("```\nx = 1\n```\ny", "x = 1\ny"),
        ("| a | b |\n|---|---|\n| c | d |", "a\nb\nc\nd"),
        ("<div>a &amp; <b>b</b><!-- c --><script>d</script></div>", "a &  b"),
        ("a <b>b</b> &lt;", "a b <"),
        ("", ""),
    ],
)
def test_plain_text_is_what_one_reads(text: str, plain: str) -> None:
    assert plain_text(text) == plain


def big(part: str, length: int = 400_000) -> str:
    """The part over and over."""
    return part * (length // len(part))


BOMBS = {
    "brackets": big("["),
    "brackets within bounds": big("![a", 45_000),
    "emphasis": big("*a **b _c"),
    "emphasis within bounds": big("*_", 40_000),
    "stars": big("*"),
    "backticks": " ".join("`" * n for n in range(1, 890)),
    "quotes": big(">"),
    "lazy quotes": ">" * 30 + big("a\n", 12_000),
    "nested lists": "".join(" " * 2 * n + "- a\n" for n in range(630)),
    "lists in a line": big("- "),
    "lists in lists": big("- " * 10 + "a\n"),
    "items": big("- a\n", 20_000),
    "headings": big("# a\n", 20_000),
    "one long address": "[a]: /" + "x" * 200_000 + "\n\n" + big("[a] ", 100_000),
    "one long title": '[a]: /x "' + "y" * 200_000 + '"\n\n' + big("[a] ", 100_000),
    "definitions": "".join(f"[{n}]: /{n}\n" for n in range(5_000)),
    "entities": big("&#x26;"),
    "comments": "x " + big("<!--", 79_000 * 4) + "-->",
    "declarations": "x " + big("<!A <?a <![CDATA["),
    "attributes": "x <a " + big("b='c' ", 390_000),
    "open elements": big("<div>"),
    "open elements within bounds": big("<div>", 24_000) + "\n\n" + big("a\n\n", 12_000),
    "open formatting": "".join(f"<b id={n}>" for n in range(8000)) + big("<p>x", 200_000),
    "open formatting, many blocks": "<b><i><u><s>" * 3 + "\n\n" + big("a\n\n", 12_000),
    "misnested formatting": big("<b><div></b>"),
    "closing tags": big("<b></i>"),
    "table of pipes": big("|"),
    "wide table": "|a" * 4000 + "\n" + "|-" * 4000 + "\n" + "|b" * 4000,
    "long table": "|a" * 50 + "\n" + "|-" * 50 + "\n" + big("|\n", 1000),
    "foreign names": big("[a](http://é.é) ", 60_000),
    "one long name": "[a](http://" + big("é日", 300_000) + ")",
    "same names": big("# a\n", 10_000) + "".join(f"# a-{n}\n" for n in range(2500)),
    "a number of many digits": "<div>&#" + big("9", 100_000) + ";</div>",
    "nothing": big("\0"),
}


@pytest.mark.parametrize("name", BOMBS)
def test_no_text_takes_long(name: str) -> None:
    text = BOMBS[name]
    started = time.process_time()
    html = html_of(text)
    plain_text(text)
    taken = time.process_time() - started
    assert taken < LONGEST_SECONDS
    assert len(html) < 12 * len(text) + 1_000_000
    if name in ("brackets", "open elements"):
        assert acting(html) == []


def test_more_than_people_write_is_shown_as_it_is() -> None:
    assert html_of(big("[<b>", 4 * 30_001)).startswith("<pre>[&lt;b&gt;[&lt;b&gt;")
    assert html_of("*a* " + "<i>" * 5001) == "<p><em>a</em> " + "&lt;i&gt;" * 5001 + "</p>\n"
    assert "&lt;i&gt;" not in html_of("*a* " + "<i>b</i>" * 2000)


def test_a_table_of_cells_nobody_wrote_is_shown_as_it_is() -> None:
    head = "|a" * 400 + "\n" + "|-" * 400 + "\n"
    assert html_of(head + big("|\n", 800)).startswith("<pre>")
    assert html_of("a\n\n" * 2000 + head + "|a" * 400).count("<td>") == 400


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ("java\nscript:x", None),
        ("\x01javascript:x", None),
        ("ftp://x", None),
        ("a:b", None),
        ("a b:c", None),
        ("./a:b", "./a:b"),
        ("?a:b", "?a:b"),
        (" /a\t/b ", "/a/b"),
        ("MAILTO:x", "MAILTO:x"),
        ("", ""),
    ],
)
def test_addresses_are_read_as_browsers_read_them(value: str, read: str | None) -> None:
    assert address(value, frozenset({"http", "https", "mailto"})) == read


def test_names_of_headings() -> None:
    assert slug_of(" What's *new* in v2.0? ") == "whats-new-in-v20"
    assert heading_id("user-content-A b") == "user-content-a-b"
    assert heading_id("!!") is None
    assert leads_elsewhere("\\\\a.example")
