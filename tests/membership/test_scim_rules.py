"""What of SCIM is pure: filters, patches and projections, whatever is thrown at them."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.membership.scim import documents, filters, patch, rules
from services.membership.scim.filters import Compare, Junction, Negation, Within, holds, parsed
from services.membership.scim.projection import projection
from services.membership.scim.refusals import InvalidFilter, ScimRefusal
from services.membership.scim.schemas import USERS
from tests.architecture.tree import imported, modules
from tests.membership.scim_client import ENTERPRISE, USER

ADA = Compare("userName", "eq", "ada")


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ('userName eq "ada"', ADA),
        ('USERNAME EQ "ada"', Compare("USERNAME", "eq", "ada")),
        ('userName eq"ada"', ADA),
        ("title pr", Compare("title", "pr")),
        ('a eq "say \\"hi\\" (now)"', Compare("a", "eq", 'say "hi" (now)')),
        ("a eq 1 and b eq 2 or c eq null", None),
        ('not (userName eq "ada")', Negation(ADA)),
        ('emails[type eq "work"]', Within("emails", Compare("type", "eq", "work"))),
    ],
)
def test_a_filter_is_read(text: str, tree: Any) -> None:
    if tree is None:
        left = Junction("and", (Compare("a", "eq", 1), Compare("b", "eq", 2)))
        tree = Junction("or", (left, Compare("c", "eq", None)))
    assert parsed(text) == tree


TEXTS = st.text(max_size=8)
WORDS = st.sampled_from(
    ["a", "b.c", "and", "or", "not", "eq", "pr", "(", ")", "[", "]", '"x"', "1", '"', "\\", ""]
)


@given(st.lists(WORDS | TEXTS, max_size=30).map(" ".join))
def test_no_filter_breaks_the_reader(text: str) -> None:
    try:
        tree = parsed(text)
    except InvalidFilter:
        return
    holds(tree, {"a": "x", "b": 1})


def written(tree: filters.Condition) -> str:
    """A filter as its text."""
    match tree:
        case Compare(name=name, op="pr"):
            return f"{name} pr"
        case Compare(name=name, op=op, value=value):
            return f"{name} {op} {json.dumps(value)}"
        case Negation(inner=inner):
            return f"not ({written(inner)})"
        case Within(name=name, inner=inner):
            return f"{name}[{written(inner)}]"
        case Junction(op=op, parts=parts):
            return f" {op} ".join(f"({written(part)})" for part in parts)


LEAVES = st.builds(
    Compare,
    st.sampled_from(["a", "b", "c.d"]),
    st.sampled_from(sorted(filters.OPERATORS)),
    st.none() | st.booleans() | st.integers() | TEXTS,
)
TREES = st.recursive(
    LEAVES,
    lambda below: (
        st.builds(Negation, below)
        | st.builds(Junction, st.sampled_from(["and", "or"]), st.tuples(below, below))
    ),
    max_leaves=6,
)


@given(TREES)
def test_a_filter_that_is_written_is_read_again(tree: filters.Condition) -> None:
    assert parsed(written(tree)) == tree


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXTS,
    lambda below: st.lists(below, max_size=3) | st.dictionaries(TEXTS, below, max_size=3),
    max_leaves=6,
)
PATHS = st.sampled_from(
    [
        None,
        "userName",
        "nickName",
        "name",
        "name.givenName",
        "emails",
        "emails.value",
        'emails[type eq "work"]',
        'emails[type eq "work"].value',
        "active",
        "password",
        "schemas",
        ENTERPRISE,
        f"{ENTERPRISE}:manager",
        f"{USER}:title",
        "urn:example:x",
        "urn:example:x:y",
    ]
)
VALUES = JSON | st.sampled_from(
    [{"value": "x"}, [{"value": "x", "type": "work", "primary": True}], "x", True]
)
OPERATIONS = st.builds(patch.Operation, st.sampled_from(["add", "remove", "replace"]), PATHS, VALUES)
BEFORE = {"userName": "ada", "emails": [{"value": "a@b.c", "type": "work", "primary": True}]}


@given(st.lists(OPERATIONS, min_size=1, max_size=4))
def test_a_patch_leaves_a_user_or_is_refused(operations: list[patch.Operation]) -> None:
    operations = [each for each in operations if each.op != "remove" or each.path]
    untouched = json.dumps(BEFORE)
    try:
        after = patch.patched(BEFORE, operations, USERS)
    except ScimRefusal:
        assert json.dumps(BEFORE) == untouched
        return
    assert json.dumps(BEFORE) == untouched
    assert documents.read({"schemas": [USER], **after}, USERS) == after
    assert sum(each.get("primary") is True for each in after.get("emails", [])) <= 1


@given(st.dictionaries(st.sampled_from(["userName", "name", "emails", "active", "urn:x:y"]) | TEXTS, JSON))
def test_whatever_is_sent_is_read_or_refused(given: dict[str, Any]) -> None:
    try:
        read = documents.read({**given, "schemas": [USER]}, USERS)
    except ScimRefusal:
        return
    assert documents.read({"schemas": [USER], **read}, USERS) == read


@pytest.mark.parametrize(
    ("start", "count", "page"),
    [
        (None, None, (1, 100)),
        (0, 10, (1, 10)),
        (-7, -1, (1, 0)),
        (5, 1000, (5, 100)),
        (7, 0, (7, 0)),
    ],
)
def test_a_page_is_bounded(start: int | None, count: int | None, page: tuple[int, int]) -> None:
    assert rules.page_of(start, count) == page


@pytest.mark.parametrize(
    ("attributes", "excluded", "shown"),
    [
        (None, None, {"id", "userName", "name", "emails", ENTERPRISE}),
        ("userName", None, {"id", "userName"}),
        (f"NAME.givenName,{USER}:userName", None, {"id", "userName", "name"}),
        (f"{ENTERPRISE}:department", None, {"id", ENTERPRISE}),
        (None, f"emails,id,{ENTERPRISE}", {"id", "userName", "name"}),
        (None, "name.givenName", {"id", "userName", "emails", ENTERPRISE}),
    ],
)
def test_a_projection_shows(attributes: str | None, excluded: str | None, shown: set[str]) -> None:
    resource = {
        "id": "1",
        "userName": "ada",
        "name": {"givenName": "Ada"},
        "emails": [{"value": "a@b.c"}],
        ENTERPRISE: {"department": "Engines"},
    }
    assert set(projection(attributes, excluded, USERS).of(resource)) == shown


def test_nothing_but_tests_imports_the_oracle() -> None:
    """It takes half a second (docs/decisions/0010)."""
    users = [
        path for path in modules("shared", "services", "cli") for name in imported(path) if "scim2" in name
    ]
    assert users == []
