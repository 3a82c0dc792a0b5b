"""Configuration: precedence, and refusals that help."""

import json
import os
import re
import subprocess

import pytest

from harness.process import ROOT, Process, binary, clean_environment, run

NO_DATABASE_THERE = "postgresql://shop:wordpass@127.0.0.1:1/shop"


def refused(tmp_path, *arguments, config: str = "", **env) -> str:
    """What a start with this configuration says, which must end with 78 and leave no data behind."""
    (tmp_path / "tradewind.toml").write_text(config)
    result = run("up", "--ports", "auto", "--data", tmp_path / "data", *arguments, folder=tmp_path, env=env)
    assert result.returncode == 78, result
    assert not (tmp_path / "data").exists()
    return result.stderr


def test_an_unknown_key_is_refused_with_a_suggestion(tmp_path):
    said = refused(tmp_path, config='[http]\nadress = "127.0.0.1:8080"\n')
    assert "http.adress" in said and "http.address" in said
    assert "tradewind.toml:2" in said


@pytest.mark.parametrize(("variable", "near"), [("TRADEWIND_HTTP_ADRESS", "TRADEWIND_HTTP_ADDRESS"), ("TRADEWIND_BIN", "")])
def test_an_unknown_variable_is_told_of_and_does_not_keep_the_program_from_starting(tmp_path, variable, near):
    process = Process("up", ["up", "--ports", "auto", "--data", str(tmp_path / "data")], tmp_path, {variable: "127.0.0.1:8080"})
    try:
        process.wait_ready().stop()
    finally:
        process.kill()
    said = process.stderr_file.read_text()
    assert variable in said and near in said
    shown = run("config", "show", folder=tmp_path, env={variable: "x"})
    assert shown.returncode == 0 and variable in shown.stderr


FORMER = re.compile(r"^\| `(\S+)` \| `(\S+)` \| `(TRADEWIND_\S+)` \|$", re.MULTILINE)


def former_names() -> list[tuple[str, str, str]]:
    """The former key, the key and the former variable of each renamed setting, as the page has them."""
    return FORMER.findall((ROOT / "docs/reference/settings.md").read_text())


def test_every_former_name_of_a_setting_works_and_is_warned_of(tmp_path):
    values = {line.split()[0]: line.split()[1] for line in run("config", "show", folder=tmp_path).stdout.splitlines()}
    renamed = [(former, key, variable) for former, key, variable in former_names() if values[key] != '""']
    assert len(renamed) > 15
    by_variable = run("config", "show", folder=tmp_path, env={variable: values[key] for _, key, variable in renamed})
    by_flag = run("config", "show", *(f"--set={former}={values[key]}" for former, key, _ in renamed), folder=tmp_path)
    assert (by_variable.returncode, by_flag.returncode) == (0, 0), (by_variable, by_flag)
    for former, key, variable in renamed:
        assert f"{variable} is now called TRADEWIND_{key.upper().replace('.', '_')}" in by_variable.stderr
        assert f"{former} (from --set) is now called {key}" in by_flag.stderr
        assert re.search(rf"^{re.escape(key)} +\S+ +{variable}$", by_variable.stdout, re.MULTILINE)


def test_a_setting_by_both_of_its_names_is_refused(tmp_path):
    said = refused(tmp_path, config='[edge]\ntls = "off"\n', TRADEWIND_HTTP_TLS="off")
    assert "edge.tls (from tradewind.toml:2)" in said and "TRADEWIND_HTTP_TLS" in said


def test_an_unknown_key_of_a_flag_is_refused_with_a_suggestion(tmp_path):
    assert "http.address" in refused(tmp_path, "--set", "http.adress=127.0.0.1:8080")


