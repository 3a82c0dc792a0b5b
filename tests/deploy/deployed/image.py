"""The image of deploy/container, built by buildah without a container engine, and its root file system run as an engine would."""

import contextlib
import fcntl
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import time

import httpx

ROOT = pathlib.Path(__file__).resolve().parents[3]
DOCKERFILE = ROOT / "deploy/container/Dockerfile"
BASE = "docker.io/library/debian:13-slim"
TAG = "localhost/tradewind:test"
USER = 65532
# Compiling the product from nothing, on two cores that do other things as well.
BUILD_SECONDS_MAX = 2400
READY_SECONDS_MAX = 30
STOP_SECONDS_MAX = 25

# Layers and the compiler's cache stay from run to run, so that only what changed is built again.
CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "tradewind/images"


def _run(command: list[str], seconds: float = 300, **more) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=seconds, check=False, **more)
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout[-4000:]}{done.stderr[-4000:]}"
    return done.stdout.strip()


def buildah(*words: str, seconds: float = 300) -> str:
    storage = ["--root", str(CACHE / "storage"), "--runroot", str(CACHE / "run"), "--storage-driver", "overlay"]
    return _run(["buildah", *storage, *words], seconds, env=os.environ | {"TMPDIR": str(CACHE / "tmp")})


def hindrance() -> str:
    """Why this machine cannot build an image and run it; empty where it can. A container or a chroot often allows no mounts."""
    if os.geteuid() != 0:
        return "building and running an image takes root"
    script = """
        mount --bind "$1" "$1" && mount --options remount,bind,ro "$1" && mount --types proc proc "$2" &&
        mkdir "$3/lower" "$3/upper" "$3/work" "$3/merged" &&
        mount --types overlay overlay --options "lowerdir=$3/lower,upperdir=$3/upper,workdir=$3/work" "$3/merged"
    """
    (CACHE / "tmp").mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as root, tempfile.TemporaryDirectory() as proc, tempfile.TemporaryDirectory(dir=CACHE / "tmp") as layers:
        spaces = ["unshare", "--mount", "--pid", "--fork", "--propagation=private"]
        tried = subprocess.run([*spaces, "/bin/sh", "-c", script, "sh", root, proc, layers], capture_output=True, text=True, check=False)
    if tried.returncode == 0:
        return ""
    said = [line.strip() for line in tried.stderr.splitlines() if line.strip()]
    return f"building and running an image takes mounts, which are not allowed here ({said[0] if said else 'unshare failed'})"


def stanzas(text: str) -> list[dict[str, str]]:
    """Those of a deb822 file, which are apart by empty lines."""
    written = [[line for line in stanza.splitlines() if not line.startswith("#")] for stanza in re.split(r"\n[ \t]*\n", text)]
    return [dict(line.split(": ", 1) for line in lines if ": " in line) for lines in written]


def releases(suites: str) -> bool:
    """Whether a release itself is among them, and not only what lies beside one: bookworm-security, bookworm-backports."""
    return any("-" not in suite for suite in suites.split())


def mirror(apt: pathlib.Path = pathlib.Path("/etc/apt")) -> tuple[str, str]:
    """Where this machine installs Debian from, and the keyring that it trusts for that: base images cannot be pulled here."""
    for file in sorted(apt.glob("sources.list.d/*.sources")):
        for fields in stanzas(file.read_text()):
            ours = "main" in fields.get("Components", "") and "debian-archive-keyring" in fields.get("Signed-By", "")
            if ours and releases(fields.get("Suites", "")):
                return fields["URIs"].split()[0], fields["Signed-By"]
    for line in (apt / "sources.list").read_text().splitlines():
        words = [word for word in line.split() if not word.startswith("[")]
        if words[:1] == ["deb"] and "main" in words and releases(words[2]):
            return words[1], "/usr/share/keyrings/debian-archive-keyring.gpg"
    raise AssertionError("no source of Debian's packages was found in /etc/apt")


def make_base():
    """What Dockerfile names as its base, from the distribution's own packages."""
    folder = CACHE / "base"
    shutil.rmtree(folder, ignore_errors=True)
    url, keyring = mirror()
    _run(["debootstrap", "--variant=minbase", f"--keyring={keyring}", "trixie", str(folder), url], 900)
    (folder / "etc/apt/sources.list").unlink(missing_ok=True)
    source = f"Types: deb\nURIs: {url}\nSuites: trixie\nComponents: main\nSigned-By: /usr/share/keyrings/debian-archive-keyring.gpg\n"
    (folder / "etc/apt/sources.list.d/debian.sources").write_text(source)
    # What the machine's apt has to know to reach its mirror.
    for file in pathlib.Path("/etc/apt/apt.conf.d").iterdir():
        if "Acquire::" in file.read_text(errors="replace"):
            shutil.copy(file, folder / "etc/apt/apt.conf.d" / file.name)
    container = buildah("from", "scratch")
    buildah("add", "--quiet", container, str(folder), "/")
    buildah("commit", "--quiet", container, BASE)
    buildah("rm", container)
    shutil.rmtree(folder)


