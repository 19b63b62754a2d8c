"""Membership: who belongs to which community, in which role, and who is who elsewhere."""

from services.membership import models
from services.membership.communities import create, describe, lifecycle
from services.membership.groups import belong, roster
from services.membership.groups import change as change_group
from services.membership.groups import create as create_group
from services.membership.groups import find as find_groups
from services.membership.identities import link
from services.membership.members import (
    actors,
    find,
    import_members,
    join,
    leave,
    profile,
    read_members,
)
from services.membership.roles import expire, functions, grant, held
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
        import_members,
        join,
        find,
        profile,
        leave,
        actors,
        read_members,
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
    ],
)
app = create_app(service)
