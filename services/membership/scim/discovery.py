"""Say what is offered: ServiceProviderConfig, ResourceTypes, Schemas; 501 for what is not (RFC 7644 4)."""

from typing import Any

from services.membership.scim import rules
from services.membership.scim.messages import AnyObject, ListMessage, ScimJson, answer, listed
from services.membership.scim.rules import CORE, ROOT, Attribute, Resource, Schema
from services.membership.scim.schemas import RESOURCES, SCHEMAS
from services.membership.scim.users import ResourceId
from shared.answers import Rendered
from shared.problems import NotFound
from shared.route import Router

router = Router(tags=["scim"], of_caller=True)


def configuration() -> dict[str, Any]:
    """What of the protocol is offered (RFC 7643 section 5)."""
    return {
        "schemas": [CORE + "ServiceProviderConfig"],
        "patch": {"supported": True},
        "bulk": {"supported": False, "maxOperations": 0, "maxPayloadSize": 0},
        "filter": {"supported": True, "maxResults": rules.PAGE_LIMIT},
        "changePassword": {"supported": False},
        "sort": {"supported": False},
        "etag": {"supported": True},
        "authenticationSchemes": [
            {
                "type": "oauthbearertoken",
                "name": "API key or access token",
                "description": "Authorization: Bearer, with a key of the scope membership:admin",
                "specUri": "https://www.rfc-editor.org/info/rfc6750",
                "primary": True,
            }
        ],
        "meta": _meta("ServiceProviderConfig", "/ServiceProviderConfig"),
    }


def resource_type(resource: Resource) -> dict[str, Any]:
    """A type of resource (RFC 7643 section 6)."""
    extensions = [{"schema": known.id, "required": False} for known in resource.extensions]
    return {
        "schemas": [CORE + "ResourceType"],
        "id": resource.name,
        "name": resource.name,
        "endpoint": resource.endpoint,
        "description": resource.schema.says,
        "schema": resource.schema.id,
        **({"schemaExtensions": extensions} if extensions else {}),
        "meta": _meta("ResourceType", f"/ResourceTypes/{resource.name}"),
    }


def schema(given: Schema) -> dict[str, Any]:
    """A schema (RFC 7643 section 7)."""
    return {
        "schemas": [CORE + "Schema"],
        "id": given.id,
        "name": given.name,
        "description": given.says,
        "attributes": [_attribute(each) for each in given.attributes],
        "meta": _meta("Schema", f"/Schemas/{given.id}"),
    }


def _attribute(given: Attribute) -> dict[str, Any]:
    described: dict[str, Any] = {
        "name": given.name,
        "type": given.type,
        "multiValued": given.many,
        "description": given.says,
        "required": given.required,
        "caseExact": given.case_exact,
        "mutability": given.mutability,
        "returned": given.returned,
        "uniqueness": given.uniqueness,
    }
    if given.canonical:
        described["canonicalValues"] = list(given.canonical)
    if given.type == "reference":
        described["referenceTypes"] = list(given.references) or ["uri"]
    if given.parts:
        described["subAttributes"] = [_attribute(part) for part in given.parts]
    return described


def _meta(kind: str, path: str) -> dict[str, str]:
    return {"resourceType": kind, "location": ROOT + path}


@router.get(
    "/scim/v2/ServiceProviderConfig",
    allows="member.provision",
    response_model=AnyObject,
    response_class=ScimJson,
)
async def scim_get_configuration() -> Rendered:
    return answer(configuration())


@router.get(
    "/scim/v2/ResourceTypes", allows="member.provision", response_model=ListMessage, response_class=ScimJson
)
async def scim_list_resource_types() -> Rendered:
    return listed([resource_type(each) for each in RESOURCES], len(RESOURCES), 1)


@router.get(
    "/scim/v2/ResourceTypes/{name}",
    allows="member.provision",
    response_model=AnyObject,
    response_class=ScimJson,
)
async def scim_get_resource_type(name: ResourceId) -> Rendered:
    for each in RESOURCES:
        if each.name == name:
            return answer(resource_type(each))
    raise NotFound


@router.get(
    "/scim/v2/Schemas", allows="member.provision", response_model=ListMessage, response_class=ScimJson
)
async def scim_list_schemas() -> Rendered:
    return listed([schema(each) for each in SCHEMAS], len(SCHEMAS), 1)


@router.get(
    "/scim/v2/Schemas/{urn}", allows="member.provision", response_model=AnyObject, response_class=ScimJson
)
async def scim_get_schema(urn: ResourceId) -> Rendered:
    for each in SCHEMAS:
        if each.id.lower() == urn.lower():
            return answer(schema(each))
    raise NotFound
