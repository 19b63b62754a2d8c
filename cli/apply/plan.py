"""What stands between a community and the file that declares it: steps, each with its outcome."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from cli import Failed
from cli.api import Api
from cli.apply.yaml_text import Path_

ABREAST = 4
"""Enough to keep the services busy."""


class Outcome(StrEnum):
    """What a step does, or did."""

    CREATE = "create"
    CHANGE = "change"
    UNCHANGED = "unchanged"
    NOT_MANAGED = "not managed"
    REFUSED = "refused"


class Unable(Failed):
    """This step cannot be done; the others can."""


class Step(NamedTuple):
    """One thing the file declares: what would happen to it, and how; `run` answers whether it wrote."""

    outcome: Outcome
    what: str
    detail: str = ""
    place: Path_ = ()
    run: Callable[[], bool] | None = None


class Stage(NamedTuple):
    """Steps whose turn comes together, in any order and several at once where `abreast`."""

    steps: list[Step]
    abreast: bool = True


@dataclass
class Place:
    """A community on the server, and the ids of what the file speaks of; filled while steps run."""

    api: Api
    path: str | None = None
    members: dict[str, str] = field(default_factory=dict)
    groups: dict[str, str] = field(default_factory=dict)
    ruled: set[str] = field(default_factory=set)

    @property
    def root(self) -> str:
        """The path of the community; `Unable` while it has none."""
        if self.path is None:
            raise Unable("the community is not there")
        return self.path

    def member(self, handle: str) -> str:
        """The path of a member; `Unable` when there is none of this handle."""
        if handle not in self.members:
            raise Unable(f"there is no active member {handle}")
        return f"{self.root}/members/{self.members[handle]}"

    def group(self, slug: str) -> str:
        """The path of a group; `Unable` when there is none of this slug."""
        if slug not in self.groups:
            raise Unable(f"there is no group {slug}")
        return f"{self.root}/groups/{self.groups[slug]}"
