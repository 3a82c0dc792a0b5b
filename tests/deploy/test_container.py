"""The image of deploy/container: what is in it, and that it runs as its users will run it: unprivileged, as process 1, on a root
file system that cannot be written to."""

import pathlib
import re
import subprocess

import httpx
import pytest
from harness.ports import free_ports
from harness.shop import create_user
from production_like.ports import CORE, SERVICES

from deployed.image import DOCKERFILE, ROOT, USER, Container, Image, hindrance


@pytest.fixture(scope="session")
def image():
    if reason := hindrance():
        pytest.skip(reason)
    image = Image()
    yield image
    image.close()


@pytest.fixture
def data(tmp_path):
    """A volume, as an engine makes one for the image."""
    folder = tmp_path / "volume"
    folder.mkdir()
    subprocess.run(["chown", f"{USER}:{USER}", folder], check=True)
    return folder


@pytest.fixture
def start(image, data, tmp_path):
    """start(*words, **env) runs the image; it is stopped with the case."""
    running = []

    def run(*words: str, **env: str) -> Container:
        container = Container(image, data, tmp_path / f"log-{len(running)}", list(words), env)
        running.append(container)
        return container

    yield run
    for container in running:
        container.kill()


def at_free_ports() -> tuple[dict[str, str], str, str]:
    """The variables that move a container off the usual ports, since it shares this machine's network; its HTTP and operations URLs."""
    ports = free_ports(6)
    names = ("HTTP", "OPS", "USER", "ORDER", "PAYMENT", "CATALOG")
    env = {f"TRADEWIND_{name}_ADDRESS": f"[::]:{port}" for name, port in zip(names, ports, strict=True)}
    env["TRADEWIND_RUNTIME_PUBLISHED_AT"] = "127.0.0.1"
    return env, f"http://127.0.0.1:{ports[0]}", f"http://127.0.0.1:{ports[1]}"


def test_the_dockerfile_pleases_hadolint():
    done = subprocess.run([ROOT / "build/venv/bin/hadolint", DOCKERFILE], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_image_is_built_with_the_packages_that_a_machine_is_set_up_with():
    named = "source tools/dev/packages.sh && packages_of build"
    wanted = subprocess.run(["bash", "-c", named], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    installed = re.search(r"apt-get install --yes --no-install-recommends (.*?) && \\\n *rm", DOCKERFILE.read_text(), re.DOTALL)
    assert sorted(installed[1].replace("\\", "").split()) == sorted([*wanted, "ca-certificates"])


def test_the_image_has_the_program_its_libraries_and_certificates_alone(image):
    library = re.compile(r"/(usr/)?lib(64)?/.*\.so[.\d]*")
    known = re.compile(
        r"/usr/bin/tradewind|/etc/(passwd|group|nsswitch\.conf)|/etc/ssl/certs/ca-certificates\.crt|/usr/lib/ssl/(certs|cert\.pem)"
        r"|/usr/share/doc/[^/]+/copyright|/var/lib/dpkg/status\.d/[^/]+"
    )
    strange = {file for file in image.files() if not library.fullmatch(file) and not known.fullmatch(file)}
    assert not strange
    assert {"/usr/bin/tradewind", "/etc/ssl/certs/ca-certificates.crt"} <= image.files()


def test_the_image_names_the_packages_that_it_is_made_of(image):
    folder = image.root / "var/lib/dpkg/status.d"
    packages = {file.name for file in folder.iterdir()}
    assert {"libssl3t64", "libpq5", "libnghttp2-14", "libc6", "ca-certificates"} <= packages
    assert all(re.search(r"^Version: \S+$", file.read_text(), re.MULTILINE) for file in folder.iterdir())


def test_the_image_says_how_it_is_run(image, data):
    config = image.config
    assert config["User"] == f"{USER}:{USER}"
    assert config["Entrypoint"] == ["/usr/bin/tradewind"]
    assert config["StopSignal"] == "SIGTERM"
    assert config["Healthcheck"]["Test"] == ["CMD", "/usr/bin/tradewind", "healthcheck"]
    assert set(config["ExposedPorts"]) == {f"{port}/tcp" for port in (8080, 9464, *(CORE[name] for name in SERVICES))}
    assert config["Labels"]["org.opencontainers.image.title"] == "tradewind"
    assert f"tradewind {config['Labels']['org.opencontainers.image.version']}\n" == image.run(data, "version").stdout
    assert config["Labels"]["org.opencontainers.image.revision"] == "test"


def test_up_serves_unprivileged_on_a_read_only_root_and_ends_as_process_1(image, data, start):
    env, http, ops = at_free_ports()
    container = start("up", **env).await_answer(f"{ops}/readyz")
    with httpx.Client(base_url=http, trust_env=False) as client:
        user = create_user(client)
    status = pathlib.Path(f"/proc/{container.first()}/status").read_text()
    assert re.search(rf"^Uid:\s+{USER}\s+{USER}\s", status, re.MULTILINE)
    assert re.search(r"^NSpid:.*\s1$", status, re.MULTILINE)
    assert re.search(r"^CapEff:\s+0+$", status, re.MULTILINE)
    assert image.run(data, "healthcheck", **env).returncode == 0
    assert container.stop() == 0, container.tail()

    again = start("up", **env).await_answer(f"{ops}/readyz")
    assert httpx.get(f"{http}/api/users/{user['id']}", trust_env=False).json() == user
    assert again.stop() == 0


def test_the_command_chooses_the_module(start):
    env, _, ops = at_free_ports()
    container = start("serve", "user", **env).await_answer(f"{ops}/readyz")
    assert container.stop() == 0, container.tail()


def test_the_health_check_says_that_nothing_answers(image, data):
    env, _, ops = at_free_ports()
    done = image.run(data, "healthcheck", **env)
    assert done.returncode == 1
    assert done.stderr.startswith(f"tradewind: no answer from the operations port at {ops.removeprefix('http://')} (ops.address)")


def test_the_root_cannot_be_written_to(image, data):
    env, _, _ = at_free_ports()
    done = image.run(data, "up", "--data", "/elsewhere", **env)
    assert done.returncode != 0
    assert "/elsewhere" in done.stderr and "Read-only file system" in done.stderr
