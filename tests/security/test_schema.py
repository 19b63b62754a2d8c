"""The documented API keeps its word (S4): what schemathesis makes of the schema is answered as that says."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.security import world as places
from tests.security.world import World

SECONDS = 20
RULES = Path(__file__).with_name("schema_rules.py")

# What a schema cannot say, by the reason.
CONFIG = """
hooks = "{hooks}"

[parameters]
"path.community_id" = "{community_id}"
"query.community" = "{community_id}"

[checks]
# A made-up ETag is refused with 412, a missing one with 428 (RFC 9110 section 13.1.1, RFC 6585 section 3).
missing_required_header.expected-statuses = [400, 401, 403, 404, 406, 415, 422, 428]
negative_data_rejection.expected-statuses = [400, 401, 403, 404, 405, 406, 409, 412, 415, 422, 428, 431]
# 422 by a rule that has a name of its own, see schema_rules.py.
positive_data_acceptance.expected-statuses = ["2xx", 304, 401, 403, 404, 409, 412, 422]

# SCIM calls it 400 what no schema says: one primary value, a filter on what has no index.
[[operations]]
include-path-regex = "^/scim/"
exclude-path-regex = "/[.]search$"
checks.positive_data_acceptance.expected-statuses = ["2xx", 304, 400, 401, 403, 404, 409, 412]

# Under any other method "import", "summary" or ".search" is the id of a thing, and there is none.
[[operations]]
include-path-regex = "/import$|/summary$|/[.]search$"
checks.unsupported_method.enabled = false
checks.positive_data_acceptance.expected-statuses = ["2xx", 304, 400, 401, 403, 404, 409, 412, 422]
"""


def without_opaque_values(document: dict[str, Any]) -> dict[str, Any]:
    """The schema without cursors, which are ours to make, and keys, which name one request each."""
    for operations in document["paths"].values():
        for operation in operations.values():
            parameters = operation.get("parameters", [])
            operation["parameters"] = [
                p for p in parameters if p["name"] not in ("cursor", "Idempotency-Key")
            ]
    return document


def test_the_api_answers_as_it_is_documented(world: World, tmp_path: Path) -> None:
    community = places.found(world.owner)
    places.furnish(world.owner, community)
    document = without_opaque_values(world.owner.get("/openapi.json").json())
    schema, config = tmp_path / "openapi.json", tmp_path / "schemathesis.toml"
    schema.write_text(json.dumps(document), encoding="utf-8")
    config.write_text(CONFIG.format(hooks=RULES, community_id=community.id), encoding="utf-8")
    command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(config), "run", str(schema)]
    options = {
        "--url": world.cluster.url(),
        "--header": f"Authorization: Bearer {world.cluster.owner_key}",
        "--checks": "all",
        "--max-time": str(SECONDS),
        "--seed": "1",
        "--generation-database": "none",
    }
    said = [part for option in options.items() for part in option]
    run = subprocess.run(
        [*command, *said, "--no-color"], cwd=tmp_path, capture_output=True, text=True, timeout=4 * SECONDS
    )
    summary = run.stdout[run.stdout.find("SUMMARY") :]
    print(summary)  # noqa: T201
    assert run.returncode == 0, run.stdout[-12_000:] + run.stderr[-2_000:]
    assert "Tested: " in summary
