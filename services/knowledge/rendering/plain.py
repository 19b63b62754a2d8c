"""Markdown to plain text, for search and for the words around what was found."""

import re
from collections.abc import Iterator
from html import unescape
from typing import TYPE_CHECKING

from services.knowledge.rendering.parsing import parsed

if TYPE_CHECKING:
    from markdown_it.token import Token

# Each of these reaches to the end where nothing closes it, so that no text is read twice.
_UNREAD = re.compile(r"<!--.*?(?:-->|\Z)|<(script|style)\b.*?(?:</\1[^<>]*>?|\Z)", re.DOTALL | re.IGNORECASE)
_TAG = re.compile(r"</?[A-Za-z][^<>]*>")


def plain_text(body: str) -> str:
    """What a reader reads, one block a line, without marks, addresses and HTML; in linear time."""
    tokens = parsed(body)
    if tokens is None:
        return body.strip()
    return "".join(_texts(tokens)).strip()


def _texts(tokens: "list[Token]") -> Iterator[str]:
    for token in tokens:
        if token.type in ("fence", "code_block"):
            yield token.content
        elif token.type == "html_block":
            yield _untagged(token.content)
        elif token.type == "inline":
            yield from map(_text, token.children or ())
            yield "\n"


def _text(part: "Token") -> str:
    if part.type in ("softbreak", "hardbreak"):
        return " "
    return part.content if part.type in ("text", "code_inline", "image") else ""


def _untagged(html: str) -> str:
    text = _TAG.sub(" ", _UNREAD.sub(" ", html))
    try:
        return unescape(text)
    except ValueError:  # a character by a number of thousands of digits
        return text
