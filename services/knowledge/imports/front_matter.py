"""Read what stands before a Markdown text: YAML or TOML between its marks -> words by their names."""

import re
import tomllib
from collections.abc import Mapping
from typing import Any

import yaml

from services.knowledge.imports.understood import Notes
from services.knowledge.imports.writing import fenced

LONGEST = 20_000
_YAML = re.compile(r"---[ \t]*\n(.*?)^(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)
_TOML = re.compile(r"\+\+\+[ \t]*\n(.*?)^\+\+\+[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)
_NAMED = re.compile(r"\s*[\w -]{1,60}[:=]")

Said = Mapping[str, str | tuple[str, ...]]
"""Words, or lists of words, by lower-case name with `-` for spaces and underscores."""


def split(text: str, notes: Notes) -> tuple[Said, str]:
    """What is said of a text, and the text; what cannot be read stays before it, in a block of code."""
    for pattern, read, language in ((_YAML, _yaml, "yaml"), (_TOML, _toml, "toml")):
        found = pattern.match(text, 0, LONGEST + 10)
        if found is None:
            continue
        rest = text[found.end() :]
        try:
            given = read(found[1])
        except (yaml.YAMLError, tomllib.TOMLDecodeError, RecursionError, ValueError) as error:
            if not _NAMED.match(found[1]):  # two lines of dashes, and text between them
                return {}, text
            reason = (str(getattr(error, "problem", "") or error).splitlines() or ["no reason"])[0]
            notes.add(f"front matter is no {language.upper()} ({reason}): kept as text")
            return {}, f"{fenced(found[1], language)}\n\n{rest}"
        if given is None:
            return {}, text
        return _words(given, notes), rest.removeprefix("\n")
    return {}, text


def _yaml(text: str) -> Any:
    """Every scalar as it is written, no tag means anything; None for what is no mapping."""
    given = yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506 - it makes texts, lists and mappings only
    if given == "":
        return {}
    return given if isinstance(given, dict) else None


def _toml(text: str) -> Any:
    return tomllib.loads(text)


def _words(given: dict[Any, Any], notes: Notes) -> Said:
    said: dict[str, str | tuple[str, ...]] = {}
    for name, value in given.items():
        key = re.sub(r"[\s_]+", "-", str(name).strip().lower())[:60]
        if isinstance(value, list):
            said[key] = tuple(str(each).strip()[:400] for each in value if not isinstance(each, list | dict))[
                :100
            ]
        elif isinstance(value, dict):
            notes.add(f"front matter: {key} is not understood")
        else:
            said[key] = (
                ("true" if value else "false") if isinstance(value, bool) else str(value).strip()[:4000]
            )
    return said
