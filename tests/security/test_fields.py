"""Fields nobody gave to the caller (S3): none can be written along, and none is shown."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.security.test_other_communities import OWNED, WORDS
from tests.security.test_policy import MISSING
from tests.security.world import World

WISHED = {
    "role",
    "is_admin",
    "owner",
    "owner_id",
    "verified",
    "permissions",
    "tenant_id",
    "__proto__",
    "constructor",
}
AT_ONCE = 12  # an answer lists twenty mistakes, and what is missing counts as well

COMMUNITY = (
    "id slug name kind state purpose objectives target_audience key_outcomes charter value_proposition "
    "demand_threshold activation_override timezone locale visibility join_policy "
    "created_at updated_at archived_at version"
)
MEMBER = (
    "id community_id handle display_name headline bio organisation location interests goals roles is_bot "
    "state merged_into joined_at left_at updated_at version"
)
GROUP = "id parent_id slug name kind description visibility rule meetings state created_at updated_at version"
PROSPECT = (
    "id community_id state contact name notes source_channel interests need_refs consent_id member_id "
    "contacted_at forgotten_at created_at updated_at version"
)
PARTNER = "id community_id name interests expertise contacts channel state created_at updated_at version"
PROPOSITION = (
    "id partner_id number gives asks valid_until state offered_at closed_at created_at updated_at version"
)
STAKEHOLDER = (
    "id community_id name organisation side interest influence member_id state created_at updated_at version"
)
PROMISE = (
    "id to text source due grace_hours breaks_at owner_member_id visibility evidence state made_at "
    "settled_at reason superseded_by apology apologised_at updated_at version"
)
APPLICATION = (
    "id member_id motivation intake sponsor_id sponsored_at state reason decided_by decided_at "
    "created_at updated_at version"
)
CHANNEL = "id name kind url purpose state created_at updated_at version"
TOPIC = (
    "id channel_id kind title body tags author_member_id author_identity_id state accepted_post_id score "
    "created_at updated_at version"
)
POST = (
    "id topic_id kind body reply_to author_member_id author_identity_id state score "
    "created_at updated_at version"
)
CLIENT = "id community_id name kind scopes state created_by created_at expires_at previous_key_until version"

# What may be shown of each thing, and who is asked: the fields are the same for all of them.
EVERYBODY, MEMBERS, ADMINS = (
    ["guest", "member", "owner"],
    ["member", "owner"],
    ["admin", "owner", "owner_key"],
)
SHOWN: dict[str, tuple[str, list[str]]] = {
    "/v1/communities": (COMMUNITY, EVERYBODY),
    "/v1/communities/{community_id}": (COMMUNITY, EVERYBODY),
    "/v1/communities/{community_id}/members": (MEMBER, EVERYBODY),
    "/v1/communities/{community_id}/members/{member_id}": (MEMBER, EVERYBODY),
    "/v1/communities/{community_id}/members/{member_id}/roles": (
        "role granted_by granted_at expires_at",
        MEMBERS,
    ),
    "/v1/communities/{community_id}/members/{member_id}/identities": (
        "id member_id provider subject state confidence method verified_at linked_at version",
        ADMINS,
    ),
    "/v1/communities/{community_id}/groups": (GROUP, MEMBERS),
    "/v1/communities/{community_id}/groups/{group_id}": (GROUP, MEMBERS),
    "/v1/communities/{community_id}/demand": ("threshold interested reached missing by_source", EVERYBODY),
    "/v1/communities/{community_id}/prospects": (PROSPECT, ADMINS),
    "/v1/communities/{community_id}/prospects/{prospect_id}": (PROSPECT, ADMINS),
    "/v1/communities/{community_id}/partners": (PARTNER, ADMINS),
    "/v1/communities/{community_id}/partners/{partner_id}": (PARTNER, ADMINS),
    "/v1/communities/{community_id}/partners/{partner_id}/propositions": (PROPOSITION, ADMINS),
    "/v1/communities/{community_id}/stakeholders": (STAKEHOLDER, ADMINS),
    "/v1/communities/{community_id}/stakeholders/{stakeholder_id}": (STAKEHOLDER, ADMINS),
    "/v1/communities/{community_id}/promises": (PROMISE, MEMBERS),
    "/v1/communities/{community_id}/promises/{promise_id}": (PROMISE, MEMBERS),
    "/v1/communities/{community_id}/leader-applications/{application_id}": (APPLICATION, ADMINS),
    "/v1/communities/{community_id}/channels": (CHANNEL, EVERYBODY),
    "/v1/communities/{community_id}/channels/{channel_id}": (CHANNEL, EVERYBODY),
    "/v1/communities/{community_id}/topics": (TOPIC, EVERYBODY),
    "/v1/communities/{community_id}/topics/{topic_id}": (TOPIC, EVERYBODY),
    "/v1/communities/{community_id}/topics/{topic_id}/posts": (POST + " reactions", EVERYBODY),
    "/v1/communities/{community_id}/posts/{post_id}": (POST, EVERYBODY),
    "/v1/communities/{community_id}/posts/{post_id}/revisions": (
        "revised_version body replaced_at",
        EVERYBODY,
    ),
    "/v1/clients?community_id={community_id}": (CLIENT, ADMINS),
}


@pytest.mark.parametrize("path", SHOWN)
def test_what_is_shown_is_on_the_list(path: str, world: World) -> None:
    fields, people = SHOWN[path]
    for who in people:
        answer = world.anybody["gateway"].get(path.format(**world.home.things), headers=world.as_(who))
        assert answer.status_code == 200
        items = answer.json().get("items", [answer.json()])
        assert items or "revisions" in path or "roles" in path
        assert [set(item) for item in items] == [set(fields.split())] * len(items)


def _properties(document: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in schema or "anyOf" in schema:
        if "anyOf" in schema:  # a body one may leave out
            schema = schema["anyOf"][0]
        else:
            schema = document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[-1]]
    properties: dict[str, Any] = schema.get("properties", {})
    return properties


def _writes(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Method, path and body schema of every operation that takes one."""
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            body = operation.get("requestBody") if isinstance(operation, dict) else None
            if body is not None and "application/json" in body["content"]:  # SCIM ignores the unknown
                yield method.upper(), path, body["content"]["application/json"]["schema"]


