"""The whole suite as four runs at once, two for each database: `python -m tests.everything [options]`.

Each waits for processes most of the time, so together they take little longer than the longest. The first is
shown as it goes, the others when they have ended. What the databases made of hostile input is compared in the
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
SOME = ("faults", "membership", "gateway", "contracts", "architecture")
OTHERS = ("cli", "security", "engagement", "metrics", "shared", "deploy", "journeys")


def main(options: list[str]) -> int:
    """Run all; the exit code."""
    folders = {path.name for path in (ROOT / "tests").iterdir() if any(path.glob("test_*.py"))}
    if folders != {*SOME, *OTHERS}:
        sys.stderr.write(f"tests/everything.py does not know {sorted(folders ^ {*SOME, *OTHERS})}\n")
        return 2
    with tempfile.TemporaryDirectory() as verdicts:
        codes = _run_all(options, Path(verdicts))
        return next((code for code in codes if code), 0) or (0 if options else _compared(Path(verdicts)))


def _run_all(options: list[str], verdicts: Path) -> list[int]:
    environment = os.environ | {"GUILDHALL_TEST_VERDICTS": str(verdicts)}
    runs: list[tuple[str, subprocess.Popen[bytes], Path]] = []
    for database in DATABASES:
        for part in (SOME, OTHERS):
            paths = [f"tests/{folder}" for folder in part]
            command = [sys.executable, "-m", "pytest", *options, "--half", database, *paths]
            said = verdicts / f"{database}-{part[0]}.txt"
            with said.open("wb") as kept:
                shown = None if not runs else kept
                run = subprocess.Popen(
                    command, cwd=ROOT, env=environment, stdout=shown, stderr=subprocess.STDOUT
                )
            runs.append((f"{database}: {', '.join(part)}", run, said))
    try:
        codes = [run.wait() for _, run, _ in runs]
    except BaseException:
        for _, run, _ in runs:
            run.terminate()
        raise
    for name, _, said in runs[1:]:
        sys.stdout.write(f"\n{name}\n{said.read_text(encoding='utf-8', errors='replace')}")
    return codes


def _compared(verdicts: Path) -> int:
    """Whether both databases answered every hostile request alike."""
    found = {each: json.loads((verdicts / f"{each}.json").read_text("utf-8")) for each in DATABASES}
    sqlite, postgres = (found[each] for each in DATABASES)
    different = sorted(case for case in sqlite | postgres if sqlite.get(case) != postgres.get(case))
    sys.stdout.write(f"\n{len(sqlite)} hostile requests judged, {len(different)} of them not alike.\n")
    for case in different[:20]:
        sys.stdout.write(f"  {case}: {sqlite.get(case)} on SQLite, {postgres.get(case)} on PostgreSQL\n")
    return 1 if different or not sqlite else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
