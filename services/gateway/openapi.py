"""One OpenAPI document of all services: their public routes in -> one set of names -> `docs/openapi.json`.

`python -m services.gateway.openapi` writes the file, `--check` fails when it is not what would be written.
"""

import json
import sys
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from shared.answers import ProblemDocument
from shared.dialects import SCIM, SCIM_ERROR, dialect_of
from shared.route import Route

FILE = Path(__file__).parents[2] / "docs" / "openapi.json"
_SCHEMAS = "#/components/schemas/"
_RESPONSES = "#/components/responses/"


def public_routes(app: FastAPI) -> list[Route]:
    """The routes of a service that the gateway lets through."""
    return [route for route in app.routes if isinstance(route, Route) and not route.declared.callers]


def merged(apps: Mapping[str, FastAPI]) -> dict[str, Any]:
    """The document; every component and operation carries its service's name, so none can clash."""
    paths: dict[str, Any] = {}
    schemas: dict[str, Any] = {"ProblemDocument": ProblemDocument.model_json_schema()}
    for service, app in apps.items():
        described = get_openapi(title=app.title, version="1", routes=public_routes(app))
        own = described.get("components", {}).get("schemas", {})
        names = {name: _component(service, name) for name in own}
        for name, schema in own.items():
            schemas[names[name]] = _renamed(schema, names) | {"title": names[name]}
        for path, operations in described["paths"].items():
            for method, operation in operations.items():
                paths.setdefault(path, {})[method] = _operation(service, path, _renamed(operation, names))
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Guildhall",
            "version": "1",
            "description": "Communities: who belongs, what is said, and what it all amounts to.",
        },
        "security": [{"bearer": []}],
        "paths": dict(sorted(paths.items())),
        "components": {
            "schemas": dict(sorted(schemas.items())),
            "responses": {"Problem": _problem(), "ScimError": _scim_error()},
            "securitySchemes": {
                "bearer": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "An access token of a configured OpenID Connect issuer, or an API key.",
                }
            },
        },
    }


def _component(service: str, name: str) -> str:
    """`MemberView` of membership is `MembershipMemberView`."""
    plain = name.replace("[", "_").replace("]", "_").strip("_")
    return f"{service.capitalize()}{plain}"


def _renamed(node: Any, names: Mapping[str, str]) -> Any:
    """The same with every reference to a schema under its new name."""
    if isinstance(node, dict):
        changed = {key: _renamed(value, names) for key, value in node.items()}
        reference = changed.get("$ref")
        if isinstance(reference, str) and reference.startswith(_SCHEMAS):
            changed["$ref"] = _SCHEMAS + names[reference.removeprefix(_SCHEMAS)]
        return changed
    return [_renamed(value, names) for value in node] if isinstance(node, list) else node


def _operation(service: str, path: str, operation: dict[str, Any]) -> dict[str, Any]:
    problem = {"$ref": _RESPONSES + ("ScimError" if dialect_of(path) is SCIM else "Problem")}
    answers = {
        status: answer if status.startswith("2") or status == "304" else problem
        for status, answer in operation["responses"].items()
    }
    gateway = dict.fromkeys(("408", "429", "502", "503", "504"), problem)
    gateway["431"] = {"$ref": _RESPONSES + "Problem"}  # refused before anybody has read the path
    return operation | {
        "operationId": f"{service}_{operation['operationId']}",
        "responses": dict(sorted((answers | gateway).items())),
    }


def _problem() -> dict[str, Any]:
    return {
        "description": "Why it was refused (RFC 9457)",
        "content": {"application/problem+json": {"schema": {"$ref": _SCHEMAS + "ProblemDocument"}}},
    }


def _scim_error() -> dict[str, Any]:
    schema = {
        "type": "object",
        "required": ["schemas", "status", "detail"],
        "properties": {
            "schemas": {"type": "array", "items": {"const": SCIM_ERROR}},
            "status": {"type": "string", "pattern": "^[45][0-9]{2}$"},
            "scimType": {"type": "string"},
            "detail": {"type": "string"},
        },
    }
    return {
        "description": "Why it was refused (RFC 7644 section 3.12)",
        "content": {SCIM.problem_type: {"schema": schema}},
    }


def main(arguments: list[str]) -> int:
    """Write or check the file; 1 when it is out of date."""
    from services.gateway.existing import existing_services

    warnings.simplefilter("error")  # two operations of a service with the same name are a warning to FastAPI
    text = json.dumps(merged(existing_services()), indent=1, ensure_ascii=False) + "\n"
    if "--check" not in arguments:
        FILE.write_text(text, encoding="utf-8")
        return 0
    current = FILE.read_text(encoding="utf-8") if FILE.exists() else ""
    if current != text:
        sys.stderr.write(f"{FILE} is not current: run python -m services.gateway.openapi\n")
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
