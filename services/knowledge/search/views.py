"""What a search answers."""

from datetime import datetime
from uuid import UUID

from services.knowledge.search.rules import Found
from shared.route import View


class HighlightView(View):
    """A piece of the text; `marks` are half-open ranges of its characters that were asked for, `html` is the
    piece escaped, with them in <mark>."""

    text: str
    marks: list[tuple[int, int]]
    html: str


class HitView(View):
    """Something found. `parent_id` is an answer's question; `verified` articles were found right and answers
    accepted; `outdated` ones are stale, deprecated or no longer valid. Scores compare within one search."""

    rank: int
    kind: Found
    id: UUID
    parent_id: UUID | None
    title: str
    slug: str | None
    tags: list[str]
    language: str
    verified: bool
    outdated: bool
    fresh_at: datetime
    score: float
    title_highlight: HighlightView
    highlight: HighlightView


class FacetsView(View):
    """How many of the hits are of each kind, tag and language, and verified."""

    kind: dict[str, int]
    tag: dict[str, int]
    language: dict[str, int]
    verified: int


class SearchView(View):
    """A page of hits, best first. `hits` counts at most 1,000; `more` says that there are more than that.

    `corrected` says what words were taken for, `ignored` which were too common to look at. Say with
    `POST C/search/{search_id}/clicks` what was opened.
    """

    search_id: UUID
    items: list[HitView]
    next_cursor: str | None
    hits: int
    more: bool
    corrected: dict[str, str]
    ignored: list[str]
    facets: FacetsView | None
