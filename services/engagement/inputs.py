"""The bounded inputs several slices take, and how a batch answers for the items it refused."""

from enum import StrEnum
from typing import Annotated

from annotated_types import Ge, Le, MaxLen, MinLen
from pydantic import StringConstraints

from services.engagement.rules import BODY_LENGTH, REF_LENGTH, TAG_LENGTH, TAGS, TITLE_LENGTH, WORD
from shared.route import View, Whole

Title = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=TITLE_LENGTH)]
Body = Annotated[str, MinLen(1), MaxLen(BODY_LENGTH)]
Tags = Annotated[list[Annotated[str, MinLen(1), MaxLen(TAG_LENGTH)]], MaxLen(TAGS)]
Word = Annotated[str, StringConstraints(pattern=WORD)]
Ref = Annotated[str, MinLen(1), MaxLen(REF_LENGTH)]
Score = Annotated[int, Ge(-(2**31)), Le(2**31 - 1), Whole]


class Refusal(StrEnum):
    """Why one item of a batch was left out while the others went in."""

    IMPLAUSIBLE_TIME = "implausible-time"
    REPEATED = "repeated-in-batch"
    UNKNOWN_TOPIC = "unknown-topic"
    ERASED = "erased"
    """Its author was erased: what they wrote does not come back."""


class RefusedItem(View):
    """The item at `index` of the batch was left out."""

    index: int
    reason: Refusal
