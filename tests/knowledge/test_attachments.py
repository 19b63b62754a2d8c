"""Pictures: what is kept of what is uploaded, and how it is shown."""

import base64
import hashlib
from typing import Any
from uuid import uuid4

import httpx
import pytest

from services.knowledge.attachments import rules
from tests.knowledge.conftest import Person
from tests.knowledge.writing import ids, refused
from tests.membership.conftest import Someone

PATH = "/attachments"
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 50
PICTURES = {
    "image/png": PNG,
    "image/jpeg": b"\xff\xd8\xff\xe0" + b"\0" * 50,
    "image/gif": b"GIF89a" + b"\0" * 50,
    "image/webp": b"RIFF\x10\0\0\0WEBPVP8 " + b"\0" * 50,
}


def a_picture(content: bytes = PNG, name: str = "a.png") -> dict[str, Any]:
    return {"name": name, "content_base64": base64.b64encode(content).decode()}


def bytes_of(who: Someone, picture: dict[str, Any], **headers: str) -> httpx.Response:
    return who.get(f"{PATH}/{picture['id']}", **headers)


@pytest.mark.parametrize("media_type", PICTURES)
def test_pictures_come_back_as_they_were(person: Person, media_type: str) -> None:
    content, member = PICTURES[media_type], person()
    made = member.made(PATH, a_picture(content, "what it says.exe"))
    digest = hashlib.sha256(content).hexdigest()
    assert (made["media_type"], made["size_bytes"], made["digest"]) == (media_type, len(content), digest)
    assert made["added_by"] == str(member.member_id)
    shown = bytes_of(person(), made)
    assert (shown.status_code, shown.content) == (200, content)
    assert {name: shown.headers[name] for name in shown.headers if name not in ("date", "server")} == {
        "content-type": media_type,
        "content-length": str(len(content)),
        "etag": f'"{digest}"',
        "cache-control": "private",
        "content-disposition": "inline",
        "content-security-policy": "default-src 'none'; sandbox",
        "x-content-type-options": "nosniff",
    }
    again = bytes_of(member, made, If_None_Match=f'"{digest}"')
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(
    ("given", "status", "problem"),
    [
        (a_picture(b"<svg xmlns='http://www.w3.org/2000/svg'/>", "a.svg"), 422, "drawing-not-kept"),
        (a_picture(b"<?xml version='1.0'?><SVG onload=alert(1)>", "a.png"), 422, "drawing-not-kept"),
        (a_picture(PNG, "a.SVG"), 422, "drawing-not-kept"),
        (a_picture(b"<html><script>alert(1)</script>", "a.png"), 422, "no-picture"),
        (a_picture(b"BM" + b"\0" * 50, "a.bmp"), 422, "no-picture"),
        (a_picture(b"RIFF\x10\0\0\0WAVE" + b"\0" * 50, "a.webp"), 422, "no-picture"),
        (a_picture(b"%PDF-1.7", "a.pdf"), 422, "no-picture"),
        ({"name": "a.png", "content_base64": "no base64!"}, 422, "not-base64"),
        ({"name": "a.png", "content_base64": "é"}, 422, "not-base64"),
        ({"name": "a.png", "content_base64": ""}, 422, "invalid-input"),
        (a_picture(name="../a.png"), 422, "invalid-input"),
        (a_picture(name="a\r\nb.png"), 422, "invalid-input"),
        (a_picture(name="x" * 201), 422, "invalid-input"),
        (a_picture() | {"media_type": "text/html"}, 422, "invalid-input"),
    ],
)
def test_nothing_else_is_kept(person: Person, given: dict[str, Any], status: int, problem: str) -> None:
    assert refused(person().post(PATH, given), status, problem)


def test_five_megabytes_are_kept_and_no_more(person: Person) -> None:
    member = person()
    largest = PNG + b"\0" * (rules.MOST_BYTES - len(PNG))
    made = member.made(PATH, a_picture(largest))
    assert made["size_bytes"] == rules.MOST_BYTES
    assert bytes_of(member, made).content == largest
    larger = member.post(PATH, a_picture(largest + b"\0\0\0"))
    assert larger.status_code in (413, 422)
    assert member.post(PATH, {"name": "a.png", "content_base64": "A" * 7_000_000}).status_code == 413


def test_who_may_add_see_and_remove(person: Person, editor: Someone, key: Someone) -> None:
    adder, other, guest = person(), person(), person(guest=True)
    mine, theirs, of_key = (
        who.made(PATH, a_picture(name=f"{n}.png")) for n, who in enumerate((adder, other, key))
    )
    assert of_key["added_by"] is None
    assert [each["name"] for each in adder.get(PATH).json()["items"]] == ["0.png"]
    listed = [each["name"] for each in editor.get(PATH).json()["items"]]
    assert listed == ["0.png", "1.png", "2.png"]
    page = editor.get(f"{PATH}?limit=2").json()
    assert ids(editor.get(f"{PATH}?limit=2&cursor={page['next_cursor']}")) == [of_key["id"]]
    assert guest.post(PATH, a_picture()).status_code == 403
    assert guest.get(PATH).status_code == 403
    assert bytes_of(guest, mine).status_code == 404
    stranger = person("editor", within=uuid4())
    assert bytes_of(stranger, mine).status_code == 404
    assert stranger.delete(f"{PATH}/{mine['id']}").status_code == 404
    for not_theirs in (theirs, of_key):
        assert adder.delete(f"{PATH}/{not_theirs['id']}").status_code == 403
    assert adder.delete(f"{PATH}/{mine['id']}").status_code == 204
    assert editor.delete(f"{PATH}/{theirs['id']}").status_code == 204
    assert key.delete(f"{PATH}/{of_key['id']}").status_code == 204
    assert [bytes_of(editor, each).status_code for each in (mine, theirs)] == [404, 404]
    assert editor.delete(f"{PATH}/{mine['id']}").status_code == 404
    assert ids(editor.get(PATH)) == []


def test_a_picture_is_seen_by_those_who_read_its_collection(person: Person, editor: Someone) -> None:
    member, guest = person(), person(guest=True)
    seen = {}
    for visibility in ("public", "members", "team"):
        given = {"title": visibility, "kind": "guide", "visibility": visibility}
        shelf = editor.made("/collections", given)["id"]
        made = editor.made(PATH, a_picture() | {"collection_id": shelf})
        assert made["collection_id"] == shelf
        seen[visibility] = [bytes_of(who, made).status_code for who in (guest, member, editor)]
    assert seen == {"public": [200, 200, 200], "members": [404, 200, 200], "team": [404, 404, 200]}
    assert refused(member.post(PATH, a_picture() | {"collection_id": shelf}), 422, "unknown-collection")


def test_what_is_a_picture() -> None:
    for media_type, content in PICTURES.items():
        assert rules.media_type_of(content) == media_type
        assert rules.media_type_of(content[:2]) is None
        assert rules.media_type_of(b" " + content) is None
    assert rules.is_drawing("A.SvgZ", PNG)
    assert rules.is_drawing("a.png", b"<!-- x --><Svg>")
    assert not rules.is_drawing("svg.png", PNG)
