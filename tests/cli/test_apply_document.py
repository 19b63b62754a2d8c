"""The community file: what is read, and every mistake with its path and line."""

import time
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli import Failed
from cli.apply.document import Mistaken, read
from cli.apply.groups import parents_first
from cli.apply.yaml_text import DEEPEST, LARGEST_BYTES, load

GUIDE = Path(__file__).parents[2] / "docs" / "apply.md"
HEAD = "guildhall: 1\ncommunity: {slug: harbour, name: The Harbour, kind: cop}\n"


def example() -> str:
    """The example of the guide."""
    return GUIDE.read_text(encoding="utf-8").split("```yaml\n")[1].split("```")[0]


def mistakes(directory: Path, content: str) -> list[str]:
    path = directory / "community.yaml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(Mistaken) as refused:
        read(path)
    return refused.value.mistakes


def test_the_example_of_the_guide_is_understood(tmp_path: Path) -> None:
    path = tmp_path / "community.yaml"
    path.write_text(example(), encoding="utf-8")
    declared, _ = read(path)
    assert [member.handle for member in declared.members] == ["ada", "bo"]
    assert declared.members[1].joined_at == "2024-03-01T00:00:00+00:00"
    assert declared.groups[1].meetings[0].time == "19:30"


@pytest.mark.parametrize(
    ("content", "mistake"),
    [
        ("members: [{handle: a, display_name: A}]", "members[0].handle (line 3): String should match"),
        ("members: [{handle: ada}]", "members[0].display_name (line 3): Field required"),
        ("member: []", "member (line 3): Extra inputs are not permitted"),
        ("members: [{handle: ada, display_name: 5}]", "members[0].display_name (line 3): Input should be a"),
        ("members: [{handle: ada, display_name: A, joined_at: May}]", "members[0].joined_at (line 3): Value"),
        ("groups: [{slug: a b, name: A, kind: chapter}]", "groups[0].slug (line 3): String should match"),
        ("groups: [{slug: ab, name: A, kind: gang}]", "groups[0].kind (line 3): Input should be 'chapter'"),
        (
            "groups:\n- slug: ab\n  name: A\n  kind: chapter\n  meetings:\n  - title: T\n    timezone: PT\n",
            "groups[0].meetings[0].timezone (line 9): Value error, not an IANA time zone",
        ),
        (
            "groups:\n- {slug: ab, name: A, kind: chapter, meetings: [{title: T, starts: 2024-13-01}]}",
            "groups[0].meetings[0].starts (line 4): Value error, month must be in 1..12",
        ),
        (
            "members: [{handle: ada, display_name: A}, {handle: ada, display_name: B}]",
            "members[1].handle (line 3): ada is there already, as members[0]",
        ),
        (
            "groups:\n- {slug: ab, name: A, kind: chapter, parent: cd}\n"
            "- {slug: cd, name: C, kind: chapter, parent: ab}",
            "groups[0].parent (line 4): it would be its own parent",
        ),
        (
            "groups: [{slug: ab, name: A, kind: chapter, leaders: [ada], members: [ada]}]",
            "groups[0] (line 3): ada is named twice",
        ),
        (
            "groups: [{slug: ab, name: A, kind: segment, rule: {roles: [admin]}, members: [ada]}]",
            "groups[0] (line 3): its rule says who belongs to it: name nobody",
        ),
    ],
)
def test_a_mistake_is_named_with_its_path_and_line(tmp_path: Path, content: str, mistake: str) -> None:
    (found,) = {each for each in mistakes(tmp_path, HEAD + content) if "groups[1].parent" not in each}
    assert found.startswith(mistake)


def test_all_mistakes_are_named_at_once(tmp_path: Path) -> None:
    content = HEAD + "members:\n- {handle: A}\n- {handle: ada, display_name: Ada, age: 36}\nchannels: [{}]\n"
    found = mistakes(tmp_path, content)
    assert [each.partition(" ")[0] for each in found] == [
        "members[0].handle",
        "members[0].display_name",
        "members[1].age",
        "channels[0].name",
        "channels[0].kind",
    ]


