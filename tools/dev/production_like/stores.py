"""PostgreSQL with a database and a role for each service, and Redis; both private, both in the folder of the topology."""

import contextlib
import os
import pathlib
import pwd
import shutil
import signal
import subprocess
import tempfile

from production_like.child import Child, environment, listens
from production_like.failure import Failure
from production_like.ports import HOST, ROOT, SERVICES

INIT = ROOT / "deploy/compose/postgres/init.sh"
START_REDIS = ROOT / "deploy/compose/redis/start.sh"
SUPERUSER = "postgres"
INIT_SECONDS_MAX = 120
# Five processes on a large machine: docs/guide/postgres.md, "Connections".
CONNECTIONS_MAX = 400


def _programs() -> pathlib.Path:
    """Where initdb and postgres are: Debian keeps them out of the PATH."""
    try:
        found = subprocess.run(["pg_config", "--bindir"], capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        found = ""
    if not (pathlib.Path(found) / "initdb").exists():
        raise Failure("PostgreSQL's server is not installed: ./dev setup test")
    return pathlib.Path(found)


def _owner() -> str | None:
    """PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return None
    return "postgres" if "postgres" in {entry.pw_name for entry in pwd.getpwall()} else "nobody"


def _reaches(user: str, folder: pathlib.Path) -> bool:
    """Whether that user may go into the folder, or into what there is of the way to it."""
    while not folder.exists():
        folder = folder.parent
    looked = subprocess.run(["setpriv", f"--reuid={user}", "--clear-groups", "--", "test", "-x", folder], check=False)
    return looked.returncode == 0


def usual_folder() -> pathlib.Path:
    """Where the topology lies unless somebody says otherwise: in this checkout, or, where PostgreSQL's user cannot reach that (a
    checkout in root's home), in a folder of its own below /var/lib."""
    folder = ROOT / "build/production-like"
    user = _owner()
    if user is None or _reaches(user, folder):
        return folder
    return pathlib.Path("/var/lib/tradewind") / str(ROOT).strip("/").replace("/", "-")


def database_of(service: str) -> str:
    """The name of its database, and of the role that owns it and may use no other."""
    return f"{service}_service"


class PostgreSql(Child):
    """The cluster is made at the first start and kept; init.sh, which deploy/compose uses, too, then makes the databases."""

    stop_signal = signal.SIGINT  # ends its sessions; SIGTERM would wait for them

    def __init__(self, folder: pathlib.Path, log: pathlib.Path, port: int, passwords: dict[str, str]):
        self.port = port
        self.user = _owner()
        self._passwords = passwords
        self._data = folder / "data"
        self._made = folder / "made"
        programs = _programs()
        self._programs = programs
        settings = {
            "listen_addresses": HOST,
            "port": port,
            "unix_socket_directories": "",
            "max_connections": CONNECTIONS_MAX,
            "password_encryption": "scram-sha-256",
        }
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        # Variables that are for clients have nothing to do with a server of our own.
        env = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
        command = [str(programs / "postgres"), "-D", str(self._data), *options]
        super().__init__("postgresql", command, folder, log, env, self._answers, f"{HOST}:{port}")

    def _answers(self) -> bool:
        asked = [self._programs / "pg_isready", f"--host={HOST}", f"--port={self.port}", "--timeout=1"]
        return subprocess.run(asked, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False).returncode == 0

    def start(self):
        if self._made.exists():
            super().start()
            return
        shutil.rmtree(self._data, ignore_errors=True)  # of a first start that was interrupted
        self._make_cluster()
        super().start()
        self._make_databases()
        self._made.touch()

    def _make_cluster(self):
        self.folder.mkdir(parents=True, exist_ok=True)
        if self.user:
            self._give_to(self.user)
        with self._in_files(SUPERUSER) as (password,):
            options = [f"--username={SUPERUSER}", f"--pwfile={password}", "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C"]
            self._run([str(self._programs / "initdb"), f"--pgdata={self._data}", *options], self._env)

    @contextlib.contextmanager
    def _in_files(self, *names: str):
        """Files with the passwords of these, for as long as they are needed, and for PostgreSQL's user alone."""
        with tempfile.TemporaryDirectory(dir=self.folder) as folder:
            files = [pathlib.Path(folder) / name for name in names]
            for file in files:
                file.write_text(self._passwords[file.name])
            if self.user:
                for path in (folder, *files):
                    shutil.chown(path, self.user)
            yield files

    def _give_to(self, user: str):
        try:
            shutil.chown(self.folder, user)
        except OSError as error:
            raise Failure(f"{self.folder} cannot be given to {user}, whom PostgreSQL runs as ({error.strerror}); do not be root") from error
        looked = subprocess.run(["setpriv", f"--reuid={user}", "--clear-groups", "--", "test", "-w", self.folder], check=False)
        if looked.returncode != 0:
            raise Failure(f"the user {user}, whom PostgreSQL runs as, cannot reach {self.folder}; name another folder by --data")

    def _make_databases(self):
        where = {"PGHOST": HOST, "PGPORT": str(self.port), "PGUSER": SUPERUSER, "PGPASSWORD": self._passwords[SUPERUSER]}
        with self._in_files(*SERVICES) as files:
            named = {f"{file.name.upper()}_DB_PASSWORD_FILE": str(file) for file in files}
            # A copy: where the checkout is in root's home, PostgreSQL's user cannot reach the original.
            script = files[0].parent / INIT.name
            shutil.copy(INIT, script)
            if self.user:
                shutil.chown(script, self.user)
            self._run([str(script)], self._env | where | named)

    def _run(self, command: list[str], env: dict[str, str]):
        child = subprocess.Popen(
            [*self._kept(), *command],
            cwd=self.folder,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        try:
            said, _ = child.communicate(timeout=INIT_SECONDS_MAX)
        except BaseException:
            # With whatever it has started itself.
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()
            raise
        if child.returncode != 0:
            raise Failure(f"{pathlib.Path(command[0]).name} ended with exit code {child.returncode}", said)

    def url(self, service: str) -> str:
        role = database_of(service)
        return f"postgresql://{role}:{self._passwords[service]}@{HOST}:{self.port}/{role}"


def redis(folder: pathlib.Path, log: pathlib.Path, port: int, password: str) -> Child:
    """By the script and the configuration of deploy/compose; its data lie where it runs."""
    if not shutil.which("redis-server"):
        raise Failure("redis-server is not installed: ./dev setup test")
    command = [str(START_REDIS), "--bind", HOST, "--port", str(port)]
    return Child("redis", command, folder, log, environment(REDIS_PASSWORD=password), listens(port), f"{HOST}:{port}")
