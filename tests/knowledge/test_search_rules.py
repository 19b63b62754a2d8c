"""How well a document fits, word by word; and what becomes of words."""

import math
import string
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.knowledge.search import highlights, rules, terms
from services.knowledge.search.analysis import Spotter, fold, words_of
from services.knowledge.search.described import MOST_TERMS, Description
from services.knowledge.search.query import MOST_WORDS, understood

LETTERS = st.text(string.ascii_lowercase, min_size=1, max_size=12)


def terms_of(text: str, language: str = "en") -> list[str]:
    return [word.term for word in words_of(text, language)]


@pytest.mark.parametrize(
    ("language", "left", "right"),
    [
        ("en", "communities", "Community's"),
        ("en", "connected", "connections"),
        ("de", "Häuser", "Haus"),
        ("fr", "événements", "événement"),
        ("pt-BR", "organização", "organizações"),
        ("xx", "Straße", "STRASSE"),
    ],
)
def test_words_of_one_meaning_are_one_term(language: str, left: str, right: str) -> None:
    assert terms_of(left, language) == terms_of(right, language)


def test_a_text_without_spaces_is_cut_into_pairs() -> None:
    assert terms_of("東京都", "ja") == ["東京", "京都"]
    assert terms_of("京都", "ja")[0] in terms_of("東京都民の会", "ja")


@given(st.text(max_size=200))
def test_any_text_has_words_within_it(text: str) -> None:
    words = list(words_of(text, "en"))
    for word in words:
        assert 0 <= word.start < word.end <= len(text)
        assert 0 < len(word.term) <= 40
    assert [word.start for word in words] == sorted(word.start for word in words)


@given(st.lists(st.integers(0, 100_000), max_size=80, unique=True).map(sorted))
def test_places_are_read_as_written(places: list[int]) -> None:
    assert terms.read(terms.written(places)) == places[: terms.PLACES]


@given(LETTERS, LETTERS)
def test_two_words_one_error_apart_have_a_variant_in_common(left: str, right: str) -> None:
    if 4 <= len(left) <= 24 and 4 <= len(right) <= 24 and rules.edits(left, right) <= 1:
        assert terms.variants(left) & terms.variants(right)


@pytest.mark.parametrize(
    ("left", "right", "errors"),
    [
        ("same", "same", 0),
        ("same", "sane", 1),
        ("same", "smae", 1),
        ("same", "sam", 1),
        ("kitten", "sitting", 3),
    ],
)
def test_errors_are_counted(left: str, right: str, errors: int) -> None:
    assert rules.edits(left, right, most=5) == errors == rules.edits(right, left, most=5)


@given(LETTERS, LETTERS)
def test_counting_errors_is_symmetric_and_bounded(left: str, right: str) -> None:
    assert rules.edits(left, right) == rules.edits(right, left) <= 3
    assert (rules.edits(left, right) == 0) == (left == right)


def test_a_rare_word_weighs_more_and_none_less_than_nothing() -> None:
    weights = [rules.rarity(1000, holding) for holding in (1, 10, 100, 500, 1000)]
    assert weights == sorted(weights, reverse=True)
    assert weights[-1] > 0
    assert rules.rarity(3, 1) == pytest.approx(math.log(1 + 2.5 / 1.5))


@given(st.integers(1, 100), st.integers(1, 2000), st.floats(1, 1000))
def test_saturation_grows_with_the_word_and_shrinks_with_the_document(
    weight: int, length: int, average: float
) -> None:
    here = rules.saturated(weight, length, average)
    assert 0 < here < rules.K1 + 1
    assert rules.saturated(weight + 1, length, average) > here > rules.saturated(weight, length + 50, average)


@given(
    st.lists(st.integers(0, 60), max_size=12, unique=True).map(sorted),
    st.lists(st.integers(0, 60), max_size=12, unique=True).map(sorted),
)
def test_closeness_is_what_every_pair_of_places_adds(left: list[int], right: list[int]) -> None:
    expected = sum(
        1.0 if b - a == 1 else 1.0 / abs(b - a)
        for a in left
        for b in right
        if a != b and abs(b - a) <= rules.WINDOW
    )
    found = rules.closeness([(1, 2)], {1: left, 2: right} if left and right else {})
    assert found.get(0, 0.0) == pytest.approx(expected if left and right else 0.0)


def test_a_phrase_stands_together_in_order() -> None:
    places = {1: [4, 20], 2: [5, 30], 3: [6]}
    assert rules.stands_together([1, 2, 3], places)
    assert not rules.stands_together([2, 1], places)
    assert not rules.stands_together([1, 4], places)


def test_what_one_can_afford_is_the_rarest() -> None:
    counts = {1: 50, 2: 10, 3: 60, 4: 10}
    assert rules.within_reach(counts, 75) == [2, 4, 1]
    assert rules.within_reach({9: 10**9}, 75) == [9]
    assert rules.within_reach({}, 75) == []


