"""What a search is limited to, and whom it is for."""

from collections.abc import Mapping
from dataclasses import dataclass

from services.knowledge.people.readers import Reader
from services.knowledge.search.models import Audience
from services.knowledge.search.rules import Found, Standing


@dataclass(frozen=True, slots=True)
class Filters:
    """Kinds (none: all), verified or not, a tag, a language."""

    kinds: tuple[Found, ...] = ()
    verified: bool | None = None
    tag: str | None = None
    language: str | None = None

    def audiences(self, reader: Reader, known: Mapping[int, Audience]) -> list[int] | None:
        """The numbers of what the reader may find and wants to; None when that is everything."""
        if reader.is_team and not self.kinds and self.verified is None:
            return None
        return [number for number, each in sorted(known.items()) if self._shows(reader, each)]

    def _shows(self, reader: Reader, audience: Audience) -> bool:
        if not reader.may_read(audience.visibility, audience.requires):
            return False
        if self.kinds and audience.kind not in self.kinds:
            return False
        return self.verified is None or self.verified is (audience.standing is Standing.TRUSTED)
