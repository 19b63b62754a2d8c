"""Which service answers a path: the paths the services declare -> one look-up; all else is nobody's."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple


class AmbiguousPath(Exception):
    """Two services claim one path."""


class Found(NamedTuple):
    """The service, and the path's community as it was written ("" without one)."""

    service: str
    community: str


@dataclass
class _Node:
    """A place in the tree of paths; once all paths below belong to one service it is that service's."""

    below: dict[str, "_Node"] = field(default_factory=dict)
    any: "_Node | None" = None
    here: str | None = None
    services: set[str] = field(default_factory=set)
    only: str | None = None


class Routes:
    """Built from every service's public path templates; what none of them declares gets no further."""

    def __init__(self, templates: Mapping[str, Iterable[str]]) -> None:
        self._root = _Node()
        for service, paths in templates.items():
            for path in paths:
                self._add(service, path)
        self._settle(self._root)

    def _add(self, service: str, path: str) -> None:
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
        node.here = service

    def _settle(self, node: _Node) -> None:
        if len(node.services) == 1:
            node.only = next(iter(node.services))
        for child in (*node.below.values(), *([node.any] if node.any else [])):
            self._settle(child)

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
        return Found(node.here, community) if node.here else None
