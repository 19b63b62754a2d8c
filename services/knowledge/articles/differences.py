"""How two texts differ, line by line, in bounded time."""

from dataclasses import dataclass
from difflib import SequenceMatcher

LINES_MAX = 2000
"""Lines of either text, without the beginning and the end they share, that are compared one by one."""
CONTEXT = 3

Opcode = tuple[str, int, int, int, int]


@dataclass(frozen=True, slots=True)
class Differences:
    """A unified diff, and how many lines it adds and removes; `coarse` when the texts were too long."""

    text: str
    added: int
    removed: int
    coarse: bool


def differences(before: str, after: str, name_before: str, name_after: str) -> Differences:
    """What makes `after` of `before`; empty when they are the same. A last line without an end is marked as
    `diff` marks it."""
    old, new = _lines(before), _lines(after)
    opcodes, coarse = _opcodes(old, new)
    removed = sum(i2 - i1 for tag, i1, i2, _, _ in opcodes if tag != "equal")
    added = sum(j2 - j1 for tag, _, _, j1, j2 in opcodes if tag != "equal")
    if not removed and not added:
        return Differences("", 0, 0, coarse)
    lines = [f"--- {name_before}\n", f"+++ {name_after}\n"]
    for group in _grouped(opcodes):
        (_, i1, _, j1, _), (_, _, i2, _, j2) = group[0], group[-1]
        lines.append(f"@@ -{_range(i1, i2)} +{_range(j1, j2)} @@\n")
        for tag, i1, i2, j1, j2 in group:
            if tag == "equal":
                lines += [_line(" ", each) for each in old[i1:i2]]
            else:
                lines += [_line("-", each) for each in old[i1:i2]]
                lines += [_line("+", each) for each in new[j1:j2]]
    return Differences("".join(lines), added, removed, coarse)


def _lines(text: str) -> list[str]:
    """The lines with their ends; other characters that part lines are part of them."""
    *whole, last = text.split("\n")
    return [f"{line}\n" for line in whole] + ([last] if last else [])


def _opcodes(old: list[str], new: list[str]) -> tuple[list[Opcode], bool]:
    """How to get from old to new; what both begin and end with is not looked at."""
    most = min(len(old), len(new))
    start = next((i for i in range(most) if old[i] != new[i]), most)
    end = next((i for i in range(most - start) if old[-1 - i] != new[-1 - i]), most - start)
    middle_old, middle_new = old[start : len(old) - end], new[start : len(new) - end]
    coarse = max(len(middle_old), len(middle_new)) > LINES_MAX and bool(middle_old and middle_new)
    if coarse:
        within: list[Opcode] = [("replace", 0, len(middle_old), 0, len(middle_new))]
    else:
        within = list(SequenceMatcher(None, middle_old, middle_new).get_opcodes())
    moved = [(tag, i1 + start, i2 + start, j1 + start, j2 + start) for tag, i1, i2, j1, j2 in within]
    shared_start: list[Opcode] = [("equal", 0, start, 0, start)] if start else []
    last = (len(old) - end, len(old), len(new) - end, len(new))
    shared_end: list[Opcode] = [("equal", *last)] if end else []
    return shared_start + moved + shared_end, coarse


def _grouped(opcodes: list[Opcode]) -> list[list[Opcode]]:
    """Hunks: what changed with `CONTEXT` lines around."""
    matcher: SequenceMatcher[str] = SequenceMatcher(None, [], [])
    matcher.opcodes = opcodes  # type: ignore[attr-defined]  # what it would find out itself
    return list(matcher.get_grouped_opcodes(CONTEXT))


def _range(start: int, stop: int) -> str:
    """A range of lines as unified diffs write it: from one, and its length unless that is one."""
    length = stop - start
    if length == 1:
        return str(start + 1)
    return f"{start + (1 if length else 0)},{length}"


def _line(mark: str, line: str) -> str:
    return f"{mark}{line}" if line.endswith("\n") else f"{mark}{line}\n\\ No newline at end of file\n"
