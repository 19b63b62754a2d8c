"""Measures the ratios of the design: `python -m bench [--quick] [ROW ...]`, rows as T3; all without.

Prints one line per row and writes `bench/results.json`. Exit code 0 also where a target is missed: what the
machine was doing at the time is for the reader to judge.
"""

import argparse
import json
import platform
import sys
import time
from dataclasses import asdict
from pathlib import Path

from bench import (
    batch_ingest,
    calendars,
    commit_lag,
    drain,
    durable_post,
    footprint,
    kpi,
    list_page,
    pass_through,
    recurrence,
    registration,
    search,
    validated_get,
)
from bench.processes import cores
from bench.rounds import QUICK, Effort, Row

QUESTIONS = {
    "T1": validated_get.measure,
    "T2": list_page.measure,
    "T3": durable_post.measure,
    "T4": batch_ingest.measure,
    "T5": pass_through.measure,
    "T6": pass_through.measure,
    "T8": commit_lag.measure,
    "T9": drain.measure,
    "T10": kpi.measure,
    "T11": footprint.measure,
    "T12": durable_post.measure,
    "T13": recurrence.measure,
    "T14": registration.measure,
    "T15": calendars.measure,
    "T16": search.searched,
    "T17": search.written,
}
RESULTS = Path(__file__).with_name("results.json")


def main() -> None:
    """Measure what was asked for, row by row."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("rows", nargs="*", metavar="ROW", help=f"one of {', '.join(QUESTIONS)}")
    parser.add_argument("--quick", action="store_true", help="one short round each: does it run at all?")
    given = parser.parse_args()
    unknown = [row for row in given.rows if row not in QUESTIONS]
    if unknown:
        parser.error(f"unknown: {', '.join(unknown)}")
    effort = QUICK if given.quick else Effort()
    print(f"{platform.platform()}, Python {platform.python_version()}, cores {cores()}, {effort}", flush=True)
    began = time.monotonic()
    found: dict[str, Row] = {}
    for measure in dict.fromkeys(QUESTIONS[row] for row in given.rows or QUESTIONS):
        for row in measure(effort):
            found[row.id] = row
            _show(row)
    write(list(found.values()))
    print(f"{time.monotonic() - began:.0f} s, {RESULTS}")


def _show(row: Row) -> None:
    verdict = "holds" if row.holds else "MISSES"
    print(f"{row.id:4} {row.question:62} {row.value:9.3f}  {row.target:9} {verdict}", flush=True)
    if row.beside:
        print("     " + "  ".join(f"{name} {value:.4g}" for name, value in row.beside.items()))
    for remark in row.remarks:
        print(f"     note: {remark}")
    sys.stdout.flush()


def write(rows: list[Row]) -> None:
    """Keep the figures beside the program."""
    machine = {"platform": platform.platform(), "python": platform.python_version(), "cores": cores()}
    document = {"machine": machine, "rows": [asdict(row) | {"holds": row.holds} for row in rows]}
    RESULTS.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
