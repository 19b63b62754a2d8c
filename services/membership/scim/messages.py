"""What SCIM requests and answers look like: resources, lists, searches, patches."""

import json
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from fastapi import Body
from fastapi.responses import JSONResponse
from pydantic import GetJsonSchemaHandler, RootModel
from pydantic_core import CoreSchema

from services.membership.scim import rules
from services.membership.scim.rules import Attribute, Resource
from services.membership.scim.schemas import GROUPS, USERS
from shared.answers import Rendered
from shared.dialects import SCIM, SCIM_MEDIA_TYPE

JsonSchema = dict[str, Any]


class ScimJson(JSONResponse):
    """Names the media type in the documentation; answers themselves are `Rendered`."""

    media_type = SCIM_MEDIA_TYPE


class Message(RootModel[dict[str, Any]]):
    """A JSON object; the form it is documented with is checked by the code that reads it."""

    @classmethod
    def form(cls) -> JsonSchema:
        """Its JSON schema."""
        raise NotImplementedError

    @classmethod
    def __get_pydantic_json_schema__(cls, _core: CoreSchema, _handler: GetJsonSchemaHandler) -> JsonSchema:
        return {"title": cls.__name__, "description": cls.__doc__ or "", **cls.form()}


class UserResource(Message):
    """A user (RFC 7643 section 4.1). What is read-only is taken and ignored."""

    @classmethod
    def form(cls) -> JsonSchema:
        return _resource(USERS)


class GroupResource(Message):
    """A group (RFC 7643 section 4.2). What is read-only is taken and ignored."""

    @classmethod
    def form(cls) -> JsonSchema:
        return _resource(GROUPS)


class UserAnswer(Message):
    """A user, as much of them as was asked for."""

    @classmethod
    def form(cls) -> JsonSchema:
        return _resource(USERS, answered=True)


class GroupAnswer(Message):
    """A group, as much of it as was asked for."""

    @classmethod
    def form(cls) -> JsonSchema:
        return _resource(GROUPS, answered=True)


class ListMessage(Message):
    """A page of resources (RFC 7644 section 3.4.2)."""

    @classmethod
    def form(cls) -> JsonSchema:
        count = {"type": "integer", "minimum": 0}
        return _object(
            required=("schemas", "totalResults"),
            schemas=_schemas(rules.LIST_RESPONSE),
            totalResults=count,
            itemsPerPage=count,
            startIndex=count,
            Resources={"type": "array", "items": {"type": "object"}},
        )


class SearchMessage(Message):
    """A search (RFC 7644 section 3.4.3)."""

    @classmethod
    def form(cls) -> JsonSchema:
        names = {"type": "array", "items": {"type": "string", "maxLength": 200}, "maxItems": 100}
        return _object(
            required=("schemas",),
            schemas=_schemas(rules.SEARCH_REQUEST),
            attributes=names,
            excludedAttributes=names,
            filter={"type": "string", "maxLength": rules.FILTER_LENGTH},
            startIndex={"type": "integer"},
            count={"type": "integer"},
            sortBy={"type": "string", "maxLength": 200},
            sortOrder={"enum": list(rules.ORDERS)},
        )


class PatchMessage(Message):
    """Operations, applied in their order or not at all (RFC 7644 section 3.5.2)."""

    @classmethod
    def form(cls) -> JsonSchema:
        operation = _object(
            required=("op",),
            op={"type": "string", "pattern": "^(?i:add|remove|replace)$"},
            path={"type": "string", "maxLength": rules.FILTER_LENGTH},
            value={},
        )
        operations = {"type": "array", "items": operation, "minItems": 1, "maxItems": rules.OPERATIONS}
        return _object(
            required=("schemas", "Operations"), schemas=_schemas(rules.PATCH_OP), Operations=operations
        )


class AnyObject(Message):
    """A resource that describes the service."""

    @classmethod
    def form(cls) -> JsonSchema:
        return {"type": "object"}


UserBody = Annotated[UserResource, Body(media_type=SCIM_MEDIA_TYPE)]
GroupBody = Annotated[GroupResource, Body(media_type=SCIM_MEDIA_TYPE)]
SearchBody = Annotated[SearchMessage, Body(media_type=SCIM_MEDIA_TYPE)]
PatchBody = Annotated[PatchMessage, Body(media_type=SCIM_MEDIA_TYPE)]


def answer(
    document: Mapping[str, Any], status: int = 200, *, version: int | None = None, location: str | None = None
) -> Rendered:
    """The document as it is sent, with its ETag; `location` of what was created."""
    headers = {"content-type": SCIM_MEDIA_TYPE, "cache-control": "no-store"}
    if version is not None:
        headers["etag"] = SCIM.etag(version)
    if location is not None:
        headers["location"] = location
    return Rendered(status, headers, json.dumps(document, ensure_ascii=False).encode())


def listed(resources: Sequence[Mapping[str, Any]], total: int, start: int) -> Rendered:
    """A page of a list."""
    return answer(
        {
            "schemas": [rules.LIST_RESPONSE],
            "totalResults": total,
            "startIndex": start,
            "itemsPerPage": len(resources),
            "Resources": list(resources),
        }
    )


def _schemas(urn: str) -> JsonSchema:
    names = {"type": "string", "maxLength": 200}
    return {"type": "array", "items": names, "contains": {"const": urn}, "maxItems": 20}


def _object(*, required: Any = (), **properties: Any) -> JsonSchema:
    return {"type": "object", "required": list(required), "properties": properties}


def _resource(resource: Resource, *, answered: bool = False) -> JsonSchema:
    attributes = (*resource.common, *resource.schema.attributes)
    required = ["id"] if answered else [each.name for each in resource.schema.attributes if each.required]
    properties = {attribute.name: _attribute(attribute) for attribute in attributes}
    for name in {"userName", "externalId"} & set(properties):
        properties[name] |= {"minLength": 1, "maxLength": rules.NAME_LENGTH, "pattern": r"\S"}
    extensions = {
        known.id: _object(**{each.name: _attribute(each) for each in known.attributes})
        for known in resource.extensions
    }
    form = _object(
        required=["schemas", *required], schemas=_schemas(resource.schema.id), **properties, **extensions
    )
    return form | {"patternProperties": {"^[uU][rR][nN]:": {"type": "object"}}, "additionalProperties": False}


def _attribute(attribute: Attribute) -> JsonSchema:
    single = _single(attribute) | {"description": attribute.says}
    if attribute.mutability == "readOnly":
        return {"description": attribute.says, "readOnly": True}
    if not attribute.many:
        return single
    limit = rules.MEMBERS_AT_ONCE if attribute.name == "members" else rules.VALUES
    return {"type": "array", "items": single, "maxItems": limit, "description": attribute.says}


def _single(attribute: Attribute) -> JsonSchema:
    if attribute.type == "complex":
        parts = {part.name: _attribute(part) for part in attribute.parts}
        return _object(**parts) | {"additionalProperties": False}
    if attribute.type == "boolean":
        return {"type": "boolean"}
    if attribute.type == "binary":
        return {"type": "string", "contentEncoding": "base64", "pattern": "^([A-Za-z0-9+/]{4})*$"}
    return {"type": "string", "maxLength": rules.TEXT_LENGTH}
