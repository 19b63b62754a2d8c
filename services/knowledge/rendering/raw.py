"""HTML within Markdown: as much of it as people write, more is shown as it is."""

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it.token import Token

MOST_TAGS = 5000
"""Tags left open make everything behind them deeper, and what is deep takes long to read."""
MOST_REPEATED = 1_000_000
"""Elements; formatting left open is repeated within every block behind it, at most three times each."""

_TAG = re.compile(r"<[A-Za-z/][^<>]*")
_FORMATTING = re.compile(
    r"<(?:b|big|code|em|font|i|nobr|s|small|strike|strong|tt|u)(?![A-Za-z0-9-])", re.IGNORECASE
)


def require_little_html(tokens: "Sequence[Token]") -> None:
    """Turn HTML into text where there is so much of it that reading it could take long."""
    raw = list(_raw(tokens))
    tags = [tag for token in raw for tag in _TAG.findall(token.content)]
    formatting = [tag.lower() for tag in tags if _FORMATTING.match(tag)]
    plain = {tag for tag in formatting if tag[1:].isalpha()}
    different = len(plain) + sum(not tag[1:].isalpha() for tag in formatting)
    if len(tags) <= MOST_TAGS and 3 * different * (len(tokens) + len(tags)) <= MOST_REPEATED:
        return
    for token in raw:
        token.type = "text" if token.type == "html_inline" else "code_block"


def _raw(tokens: "Sequence[Token]") -> "Iterator[Token]":
    for token in tokens:
        if token.type == "html_block":
            yield token
        for part in token.children or ():
            if part.type == "html_inline":
                yield part
