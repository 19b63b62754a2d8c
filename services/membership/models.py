"""Every table membership owns; each is defined beside the behaviour of its aggregate."""

from services.membership.communities.models import (
    HOLD_COMMUNITY,
    THE_COMMUNITY,
    Community,
    CommunityKey,
    Interest,
)
from services.membership.consents.models import Consent
from services.membership.groups.models import Group, GroupMember
from services.membership.identities.models import Identity
from services.membership.members.models import (
    THE_MEMBER,
    Block,
    CustomField,
    Invitation,
    InvitationUse,
    Member,
    MemberInterest,
    Person,
    Sanction,
)
from services.membership.merges.models import Merge
from services.membership.roles.models import FunctionGrant, RoleGrant
from services.membership.tables import Base

__all__ = [
    "HOLD_COMMUNITY",
    "THE_COMMUNITY",
    "THE_MEMBER",
    "Base",
    "Block",
    "Community",
    "CommunityKey",
    "Consent",
    "CustomField",
    "FunctionGrant",
    "Group",
    "GroupMember",
    "Identity",
    "Interest",
    "Invitation",
    "InvitationUse",
    "Member",
    "MemberInterest",
    "Merge",
    "Person",
    "RoleGrant",
    "Sanction",
]
