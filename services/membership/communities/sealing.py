"""The key a community's contacts are sealed under: made when it is first needed, kept wrapped."""

import base64
from functools import cache, lru_cache

import sqlalchemy as sa
from sqlmodel import col, select

from services.membership.communities.models import CommunityKey
from shared.settings import settings
from shared.store import Tx, constant, scope
from shared.vault import Sealer, Vault

THE_KEY = constant(select(CommunityKey).where(scope(CommunityKey)))
KEEP_KEY = constant(
    sa.update(CommunityKey)
    .where(scope(CommunityKey), col(CommunityKey.vault_key).is_(None))
    .values(vault_key=sa.bindparam("wrapped"))
)


async def sealer_of(tx: Tx) -> Sealer:
    """The sealer of the transaction's community; in a transaction that writes."""
    sealer = await known_sealer(tx)
    if sealer is None:
        wrapped = base64.b64encode(_vault().new_key()).decode()
        await tx.execute(KEEP_KEY, {"wrapped": wrapped})
        sealer = await known_sealer(tx)
    if sealer is None:
        raise LookupError("a community has a row of keys from its first moment")
    return sealer


async def known_sealer(tx: Tx) -> Sealer | None:
    """The same where nothing is written: None while nothing has ever been sealed."""
    row = await tx.one(THE_KEY)
    return _opened(row.vault_key) if row.vault_key is not None else None


@cache
def _vault() -> Vault:
    return Vault(settings())


@lru_cache(maxsize=200)
def _opened(wrapped: str) -> Sealer:
    return _vault().open(base64.b64decode(wrapped))
