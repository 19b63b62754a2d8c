"""What membership itself forgets: ErasureRequested -> every table but the audit log -> ErasureCompleted."""

from collections import Counter

from services.membership.demographics.models import DemographicAnswer, DemographicSnapshot
from services.membership.demographics.vault import clear
from services.membership.models import (
    HOLD_COMMUNITY,
    Consent,
    Identity,
    LeaderApplication,
    Member,
    MemberInterest,
    Merge,
    Partner,
    Person,
    Promise,
    Prospect,
    ScimEmail,
    ScimUser,
    Stakeholder,
)
from services.membership.privacy.archives import forget_archives
from services.membership.privacy.burial import bury, forget_logins
from services.membership.privacy.models import ArchiveEntry
from services.membership.privacy.subjects import MEMBERS
from services.membership.privacy.traces import FORGET, PROMISED
from services.membership.promises.rules import Step
from services.membership.promises.steps import take
from shared.contracts.membership import ErasureCompleted
from shared.data_subjects import DataSubject, parameters_of
from shared.privacy import RETAINED, Privacy
from shared.store import Tx

privacy = Privacy(
    receipt=ErasureCompleted,
    covers=(
        Person,
        Member,
        MemberInterest,
        Identity,
        Merge,
        Consent,
        DemographicAnswer,
        Prospect,
        Promise,
        LeaderApplication,
        Stakeholder,
        ScimUser,
        ScimEmail,
        ArchiveEntry,
    ),
    keeps={
        Partner: "contacts speak for an organisation, and lie sealed; whoever keeps the partner keeps them",
        DemographicSnapshot: "counts of ten or more, and of nobody in particular",
    },
    retains=(*RETAINED, "consent_record", "statistics"),
)
router, consumers, jobs = privacy.router, privacy.consumers, privacy.jobs


@privacy.erases
async def erase(tx: Tx, subject: DataSubject) -> dict[str, int]:
    """All of it at once: what membership keeps of one person are a few dozen rows."""
    given = parameters_of(subject)
    counts: Counter[str] = Counter()
    await tx.first(HOLD_COMMUNITY)
    living = await tx.all(MEMBERS, {"ids": given["members"]})
    await bury(tx, subject.community_id, living)  # after a restore; else they were buried when it was asked
    counts["member"] = len(living)
    counts["demographic_answer"] = await clear(tx, list(given["members"]))
    for promise in await tx.all(PROMISED, given):  # nobody is left to keep it to, and it is no broken one
        await take(tx, promise, [(Step.RELEASE, tx.now)])
    for table, statement in FORGET:
        counts[table] += await tx.execute(statement, given)
    counts["archive_entry"] = await forget_archives(tx, subject)
    counts["person"] = await forget_logins(tx, set(subject.person_ids))
    return +counts
