"""What a community says of itself: its charter, and the points and texts it describes itself with."""

from typing import Annotated

from pydantic import BeforeValidator, Field

from services.membership.communities import rules
from shared.route import Command, View

Text = Annotated[str, Field(min_length=1, max_length=2000, pattern=r"\S")]
Points = Annotated[
    list[Annotated[str, Field(min_length=1, max_length=300, pattern=r"\S")]], Field(max_length=20)
]


class Charter(Command):
    """What the community holds dear, how its people treat one another, and who they are together."""

    values: Points = Field(default_factory=list)
    norms: Points = Field(default_factory=list)
    shared_identity: Text | None = None


class CharterView(View):
    """The charter as it stands."""

    values: list[str]
    norms: list[str]
    shared_identity: str | None


KeptCharter = Annotated[CharterView, BeforeValidator(rules.whole_charter)]
