"""What of a resource is answered: `attributes`, `excludedAttributes` in -> those of them (RFC 7644 3.9)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.membership.scim import rules
from services.membership.scim.refusals import InvalidValue
from services.membership.scim.rules import Resource

ALWAYS = ("schemas", "id")
MOST_NAMES = 100


@dataclass(frozen=True, slots=True)
class Projection:
    """The attributes that are wanted, or are not, as lower-case names with their schema or part."""

    wanted: frozenset[str] = frozenset()
    unwanted: frozenset[str] = frozenset()

    def leaves_out(self, name: str) -> bool:
        """Whether nothing of the attribute is answered."""
        low = name.lower()
        if self.wanted:
            return not any(each == low or each.startswith(low + ".") for each in self.wanted)
        return low in self.unwanted

    def of(self, document: Mapping[str, Any]) -> dict[str, Any]:
        """The resource, as much of it as is answered."""
        if not self.wanted and not self.unwanted:
            return dict(document)
        shown: dict[str, Any] = {}
        for name, value in document.items():
            kept = value if name in ALWAYS else self._part(name, value)
            if kept is not None:
                shown[name] = kept
        return shown

    def _part(self, name: str, value: Any) -> Any:
        low = name.lower()
        mark = ":" if rules.is_urn(name) else "."
        below = {each[len(low) + 1 :] for each in self.wanted if each.startswith(low + mark)}
        if self.wanted:
            if low in self.wanted:
                return value
            return _only(value, below, keep=True) if below else None
        if low in self.unwanted:
            return None
        less = {each[len(low) + 1 :] for each in self.unwanted if each.startswith(low + mark)}
        return _only(value, less, keep=False) if less else value


def _only(value: Any, names: set[str], *, keep: bool) -> Any:
    if isinstance(value, list):
        return [part for each in value if (part := _only(each, names, keep=keep))] or None
    if isinstance(value, dict):
        return {name: part for name, part in value.items() if (name.lower() in names) is keep} or None
    return value if not keep else None


def projection(
    attributes: Sequence[str] | str | None, excluded: Sequence[str] | str | None, resource: Resource
) -> Projection:
    """What a request asks for; it names what it wants or what it does not."""
    wanted, unwanted = _names(attributes, resource), _names(excluded, resource)
    if wanted and unwanted:
        raise InvalidValue("attributes and excludedAttributes exclude each other")
    return Projection(wanted, unwanted)


def _names(given: Sequence[str] | str | None, resource: Resource) -> frozenset[str]:
    names = given.split(",") if isinstance(given, str) else list(given or ())
    if len(names) > MOST_NAMES:
        raise InvalidValue(f"at most {MOST_NAMES} attributes are named")
    core = resource.schema.id.lower() + ":"
    return frozenset(name.strip().lower().removeprefix(core) for name in names if name.strip())
