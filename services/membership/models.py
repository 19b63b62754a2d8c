"""Every table membership owns; each is defined beside the behaviour of its aggregate."""

from services.membership.communities.models import (
    HOLD_COMMUNITY,
    THE_COMMUNITY,
    Community,
    CommunityKey,
    Interest,
)
from services.membership.consents.models import Consent
from services.membership.demographics.models import (
    DemographicAnswer,
    DemographicDimension,
    DemographicSnapshot,
)
from services.membership.groups.models import Group, GroupMember
from services.membership.identities.models import Identity
from services.membership.leaders.models import THE_APPLICATION, LeaderApplication
from services.membership.members.models import (
    HOLD_MEMBER,
    MEMBER_OF_PERSON,
    OPEN_SANCTIONS,
    THE_MEMBER,
    Block,
    CustomField,
    Invitation,
    InvitationUse,
    Member,
    MemberInterest,
    OnboardingPlan,
    Person,
    Sanction,
)
from services.membership.merges.models import Merge
from services.membership.partners.models import Partner, Proposition
from services.membership.privacy.models import (
    ArchiveEntry,
    DataRequest,
    DataRequestPart,
    DataRequestReceipt,
)
from services.membership.promises.models import HOLD_PROMISE, THE_PROMISE, Occurrence, Promise
from services.membership.prospects.models import Prospect
from services.membership.roles.models import FunctionGrant, RoleGrant
from services.membership.scim.models import ScimEmail, ScimGroup, ScimUser
from services.membership.stakeholders.models import Stakeholder
from services.membership.tables import Base

__all__ = [
    "HOLD_COMMUNITY",
    "HOLD_MEMBER",
    "HOLD_PROMISE",
    "MEMBER_OF_PERSON",
    "OPEN_SANCTIONS",
    "THE_APPLICATION",
    "THE_COMMUNITY",
    "THE_MEMBER",
    "THE_PROMISE",
    "ArchiveEntry",
    "Base",
    "Block",
    "Community",
    "CommunityKey",
    "Consent",
    "CustomField",
    "DataRequest",
    "DataRequestPart",
    "DataRequestReceipt",
    "DemographicAnswer",
    "DemographicDimension",
    "DemographicSnapshot",
    "FunctionGrant",
    "Group",
    "GroupMember",
    "Identity",
    "Interest",
    "Invitation",
    "InvitationUse",
    "LeaderApplication",
    "Member",
    "MemberInterest",
    "Merge",
    "Occurrence",
    "OnboardingPlan",
    "Partner",
    "Person",
    "Promise",
    "Proposition",
    "Prospect",
    "RoleGrant",
    "Sanction",
    "ScimEmail",
    "ScimGroup",
    "ScimUser",
    "Stakeholder",
]
