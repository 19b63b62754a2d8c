"""What an import read, wrote, left as it was, skipped and could not understand."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import NamedTuple

LISTED = 10_000
"""Remarks kept word by word; a file that is wrong throughout must not fill the memory."""


class Remark(NamedTuple):
    """A place in the source and what could not be taken from it as it stands there."""

    where: str
    reason: str


class Receipt(NamedTuple):
    """What the server did with the rows of one request."""

    written: int = 0
    unchanged: int = 0
    refused: tuple[Remark, ...] = ()

    def __or__(self, other: "Receipt") -> "Receipt":
        return Receipt(
            self.written + other.written, self.unchanged + other.unchanged, self.refused + other.refused
        )


@dataclass
class Report:
    """Counts rows of the source; `not_understood` says where and why, in the order met."""

    read: int = 0
    written: int = 0
    unchanged: int = 0
    skipped: int = 0
    not_understood: list[Remark] = field(default_factory=list)
    unlisted: int = 0

    def remark(self, where: str, reason: str) -> None:
        """Notes that something at `where` was not taken as it stands."""
        if len(self.not_understood) < LISTED:
            self.not_understood.append(Remark(where, reason))
        else:
            self.unlisted += 1

    def add(self, receipt: Receipt) -> None:
        """Counts what the server answered."""
        self.written += receipt.written
        self.unchanged += receipt.unchanged
        for refused in receipt.refused:
            self.remark(*refused)

    def save(self, path: Path) -> None:
        """Writes the report as JSON: read, written, unchanged, skipped, not_understood [{where, reason}]."""
        document = asdict(self)
        unlisted = document.pop("unlisted")
        document["not_understood"] = [remark._asdict() for remark in self.not_understood]
        if unlisted:
            rest = Remark("the rest", f"{unlisted} more remarks")
            document["not_understood"].append(rest._asdict())
        path.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
