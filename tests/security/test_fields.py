"""Fields nobody gave to the caller (S3): none can be written along, and none is shown.

What a body may hold and a view shows is decided before and after the database, whichever it is.
"""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.security.test_other_communities import OWNED, WORDS
from tests.security.test_policy import MISSING
from tests.security.world import World

pytestmark = pytest.mark.either_database

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
EVENT = (
    "id series_id recurrence_id overridden uid sequence title description format_id group_id tz all_day "
    "starts_local starts_at ends_at venue capacity per_registration_max waitlist registration_window "
    "approval audience accessibility cost cancel_cutoff_minutes reminders guideline_version organisers state "
    "cancel_reason created_at updated_at version"
)
OCCURRENCE = "event_id recurrence_id overridden title tz all_day starts_local starts_at ends_at state"
SERIES = (
    "id uid sequence title description format_id group_id tz all_day dtstart duration_minutes rrule "
    "rdate exdate rsvp_scope settings organisers state created_at updated_at version"
)
REGISTRATION = (
    "id event_id member_id guest party_size answers accessibility_needs source series_registration_id state "
    "seq offer_expires_at late reconfirm reason confirmed_at cancelled_at checked_in_at checked_out_at "
    "created_at updated_at version"
)
ATTENDEE = "registration_id member_id guest party_size state entered_at left_at"
SPEAKER = (
    "id community_id kind member_id name topics bio contact honorarium state created_at updated_at version"
)
SPEAKER_INVITATION = (
    "id event_id speaker_id speaker_name member_id message deadline state answered_at "
    "created_at updated_at version"
)
QUESTION = "id event_id asked_by text votes voted state answer answered_by created_at updated_at version"
FORMAT = (
    "id community_id key name description default_minutes setting learning_outcomes effort state "
    "suggested_by achieved created_at updated_at version"
)
EVALUATION = (
    "event_id format_id verdict learnings confirmed attended no_show late_cancelled capacity attendance "
    "no_show_rate fill satisfied answered satisfaction survey_id recorded_by recorded_at"
)
SUBSCRIPTION = (
    "id name group_id timezone every_minutes state fetched_at fetch_at failures problem read written skipped "
    "created_at"
)
COLLECTION = (
    "id community_id title description kind visibility requires approvals rank curators state "
    "created_at updated_at version"
)
ARTICLE = (
    "id community_id collection_id slug title tags kind language state draft_state released_revision "
    "draft_revision requires owner_id contributors verify_every_days verified_at verified_until "
    "replacement_id provenance accessibility source source_path helpful views deflected published_at "
    "created_at updated_at version"
)
REVISION = "number base title summary digest author_id created_at"
REVIEW = "id article_id revision needed approved state submitted_by reviewers verdicts created_at closed_at"
ASKED = (
    "id community_id title body tags language visibility asked_by inquiry_id state accepted_answer_id "
    "duplicate_of closed_reason answers created_at updated_at version"
)
ANSWER = (
    "id community_id question_id body html author_id votes voted state verified_by verified_at valid_until "
    "outdated_reason created_at updated_at version"
)
RESOURCE = (
    "id community_id title summary url kind tags language visibility requires checksum state look_at "
    "last_checked_at failures finding added_by created_at updated_at version"
)
IMPORT = (
    "id source name collection_id state total done created changed unchanged refused failure "
    "created_at finished_at"
)
CALL = (
    "id community_id topic description for_whom reward deadline event_id state opened_by claimed_by "
    "claimed_at article_id fulfilled_by created_at updated_at version"
)
HIT = (
    "rank kind id parent_id title slug tags language verified outdated fresh_at score title_highlight "
    "highlight"
)
CLIENT = "id community_id name kind scopes state created_by created_at expires_at previous_key_until version"

