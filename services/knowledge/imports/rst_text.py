"""Read reStructuredText: what docutils understands of it -> Markdown; nothing it could fetch or run is."""

import re
import threading
from typing import Any

from services.knowledge.imports.front_matter import Said
from services.knowledge.imports.rst_nodes import Writer
from services.knowledge.imports.understood import Notes, NotTaken
from services.knowledge.imports.writing import fenced
from services.knowledge.rules import BODY_LENGTH

LONGEST = 200_000
MOST_LINES = 10_000
"""What docutils reads in a few seconds, whatever it says."""

_SETTINGS: dict[str, Any] = {
    "_disable_config": True,
    "docinfo_xform": False,
    "doctitle_xform": False,
    "file_insertion_enabled": False,
    "halt_level": 5,
    "input_encoding": "unicode",
    "line_length_limit": 20_000,
    "raw_enabled": False,
    "report_level": 5,
    "smart_quotes": False,
    "syntax_highlight": "none",
    "traceback": True,
    "warning_stream": "",
}
_ONE_AT_A_TIME = threading.Lock()
"""docutils keeps the roles a text defines for all that are read afterwards."""


def restructured(text: str, notes: Notes) -> tuple[Said, str, str]:
    """What its first field list says, its first heading, and the text as Markdown.

    What docutils cannot read as a whole stays as it is, in a block of code."""
    if len(text) > BODY_LENGTH:
        raise NotTaken(f"it is longer than {BODY_LENGTH:,} characters")
    if not text.strip():
        return {}, "", ""
    if len(text) > LONGEST or text.count("\n") > MOST_LINES:
        notes.add("too long to be read as reStructuredText: kept as it stands")
        return {}, "", fenced(text, "rst")
    try:
        with _ONE_AT_A_TIME:
            written = _written(text)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - it fails in many ways on a text nobody vouches for
        notes.add(f"reStructuredText that cannot be read ({type(error).__name__}): kept as it stands")
        return {}, "", fenced(text, "rst")
    body = written.text()
    if not body.strip():
        notes.add("nothing of it is understood as reStructuredText: kept as it stands")
        return {}, "", fenced(text, "rst")
    for note in written.notes:
        notes.add(note)
    return {_key(name): value for name, value in written.fields.items()}, written.heading, body


def _key(name: str) -> str:
    return re.sub(r"[\s_]+", "-", name.strip().lower())[:60]


def _written(text: str) -> Writer:
    from docutils.core import publish_doctree
    from docutils.parsers.rst import roles

    from services.knowledge.imports.rst_bounds import MOST_CELLS, Reader, require_small_tables

    require_small_tables(text)

    of_all: dict[str, Any] = vars(roles)["_roles"]
    known = dict(of_all)
    try:
        document = publish_doctree(
            text, reader=Reader(), settings_overrides=_SETTINGS | {"cells_left": MOST_CELLS}
        )
    finally:
        of_all.clear()
        of_all.update(known)
    return Writer(document)
