"""Reading an activities file: what is understood, what is reported where, and that nothing stops the rest."""

import csv
import gzip
import io
import string
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli import Failed
from cli.delivery import Row
from cli.report import Report
from cli.sources.activities import activities
from cli.sources.lines import lines

SAMPLES = Path(__file__).parent / "samples"
HEADER = "ts,user,kind,thread,post_id,reply_to_user"


def read(path: Path) -> tuple[list[Row], Report]:
    report = Report()
    return list(activities(path, report)), report


def read_text(directory: Path, text: str | bytes) -> tuple[list[Row], Report]:
    path = directory / "events.csv"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return read(path)


def test_rows_are_understood_and_bad_ones_reported_with_their_line() -> None:
    rows, report = read(SAMPLES / "activities.csv")
    assert [row.where for row in rows] == [f"line {line}" for line in (2, 3, 4, 11, 12, 13, 15)]
    assert rows[1].item == {
        "kind": "answer",
        "at": "2024-03-01T09:30:00+00:00",
        "subject": "bo",
        "ref": "2",
        "thread": "t1",
    }
    assert report.read == 13
    assert [(remark.where, remark.reason) for remark in report.not_understood] == [
        ("line 5", "ts 'yesterday' is not a time (ISO 8601)"),
        ("line 6", "3 columns instead of 6"),
        ("line 7", "7 columns instead of 6"),
        ("line 8", "not CSV: unexpected end of data"),
        ("line 9", "kind 'two words' is not a word"),
        ("line 14", "not UTF-8"),
        ("kind 'dance'", "counted as contribution, in 2 rows"),
    ]


def test_a_time_without_a_zone_is_utc_and_a_missing_user_is_nobody() -> None:
    rows, _ = read(SAMPLES / "activities.csv")
    assert rows[2].item["at"] == "2024-03-01T09:45:00+00:00"
    assert rows[5].item["subject"] is None


def test_equal_rows_without_a_post_id_are_told_apart_and_keep_their_keys() -> None:
    first, _ = read(SAMPLES / "activities.csv")
    again, _ = read(SAMPLES / "activities.csv")
    twins = [row.item["ref"] for row in first[3:5]]
    assert [ref[-2:] for ref in twins] == ["-1", "-2"]
    assert twins[0][:-2] == twins[1][:-2]
    assert [row.item for row in first] == [row.item for row in again]


def test_columns_are_found_by_name(tmp_path: Path) -> None:
    rows, report = read_text(tmp_path, "Kind, note, USER, ts\nreply,x,ada,2024-01-01\n")
    assert rows[0].item["kind"] == "reply"
    assert rows[0].item["subject"] == "ada"
    assert rows[0].item["ref"].startswith("row-")
    assert report.not_understood == []


def test_a_file_without_a_header_has_the_usual_columns(tmp_path: Path) -> None:
    rows, report = read_text(
        tmp_path, "2024-01-01T00:00:00Z,ada,reply,,1,\n2024-01-02T00:00:00Z,bo,reply,,2,\n"
    )
    assert [row.item["ref"] for row in rows] == ["1", "2"]
    assert (report.read, report.not_understood) == (2, [])


def test_a_file_of_something_else_fails_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(Failed, match="must name the columns ts,user,kind"):
        read_text(tmp_path, "name,mail\nAda,ada@example.org\n")


def test_an_empty_file_has_nothing_to_read(tmp_path: Path) -> None:
    assert read_text(tmp_path, "") == ([], Report())


def a_file_of(rows: int) -> bytes:
    return "\n".join([HEADER, *(f"2024-01-01T00:00:00Z,u{n},reply,,{n},x" for n in range(rows)), ""]).encode()


def test_a_compressed_file_is_recognised_by_its_content(tmp_path: Path) -> None:
    rows, report = read_text(tmp_path, gzip.compress(a_file_of(20)))
    assert (len(rows), report.not_understood) == (20, [])


def test_a_truncated_compressed_file_is_read_up_to_its_end(tmp_path: Path) -> None:
    packed = gzip.compress(a_file_of(5_000))
    rows, report = read_text(tmp_path, packed[: len(packed) // 2])
    assert 100 < len(rows) < 5_000
    assert report.not_understood[-1].reason == "the compressed file ends here, before its end"


def test_damage_inside_a_compressed_file_is_reported(tmp_path: Path) -> None:
    packed = bytearray(gzip.compress(a_file_of(50_000)))
    packed[len(packed) // 2] ^= 0xFF
    rows, report = read_text(tmp_path, bytes(packed))
    assert len(rows) > 100
    assert report.not_understood


def test_a_bomb_is_not_read_to_its_end(tmp_path: Path) -> None:
    bomb, report = tmp_path / "bomb.csv.gz", Report()
    bomb.write_bytes(gzip.compress(b"\n" * 20_000_000))
    assert sum(1 for _ in lines(bomb, report, bomb_floor=1_000_000)) < 3_000_000
    assert "the rest is not read" in report.not_understood[-1].reason


def test_an_endless_line_costs_one_row(tmp_path: Path) -> None:
    text = a_file_of(1) + b"x" * 1_000_000 + b"\n2024-01-01T00:00:00Z,ada,reply,,2,\n"
    rows, report = read_text(tmp_path, text)
    assert len(rows) == 2
    assert [remark.where for remark in report.not_understood] == ["line 3"]


GOOD = "2024-01-01T00:00:00Z,ada,reply,t,{},bo"
junk = st.one_of(
    st.binary(max_size=80),
    st.text(alphabet=string.printable, max_size=80).map(str.encode),
    st.sampled_from(
        [
            b'"',
            b'""",',
            b",,,,,",
            b"\x00" * 6,
            b"9999-99-99T00:00:00Z,a,b,c,d,e",
            b"0001-01-01T00:00:00+23:59,a,b,c,d,e",
        ]
    ),
)


@given(st.lists(st.one_of(st.none(), junk), max_size=30))
def test_whatever_stands_between_them_good_rows_arrive(
    tmp_path_factory: pytest.TempPathFactory, lines_: list[bytes | None]
) -> None:
    given_lines = [HEADER.encode()]
    for number, line in enumerate(lines_):
        given_lines.append(
            GOOD.format(f"good-{number}").encode() if line is None else line.replace(b"\n", b" ")
        )
    rows, _ = read_text(tmp_path_factory.mktemp("junk"), b"\n".join(given_lines))
    wanted = [f"good-{number}" for number, line in enumerate(lines_) if line is None]
    assert [row.item["ref"] for row in rows if row.item["ref"].startswith("good-")] == wanted


fields = st.text(
    alphabet=st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zs", "Zl", "Zp"]), max_size=30
)


@given(user=fields, thread=fields)
def test_fields_survive_quoting(tmp_path_factory: pytest.TempPathFactory, user: str, thread: str) -> None:
    text = io.StringIO()
    csv.writer(text).writerow(["2024-01-01T00:00:00Z", user, "reply", thread, "7", ""])
    rows, report = read_text(tmp_path_factory.mktemp("fields"), f"{HEADER}\n{text.getvalue()}")
    assert report.not_understood == []
    assert (rows[0].item["subject"], rows[0].item["thread"]) == (user or None, thread or None)