# What may be shown of each thing, and who is asked: the fields are the same for all of them.
EVERYBODY, MEMBERS, ADMINS, ORGANISERS = (
    ["guest", "member", "owner"],
    ["member", "owner"],
    ["admin", "owner", "owner_key"],
    ["organizer", "admin", "owner_key"],
)
EDITORS = ["editor", "admin", "owner_key"]
IN_ARTICLE = "/v1/communities/{community_id}/articles/{article_id}"
IN_EVENT = "/v1/communities/{community_id}/events/{event_id}"
IN_PAST_EVENT = "/v1/communities/{community_id}/events/{past_event}"
IN_SERIES = "/v1/communities/{community_id}/event-series/{series_id}"
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
    "/v1/communities/{community_id}/events": (EVENT, EVERYBODY),
    IN_EVENT: (EVENT, EVERYBODY),
    f"{IN_EVENT}/availability": (
        "capacity taken free waiting offers_open takes_registrations",
        EVERYBODY,
    ),
    f"{IN_EVENT}/registrations": (REGISTRATION, ORGANISERS),
    f"{IN_EVENT}/registrations/{{registration_id}}": (REGISTRATION, ORGANISERS),
    f"{IN_EVENT}/registrations/{{registration_id}}/position": (
        "state position waiting_ahead_seats",
        ORGANISERS,
    ),
    f"{IN_EVENT}/seat-log": (
        "no registration_id step seq party_size taken waiting capacity at",
        ORGANISERS,
    ),
    f"{IN_PAST_EVENT}/attendance": (ATTENDEE, ORGANISERS),
    f"{IN_PAST_EVENT}/evaluation": (EVALUATION, EVERYBODY),
    f"{IN_EVENT}/questions": (QUESTION, EVERYBODY),
    f"{IN_EVENT}/speaker-invitations": (SPEAKER_INVITATION, EVERYBODY),
    f"{IN_EVENT}/speaker-invitations/{{staged_invitation}}": (SPEAKER_INVITATION, EVERYBODY),
    "/v1/communities/{community_id}/event-series": (SERIES, EVERYBODY),
    IN_SERIES: (SERIES, EVERYBODY),
    f"{IN_SERIES}/occurrences": (OCCURRENCE, EVERYBODY),
    f"{IN_SERIES}/registrations": (
        "id series_id member_id scope from_local party_size cancelled_at created_at",
        ORGANISERS,
    ),
    "/v1/communities/{community_id}/speakers": (SPEAKER, EVERYBODY),
    "/v1/communities/{community_id}/speakers/{speaker_id}": (SPEAKER, EVERYBODY),
    "/v1/communities/{community_id}/formats": (FORMAT, EVERYBODY),
    "/v1/communities/{community_id}/formats/{format_id}": (FORMAT, EVERYBODY),
    "/v1/communities/{community_id}/calendar-subscriptions": (SUBSCRIPTION, ADMINS),
    "/v1/communities/{community_id}/calendar-subscriptions/{subscription_id}": (SUBSCRIPTION, ADMINS),
    "/v1/communities/{community_id}/collections": (COLLECTION, EVERYBODY),
    "/v1/communities/{community_id}/collections/{collection_id}": (COLLECTION, EVERYBODY),
    "/v1/communities/{community_id}/articles": (ARTICLE, EVERYBODY),
    IN_ARTICLE: (ARTICLE + " revision summary body html policy_version", EVERYBODY),
    f"{IN_ARTICLE}/revisions": (REVISION, EDITORS),
    f"{IN_ARTICLE}/revisions/1": (REVISION + " tags language body", EDITORS),
    f"{IN_ARTICLE}/revisions/1..1/diff": (
        "base number base_title title base_tags tags diff added removed coarse",
        EDITORS,
    ),
    f"{IN_ARTICLE}/reviews": (REVIEW, EDITORS),
    "/v1/communities/{community_id}/articles/stale?within_days=3650": (ARTICLE, EVERYBODY),
    "/v1/communities/{community_id}/questions": (ASKED, EVERYBODY),
    "/v1/communities/{community_id}/questions/{knowledge_question}": (ASKED + " html", EVERYBODY),
    "/v1/communities/{community_id}/questions/{knowledge_question}/answers": (ANSWER, EVERYBODY),
    "/v1/communities/{community_id}/answers/{answer_id}": (ANSWER, EVERYBODY),
    "/v1/communities/{community_id}/resources": (RESOURCE, EVERYBODY),
    "/v1/communities/{community_id}/resources/{resource_id}": (RESOURCE, EVERYBODY),
    "/v1/communities/{community_id}/imports": (IMPORT, ADMINS),
    "/v1/communities/{community_id}/imports/{import_id}/documents": (
        "number path outcome article_id notes",
        ADMINS,
    ),
    "/v1/communities/{community_id}/search?q=newcomers": (HIT, EVERYBODY),
    "/v1/communities/{community_id}/contribution-calls": (CALL, MEMBERS),
    "/v1/communities/{community_id}/contribution-calls/{call_id}": (CALL, MEMBERS),
    "/v1/communities/{community_id}/knowledge-tasks": (
        "id community_id kind cause_id article_id topic_id state created_at updated_at closed_at",
        EDITORS,
    ),
    "/v1/communities/{community_id}/contributors": (
        "member_id articles revisions reviews answers accepted_answers total",
        MEMBERS,
    ),
    "/v1/communities/{community_id}/contributors/network": ("nodes edges", MEMBERS),
    "/v1/communities/{community_id}/attachments": (
        "id community_id collection_id name media_type size_bytes digest source source_path added_by "
        "created_at",
        ["editor", "admin", "owner_key"],
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


NOT_FOR_ALL: dict[str, tuple[set[str], list[str], list[str]]] = {
    IN_EVENT: (
        {"online_url"},
        ["organizer", "admin", "owner_key"],
        ["guest", "member", "editor", "moderator"],
    ),
    "/v1/communities/{community_id}/speakers/{staged_speaker}": (
        {"contact", "honorarium"},
        ["organizer", "admin", "owner_key"],
        ["guest", "member", "editor", "moderator"],
    ),
    f"{IN_EVENT}/speaker-invitations/{{staged_invitation}}": (
        {"message", "deadline"},
        ["organizer", "admin", "owner_key"],
        ["guest", "member", "editor", "moderator"],
    ),
    f"{IN_PAST_EVENT}/evaluation": (
        {"learnings", "recorded_by"},
        ["organizer", "admin", "owner_key"],
        ["guest", "member", "editor", "moderator"],
    ),
    "/v1/communities/{community_id}/articles/{revised_article}": (
        {"draft_state", "draft_revision"},
        ["editor", "admin", "owner_key"],
        ["guest", "member", "organizer", "moderator"],
    ),
}
"""Fields that are null but for some: for whom they are said, and for whom they are not."""


@pytest.mark.parametrize("path", NOT_FOR_ALL)
def test_what_is_not_for_all_is_null_for_the_others(path: str, world: World) -> None:
    fields, told, untold = NOT_FOR_ALL[path]
    for who in (*told, *untold):
        answer = world.anybody["gateway"].get(path.format(**world.home.things), headers=world.as_(who))
        assert answer.status_code == 200, (path, who, answer.text)
        shown = answer.json()
        values = {name: (shown.get("venue") or shown).get(name) for name in fields}
        assert {name for name, value in values.items() if value is not None} == (
            fields if who in told else set()
        )


def _objects(document: dict[str, Any], schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The objects a schema allows: one of several, or one that may be left out."""
    if "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[-1]]
    for each in schema.get("anyOf", []):
        yield from _objects(document, each)
    if "properties" in schema or schema.get("additionalProperties") is False:
        yield schema


def _levels(
    document: dict[str, Any], schema: dict[str, Any], place: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], set[str]]]:
    """Where in a body fields stand, and which: in itself, in an object within it, in the items of a list."""
    for each in _objects(document, schema):
        own = each.get("properties", {})
        yield place, set(own)
        for name, inner in own.items():
            yield from _levels(document, inner, (*place, name))
            for listed in (inner, *inner.get("anyOf", [])):
                yield from _levels(document, listed.get("items", {}), (*place, name, "[]"))


def _at(place: tuple[str, ...], fields: Any) -> Any:
    """A body with these fields at a place."""
    for name in reversed(place):
        fields = [fields] if name == "[]" else {name: fields}
    return fields


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
        url = re.sub(r"\{(\w+)\}", lambda found: _filling(world, found[1]), path)
        levels: dict[tuple[str, ...], set[str]] = {}
        for place, accepted in _levels(document, schema):
            levels[place] = levels.get(place, set()) | accepted
        for place, accepted in levels.items():
            for names in _chunks(sorted(everything - accepted)):
                body = _at(place, dict.fromkeys(names, "x"))
                answer = world.owner.request(method, url, json=body, headers={"If-Match": '"1"'})
                assert answer.status_code == 422, f"{method} {path}: {answer.status_code} {names}"
                refused = {
                    mistake["where"][-1]
                    for mistake in answer.json()["errors"]
                    if mistake["reason"] == "Extra inputs are not permitted"
                }
                taken += [f"{method} {path} {place} {name}" for name in names if name not in refused]
                tried += len(names)
    assert taken == []
    print(f"fields: {tried} written along, none taken")  # noqa: T201
    assert tried > 1000
