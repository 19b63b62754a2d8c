"""A collection with judgements, and how well a list does by them (Manning et al., IR, section 8.4)."""

import math
import xml.etree.ElementTree as ET
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import defusedxml.ElementTree as Safe


@dataclass(frozen=True)
class Document:
    name: str
    title: str
    text: str


@dataclass(frozen=True)
class Judged:
    """Documents, queries by number, and which documents each query is about."""

    documents: list[Document]
    queries: dict[int, str]
    relevant: dict[int, frozenset[str]]


def cranfield(folder: Path) -> Judged:
    """The Cranfield collection in TREC's form; judgements name a query by its place in the file."""
    raw = (folder / "cran.all.1400.xml").read_text("utf-8", "replace")
    documents = [
        Document(_said(each, "docno"), _said(each, "title"), _said(each, "text"))
        for each in Safe.fromstring(f"<all>{raw}</all>").iter("doc")
    ]
    asked = Safe.parse(folder / "cran.qry.xml").iter("top")
    queries = {number: _said(each, "title") for number, each in enumerate(asked, start=1)}
    about: defaultdict[int, set[str]] = defaultdict(set)
    for line in (folder / "cranqrel.trec.txt").read_text().splitlines():
        query, _, document, relevance = line.split()
        if int(relevance) > 0:
            about[int(query)].add(document)
    return Judged(documents, queries, {query: frozenset(found) for query, found in about.items()})


def _said(element: ET.Element, name: str) -> str:
    return " ".join((element.findtext(name) or "").split())


def average_precision(ranked: Sequence[str], relevant: Collection[str]) -> float:
    found, total = 0, 0.0
    for place, name in enumerate(ranked, start=1):
        if name in relevant:
            found += 1
            total += found / place
    return total / len(relevant)


def ndcg(ranked: Sequence[str], relevant: Collection[str], at: int = 10) -> float:
    gained = sum(1 / math.log2(i + 1) for i, name in enumerate(ranked[:at], start=1) if name in relevant)
    return gained / sum(1 / math.log2(i + 1) for i in range(1, min(at, len(relevant)) + 1))
