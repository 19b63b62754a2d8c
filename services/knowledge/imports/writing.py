"""Write Markdown: plain text, code, lists and tables -> text that shows them as they were."""

import re
from collections.abc import Sequence

_SPECIAL = re.compile(r"[\\`*\[\]<]|(?<!\w)_|_(?!\w)|&(?=#?\w+;)|~(?=~)")
_AT_START = re.compile(
    r"^([ \t]*)(#{1,6}(?=\s|$)|[-+](?=\s|$)|>|=+[ \t]*$|[-:|][-:| \t]*$|\d{1,9}[.)](?=\s|$)|~{3,}|\|)",
    re.MULTILINE,
)


def escaped(text: str) -> str:
    """Text as it stands, whatever its characters mean in Markdown."""
    return _SPECIAL.sub(r"\\\g<0>", text)


def settled(paragraph: str) -> str:
    """A paragraph of inline Markdown, none of whose lines is taken for a heading, list or table."""
    return _AT_START.sub(_defused, paragraph)


def _defused(found: re.Match[str]) -> str:
    indent, mark = found[1], found[2]
    if mark[0].isdigit():
        return f"{indent}{mark[:-1]}\\{mark[-1]}"
    return f"{indent}\\{mark}"


def one_line(text: str) -> str:
    return " ".join(filter(None, map(str.strip, text.split("\n"))))


def code(text: str) -> str:
    """A piece of code within a line."""
    plain = one_line(text)
    if not plain:
        return ""
    ticks = "`" * (_longest_run(plain, "`") + 1)
    space = " " if plain.startswith("`") or plain.endswith("`") else ""
    return f"{ticks}{space}{plain}{space}{ticks}"


def fenced(text: str, language: str = "") -> str:
    """A block of code."""
    fence = "`" * max(3, _longest_run(text, "`") + 1)
    word = language if re.fullmatch(r"[\w+#.-]{1,30}", language) else ""
    return f"{fence}{word}\n{text.strip(chr(10))}\n{fence}"


def _longest_run(text: str, mark: str) -> int:
    return max(map(len, re.findall(f"{mark}+", text)), default=0)


def heading(text: str, level: int) -> str:
    return f"{'#' * max(1, min(6, level))} {one_line(text)}"


def quoted(block: str) -> str:
    return "\n".join(f"> {line}".rstrip() for line in block.split("\n"))


def item(block: str, mark: str = "-") -> str:
    """A list item of one or more blocks."""
    indent = " " * (len(mark) + 1)
    lines = block.split("\n")
    return "\n".join([f"{mark} {lines[0]}".rstrip(), *(f"{indent}{line}".rstrip() for line in lines[1:])])


def link(text: str, url: str) -> str:
    """A link; without a text it shows its address."""
    return f"[{one_line(text) or escaped(url)}]({_address(url)})"


def image(alt: str, url: str) -> str:
    return f"![{one_line(alt)}]({_address(url)})"


def _address(url: str) -> str:
    plain = one_line(url)
    if plain and not re.search(r"[\s()<>\\]", plain):
        return plain
    return f"<{re.sub(r'[<>]', lambda found: f'%{ord(found[0]):02X}', plain)}>"


def table(rows: Sequence[Sequence[str]]) -> str:
    """A table, the first row its head, as wide as the widest; cells are single lines.

    Rows that end early stay as they are: filled up, a few wide ones and many short ones would be huge."""
    width = max(map(len, rows), default=0)
    if not width:
        return ""
    head = [*rows[0], *[""] * (width - len(rows[0]))]
    return "\n".join(map(_row, [head, ["---"] * width, *rows[1:]]))


def _row(cells: Sequence[str]) -> str:
    texts = (one_line(re.sub(r"(?<!\\)\|", r"\\|", cell)) for cell in cells)
    return f"| {' | '.join(texts)} |"