def test_feedback_adds_what_the_best_share_and_few_others_have() -> None:
    vectors = [({"bee": 3, "hive": 2, "the": 0, "odd": 9}, 14), ({"bee": 1, "hive": 4}, 5), ({"hive": 1}, 3)]
    said = rules.said_together([3.0, 2.0, 1.0], vectors, asked=["bee"])
    assert [word for word, _ in said] == ["hive"]
    assert rules.chosen(said, {"hive": 5}, documents=100) == {"hive": 1.0}
    assert rules.chosen(said, {"hive": 80}, documents=100) == {}


def test_a_query_is_understood() -> None:
    wanted = understood('What are the "best practices" for onboard* newcomers -spam', ["en"])
    assert list(wanted.terms) == ["best", "practic", "newcom"]
    assert wanted.phrases == [["best", "practic"]]
    assert (wanted.prefixes, wanted.excluded) == (["onboard"], ["spam"])


def test_words_that_only_serve_count_when_nothing_else_is_asked() -> None:
    assert list(understood("the of and", ["en"]).terms) == ["the", "of", "and"]
    assert list(understood("the bees", ["en"]).terms) == ["bee"]


@given(st.text(max_size=2000))
def test_any_query_stays_bounded(query: str) -> None:
    wanted = understood(query, ["en", "de"])
    assert len(wanted.terms) <= MOST_WORDS
    assert len(wanted.excluded) <= MOST_WORDS
    assert len(wanted.phrases) <= 4
    assert set(wanted.order) <= set(wanted.terms)


def test_a_piece_is_where_most_of_what_was_asked_stands() -> None:
    text = "A beginning about nothing. " * 20 + "Bees keep a hive in winter. " + "And an end. " * 30
    shown = highlights.piece(text, Spotter("en", {"bee", "hive"}))
    assert "Bees keep a hive" in shown.text
    assert [shown.text[start:end] for start, end in shown.marks] == ["Bees", "hive"]
    assert len(shown.text) <= highlights.SHOWN


@given(st.text(max_size=600), st.sets(LETTERS, max_size=4))
def test_a_piece_is_part_of_the_text_with_marks_inside(text: str, asked: set[str]) -> None:
    shown = highlights.piece(text, Spotter("en", asked))
    assert shown.text in text
    assert all(0 <= start < end <= len(shown.text) for start, end in shown.marks)


@given(st.lists(st.sampled_from(["bees", "bee", "hives", "being", "o'bee", "winter's"]), max_size=20))
def test_the_quick_way_marks_what_reading_every_word_marks(words: list[str]) -> None:
    text, asked = " ".join(words), {"bee", "hive", "winter"}
    slowly = [(word.start, word.end, word.term) for word in words_of(text, "en") if word.term in asked]
    assert Spotter("en", asked).spotted(text) == slowly


def test_folding_forgives_marks_and_case() -> None:
    assert fold("ÉLAN Straße") == "elan strasse"


def test_letters_written_in_several_ways_are_cut_into_pairs_too() -> None:
    assert terms_of("一" + "\ufb01" * 80)[:2] == ["一fi", "fifi"]
    assert all(len(word.written) <= 40 for word in words_of("一" + "\ufdfa" * 80, "en"))
    assert set(terms_of("\u0e07\u0e32\u0e19", "th")) <= set(terms_of("\u0e17\u0e33\u0e07\u0e32\u0e19", "th"))


def test_of_an_endless_word_only_the_beginning_is_looked_at() -> None:
    began = time.process_time()
    for letter in string.ascii_lowercase:
        assert terms_of(letter * 400_000, "fr") == [letter * 40]
    assert Spotter("en", {"x" * n for n in range(1, 33)}).spotted("x" * 7_990 + " x")
    assert time.process_time() - began < 5


def test_a_phrase_of_words_that_only_serve_is_looked_for() -> None:
    wanted = understood('"to be or not to be"', ["en"])
    assert wanted.phrases == [["to", "be", "or", "not", "to", "be"]]
    assert set(wanted.terms) == {"to", "be", "or", "not"}
    assert list(understood('"out of" Africa', ["en"]).terms) == ["africa"]


def test_of_a_text_with_countless_words_the_first_are_kept() -> None:
    entry = Description()
    entry.add(" ".join(f"w{n}" for n in range(60_000)), "en", 1)
    assert len(entry.weights) == MOST_TERMS


def test_a_word_longer_than_what_is_shown_is_no_trouble() -> None:
    text = f"before {'x' * 900} after"
    assert highlights.piece(text, Spotter("en", {"x" * 40, "after"})).text == "before"
    assert highlights.piece("x" * 900, Spotter("en", {"x" * 40})).text == "x" * 240


def test_marks_without_a_letter_are_no_word() -> None:
    assert terms_of("\uff9e\uff9e bees") == ["bee"]
    assert understood("\uff9e", ["en", "ja"]).terms == {}
