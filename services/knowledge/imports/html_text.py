"""Read pages of a Confluence export: HTML -> Markdown; macros nobody knows stay as text and are told."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from html import escape
from html.parser import HTMLParser

from services.knowledge.imports import writing
from services.knowledge.imports.front_matter import Said
from services.knowledge.imports.markdown_text import uncommented
from services.knowledge.imports.understood import Notes, NotTaken

DEEPEST = 60
"""Elements within one another; what is deeper stands beside them."""
MOST_NODES = 100_000
VOID = frozenset({"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"})
UNSEEN = frozenset(
    {"script", "style", "head", "template", "noscript", "iframe", "object", "svg", "form", "select"}
)
BLOCKS = frozenset(
    {
        "p",
        "div",
        "section",
        "article",
        "main",
        "header",
        "footer",
        "body",
        "html",
        "figure",
        "figcaption",
        "center",
    }
    | {
        "ul",
        "ol",
        "li",
        "dl",
        "dt",
        "dd",
        "table",
        "blockquote",
        "pre",
        "hr",
        "details",
        "summary",
        "aside",
        "nav",
    }
    | {f"h{level}" for level in range(1, 7)}
)
KNOWN_MACROS = frozenset(
    {
        "code",
        "info",
        "note",
        "tip",
        "warning",
        "panel",
        "expand",
        "toc",
        "noformat",
        "excerpt",
        "anchor",
        "section",
    }
    | {"column", "attachments", "quote", "status", "livesearch", "children", "pagetree"}
)
MAIN = "main-content"
_UNCLOSED = re.compile(r"<(?![^<>]{1,2000}>)")
_BRUSH = re.compile(r"(?:brush|language):\s*([\w+#-]+)")


@dataclass(slots=True)
class Element:
    """An element with its children; `tag` is empty for what holds everything."""

    tag: str
    given: dict[str, str] = field(default_factory=dict)
    inside: list["Element | str"] = field(default_factory=list)


class _Tree(HTMLParser):
    """Builds the tree, however wrong the tags are."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Element("")
        self.open = [self.root]
        self.nodes = 0
        self.macros: dict[str, None] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._count()
        given = {name: value or "" for name, value in attrs}
        macro = given.get("data-macro-name") or (given.get("ac:name") if tag.startswith("ac:") else None)
        if macro and macro not in KNOWN_MACROS:
            self.macros[macro[:60]] = None
        if tag in ("p", "li", "tr", "td", "th", "dt", "dd"):
            self._end(tag, within=("ul", "ol", "table", "dl") if tag != "p" else ("td", "li", "div"))
        element = Element(tag, given)
        self.open[-1].inside.append(element)
        if tag not in VOID and len(self.open) < DEEPEST:
            self.open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if self.open[-1].tag == tag and tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        self._end(tag, within=())

    def handle_data(self, data: str) -> None:
        self._count()
        self.open[-1].inside.append(data)

    def _end(self, tag: str, *, within: Iterable[str]) -> None:
        for at in range(len(self.open) - 1, 0, -1):
            if self.open[at].tag == tag:
                del self.open[at:]
                return
            if self.open[at].tag in within:
                return

    def _count(self) -> None:
        self.nodes += 1
        if self.nodes > MOST_NODES:
            raise NotTaken("it has too many elements")


def page(text: str, notes: Notes) -> tuple[Said, str, str]:
    """What is said of a page, its first heading, and its content as Markdown."""
    tree = _Tree()
    tree.feed(_closed(_without_sections(uncommented(text))))
    tree.close()
    for macro in tree.macros:
        notes.add(f"the macro {macro} is not understood: what it shows is kept as text")
    title = _title(tree.root)
    main = _find(tree.root, lambda each: each.given.get("id") == MAIN) or _find(
        tree.root, lambda each: each.tag == "body"
    )
    body = _blocks((main or tree.root).inside)
    head = _find(main or tree.root, lambda each: each.tag in ("h1", "h2"))
    heading = writing.one_line(_plain(head)) if head is not None else ""
    return ({"title": title} if title else {}), heading, f"{body}\n" if body.strip() else ""


def _without_sections(text: str) -> str:
    """The text with what stands in CDATA as text."""
    parts: list[str] = []
    while text:
        before, _, rest = text.partition("<![CDATA[")
        inside, _, text = rest.partition("]]>")
        parts += [before, escape(inside)]
    return "".join(parts)