@contextlib.contextmanager
def alone():
    """The cache and the image's name are common to all checkouts of a user: one builds at a time, and takes what it has built."""
    (CACHE / "tmp").mkdir(parents=True, exist_ok=True)
    with (CACHE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def build():
    if BASE not in buildah("images", "--format", "{{.Name}}:{{.Tag}}").splitlines():
        make_base()
    ignored = f"{DOCKERFILE}.dockerignore"
    options = ["--isolation=chroot", "--layers", "--pull-never", "--format=docker", f"--ignorefile={ignored}", f"--file={DOCKERFILE}"]
    buildah("build", *options, "--build-arg=REVISION=test", f"--tag={TAG}", str(ROOT), seconds=BUILD_SECONDS_MAX)


class Image:
    """Built from this checkout: its configuration, and its files below `root`, as an engine mounts them."""

    def __init__(self):
        with alone():
            build()
            self._container = buildah("from", "--pull-never", TAG)
            self.config = json.loads(buildah("inspect", "--type=image", TAG))["Docker"]["config"]
        self.root = pathlib.Path(buildah("mount", self._container))
        # Engines make the places where they mount things.
        for name in ("proc", "dev"):
            (self.root / name).mkdir(exist_ok=True)

    def close(self):
        buildah("rm", self._container)

    def files(self) -> set[str]:
        return {f"/{path.relative_to(self.root)}" for path in self.root.rglob("*") if not path.is_dir() or path.is_symlink()}

    def command(self, data: pathlib.Path, words: list[str]) -> list[str]:
        """Runs the entry point with `words` as process 1, unprivileged, on a root file system that cannot be written to but for the
        data folder, which is `data`."""
        script = """
            mount --bind "$1" "$1" && mount --bind "$2" "$1/var/lib/tradewind" && mount --options remount,bind,ro "$1" &&
            mount --types proc proc "$1/proc" && cd "$1/var/lib/tradewind" || exit 125
            root=$1 user=$3; shift 3
            exec setpriv --no-new-privs chroot --userspec="$user:$user" "$root" "$@"
        """
        entry = [str(self.root), str(data), str(USER), *self.config["Entrypoint"], *words]
        spaces = ["unshare", "--mount", "--pid", "--fork", "--kill-child=SIGKILL", "--propagation=private"]
        return [*spaces, "/bin/sh", "-c", script, "sh", *entry]

    def environment(self, **more: str) -> dict[str, str]:
        return dict(one.split("=", 1) for one in self.config["Env"]) | more

    def run(self, data: pathlib.Path, *words: str, **env: str) -> subprocess.CompletedProcess:
        return subprocess.run(
            self.command(data, list(words)), env=self.environment(**env), capture_output=True, text=True, timeout=60, check=False
        )


class Container:
    """The image running; `stop` gives the exit code after SIGTERM."""

    def __init__(self, image: Image, data: pathlib.Path, log: pathlib.Path, words: list[str], env: dict[str, str]):
        self.log = log
        with log.open("wb") as out:
            self._child = subprocess.Popen(
                image.command(data, words), env=image.environment(**env), stdin=subprocess.DEVNULL, stdout=out, stderr=out
            )

    def await_answer(self, url: str) -> "Container":
        give_up = time.monotonic() + READY_SECONDS_MAX
        while True:
            assert self._child.poll() is None, f"exit code {self._child.returncode}\n{self.tail()}"
            assert time.monotonic() < give_up, f"not ready after {READY_SECONDS_MAX} s\n{self.tail()}"
            try:
                if httpx.get(url, trust_env=False).status_code == 200:
                    return self
            except httpx.TransportError:
                pass
            time.sleep(0.05)

    def first(self) -> int:
        """Process 1 of the container, as this machine numbers it."""
        return int(pathlib.Path(f"/proc/{self._child.pid}/task/{self._child.pid}/children").read_text().split()[0])

    def stop(self) -> int:
        os.kill(self.first(), signal.SIGTERM)
        return self._child.wait(STOP_SECONDS_MAX)

    def kill(self):
        if self._child.poll() is None:
            self._child.kill()
            self._child.wait()

    def tail(self) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-30:])