def _filling(world: World, name: str) -> str:
    """What may stand in a path in place of `name`."""
    anything = MISSING if name.endswith("_id") else "like"
    return (WORDS | world.home.things).get(name, anything)


def _chunks(names: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(names), AT_ONCE):
        yield names[start : start + AT_ONCE]


def test_no_field_can_be_written_along(world: World) -> None:
    """Every field of every view, every column of every table and some more; within items as well."""
    document = world.owner.get("/openapi.json").json()
    shown = {
        name for schema in document["components"]["schemas"].values() for name in schema.get("properties", {})
    }
    kept = {
        column.name
        for base in OWNED.values()
        for table in base.metadata.tables.values()
        for column in table.columns
    }
    everything = shown | kept | WISHED
    assert {"version", "created_at", "state", "person_id", "key_digest", "community_id"} <= everything
    taken: list[str] = []
    tried = 0
    for method, path, schema in _writes(document):
        own = _properties(document, schema)
        levels = {"": own}
        if own.get("items", {}).get("type") == "array":
            levels["items"] = _properties(document, own["items"]["items"])
        url = re.sub(r"\{(\w+)\}", lambda found: _filling(world, found[1]), path)
        for level, accepted in levels.items():
            for names in _chunks(sorted(everything - set(accepted))):
                extra = dict.fromkeys(names, "x")
                answer = world.owner.request(
                    method, url, json={"items": [extra]} if level else extra, headers={"If-Match": '"1"'}
                )
                assert answer.status_code == 422, f"{method} {path}: {answer.status_code} {names}"
                refused = {
                    mistake["where"][-1]
                    for mistake in answer.json()["errors"]
                    if mistake["reason"] == "Extra inputs are not permitted"
                }
                taken += [f"{method} {path} {level} {name}" for name in names if name not in refused]
                tried += len(names)
    assert taken == []
    assert tried > 1000
