"""One holder at a time: relay and consumer of a service run in one replica only."""

import socket
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from shared.settings import Settings
from shared.store import tables
from shared.store.statements import constant
from shared.store.store import Store
from shared.store.tx import Context, Tx

_LEASE = tables.lease
_RENEW = constant(
    sa.update(_LEASE)
    .where(
        _LEASE.c.name == sa.bindparam("_name"),
        _LEASE.c.holder == sa.bindparam("_holder"),
        _LEASE.c.fence == sa.bindparam("_fence"),
    )
    .values(expires_at=sa.bindparam("_expires"))
)


def holder_name(service: str, settings: Settings) -> str:
    """The same for a restart of the same replica, so that it does not wait for its own old lease."""
    return settings.instance or f"{socket.gethostname()}:{settings.port_of(service)}"


class Lease:
    """A named lease in the service's own store. `fence` grows with every change of hands."""

    def __init__(self, store: Store, name: str, holder: str, seconds: float) -> None:
        self._store = store
        self._name = name
        self._holder = holder
        self._lifetime = timedelta(seconds=seconds)
        self.fence = 0

    async def acquire(self) -> bool:
        """Take the lease when it is free, expired or our own; False when somebody else holds it."""

        async def work(tx: Tx) -> Any:
            mine = {"holder": self._holder, "expires_at": tx.now + self._lifetime}
            statement = (
                tx.upsert(_LEASE)
                .values(name=self._name, fence=1, **mine)
                .on_conflict_do_update(
                    index_elements=["name"],
                    set_={**mine, "fence": _LEASE.c.fence + 1},
                    where=sa.or_(_LEASE.c.holder == self._holder, _LEASE.c.expires_at < tx.now),
                )
                .returning(_LEASE.c.fence)
            )
            return await tx.first(statement)

        row = await self._store.write(work, Context())
        if row is None:
            return False
        self.fence = row.fence
        return True

    async def renew(self) -> bool:
        """Prolong the lease; False when it has been lost."""

        async def work(tx: Tx) -> int:
            given = {"_name": self._name, "_holder": self._holder, "_fence": self.fence}
            return await tx.execute(_RENEW, given | {"_expires": tx.now + self._lifetime})

        return await self._store.write(work, Context()) == 1
