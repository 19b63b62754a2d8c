"""Which roles and functions members hold."""

from typing import Literal

from shared.contracts.membership.members import MemberFact

Role = Literal["editor", "organizer", "moderator", "admin", "owner"]
Function = Literal[
    "mediator",
    "mentor",
    "curator",
    "expert",
    "leader",
    "analyst",
    "stakeholder",
    "speaker",
    "community_manager",
]


class RoleGranted(MemberFact):
    """A member holds a role from now on."""

    role: Role


class RoleRevoked(MemberFact):
    """A member no longer holds a role."""

    role: Role


class RoleExpired(MemberFact):
    """A role held for a time came to its end."""

    role: Role


class FunctionGranted(MemberFact):
    """A member fulfils a function from now on; it permits nothing by itself."""

    function: Function


class FunctionRevoked(MemberFact):
    """A member no longer fulfils a function; taken back or run out."""

    function: Function
