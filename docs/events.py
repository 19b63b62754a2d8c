"""The catalogue of facts, from the contracts and the services' slices; `make generate` writes events.md."""

import sys
from collections import defaultdict
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

from shared import contracts
from shared.facts import Fact

HEAD = """\
# Facts
What services tell one another; generated from `shared/contracts` by `make generate`.

Every fact is a JSON message on the stream `GUILDHALL`, subject `guildhall.<owner>.<fact>.v<n>.<community_id>`
(`_` where there is no community). It carries ids, enums and counts, and of texts only the names of
communities and the titles of events and articles; whoever needs more asks the owner. Beside what is listed
here each has

- `fact_id`, the same in every repetition,
- `occurred_at`, the time in the community, for imported history in the past,
- `community_id`, and `actor` as `{"kind", "id"}`,
- `aggregate_version`: facts of one aggregate arrive in this order,
- `correlation_id` and `causation_id`.

A member that a consumer does not know is ignored.
"""


ANNOUNCED = "announced"


def facts(owner: str) -> list[type[Fact]]:
    """What `owner` publishes, in the order of its contract."""
    module = import_module(f"shared.contracts.{owner}")
    classes = [
        value for value in vars(module).values() if isinstance(value, type) and issubclass(value, Fact)
    ]
    # A class that others derive from is no fact but what they have in common.
    own = [each for each in classes if each.__module__.startswith(module.__name__)]
    return [each for each in own if not each.__subclasses__()]


def owners() -> list[str]:
    """The services that publish facts."""
    return [module.name for module in iter_modules(contracts.__path__)]


def consumers() -> dict[type[Fact], list[str]]:
    """Which services act on a fact."""
    found: dict[type[Fact], list[str]] = defaultdict(list)
    for path in sorted(Path("services").glob("*/app.py")):
        service = import_module(f"services.{path.parent.name}.app").service
        for part in service.slices:
            for subscription in getattr(getattr(part, "consumers", None), "subscriptions", []):
                if service.name not in found[subscription.fact]:
                    found[subscription.fact].append(service.name)
    return found


def catalogue() -> str:
    """The whole page."""
    heard_by = consumers()
    lines = [HEAD]
    for owner in owners():
        lines += [f"## {owner}"]
        lines += (
            ["Consumers are ready for these; nobody publishes them yet.", ""] if owner == ANNOUNCED else []
        )
        lines += ["| fact | aggregate | members | consumed by |", "|---|---|---|---|"]
        for fact in facts(owner):
            own = [f"`{name}`" for name in fact.model_fields if name not in Fact.model_fields]
            said = (fact.__doc__ or "").strip().splitlines()[0]
            versioned = f"`{fact.__name__}` v{fact.version}"
            row = (f"{versioned}<br>{said}", fact.aggregate, ", ".join(own), ", ".join(heard_by[fact]))
            lines.append("| " + " | ".join(cell or "-" for cell in row) + " |")
        lines.append("")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.stdout.write(catalogue())
