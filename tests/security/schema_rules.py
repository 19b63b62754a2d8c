"""A check for schemathesis: what the schema allows is refused, if at all, by a rule that says what it is."""

from typing import Any

import schemathesis
from schemathesis import Case, CheckContext, Response

BY_A_RULE = "Value error, "
"""How a reason begins that a validator of ours gives: `from` before `to`, one of two, the name of a zone."""


@schemathesis.check
def refused_by_a_rule(_context: CheckContext, response: Response, case: Case[Any]) -> None:
    """A well-formed request is no invalid input but for what a schema cannot say."""
    meta = case.meta
    if meta is None or not meta.generation.mode.is_positive or response.status_code != 422:
        return
    problem = response.json()
    if problem["type"] != "/problems/invalid-input":
        return
    if not any(each["reason"].startswith(BY_A_RULE) for each in problem["errors"]):
        raise AssertionError(f"what the schema allows is invalid input: {response.text}")
