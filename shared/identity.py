"""Who is calling, and what a role or an API key's scope may do."""

from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from shared.facts import ActorKind
from shared.problems import Forbidden

LEVELS = {"guest": 0, "member": 1, "editor": 2, "organizer": 2, "moderator": 2, "admin": 3, "owner": 4}
SIGNED_IN = frozenset(LEVELS)

Verb = Literal["read", "write", "admin"]
_VERBS: dict[Verb, int] = {"read": 0, "write": 1, "admin": 2}


@dataclass(frozen=True, slots=True)
class Permission:
    """What it takes: one of `roles` in the community, or an API key with `verb` on the route's service.

    `anybody` admits every signed-in person, member or not; the handler still hides what they may not know of.
    """

    roles: frozenset[str]
    verb: Verb
    anybody: bool = False


def _at_least(role: str) -> frozenset[str]:
    return frozenset(name for name, level in LEVELS.items() if level >= LEVELS[role])


def _only(*roles: str) -> frozenset[str]:
    return frozenset(roles) | {"admin", "owner"}


_MEMBERS = _at_least("member")
_TEAM = _at_least("editor")
_ADMINS = _at_least("admin")
_OWNERS = frozenset({"owner"})

PERMISSIONS: dict[str, Permission] = {
    "community.create": Permission(_OWNERS, "admin", anybody=True),
    "community.list": Permission(SIGNED_IN, "read", anybody=True),
    "community.read": Permission(SIGNED_IN, "read", anybody=True),
    "community.change": Permission(_ADMINS, "admin"),
    "community.run": Permission(_ADMINS, "admin"),
    "community.archive": Permission(_OWNERS, "admin"),
    "member.join": Permission(SIGNED_IN, "write", anybody=True),
    "member.read": Permission(SIGNED_IN, "read", anybody=True),
    "member.change": Permission(_MEMBERS, "write"),
    "member.leave": Permission(_MEMBERS, "write"),
    "member.rejoin": Permission(SIGNED_IN, "write", anybody=True),
    "member.import": Permission(_ADMINS, "admin"),
    "role.read": Permission(_MEMBERS, "read"),
    "role.grant": Permission(_ADMINS, "admin"),
    "demand.read": Permission(SIGNED_IN, "read", anybody=True),
    "interest.express": Permission(SIGNED_IN, "write", anybody=True),
    "field.manage": Permission(_ADMINS, "admin"),
    "member.decide": Permission(_ADMINS, "admin"),
    "invitation.manage": Permission(_ADMINS, "admin"),
    "invitation.accept": Permission(SIGNED_IN, "write", anybody=True),
    "profile.read": Permission(_MEMBERS, "read"),
    "member.block": Permission(_MEMBERS, "write"),
    "function.read": Permission(_MEMBERS, "read"),
    "function.grant": Permission(_ADMINS, "admin"),
    "merge.manage": Permission(_ADMINS, "admin"),
    "group.read": Permission(_MEMBERS, "read"),
    "group.leave": Permission(_MEMBERS, "write"),
    "group.manage": Permission(_ADMINS, "admin"),
    "leader.read": Permission(_MEMBERS, "read"),
    "leader.apply": Permission(_MEMBERS, "write"),
    "leader.decide": Permission(_ADMINS, "admin"),
    "prospect.manage": Permission(_ADMINS, "admin"),
    "promise.read": Permission(_MEMBERS, "read"),
    "promise.manage": Permission(_TEAM, "admin"),
    "promise.keep": Permission(_MEMBERS, "write"),
    "promise.release": Permission(_MEMBERS, "write"),
    "promise.summary": Permission(_TEAM, "read"),
    "partner.read": Permission(_TEAM, "read"),
    "partner.manage": Permission(_ADMINS, "admin"),
    "stakeholder.manage": Permission(_ADMINS, "admin"),
    "consent.read": Permission(SIGNED_IN, "read", anybody=True),
    "consent.write": Permission(SIGNED_IN, "write", anybody=True),
    "demographics.write": Permission(_MEMBERS, "write"),
    "demographics.read": Permission(_TEAM, "read"),
    "demographics.manage": Permission(_ADMINS, "admin"),
    "data_request.make": Permission(SIGNED_IN, "write", anybody=True),
    "data_request.read": Permission(SIGNED_IN, "read", anybody=True),
    "member.provision": Permission(_ADMINS, "admin"),
    "identity.read": Permission(_ADMINS, "read"),
    "identity.link": Permission(_ADMINS, "admin"),
    "channel.read": Permission(SIGNED_IN, "read", anybody=True),
    "channel.manage": Permission(_only("organizer", "moderator"), "admin"),
    "activity.ingest": Permission(_ADMINS, "write"),
    "topic.read": Permission(SIGNED_IN, "read", anybody=True),
    "topic.write": Permission(_MEMBERS, "write"),
    "topic.moderate": Permission(_only("moderator"), "admin"),
    "post.write": Permission(_MEMBERS, "write"),
    "post.react": Permission(_MEMBERS, "write"),
    "read.record": Permission(_MEMBERS, "write"),
    "content.import": Permission(_ADMINS, "admin"),
    "event.read": Permission(SIGNED_IN, "read", anybody=True),
    "event.manage": Permission(_only("organizer"), "admin"),
    "event.host": Permission(_MEMBERS, "write"),
    "event.register": Permission(_MEMBERS, "write"),
    "event.ask": Permission(_MEMBERS, "write"),
    "event.import": Permission(_ADMINS, "admin"),
    "attendance.read": Permission(_only("organizer"), "admin"),
    "attendance.record": Permission(_only("organizer"), "write"),
    "format.manage": Permission(_only("organizer"), "admin"),
    "speaker.read": Permission(SIGNED_IN, "read", anybody=True),
    "speaker.manage": Permission(_only("organizer"), "admin"),
    "speaker.answer": Permission(_MEMBERS, "write"),
    "calendar.subscribe": Permission(_ADMINS, "admin"),
    "collection.read": Permission(SIGNED_IN, "read", anybody=True),
    "collection.manage": Permission(_only("editor"), "admin"),
    "article.read": Permission(SIGNED_IN, "read", anybody=True),
    "article.write": Permission(_MEMBERS, "write"),
    "article.review": Permission(_MEMBERS, "write"),
    "article.publish": Permission(_MEMBERS, "admin"),
    "article.manage": Permission(_only("editor"), "admin"),
    "article.rate": Permission(_MEMBERS, "write"),
    "article.link": Permission(_TEAM, "write"),
    "knowledge.import": Permission(_ADMINS, "admin"),
    "knowledge.export": Permission(_only("editor"), "admin"),
    "attachment.add": Permission(_MEMBERS, "write"),
    "question.read": Permission(SIGNED_IN, "read", anybody=True),
    "question.ask": Permission(_MEMBERS, "write"),
    "question.settle": Permission(_MEMBERS, "write"),
    "answer.write": Permission(_MEMBERS, "write"),
    "answer.vote": Permission(_MEMBERS, "write"),
    "answer.verify": Permission(_only("editor"), "admin"),
    "resource.read": Permission(SIGNED_IN, "read", anybody=True),
    "resource.add": Permission(_MEMBERS, "write"),
    "resource.manage": Permission(_only("editor"), "admin"),
    "call.read": Permission(_MEMBERS, "read"),
    "call.manage": Permission(_only("editor"), "admin"),
    "call.claim": Permission(_MEMBERS, "write"),
    "task.manage": Permission(_only("editor"), "admin"),
    "contributor.read": Permission(_MEMBERS, "read"),
    "search.use": Permission(SIGNED_IN, "read", anybody=True),
    "search.gaps": Permission(_TEAM, "read"),
    "metrics.read": Permission(_TEAM, "read"),
    "metrics.rebuild": Permission(_ADMINS, "admin"),
    "client.manage": Permission(_ADMINS, "admin"),
    "home.read": Permission(SIGNED_IN, "read", anybody=True),
    "status.read": Permission(SIGNED_IN, "read", anybody=True),
}


