"""What can be imported, the life of an import, its bounds, and which path a name or a link means."""

import re
import unicodedata
from collections.abc import Iterator
from enum import StrEnum
from posixpath import dirname, splitext
from urllib.parse import unquote


class ImportSource(StrEnum):
    MARKDOWN = "markdown"
    """Documents given one by one, as the command line does."""
    MARKDOWN_ZIP = "markdown_zip"
    CONFLUENCE_HTML = "confluence_html"
    CSV = "csv"


class ImportState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class Outcome(StrEnum):
    """What became of a document."""

    CREATED = "created"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


class Standing(StrEnum):
    """What the status of a document means here."""

    DRAFT = "draft"
    RELEASED = "released"
    OUTDATED = "outdated"


DOCUMENTS = 100
DOCUMENTS_BYTES = 4_000_000
"""Of documents given one by one, in one request."""
ARCHIVE_BYTES = 7_000_000
"""What the gateway lets through once it is written in base64."""
ARCHIVE_ENTRIES = 2_000
DOCUMENT_BYTES = 2_000_000
UNPACKED_BYTES = 60_000_000
RATIO = 100
"""An archive may unpack to so many times its size; text does not reach a fifth of it."""
RATIO_COUNTS_FROM_BYTES = 64_000
PATH_LENGTH = 500
WAITING = 20
"""Imports of one community that may wait at once."""
NOTES = 40
"""Said of one document."""
NOTE_LENGTH = 300
LINKS = 200
"""Of one document that are looked up; the others stay as they are."""

_DRAFT = (
    "draft",
    "proposed",
    "in review",
    "review",
    "wip",
    "work in progress",
    "provisional",
    "deferred",
    "pending",
)
_RELEASED = (
    "", "none", "accepted", "final", "active", "published", "approved", "implemented", "implementable",
    "living", "stable", "current", "released", "verified",
)  # fmt: skip
_OUTDATED = ("withdrawn", "rejected", "superseded", "replaced", "deprecated", "obsolete", "retired")
STANDINGS = {
    **dict.fromkeys(_DRAFT, Standing.DRAFT),
    **dict.fromkeys(_RELEASED, Standing.RELEASED),
    **dict.fromkeys(_OUTDATED, Standing.OUTDATED),
}
"""What a word after `status:` means, lower-case."""
_OF_DIRECTORIES = ("draft", "drafts", "accepted", "final", *_OUTDATED)

KIND_WORDS = {
    "best_practice": ("best_practice", "best_practices", "practice", "practices"),
    "how_to": ("how_to", "howto", "guide", "guides", "tutorial", "tutorials"),
    "case": ("case", "cases", "case_study", "case_studies"),
    "faq": ("faq", "faqs"),
    "announcement": ("announcement", "announcements", "news"),
    "resource": ("resource", "resources"),
}
_KINDS = {word: kind for kind, words in KIND_WORDS.items() for word in words}

INDEXES = ("README", "_index", "index", "readme", "Readme", "INDEX")
"""What stands for its directory."""
SUFFIXES = (".md", ".markdown", ".rst", ".html", ".htm", ".txt")
PICTURES = (".png", ".jpg", ".jpeg", ".gif", ".webp")

_DRIVE = re.compile(r"[A-Za-z]:")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")


def safe_path(name: str) -> str | None:
    """The path below its root that `name` means; None for one that could lead elsewhere."""
    path = unicodedata.normalize("NFC", name.replace("\\", "/"))
    if _CONTROL.search(path) or path.startswith("/") or _DRIVE.match(path):
        return None
    parts = [part for part in path.split("/") if part not in ("", ".")]
    if not parts or ".." in parts:
        return None
    tidy = "/".join(parts)
    return tidy if len(tidy) <= PATH_LENGTH else None


def is_internal(link: str) -> bool:
    """Whether a link leads neither to another site nor to a place of the document it stands in."""
    return bool(link) and not link.startswith(("#", "?", "//", "\\\\")) and not _SCHEME.match(link)


def target_of(link: str, path: str) -> str | None:
    """The path within its source that a link of the document at `path` leads to; the root is ``.

    None for a link to a place of the document itself, to another site, or out of the source.
    """
    bare = link.partition("#")[0].partition("?")[0]
    if not bare or bare.startswith(("//", "\\")) or _SCHEME.match(bare):
        return None
    plain = unicodedata.normalize("NFC", unquote(bare, errors="replace"))
    if _CONTROL.search(plain):
        return None
    parts = [] if plain.startswith("/") else [part for part in dirname(path).split("/") if part]
    for part in plain.split("/"):
        if part == "..":
            if not parts:
                return None
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    target = "/".join(parts)
    return target if len(target) <= PATH_LENGTH else None


def fragment_of(link: str) -> str:
    """The `#fragment` of a link, or nothing."""
    _, mark, fragment = link.partition("#")
    return f"{mark}{fragment}"


def names_of(target: str) -> Iterator[str]:
    """The paths a document may have that a link to `target` means, the likeliest first."""
    if target:
        yield target
        stem, suffix = splitext(target)
        if suffix.lower() in PICTURES:
            return
        yield from (f"{target}{each}" for each in (".md", ".rst", ".markdown"))
        if suffix in SUFFIXES:
            yield from (f"{stem}{each}" for each in (".md", ".rst", "") if each != suffix)
    below = f"{target}/" if target else ""
    yield from (f"{below}{index}{each}" for each in (".md", ".rst", ".html") for index in INDEXES[:3])


def is_readable(source: ImportSource, path: str) -> bool:
    """Whether a file of an archive is a document of this source, or a picture."""
    suffix = splitext(path)[1].lower()
    pages = (".html", ".htm") if source is ImportSource.CONFLUENCE_HTML else (*SUFFIXES, ".mdx")
    return suffix in (*pages, *PICTURES)


def is_index(path: str) -> bool:
    """Whether it tells of its directory rather than belonging to it."""
    return splitext(path.rpartition("/")[2])[0] in INDEXES


def status_of_directory(path: str) -> str | None:
    """The status its directory says a document has."""
    if is_index(path):
        return None
    words = [part.lower() for part in dirname(path).split("/")]
    return next((word for word in reversed(words) if word in _OF_DIRECTORIES), None)


def standing_of(status: str) -> Standing | None:
    """What a status means; None for one that is not known."""
    word = status.strip().lower()
    return STANDINGS.get(word.removesuffix("s") if word == "drafts" else word)


def kind_of(word: str) -> str | None:
    """The kind of article a word means."""
    return _KINDS.get(re.sub(r"[\s-]+", "_", word.strip().lower()))


def kind_of_directory(path: str) -> str | None:
    """The kind its directories say a document has, the nearest first."""
    parts = [kind_of(part) for part in dirname(path).split("/")]
    return next((kind for kind in reversed(parts) if kind is not None), None)


def title_of_path(path: str) -> str:
    """A title for what has none: its file name, or that of the directory it stands for."""
    name = splitext(path.rpartition("/")[2])[0]
    if is_index(path) and dirname(path):
        name = dirname(path).rpartition("/")[2]
    return " ".join(re.sub(r"[-_]+", " ", name).split()) or name or path
