"""What articles may do: tables and properties of the rules, slugs and differences."""

import re
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.knowledge.articles import rules
from services.knowledge.articles.differences import LINES_MAX, differences
from services.knowledge.articles.rules import ArticleState, ArticleVerb, DraftState, DraftVerb

SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
LINES = st.lists(
    st.sampled_from(["a\n", "b\n", "c\n", "\n", "d\r\u2028e\n", "+x\n", "-y\n", "@@ -1 +1 @@\n"]), max_size=30
)


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("How we welcome newcomers", "how-we-welcome-newcomers"),
        ("  C++ & Rust: what's new? ", "c-rust-whats-new"),
        ("Ärger mit der Straße", "arger-mit-der-strasse"),
        ("Łódź, Ørsted, Þingvellir", "lodz-orsted-thingvellir"),
        ("\uff26\uff55\uff4c\uff4c\u3000width \u2460", "full-width-1"),
        ("\u0130stanbul \u0131l\u0131k", "istanbul-ilik"),
        ("歓迎", ""),
        ("---", ""),
    ],
)
def test_titles_as_addresses(title: str, slug: str) -> None:
    assert rules.slug_of(title) == slug


@given(st.text(max_size=300))
def test_any_title_is_an_address_or_nothing(title: str) -> None:
    slug = rules.slug_of(title)
    assert len(slug) <= rules.SLUG_LENGTH
    assert slug == "" or SLUG.fullmatch(slug)
    assert rules.slug_of(slug) == slug


def test_only_an_approved_draft_is_published() -> None:
    publishable = {state for state, moves in rules.DRAFT_MOVES.items() if DraftVerb.PUBLISH in moves}
    assert publishable == {DraftState.APPROVED}
    approvable = {state for state, moves in rules.DRAFT_MOVES.items() if DraftVerb.APPROVE in moves}
    assert approvable == {DraftState.IN_REVIEW}


@pytest.mark.parametrize("state", [None, *DraftState])
def test_whatever_is_saved_is_a_draft_again(state: DraftState | None) -> None:
    assert rules.DRAFT_MOVES[state][DraftVerb.SAVE] is DraftState.DRAFT
    assert rules.draft_verbs(state) == [verb.value for verb in rules.DRAFT_MOVES[state]]


@pytest.mark.parametrize(
    ("state", "verbs"),
    [
        (ArticleState.DRAFT, ["archive"]),
        (ArticleState.IN_REVIEW, ["archive"]),
        (ArticleState.CHANGES_REQUESTED, ["archive"]),
        (ArticleState.APPROVED, ["archive"]),
        (ArticleState.PUBLISHED, ["verify", "mark-stale", "deprecate", "archive"]),
        (ArticleState.VERIFIED, ["verify", "mark-stale", "deprecate", "archive"]),
        (ArticleState.STALE, ["verify", "deprecate", "archive"]),
        (ArticleState.DEPRECATED, ["archive"]),
        (ArticleState.ARCHIVED, []),
        (ArticleState.HIDDEN, []),
    ],
)
def test_what_may_be_done_with_an_article(state: ArticleState, verbs: list[str]) -> None:
    assert rules.verbs(state) == verbs


def test_no_verb_but_publish_leads_to_something_that_can_be_read() -> None:
    for state, moves in rules.MOVES.items():
        for verb, after in moves.items():
            assert verb in ArticleVerb
            assert after not in rules.READABLE or state in rules.READABLE


def applied(before: str, diff: str) -> str:
    """What `patch` would make of it."""
    old = re.findall(r"[^\n]*\n|[^\n]+", before)
    new: list[str] = []
    at = 0
    lines = re.findall(r"[^\n]*\n|[^\n]+", diff)[2:]
    left_old = left_new = 0
    for number, line in enumerate(lines):
        if (
            left_old <= 0
            and left_new <= 0
            and (head := re.match(r"@@ -(\d+)(?:,(\d+))? \+\d+(?:,(\d+))? @@", line))
        ):
            left_old, left_new = int(head[2] or 1), int(head[3] or 1)
            start = int(head[1]) - (1 if left_old else 0)
            new += old[at:start]
            at = start
        elif not line.startswith("\\"):
            ends = number + 1 < len(lines) and lines[number + 1].startswith("\\")
            text = line[1:].removesuffix("\n") if ends else line[1:]
            if line[0] in " -":
                assert old[at] == text
                at += 1
                left_old -= 1
            if line[0] in " +":
                new.append(text)
                left_new -= 1
    return "".join(new + old[at:])


@given(LINES, LINES, st.booleans())
def test_a_difference_makes_one_text_of_the_other(before: list[str], after: list[str], ends: bool) -> None:
    old, new = "".join(before), "".join(after)
    if not ends:
        old, new = old.removesuffix("\n"), new.removesuffix("\n")
    found = differences(old, new, "a", "b")
    assert applied(old, found.text) == new
    assert (found.text == "") == (old == new)
    counted = [len(re.findall(r"[^\n]*\n|[^\n]+", text)) for text in (old, new)]
    assert counted[0] - found.removed + found.added == counted[1]


def test_what_is_too_long_to_compare_is_shown_as_replaced() -> None:
    old = "".join(f"{n}\n" for n in range(LINES_MAX * 3))
    few = differences(old, old.replace("1500\n", "changed\n", 1), "a", "b")
    assert (few.added, few.removed, few.coarse) == (1, 1, False)
    new = "first\n" + "".join(f"{n}\n" for n in range(LINES_MAX * 3) if n % 2) + "last\n"
    many = differences(old, new, "a", "b")
    assert many.coarse
    assert applied(old, many.text) == new


@pytest.mark.parametrize("words", [1, 4, 37, 400])
def test_comparing_takes_a_moment_at_worst(words: int) -> None:
    old = "".join(f"{n * n % words}\n" for n in range(LINES_MAX))
    new = "x\n" + "".join(f"{n * 7 % words}\n" for n in range(LINES_MAX - 2)) + "y\n"
    started = process_time()
    found = differences(old, new, "a", "b")
    assert process_time() - started < 2
    assert applied(old, found.text) == new
