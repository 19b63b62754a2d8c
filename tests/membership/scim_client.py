"""SCIM as an identity provider speaks it: requests of its media type, answers held to scim2-models."""

from dataclasses import dataclass
from typing import Any

import httpx
from scim2_models import Context, EnterpriseUser, Error, Group, ListResponse, User

MEDIA_TYPE = "application/scim+json"
ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"
USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
SEARCH = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
UNKNOWN = "urn:example:"
"""Extensions that scim2-models does not know."""


@dataclass(frozen=True)
class Provider:
    """An identity provider with a key of one community."""

    client: httpx.Client

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        """One request; whatever is refused is refused as SCIM does."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        answer = self.client.request(
            method, f"/scim/v2{path}", json=body, headers={"content-type": MEDIA_TYPE, **named}
        )
        if answer.status_code >= 400:
            assert answer.headers["content-type"] == MEDIA_TYPE
            assert answer.json()["status"] == str(answer.status_code)
            Error.model_validate(answer.json())
        return answer

    def get(self, path: str, **headers: str) -> httpx.Response:
        return self.ask("GET", path, **headers)

    def created(self, **attributes: Any) -> dict[str, Any]:
        """A user who was created."""
        answer = self.ask("POST", "/Users", user(**attributes))
        assert answer.status_code == 201, answer.text
        found: dict[str, Any] = answer.json()
        known = {name: value for name, value in found.items() if not name.startswith(UNKNOWN)}
        known["schemas"] = [urn for urn in found["schemas"] if not urn.startswith(UNKNOWN)]
        User[EnterpriseUser].model_validate(known, scim_ctx=Context.RESOURCE_CREATION_RESPONSE)
        assert answer.headers["location"] == found["meta"]["location"] == f"/scim/v2/Users/{found['id']}"
        assert answer.headers["etag"] == found["meta"]["version"]
        return found

    def group(self, name: str, *members: str) -> dict[str, Any]:
        """A group that was created."""
        given = {"schemas": [GROUP], "displayName": name, "members": [{"value": each} for each in members]}
        answer = self.ask("POST", "/Groups", given)
        assert answer.status_code == 201, answer.text
        Group.model_validate(answer.json(), scim_ctx=Context.RESOURCE_CREATION_RESPONSE)
        found: dict[str, Any] = answer.json()
        return found

    def patched(self, path: str, *operations: dict[str, Any]) -> dict[str, Any]:
        """The resource after operations that must succeed."""
        answer = self.patch(path, *operations)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def patch(self, path: str, *operations: dict[str, Any], **headers: str) -> httpx.Response:
        return self.ask("PATCH", path, {"schemas": [PATCH], "Operations": list(operations)}, **headers)

    def found(self, filter: str, kind: str = "Users", **query: Any) -> dict[str, Any]:
        """A page of a list."""
        params = {"filter": filter, **query} if filter else query
        answer = self.client.get(f"/scim/v2/{kind}", params=params)
        assert answer.status_code == 200, answer.text
        if "attributes" not in query:
            model = ListResponse[User[EnterpriseUser]] if kind == "Users" else ListResponse[Group]
            model.model_validate(answer.json(), scim_ctx=Context.RESOURCE_QUERY_RESPONSE)
        page: dict[str, Any] = answer.json()
        return page

    def names(self, filter: str) -> list[str]:
        """The userNames a filter finds."""
        return sorted(each["userName"] for each in self.found(filter)["Resources"])


def user(**attributes: Any) -> dict[str, Any]:
    """A User resource as it is sent."""
    return {"schemas": [USER], **attributes}


def refused(answer: httpx.Response) -> tuple[int, str | None]:
    """The status and scimType of a refusal."""
    return answer.status_code, answer.json().get("scimType")
