"""One of everything events has, in the states in which asking changes nothing."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from shared.testing import Cluster, eventually
from tests.security.world import Community, done

FAR = "2100-06-01T18:00:00"
AN_EVENT: dict[str, Any] = {
    "title": "A walk",
    "description": "Through the old town.",
    "tz": "Europe/Berlin",
    "starts_at": FAR,
    "duration_minutes": 90,
    "per_registration_max": 4,
    "venue": {"name": "The hall", "online_url": "https://meet.example.org/a-secret"},
}
SEEN: dict[str, Any] = {"device_id": "door", "kind": "entry"}


def gather(owner: httpx.Client, cluster: Cluster, community: Community, person: httpx.Client) -> None:
    """Furnish a furnished community with events; `person`, its member, asks, and comes to a series."""
    c, things = community.path, community.things
    format_ = {"key": "walk", "name": "Walk", "setting": "in_person"}
    things["format_id"] = done(owner.post(f"{c}/formats", json=format_))["id"]
    retired = done(owner.post(f"{c}/formats", json=format_ | {"key": "old"}))
    things["retired_format"] = done(owner.post(f"{c}/formats/{retired['id']}/retire"))["id"]
    _announce(owner, community)
    _register(owner, community)
    _hold(owner, community)
    _recur(owner, community, person)
    _invite_speakers(owner, community)
    asked = {"text": "Is it far?"}
    for name in ("question_id", "answered_question"):
        of = f"{c}/events/{things['event_id']}/questions"
        things[name] = done(person.post(of, json=asked))["id"]
    done(owner.post(f"{of}/{things['answered_question']}/answer", json={"answer": "No."}))
    _show(owner, cluster, community, person)


def _announce(owner: httpx.Client, community: Community) -> None:
    """Events: one takes registrations, one is a draft, one was called off."""
    c, things = community.path, community.things
    of = {"format_id": things["format_id"], "group_id": things["group_id"]}
    for name, verbs in (
        ("event_id", ("publish", "open-registration")),
        ("draft_event", ()),
        ("cancelled_event", ("publish", "cancel")),
    ):
        things[name] = done(owner.post(f"{c}/events", json=AN_EVENT | of))["id"]
        for verb in verbs:
            done(owner.post(f"{c}/events/{things[name]}/{verb}"))


def _register(owner: httpx.Client, community: Community) -> None:
    """The bystander comes; a guest had wanted to."""
    of = f"{community.path}/events/{community.things['event_id']}/registrations"
    comes = {"member_id": community.things["member_id"], "answers": {"Food?": "Any."}}
    community.things["registration_id"] = done(owner.post(of, json=comes))["id"]
    guest = {"guest": {"name": "G. Uest", "email": "guest@example.org"}}
    gone = done(owner.post(of, json=guest))["id"]
    community.things["cancelled_registration"] = done(owner.post(f"{of}/{gone}/cancel"))["id"]


def _hold(owner: httpx.Client, community: Community) -> None:
    """An event that is over and evaluated; the bystander was seen there."""
    c, things = community.path, community.things
    event = f"{c}/events/" + done(owner.post(f"{c}/events", json=AN_EVENT))["id"]
    for verb in ("publish", "open-registration", "start"):
        done(owner.post(f"{event}/{verb}"))
    came = done(owner.post(f"{event}/registrations", json={"member_id": things["member_id"]}))["id"]
    seen = SEEN | {"registration_id": came, "nonce": "1", "at": datetime.now(UTC).isoformat()}
    done(owner.post(f"{event}/check-ins", json=seen))
    done(owner.post(f"{event}/complete"))
    result = {"verdict": "worked", "learnings": "Go on.", "settle_now": True}
    done(owner.post(f"{event}/evaluate", json=result))
    things |= {"past_event": event.rsplit("/", 1)[-1], "past_registration": came}


def _recur(owner: httpx.Client, community: Community, person: httpx.Client) -> None:
    """Series: one takes registrations, one is a draft, one has ended."""
    c, things = community.path, community.things
    begins = (datetime.now(UTC) + timedelta(days=30)).strftime("%Y-%m-%dT18:00:00")
    series = {"title": "Walks", "dtstart": begins, "rrule": "FREQ=WEEKLY;COUNT=2", "rsvp_scope": "all"}
    for name, given in (("series_id", {}), ("draft_series", {"draft": True}), ("ended_series", {})):
        things[name] = done(owner.post(f"{c}/event-series", json=series | given))["id"]
    for name in ("cancelled_series_registration", "series_registration_id"):
        of = f"{c}/event-series/{things['series_id']}/registrations"
        things[name] = done(person.post(of, json={"scope": "all"}))["id"]
        if name == "cancelled_series_registration":
            done(person.delete(f"{of}/{things[name]}"))
    done(owner.post(f"{c}/event-series/{things['ended_series']}/end"))


def _invite_speakers(owner: httpx.Client, community: Community) -> None:
    """Speakers: the bystander is asked, somebody else is on stage, and one is not asked any more."""
    c, things = community.path, community.things
    of = f"{c}/events/{things['event_id']}/speaker-invitations"
    speaker = {"kind": "guest", "name": "S. Peaker", "contact": "speaker@example.org", "honorarium": "A lot"}
    bystander = {"kind": "member", "name": "By Stander", "member_id": things["member_id"]}
    for name, invitation, given, verbs in (
        ("speaker_id", "speaker_invitation", bystander, ()),
        ("staged_speaker", "staged_invitation", speaker, ("accept", "confirm")),
        ("withdrawn_speaker", "withdrawn_invitation", speaker, ("withdraw",)),
    ):
        things[name] = done(owner.post(f"{c}/speakers", json=given))["id"]
        asked = {"speaker_id": things[name], "message": "Please.", "deadline": "2099-01-01T00:00:00Z"}
        things[invitation] = done(owner.post(of, json=asked))["id"]
        for verb in verbs:
            done(owner.post(f"{of}/{things[invitation]}/{verb}"))
    things["inactive_speaker"] = things["withdrawn_speaker"]
    done(owner.post(f"{c}/speakers/{things['inactive_speaker']}/deactivate"))


def _show(owner: httpx.Client, cluster: Cluster, community: Community, person: httpx.Client) -> None:
    """Calendars: the person's own, and one of others that was tried once and is left alone from then on."""
    c, things = community.path, community.things
    things["feed_token"] = done(person.post(f"{c}/members/me/calendar-feed"))["token"]
    given = {"name": "Of others", "url": "https://calendar.invalid/all.ics"}
    things["subscription_id"] = done(owner.post(f"{c}/calendar-subscriptions", json=given))["id"]
    path = f"{c}/calendar-subscriptions/{things['subscription_id']}"
    eventually(lambda: done(owner.get(path))["failures"] > 0, within=30)
    never = f"UPDATE calendar_subscription SET fetch_at = NULL WHERE id = '{things['subscription_id']}'"
    cluster.execute("events", never)