def test_two_members_cannot_be_the_same_person_elsewhere(tmp_path: Path) -> None:
    one = "{display_name: X, identities: [{provider: github, subject: x}], handle: "
    content = f"{HEAD}members: [{one}ada}}, {one}bo}}]"
    assert mistakes(tmp_path, content) == ["members[1].identities[0] (line 3): this is ada already"]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("a: 1\nb: 2\na: 3", "line 3: 'a' is there twice, first on line 1"),
        ("a: &x [1]\nb: *x", "line 1: anchors and aliases are not taken"),
        ("a: !!python/object/apply:os.system [ls]", "line 1: tags are not taken"),
        ("a: !!binary aGk=", "line 1: tags are not taken"),
        ("a: 1\n---\nb: 2", "line 2: not YAML: but found another document"),
        ("a: [1", "line 1: not YAML: expected ',' or ']', but got '<stream end>'"),
        ("a:\n\t- 1", "line 2: not YAML: found character '\\t' that cannot start any token"),
        ("[1, 2]: 3", "line 1: a key must be a word"),
        ('a: "\\0"', "line 1: a control character"),
        ('a: "\\ud800"', "line 1: a control character"),
        ('"\\ud800": a', "line 1: a control character"),
        ('a: "\\UFFFFFFFF"', "not YAML: an escape that is no character"),
        ('a: "\\U00110000"', "not YAML: an escape that is no character"),
        ("", "it says nothing"),
        ("[" * (DEEPEST + 1) + "]" * (DEEPEST + 1), f"line 1: deeper than {DEEPEST} levels"),
        ("[" * 50_000, f"line 1: deeper than {DEEPEST} levels"),
        ("a: b\n" * (LARGEST_BYTES // 5 + 1), "2,000,005 bytes are more than 2,000,000"),
    ],
)
def test_what_is_no_plain_yaml_is_refused_with_its_line(tmp_path: Path, content: str, reason: str) -> None:
    path = tmp_path / "community.yaml"
    path.write_text(content, encoding="utf-8")
    began = time.monotonic()
    with pytest.raises(Failed) as refused:
        load(path)
    assert str(refused.value) == f"{path}: {reason}"
    assert time.monotonic() - began < 2


@pytest.mark.parametrize("content", [b"a: \xff", b"a: b\x00", b"\xff\xfe\x00"])
def test_what_is_no_text_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "community.yaml"
    path.write_bytes(content)
    with pytest.raises(Failed, match="not YAML"):
        load(path)


def test_words_stay_words(tmp_path: Path) -> None:
    path = tmp_path / "any.yaml"
    path.write_text(
        "[12:30, no, on, 2024-01-01, 0x1F, 1e3, ~, true, 12, 1.5, 007, '12', <<]", encoding="utf-8"
    )
    read_back = ["12:30", "no", "on", "2024-01-01", "0x1F", "1e3", None, True, 12, 1.5, 7, "12", "<<"]
    assert load(path).value == read_back


@given(content=st.text(alphabet="ab:-[]{}&*!'\"#|>\n ,?%@\\x", max_size=40) | st.binary(max_size=40))
def test_any_content_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, content: str | bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.yaml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with suppress(Failed):
        read(path)


def test_a_group_of_many_people_is_read_at_once(tmp_path: Path) -> None:
    path = tmp_path / "community.yaml"
    group = "groups:\n- {slug: ab, name: A, kind: chapter, members: [%s]}\n"
    people = [f"h{number}" for number in range(5000)]
    path.write_text(HEAD + group % ",".join(people), encoding="utf-8")
    began = time.process_time()
    declared, _ = read(path)
    assert len(declared.groups[0].members) == 5000
    assert time.process_time() - began < 5
    (mistake,) = mistakes(tmp_path, HEAD + group % ",".join([*people, "one"]))
    assert "at most 5000 items" in mistake


def test_parents_come_first_however_deep_they_lie(tmp_path: Path) -> None:
    path = tmp_path / "community.yaml"
    lines = [f"- {{slug: g{number}, name: A, kind: chapter, parent: g{number + 1}}}" for number in range(999)]
    lines.append("- {slug: g999, name: A, kind: chapter}")
    path.write_text(HEAD + "groups:\n" + "\n".join(lines), encoding="utf-8")
    ordered = parents_first(read(path)[0].groups)
    assert [group.slug for group in ordered] == [f"g{number}" for number in reversed(range(1000))]
