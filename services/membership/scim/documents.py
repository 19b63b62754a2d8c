"""A resource as it is sent: JSON in -> names in their own case, types checked, what is not ours left out."""

import base64
import binascii
import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from services.membership.scim import rules
from services.membership.scim.refusals import InvalidSyntax, InvalidValue
from services.membership.scim.rules import Attribute, Resource


def read(given: Mapping[str, Any], resource: Resource) -> dict[str, Any]:
    """The resource; what is read-only or unassigned is left out, and so are passwords."""
    declared = schemas_of(given)
    if resource.schema.id.lower() not in declared:
        raise InvalidSyntax(f"schemas has to name {resource.schema.id}")
    document: dict[str, Any] = {}
    for name, value in _once(given):
        if name.lower() == "schemas" or is_unassigned(value):
            continue
        if rules.is_urn(name):
            put_extension(document, name, value, resource)
            continue
        attribute = resource.attribute(name)
        if attribute is None:
            raise InvalidSyntax(f"{name[:80]} is no attribute of {resource.name}")
        if attribute.mutability not in ("readOnly", "writeOnly"):
            kept = value_of(attribute, value)
            if not is_unassigned(kept):
                document[attribute.name] = kept
    return checked(document, resource)


def put_extension(document: dict[str, Any], urn: str, value: Any, resource: Resource) -> None:
    """Put an extension's members into the document; those of unknown extensions are kept as they are."""
    if not isinstance(value, Mapping):
        raise InvalidSyntax(f"{urn[:120]} holds an object")
    known = resource.extension(urn)
    if known is None:
        document[urn] = dict(value)
        return
    kept = {}
    for name, inner in _once(value):
        attribute = rules.find(known.attributes, name)
        if attribute is None:
            raise InvalidSyntax(f"{name[:80]} is no attribute of {known.name}")
        kept[attribute.name] = value_of(attribute, inner)
    document[known.id] = {name: inner for name, inner in kept.items() if not is_unassigned(inner)}


def schemas_of(message: Mapping[str, Any]) -> set[str]:
    """The schemas a message names, in lower case."""
    named = next((value for name, value in message.items() if name.lower() == "schemas"), None)
    if not isinstance(named, list) or not all(isinstance(urn, str) for urn in named) or len(named) > 20:
        raise InvalidSyntax("schemas has to be a list of at most 20 names")
    return {urn.lower() for urn in named}


def checked(document: dict[str, Any], resource: Resource) -> dict[str, Any]:
    """The document, if it has what is required, its names are short and it is not too large."""
    for attribute in resource.schema.attributes:
        if attribute.required and is_unassigned(document.get(attribute.name)):
            raise InvalidValue(f"{attribute.name} is required")
    for name in ("userName", "externalId"):
        text = document.get(name, "x")
        if not text.strip() or len(text) > rules.NAME_LENGTH:
            raise InvalidValue(f"{name} has 1 to {rules.NAME_LENGTH} characters")
    rest = {name: value for name, value in document.items() if name != "members"}
    try:
        size = len(json.dumps(rest, allow_nan=False))
    except ValueError as error:
        raise InvalidValue("a number is too large") from error
    if size > rules.DOCUMENT_BYTES:
        raise InvalidValue(f"a resource has at most {rules.DOCUMENT_BYTES} bytes")
    for name in [name for name, value in document.items() if is_unassigned(value)]:
        del document[name]
    return document


def is_unassigned(value: Any) -> bool:
    """null and an empty list say that an attribute has no value (RFC 7643 section 2.5)."""
    return value is None or value in ([], {})


def value_of(attribute: Attribute, value: Any) -> Any:
    """The value as it is kept; a single one for a multi-valued attribute becomes a list of it."""
    if value is None:
        return None
    if not attribute.many:
        return _single(attribute, _spelled_out(attribute, value))
    values = value if isinstance(value, list) else [value]
    limit = rules.MEMBERS_AT_ONCE if attribute.name == "members" else rules.VALUES
    if len(values) > limit:
        raise InvalidValue(f"{attribute.name} takes at most {limit} values at once")
    kept = [_single(attribute, each) for each in values]
    if sum(each.get("primary") is True for each in kept) > 1:
        raise InvalidValue(f"{attribute.name} has one primary value at most")
    return kept


def _spelled_out(attribute: Attribute, value: Any) -> Any:
    """A complex value with a `value` of its own, which Entra ID gives as that text, or in a list."""
    if attribute.part("value") is None:
        return value
    if isinstance(value, list) and len(value) == 1:
        (value,) = value
    return {"value": value} if isinstance(value, str) else value


def _single(attribute: Attribute, value: Any) -> Any:
    if attribute.type == "complex":
        return _complex(attribute, value)
    if attribute.type == "boolean":
        return _boolean(attribute, value)
    if not isinstance(value, str) or len(value) > rules.TEXT_LENGTH:
        raise InvalidValue(f"{attribute.name} is a text of at most {rules.TEXT_LENGTH} characters")
    if attribute.type == "binary":
        try:
            base64.b64decode(value, validate=True)
        except (binascii.Error, ValueError) as error:
            raise InvalidValue(f"{attribute.name} is not base64") from error
    return value


def _boolean(attribute: Attribute, value: Any) -> bool:
    """True or false, which Entra ID gives as the texts "True" and "False"."""
    known = {"true": True, "false": False}.get(value.lower(), value) if isinstance(value, str) else value
    if not isinstance(known, bool):
        raise InvalidValue(f"{attribute.name} is true or false")
    return known


def _complex(attribute: Attribute, value: Any) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise InvalidValue(f"{attribute.name} holds objects")
    kept = {}
    for name, inner in _once(value):
        part = attribute.part(name)
        if part is None:
            raise InvalidSyntax(f"{attribute.name} has no {name[:80]}")
        if inner is not None and part.mutability != "readOnly":
            kept[part.name] = _single(part, inner)
    return kept


def merged(before: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Both; what is given takes the place of what has its name in whatever case."""
    names = {name.lower() for name in given}
    return {name: value for name, value in before.items() if name.lower() not in names} | dict(given)


def moment_of(text: Any) -> datetime | None:
    """A dateTime with its offset; None when it is none."""
    try:
        moment = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return None
    return moment if moment.tzinfo is not None else None


def _once(members: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The members; a name given twice in different case is no message of SCIM."""
    if len({name.lower() for name in members}) != len(members):
        raise InvalidSyntax("an attribute is given twice")
    yield from members.items()
