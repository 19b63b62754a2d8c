"""What deploys Guildhall names every service and agrees with the code, checked without a container engine."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from cli.up import SERVICES as STARTED
from shared.broker import find_binary
from shared.settings import SERVICES as NAMES
from shared.settings import Settings
from tests.deploy.composition import EXAMPLE, ROOT, composition, variables

SERVICES = sorted(path.parent.name for path in (ROOT / "services").glob("*/app.py"))
DEPLOY = ROOT / "deploy"
INSIDE = Settings(port=8000)
ADMIN_PORT = 9000
JOBS = ("keys", "tools")
RULES = yaml.safe_load((DEPLOY / "prometheus/alerts.yml").read_text(encoding="utf-8"))["groups"][0]["rules"]


@pytest.fixture(scope="module")
def containers() -> Any:
    return composition(variables(EXAMPLE.read_text(encoding="utf-8")))["services"]


def health_port(service: str) -> int:
    """Where health and metrics of a service are."""
    return ADMIN_PORT if service == "gateway" else INSIDE.port_of(service)


def test_every_service_is_started() -> None:
    assert sorted(STARTED) == SERVICES


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_has_a_container_a_migration_a_key_and_a_database(containers: Any, service: str) -> None:
    container, migration = containers[service], containers[f"migrate-{service}"]
    assert container["command"] == ["up", service]
    assert migration["command"] == ["migrate", service]
    assert (
        container["environment"]["GUILDHALL_DATABASE_URL"]
        == migration["environment"]["GUILDHALL_DATABASE_URL"]
    )
    assert f"@postgres:5432/guildhall_{service}" in container["environment"]["GUILDHALL_DATABASE_URL"]
    assert container["volumes"] == [f"{service}-keys:/run/guildhall:ro"]
    assert service in containers["keys"]["command"]
    assert f"{service}-keys:/keys/{service}" in containers["keys"]["volumes"]
    assert {"keys", f"migrate-{service}", "nats"} <= set(container["depends_on"])
    assert f"create {service} " in (DEPLOY / "postgres/init.sh").read_text(encoding="utf-8")
    assert f"/keys/{service}" in (DEPLOY / "Dockerfile").read_text(encoding="utf-8")


def test_who_seals_has_a_vault_key(containers: Any, tmp_path: Path) -> None:
    sealing = [
        service
        for service in SERVICES
        if any(
            re.search(r"^from shared\.(sealing|vault) import", path.read_text(encoding="utf-8"), re.MULTILINE)
            for path in (ROOT / "services" / service).rglob("*.py")
        )
    ]
    given = [name for name in SERVICES if "GUILDHALL_VAULT_KEY_FILE" in containers[name]["environment"]]
    subprocess.run([sys.executable, DEPLOY / "keys.py", tmp_path, *SERVICES], cwd=ROOT, check=True)
    keys = {name: (tmp_path / name / "vault.key").read_bytes() for name in given}
    assert sealing == given == sorted(path.parent.name for path in tmp_path.glob("*/vault.key"))
    assert len(set(keys.values())) == len(given)


@pytest.mark.parametrize("service", SERVICES)
def test_ports_are_those_of_the_settings(containers: Any, service: str) -> None:
    url = containers[service]["environment"][f"GUILDHALL_{service.upper()}_URL"]
    assert url == f"http://{service}:{INSIDE.port_of(service)}"
    assert f"127.0.0.1:{health_port(service)}/readyz" in containers[service]["healthcheck"]["test"][-1]


def test_our_containers_are_unprivileged_and_cannot_write_their_image(containers: Any) -> None:
    ours = [each for each in containers.values() if each["image"].startswith("guildhall:")]
    assert len(ours) == 2 * len(SERVICES) + len(JOBS)
    for container in ours:
        assert container["user"] == "10001:10001"
        assert container["read_only"] is True
        assert container["cap_drop"] == ["ALL"]
        assert container["security_opt"] == ["no-new-privileges:true"]


def test_only_gateway_and_grafana_are_reachable_and_only_from_this_machine(containers: Any) -> None:
    published = {name: each["ports"] for name, each in containers.items() if "ports" in each}
    assert published == {"gateway": ["127.0.0.1:8000:8000"], "grafana": ["127.0.0.1:3000:3000"]}
    assert [name for name, each in containers.items() if "outside" in each.get("networks", ())] == sorted(
        published
    )


def test_every_variable_is_in_the_example_and_the_reverse() -> None:
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    used = set(re.findall(r"\$\{(\w+)", text)) - {"GUILDHALL_VERSION"}
    assert used == set(variables(EXAMPLE.read_text(encoding="utf-8")))


def test_every_setting_given_exists(containers: Any) -> None:
    known = {f"GUILDHALL_{name.upper()}" for name in Settings.model_fields}
    known |= {f"GUILDHALL_{name.upper()}_URL" for name in NAMES} | {"GUILDHALL_URL", "GUILDHALL_KEY"}
    given = {name for each in containers.values() for name in each.get("environment", {})}
    assert {name for name in given if name.startswith("GUILDHALL_")} <= known


def test_images_have_exact_versions(containers: Any) -> None:
    for container in containers.values():
        assert re.search(r":v?\d+\.\d+", container["image"]), container["image"]
    tested = subprocess.run([find_binary(), "--version"], capture_output=True, text=True, check=True).stdout
    assert containers["nats"]["image"].split(":")[1].removesuffix("-alpine") == tested.split("v")[-1].strip()


def test_mounted_files_exist(containers: Any) -> None:
    mounted = [volume.split(":")[0] for each in containers.values() for volume in each.get("volumes", ())]
    assert [path for path in mounted if path.startswith("./") and not (ROOT / path).exists()] == []


def test_the_image_is_built_from_what_is_not_ignored() -> None:
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    for line in (DEPLOY / "Dockerfile").read_text(encoding="utf-8").splitlines():
        if line.startswith("COPY ") and not line.startswith("COPY --from"):
            sources = line.split()[1:-1]
            assert all(f"!{source}" in ignored and (ROOT / source).exists() for source in sources), line


# Prometheus and Grafana -----------------------------------------------------------------------------------


def test_prometheus_scrapes_every_service() -> None:
    text = (DEPLOY / "prometheus/prometheus.yml").read_text(encoding="utf-8")
    targets = yaml.safe_load(text)["scrape_configs"][0]["static_configs"]
    assert sorted((each["labels"]["service"], *each["targets"]) for each in targets) == [
        (service, f"{service}:{health_port(service)}") for service in SERVICES
    ]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: str(rule["alert"]))
def test_an_alert_has_a_severity_a_runbook_and_a_test(rule: Any) -> None:
    assert rule["labels"]["severity"] in ("warn", "page")
    assert rule["annotations"]["runbook_url"] == f"docs/operations.md#{rule['alert'].lower()}"
    tested = (DEPLOY / "prometheus/alerts_test.yml").read_text(encoding="utf-8")
    assert f"alertname: {rule['alert']}\n        exp_alerts:" in tested


@pytest.mark.parametrize(
    "arguments", [("check", "config", "prometheus.yml"), ("test", "rules", "alerts_test.yml")], ids=" ".join
)
def test_promtool_agrees(arguments: tuple[str, ...]) -> None:
    _require("promtool", "Debian: apt-get install prometheus")
    checked = subprocess.run(
        ["promtool", *arguments], cwd=DEPLOY / "prometheus", capture_output=True, text=True
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_the_dashboard_is_complete() -> None:
    dashboard = json.loads((DEPLOY / "grafana/overview.json").read_text(encoding="utf-8"))
    provisioned = yaml.safe_load(
        (DEPLOY / "grafana/provisioning/datasources/prometheus.yml").read_text(encoding="utf-8")
    )
    sources = {each["uid"] for each in provisioned["datasources"]}
    assert {panel["datasource"]["uid"] for panel in dashboard["panels"]} == sources
    assert len({panel["id"] for panel in dashboard["panels"]}) == len(dashboard["panels"])


# Kubernetes -----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def objects() -> dict[tuple[str, str], Any]:
    """What the production overlay comes to, by kind and name."""
    _require("kubectl", "https://kubernetes.io/docs/tasks/tools")
    built = subprocess.run(
        ["kubectl", "kustomize", DEPLOY / "kubernetes/production"], capture_output=True, text=True, check=True
    )
    return {(each["kind"], each["metadata"]["name"]): each for each in yaml.safe_load_all(built.stdout)}


@pytest.mark.parametrize("service", SERVICES)
def test_kubernetes_runs_a_service(objects: dict[tuple[str, str], Any], service: str) -> None:
    labels = {"app.kubernetes.io/name": service, "app.kubernetes.io/part-of": "guildhall"}
    deployment = objects["Deployment", f"guildhall-{service}"]["spec"]
    pod, container = deployment["template"]["spec"], deployment["template"]["spec"]["containers"][0]
    ports = {port["name"]: port["containerPort"] for port in container["ports"]}
    assert deployment["selector"]["matchLabels"] == deployment["template"]["metadata"]["labels"] == labels
    assert ports["http"] == INSIDE.port_of(service)
    assert ports[container["readinessProbe"]["httpGet"]["port"]] == health_port(service)
    assert container["envFrom"][1]["secretRef"]["name"] == f"guildhall-{service}"
    assert pod["volumes"][0]["secret"]["secretName"] == f"guildhall-{service}-key"
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert container["securityContext"]["readOnlyRootFilesystem"] is True
    assert objects["Service", f"guildhall-{service}"]["spec"]["selector"] == labels
    assert objects["PodDisruptionBudget", f"guildhall-{service}"]["spec"]["selector"]["matchLabels"] == labels
    job = objects["Job", f"guildhall-migrate-{service}"]["spec"]["template"]
    assert job["metadata"]["labels"] == labels
    assert job["spec"]["containers"][0]["envFrom"][1]["secretRef"]["name"] == f"guildhall-{service}"


def test_kubernetes_gives_settings_that_exist() -> None:
    config = yaml.safe_load((DEPLOY / "kubernetes/base/config.yaml").read_text(encoding="utf-8"))
    known = {f"GUILDHALL_{name.upper()}" for name in Settings.model_fields}
    known |= {f"GUILDHALL_{name.upper()}_URL" for name in SERVICES}
    assert set(config["data"]) <= known


@pytest.mark.parametrize("folder", sorted(DEPLOY.glob("kubernetes/**/kustomization.yaml")), ids=str)
def test_a_kustomization_names_files_that_exist(folder: Path) -> None:
    resources = yaml.safe_load(folder.read_text(encoding="utf-8"))["resources"]
    assert [each for each in resources if not (folder.parent / each).exists()] == []


def _require(program: str, where: str) -> None:
    if shutil.which(program) is None:
        pytest.skip(f"NOT CHECKED: {program} is not installed ({where})")
