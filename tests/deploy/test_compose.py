"""deploy/compose: what can be known of it without a container engine."""

import json
import os
import pathlib
import re
import subprocess

import pytest
import yaml
from production_like.ports import CORE, SERVICES
from rig.program import folder_of

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDER = ROOT / "deploy/compose"
FILE = FOLDER / "compose.yaml"
MODULES = ("gateway", *SERVICES)
OBSERVABILITY = ("otel-collector", "jaeger", "prometheus", "loki", "grafana")
GUIDE = ROOT / "docs/guide/deploy.md"
# What production wants of certificates.
KEYS = ("HTTP_CERTIFICATE", "HTTP_KEY", "RPC_CERTIFICATE", "RPC_KEY", "RPC_CA")
# The original's, which its users know.
PORTS = {8080, *(CORE[name] for name in SERVICES), 5432, 6379, 4317, 4318, 8888, 8889, 16686, 9090, 3000, 3100}


@pytest.fixture(scope="module")
def services() -> dict:
    return yaml.safe_load(FILE.read_text())["services"]


def variables(file: str) -> dict[str, str]:
    lines = (FOLDER / file).read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


SECRETS = variables("env.example")
DEVELOPMENT = variables("development.env")


def compose_go(*files: pathlib.Path, env: dict[str, str]) -> subprocess.CompletedProcess:
    """The Compose specification's own reader: schema, interpolation and all. A file lies over the one before it."""
    program = folder_of("compose-go") / "compose-go"
    own = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME")}
    return subprocess.run([program, *files], cwd=files[0].parent, env=own | env, capture_output=True, text=True, timeout=60, check=False)


def test_the_specifications_own_reader_takes_the_file():
    done = compose_go(FILE, env=dict.fromkeys(SECRETS, "secret"))
    assert done.returncode == 0, done.stderr
    assert set(json.loads(done.stdout)["services"]) == {*MODULES, *OBSERVABILITY, "postgres", "redis"}


def test_a_misspelt_key_would_not_be_taken(tmp_path):
    wrong = tmp_path / "compose.yaml"
    wrong.write_text("services: {one: {image: a, restrat: always}}")
    done = compose_go(wrong, env={})
    assert done.returncode != 0 and "restrat" in done.stderr


@pytest.mark.parametrize("name", SECRETS)
@pytest.mark.parametrize("empty", [False, True], ids=["missing", "empty"])
def test_a_secret_that_is_not_there_is_named_and_nothing_starts(name, empty):
    given = {other: "secret" for other in SECRETS if other != name} | ({name: ""} if empty else {})
    done = compose_go(FILE, env=given)
    assert done.returncode != 0
    assert name in done.stdout + done.stderr and "env.example" in done.stdout + done.stderr


def places(value, text: str, where: str = "") -> set[str]:
    """Where in a parsed file that text stands: keys, joined by dots."""
    if isinstance(value, dict):
        return {place for key, one in value.items() for place in places(one, text, f"{where}.{key}".lstrip("."))}
    if isinstance(value, list):
        return {place for one in value for place in places(one, text, where)}
    return {where} if text in str(value) else set()


@pytest.mark.parametrize("name", SECRETS)
def test_docker_inspect_shows_a_secret_where_the_guide_says_and_nowhere_else(name):
    """Command lines, which every user of the machine may read, are nowhere among them."""
    project = json.loads(compose_go(FILE, env={other: f"the-{other}" for other in SECRETS}).stdout)
    module = {f"{one.upper()}_DB_PASSWORD": {f"{one}.environment.DATABASE_URL"} for one in MODULES}
    redis = {"redis.environment.REDIS_PASSWORD", "redis.environment.REDISCLI_AUTH", *(f"{one}.environment.REDIS_URL" for one in MODULES)}
    assert places(project["services"], f"the-{name}") == (module | {"REDIS_PASSWORD": redis}).get(name, set())


def test_who_reads_a_secret_from_a_file_is_given_that_file(services):
    named = {}
    for name, service in services.items():
        named[name] = {value for key, value in service.get("environment", {}).items() if key.endswith("_FILE")}
        assert named[name] == {f"/run/secrets/{secret}" for secret in service.get("secrets", ())}, name
    assert {name for name, files in named.items() if files} == {"postgres", "grafana"}


