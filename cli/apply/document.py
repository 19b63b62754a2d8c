"""The declarative community file: what may stand in it, and every mistake with its place."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    StringConstraints,
    ValidationError,
    field_validator,
)
from pydantic import Field as Bound

from cli import Failed
from cli.apply import yaml_text
from cli.apply.yaml_text import Text
from cli.sources.fields import NotUnderstood, instant
from shared.zones import zone_names

Slug = Annotated[str, Bound(min_length=2, max_length=60, pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
Handle = Annotated[str, Bound(pattern=r"^[a-z0-9._-]{2,40}$")]
Url = Annotated[str, Bound(pattern=r"^https?://\S+$", max_length=500)]


def _day(text: str) -> str:
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        raise ValueError("a day is written 2024-12-31")
    return date.fromisoformat(text).isoformat()


def _zone(text: str) -> str:
    if text not in zone_names():
        raise ValueError("not an IANA time zone")
    return text


Day = Annotated[str, AfterValidator(_day)]
Zone = Annotated[str, AfterValidator(_zone)]


def _text(longest: int) -> Any:
    return StringConstraints(strip_whitespace=True, min_length=1, max_length=longest)


Short = Annotated[str, _text(200)]
Long = Annotated[str, _text(2000)]


class _Part(BaseModel):
    """A part of the file: nothing unknown, nothing converted."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    def given(self, *left_out: str) -> dict[str, Any]:
        """What the file says, and nothing it leaves open."""
        return self.model_dump(mode="json", exclude_unset=True, exclude=set(left_out))


Points = Annotated[list[Annotated[str, _text(300)]], Bound(max_length=20)]


class CharterPart(_Part):
    """What the community holds dear, how its people treat one another, and who they are together."""

    values: Points = Bound(default=[])
    norms: Points = Bound(default=[])
    shared_identity: Long | None = None


class CommunityPart(_Part):
    """The community; `state` is where it is led, never back."""

    slug: Slug
    name: Annotated[str, _text(120)]
    kind: Literal["cop", "coi", "other"]
    purpose: Long | None = None
    objectives: Points = Bound(default=[])
    target_audience: Long | None = None
    key_outcomes: Points = Bound(default=[])
    charter: CharterPart = CharterPart()
    value_proposition: Long | None = None
    demand_threshold: Annotated[int, Bound(ge=1, le=1000)] = 5
    timezone: Zone = "UTC"
    locale: Annotated[str, Bound(max_length=35)] = "en"
    visibility: Literal["public", "members"] = "public"
    join_policy: Literal["open", "request", "invite"] = "open"
    state: Literal["gathering", "active"] | None = None


class IdentityPart(_Part):
    """Who a member is elsewhere."""

    provider: Annotated[str, Bound(pattern=r"^[a-z][a-z0-9_-]{1,39}$")]
    subject: Annotated[str, Bound(min_length=1, max_length=200)]


Role = Literal["editor", "organizer", "moderator", "admin", "owner"]


class MemberPart(_Part):
    """A member, known by the handle."""

    handle: Handle
    display_name: Annotated[str, _text(80)]
    headline: Annotated[str, _text(160)] | None = None
    interests: Annotated[list[Annotated[str, _text(60)]], Bound(max_length=30)] = Bound(default=[])
    joined_at: str | None = None
    identities: Annotated[list[IdentityPart], Bound(max_length=20)] = Bound(default=[])
    roles: Annotated[list[Role], Bound(max_length=20)] = Bound(default=[])

    @field_validator("joined_at")
    @classmethod
    def _moment(cls, value: str | None) -> str | None:
        try:
            return value and instant("joined_at", value).isoformat()
        except NotUnderstood as error:
            raise ValueError(str(error)) from None


