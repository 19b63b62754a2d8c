"""Needles, and a search for them in everything an installation keeps."""

import json
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import uuid4

from shared.testing import Cluster

REPORTED: list[str] = []
"""What was found before an erasure, and what the services said they removed."""


def needle(what: str) -> str:
    """A text nobody else writes; where it may, with a letter that JSON may escape. Searches keep one word."""
    if what == "searched":
        return f"naedel{uuid4().hex}"
    return f"{'naedel' if what.startswith('key') else 'nädel'}-{what}-{uuid4().hex[:12]}"


@dataclass
class Haystack:
    """Everything an installation keeps, by place."""

    cluster: Cluster

    def places(self) -> Iterator[tuple[str, bytes]]:
        for path in sorted(self.cluster.home.rglob("*")):
            if path.is_file():
                yield str(path.relative_to(self.cluster.home)), path.read_bytes()
        for name in self.cluster.services:
            with urllib.request.urlopen(f"{self.cluster.url(name)}/metrics", timeout=5) as answer:  # noqa: S310
                yield f"{name}/metrics", answer.read()
            if self.cluster.postgres is not None:
                yield from self._tables(name)

    def _tables(self, name: str) -> Iterator[tuple[str, bytes]]:
        sql = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"
        for (table,) in self.cluster.rows(name, sql):
            cells = [cell for row in self.cluster.rows(name, f'SELECT * FROM "{table}"') for cell in row]
            raw = (cell if isinstance(cell, bytes) else str(cell).encode() for cell in cells)
            yield f"{name}.{table}", b"\n".join(raw)

    def find(self, needles: dict[str, str]) -> dict[str, list[str]]:
        """Where each needle is, as it was written or as JSON escapes it."""
        found: dict[str, list[str]] = {what: [] for what in needles}
        for place, content in self.places():
            for what, text in needles.items():
                if text.encode() in content or json.dumps(text)[1:-1].encode() in content:
                    found[what].append(place)
        return found
