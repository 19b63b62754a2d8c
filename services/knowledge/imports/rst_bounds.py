"""Keep docutils from making much of little: cells nobody wrote, substitutions within one another."""

import re
from typing import Any

from docutils import nodes
from docutils.parsers.rst import directives
from docutils.parsers.rst.directives.tables import CSVTable
from docutils.readers import standalone
from docutils.transforms.references import Substitutions

MOST_CELLS = 100_000
MOST_SUBSTITUTED = 200_000
"""Characters and nodes that stand where something else was written."""

_BORDER = re.compile(r"(?<!=)=++(?: ++=++)+")


class TooMuch(Exception):
    """A text becomes many times as long as it is."""


def require_small_tables(text: str) -> None:
    """Every row of a simple table has all columns of its border, however short the row."""
    widest = max((len(border.split()) for border in _BORDER.findall(text)), default=0)
    if widest * text.count("\n") > MOST_CELLS:
        raise TooMuch


class Table(CSVTable):
    """A table whose rows are filled up to the longest: of all of a text to MOST_CELLS cells at most."""

    def extend_short_rows_with_empty_cells(self, columns: int, parts: Any) -> None:
        settings = self.state.document.settings
        settings.cells_left -= columns * sum(map(len, parts))
        if settings.cells_left < 0:
            raise TooMuch
        super().extend_short_rows_with_empty_cells(columns, parts)


class Reader(standalone.Reader):  # type: ignore[type-arg]  # generic in its stubs only
    """Reads as docutils does, with what is substituted counted before it is."""

    def get_transforms(self) -> list[Any]:
        return [_Counted if each is Substitutions else each for each in super().get_transforms()]


class _Counted(Substitutions):
    def apply(self, **kwargs: Any) -> None:
        sizes: dict[str, int] = {}
        if sum(self._size(name, sizes) for name in _names(self.document)) > MOST_SUBSTITUTED:
            raise TooMuch
        super().apply(**kwargs)

    def _size(self, name: str, sizes: dict[str, int]) -> int:
        """What stands for a name at last; what stands for itself is endless."""
        known: dict[str, Any] = self.document.substitution_defs
        key = name if name in known else self.document.substitution_names.get(name.lower(), "")
        if key not in known:
            return 0
        if key not in sizes:
            sizes[key] = MOST_SUBSTITUTED
            own = len(known[key].astext()) + sum(1 for _ in known[key].findall())
            sizes[key] = own + sum(self._size(each, sizes) for each in _names(known[key]))
        return sizes[key]


def _names(node: Any) -> list[str]:
    return [str(each["refname"]) for each in node.findall(nodes.substitution_reference)]


directives.register_directive("csv-table", Table)
