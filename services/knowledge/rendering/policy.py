"""What HTML may come of a text: elements, attributes, addresses; whoever changes it raises POLICY_VERSION."""

import re
from collections.abc import Callable

POLICY_VERSION = 1
"""Goes up with every change of what the same text is rendered to."""

HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
INLINE = frozenset(
    {
        *("a", "abbr", "b", "br", "code", "del", "em", "i", "img", "ins", "kbd", "mark", "q", "s", "samp"),
        *("small", "strong", "sub", "sup", "u", "var"),
    }
)
BLOCKS = HEADINGS | {
    *("blockquote", "caption", "dd", "details", "div", "dl", "dt", "figcaption", "figure", "hr", "li"),
    *("ol", "p", "pre", "summary", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul"),
}
TAGS = INLINE | BLOCKS
VOID = frozenset({"br", "hr", "img"})
GONE_WITH_CONTENT = frozenset({"script", "style"})
"""What is between their tags is no text either."""

ATTRIBUTES: dict[str, set[str]] = {
    "a": {"href", "title"},
    "abbr": {"title"},
    "code": {"class"},
    "details": {"open"},
    "img": {"alt", "height", "src", "title", "width"},
    "ol": {"start"},
    "td": {"align", "colspan", "rowspan"},
    "th": {"align", "colspan", "rowspan"},
} | {heading: {"id"} for heading in HEADINGS}

LINK_SCHEMES = frozenset({"http", "https", "mailto"})
IMAGE_SCHEMES = frozenset({"http", "https"})
ELSEWHERE = "noopener nofollow ugc"
"""The `rel` of links that lead elsewhere."""
ID_PREFIX = "user-content-"
"""Before every id, that none is mistaken for a member of the page's own objects."""

_LANGUAGE = re.compile(r"language-[\w+#.-]{1,40}")
_NUMBER = re.compile(r"[0-9]{1,4}")
_SCHEME = re.compile(r"([a-zA-Z][a-zA-Z0-9+.-]*):")
_HEAD = re.compile(r"[^/?#]*")
_BREAKS = str.maketrans("", "", "\t\n\r")
_CONTROLS = "".join(map(chr, range(0x21)))
_NO_SLUG = re.compile(r"[^\w\- ]")


def slug_of(heading: str) -> str:
    """The name of a heading in addresses, as GitHub makes it: lower case, hyphens for spaces."""
    return _NO_SLUG.sub("", heading.strip().lower()).replace(" ", "-")[:100]


def address(value: str, schemes: frozenset[str]) -> str | None:
    """The address as browsers read it, without the characters they skip; none where it may not be."""
    cleaned = value.strip(_CONTROLS).translate(_BREAKS)
    named = _SCHEME.match(cleaned)
    if named:
        return cleaned if named[1].lower() in schemes else None
    head = _HEAD.match(cleaned)
    return None if head and ":" in head[0] else cleaned


def leads_elsewhere(href: str) -> bool:
    """Whether a link leaves this site; browsers read a backslash as a slash."""
    start = href[:8].lower().replace("\\", "/")
    return start.startswith(("http:", "https:", "//"))


def heading_id(value: str) -> str | None:
    """The id of a heading with the prefix, however it came."""
    slug = slug_of(value.removeprefix(ID_PREFIX))
    return ID_PREFIX + slug if slug else None


class Attributes:
    """Decides about each attribute of one document, in the order they stand there: `rel` comes last, and
    stays where the link before it leads elsewhere."""

    def __init__(self, links: Callable[[str], str] | None) -> None:
        self._links = links
        self._elsewhere = False

    def __call__(self, _tag: str, name: str, value: str) -> str | None:
        """The value to write, or none for leaving the attribute out."""
        if name == "href":
            return self._href(value)
        if name == "rel":
            kept, self._elsewhere = self._elsewhere, False
            return value if kept else None
        if name == "src":
            return address(self._links(value) if self._links else value, IMAGE_SCHEMES)
        if name == "id":
            return heading_id(value)
        if name == "class":
            return " ".join(filter(_LANGUAGE.fullmatch, value.split())) or None
        if name == "align":
            return value if value in ("left", "center", "right") else None
        if name in ("width", "height", "start", "colspan", "rowspan"):
            return value if _NUMBER.fullmatch(value) else None
        return value

    def _href(self, value: str) -> str | None:
        mapped = address(self._links(value) if self._links else value, LINK_SCHEMES)
        self._elsewhere = mapped is not None and leads_elsewhere(mapped)
        if mapped is not None and mapped.startswith("#") and not mapped.startswith("#" + ID_PREFIX):
            return "#" + ID_PREFIX + mapped[1:] if len(mapped) > 1 else mapped
        return mapped