class MeetingPart(_Part):
    """A recurring meeting: `frequency` in the words it was announced with, `rule` where they mean one."""

    title: Short
    frequency: Short | None = None
    weekday: Literal["MO", "TU", "WE", "TH", "FR", "SA", "SU"] | None = None
    time: Annotated[str, Bound(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")] | None = None
    timezone: Zone | None = None
    rule: Annotated[str, Bound(pattern=r"^FREQ=[A-Z0-9=;,+-]+$", max_length=200)] | None = None
    starts: Day | None = None
    url: Url | None = None


Handles = Annotated[list[Handle], Bound(max_length=5000)]


class GroupPart(_Part):
    """A group, known by the slug; whoever leads or belongs to it besides stays."""

    slug: Slug
    name: Annotated[str, _text(120)]
    kind: Literal["chapter", "working_group", "leaders_network", "contributors_network", "cohort", "segment"]
    parent: Slug | None = None
    description: Annotated[str, _text(4000)] | None = None
    visibility: Literal["members", "group"] = "members"
    rule: dict[str, Any] | None = None
    meetings: Annotated[list[MeetingPart], Bound(max_length=50)] = Bound(default=[])
    leaders: Handles = Bound(default=[])
    members: Handles = Bound(default=[])


class ChannelPart(_Part):
    """A channel, known by its name."""

    name: Annotated[str, _text(100)]
    kind: Literal[
        "telegram", "facebook_group", "linkedin_group", "slack", "discord", "forum", "internal", "other"
    ]
    url: Url | None = None
    purpose: Annotated[str, _text(1000)] | None = None


class Declared(_Part):
    """The whole file."""

    guildhall: Literal[1] = Bound(description="the version of this format")
    community: CommunityPart
    members: Annotated[list[MemberPart], Bound(max_length=5000)] = Bound(default=[])
    groups: Annotated[list[GroupPart], Bound(max_length=1000)] = Bound(default=[])
    channels: Annotated[list[ChannelPart], Bound(max_length=1000)] = Bound(default=[])


class Mistaken(Failed):
    """The file is not what `apply` takes; `mistakes` has a line for each."""

    def __init__(self, path: Path, mistakes: list[str]) -> None:
        self.mistakes = mistakes
        many = "a mistake" if len(mistakes) == 1 else f"{len(mistakes)} mistakes"
        super().__init__(f"{path}: {many}; nothing was looked up or changed")


def read(path: Path) -> tuple[Declared, Text]:
    """What the file declares; `Mistaken` with everything that is wrong with it, not only the first."""
    text = yaml_text.load(path)
    try:
        declared = Declared.model_validate(text.value)
    except ValidationError as error:
        found = [f"{text.where(each['loc'])}: {each['msg']}" for each in error.errors()]
        raise Mistaken(path, found) from None
    if found := [f"{text.where(place)}: {reason}" for place, reason in _contradictions(declared)]:
        raise Mistaken(path, found)
    return declared, text


def _contradictions(declared: Declared) -> Iterator[tuple[tuple[str | int, ...], str]]:
    yield from _twice("members", "handle", (member.handle for member in declared.members))
    yield from _twice("groups", "slug", (group.slug for group in declared.groups))
    yield from _twice("channels", "name", (channel.name for channel in declared.channels))
    whose: dict[IdentityPart, str] = {}
    for index, member in enumerate(declared.members):
        for number, identity in enumerate(member.identities):
            if whose.setdefault(identity, member.handle) != member.handle:
                yield ("members", index, "identities", number), f"this is {whose[identity]} already"
    for index, group in enumerate(declared.groups):
        place = ("groups", index)
        people = [*group.leaders, *group.members]
        for handle in sorted(handle for handle, times in Counter(people).items() if times > 1):
            yield place, f"{handle} is named twice"
        if group.rule is not None and people:
            yield place, "its rule says who belongs to it: name nobody"
    yield from _circles(declared.groups)


def _twice(part: str, name: str, values: Iterable[str]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    first: dict[str, int] = {}
    for index, value in enumerate(values):
        if first.setdefault(value, index) != index:
            yield (part, index, name), f"{value} is there already, as {part}[{first[value]}]"


def _circles(groups: list[GroupPart]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    above = {group.slug: group.parent for group in groups}
    for index, group in enumerate(groups):
        seen, at = {group.slug}, group.parent
        while at is not None and at not in seen:
            seen.add(at)
            at = above.get(at)
        if at == group.slug:
            yield ("groups", index, "parent"), "it would be its own parent"
