"""Membership: who belongs to which community, in which role, and who is who elsewhere."""

from services.membership import models
from services.membership.communities import activate, create, demand, describe, interest, lifecycle, surveys
from services.membership.consents import consent, read_consents
from services.membership.demographics import aggregate, dimensions, recount
from services.membership.demographics import answer as answer_demographics
from services.membership.groups import belong, roster
from services.membership.groups import change as change_group
from services.membership.groups import create as create_group
from services.membership.groups import find as find_groups
from services.membership.identities import link, verify
from services.membership.leaders import apply, consider
from services.membership.leaders import decide as decide_leader
from services.membership.leaders import find as find_leaders
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
from services.membership.merges import apply as apply_merge
from services.membership.merges import find as find_merges
from services.membership.merges import propose as propose_merge
from services.membership.merges import revert as revert_merge
from services.membership.merges import suggest as suggest_merges
from services.membership.partners import answer, lapse, propose, propositions
from services.membership.partners import describe as describe_partner
from services.membership.partners import find as find_partners
from services.membership.partners import lifecycle as run_partner
from services.membership.privacy import archives, chase, collect, erasure, hand_out, view
from services.membership.privacy import forget as forget_person
from services.membership.privacy import request as request_data
from services.membership.privacy import verify as verify_request
from services.membership.promises import (
    apologise,
    clock,
    keep,
    make,
    occasions,
    release,
    request,
    summary,
    supersede,
)
from services.membership.promises import change as change_promise
from services.membership.promises import find as find_promises
from services.membership.prospects import capture, courting, forget, import_prospects
from services.membership.prospects import change as change_prospect
from services.membership.prospects import find as find_prospects
from services.membership.prospects import invite as invite_prospect
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
from services.membership.stakeholders import describe as describe_stakeholder
from services.membership.stakeholders import find as find_stakeholders
from shared.app import Service, create_app

service = Service(
    name="membership",
    base=models.Base,
    slices=[
        # communities
        create,
        describe,
        lifecycle,
        activate,
        demand,
        interest,
        surveys,
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
        verify,
        # merges
        suggest_merges,
        propose_merge,
        find_merges,
        apply_merge,
        revert_merge,
        # leaders
        apply,
        find_leaders,
        consider,
        decide_leader,
        # promises
        make,
        request,
        summary,
        find_promises,
        change_promise,
        keep,
        occasions,
        release,
        supersede,
        apologise,
        clock,
        # consents
        consent,
        read_consents,
        # prospects
        capture,
        import_prospects,
        find_prospects,
        change_prospect,
        courting,
        invite_prospect,
        forget,
        # partners
        describe_partner,
        find_partners,
        run_partner,
        propose,
        propositions,
        answer,
        lapse,
        # stakeholders
        describe_stakeholder,
        find_stakeholders,
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
        # demographics
        answer_demographics,
        dimensions,
        aggregate,
        recount,
        # privacy
        request_data,
        verify_request,
        view,
        erasure,
        chase,
        forget_person,
        hand_out,
        collect,
        archives,
    ],
)
app = create_app(service)
