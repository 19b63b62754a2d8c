"""The whole suite as two runs at once, SQLite and PostgreSQL: `python -m tests.halves [pytest options]`.

Both wait for processes most of the time, so together they take little longer than one. What the second
prints is shown when it has ended. The exit code is that of the first half that failed.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

HALVES = ("sqlite", "postgres")


def main(options: list[str]) -> int:
    """Run both halves; the exit code."""
    root = Path(__file__).parents[1]
    with tempfile.TemporaryFile("w+") as kept:
        command = [sys.executable, "-m", "pytest", *options, "--half"]
        second = subprocess.Popen([*command, HALVES[1]], cwd=root, stdout=kept, stderr=subprocess.STDOUT)
        first = subprocess.Popen([*command, HALVES[0]], cwd=root)
        try:
            codes = [first.wait(), second.wait()]
        except BaseException:
            first.terminate()
            second.terminate()
            raise
        kept.seek(0)
        sys.stdout.write(f"\nThe half on PostgreSQL:\n{kept.read()}")
    return next((code for code in codes if code), 0)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
