"""Reading a Stack Exchange dump: what becomes of each row, in which order, and that damage costs one row."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.delivery import Row
from cli.report import Report
from cli.sources.stackexchange.content import content
from cli.sources.stackexchange.members import members
from cli.sources.stackexchange.rows import CHUNK_BYTES, rows

DUMP = Path(__file__).parent / "samples" / "dump"


def read_content() -> tuple[list[Row], Report]:
    report = Report()
    return list(content(DUMP / "Posts.xml", DUMP / "Comments.xml", report)), report


def reasons(report: Report) -> dict[str, str]:
    return dict(report.not_understood)


def test_users_become_members_with_their_identity() -> None:
    report = Report()
    found = [row.item for row in members(DUMP / "Users.xml", report)]
    assert found[1] == {
        "handle": "Ada <Lovelace>",
        "display_name": "Ada <Lovelace>",
        "provider": "stackexchange",
        "subject": "1",
        "joined_at": "2024-01-02T08:00:00+00:00",
    }
    assert [item["subject"] for item in found] == ["-1", "1", "4", "5", "7"]
    assert [item["display_name"] for item in found[2:]] == ["user 4", 'Bo "the" builder', "Cy > Dee"]


def test_a_damaged_row_is_reported_and_the_others_are_read() -> None:
    report = Report()
    list(members(DUMP / "Users.xml", report))
    assert report.read == 8
    assert reasons(report).keys() == {"Users.xml line 6", "Users.xml line 7", "Users.xml line 10"}
    assert "undefined entity" in reasons(report)["Users.xml line 6"]
    assert reasons(report)["Users.xml line 7"] == "no CreationDate"


def test_content_comes_in_the_order_of_time_and_behind_what_it_replies_to() -> None:
    found, _ = read_content()
    assert [row.item["ref"] for row in found] == ["11", "12", "comment-11", "13", "comment-12", "17"]


def test_questions_keep_title_tags_score_and_markup() -> None:
    question = read_content()[0][0].item
    assert question == {
        "ref": "11",
        "kind": "question",
        "title": "Why?",
        "body": "<p>Why?</p>",
        "tags": ["a", "b-c"],
        "subject": "1",
        "at": "2024-02-01T09:00:00+00:00",
        "score": 7,
    }
    assert read_content()[0][-1].item["tags"] == ["x", "y"]


def test_answers_and_comments_reply_and_know_whether_they_were_accepted() -> None:
    items = {row.item["ref"]: row.item for row in read_content()[0]}
    replies = {
        ref: (item["kind"], item["topic_ref"], item["reply_to_ref"], item["accepted"])
        for ref, item in items.items()
        if "topic_ref" in item
    }
    assert replies == {
        "12": ("answer", "11", None, True),
        "13": ("answer", "11", None, False),
        "comment-11": ("comment", "11", None, False),
        "comment-12": ("comment", "11", "13", False),
    }


def test_content_without_an_owner_has_no_author() -> None:
    items = {row.item["ref"]: row.item for row in read_content()[0]}
    assert [items[ref]["subject"] for ref in ("12", "13", "comment-12")] == ["5", None, None]


def test_other_post_types_are_skipped_with_what_belongs_to_them() -> None:
    assert read_content()[1].skipped == 2


def test_what_has_no_post_or_no_sense_is_reported() -> None:
    found, report = read_content()
    assert reasons(report) == {
        "Posts.xml line 7": "its post 99 was not found",
        "Posts.xml line 8": "Score 'many' is not a whole number",
        "Comments.xml line 6": "its post 16 was not found",
        "Comments.xml line 7": reasons(report)["Comments.xml line 7"],
    }
    assert reasons(report)["Comments.xml line 7"].startswith("not XML")
    assert report.read == len(found) + report.skipped + len(report.not_understood) == 12


def test_too_long_a_body_is_cut_and_reported(tmp_path: Path) -> None:
    attributes = f'Id="1" PostTypeId="1" CreationDate="2024-01-01" Title="t" Body="{"b" * 70_000}"'
    (tmp_path / "Posts.xml").write_text(f"<posts><row {attributes}/></posts>")
    (tmp_path / "Comments.xml").write_text("<comments></comments>")
    report = Report()
    (row,) = content(tmp_path / "Posts.xml", tmp_path / "Comments.xml", report)
    assert len(row.item["body"]) == 65_536
    assert reasons(report) == {"Posts.xml line 1": "body of 70000 characters was cut to 65536"}


def test_an_endless_row_does_not_fill_the_memory(tmp_path: Path) -> None:
    path, report = tmp_path / "Posts.xml", Report()
    path.write_text('<posts>\n<row Id="1" Body="' + "x" * 9_000_000 + '\n<row Id="2" />\n</posts>')
    assert [values["Id"] for _, values in rows(path, report)] == ["2"]
    assert reasons(report) == {"Posts.xml line 2": "longer than 4194304 bytes"}


def test_an_expanding_entity_is_never_expanded(tmp_path: Path) -> None:
    path, report = tmp_path / "Users.xml", Report()
    bomb = '<!DOCTYPE users [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;">]>'
    path.write_text(f'{bomb}<users><row Id="1" DisplayName="&c;"/><row Id="2" /></users>')
    assert [values["Id"] for _, values in rows(path, report)] == ["2"]
    assert len(report.not_understood) == 1


junk = st.one_of(
    st.binary(max_size=60),
    st.sampled_from([b"<row", b"<row Id='", b'"', b"<!--", b"]]>", b"</posts>", b"&#0;"]),
)


@given(st.lists(st.one_of(st.none(), junk), max_size=25), st.integers(0, 40))
def test_whatever_stands_between_them_rows_are_found(
    tmp_path_factory: pytest.TempPathFactory, parts: list[bytes | None], shift: int
) -> None:
    path = tmp_path_factory.mktemp("junk") / "Posts.xml"
    good = [
        f'<row Id="good-{number}" />'.encode() if part is None else part for number, part in enumerate(parts)
    ]
    # Padding moves the rows across the border of two chunks.
    path.write_bytes(b"<posts>" + b" " * (CHUNK_BYTES - 7 - shift) + b"\n".join(good) + b"</posts>")
    found = [values.get("Id", "") for _, values in rows(path, Report())]
    wanted = [f"good-{number}" for number, part in enumerate(parts) if part is None]
    assert [id_ for id_ in found if id_.startswith("good-")] == wanted