def _closed(text: str) -> str:
    """The text without tags nobody closes, which the parser takes ages for: their `<` is text."""
    return _UNCLOSED.sub("&lt;", text)


def _title(root: Element) -> str:
    """The title without the name of its space."""
    found = _find(root, lambda each: each.tag == "title")
    text = " ".join(_plain(found).split()) if found is not None else ""
    return text.split(" : ", 1)[-1].strip()


def _find(root: Element, wanted: Callable[[Element], bool]) -> Element | None:
    waiting: list[Element] = [root]
    while waiting:
        each = waiting.pop()
        if wanted(each):
            return each
        waiting += [child for child in reversed(each.inside) if isinstance(child, Element)]
    return None


def _plain(element: Element) -> str:
    parts = [
        child if isinstance(child, str) else "\n" if child.tag == "br" else _plain(child)
        for child in element.inside
    ]
    return "".join(parts)


def _blocks(inside: Iterable[Element | str]) -> str:
    """Blocks one below the other; what stands between them in a line is a paragraph."""
    blocks: list[str] = []
    line: list[Element | str] = []
    for child in [*inside, None]:
        if child is not None and not (isinstance(child, Element) and _is_block(child)):
            line.append(child)
            continue
        paragraph = writing.settled(_inline(line).strip())
        blocks += [paragraph, _block(child) if child is not None else ""]
        line = []
    return "\n\n".join(filter(None, blocks))


def _is_block(element: Element) -> bool:
    return element.tag in BLOCKS or any(
        isinstance(each, Element) and _is_block(each) for each in element.inside
    )


def _block(element: Element) -> str:
    tag = element.tag
    if tag in UNSEEN:
        return ""
    if tag in ("ul", "ol"):
        return _list(element)
    if tag == "table":
        return writing.table([[_cell(cell) for cell in row] for row in _rows(element)])
    if tag == "pre":
        return writing.fenced(_plain(element), _brush(element))
    if tag == "hr":
        return "---"
    if tag in ("h1", "h2", "h3", "h4", "h5", "h6"):
        text = _inline(element.inside).strip()
        return writing.heading(text, int(tag[1])) if text else ""
    inside = _blocks(element.inside)
    if tag == "blockquote" or "confluence-information-macro" in element.given.get("class", "").split():
        return writing.quoted(inside) if inside else ""
    return f"**{inside}**" if tag == "dt" and inside and "\n" not in inside else inside


def _brush(element: Element) -> str:
    found = _BRUSH.search(element.given.get("data-syntaxhighlighter-params", ""))
    return found[1] if found else ""


def _list(element: Element) -> str:
    items = [child for child in element.inside if isinstance(child, Element)]
    written = [
        writing.item(
            _blocks(each.inside) if each.tag == "li" else _blocks([each]),
            f"{at}." if element.tag == "ol" else "-",
        )
        for at, each in enumerate(items, 1)
    ]
    return ("\n\n" if any("\n\n" in each for each in written) else "\n").join(written)


def _rows(table: Element) -> Iterable[list[Element]]:
    for child in table.inside:
        if isinstance(child, Element):
            if child.tag == "tr":
                yield [cell for cell in child.inside if isinstance(cell, Element)]
            elif child.tag in ("thead", "tbody", "tfoot"):
                yield from _rows(child)


def _cell(cell: Element) -> str:
    return writing.one_line(_blocks(cell.inside))


def _inline(inside: Iterable[Element | str]) -> str:
    return re.sub(r"[ \t]{2,}", " ", "".join(_piece(child) for child in inside))


def _piece(child: Element | str) -> str:
    if isinstance(child, str):
        return writing.escaped(re.sub(r"\s+", " ", child))
    tag = child.tag
    if tag in UNSEEN:
        return ""
    if tag == "br":
        return "\\\n"
    if tag == "img":
        return writing.image(writing.escaped(child.given.get("alt", "")), child.given.get("src", ""))
    if tag in ("code", "kbd", "samp", "tt"):
        return writing.code(_plain(child))
    text = _inline(child.inside)
    if tag == "a" and child.given.get("href"):
        return writing.link(text.strip(), child.given["href"])
    mark = {"strong": "**", "b": "**", "em": "*", "i": "*", "del": "~~", "s": "~~"}.get(tag)
    plain = text.strip()
    if mark is None or not plain:
        return text
    return f"{' ' if text[0] == ' ' else ''}{mark}{plain}{mark}{' ' if text[-1] == ' ' else ''}"
