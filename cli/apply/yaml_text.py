"""Read YAML nobody vouches for: bounded, without aliases or tags, no key twice, every value with its line."""

import re
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from cli import Failed

LARGEST_BYTES = 2_000_000
DEEPEST = 20
LONGEST_NUMBER = 18

_UNWRITABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")

Path_ = tuple[str | int, ...]
"""Where a value stands: keys and positions from the top."""


class Text(NamedTuple):
    """What a file says, and on which line each value begins."""

    value: Any
    lines: dict[Path_, int]

    def where(self, path: Path_) -> str:
        """A place as its reader finds it: `groups[2].leaders[0] (line 41)`."""
        known = path
        while known and known not in self.lines:
            known = known[:-1]
        return f"{spelled(path) or 'the file'} (line {self.lines.get(known, 1)})"


def spelled(path: Path_) -> str:
    """A path in the usual notation: `groups[2].slug`."""
    parts = (f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return "".join(parts).removeprefix(".")


class _Refused(Exception):
    """The file is no such YAML; the text says where and why."""


class _Resolver(yaml.resolver.BaseResolver):
    """The core schema of YAML 1.2: `12:30` and `no` are words, a date is its text."""


class _Loader(
    yaml.reader.Reader, yaml.scanner.Scanner, yaml.parser.Parser, yaml.composer.Composer, _Resolver
):
    """Composes nodes; values are made of them here and nowhere else."""

    def __init__(self, stream: bytes) -> None:
        yaml.reader.Reader.__init__(self, stream)
        yaml.scanner.Scanner.__init__(self)
        yaml.parser.Parser.__init__(self)
        yaml.composer.Composer.__init__(self)
        _Resolver.__init__(self)
        self._depth = 0

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        event: Any = self.peek_event()  # type: ignore[no-untyped-call]
        line = event.start_mark.line + 1
        if isinstance(event, yaml.AliasEvent) or event.anchor is not None:
            raise _Refused(f"line {line}: anchors and aliases are not taken")
        if event.tag is not None:
            raise _Refused(f"line {line}: tags are not taken")
        if self._depth >= DEEPEST:
            raise _Refused(f"line {line}: deeper than {DEEPEST} levels")
        self._depth += 1
        node = super().compose_node(parent, index)
        self._depth -= 1
        return node


for tag, pattern, first in (
    ("null", r"^(?:~|null|Null|NULL|)$", ["~", "n", "N", ""]),
    ("bool", r"^(?:true|True|TRUE|false|False|FALSE)$", list("tTfF")),
    ("int", rf"^[-+]?[0-9]{{1,{LONGEST_NUMBER}}}$", list("-+0123456789")),
    ("float", r"^[-+]?[0-9]{1,15}\.[0-9]{1,15}$", list("-+0123456789")),
):
    _Resolver.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(pattern), first)


def load(path: Path) -> Text:
    """What the file at `path` says; `Failed` names the line of whatever is wrong with it."""
    try:
        size = path.stat().st_size
        if size > LARGEST_BYTES:
            raise _Refused(f"{size:,} bytes are more than {LARGEST_BYTES:,}")
        text = parse(path.read_bytes())
    except (_Refused, OSError) as error:
        raise Failed(f"{path}: {error}") from None
    return text


def parse(content: bytes) -> Text:
    """What `content` says."""
    lines: dict[Path_, int] = {}
    try:
        node = _Loader(content).get_single_node()
        if node is None:
            raise _Refused("it says nothing")
        return Text(_value(node, (), lines), lines)
    except yaml.YAMLError as error:
        raise _Refused(_reason(error)) from None
    except (ValueError, OverflowError):  # of chr(), where PyYAML reads an escape
        raise _Refused("not YAML: an escape that is no character") from None


def _reason(error: yaml.YAMLError) -> str:
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark is not None:
        return f"line {error.problem_mark.line + 1}: not YAML: {error.problem}"
    if isinstance(error, yaml.reader.ReaderError):
        return f"not YAML: {error.reason} at character {error.position}"
    return "not YAML"


def _value(node: yaml.Node, path: Path_, lines: dict[Path_, int]) -> Any:
    lines[path] = node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, path, lines)
    if isinstance(node, yaml.SequenceNode):
        return [_value(item, (*path, index), lines) for index, item in enumerate(node.value)]
    text: str = node.value
    match node.tag.rpartition(":")[2]:
        case "null":
            return None
        case "bool":
            return text.lower() == "true"
        case "int":
            return int(text)
        case "float":
            return float(text)
    return _writable(text, lines[path])


def _writable(text: str, line: int) -> str:
    if _UNWRITABLE.search(text):
        raise _Refused(f"line {line}: a control character")
    return text


def _mapping(node: yaml.MappingNode, path: Path_, lines: dict[Path_, int]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + 1
        if not isinstance(key_node, yaml.ScalarNode):
            raise _Refused(f"line {line}: a key must be a word")
        key = _writable(key_node.value, line)
        if key in made:
            raise _Refused(f"line {line}: {key!r} is there twice, first on line {lines[(*path, key)]}")
        made[key] = _value(value_node, (*path, key), lines)
        lines[(*path, key)] = line
    return made