def test_compose_can_copy_secrets_to_where_they_are_wanted(services):
    """It refuses to, from its environment, where the root file system is read-only."""
    assert not [name for name, service in services.items() if service.get("secrets") and service.get("read_only")]


def test_the_guides_override_secures_every_module_and_leaves_the_rest_as_it_is(tmp_path):
    (written,) = re.findall(r"^```yaml\n(# compose\.override\.yaml.*?)^```", GUIDE.read_text(), re.MULTILINE | re.DOTALL)
    override = tmp_path / "compose.override.yaml"
    override.write_text(written)
    env = dict.fromkeys(SECRETS, "secret") | {"PWD": "/here"}
    plain, secured = (compose_go(*files, env=env) for files in ([FILE], [FILE, override]))
    assert secured.returncode == 0, secured.stderr
    before, after = (json.loads(done.stdout)["services"] for done in (plain, secured))
    for name in MODULES:
        added = {key: value for key, value in after[name]["environment"].items() if before[name]["environment"].get(key) != value}
        port_of_metrics = {"TRADEWIND_OPS_ADDRESS", "OTEL_EXPORTER_PROMETHEUS_HOST", "OTEL_EXPORTER_PROMETHEUS_PORT"}
        assert set(added) == {"TRADEWIND_PROFILE", *(f"TRADEWIND_{key}" for key in KEYS)} | port_of_metrics
        assert added["TRADEWIND_OPS_ADDRESS"].startswith("127.0.0.1:")
        assert all(added[f"TRADEWIND_{key}"].startswith("/certs/") for key in KEYS)
        assert [(one["source"], one["target"], one["read_only"]) for one in after[name]["volumes"]] == [("/here/certs", "/certs", True)]
        assert before[name]["command"] == after[name]["command"]


def test_no_secret_has_a_default():
    assert set(SECRETS.values()) == {""}
    assert not re.findall(r"\$\{\w*PASSWORD:?-", FILE.read_text())


def test_the_ports_are_the_originals_and_on_loopback(services):
    published = [port for service in services.values() for port in service.get("ports", ())]
    assert all(port.startswith("${BIND:-127.0.0.1}:") for port in published)
    assert {int(port.rsplit(":", 2)[1]) for port in published} == PORTS


@pytest.fixture(scope="module")
def whole() -> dict:
    """What `docker compose up --build` starts in the root of a clone, where nobody has prepared anything."""
    done = compose_go(ROOT / "compose.yaml", env={})
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_from_the_root_of_a_clone_everything_starts_with_nothing_to_prepare(whole):
    assert set(whole["services"]) == {*MODULES, *OBSERVABILITY, "postgres", "redis"}
    assert not [name for name, service in whole["services"].items() if service.get("profiles")]


def test_from_the_root_every_service_is_that_of_deploy_but_for_profiles_ports_and_passwords(whole):
    secrets = dict.fromkeys(SECRETS, DEVELOPMENT["POSTGRES_PASSWORD"])
    plain = json.loads(compose_go(FILE, env=secrets).stdout)
    for name, service in plain["services"].items():
        ours = whole["services"][name]
        for one in (service, ours):
            one.pop("profiles", None)
            one.pop("ports", None)
        assert ours == service, name


def test_from_the_root_ports_are_the_originals_and_on_loopback_whatever_the_environment_says():
    done = compose_go(ROOT / "compose.yaml", env={"BIND": "0.0.0.0"})
    ports = [port for service in json.loads(done.stdout)["services"].values() for port in service.get("ports", ())]
    assert {port["host_ip"] for port in ports} == {"127.0.0.1"}
    assert {int(port["published"]) for port in ports} == {port["target"] for port in ports} == PORTS


def test_the_development_profile_starts_only_where_its_ports_are_published_on_loopback():
    secrets = dict.fromkeys(SECRETS, "secret")
    for bind, told in (({}, "127.0.0.1"), ({"BIND": "0.0.0.0"}, "0.0.0.0")):
        services = json.loads(compose_go(FILE, env=secrets | bind).stdout)["services"]
        assert {services[name]["environment"]["TRADEWIND_RUNTIME_PUBLISHED_AT"] for name in MODULES} == {told}
    services = json.loads(compose_go(ROOT / "compose.yaml", env={"BIND": "0.0.0.0"}).stdout)["services"]
    assert {services[name]["environment"]["TRADEWIND_RUNTIME_PUBLISHED_AT"] for name in MODULES} == {"127.0.0.1"}


