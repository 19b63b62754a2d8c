"""The samples of RFC 7643 and 7644 are accepted or refused as those say, and answers have their shape."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.membership.scim_client import ENTERPRISE, PATCH, SEARCH, Provider, refused

SAMPLES = Path(__file__).parents[3] / "shared" / "data" / "vectors" / "scim" / "samples"
"""Beside the repository, where they are; never part of it."""

COUNT = 25
PATCHES = {
    "rfc7644-3.5.2.1-patch_op-add_members.json": 200,
    "rfc7644-3.5.2.2-patch_op-remove_one_member.json": 200,
    "rfc7644-3.5.2.2-patch_op-remove_and_add_one_member.json": 200,
    "rfc7644-3.5.2.3-patch_op-replace_all_members.json": 200,
    "rfc7644-3.5.2.3-patch_op-replace_user_work_address.json": 200,
}
USERS = (
    "rfc7643-8.1-user-minimal.json",
    "rfc7643-8.3-enterprise_user.json",
    "rfc7644-3.14-user-post_response.json",
    "rfc7644-3.3-user-post_response.json",
    "rfc7644-3.5.1-user-put_response.json",
)
BULKS = (
    "rfc7644-3.7.1-bulk_request-circular_conflict.json",
    "rfc7644-3.7.2-bulk_request-enterprise_user.json",
)
READ_ONLY = {"id", "meta", "groups", "password", "schemas"}


def sample(name: str) -> Any:
    """A sample; the test is skipped, and says what is missing, when there are none."""
    if not SAMPLES.is_dir():
        pytest.skip(f"{COUNT} SCIM samples are not at {SAMPLES}: 0 of {COUNT} checked")
    return json.loads((SAMPLES / name).read_text(encoding="utf-8"))


def with_ids(message: dict[str, Any], *ids: str) -> Any:
    """The message with our ids instead of its own two, however it abbreviates them."""
    text = json.dumps(message)
    for begin, ours in zip(("2819c223", "08e1d05d"), ids, strict=True):
        for each in {part for part in text.replace("\\", "").split('"') if part.startswith(begin)}:
            text = text.replace(each, ours)
    return json.loads(text)


def test_every_sample_is_known_here() -> None:
    if not SAMPLES.is_dir():
        pytest.skip(f"{COUNT} SCIM samples are not at {SAMPLES}: 0 of {COUNT} checked")
    assert len(list(SAMPLES.glob("*.json"))) == COUNT


@pytest.mark.parametrize("name", USERS)
def test_a_user_is_created_and_put_as_said(provider: Provider, name: str) -> None:
    given = sample(name)
    answer = provider.ask("POST", "/Users", given)
    assert answer.status_code == 201, answer.text
    made = answer.json()
    given.get(ENTERPRISE, {}).get("manager", {}).pop("displayName", None)  # read-only (RFC 7643 4.3)
    said = {key: value for key, value in given.items() if key not in READ_ONLY}
    assert {key: made[key] for key in said} == said
    assert set(given["schemas"]) == set(made["schemas"])
    assert set(given["meta"]) == set(made["meta"])
    again = provider.ask("PUT", f"/Users/{made['id']}", given)
    assert (again.status_code, again.json()) == (200, made)


@pytest.mark.parametrize("name", PATCHES)
def test_a_patch_is_applied(provider: Provider, name: str) -> None:
    given = sample(name)
    babs, james = (provider.created(userName=who)["id"] for who in ("babs", "james"))
    if "user" in name:
        home = {"type": "home", "locality": "Hollywood"}
        made = provider.created(
            userName="x1", addresses=[{"type": "work", "locality": "Hollywood", "primary": True}, home]
        )
        now = provider.ask("PATCH", f"/Users/{made['id']}", given)
        assert now.json()["addresses"] == [home, given["Operations"][0]["value"]]
        return
    group = provider.group("Guides", *([] if "add_members" in name else [babs]))
    answer = provider.ask("PATCH", f"/Groups/{group['id']}", with_ids(given, babs, james))
    assert answer.status_code == PATCHES[name], answer.text
    expected = {
        "add_members": {babs},
        "remove_one_member": set(),
        "remove_and_add_one_member": {james},
        "replace_all_members": {babs, james},
    }
    members = {each["value"] for each in answer.json().get("members", [])}
    assert members == expected[name.split("-")[-1].removesuffix(".json")]


def test_members_of_a_sample_who_do_not_exist_are_refused(provider: Provider) -> None:
    group = provider.group("Guides")
    path = f"/Groups/{group['id']}"
    for name, status in PATCHES.items():
        answer = provider.ask("PATCH", path, sample(name)) if "user" not in name else None
        if answer is not None:
            expected = (200, None) if "remove_one" in name else (400, "invalidValue")
            assert (answer.status_code, answer.json().get("scimType")) == expected, (name, status)


def test_the_search_is_answered_as_a_list(provider: Provider) -> None:
    provider.created(userName="jsmith", displayName="Smith, James")
    found = provider.ask("POST", "/Users/.search", sample("rfc7644-3.4.3-search_request.json")).json()
    (only,) = found["Resources"]
    assert (only["userName"], only["displayName"]) == ("jsmith", "Smith, James")
    shape = sample("rfc7644-3.4.2-list_response-partial_attributes.json")
    assert set(shape) <= set(found)
    assert set(shape["Resources"][0]) <= set(only)


@pytest.mark.parametrize("name", BULKS)
def test_bulk_is_not_offered(provider: Provider, name: str) -> None:
    assert refused(provider.ask("POST", "/Bulk", sample(name))) == (501, None)
    assert provider.found("")["totalResults"] == 0


def test_answers_have_the_shape_of_the_samples(provider: Provider) -> None:
    missing = provider.get("/Users/2819c223-7f76-453a-919d-413861904646").json()
    assert set(missing) == set(sample("rfc7644-3.12-error-not_found.json"))
    assert set(missing) == set(sample("rfc7644-3.7.4-error-payload_too_large.json"))
    config = sample("rfc7643-8.5-service_provider_configuration.json")
    config.pop("documentationUri")
    assert set(config) <= set(provider.get("/ServiceProviderConfig").json())
    user_type = provider.get("/ResourceTypes/User").json()
    assert set(sample("rfc7643-8.6-resource_type-user.json")) == set(user_type)
    types = sample("rfc7644-4-list_response-resource_types.json")
    assert set(types) == set(provider.get("/ResourceTypes").json())


def test_our_schemas_say_what_the_rfcs_say(provider: Provider) -> None:
    theirs = sample("rfc7643-8.7.1-schema-group.json")
    ours = provider.get(f"/Schemas/{theirs['id']}").json()
    plain = {"name", "type", "multiValued", "required", "caseExact", "uniqueness"}
    by_name = {each["name"]: each for each in ours["attributes"]}
    for each in theirs["attributes"]:
        for key in plain & set(each) & set(by_name[each["name"]]):
            assert by_name[each["name"]][key] == each[key], (each["name"], key)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ({"schemas": [PATCH], "Operations": []}, "invalidSyntax"),
        ({"schemas": [SEARCH], "Operations": [{"op": "remove", "path": "nickName"}]}, "invalidSyntax"),
        ({"schemas": [PATCH], "Operations": [{"op": "add", "path": "nickName"}]}, "invalidValue"),
        ({"Operations": [{"op": "remove", "path": "nickName"}]}, "invalidSyntax"),
    ],
)
def test_a_message_that_is_none_is_refused(provider: Provider, body: Any, kind: str) -> None:
    made = provider.created(userName="ada")
    assert refused(provider.ask("PATCH", f"/Users/{made['id']}", body)) == (400, kind)


OWN: list[list[dict[str, Any]]] = [
    # Small messages of our own, as the two large identity providers send them.
    [{"op": "Replace", "path": "name.givenName", "value": "Ada"}],
    [{"op": "Add", "path": 'emails[type eq "work"].value', "value": "ada@example.org"}],
    [{"op": "Add", "path": f"{ENTERPRISE}:department", "value": "Engines"}],
    [{"op": "Replace", "value": {"name.familyName": "Lovelace", f"{ENTERPRISE}:costCenter": "7"}}],
    [{"op": "replace", "value": {ENTERPRISE: {"division": "Numbers"}}}],
    [{"op": "add", "value": {"nickName": "Countess"}}, {"op": "remove", "path": ENTERPRISE}],
    [{"op": "remove", "path": 'emails[type eq "work"]'}, {"op": "remove", "path": "name.givenName"}],
]


def test_the_messages_of_identity_providers_are_understood(provider: Provider) -> None:
    path = f"/Users/{provider.created(userName='ada')['id']}"
    shown = [provider.patched(path, *operations) for operations in OWN]
    assert shown[1]["emails"] == [{"type": "work", "value": "ada@example.org"}]
    assert shown[3]["name"] == {"givenName": "Ada", "familyName": "Lovelace"}
    assert shown[4][ENTERPRISE] == {"department": "Engines", "costCenter": "7", "division": "Numbers"}
    assert (shown[5]["nickName"], ENTERPRISE in shown[5]) == ("Countess", False)
    assert shown[6]["name"] == {"familyName": "Lovelace"}
    assert "emails" not in shown[6]
