"""PATCH: operations in -> the resource as it is afterwards (RFC 7644 section 3.5.2)."""

from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from services.membership.scim import documents, rules
from services.membership.scim.documents import is_unassigned, value_of
from services.membership.scim.filters import Compare, Condition, Junction, Parser, folded, holds, named_in
from services.membership.scim.refusals import (
    Immutable,
    InvalidPath,
    InvalidSyntax,
    InvalidValue,
    NoTarget,
)
from services.membership.scim.rules import Attribute, Resource


@dataclass(frozen=True, slots=True)
class Path:
    """Where an operation applies: an attribute, of its values those that satisfy `where`, of them `part`."""

    schema: str | None
    attribute: Attribute
    where: Condition | None = None
    part: Attribute | None = None


@dataclass(frozen=True, slots=True)
class Operation:
    """One change; without a path `value` is a resource in part."""

    op: str
    path: str | None
    value: Any


def operations_of(message: Mapping[str, Any]) -> list[Operation]:
    """The operations of a PatchOp message."""
    if rules.PATCH_OP.lower() not in documents.schemas_of(message):
        raise InvalidSyntax(f"schemas has to name {rules.PATCH_OP}")
    given = _member(message, "Operations")
    if not isinstance(given, list) or not 1 <= len(given) <= rules.OPERATIONS:
        raise InvalidSyntax(f"Operations is a list of 1 to {rules.OPERATIONS}")
    return [_operation(each) for each in given]


def _operation(given: Any) -> Operation:
    if not isinstance(given, Mapping):
        raise InvalidSyntax("an operation is an object")
    op, path, value = (_member(given, name) for name in ("op", "path", "value"))
    if not isinstance(op, str) or op.lower() not in ("add", "remove", "replace"):
        raise InvalidSyntax("op is add, remove or replace")
    if path is not None and not isinstance(path, str):
        raise InvalidPath("path is a text")
    if op.lower() == "remove":
        if not path:
            raise NoTarget("remove needs a path")
    elif value is None:
        if op.lower() == "add" or not path or not _has(given, "value"):
            raise InvalidValue(f"{op.lower()} needs a value")
        op = "remove"  # null says that an attribute has no value (RFC 7643 section 2.5)
    return Operation(op.lower(), path or None, value)


def _has(message: Mapping[str, Any], name: str) -> bool:
    return any(key.lower() == name for key in message)


def _member(message: Mapping[str, Any], name: str) -> Any:
    return next((value for key, value in message.items() if key.lower() == name.lower()), None)


def path_of(text: str, resource: Resource) -> Path | str:
    """The path; the name of an extension when it leads to all of it."""
    parser = Parser(text, InvalidPath)
    name, condition, part = parser.name(), None, None
    if parser.peek() == "[":
        parser.take()
        condition = parser.disjunction(1)
        parser.expect("]")
        if parser.peek().startswith("."):
            part = parser.take()[1:]
    parser.end()
    schema, rest = _split_urn(name, resource)
    if not rest:
        return schema or ""
    head, _, tail = rest.partition(".")
    attribute = _attribute(schema, head, resource)
    if condition is not None and (tail or not attribute.many):
        raise InvalidPath(f"{attribute.name} has no values to choose from")
    for unknown in (each for each in named_in(condition) if attribute.part(each) is None):
        raise InvalidPath(f"{attribute.name} has no {unknown[:80]}")
    part = tail or part
    known = attribute.part(part) if part else None
    if part and known is None:
        raise InvalidPath(f"{attribute.name} has no {part[:80]}")
    return Path(schema, attribute, condition, known)


def _split_urn(name: str, resource: Resource) -> tuple[str | None, str]:
    """The extension, None for the core schema, and what stands behind its name."""
    if not rules.is_urn(name):
        return None, name
    for known in (resource.schema, *resource.extensions):
        if name.lower() == known.id.lower():
            return known.id, ""
        if name.lower().startswith(known.id.lower() + ":"):
            return None if known is resource.schema else known.id, name[len(known.id) + 1 :]
    return name, ""


def _attribute(schema: str | None, name: str, resource: Resource) -> Attribute:
    if schema is None:
        found = resource.attribute(name)
    else:
        extension = resource.extension(schema)
        found = rules.find(extension.attributes, name) if extension else None
    if found is None:
        raise InvalidPath(f"{name[:80]} is no attribute of {resource.name}")
    return found


def patched(before: Mapping[str, Any], operations: list[Operation], resource: Resource) -> dict[str, Any]:
    """The resource after all operations; nothing is changed when one of them is refused."""
    document = deepcopy(dict(before))
    for operation in operations:
        apply(document, operation, resource)
    return documents.checked(document, resource)


def expanded(operations: Sequence[Operation], resource: Resource) -> Iterator[Operation]:
    """Each with a path: one without is one for each attribute its value names.

    Read-only ones are left out then, as from a resource that is put: Okta names the id.
    """
    for operation in operations:
        if operation.path is not None:
            yield operation
            continue
        if not isinstance(operation.value, Mapping):
            raise InvalidValue("without a path the value is an object of attributes")
        for name, value in operation.value.items():
            known = resource.attribute(name)
            if name.lower() != "schemas" and (known is None or known.mutability != "readOnly"):
                yield Operation(operation.op, name, value)


def apply(document: dict[str, Any], operation: Operation, resource: Resource) -> None:
    """Change the document as one operation says."""
    for each in expanded([operation], resource):
        _apply_at(document, each, each.path or "", resource)


