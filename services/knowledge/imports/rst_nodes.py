"""Write a docutils document as Markdown, node by node."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from services.knowledge.imports import writing
from services.knowledge.imports.markdown_text import title_text

if TYPE_CHECKING:
    from docutils.nodes import Node

UNSEEN = frozenset(
    {
        "comment",
        "target",
        "substitution_definition",
        "pending",
        "meta",
        "decoration",
        "header",
        "footer",
        "title",
    }
)
"""What a reader does not see, and titles, which their sections write."""
LITERAL = frozenset({"literal_block", "doctest_block", "math_block", "raw"})
ADMONITIONS = frozenset(
    {"attention", "caution", "danger", "error", "hint", "important", "note", "tip", "warning", "admonition"}
)
MOST_ADDRESSES = 400_000
"""Characters of addresses written, each as often as it is named."""
WARNING = 2
"""docutils' level from which something was not understood."""


class Writer:
    """What a document comes to: its text, the fields it begins with, its first heading, what is strange."""

    def __init__(self, document: Any) -> None:
        self.fields: dict[str, str] = {}
        self.heading = ""
        self.notes: list[str] = []
        self._addresses_left = MOST_ADDRESSES
        self._text = self._blocks(document.children, 0)

    def text(self) -> str:
        return f"{self._text.strip(chr(10))}\n" if self._text.strip() else ""

    def _blocks(self, nodes: Iterable["Node"], level: int) -> str:
        return "\n\n".join(filter(None, (self._block(node, level) for node in nodes)))

    def _block(self, node: Any, level: int) -> str:
        name = type(node).__name__
        if name in UNSEEN:
            return ""
        if name in LITERAL:
            return writing.fenced(node.astext(), _language(node))
        if name in ADMONITIONS:
            return self._admonition(node, name, level)
        write: Callable[[Any, int], str] | None = getattr(self, f"_{name}", None)
        if write is not None:
            return write(node, level)
        if name in ("Text", "paragraph", "caption", "attribution", "legend", "rubric"):
            return writing.settled(self._inline(node))
        if not hasattr(node, "tagname") or _is_inline(node):
            return writing.settled(self._inline_of(node))
        return self._blocks(node.children, level)

    def _section(self, node: Any, level: int) -> str:
        head = next((child for child in node.children if type(child).__name__ == "title"), None)
        written = ""
        if head is not None:
            text = self._inline(head)
            self.heading = self.heading or title_text(text)
            written = writing.heading(text, level + 1)
        return "\n\n".join(filter(None, (written, self._blocks(node.children, level + 1))))

    def _topic(self, node: Any, level: int) -> str:
        if "contents" in node.get("classes", []):
            return ""
        return self._titled(node, level)

    _sidebar = _topic

    def _titled(self, node: Any, level: int) -> str:
        head = next((child for child in node.children if type(child).__name__ == "title"), None)
        title = f"**{self._inline(head)}**" if head is not None else ""
        return writing.quoted("\n\n".join(filter(None, (title, self._blocks(node.children, level)))))

    def _admonition(self, node: Any, name: str, level: int) -> str:
        if name == "admonition":
            return self._titled(node, level)
        return writing.quoted(f"**{name.capitalize()}**\n\n{self._blocks(node.children, level)}")

    def _system_message(self, node: Any, _level: int) -> str:
        """The text of a directive nobody knows stays readable; what else is wrong is only told."""
        if node.get("level", 0) >= WARNING:
            said = " ".join(node.children[0].astext().split()) if node.children else "something is wrong"
            self.notes.append(f"line {node.get('line', '?')}: {said}")
            kept = [child for child in node.children if type(child).__name__ in LITERAL]
            return "\n\n".join(writing.fenced(child.astext(), "rst") for child in kept)
        return ""

    def _block_quote(self, node: Any, level: int) -> str:
        return writing.quoted(self._blocks(node.children, level))

    def _bullet_list(self, node: Any, level: int) -> str:
        return self._items(writing.item(self._blocks(each.children, level)) for each in node.children)

    def _enumerated_list(self, node: Any, level: int) -> str:
        first = int(node.get("start", 1))
        return self._items(
            writing.item(self._blocks(each.children, level), f"{first + at}.")
            for at, each in enumerate(node.children)
        )

    @staticmethod
    def _items(items: Iterable[str]) -> str:
        listed = list(items)
        return ("\n\n" if any("\n\n" in each for each in listed) else "\n").join(listed)

    def _definition_list(self, node: Any, level: int) -> str:
        return self._items(self._definition(each, level) for each in node.children)

    def _definition(self, node: Any, level: int) -> str:
        parts = [child for child in node.children if type(child).__name__ != "definition"]
        said = [child for child in node.children if type(child).__name__ == "definition"]
        term = ": ".join(self._inline(part) for part in parts)
        return writing.item("\n\n".join(filter(None, (f"**{term}**", self._blocks(said, level)))))

    def _field_list(self, node: Any, level: int) -> str:
        first = not self.fields
        lines = []
        for each in node.children:
            name, body = each.children[0].astext(), each.children[1]
            if first:
                self.fields[name[:60]] = " ".join(body.astext().split())[:4000]
            lines.append(
                writing.item(f"**{writing.escaped(name)}:** {self._blocks(body.children, level)}".rstrip())
            )
        return self._items(lines)

    def _option_list(self, node: Any, level: int) -> str:
        items = []
        for each in node.children:
            options, said = each.children[0], each.children[1]
            names = ", ".join(writing.code(option.astext()) for option in options.children)
            items.append(writing.item(f"{names}: {self._blocks(said.children, level)}"))
        return self._items(items)

    def _line_block(self, node: Any, level: int) -> str:
        lines = []
        for each in node.children:
            nested = type(each).__name__ == "line_block"
            lines.append(self._line_block(each, level) if nested else writing.settled(self._inline(each)))
        return "\\\n".join(line or "&nbsp;" for line in lines)

    def _transition(self, _node: Any, _level: int) -> str:
        return "---"

    def _footnote(self, node: Any, level: int) -> str:
        label = next((child.astext() for child in node.children if type(child).__name__ == "label"), "*")
        rest = [child for child in node.children if type(child).__name__ != "label"]
        return f"\\[{writing.escaped(label)}\\] {self._blocks(rest, level)}"

    _citation = _footnote

    def _figure(self, node: Any, level: int) -> str:
        return self._blocks(node.children, level)

    def _image(self, node: Any, _level: int) -> str:
        return writing.image(writing.escaped(node.get("alt", "")), self._address(node.get("uri", "")))

    def _table(self, node: Any, level: int) -> str:
        rows = [
            [cell for entry in row.children for cell in self._cells(entry, level)]
            for row in node.findall(lambda each: type(each).__name__ == "row")
        ]
        title = next((child for child in node.children if type(child).__name__ == "title"), None)
        headless = not any(type(each).__name__ == "thead" for each in node.findall())
        table = writing.table([[""], *rows] if headless and rows else rows)
        return "\n\n".join(filter(None, (f"**{self._inline(title)}**" if title is not None else "", table)))

    def _cells(self, entry: Any, level: int) -> list[str]:
        texts = [writing.one_line(self._block(child, level)) for child in entry.children]
        return [" ".join(texts), *[""] * min(50, int(entry.get("morecols", 0)))]

    def _inline(self, node: Any) -> str:
        if type(node).__name__ == "Text":
            return writing.escaped(node.astext())
        return "".join(self._inline_of(child) for child in node.children)

    def _inline_of(self, node: Any) -> str:
        name = type(node).__name__
        if name == "Text":
            return writing.escaped(node.astext())
        if name in ("target", "substitution_definition", "comment", "system_message", "raw"):
            return ""
        if name in ("literal", "math"):
            return writing.code(node.astext())
        if name in ("emphasis", "strong", "title_reference"):
            return _around(self._inline(node), "**" if name == "strong" else "*")
        if name == "reference":
            return self._reference(node)
        if name in ("footnote_reference", "citation_reference"):
            return f"\\[{self._inline(node)}\\]"
        if name == "image":
            return self._image(node, 0)
        return self._inline(node)

    def _reference(self, node: Any) -> str:
        text, url = self._inline(node), node.get("refuri")
        if url is None:
            anchor = node.get("refid")
            return writing.link(text, f"#{anchor}") if anchor else text
        self._address(url)
        if node.astext() == url and url.startswith(("http://", "https://")) and not set(" <>") & set(url):
            return f"<{url}>"
        return writing.link(text, url)

    def _address(self, url: str) -> str:
        """The address; ValueError once a text that names long ones often would become a huge one."""
        self._addresses_left -= len(url)
        if self._addresses_left < 0:
            raise ValueError("too much of addresses")
        return url


def _around(text: str, mark: str) -> str:
    plain = text.strip()
    if not plain:
        return text
    before, after = text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]
    return f"{before}{mark}{plain}{mark}{after}"


def _is_inline(node: Any) -> bool:
    from docutils.nodes import Inline

    return isinstance(node, Inline)


def _language(node: Any) -> str:
    name = type(node).__name__
    if name in ("doctest_block", "math_block"):
        return "pycon" if name == "doctest_block" else "math"
    return next((word for word in node.get("classes", []) if word not in ("code", "literal-block")), "")
