"""The documented API keeps its word (S4): what schemathesis makes of the schema is answered as that says."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.security import world as places
from tests.security.gatherings import gather
from tests.security.knowing import know
from tests.security.world import World

SECONDS = {"sqlite": 20, "postgres": 12}
"""What the schema says is judged above any store; that both judge alike is in test_torture.py."""
RULES = Path(__file__).with_name("schema_rules.py")

# What a schema cannot say, by the reason.
CONFIG = """
hooks = "{hooks}"

[parameters]
"path.community_id" = "{community_id}"
"query.community" = "{community_id}"
# What belongs to a thing is asked of one there is.
{things}

# All of them, which is the default; said on the command line it would go before what is said below.
[checks]
# A made-up ETag is refused with 412, a missing one with 428 (RFC 9110 section 13.1.1, RFC 6585 section 3),
# and too many items may be too large a body as well.
missing_required_header.expected-statuses = [400, 401, 403, 404, 406, 415, 422, 428]
negative_data_rejection.expected-statuses = [400, 401, 403, 404, 405, 406, 409, 412, 413, 415, 422, 428, 431]
# 422 by a rule that has a name of its own, see schema_rules.py.
positive_data_acceptance.expected-statuses = ["2xx", 304, 401, 403, 404, 409, 412, 422]

# SCIM calls it 400 what no schema says: one primary value, a filter on what has no index.
[[operations]]
include-path-regex = "^/scim/"
exclude-path-regex = "/[.]search$"
checks.positive_data_acceptance.expected-statuses = ["2xx", 304, 400, 401, 403, 404, 409, 412]

# Events and knowledge both have questions.
[[operations]]
include-path-regex = "^/v1/communities/[^/]+/questions/"
parameters = {{ "path.question_id" = "{knowledge_question}" }}

# Of an id that was given schemathesis believes, beside one that was not, that it made up both.
[[operations]]
include-path-regex = "/articles/[{{]article_id[}}]"
exclude-path-regex = "/revisions/[{{]|/revert/"
parameters = {{ "path.article_id" = "{article_id}" }}

# Under any other method "import", "summary", ".search" and the like is the id of a thing, and there is none.
[[operations]]
include-path-regex = "/import$|/summary$|/preview$|/[.]search$|[.]ics$|/from-source$|/invitations$|/stale$"
checks.unsupported_method.enabled = false
checks.allow_header_conformance.enabled = false
checks.positive_data_acceptance.expected-statuses = ["2xx", 304, 400, 401, 403, 404, 409, 412, 422]
"""

THINGS = {
    "event_id": "event_id",
    "series_id": "series_id",
    "registration_id": "registration_id",
    "series_registration_id": "series_registration_id",
    "question_id": "question_id",
    "collection_id": "collection_id",
    "answer_id": "answer_id",
    "resource_id": "resource_id",
    "import_id": "import_id",
    "search_id": "search_id",
    "call_id": "call_id",
    "task_id": "task_id",
    "attachment_id": "attachment_id",
}
"""Without them nearly all that is asked about events and articles would be asked of none."""


def without_opaque_values(document: dict[str, Any]) -> dict[str, Any]:
    """The schema without cursors, which are ours to make, and keys, which name one request each."""
    for operations in document["paths"].values():
        for operation in operations.values():
            parameters = operation.get("parameters", [])
            operation["parameters"] = [
                p for p in parameters if p["name"] not in ("cursor", "Idempotency-Key")
            ]
    return document


def test_the_api_answers_as_it_is_documented(world: World, database: str, tmp_path: Path) -> None:
    community = places.found(world.owner)
    places.furnish(world.owner, community)
    with world.cluster.client(world.issuer.token(f"reader-{database}")) as person:
        places.join(person, community, "reader")
        gather(world.owner, world.cluster, community, person)
        know(world.owner, community, person)
    document = without_opaque_values(world.owner.get("/openapi.json").json())
    schema, config = tmp_path / "openapi.json", tmp_path / "schemathesis.toml"
    schema.write_text(json.dumps(document), encoding="utf-8")
    things = "\n".join(f'"path.{name}" = "{community.things[thing]}"' for name, thing in THINGS.items())
    of_some = {name: community.things[name] for name in ("knowledge_question", "article_id")}
    given = CONFIG.format(hooks=RULES, community_id=community.id, things=things, **of_some)
    config.write_text(given, encoding="utf-8")
    command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(config), "run", str(schema)]
    options = {
        "--url": world.cluster.url(),
        "--header": f"Authorization: Bearer {world.cluster.owner_key}",
        "--max-time": str(SECONDS[database]),
        "--seed": "1",
        "--generation-database": "none",
    }
    said = [part for option in options.items() for part in option]
    run = subprocess.run(
        [*command, *said, "--no-color"], cwd=tmp_path, capture_output=True, text=True, timeout=90
    )
    summary = run.stdout[run.stdout.find("SUMMARY") :]
    print(summary)  # noqa: T201
    assert run.returncode == 0, run.stdout[-12_000:] + run.stderr[-2_000:]
    assert "Tested: " in summary
