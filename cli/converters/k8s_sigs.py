"""Kubernetes' sigs.yaml -> a community file: groups, people, channels, meetings; the rest is listed."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Annotated, Any, NamedTuple, TypeVar

from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError

from cli.apply.document import ChannelPart, GroupPart, MeetingPart, MemberPart
from cli.apply.yaml_text import Path_, Text
from cli.converters.meetings import meeting
from cli.report import Remark

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Model = TypeVar("Model", bound=BaseModel)


class Section(NamedTuple):
    """A list of sigs.yaml: how its groups are called, and what kind they are here."""

    name: str
    kind: str


SECTIONS = {
    "sigs": Section("SIG {}", "chapter"),
    "workinggroups": Section("WG {}", "working_group"),
    "committees": Section("{} Committee", "leaders_network"),
    "usergroups": Section("UG {}", "segment"),
}
LEADERS = ("chairs", "tech_leads")
SLACK = "https://kubernetes.slack.com/messages/{}"

_MEETING = ("description", "day", "time", "tz", "frequency", "url")
_CONTACT = ("slack", "mailing_list")
TAKEN = {
    *("dir", "name", "mission_statement", "subprojects.name"),
    *(f"leadership.{role}.{name}" for role in (*LEADERS, "emeritus_leads") for name in ("github", "name")),
    *(f"{of}meetings.{name}" for of in ("", "subprojects.") for name in _MEETING),
    *(f"{of}contact.{name}" for of in ("", "subprojects.") for name in _CONTACT),
    *("subprojects.leads.github", "subprojects.leads.name"),
}
"""The fields that arrive; every other field with a value is counted and listed."""


class _Read(BaseModel):
    model_config = ConfigDict(coerce_numbers_to_str=True)


class _Lead(_Read):
    github: Name
    name: Name


class _Meeting(_Read):
    description: Name
    day: str
    time: str
    tz: str
    frequency: str
    url: str | None = None


class _Group(_Read):
    dir: Name
    name: Name
    mission_statement: str | None = None


@dataclass
class Conversion:
    """What became of the file; `listed` is whatever did not arrive as it stands there."""

    text: Text
    members: dict[str, MemberPart] = field(default_factory=dict)
    groups: list[GroupPart] = field(default_factory=list)
    channels: dict[str, ChannelPart] = field(default_factory=dict)
    listed: list[Remark] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    def remark(self, path: Path_, reason: str) -> None:
        """Lists something."""
        self.listed.append(Remark(self.text.where(path), reason))

    def read(self, model: type[Model], value: Any, path: Path_) -> Model | None:
        """`value` as the model has it; listed, and None, when it is not like that."""
        try:
            return model.model_validate(value)
        except ValidationError as error:
            for each in error.errors():
                self.remark((*path, *each["loc"]), f"left out: {each['msg']}")
            return None


def convert(text: Text) -> Conversion:
    """Everything in a sigs.yaml that a community file has room for."""
    made = Conversion(text)
    content = text.value if isinstance(text.value, dict) else {}
    for section, (name, kind) in SECTIONS.items():
        for index, value in enumerate(_list(content.get(section))):
            _group(made, value, (section, index), name, kind)
    _list_the_rest(made, content)
    return made


def declared(made: Conversion, slug: str, name: str) -> dict[str, Any]:
    """The community file."""
    community = {"slug": slug, "name": name, "kind": "cop", "timezone": "UTC", "state": "active"}
    return {
        "guildhall": 1,
        "community": community,
        "members": [member.given() for member in made.members.values()],
        "groups": [group.given() for group in made.groups],
        "channels": [channel.given() for channel in made.channels.values()],
    }


def _group(made: Conversion, value: Any, path: Path_, pattern: str, kind: str) -> None:
    group = made.read(_Group, value, path)
    if group is None:
        return
    leadership = _dict(value.get("leadership"))
    leaders = [
        handle
        for role in LEADERS
        for handle in _people(made, leadership.get(role), (*path, "leadership", role))
    ]
    for _ in _people(made, leadership.get("emeritus_leads"), (*path, "leadership", "emeritus_leads")):
        made.counts["former leads"] += 1
    name = pattern.format(group.name)
    _contact(made, value.get("contact"), (*path, "contact"), name)
    meetings = list(_meetings(made, value.get("meetings"), (*path, "meetings"), ""))
    members: list[str] = []
    for index, each in enumerate(_list(value.get("subprojects"))):
        place, part = (*path, "subprojects", index), _dict(each)
        project = str(part.get("name", "")).strip()
        members += _people(made, part.get("leads"), (*place, "leads"))
        _contact(made, part.get("contact"), (*place, "contact"), f"{name}, {project}")
        meetings += _meetings(made, part.get("meetings"), (*place, "meetings"), f"{project}: ")
    given = {
        "slug": group.dir,
        "name": name,
        "kind": kind,
        "description": (group.mission_statement or "").strip() or None,
        "leaders": list(dict.fromkeys(leaders)),
        "members": [handle for handle in dict.fromkeys(members) if handle not in leaders],
        "meetings": meetings,
    }
    read = made.read(GroupPart, {name: value for name, value in given.items() if value}, path)
    if read is not None:
        made.groups.append(read)
        made.counts["leads"] += len(read.leaders)


def _people(made: Conversion, value: Any, path: Path_) -> Iterator[str]:
    """The handles of the people listed, each a member from now on."""
    for index, each in enumerate(_list(value)):
        lead = made.read(_Lead, each, (*path, index))
        if lead is None:
            continue
        handle = lead.github.casefold()
        identity = {"provider": "github", "subject": lead.github}
        given = {"handle": handle, "display_name": lead.name, "identities": [identity]}
        if handle not in made.members:
            member = made.read(MemberPart, given, (*path, index))
            if member is None:
                continue
            made.members[handle] = member
        yield handle


def _meetings(made: Conversion, value: Any, path: Path_, of: str) -> Iterator[MeetingPart]:
    for index, each in enumerate(_list(value)):
        place = (*path, index)
        said = made.read(_Meeting, each, place)
        if said is None:
            continue
        url = said.url
        if url is not None and re.match(r"https?://\S+$", url) is None:
            made.remark((*place, "url"), f"left out: {url!r} is no address of a page")
            url = None
        read = meeting(of + said.description, said.day, said.time, said.tz, said.frequency, url)
        for doubt in read.doubts:
            made.remark(place, doubt)
        if part := made.read(MeetingPart, read.declared(), place):
            made.counts["meetings"] += 1
            made.counts["meetings with a rule"] += part.rule is not None
            made.counts["meetings without a doubt"] += not read.doubts
            yield part


def _contact(made: Conversion, value: Any, path: Path_, whose: str) -> None:
    contact = _dict(value)
    if slack := contact.get("slack"):
        _channel(made, (*path, "slack"), f"#{slack}", "slack", SLACK.format(slack), whose)
    if url := contact.get("mailing_list"):
        name = re.split(r"[/!]", str(url).rstrip("/"))[-1]
        _channel(made, (*path, "mailing_list"), name, "other", url, whose)


def _channel(made: Conversion, path: Path_, name: str, kind: str, url: str, whose: str) -> None:
    """A channel, once; several groups may share one."""
    known = made.channels.get(name)
    if known is not None and known.url == url:
        whose = f"{known.purpose}; {whose}"
    elif known is not None:
        made.remark(path, f"left out: there is another channel {name}, {known.url}")
        return
    given = {"name": name, "kind": kind, "url": url, "purpose": whose}
    if part := made.read(ChannelPart, given, path):
        made.channels[name] = part


def _list_the_rest(made: Conversion, content: dict[str, Any]) -> None:
    """Fields nobody has taken, each with its number of values."""
    rest: Counter[str] = Counter()
    for section, value in content.items():
        for path in _leaves(value, ()):
            name = ".".join(path)
            if section not in SECTIONS or name not in TAKEN:
                rest[name if section in SECTIONS else ".".join((section, *path))] += 1
    for name, count in sorted(rest.items()):
        made.listed.append(Remark(name, f"not carried over, {count} values"))


def _leaves(value: Any, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    if isinstance(value, dict):
        for key, each in value.items():
            yield from _leaves(each, (*path, key))
    elif isinstance(value, list):
        for each in value:
            yield from _leaves(each, path)
    elif value is not None:
        yield path


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