@dataclass(frozen=True, slots=True)
class Actor:
    """The caller, with the roles held in the community of the request."""

    kind: ActorKind
    id: str
    person_id: UUID | None = None
    member_id: UUID | None = None
    community_id: UUID | None = None
    roles: frozenset[str] = frozenset()
    scopes: frozenset[str] | None = None
    """What an API key may do, `<service>:<verb>`; None for everybody else, who has roles instead."""
    visible: bool = True
    """Whether this community may be known to the caller: it is public, or the caller belongs to it."""

    @property
    def level(self) -> int:
        """The level of the highest role; 0 without any."""
        return max((LEVELS[role] for role in self.roles), default=0)

    @property
    def is_owner_key(self) -> bool:
        """Whether this is the installation's own key, owner of every community."""
        return self.kind == "key" and self.scopes is None

    def may(self, permission: str, service: str = "") -> bool:
        """Whether the actor holds `permission`; API keys need its verb, or a stronger one, on `service`."""
        needed = PERMISSIONS[permission]
        if self.scopes is not None:
            wanted = _VERBS[needed.verb]
            return any(f"{service}:{verb}" in self.scopes for verb, rank in _VERBS.items() if rank >= wanted)
        if needed.anybody:
            return True
        return not self.roles.isdisjoint(needed.roles)

    def require(self, permission: str, service: str = "") -> None:
        """Raise `Forbidden` unless the actor holds `permission`."""
        if not self.may(permission, service):
            raise Forbidden

    def claims(self) -> dict[str, Any]:
        """The actor as claims of an internal token."""
        return {
            "kind": self.kind,
            "sub": self.id,
            "person_id": str(self.person_id) if self.person_id else None,
            "member_id": str(self.member_id) if self.member_id else None,
            "community_id": str(self.community_id) if self.community_id else None,
            "roles": sorted(self.roles),
            "scopes": sorted(self.scopes) if self.scopes is not None else None,
            "visible": self.visible,
        }

    @classmethod
    def from_claims(cls, claims: dict[str, Any]) -> "Actor":
        """The actor a verified token speaks of."""
        return cls(
            kind=claims["kind"],
            id=claims["sub"],
            person_id=_uuid(claims.get("person_id")),
            member_id=_uuid(claims.get("member_id")),
            community_id=_uuid(claims.get("community_id")),
            roles=frozenset(claims.get("roles") or ()) & SIGNED_IN,
            scopes=frozenset(claims["scopes"]) if claims.get("scopes") is not None else None,
            visible=bool(claims.get("visible", True)),
        )


NOBODY = Actor(kind="service", id="nobody")


def service_actor(service: str) -> Actor:
    """A service acting for itself: consumers, timers, calls to other services."""
    return Actor(kind="service", id=service)


def owner_key_actor(community_id: UUID | None = None) -> Actor:
    """The installation's own key: owner everywhere, nobody's member."""
    return Actor(kind="key", id="owner", roles=frozenset({"owner"}), community_id=community_id)


def _uuid(value: str | None) -> UUID | None:
    return UUID(value) if value else None
