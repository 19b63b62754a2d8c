"""What membership tells the others: communities, who belongs in which role, and who is who elsewhere."""

from shared.contracts.membership.communities import (
    CommunityActivated,
    CommunityArchived,
    CommunityChanged,
    CommunityCreated,
    CommunityGatheringOpened,
    CommunityPaused,
    CommunityRestored,
    CommunityResumed,
    DemandThresholdReached,
)
from shared.contracts.membership.consents import (
    ConsentGiven,
    ConsentWithdrawn,
)
from shared.contracts.membership.groups import (
    GroupArchived,
    GroupChanged,
    GroupCreated,
    GroupMemberAdded,
    GroupMemberRemoved,
)
from shared.contracts.membership.identities import (
    IdentityLinked,
    IdentityRevoked,
    IdentityVerified,
)
from shared.contracts.membership.members import (
    MemberBanned,
    MemberBlocked,
    MemberDeclined,
    MemberErased,
    MemberInvited,
    MemberJoined,
    MemberLeft,
    MemberOnboardingCompleted,
    MemberProfileUpdated,
    MemberReinstated,
    MemberRejoined,
    MemberRequested,
    MemberSuspended,
    MemberUnblocked,
)
from shared.contracts.membership.merges import (
    MergeApplied,
    MergeReverted,
)
from shared.contracts.membership.privacy import (
    ErasureCompleted,
    ErasureRequested,
)
from shared.contracts.membership.roles import (
    FunctionGranted,
    FunctionRevoked,
    RoleExpired,
    RoleGranted,
    RoleRevoked,
)

__all__ = [
    "CommunityActivated",
    "CommunityArchived",
    "CommunityChanged",
    "CommunityCreated",
    "CommunityGatheringOpened",
    "CommunityPaused",
    "CommunityRestored",
    "CommunityResumed",
    "ConsentGiven",
    "ConsentWithdrawn",
    "DemandThresholdReached",
    "ErasureCompleted",
    "ErasureRequested",
    "FunctionGranted",
    "FunctionRevoked",
    "GroupArchived",
    "GroupChanged",
    "GroupCreated",
    "GroupMemberAdded",
    "GroupMemberRemoved",
    "IdentityLinked",
    "IdentityRevoked",
    "IdentityVerified",
    "MemberBanned",
    "MemberBlocked",
    "MemberDeclined",
    "MemberErased",
    "MemberInvited",
    "MemberJoined",
    "MemberLeft",
    "MemberOnboardingCompleted",
    "MemberProfileUpdated",
    "MemberReinstated",
    "MemberRejoined",
    "MemberRequested",
    "MemberSuspended",
    "MemberUnblocked",
    "MergeApplied",
    "MergeReverted",
    "RoleExpired",
    "RoleGranted",
    "RoleRevoked",
]