def test_line_ends_of_windows_are_no_part_of_a_value(tmp_path):
    (tmp_path / "tradewind.toml").write_bytes(b'[http]\r\nbody_bytes_max = 1002\r\naddress = "127.0.0.1:0\\r\\n"\r\n')
    env = {"TRADEWIND_HTTP_URI_BYTES_MAX": "1003\r", "DATABASE_URL": "sqlite:shop.sqlite\r\n", "TRADEWIND_PROFILE": "\r"}
    result = run("config", "show", "--log-level", "warn\r", folder=tmp_path, env=env)
    assert result.returncode == 0, result
    shown = {line.split()[0]: line.split()[1] for line in result.stdout.splitlines() if line.strip()}
    assert shown["http.body_bytes_max"] == "1002" and shown["http.uri_bytes_max"] == "1003"
    assert shown["http.address"] == "127.0.0.1:0" and shown["database.url"] == "sqlite:shop.sqlite"
    assert shown["profile"] == "dev" and shown["log.level"] == "warn"


def test_a_folder_in_place_of_the_configuration_file_is_refused_by_name(tmp_path):
    (tmp_path / "tradewind.toml").mkdir()
    for command in (["up", "--ports", "auto"], ["config", "show"], ["doctor"], ["migrate"]):
        result = run(*command, "--data", tmp_path / "data", folder=tmp_path)
        assert result.returncode == 78, result
        assert "tradewind.toml" in result.stderr and "folder" in result.stderr
        assert "internal error" not in result.stderr
    assert not (tmp_path / "data").exists()


def test_a_configuration_file_that_this_user_may_not_read_is_refused_by_name(tmp_path):
    file = tmp_path / "tradewind.toml"
    file.write_text('[database]\nurl = "postgresql://127.0.0.1:1/shop"\n')
    file.chmod(0)
    command = [str(binary()), "up", "--ports", "auto", "--data", "data"]
    if os.geteuid() == 0:  # who may read every file
        command = ["setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-all", *command]
    result = subprocess.run(command, cwd=tmp_path, env=clean_environment(), capture_output=True, text=True, timeout=60, check=False)
    assert result.returncode == 78, result
    assert "tradewind.toml" in result.stderr and "Permission denied" in result.stderr
    assert not (tmp_path / "data").exists()


def test_every_problem_is_named_at_once(tmp_path):
    said = refused(tmp_path, config='[http]\nadress = "x"\nbody_bytes_max = "many"\n', TRADEWIND_HTTP_HEADER_TIMEOUT_MS="0")
    for part in ("http.adress", "http.body_bytes_max", "TRADEWIND_HTTP_HEADER_TIMEOUT_MS"):
        assert part in said


@pytest.mark.parametrize("config", ["[http\n", "http = 1 = 2\n", "[http]\nbody_bytes_max = [1]\n"])
def test_a_file_that_is_no_configuration_is_refused_with_its_place(tmp_path, config):
    assert "tradewind.toml:" in refused(tmp_path, config=config)


WRONG_URLS = ["ftp://user:50051", "http://user", "http://user:port", "http://user:50051/path", "dns:///user", "unix:user", "ipv4:user:1"]


@pytest.mark.parametrize("url", WRONG_URLS)
def test_a_wrong_service_url_is_refused(tmp_path, url):
    assert "USER_SERVICE_URL" in refused(tmp_path, USER_SERVICE_URL=url)


def test_a_wrong_database_url_is_refused_and_its_password_kept(tmp_path):
    said = refused(tmp_path, DATABASE_URL=NO_DATABASE_THERE.replace("postgresql", "oracle"))
    assert "DATABASE_URL" in said and "wordpass" not in said


def test_an_unknown_option_is_refused(tmp_path):
    result = run("up", "--no-such-option", folder=tmp_path)
    assert 0 < result.returncode < 128
    assert "--no-such-option" in result.stderr


def test_an_unknown_module_is_refused(tmp_path):
    result = run("serve", "usr", folder=tmp_path)
    assert 0 < result.returncode < 128
    assert "user" in result.stderr


