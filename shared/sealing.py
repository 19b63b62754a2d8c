"""What a community's contacts and answers are sealed under: a key of its own, made when it is first needed.

A service that seals has a table with `community_id` and `vault_key`, where the key lies wrapped:

    sealing = Sealing(CommunityKey)
    sealer_of, known_sealer = sealing.sealer_of, sealing.known_sealer
"""

import base64
from functools import cache, lru_cache
from typing import Any

import sqlalchemy as sa

from shared.settings import settings
from shared.store import Tx, constant, scope
from shared.vault import Sealer, Vault


class Sealing:
    """The keys of one service's communities; `model` holds one row, or none yet, per community."""

    def __init__(self, model: type[Any]) -> None:
        self._model = model
        self._the_key = constant(sa.select(model.__table__).where(scope(model)))

    async def sealer_of(self, tx: Tx) -> Sealer:
        """The sealer of the transaction's community; in a transaction that writes."""
        sealer = await self.known_sealer(tx)
        if sealer is None:
            keep = tx.upsert(self._model)
            vault_key = self._model.__table__.c.vault_key
            keep = keep.on_conflict_do_update(
                index_elements=["community_id"],
                set_={"vault_key": keep.excluded.vault_key},
                where=vault_key.is_(None),
            )
            wrapped = base64.b64encode(_vault().new_key()).decode()
            await tx.execute(keep, {"community_id": tx.community_id, "vault_key": wrapped})
            sealer = await self.known_sealer(tx)
        if sealer is None:
            raise LookupError("the key was kept a moment ago")
        return sealer

    async def known_sealer(self, tx: Tx) -> Sealer | None:
        """The same where nothing is written: None while nothing has ever been sealed."""
        row = await tx.first(self._the_key)
        return _opened(row.vault_key) if row is not None and row.vault_key is not None else None


@cache
def _vault() -> Vault:
    return Vault(settings())


@lru_cache(maxsize=200)
def _opened(wrapped: str) -> Sealer:
    return _vault().open(base64.b64decode(wrapped))