def _apply_at(document: dict[str, Any], operation: Operation, text: str, resource: Resource) -> None:
    path = path_of(text, resource)
    if isinstance(path, str):
        _change_extension(document, path, operation, resource)
        return
    _require_writable(path, operation)
    if path.attribute.mutability == "writeOnly":
        return  # a password, which is taken and thrown away
    place = document if path.schema is None else document.setdefault(path.schema, {})
    if path.attribute.many:
        _change_values(place, path, operation)
    elif path.part is not None:
        _change_part(place, path.attribute.name, path.part, operation)
    else:
        _change_single(place, path.attribute, operation)
    if path.schema is not None and not place:
        del document[path.schema]


def _require_writable(path: Path, operation: Operation) -> None:
    for each in (path.attribute, path.part):
        if each is not None and each.mutability == "readOnly":
            raise Immutable(f"{each.name} is read-only")
    if operation.op == "remove" and path.attribute.required and path.part is None:
        raise Immutable(f"{path.attribute.name} is required")


def _change_extension(document: dict[str, Any], urn: str, operation: Operation, resource: Resource) -> None:
    """Remove an extension, put it anew, or change those of its attributes that are given."""
    present = next((name for name in document if name.lower() == urn.lower()), urn)
    if operation.op == "remove":
        document.pop(present, None)
        return
    if not isinstance(operation.value, Mapping):
        raise InvalidValue("an extension holds an object")
    whole = documents.merged(document.get(present, {}), operation.value)
    documents.put_extension(document, present, whole, resource)


def _change_single(place: dict[str, Any], attribute: Attribute, operation: Operation) -> None:
    """Set or remove a single value; of a complex one the parts that are given."""
    if operation.op == "remove" or is_unassigned(operation.value):
        place.pop(attribute.name, None)
        return
    value = value_of(attribute, operation.value)
    if attribute.type == "complex":
        value = place.get(attribute.name, {}) | value
    place[attribute.name] = value


def _change_part(place: dict[str, Any], name: str, part: Attribute, operation: Operation) -> None:
    inner = dict(place.get(name, {}))
    if operation.op == "remove" or operation.value is None:
        inner.pop(part.name, None)
    else:
        inner[part.name] = value_of(part, operation.value)
    if inner:
        place[name] = inner
    else:
        place.pop(name, None)


def _change_values(place: dict[str, Any], path: Path, operation: Operation) -> None:
    """Change a multi-valued attribute: all of it, or the values a filter chooses, or a part of them."""
    attribute = path.attribute
    values: list[dict[str, Any]] = list(place.get(attribute.name, []))
    if path.where is None and path.part is None:
        values = _changed_as_a_whole(values, attribute, operation)
    else:
        values = _changed_where(values, path, operation)
    if len(values) > rules.VALUES and attribute.name != "members":
        raise InvalidValue(f"{attribute.name} has at most {rules.VALUES} values")
    place[attribute.name] = values


def _changed_as_a_whole(
    values: list[dict[str, Any]], attribute: Attribute, operation: Operation
) -> list[dict[str, Any]]:
    if operation.op == "remove" and operation.value is None:
        return []
    given: list[dict[str, Any]] = value_of(attribute, operation.value) or []
    if operation.op == "remove":  # some providers name the values instead of choosing them by a filter
        gone = {folded(each.get("value")) for each in given}
        return [each for each in values if folded(each.get("value")) not in gone]
    if operation.op == "replace":
        return given
    there = {frozenset(each.items()) for each in values}
    return _with_one_primary(values, [each for each in given if frozenset(each.items()) not in there])


def _changed_where(values: list[dict[str, Any]], path: Path, operation: Operation) -> list[dict[str, Any]]:
    chosen = [path.where is None or holds(path.where, each) for each in values]
    if operation.op == "remove":
        kept = [
            _changed(each, path, operation) if hit else each for each, hit in zip(values, chosen, strict=True)
        ]
        return [each for each in kept if each]
    if not any(chosen):
        if operation.op == "replace" and path.where is not None:
            raise NoTarget("no value satisfies the filter")
        fresh = _changed(_named_by(path.where), path, operation) or {}
        return _with_one_primary(values, value_of(path.attribute, [fresh]))
    changed = [_changed(each, path, operation) or {} for each, hit in zip(values, chosen, strict=True) if hit]
    others = [each for each, hit in zip(values, chosen, strict=True) if not hit]
    return _with_one_primary(others, changed)


def _changed(value: dict[str, Any], path: Path, operation: Operation) -> dict[str, Any] | None:
    """One chosen value after the operation; None when it goes."""
    if operation.op == "remove" or operation.value is None:
        rest = {k: v for k, v in value.items() if path.part is not None and k != path.part.name}
        return rest or None
    if path.part is not None:
        return value | {path.part.name: value_of(path.part, operation.value)}
    (given,) = value_of(path.attribute, [operation.value])
    return given if operation.op == "replace" else value | given


def _named_by(condition: Condition | None) -> dict[str, Any]:
    """The value a filter describes: `type eq "work"` is one of that type."""
    match condition:
        case Compare(name=name, op="eq", value=value):
            return {name: value}
        case Junction(op="and", parts=parts):
            return {name: value for part in parts for name, value in _named_by(part).items()}
        case _:
            return {}


def _with_one_primary(before: list[dict[str, Any]], added: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Both; a new primary value takes that from the others."""
    if any(each.get("primary") is True for each in added):
        before = [each | {"primary": False} if each.get("primary") else each for each in before]
    return before + added
