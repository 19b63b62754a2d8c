"""What people give with a registration: how many they are, answers and needs, and how guests are reached."""

import json
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, Field

from services.events.sealing import sealer_of
from shared.route import Command, Whole
from shared.store import Tx

ANSWERS_BYTES = 29_000
NEEDS_BYTES = 5_800
GUEST_NAME_BYTES, GUEST_ADDRESS_BYTES = 800, 1_900
"""What fits its column once it is sealed, as JSON."""


def _written(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _within(limit: int) -> AfterValidator:
    def check(value: Any) -> Any:
        if value is not None and len(_written(value).encode()) > limit:
            raise ValueError(f"longer than {limit} bytes in all")
        return value

    return AfterValidator(check)


ADDRESS = r"^[^@\s\u0085]+@[^@\s\u0085]+$"
"""Without blanks: U+0085 is one to us, and none to JSON Schema unless it is named."""
PartySize = Annotated[int, Field(ge=1, le=100), Whole]
_Question = Annotated[str, Field(min_length=1, max_length=200)]
_Answer = Annotated[str, Field(max_length=2000)]
Answers = Annotated[dict[_Question, _Answer], Field(max_length=20), _within(ANSWERS_BYTES)]
Needs = Annotated[str, Field(min_length=1, max_length=1000), _within(NEEDS_BYTES)]
Reason = Annotated[str, Field(min_length=1, max_length=500, pattern=r"\S")]


class Guest(Command):
    """Somebody who is no member; the same address once per event."""

    name: Annotated[str, Field(min_length=1, max_length=120, pattern=r"\S"), _within(GUEST_NAME_BYTES)]
    email: Annotated[str, Field(min_length=3, max_length=320, pattern=ADDRESS), _within(GUEST_ADDRESS_BYTES)]


async def sealed(tx: Tx, registration_id: UUID, **given: Any) -> dict[str, str | None]:
    """The values as they are kept: JSON, sealed about the registration and the column."""
    if not any(value is not None for value in given.values()):
        return dict.fromkeys(given)
    vault = await sealer_of(tx)
    return {
        name: None if value is None else vault.seal(_written(value), about=f"{registration_id}:{name}")
        for name, value in given.items()
    }
