"""Membership: who belongs to which community, in which role, and who is who elsewhere."""

from services.membership import (
    actors,
    communities,
    create,
    identities,
    import_members,
    join,
    leave,
    lifecycle,
    members,
    models,
    profile,
    read_members,
    roles,
)
from shared.app import Service, create_app

service = Service(
    name="membership",
    base=models.Base,
    slices=[
        create,
        communities,
        lifecycle,
        import_members,
        join,
        members,
        profile,
        leave,
        roles,
        identities,
        actors,
        read_members,
    ],
)
app = create_app(service)
