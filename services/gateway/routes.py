"""Which service answers a path: the paths the services declare -> one look-up; all else is nobody's."""

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple


class AmbiguousPath(Exception):
    """Two services claim one path."""


class Found(NamedTuple):
    """The service, and the path's community as it was written ("" without one).

    `by_token`: whoever calls need not sign in, the service asks for a token of its own."""

    service: str
    community: str
    by_token: bool = False


@dataclass
class _Node:
    """A place in the tree of paths; once all paths below belong to one service, and to those who signed in,
    it is that service's."""

    below: dict[str, "_Node"] = field(default_factory=dict)
    any: "_Node | None" = None
    here: str | None = None
    services: set[str] = field(default_factory=set)
    only: str | None = None
    by_token: bool = False


class Routes:
    """Built from every service's public path templates; what none of them declares gets no further.

    A name in a path goes before what stands for any: of `members/me/stage` only `members/me/...` is known."""

    def __init__(self, templates: Mapping[str, Iterable[str]], by_token: Container[str] = ()) -> None:
        self._root = _Node()
        for service, paths in templates.items():
            for path in paths:
                self._add(service, path, by_token=path in by_token)
        self._settle(self._root)

    def _add(self, service: str, path: str, *, by_token: bool) -> None:
        node = self._root
        for segment in path.split("/")[1:]:
            node.services.add(service)
            if segment.startswith("{"):
                node.any = node = node.any or _Node()
            else:
                node = node.below.setdefault(segment, _Node())
        node.services.add(service)
        if node.here not in (None, service):
            raise AmbiguousPath(f"{path} is claimed by {node.here} and {service}")
        node.here, node.by_token = service, by_token

    def _settle(self, node: _Node) -> bool:
        """Whether all here and below is for those who signed in."""
        children = (*node.below.values(), *([node.any] if node.any else []))
        settled = [self._settle(child) for child in children]
        signed_in = all(settled) and not node.by_token
        if len(node.services) == 1 and signed_in:
            node.only = next(iter(node.services))
        return signed_in

    def find(self, path: str) -> Found | None:
        """Who answers `path`; whether all of it exists, and by which method, that service knows."""
        if path.endswith("/") or "//" in path:
            return None
        segments = path.split("/")
        community = segments[3] if len(segments) > 3 and segments[2] == "communities" else ""
        node = self._root
        for segment in segments[1:]:
            child = node.below.get(segment) or node.any
            if child is None:
                return None
            if child.only is not None:
                return Found(child.only, community)
            node = child
        return Found(node.here, community, node.by_token) if node.here else None
