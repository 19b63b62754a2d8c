"""Files are named for behaviours and stay short; rules and contracts stand on nothing."""

import ast
import sys
from pathlib import Path

import pytest

from tests.architecture.tree import CODE, ROOT, SERVICES, imported, modules, service, tree

KINDS = {"service", "services", "utils", "util", "helpers", "helper", "common", "types", "manager", "base"}
SLICE_LINES = 160
FUNCTION_LINES = 45
RULES = [path for path in modules("services") if path.name == "rules.py"]
CONTRACTS = modules("shared/contracts")


def test_no_file_is_named_after_a_kind() -> None:
    assert [str(path) for path in modules(*CODE) if path.stem in KINDS] == []


@pytest.mark.parametrize("name", SERVICES)
def test_slices_are_short(name: str) -> None:
    files = [Path(str(part.__file__)) for part in service(name).slices]
    lengths = {str(file): len(file.read_text(encoding="utf-8").splitlines()) for file in files}
    assert {file: length for file, length in lengths.items() if length > SLICE_LINES} == {}


def test_functions_are_short() -> None:
    long = [
        f"{path}: {node.name}"
        for path in modules("shared", "services", "cli")
        for node in ast.walk(tree(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or 0) - node.lineno >= FUNCTION_LINES
    ]
    assert long == []


def test_every_module_says_what_it_is() -> None:
    silent = [
        str(path) for path in modules(*CODE) if path.stem != "__init__" and not ast.get_docstring(tree(path))
    ]
    assert silent == []


def test_nobody_uses_an_orm_session() -> None:
    """Statements run at once and in the order written (docs/decisions/0001)."""
    sessions = {"Session", "sessionmaker", "AsyncSession", "async_sessionmaker", "scoped_session"}
    users = [
        str(path)
        for path in modules("shared", "services", "cli")
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ImportFrom) and sessions & {alias.name for alias in node.names}
    ]
    assert users == []


@pytest.mark.parametrize("path", RULES, ids=str)
def test_rules_stand_on_the_standard_library_and_other_rules_of_their_service(path: Path) -> None:
    own = ".".join(path.parts[:2])
    foreign = [name for name in imported(path) if name.split(".")[0] not in sys.stdlib_module_names]
    assert [name for name in foreign if not (name.startswith(own) and name.endswith(".rules"))] == []


@pytest.mark.parametrize("path", CONTRACTS, ids=str)
def test_contracts_import_pydantic_and_facts_only(path: Path) -> None:
    foreign = {name for name in imported(path) if name.split(".")[0] not in sys.stdlib_module_names}
    own = {name for name in foreign if name.startswith("shared.contracts.")}
    assert foreign - own <= {"pydantic", "shared.facts"}


def test_every_service_is_a_folder_with_the_same_first_files() -> None:
    for name in SERVICES:
        folder = ROOT / "services" / name
        missing = [
            file for file in ("README.md", "app.py", "models.py", "rules.py") if not (folder / file).exists()
        ]
        assert not missing, f"{name} lacks {missing}"
        assert list((folder / "migrations" / "versions").glob("0001_*.py")), f"{name} has no migration"


def test_every_slice_of_a_folder_is_listed() -> None:
    """A file with a router or consumers that `app.py` forgot would silently do nothing."""
    for name in SERVICES:
        listed = {Path(str(part.__file__)).relative_to(ROOT) for part in service(name).slices}
        declared = {path for path in modules(f"services/{name}") if _declares_behaviour(path)}
        assert declared <= listed, f"{name}: not in app.py: {sorted(map(str, declared - listed))}"


def _declares_behaviour(path: Path) -> bool:
    targets = [
        target.id
        for node in tree(path).body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    ]
    return bool({"router", "consumers", "jobs"} & set(targets))
