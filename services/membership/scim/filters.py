"""SCIM filters: text in -> a bounded tree of conditions (RFC 7644 section 3.4.2.2)."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from services.membership.scim import rules
from services.membership.scim.refusals import InvalidFilter, ScimRefusal
from shared import strict_json

OPERATORS = frozenset({"eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le"})
_TOKEN = re.compile(r'\s*(?:("(?:[^"\\]|\\.)*")|([()\[\]])|([^\s()\[\]"]+))')
_NAME = re.compile(
    r"[A-Za-z$][A-Za-z0-9_$-]*(\.[A-Za-z$][A-Za-z0-9_$-]*)?|urn:[A-Za-z0-9:._$-]+", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Compare:
    """`name op value`; the operator `pr` (present) has no value."""

    name: str
    op: str
    value: Any = None


@dataclass(frozen=True, slots=True)
class Junction:
    """All (`and`) or any (`or`) of `parts`."""

    op: str
    parts: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class Negation:
    inner: "Condition"


@dataclass(frozen=True, slots=True)
class Within:
    """`name[inner]`: one value of the attribute satisfies it."""

    name: str
    inner: "Condition"


Condition = Compare | Junction | Negation | Within


def parsed(text: str, refusal: type[ScimRefusal] = InvalidFilter) -> Condition:
    """The conditions of a filter; `refusal` when it is none, or too long, deep or wide."""
    parser = Parser(text, refusal)
    found = parser.disjunction(0)
    parser.end()
    return found


class Parser:
    """Reads the grammar of RFC 7644 figure 1 from left to right; `and` binds stronger than `or`."""

    def __init__(self, text: str, refusal: type[ScimRefusal]) -> None:
        if len(text) > rules.FILTER_LENGTH:
            raise refusal(f"longer than {rules.FILTER_LENGTH} characters")
        self._refusal = refusal
        self._tokens = self._split(text)
        self._at = 0
        self._comparisons = 0

    def _split(self, text: str) -> list[str]:
        tokens, at, end = [], 0, len(text.rstrip())
        while at < end:
            found = _TOKEN.match(text, at)
            if found is None:
                raise self._refusal("a text is not closed")
            tokens.append(found[found.lastindex or 0])
            at = found.end()
        return tokens

    def peek(self) -> str:
        """The next token in lower case, "" at the end."""
        return self._tokens[self._at].lower() if self._at < len(self._tokens) else ""

    def take(self) -> str:
        if self._at == len(self._tokens):
            raise self._refusal("it ends too early")
        self._at += 1
        return self._tokens[self._at - 1]

    def expect(self, token: str) -> None:
        if self.take().lower() != token:
            raise self._refusal(f"{token} is missing")

    def end(self) -> None:
        if self._at != len(self._tokens):
            raise self._refusal("something follows that does not belong there")

    def name(self) -> str:
        """An attribute's name, with the sub-attribute or the schema it is given with."""
        name = self.take()
        if not _NAME.fullmatch(name):
            raise self._refusal("an attribute's name is expected")
        return name

    def disjunction(self, depth: int) -> Condition:
        parts = [self._conjunction(depth)]
        while self.peek() == "or":
            self.take()
            parts.append(self._conjunction(depth))
        return parts[0] if len(parts) == 1 else Junction("or", tuple(parts))

    def _conjunction(self, depth: int) -> Condition:
        parts = [self._term(depth)]
        while self.peek() == "and":
            self.take()
            parts.append(self._term(depth))
        return parts[0] if len(parts) == 1 else Junction("and", tuple(parts))

    def _term(self, depth: int) -> Condition:
        if depth > rules.DEPTH:
            raise self._refusal(f"nested deeper than {rules.DEPTH}")
        if self.peek() == "not":
            self.take()
            self.expect("(")
            return Negation(self._closed(")", depth))
        if self.peek() == "(":
            self.take()
            return self._closed(")", depth)
        name = self.name()
        if self.peek() == "[":
            self.take()
            return self._of_chosen(Within(name, self._closed("]", depth)))
        return self._comparison(name)

    def _of_chosen(self, within: Within) -> Within:
        """`emails[type eq "work"].value eq "x"`, which Entra ID writes for both conditions in brackets."""
        if not self.peek().startswith("."):
            return within
        compare = self._comparison(self.take()[1:])
        return Within(within.name, Junction("and", (within.inner, compare)))

    def _closed(self, mark: str, depth: int) -> Condition:
        inner = self.disjunction(depth + 1)
        self.expect(mark)
        return inner

    def _comparison(self, name: str) -> Compare:
        self._comparisons += 1
        if self._comparisons > rules.COMPARISONS:
            raise self._refusal(f"more than {rules.COMPARISONS} comparisons")
        op = self.take().lower()
        if op == "pr":
            return Compare(name, op)
        if op not in OPERATORS:
            raise self._refusal("an operator is expected")
        try:
            value = json.loads(self.take())
            strict_json.require_clean(value)
        except (ValueError, RecursionError, strict_json.UnusableText):
            raise self._refusal("a value is a JSON text, number, true, false or null") from None
        if isinstance(value, dict | list):
            raise self._refusal("a value is a JSON text, number, true, false or null")
        return Compare(name, op, value)


def named_in(condition: Condition | None) -> Iterator[str]:
    """The names a condition compares, or chooses values of."""
    match condition:
        case Junction(parts=parts):
            for part in parts:
                yield from named_in(part)
        case Negation(inner=inner):
            yield from named_in(inner)
        case Compare(name=name) | Within(name=name):
            yield name


def holds(condition: Condition, value: Mapping[str, Any]) -> bool:
    """Whether one value of a multi-valued attribute satisfies the condition; texts in any case."""
    match condition:
        case Junction(op="and", parts=parts):
            return all(holds(part, value) for part in parts)
        case Junction(parts=parts):
            return any(holds(part, value) for part in parts)
        case Negation(inner=inner):
            return not holds(inner, value)
        case Compare(name=name, op=op, value=wanted):
            there = next((value[key] for key in value if key.lower() == name.lower()), None)
            return _compares(op, there, wanted)
        case _:
            return False


def _compares(op: str, there: Any, wanted: Any) -> bool:
    if op == "pr":
        return there not in (None, "", [], {})
    if op in ("eq", "ne"):
        return (folded(there) == folded(wanted)) is (op == "eq")
    if not isinstance(there, str) or not isinstance(wanted, str):
        return False
    text, part = there.casefold(), wanted.casefold()
    return {
        "co": part in text,
        "sw": text.startswith(part),
        "ew": text.endswith(part),
        "gt": text > part,
        "ge": text >= part,
        "lt": text < part,
        "le": text <= part,
    }[op]


def folded(value: Any) -> Any:
    """A text whatever its case."""
    return value.casefold() if isinstance(value, str) else value
