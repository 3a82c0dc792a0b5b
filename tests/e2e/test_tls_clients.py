"""What the product calls over TLS: telemetry's receivers and Redis, each asking for a certificate in return, and PostgreSQL."""

import contextlib

import pytest

from harness.collector import Collector, wait_for
from harness.postgres import PostgresServer
from harness.process import run
from harness.redis import RedisServer, free_ports
from harness.shop import create_user, done
from harness.system import ONE
from harness.tls import Certificates

pytestmark = pytest.mark.parametrize("placement", [ONE], scope="session")


@pytest.fixture
def certificates(tmp_path) -> Certificates:
    return Certificates(tmp_path / "certs")


@pytest.fixture
def collector(certificates):
    with contextlib.closing(Collector(certificates)) as collector:
        yield collector


def export_to(collector: Collector, protocol: str, certificates: Certificates) -> dict[str, str]:
    return {
        "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url(protocol),
        "OTEL_EXPORTER_OTLP_PROTOCOL": protocol,
        "OTEL_EXPORTER_OTLP_CERTIFICATE": str(certificates.ca),
        "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE": str(certificates.folder / "user.crt"),
        "OTEL_EXPORTER_OTLP_CLIENT_KEY": str(certificates.folder / "user.key"),
        "OTEL_BSP_SCHEDULE_DELAY": "50",
    }


@pytest.mark.parametrize("protocol", ["grpc", "http/protobuf"])
def test_telemetry_is_sent_over_tls(new_system, certificates, collector, protocol):
    shop = new_system(export_to(collector, protocol, certificates))
    with shop.client() as http:
        create_user(http)
    wait_for(lambda: collector.spans())
    shop.stop()
    assert collector.logs() and {one[0] for one in collector.requests} == {protocol}


@pytest.mark.parametrize("protocol", ["grpc", "http/protobuf"])
def test_a_receiver_of_another_ca_gets_nothing_and_no_request_suffers(new_system, certificates, collector, protocol, tmp_path):
    others = Certificates(tmp_path / "others")
    settings = export_to(collector, protocol, certificates) | {"OTEL_EXPORTER_OTLP_CERTIFICATE": str(others.ca)}
    shop = new_system(settings)
    with shop.client() as http:
        create_user(http)
        wait_for(lambda: "certificate" in http.get(shop.ops_url() + "/telemetry").text)
    assert collector.requests == []


def secure_redis(certificates: Certificates) -> tuple[RedisServer, str]:
    port = free_ports(1)[0]
    names = {"cert": "gateway.crt", "key": "gateway.key", "ca-cert": "ca.crt"}
    files = [word for name, file in names.items() for word in (f"--tls-{name}-file", str(certificates.folder / file))]
    server = RedisServer("--tls-port", str(port), *files, "--tls-auth-clients", "yes")
    return server.start(), f"rediss://localhost:{port}/0"


def trust(certificates: Certificates) -> dict[str, str]:
    return {
        "TRADEWIND_REDIS_CA": str(certificates.ca),
        "TRADEWIND_REDIS_CERTIFICATE": str(certificates.folder / "user.crt"),
        "TRADEWIND_REDIS_KEY": str(certificates.folder / "user.key"),
    }


def test_redis_is_used_over_tls(new_system, certificates):
    redis, url = secure_redis(certificates)
    with contextlib.closing(redis):
        shop = new_system(trust(certificates) | {"REDIS_URL": url})
        with shop.client() as http:
            user = create_user(http)
            for _ in range(2):
                assert done(http.get(f"/api/users/{user['id']}"))["email"] == user["email"]
        assert "tradewind:" in redis.ask("KEYS", "*")


def test_a_redis_that_cannot_be_trusted_is_named(placement, certificates, tmp_path):
    redis, url = secure_redis(certificates)

    def doctor(env: dict[str, str]) -> str:
        arguments = ["doctor", "--ports", "auto", "--data", tmp_path / "data"]
        return run(*arguments, folder=tmp_path, env=env | {"REDIS_URL": url}).stdout

    with contextlib.closing(redis):
        assert "allows reading" in doctor(trust(certificates))
        untrusted = doctor({})
        assert " fail " in untrusted and "rediss://" in untrusted
        assert "redis.ca" in doctor({"TRADEWIND_REDIS_CA": "/nowhere.crt"})


@pytest.fixture
def secure_postgres(certificates):
    settings = {"ssl": "on", "ssl_cert_file": "server.crt", "ssl_key_file": "server.key", "listen_addresses": "127.0.0.1,127.0.0.2"}
    server = PostgresServer(settings)
    try:
        for kind in ("crt", "key"):
            server.keep(f"server.{kind}", certificates.read(f"order.{kind}"))
        yield server.start()
    finally:
        server.close()


def test_postgresql_is_used_over_tls_with_the_servers_name_checked(new_system, secure_postgres, certificates):
    with secure_postgres.database() as database:
        url = f"postgresql://tradewind@localhost:{secure_postgres.port}/{database}?sslmode=verify-full&sslrootcert={certificates.ca}"
        shop = new_system({"DATABASE_URL": url})
        with shop.client() as http:
            user = create_user(http)
            assert done(http.get(f"/api/users/{user['id']}"))["email"] == user["email"]
        encrypted = "SELECT DISTINCT ssl FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE application_name = 'tradewind'"
        assert secure_postgres.sql(encrypted).split() == ["t"]
        shop.stop()


def test_a_postgresql_that_cannot_be_trusted_is_refused_and_the_setting_named(placement, secure_postgres, certificates, tmp_path):
    others = Certificates(tmp_path / "others")

    def refusal(host: str, ca) -> str:
        url = f"postgresql://tradewind@{host}:{secure_postgres.port}/postgres?sslmode=verify-full&sslrootcert={ca}"
        done = run("up", "--ports", "auto", "--data", tmp_path / "data", folder=tmp_path, env={"DATABASE_URL": url})
        assert done.returncode == 78, done
        return done.stderr

    assert "sslrootcert" in refusal("localhost", others.ca)
    # 127.0.0.2 is this machine too, and no name of the certificate.
    assert "sslmode" in refusal("127.0.0.2", certificates.ca)
