"""The whole suite as three runs at once: `python -m tests.everything [pytest options]`.

One for each database, and one of the rest: the tests of faults, and those that ask for neither database. That
one waits for processes much of the time, and the others use what it leaves of the processors. The first is
shown as it goes, the others when they have ended; what the databases made of hostile input is compared in the
end. The exit code is that of the first run that failed.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
DATABASES = ("sqlite", "postgres")
PARTS = (*DATABASES, "rest")


def main(options: list[str]) -> int:
    """Run all; the exit code."""
    with tempfile.TemporaryDirectory() as verdicts:
        codes = _run_all(options, Path(verdicts))
        if options and any(code != pytest.ExitCode.NO_TESTS_COLLECTED for code in codes):
            # Of a few tests that were asked for, not every run has one.
            codes = [code for code in codes if code != pytest.ExitCode.NO_TESTS_COLLECTED]
        return next((code for code in codes if code), 0) or _compared(Path(verdicts), whole=not options)


def _run_all(options: list[str], folder: Path) -> list[int]:
    environment = os.environ | {"GUILDHALL_TEST_VERDICTS": str(folder)}
    began = time.monotonic()
    runs: list[tuple[str, subprocess.Popen[bytes], Path]] = []
    for part in PARTS:
        said = folder / f"{part}.txt"
        with said.open("wb") as kept:
            command = [sys.executable, "-m", "pytest", *options, "--part", part]
            shown = kept if runs else None
            run = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=shown, stderr=subprocess.STDOUT)
        runs.append((part, run, said))
    try:
        codes = [run.wait() for _, run, _ in runs]
    except BaseException:
        for _, run, _ in runs:
            run.terminate()
        raise
    for part, _, said in runs[1:]:
        sys.stdout.write(f"\nThe run of {part}:\n{said.read_text(encoding='utf-8', errors='replace')}")
    sys.stdout.write(f"\nAll of it took {time.monotonic() - began:.0f} s.\n")
    return codes


def _compared(verdicts: Path, *, whole: bool) -> int:
    """Whether both databases answered every hostile request alike; 0 when a part asked none."""
    if not whole and not all((verdicts / f"{each}.json").exists() for each in DATABASES):
        return 0
    found = {each: json.loads((verdicts / f"{each}.json").read_text("utf-8")) for each in DATABASES}
    sqlite, postgres = (found[each] for each in DATABASES)
    different = sorted(case for case in sqlite | postgres if sqlite.get(case) != postgres.get(case))
    sys.stdout.write(f"\n{len(sqlite)} hostile requests judged, {len(different)} of them not alike.\n")
    for case in different[:20]:
        sys.stdout.write(f"  {case}: {sqlite.get(case)} on SQLite, {postgres.get(case)} on PostgreSQL\n")
    return 1 if different or not sqlite else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