def test_every_module_is_told_the_issuer():
    issuer = {"AUTH_ISSUERS": "https://id.example", "AUTH_AUDIENCES": "https://shop.example", "AUTH_KEYS": "https://id.example/keys"}
    for given in ({}, issuer):
        shown = json.loads(compose_go(FILE, env=dict.fromkeys(SECRETS, "secret") | given).stdout)["services"]
        for name in MODULES:
            for key in issuer:
                assert shown[name]["environment"][f"TRADEWIND_{key}"] == given.get(key, "")


def test_data_of_the_whole_and_of_deploy_are_apart_since_their_passwords_are(whole):
    names = {volume["name"] for volume in whole["volumes"].values()}
    assert names.isdisjoint(volume["name"] for volume in json.loads(compose_go(FILE, env=SECRETS | dict.fromkeys(SECRETS, "x")).stdout)["volumes"].values())


def test_passwords_for_development_are_those_of_the_example_and_stand_in_one_file_only():
    assert set(DEVELOPMENT) == set(SECRETS)
    reading = [file for file in (ROOT / "deploy").rglob("*.yaml") if "development.env" in file.read_text()]
    assert reading == [] and "development.env" in (ROOT / "compose.yaml").read_text()


def test_whoever_has_a_password_of_their_own_need_not_use_that_for_development():
    done = compose_go(ROOT / "compose.yaml", env={"REDIS_PASSWORD": "mine"})
    assert json.loads(done.stdout)["services"]["redis"]["environment"]["REDIS_PASSWORD"] == "mine"


def test_observability_is_a_profile_and_the_core_needs_none(services):
    assert {name for name, service in services.items() if service.get("profiles") == ["observability"]} == set(OBSERVABILITY)
    assert {name for name, service in services.items() if "profiles" not in service} == {*MODULES, "postgres", "redis"}
    for name in (*MODULES, "postgres", "redis"):
        assert not set(services[name].get("depends_on", ())) & set(OBSERVABILITY)


def test_modules_run_one_image_and_nothing_of_theirs_can_be_written_to(services):
    for name in MODULES:
        service = services[name]
        assert service["command"] == ["serve", name]
        assert service["image"] == services["gateway"]["image"]
        assert service["read_only"] is True and service["cap_drop"] == ["ALL"]
        assert "volumes" not in service
        assert service["environment"]["TRADEWIND_TELEMETRY_RECEIVER"] == "optional"


def test_each_service_has_a_database_and_a_role_of_its_own(services):
    urls = {name: services[name]["environment"].get("DATABASE_URL", "") for name in MODULES}
    assert urls.pop("gateway") == ""
    for name, url in urls.items():
        assert url.startswith(f"postgresql://{name}_service:${{{name.upper()}_DB_PASSWORD:?")
        assert url.endswith(f"@postgres:5432/{name}_service")
        assert services["postgres"]["environment"][f"{name.upper()}_DB_PASSWORD_FILE"] == f"/run/secrets/{name}_db_password"


def test_stores_are_healthy_before_who_needs_them_starts(services):
    for name in MODULES[1:]:
        waits = services[name]["depends_on"]
        assert waits["postgres"] == waits["redis"] == {"condition": "service_healthy"}
    assert set(services["gateway"]["depends_on"]) == {*SERVICES, "redis"}


def test_every_file_that_is_mounted_is_there(services):
    mounted = [volume for service in services.values() for volume in service.get("volumes", ()) if volume.startswith(".")]
    assert len(mounted) > 7
    for volume in mounted:
        assert (FOLDER / volume.split(":")[0]).exists(), volume
        assert volume.endswith(":ro")


def test_prometheus_looks_where_the_services_are(services):
    for file in (FOLDER / "targets").glob("*.yaml"):
        for group in yaml.safe_load(file.read_text()):
            assert all(target.split(":")[0] in services for target in group["targets"])
    modules = yaml.safe_load((FOLDER / "targets/tradewind.yaml").read_text())
    assert {group["labels"]["module"] for group in modules} == set(MODULES)


def test_upstreams_are_the_services_themselves(services):
    environment = services["gateway"]["environment"]
    for name in SERVICES:
        assert environment[f"{name.upper()}_SERVICE_URL"] == f"http://{name}:{CORE[name]}"
