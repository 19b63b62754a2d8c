"""Membership: who belongs to which community, in which role, and who is who elsewhere."""

from services.membership import models
from services.membership.communities import create, describe, lifecycle
from services.membership.groups import belong, roster
from services.membership.groups import change as change_group
from services.membership.groups import create as create_group
from services.membership.groups import find as find_groups
from services.membership.identities import link
from services.membership.members import (
    accept,
    actors,
    block,
    decide,
    fields,
    find,
    import_members,
    invitations,
    invite,
    join,
    leave,
    onboarding,
    private,
    profile,
    read_blocks,
    read_members,
    sanctions,
    stages,
)
from services.membership.roles import expire, functions, grant, held
from services.membership.scim import change_group as change_scim_group
from services.membership.scim import (
    change_user,
    create_user,
    delete_user,
    discovery,
    not_offered,
    users,
)
from services.membership.scim import create_group as create_scim_group
from services.membership.scim import delete_group as delete_scim_group
from services.membership.scim import groups as scim_groups
from shared.app import Service, create_app

service = Service(
    name="membership",
    base=models.Base,
    slices=[
        # communities
        create,
        describe,
        lifecycle,
        # members
        invite,
        invitations,
        accept,
        import_members,
        join,
        decide,
        find,
        private,
        profile,
        fields,
        onboarding,
        stages,
        leave,
        sanctions,
        block,
        actors,
        read_members,
        read_blocks,
        # roles
        grant,
        held,
        functions,
        expire,
        # groups
        create_group,
        find_groups,
        change_group,
        belong,
        roster,
        # identities
        link,
        # scim
        discovery,
        users,
        create_user,
        change_user,
        delete_user,
        scim_groups,
        create_scim_group,
        change_scim_group,
        delete_scim_group,
        not_offered,
    ],
)
app = create_app(service)
