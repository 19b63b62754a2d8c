"""The ratio of two servers under the same load."""

import statistics
from collections.abc import Sequence

from bench.load import Seen
from bench.rounds import Row, ratio, remarks_on

GENERATOR_LIMIT = 0.85
"""A load generator busier than this may have been what was measured."""


def compared(
    id: str, question: str, target: str, ours: Sequence[Seen], theirs: Sequence[Seen], **beside: float
) -> Row:
    """Requests per second of `ours` over `theirs`; by processor time where the generator was the limit."""
    ours_rates, their_rates = ([each.per_second for each in side] for side in (ours, theirs))
    remarks = remarks_on(their_rates)
    value = ratio(ours_rates, their_rates)
    by_cpu = ratio([each.cpu_us for each in theirs], [each.cpu_us or 1.0 for each in ours])
    busy = max(each.generator_busy for each in (*ours, *theirs))
    if busy > GENERATOR_LIMIT and by_cpu:
        value = by_cpu
        remarks.append(f"load generator {busy:.0%} busy: ratio of processor times")
    figures = {
        "by_cpu": by_cpu,
        "per_second": statistics.median(ours_rates),
        "reference_per_second": statistics.median(their_rates),
        "cpu_us": statistics.median(each.cpu_us for each in ours),
        "reference_cpu_us": statistics.median(each.cpu_us for each in theirs),
    }
    return Row(id, question, value, target, figures | beside, remarks)
