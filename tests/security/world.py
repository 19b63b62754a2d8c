"""Communities with everybody in them who could ask for something, and a thing of every kind to ask for."""

import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import httpx

from shared.testing import Cluster
from tests.security.issuer import AUDIENCE, Issuer

ROLES = ("editor", "organizer", "moderator", "admin", "owner")
PEOPLE = ("guest", "other_owner", "left", "suspended", "member", *ROLES)
"""Everybody who can sign in: `guest` joined nothing, `other_owner` owns another community only."""

SERVICES = ("membership", "engagement", "events", "knowledge", "metrics", "gateway")
VERBS = ("read", "write", "admin")


@dataclass
class Community:
    """A community: `members` by who they are, `things` by the name they have in paths."""

    id: UUID
    members: dict[str, str] = field(default_factory=dict)
    things: dict[str, str] = field(default_factory=dict)

    @property
    def path(self) -> str:
        return f"/v1/communities/{self.id}"


@dataclass
class World:
    """What the tests of this folder look at; they leave it as they found it."""

    cluster: Cluster
    issuer: Issuer
    owner: httpx.Client
    anybody: Mapping[str, httpx.Client]
    """A client of every service's own port, the gateway's among them, that says nothing of who asks."""
    home: Community
    draft: Community
    other: Community
    tokens: Mapping[str, str]
    """A credential by the name of its holder, as the columns of policy.yaml call them."""

    def as_(self, who: str) -> dict[str, str]:
        """The header that makes a request `who`'s; none for `anonymous`."""
        token = self.tokens[who]
        return {"Authorization": f"Bearer {token}"} if token else {}


def done(answer: httpx.Response) -> Any:
    """The content of an answer that must be a success."""
    assert answer.is_success, (
        f"{answer.request.method} {answer.request.url}: {answer.status_code} {answer.text}"
    )
    return answer.json() if answer.content else None


def found(owner: httpx.Client, *, active: bool = True, **given: Any) -> Community:
    """A new community, active unless told otherwise."""
    command = {"slug": f"s-{uuid4().hex[:12]}", "name": "A community", "kind": "cop"} | given
    community = Community(UUID(done(owner.post("/v1/communities", json=command))["id"]))
    community.things["community_id"] = str(community.id)
    if active:
        done(owner.post(f"{community.path}/activate"))
    return community


def settle(
    world_owner: httpx.Client, cluster: Cluster, community: Community, tokens: Mapping[str, str]
) -> None:
    """Everybody joins who is to be a member; roles are granted, one leaves, one is suspended."""
    joining = [who for who in PEOPLE if who not in ("guest", "other_owner")]
    for who in joining:
        profile = {"handle": f"{who}-{uuid4().hex[:6]}", "display_name": who.title()}
        headers = {"Authorization": f"Bearer {tokens[who]}"}
        joined = done(world_owner.post(f"{community.path}/members", json=profile, headers=headers))
        community.members[who] = joined["id"]
    for role in ROLES:
        path = f"{community.path}/members/{community.members[role]}/roles"
        done(world_owner.post(path, json={"role": role}))
    community.things["owner_member"] = community.members["owner"]
    done(world_owner.post(f"{community.path}/members/{community.members['left']}/leave"))
    suspended = community.members["suspended"]
    cluster.execute("membership", f"UPDATE member SET state = 'suspended' WHERE id = '{suspended}'")


def join(person: httpx.Client, community: Community, name: str) -> str:
    """Somebody becomes a member."""
    profile = {"handle": f"{name}-{uuid4().hex[:6]}", "display_name": name.title()}
    joined: str = done(person.post(f"{community.path}/members", json=profile))["id"]
    return joined


