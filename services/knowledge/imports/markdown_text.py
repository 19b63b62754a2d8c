"""Read Markdown: its front matter, its title, and what is no Markdown, kept as text and told."""

import re
from collections.abc import Iterator

from services.knowledge.imports.front_matter import Said, split
from services.knowledge.imports.understood import Notes

HEADING = re.compile(r"^ {0,3}#{1,6}[ \t]+(\S.*)$|^ {0,3}(\S.*)\n {0,3}(?:=+|-{2,})[ \t]*$", re.MULTILINE)
LONGEST_HEADING = 1_000
# A run of marks is taken whole or not at all: given back mark by mark it would be tried for hours.
_FENCE = re.compile(
    r"^ {0,3}(`{3,}(?!`)|~{3,}(?!~))[^\n]*\n.*?(?:^ {0,3}\1[`~]*[ \t]*$|\Z)", re.MULTILINE | re.DOTALL
)
_CODE = re.compile(r"(?<!`)(`+)(?!`)[^`\n]+?\1(?!`)")
_STRANGE = (
    ("the shortcode {}", re.compile(r"\{\{[<%][ \t]{0,9}/?[ \t]{0,9}([\w/.-]{1,60})")),
    ("the template tag {}", re.compile(r"\{%-?[ \t]{0,9}([\w-]{1,60})[^%\n]{0,300}%\}")),
    ("the wiki link {}", re.compile(r"\[\[([^\[\]\n|]{1,80})(?:\|[^\]\n]{0,200})?\]\](?!\()")),
    ("the container {}", re.compile(r"^:::+[ \t]{0,9}\{?([\w-]{1,60})", re.MULTILINE)),
    ("the attribute list {}", re.compile(r"\{:[ \t]{0,9}([^}\s][^}\n]{0,59})\}")),
    ("the footnote {}", re.compile(r"^\[\^([^\]\n]{1,40})\]:", re.MULTILINE)),
    ("the admonition {}", re.compile(r"^!!![ \t]{1,9}([\w-]{1,60})", re.MULTILINE)),
    ("the component {}", re.compile(r"^<([A-Z]\w{0,60})[\s/>]", re.MULTILINE)),
    ("the formula {}", re.compile(r"^\$\$[ \t]{0,9}\n?(\S[^$\n]{0,30})", re.MULTILINE)),
)
"""What is no Markdown; the first word of each is told."""


def markdown(text: str, notes: Notes) -> tuple[Said, str, str]:
    """What the front matter says, the first heading (or nothing), and the text."""
    said, body = split(text, notes)
    plain = uncommented(_CODE.sub("", _FENCE.sub("\n", body)))
    for what in _strange(plain):
        notes.add(f"{what} is kept as text")
    return said, first_heading(plain, body), body


def uncommented(text: str) -> str:
    """The text without HTML comments; one that is not closed ends it."""
    parts: list[str] = []
    while text:
        before, _, rest = text.partition("<!--")
        parts.append(before)
        _, _, text = rest.partition("-->")
    return "".join(parts)


def _strange(text: str) -> Iterator[str]:
    for what, pattern in _STRANGE:
        for name in dict.fromkeys(found[1].strip() for found in pattern.finditer(text)):
            yield what.format(name)


def first_heading(plain: str, body: str) -> str:
    """The text of the first heading, as far as possible with the code that stands in it."""
    found = HEADING.search(plain)
    if found is None:
        return ""
    heading = _heading(found)
    for line in HEADING.finditer(body):
        whole = _heading(line)
        if _CODE.sub("", whole).strip() == heading:
            return title_text(whole)
    return title_text(heading)


def _heading(found: re.Match[str]) -> str:
    text = str(found[1] or found[2]).strip()[:LONGEST_HEADING]
    bare = text.rstrip("#")
    return bare.rstrip() if found[1] and bare[-1:].isspace() else text


def title_text(heading: str) -> str:
    """A heading without its Markdown."""
    text = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", heading)
    text = re.sub(r"<[^>]{0,200}>", "", text)
    text = re.sub(r"(?<!\\)(\*\*|\*|`+|~~)|(?<![\w\\])_{1,2}(?=\S)|(?<=\S)(?<!\\)_{1,2}(?!\w)", "", text)
    text = re.sub(r"\s*\{#[^}]*\}\s*$", "", text)
    return " ".join(re.sub(r"\\([\W_])", r"\1", text).split())
