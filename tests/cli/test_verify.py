"""`guildhall verify`: content with what is right, exit code 1 and the place for what is not."""

from collections.abc import Callable
from pathlib import Path

import pytest

from shared.testing import Cluster
from tests.cli.conftest import Ran, run

SAMPLES = Path(__file__).parent / "samples"


@pytest.fixture
def filled(cluster: Callable[..., Cluster]) -> Cluster:
    """A cluster with an imported community, everything applied."""
    running = cluster()
    done = run(
        running.variables(), "import", "stackexchange", SAMPLES / "dump", "--community", "c-1", "--create"
    )
    assert done.returncode == 0, done.stderr
    running.wait_converged()
    return running


def wrong(done: Ran) -> list[str]:
    """The checks that found something, as `service check`."""
    rows = [line.split() for line in done.stdout.splitlines()[1:]]
    numbers = [next(i for i, word in enumerate(row) if word.replace(",", "").isdigit()) for row in rows]
    return [" ".join(row[:at]) for row, at in zip(rows, numbers, strict=True) if row[at + 1] != "0"]


def test_what_is_lost_or_cut_off_is_found(filled: Cluster, tmp_path: Path) -> None:
    heads = tmp_path / "heads.json"
    sound = run(filled.variables(), "verify", "--export", heads)
    assert (sound.returncode, wrong(sound)) == (0, []), sound.stdout

    filled.execute("metrics", "DELETE FROM inbox WHERE fact_id = (SELECT fact_id FROM inbox LIMIT 1)")
    lost = run(filled.variables(), "verify")
    assert lost.returncode == 1
    assert len(wrong(lost)) == 1
    assert wrong(lost)[0].startswith("metrics facts of")

    filled.execute("engagement", "DELETE FROM audit WHERE seq = (SELECT max(seq) FROM audit)")
    last = "(SELECT hash FROM audit ORDER BY seq DESC LIMIT 1)"
    filled.execute("engagement", f"UPDATE audit_head SET seq = seq - 1, hash = {last}")
    assert "engagement audit log" not in wrong(run(filled.variables(), "verify"))
    assert "engagement audit log" in wrong(run(filled.variables(), "verify", "--against", heads))
