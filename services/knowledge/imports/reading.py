"""Read a document: its path and bytes -> an article to be, a picture, or why it is neither."""

import re
from posixpath import splitext

from services.knowledge.articles.rules import ArticleKind
from services.knowledge.imports import rules
from services.knowledge.imports.csv_rows import row
from services.knowledge.imports.front_matter import LONGEST, Said
from services.knowledge.imports.html_text import page
from services.knowledge.imports.links import links_in
from services.knowledge.imports.markdown_text import markdown
from services.knowledge.imports.rst_text import restructured
from services.knowledge.imports.rules import ImportSource, Standing
from services.knowledge.imports.understood import Notes, NotTaken, Picture, Understood
from services.knowledge.imports.writing import fenced
from services.knowledge.rules import BODY_LENGTH, TAG_LENGTH, TAGS, TITLE_LENGTH, tidy_tags

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_NUMBER = re.compile(r"\s*(?:[A-Za-z]{2,5}[ -]*)?(?:#\s*)?(\d{1,5})\s*")
MOST_CONTROLS = 0.02
"""Of the characters of a text; more of them are a file of another kind."""

UNDERSTOOD = frozenset(
    {
        "title",
        "tags",
        "categories",
        "keywords",
        "labels",
        "status",
        "draft",
        "state",
        "language",
        "lang",
        "locale",
    }
    | {
        "kind",
        "type",
        "aliases",
        "redirect-from",
        "superseded-by",
        "replaced-by",
        "slug",
        "author",
        "authors",
    }
)
SUCCESSORS = ("superseded-by", "replaced-by")


def read(source: ImportSource, path: str, content: bytes, *, plainly: bool = False) -> Understood | Picture:
    """What the document says; `plainly` takes a format that proved too hard as text in a block of code."""
    suffix = splitext(path)[1].lower()
    if source is not ImportSource.CSV and suffix in rules.PICTURES:
        return Picture(content)
    notes = Notes()
    text = _text(content, notes)
    said, heading, body = _understood(source, suffix, text, notes, plainly=plainly)
    if not body.strip():
        raise NotTaken("it is empty")
    if len(body) > BODY_LENGTH:
        raise NotTaken(f"it is longer than {BODY_LENGTH:,} characters")
    return _article(path, said, heading, body, notes)


def _understood(
    source: ImportSource, suffix: str, text: str, notes: Notes, *, plainly: bool
) -> tuple[Said, str, str]:
    if source is ImportSource.CSV:
        return row(text)
    if plainly:
        notes.add("it was too hard to read: kept as it stands")
        return {}, "", fenced(text)
    if suffix == ".rst":
        said, heading, body = restructured(text, notes)
        return {name: value for name, value in said.items() if name in UNDERSTOOD}, heading, body
    if suffix in (".html", ".htm"):
        return page(text, notes)
    if suffix in ("", ".md", ".markdown", ".mdx", ".txt"):
        if len(text) > BODY_LENGTH + LONGEST:  # whatever stands before the text
            raise NotTaken(f"it is longer than {BODY_LENGTH:,} characters")
        return markdown(text, notes)
    raise NotTaken(f"{suffix[:20]} is no document that can be read")


def _text(content: bytes, notes: Notes) -> str:
    """The text, its lines ended alike; latin-1 where it is not UTF-8."""
    try:
        text = content.decode("utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("latin-1")
        notes.add("it is not UTF-8: read as Latin-1")
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    controls = len(_CONTROL.findall(text))
    if controls > MOST_CONTROLS * len(text):
        raise NotTaken("it is no text")
    if controls:
        notes.add("control characters were left out")
        text = _CONTROL.sub("", text)
    return text.encode("utf-8", "replace").decode()


def _article(path: str, said: Said, heading: str, body: str, notes: Notes) -> Understood:
    title = " ".join(_one(said, "title").split()) or heading or rules.title_of_path(path)
    if len(title) > TITLE_LENGTH:
        notes.add(f"its title is longer than {TITLE_LENGTH} characters and was cut")
        title = f"{title[: TITLE_LENGTH - 1].rstrip()}…"
    if left := sorted(said.keys() - UNDERSTOOD):
        notes.add(f"front matter is not kept: {', '.join(left)}")
    for name in ("author", "authors"):
        if authors := ", ".join(_many(said, name)):
            notes.add(f"its author is no member here: {authors}")
    standing = _standing(path, said, notes)
    return Understood(
        title=title,
        body=body,
        tags=tuple(_tags(said, notes)),
        language=_language(said, notes),
        kind=_kind(path, said, notes),
        standing=standing,
        successor=_successor(said),
        names=tuple(_many(said, "aliases") + _many(said, "redirect-from"))[:20],
        slug=_one(said, "slug")[:120] or None,
        links=tuple(links_in(body)),
        notes=notes.all(),
    )


def _standing(path: str, said: Said, notes: Notes) -> Standing:
    """Its own word counts, then that of its directory."""
    status, there = _one(said, "status") or _one(said, "state"), rules.status_of_directory(path)
    if _one(said, "draft").lower() == "true":
        status = "draft"
    standing = rules.standing_of(status or there or "")
    if standing is None:
        notes.add(f"the status {status[:60]} is not known: a draft")
        return Standing.DRAFT
    if status and there and rules.standing_of(there) is not standing:
        notes.add(f"its directory says {there}, its status {status[:60]}: the status counts")
    return standing


def _tags(said: Said, notes: Notes) -> list[str]:
    given = [tag for name in ("tags", "categories", "keywords", "labels") for tag in _many(said, name)]
    tags = tidy_tags(" ".join(tag.split()) for tag in given)
    kept = [tag for tag in tags if 0 < len(tag) <= TAG_LENGTH][:TAGS]
    if len(kept) < len(tags):
        notes.add(f"tags beyond {TAGS}, or longer than {TAG_LENGTH} characters, were left out")
    return kept


def _language(said: Said, notes: Notes) -> str | None:
    word = next((word for name in ("language", "lang", "locale") if (word := _one(said, name))), "")
    tag = word.replace("_", "-")
    primary, _, rest = tag.partition("-")
    tag = f"{primary.lower()}{'-' if rest else ''}{rest}"
    if not tag or (len(tag) <= 35 and _LANGUAGE.fullmatch(tag)):
        return tag or None
    notes.add(f"the language {word[:40]} is not known")
    return None


def _kind(path: str, said: Said, notes: Notes) -> ArticleKind:
    if word := _one(said, "kind"):
        if kind := rules.kind_of(word):
            return ArticleKind(kind)
        notes.add(f"the kind {word[:40]} is not known: how_to")
        return ArticleKind.HOW_TO
    return ArticleKind(rules.kind_of(_one(said, "type")) or rules.kind_of_directory(path) or "how_to")


def _successor(said: Said) -> str | None:
    """A number where it names one (`DEP 12`), else the link or path as it stands."""
    word = next((word for name in SUCCESSORS if (word := _one(said, name))), "")
    if not word:
        return None
    number = _NUMBER.fullmatch(word)
    linked = re.search(r"\]\(([^)\s]+)\)", word)
    return f"#{int(number[1])}" if number else (linked[1] if linked else word)[: rules.PATH_LENGTH]


def _one(said: Said, name: str) -> str:
    value = said.get(name, "")
    return value if isinstance(value, str) else next(iter(value), "")


def _many(said: Said, name: str) -> list[str]:
    """The values of a list, or of a text separated by commas."""
    value = said.get(name, ())
    parts = value.split(",") if isinstance(value, str) else value
    return [part.strip() for part in parts if part.strip()]
