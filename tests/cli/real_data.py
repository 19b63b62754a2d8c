"""Real histories with independently computed results, for whoever has them beside the repository."""

from pathlib import Path

import pytest

DATA = Path(__file__).parents[3] / "shared" / "data"
COLLEGE = DATA / "engagement-collegemsg"
HISTORY = DATA / "conv-stackexchange"

needs_real_data = pytest.mark.skipif(
    not (COLLEGE.is_dir() and HISTORY.is_dir()), reason=f"the real histories are not in {DATA}"
)
"""Skips, and the summary of the run says how many and why."""
