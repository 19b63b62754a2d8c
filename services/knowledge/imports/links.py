"""Links of imported documents: a path beside a document -> the article or picture that came of it."""

import html
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col

from services.knowledge.articles.models import Article
from services.knowledge.articles.rules import READABLE
from services.knowledge.attachments.models import Attachment
from services.knowledge.imports.rules import LINKS, fragment_of, is_internal, names_of, target_of
from services.knowledge.rendering.parsing import parsed
from shared.store import Tx, constant, scope

Resolver = Callable[[str], str]

_WRITTEN = (
    re.compile(r"\]\(\s{0,9}<([^>\n]{1,600})>"),
    re.compile(r"\]\(\s{0,9}((?:[^()\s<>]|\([^()\s]{0,200}\)){1,600})"),
    re.compile(r"^[ >*+-]{0,12}\[[^\]\n]{1,300}\]:\s{0,9}<?([^\s>]{1,600})", re.MULTILINE),
    re.compile(r"\b(?:href|src)\s{0,9}=\s{0,9}[\"']?([^\"'\s>]{1,600})", re.IGNORECASE),
)
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
_IN_HTML = _WRITTEN[3]
_SIZES = (16, 64, 256, 1024, 4096)
AT_ONCE = _SIZES[-1]
"""Paths looked up by one statement."""


async def resolver(tx: Tx, article: Article, body: str) -> Resolver:
    """For rendering a text of `article`: what is told in place of each of its links.

    A relative link of an imported article that leads to something of the same source that can be read becomes
    its address here; every other link stays as it is. One look-up, however many links there are.
    """
    source, path = article.source, article.source_path
    if source is None or path is None:
        return _as_it_is
    targets = {target for link in _written(body) if (target := target_of(link, path)) is not None}
    if not targets:
        return _as_it_is
    addresses = await addresses_of(tx, article.community_id, source, sorted(targets)[:LINKS])

    def resolved(link: str) -> str:
        target = target_of(link, path)
        address = addresses.get(target) if target is not None else None
        return link if address is None else f"{address}{fragment_of(link)}"

    return resolved


def _as_it_is(link: str) -> str:
    return link


def _written(body: str) -> Iterable[str]:
    """Whatever may be an address in a Markdown text; more than that does no harm."""
    for pattern in _WRITTEN:
        for found in pattern.finditer(body):
            if is_internal(found[1]):
                yield _ESCAPED.sub(r"\1", html.unescape(found[1]))


async def addresses_of(tx: Tx, community_id: UUID, source: str, targets: Iterable[str]) -> Mapping[str, str]:
    """The address of what came of each target that can be read; those without one are left out."""
    names = {target: tuple(names_of(target)) for target in targets}
    asked = sorted({name for each in names.values() for name in each})
    root = f"/v1/communities/{community_id}"
    known: dict[str, str] = {}
    for begin in range(0, len(asked), AT_ONCE):
        for row in await tx.all(
            LEADS_TO, {"source": source, "paths": _padded(asked[begin : begin + AT_ONCE])}
        ):
            known[row.path] = (
                f"{root}/articles/by-slug/{row.slug}" if row.slug else f"{root}/attachments/{row.id}"
            )
    found = {
        target: next((known[name] for name in each if name in known), None) for target, each in names.items()
    }
    return {target: address for target, address in found.items() if address is not None}


def _padded(paths: list[str]) -> list[str]:
    """As many as one of a few statements takes, so that each is compiled once."""
    size = next(size for size in _SIZES if size >= len(paths))
    return paths + paths[-1:] * (size - len(paths))


def links_in(body: str) -> list[str]:
    """The links and pictures of a text that lead to no other site and no place of the text itself."""
    found: dict[str, None] = {}
    for block in parsed(body) or ():
        for token in (block, *(block.children or ())):
            for given in (token.attrs.get("href"), token.attrs.get("src")):
                if isinstance(given, str):
                    found[given] = None
            if token.type in ("html_block", "html_inline"):
                found |= dict.fromkeys(html.unescape(each) for each in _IN_HTML.findall(token.content))
    return [link for link in found if is_internal(link)][:LINKS]


async def lead_nowhere(
    tx: Tx, community_id: UUID, source: str, documents: Mapping[str, Iterable[str]]
) -> dict[str, list[str]]:
    """By the path of each document, those of its links that lead to nothing imported that can be read."""
    targets = {target_of(link, path) for path, links in documents.items() for link in links}
    known = await addresses_of(tx, community_id, source, sorted(each for each in targets if each is not None))
    return {
        path: [link for link in links if target_of(link, path) not in known]
        for path, links in documents.items()
    }


_PATHS: Any = sa.bindparam("paths", expanding=True)
_SOURCE: Any = sa.bindparam("source")
LEADS_TO: Any = constant(
    sa.union_all(
        sa.select(
            col(Article.source_path).label("path"),
            col(Article.slug).label("slug"),
            col(Article.id).label("id"),
        ).where(
            scope(Article),
            col(Article.source) == _SOURCE,
            col(Article.source_path).in_(_PATHS),
            col(Article.state).in_(sorted(READABLE)),
        ),
        sa.select(col(Attachment.source_path), sa.literal_column("''"), col(Attachment.id)).where(
            scope(Attachment), col(Attachment.source) == _SOURCE, col(Attachment.source_path).in_(_PATHS)
        ),
    )
)