def test_flags_win_over_environment_over_file_over_defaults(tmp_path):
    (tmp_path / "tradewind.toml").write_text('[http]\naddress = "127.0.0.1:1001"\nbody_bytes_max = 1001\nheader_bytes_max = 4097\n')
    env = {"TRADEWIND_HTTP_ADDRESS": "127.0.0.1:1002", "TRADEWIND_HTTP_BODY_BYTES_MAX": "1002"}
    result = run("config", "show", "--http", "127.0.0.1:1003", folder=tmp_path, env=env)
    assert result.returncode == 0, result
    shown = {line.split()[0]: line for line in result.stdout.splitlines() if line.strip()}
    assert "127.0.0.1:1003" in shown["http.address"] and "--http" in shown["http.address"]
    assert "1002" in shown["http.body_bytes_max"] and "TRADEWIND_HTTP_BODY_BYTES_MAX" in shown["http.body_bytes_max"]
    assert "4097" in shown["http.header_bytes_max"] and "tradewind.toml" in shown["http.header_bytes_max"]
    assert "default" in shown["http.header_timeout_ms"]


def test_a_password_is_never_shown(tmp_path):
    result = run("config", "show", folder=tmp_path, env={"DATABASE_URL": NO_DATABASE_THERE})
    assert result.returncode == 0, result
    assert "127.0.0.1:1/shop" in result.stdout
    assert "wordpass" not in result.stdout + result.stderr


SECRET_URLS = [
    "postgresql://u:wordpass@127.0.0.1:1/x",
    "postgresql://u:wordpass@/x?host=127.0.0.1&port=1",
    "postgresql://127.0.0.1:1/x?user=u&password=wordpass&password=wordpass2",
    "postgresql://127.0.0.1:1/x?user=u&pass%77ord=wordpass",
    "postgresql:///x?password=wordpass&host=127.0.0.1&port=1",
    "postgresql://u:se/wordpass@127.0.0.1:1/x",
    "postgresql://u:se@wordpass@127.0.0.1:1/x",
    "postgresql://u:se?wordpass@127.0.0.1:1/x",
    "postgresql://u:se#wordpass@127.0.0.1:1/x",
    "postgresql://u:1/wordpass@127.0.0.1:1/x",
    "postgresql://u:wordpass",
    "postgresql://u:wordpass/x",
    " postgresql://u:wordpass@127.0.0.1:1/x\n",
]


@pytest.mark.parametrize("url", SECRET_URLS)
def test_no_command_prints_a_password_however_it_stands_in_the_url(tmp_path, url):
    env = {"DATABASE_URL": url, "TRADEWIND_DATABASE_CONNECT_TIMEOUT_MS": "2000"}
    for command in (["config", "show"], ["up", "--ports", "auto"], ["migrate"], ["doctor", "--ports", "auto"], ["copy", "--to", url]):
        result = run(*command, "--data", tmp_path / "data", folder=tmp_path, env=env)
        assert "wordpass" not in result.stdout + result.stderr, command
        assert "internal error" not in result.stderr, result
        assert command[0] == "config" or result.returncode in (1, 69, 78), (command, result)


@pytest.mark.parametrize("command", [["version"], ["--help"], ["up", "--help"], ["serve", "--help"]])
def test_the_program_explains_itself(tmp_path, command):
    result = run(*command, folder=tmp_path)
    assert result.returncode == 0
    assert result.stdout.strip()


def test_migrate_prepares_a_folder_and_doctor_finds_it_well(tmp_path):
    for command in ("migrate", "migrate", "doctor"):
        result = run(command, "--ports", "auto", "--data", tmp_path / "data", folder=tmp_path)
        assert result.returncode == 0, result
    assert (tmp_path / "data").is_dir()


def test_version_is_one_everywhere(system, http, tmp_path):
    version = run("version", folder=tmp_path).stdout
    assert json.loads(http.get("/version").text)["version"] in version


def test_database_url_names_the_database_of_a_served_module(tmp_path):
    file = tmp_path / "elsewhere" / "users.sqlite"
    file.parent.mkdir()
    arguments = ["serve", "user", "--ports", "auto", "--data", str(tmp_path / "data")]
    process = Process("user", arguments, tmp_path, {"DATABASE_URL": f"sqlite:{file}"})
    try:
        process.wait_ready()
        assert file.is_file()
        process.stop()
    finally:
        process.kill()
