"""Calendar text in pieces: bounded whatever comes, tolerant of what programs write, nothing goes unsaid."""

import time
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.calendar_text import COMPONENT_BYTES, Component, Piece, components, pieces

pytestmark = pytest.mark.either_database


def read(text: str | bytes) -> tuple[list[Component], list[str]]:
    notes: list[str] = []
    source = BytesIO(text.encode() if isinstance(text, str) else text)
    return list(components(source, lambda line, why: notes.append(f"{line}: {why}"))), notes


ENDS = "6: VEVENT: the text ends here, before its END"
EVENT = "BEGIN:VEVENT\nUID:1\nSUMMARY:Walk\nEND:VEVENT\n"


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_may_end_in_any_way(end: str) -> None:
    found, notes = read(f"\ufeffBEGIN:VCALENDAR\n{EVENT}END:VCALENDAR\n".replace("\n", end))
    assert [(each.kind, each.line, each.text) for each in found] == [("VEVENT", 2, EVENT.strip())]
    assert notes == []


def test_what_is_folded_is_one_line_even_within_a_character() -> None:
    folded = (
        b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:Caf" + b"\xc3\n \xa9 au\n\t lait\nEND:VEVENT\nEND:VCALENDAR"
    )
    ((only,), notes) = read(folded)
    assert (only.value("SUMMARY"), notes) == ("Café au lait", [])


def test_zones_and_the_purpose_of_a_calendar_go_with_its_events() -> None:
    zone = "BEGIN:VTIMEZONE\nTZID:X\nBEGIN:STANDARD\nTZOFFSETTO:+0100\nEND:STANDARD\nEND:VTIMEZONE"
    first = f"BEGIN:VCALENDAR\nMETHOD:REQUEST\nX-WR-CALNAME:Name\n{zone}\n{EVENT}{EVENT}END:VCALENDAR\n"
    found, _ = read(first + f"BEGIN:VCALENDAR\n{EVENT}END:VCALENDAR")
    assert [each.head for each in found] == [f"METHOD:REQUEST\n{zone}"] * 2 + [""]
    again, notes = read(Piece(found).text)
    assert ([each.text for each in again], [each.head for each in again]) == (
        [each.text for each in found],
        [each.head for each in found],
    )
    assert notes == []


def test_alarms_attendees_and_attachments_are_left_out() -> None:
    alarm = "BEGIN:VALARM\nACTION:DISPLAY\nSUMMARY:Alarm\nEND:VALARM\n"
    attached = f"ATTACH;ENCODING=BASE64:{'A' * 2 * COMPONENT_BYTES}\n"
    text = EVENT.replace(
        "SUMMARY", f"{alarm}ATTENDEE;CN=Ada:mailto:ada@example.org\nATTACH:cid:1\n extra\nSUMMARY"
    )
    ((only,), notes) = read(f"BEGIN:VCALENDAR\n{text}END:VCALENDAR")
    assert (only.text, notes) == (EVENT.strip(), [])
    ((only,), notes) = read(f"BEGIN:VCALENDAR\n{EVENT.replace('SUMMARY', attached + 'SUMMARY')}END:VCALENDAR")
    assert (only.text, notes) == (EVENT.strip(), [f"4: a line longer than {COMPONENT_BYTES} bytes"])


@pytest.mark.parametrize(
    ("text", "kept", "notes"),
    [
        ("", 0, ["1: no calendar: BEGIN:VCALENDAR is missing"]),
        ("<html>\nnothing\n</html>", 0, ["1: no calendar: BEGIN:VCALENDAR is missing"]),
        (f"BEGIN:VCALENDAR\n{EVENT}BEGIN:VEVENT\nUID:2", 1, [ENDS]),
        (f"BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:2\n{EVENT}", 1, ["2: VEVENT: not closed before line 4"]),
        ("BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:2\nEND:VCALENDAR", 0, ["2: VEVENT: not closed before line 4"]),
        (f"BEGIN:VCALENDAR\nEND:VEVENT\n{EVENT}", 1, ["2: END:VEVENT without a BEGIN"]),
        (f"BEGIN:VCALENDAR\n{EVENT.replace('UID', 'BEGIN:VALARM' + chr(10) + 'UID')}", 1, []),
        (EVENT, 1, []),
        (b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:\xe9\nEND:VEVENT", 1, ["3: not UTF-8: read as Latin-1"]),
        ("BEGIN:VCALENDAR\n" + "BEGIN:X\n" * 11, 0, ["2: X: nested deeper than 10"]),
    ],
)  # fmt: skip
def test_what_is_broken_costs_itself_and_is_said(text: str | bytes, kept: int, notes: list[str]) -> None:
    found, said = read(text)
    assert (len(found), said) == (kept, notes)


def test_control_characters_go() -> None:
    ((only,), _) = read("BEGIN:VEVENT\nSUMMARY:a\0b\x07c\td\nEND:VEVENT")
    assert only.value("summary") == "abc\td"


@pytest.mark.parametrize(
    "hostile",
    [
        b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:" + b"x" * 10_000_000,
        b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:" + b"x\n " * 2_000_000,
        b"BEGIN:X\n" * 300_000 + b"END:Y\n" * 300_000,
        b"BEGIN:VEVENT\nUID:1\nEND:VEVENT\n" * 100_000,
        b"\r" * 3_000_000,
    ],
    ids=["line", "folded", "nested", "many", "empty"],
)
def test_a_hostile_text_takes_little_time_and_memory(hostile: bytes) -> None:
    began = time.monotonic()
    found = components(BytesIO(hostile), lambda _line, _why: None)
    assert all(len(each.text) <= COMPONENT_BYTES for each in found)
    assert time.monotonic() - began < 10


def test_what_a_calendar_says_first_is_held_once_for_all_its_events() -> None:
    zone = "BEGIN:VTIMEZONE\nTZID:X\n" + "X-NOTE:x\n" * 10_000 + "END:VTIMEZONE\n"
    events = "BEGIN:VEVENT\nEND:VEVENT\n" * 20
    text = f"BEGIN:VCALENDAR\nMETHOD:PUBLISH\n{zone}{events}BEGIN:VTIMEZONE\nEND:VTIMEZONE\n{events}"
    found = list(components(BytesIO(text.encode()), lambda _line, _why: None))
    assert (len(found), len({id(each.head) for each in found})) == (40, 2)


def test_pieces_are_bounded_in_number_and_size() -> None:
    long = EVENT.replace("Walk", "x" * 200_000)
    found, _ = read("BEGIN:VCALENDAR\n" + EVENT * 250 + long * 25 + "END:VCALENDAR")
    sizes = [len(piece.components) for piece in pieces(iter(found), 100)]
    assert (sum(sizes), max(sizes)) == (275, 100)
    assert max(len(piece.text) for piece in pieces(iter(found), 100)) < 2_100_000
    half, rest = Piece(found[:3]).halves()
    assert (len(half.components), len(rest.components)) == (1, 2)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=400) | st.text(alphabet="BEGINDVTAR:;\n\r \tx", max_size=400).map(str.encode))
def test_whatever_comes_is_split_and_split_again_alike(text: bytes) -> None:
    found, _ = read(text)
    again, notes = read(Piece(found).text)
    assert [(each.kind, each.head) for each in again] == [(each.kind, each.head) for each in found]
    assert notes == []
