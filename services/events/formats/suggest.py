"""Suggest a format: OptionSelected -> one that is not in use yet -> FormatChanged; people empower it."""

from services.events.formats import rules
from services.events.formats.rules import FormatVerb
from services.events.models import THE_FORMAT, Format
from shared.consumers import Consumers
from shared.contracts.announced import OptionSelected
from shared.contracts.events import FormatChanged
from shared.store import Tx

consumers = Consumers()


@consumers.on(OptionSelected)
async def suggest(tx: Tx, fact: OptionSelected) -> None:
    """Note on a format that an option which means it was chosen."""
    if fact.format_id is None:
        return
    known = await tx.first(THE_FORMAT, {"format_id": fact.format_id})
    if known is None or FormatVerb.EMPOWER not in rules.verbs(known.state):
        return
    await tx.lock(Format, known.id, suggested_by=fact.option_id)
    tx.publish(FormatChanged(community_id=known.community_id, format_id=known.id))
