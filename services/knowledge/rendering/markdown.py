"""Markdown (CommonMark, tables, strikethrough, HTML) to HTML that harms nobody."""

from collections.abc import Callable, Sequence
from html import escape
from typing import TYPE_CHECKING

from services.knowledge.rendering.parsing import parsed, renderer
from services.knowledge.rendering.policy import (
    ATTRIBUTES,
    ELSEWHERE,
    GONE_WITH_CONTENT,
    LINK_SCHEMES,
    POLICY_VERSION,
    TAGS,
    Attributes,
    slug_of,
)
from services.knowledge.rendering.raw import require_little_html

if TYPE_CHECKING:
    from markdown_it.token import Token

__all__ = ["BIG", "POLICY_VERSION", "html_of"]

BIG = 20_000
"""Characters; rendering a longer text takes so long that the event loop should not wait for it."""


def html_of(body: str, *, links: Callable[[str], str] | None = None) -> str:
    """The HTML of a text; `links` is given every address of a link or picture and answers the one to use.

    Takes time that is linear in the text's length, whatever it says: a text with more lines or marks than
    people write is shown as it is, and so is HTML in it that is more than people write.
    """
    import nh3

    tokens = parsed(body)
    if tokens is None:
        return f"<pre>{escape(body, quote=False)}</pre>\n"
    require_little_html(tokens)
    _adorn(tokens)
    return nh3.clean(
        renderer(tokens),
        tags=set(TAGS),
        clean_content_tags=set(GONE_WITH_CONTENT),
        attributes=ATTRIBUTES,
        attribute_filter=Attributes(links),
        url_schemes=set(LINK_SCHEMES),
        link_rel=ELSEWHERE,
    )


def _adorn(tokens: "Sequence[Token]") -> None:
    """Give headings ids, each its own, and cells their alignment without a style."""
    taken: dict[str, int] = {}
    for at, token in enumerate(tokens):
        if token.type == "heading_open":
            slug = _own(slug_of(_words(tokens[at + 1])), taken)
            if slug:
                token.attrSet("id", slug)
        elif token.type in ("th_open", "td_open") and "style" in token.attrs:
            token.attrs = {"align": str(token.attrs["style"]).removeprefix("text-align:")}


def _words(inline: "Token") -> str:
    return "".join(part.content for part in inline.children or () if part.type in ("text", "code_inline"))


def _own(slug: str, taken: dict[str, int]) -> str:
    """The slug, with a number where it is taken; `taken` has the last number given to each."""
    own = slug
    while own in taken:
        taken[slug] += 1
        own = f"{slug}-{taken[slug]}"
    taken[own] = 0
    return own
