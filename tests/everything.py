"""The whole suite as two runs at once, one for each database: `python -m tests.everything [pytest options]`.

Both wait for processes much of the time, so together they take less than one after the other. The first is
shown as it goes, the second when it has ended; what the databases made of hostile input is compared in the
end. The exit code is that of the first run that failed.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
DATABASES = ("sqlite", "postgres")


def main(options: list[str]) -> int:
    """Run all; the exit code."""
    with tempfile.TemporaryDirectory() as verdicts:
        codes = _run_all(options, Path(verdicts))
        return next((code for code in codes if code), 0) or _compared(Path(verdicts), whole=not options)


def _run_all(options: list[str], verdicts: Path) -> list[int]:
    environment = os.environ | {"GUILDHALL_TEST_VERDICTS": str(verdicts)}
    runs: list[tuple[subprocess.Popen[bytes], Path]] = []
    for database in DATABASES:
        said = verdicts / f"{database}.txt"
        with said.open("wb") as kept:
            command = [sys.executable, "-m", "pytest", *options, "--half", database]
            shown = kept if runs else None
            run = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=shown, stderr=subprocess.STDOUT)
        runs.append((run, said))
    try:
        codes = [run.wait() for run, _ in runs]
    except BaseException:
        for run, _ in runs:
            run.terminate()
        raise
    for _, said in runs[1:]:
        sys.stdout.write(f"\nOn PostgreSQL:\n{said.read_text(encoding='utf-8', errors='replace')}")
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
