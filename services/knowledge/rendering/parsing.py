"""Read Markdown into tokens in bounded time, whatever is written there."""

import re
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_inline import StateInline
    from markdown_it.token import Token

NESTING = 20
"""Quotes and lists within one another; what is deeper is left out."""
MOST_LINES = 20_000
MOST_BRACKETS = 30_000
MOST_MARKS = 80_000
MOST_CELLS = 10_000
"""Cells of tables, beside one for each character: short rows are filled up to the head of their table."""
MARKS = "!&)*+-.<>\\_`|~"
"""Characters that take more work than letters do."""
LEAST_ALLOWANCE = 100_000

_BLANK = re.compile(r"\n[ \t]*\n")
_TAG = re.compile(
    r"""<![A-Za-z][^<>]*>|</[A-Za-z][A-Za-z0-9-]*\s*>
    |<[A-Za-z][A-Za-z0-9-]*(?:\s+[a-zA-Z_:][\w:.-]*(?:\s*=\s*(?:[^"'=<>`\x00-\x20]+|'[^']*'|"[^"]*"))?)*\s*/?>
    """,
    re.VERBOSE | re.ASCII,
)
_SPANS = (("<!--", "-->"), ("<![CDATA[", "]]>"), ("<?", "?>"))


class References(dict[str, dict[str, Any]]):
    """What links by name lead to; answers until what it answered exceeds an allowance, then with nothing:
    a short text that names a long address often would become a huge one."""

    def __init__(self, allowance: int) -> None:
        super().__init__()
        self._left = allowance

    def get(self, label: str, default: Any = None) -> Any:
        """The address and title by this name."""
        found = super().get(label, default)
        if found is None:
            return default
        self._left -= len(found["href"]) + len(found["title"])
        return found if self._left >= 0 else default


def parsed(body: str) -> "list[Token] | None":
    """The tokens of a text; none when it has more lines or marks than anybody writes."""
    if (
        body.count("\n") > MOST_LINES
        or body.count("[") > MOST_BRACKETS
        or sum(map(body.count, MARKS)) > MOST_MARKS
        or _cells(body) > MOST_CELLS + len(body)
    ):
        return None
    return _parser().parse(body, {"references": References(max(LEAST_ALLOWANCE, len(body)))})


def _cells(body: str) -> int:
    """As many cells as the tables of a text may come to: each ends with a blank line, if not before."""
    blocks = _BLANK.split(body) if "|" in body else ()
    return sum(
        block.count("\n") * max(line.count("|") for line in block.split("\n"))
        for block in blocks
        if "|" in block
    )


def renderer(tokens: "Sequence[Token]") -> str:
    """The HTML of tokens, raw HTML as it came."""
    parser = _parser()
    return str(parser.renderer.render(tokens, parser.options, {}))


@cache
def _parser() -> "MarkdownIt":
    """Holds nothing of what it has parsed."""
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"maxNesting": NESTING}).enable(["table", "strikethrough"])
    parser.inline.ruler.at("html_inline", _html_inline)
    return parser


def _html_inline(state: "StateInline", silent: bool) -> bool:
    """One tag, comment or the like, as in the library, whose expression for comments takes quadratic time."""
    start = state.pos
    if state.src[start] != "<":
        return False
    end = _end_of_html(state, start)
    if not start < end <= state.posMax:
        return False
    if not silent:
        state.push("html_inline", "", 0).content = state.src[start:end]
    state.pos = end
    return True


def _end_of_html(state: "StateInline", start: int) -> int:
    """Where the HTML that starts here ends, or -1; looks for an end only where there is one."""
    text = state.src
    for opening, closing in _SPANS:
        if text.startswith(opening, start):
            inside = start + len(opening)
            if state.html_terminator_last(closing) < inside:
                return -1
            return text.index(closing, inside) + len(closing)
    tag = _TAG.match(text, start)
    return tag.end() if tag else -1
