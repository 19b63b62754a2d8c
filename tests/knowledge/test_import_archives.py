"""Archives nobody vouches for: bombs, traversal and damage are refused by name, and nothing is kept."""

import base64
import io
import stat
import zipfile
from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.knowledge.imports import archives, gather
from services.knowledge.imports.rules import ImportSource
from shared.testing import Cluster
from tests.membership.conftest import Someone

Entry = tuple[str | zipfile.ZipInfo, bytes]


def zipped(*entries: Entry) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return target.getvalue()


def renamed(archive: bytes, old: bytes, new: bytes) -> bytes:
    """A name no writer would write, in its place."""
    assert len(old) == len(new)
    return archive.replace(old, new)


def a_link() -> zipfile.ZipInfo:
    info = zipfile.ZipInfo("link.md")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return info


def encrypted() -> bytes:
    archive = bytearray(zipped(("a.md", b"text")))
    at = archive.index(b"PK\x01\x02")
    archive[6] |= 1
    archive[at + 8] |= 1
    return bytes(archive)


def of_lzma() -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("a.md", "text")
    return target.getvalue()


HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "parent": (lambda: zipped(("../../etc/passwd.md", b"x")), "archive-unsafe"),
    "behind others": (lambda: zipped(("a.md", b"x"), ("b/../../c.md", b"x")), "archive-unsafe"),
    "absolute": (lambda: zipped(("/etc/a.md", b"x")), "archive-unsafe"),
    "backslashes": (
        lambda: renamed(zipped(("..xax.md", b"x")), b"..xax.md", b"..\\a\\.md"),
        "archive-unsafe",
    ),
    "drive": (lambda: zipped(("C:/a.md", b"x")), "archive-unsafe"),
    "nul": (lambda: renamed(zipped(("aXb.md", b"x")), b"aXb.md", b"a\0b.md"), "archive-unsafe"),
    "one large": (lambda: zipped(("a.md", b"\0" * 2_000_001)), "archive-too-large"),
    "ratio": (lambda: zipped(("a.md", b"a" * 1_900_000)), "archive-too-large"),
    "many": (lambda: zipped(*((f"{n}.md", b"") for n in range(2_001))), "archive-too-large"),
    "none": (lambda: b"no zip at all", "archive-unreadable"),
    "cut off": (lambda: zipped(("a.md", b"text" * 99))[:-30], "archive-unreadable"),
    "encrypted": (encrypted, "archive-unreadable"),
    "lzma": (of_lzma, "archive-unreadable"),
    "empty": (lambda: zipped(), "nothing-to-import"),
}


@pytest.mark.parametrize("which", HOSTILE)
def test_a_hostile_archive_is_refused_by_name_and_nothing_is_kept(
    which: str, key: Someone, stack: Cluster
) -> None:
    make, problem = HOSTILE[which]
    encoded = base64.b64encode(make()).decode()
    given_ = {"source": "markdown_zip", "name": "hostile", "archive_base64": encoded}
    refused = key.post("/imports", given_)
    assert (refused.status_code, refused.json()["type"]) == (422, f"/problems/{problem}")
    sql = f"SELECT count(*) FROM import_job WHERE community_id = '{key.community}'"
    assert stack.rows("knowledge", sql)[0][0] == 0


@pytest.mark.either_database
def test_what_unpacks_to_too_much_in_all_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "UNPACKED_BYTES", 100_000)
    text = bytes(range(256)) * 160
    with pytest.raises(archives.ArchiveTooLarge):
        archives.opened(zipped(("a.md", text), ("b.md", text), ("c.md", text)))


@pytest.mark.either_database
def test_what_is_no_document_is_left_out_and_told() -> None:
    inner = zipped(("a.md", b"x"))
    archive = zipped(
        ("a.md", b"text"), ("inner.zip", inner), (a_link(), b"/etc/passwd"), ("b.exe", b"x"),
        ("__MACOSX/a", b"x"), ("d/", b""), ("./a.md", b"twice"),
    )  # fmt: skip
    found = gather.from_archive(ImportSource.MARKDOWN_ZIP, base64.b64encode(archive).decode())
    assert {(each.path, each.refused) for each in found} == {
        ("a.md", None),
        ("a.md", gather.TWICE),
        ("b.exe", "it is no document"),
        ("inner.zip", "an archive within an archive is not read"),
        ("link.md", "a link within an archive is not followed"),
    }
    assert all(each.content is None for each in found if each.refused)


@pytest.mark.either_database
@settings(max_examples=80, deadline=None)
@given(st.binary(max_size=200), st.integers(0, 400), st.binary(max_size=8))
def test_no_bytes_crash_the_opening(noise: bytes, at: int, changed: bytes) -> None:
    sound = zipped(("a.md", b"text"), ("b/c.md", b"more text"))
    for archive in (noise, sound[:at] + changed + sound[at + len(changed) :]):
        with suppress(archives.ArchiveUnreadable, archives.ArchiveUnsafe, archives.ArchiveTooLarge):
            archives.opened(archive)