def furnish(owner: httpx.Client, community: Community) -> None:
    """One thing of every kind but events, made by the owner key and its bystander."""
    c = community.path
    bystander = done(owner.post(f"{c}/members", json={"handle": "bystander", "display_name": "By Stander"}))
    departed = done(owner.post(f"{c}/members", json={"handle": "departed", "display_name": "De Parted"}))
    done(owner.post(f"{c}/members/{departed['id']}/leave"))
    link = {"provider": "slack", "subject": "U123"}
    identity = done(owner.post(f"{c}/members/{bystander['id']}/identities", json=link))
    channel = done(owner.post(f"{c}/channels", json={"name": "General", "kind": "internal"}))
    opening = {"channel_id": channel["id"], "title": "Welcome", "body": "Say hello.", "kind": "discussion"}
    topic = done(owner.post(f"{c}/topics", json=opening | {"author_member_id": bystander["id"]}))
    said = {"body": "Hello.", "author_member_id": bystander["id"]}
    post = done(owner.post(f"{c}/topics/{topic['id']}/posts", json=said))
    gone = done(owner.post(f"{c}/topics/{topic['id']}/posts", json=said))
    done(owner.delete(f"{c}/posts/{gone['id']}", headers={"If-Match": '"1"'}))
    for name, visibility in (
        ("group_id", "members"),
        ("quiet_group", "group"),
        ("archived_group", "members"),
    ):
        group = {
            "slug": name.replace("_", "-"),
            "name": "A group",
            "kind": "chapter",
            "visibility": visibility,
        }
        community.things[name] = done(owner.post(f"{c}/groups", json=group))["id"]
    done(owner.post(f"{c}/groups/{community.things['archived_group']}/archive"))
    promise = {
        "to": {"kind": "inquiry", "id": channel["id"]},
        "text": "We answer.",
        "due": {"at": "2100-01-01T00:00:00Z"},
    }
    for name, given in (
        ("promise_id", {"visibility": "members"}),
        ("team_promise", {"visibility": "team"}),
        ("personal_promise", {"visibility": "members", "to": {"kind": "member", "id": bystander["id"]}}),
    ):
        community.things[name] = done(owner.post(f"{c}/promises", json=promise | given))["id"]
    done(owner.post(f"{c}/promises/{community.things['promise_id']}/keep", json={}))
    for name, kind, thing in (
        ("prospect_id", "prospects", {"contact": "maybe@example.org", "source_channel": "survey"}),
        ("partner_id", "partners", {"name": "A partner"}),
        ("stakeholder_id", "stakeholders", {"name": "S. Takeholder", "side": "internal", "influence": 3}),
    ):
        community.things[name] = done(owner.post(f"{c}/{kind}", json=thing))["id"]
    offer = {"gives": ["A stage"], "asks": ["A room"], "valid_until": "2100-01-01T00:00:00Z"}
    done(owner.post(f"{c}/partners/{community.things['partner_id']}/propositions", json=offer))
    asks = {"motivation": "I want to.", "member_id": bystander["id"]}
    application = done(owner.post(f"{c}/leader-applications", json=asks))
    twin = done(owner.post(f"{c}/members", json={"handle": "bystander-2", "display_name": "By Stander"}))
    alike = {"survivor_id": bystander["id"], "merged_id": twin["id"]}
    community.things["merge_id"] = done(owner.post(f"{c}/merges", json=alike))["id"]
    community.things["invitation_id"] = done(owner.post(f"{c}/invitations", json={}))["id"]
    export = {"kind": "export", "community_id": str(community.id), "member_id": bystander["id"]}
    community.things["request_id"] = done(owner.post("/v1/data-requests", json=export))["id"]
    community.things |= {
        "application_id": application["id"],
        "member_id": bystander["id"],
        "blocked_id": departed["id"],
        "user_id": bystander["id"],
        "departed": departed["id"],
        "identity_id": identity["id"],
        "channel_id": channel["id"],
        "topic_id": topic["id"],
        "post_id": post["id"],
        "deleted_post": gone["id"],
    }


def sign_in(issuer: Issuer) -> dict[str, str]:
    """A token for everybody who can sign in, and some that must not work."""
    run = uuid4().hex[:8]
    tokens = {who: issuer.token(f"{who}-{run}") for who in PEOPLE}
    other = Issuer()
    other.url = "https://somebody-else.example"
    return tokens | {
        "attendee": issuer.token(f"attendee-{run}"),
        "anonymous": "",
        "nonsense": "gh_dev_nobody_knows",
        "expired": issuer.token(f"member-{run}", exp=1_600_000_000),
        "wrong_audience": issuer.token(f"member-{run}", aud=f"not-{AUDIENCE}"),
        "other_issuer": other.token(f"owner-{run}"),
    }


def give_access(owner: httpx.Client, community: Community) -> None:
    """A client of the community, and one whose key has been revoked."""
    for name in ("client_id", "revoked_client"):
        community.things[name] = issue_key(owner, community, ["engagement:read"])["id"]
    done(owner.delete(f"/v1/clients/{community.things['revoked_client']}"))


def issue_keys(owner: httpx.Client, home: Community, other: Community) -> dict[str, str]:
    """An API key per scope in `home`, and one of `other` that may do everything there."""
    every = [f"{service}:{verb}" for service in SERVICES for verb in VERBS]
    keys = {f"key {scope}": issue_key(owner, home, [scope])["key"] for scope in every}
    return keys | {"other_key": issue_key(owner, other, every)["key"]}


def issue_key(owner: httpx.Client, community: Community, scopes: list[str], **given: Any) -> Any:
    """A new client of a community: its `id`, and its `key`, which is never shown again."""
    command = {"community_id": str(community.id), "name": "A partner", "scopes": scopes} | given
    return done(owner.post("/v1/clients", json=command))


def anybody(cluster: Cluster, service: str) -> httpx.Client:
    """A client of one service's own port that says nothing of who asks."""
    plain = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # loads nothing: no TLS is spoken here
    return httpx.Client(base_url=cluster.url(service), verify=plain, trust_env=False, timeout=15)
