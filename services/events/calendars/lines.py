"""Content lines of iCalendar: values in -> text escaped and folded, and back (RFC 5545, 3.1 and 3.3.11)."""

import re
from typing import NamedTuple

FOLDED_BYTES = 75
LONGEST_PARAMETERS = 2000
_SIMPLE = re.compile(r"([A-Za-z0-9-]+):(.*)", re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_TO_ESCAPE = str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n"})
_CONTROL = dict.fromkeys((*range(9), *range(11, 32), 127, 0x85, 0x2028, 0x2029), " ")
"""What must not stand in a text, and what some programs take for the end of a line."""


class Property(NamedTuple):
    """One content line; the value as it stands there."""

    name: str
    parameters: dict[str, str]
    value: str

    @property
    def text(self) -> str:
        """The value of a property that is a text."""
        return unescaped(self.value)

    @property
    def texts(self) -> list[str]:
        """The values of a property that is a list of texts."""
        return [unescaped(each) for each in re.split(r"(?<!\\),", self.value)]


class NotALine(ValueError):
    """What stands there is no content line."""


def parsed(line: str) -> Property:
    """An unfolded line; parameter names in capitals, of a parameter with several values the first."""
    simple = _SIMPLE.fullmatch(line)
    if simple is not None:
        return Property(simple[1].upper(), {}, simple[2].strip())
    from icalendar.parser import Contentline

    if len(line) > LONGEST_PARAMETERS and ":" not in line[:LONGEST_PARAMETERS]:
        raise NotALine
    try:
        name, parameters, value = Contentline(line).raw_parts()  # type: ignore[no-untyped-call]
    except (ValueError, AssertionError) as error:
        raise NotALine from error
    given = {key.upper(): _one(each) for key, each in parameters.items()}
    return Property(name.upper(), given, value.strip())


def _one(value: object) -> str:
    return str(value[0] if isinstance(value, list) and value else value)


def escaped(text: str) -> str:
    """A text as a value: one line whatever it holds (RFC 5545, 3.3.11)."""
    return text.replace("\r\n", "\n").replace("\r", "\n").translate(_CONTROL).translate(_TO_ESCAPE)


def unescaped(value: str) -> str:
    """The text a value stands for."""
    return _ESCAPED.sub(lambda found: "\n" if found[1] in "nN" else found[1], value)


def folded(line: str) -> str:
    """The line in parts of at most 75 bytes, never within a character, with its end."""
    if len(line) < FOLDED_BYTES // 4 or (len(line) <= FOLDED_BYTES and line.isascii()):
        return line + "\r\n"
    rest = line.encode()
    if len(rest) <= FOLDED_BYTES:
        return line + "\r\n"
    parts: list[bytes] = []
    room = FOLDED_BYTES
    while len(rest) > room:
        at = room
        while rest[at] & 0xC0 == 0x80:
            at -= 1
        parts.append(rest[:at])
        rest, room = rest[at:], FOLDED_BYTES - 1
    return b"\r\n ".join([*parts, rest]).decode() + "\r\n"
