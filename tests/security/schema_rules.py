"""A check for schemathesis: what the schema allows is refused, if at all, by a rule that has a name."""

import re
from typing import Any

import schemathesis
from schemathesis import Case, CheckContext, Response

UNSAYABLE = re.compile(r"/metrics|/retention|/v1/clients|/v1/communities$|/v1/communities/{community_id}$")
"""Here a type refuses what a schema cannot say: `from` before `to`, the names of time zones."""


@schemathesis.check
def refused_by_a_rule_with_a_name(_context: CheckContext, response: Response, case: Case[Any]) -> None:
    """A well-formed request is no invalid input."""
    meta = case.meta
    if meta is None or not meta.generation.mode.is_positive or response.status_code != 422:
        return
    problem = response.json()["type"]
    if problem == "/problems/invalid-input" and not UNSAYABLE.search(case.operation.path):
        raise AssertionError(f"what the schema allows is invalid input: {response.text}")
