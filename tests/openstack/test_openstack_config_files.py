"""Where logins come from: the operator's own files, never those of the folder that one happens to be in."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from openstack.config import loader

from migrate.cli.commands.scan import log_in
from migrate.cli.connect import connect, login_files, login_is_checked
from migrate.cli.context import App
from migrate.cli.workspace import Workspace
from migrate.clouds.guard import SourceGuard
from migrate.errors import AccessError, ConfigError
from migrate.messages import codes
from migrate.policy.reader import parse_policy
from migrate.policy.template import policy_template
from tests.openstack.fake_openstack import PASSWORD, FakeServer, keystone

pytestmark = pytest.mark.hostile

DOMAINS = {"user_domain_name": "Default", "project_domain_name": "Default"}


@pytest.fixture
def home(tmp_path: Path, clouds_yaml: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The operator's own folder of logins; nothing in the environment, and a current folder with nothing in it."""
    monkeypatch.delenv("OS_CLIENT_CONFIG_FILE")
    clouds_yaml.unlink()
    home, here = tmp_path / "home", tmp_path / "here"
    for name in ("CONFIG_HOME", "UNIX_CONFIG_HOME", "SITE_CONFIG_HOME", "UNIX_SITE_CONFIG_HOME"):
        monkeypatch.setattr(loader, name, str(home))
    for folder in (home, here):
        folder.mkdir()
    for name, word in (("CONFIG_FILES", "clouds"), ("SECURE_FILES", "secure"), ("VENDOR_FILES", "clouds-public")):
        monkeypatch.setattr(loader, name, [str(folder / f"{word}.yaml") for folder in (here, home)])
    monkeypatch.chdir(here)
    return home


def write(path: Path, url: str, **auth: str) -> None:
    whole: dict[str, Any] = {"auth_url": f"{url}/v3", "username": "me", "project_name": "shop", **DOMAINS, **auth}
    path.write_text(yaml.safe_dump({"clouds": {"shop": {"auth": whole, "region_name": "fr1"}}}))


def secure(path: Path) -> None:
    path.write_text(yaml.safe_dump({"clouds": {"shop": {"auth": {"password": PASSWORD}}}}))


@pytest.mark.parametrize("name", ["clouds.yaml", "clouds.yml", "clouds.json", "secure.yaml", "clouds-public.yaml"])
def test_the_current_folder_tells_nobody_where_a_password_goes(fake: FakeServer, home: Path, name: str) -> None:
    write(home / "clouds.yaml", "http://127.0.0.1:9")
    secure(home / "secure.yaml")
    keystone(fake)
    if name.startswith("clouds."):
        write(Path(name), fake.url)
    else:
        secure(Path(name))
    with pytest.raises(ConfigError) as refused:
        connect("shop", SourceGuard()).identity()
    assert refused.value.code == codes.LOGIN_FILE_UNNAMED and name in str(refused.value.facts["path"])
    assert fake.seen == []


def test_a_file_that_is_named_gets_no_password_of_another_folder(
    fake: FakeServer, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keystone(fake)
    secure(home / "secure.yaml")
    write(Path("clouds.yaml"), fake.url)
    monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", "clouds.yaml")
    with pytest.raises(ConfigError) as refused:
        connect("shop", SourceGuard()).identity()
    assert refused.value.code == codes.CLOUD_UNKNOWN
    assert not any(PASSWORD.encode() in seen.body for seen in fake.seen)
    secure(Path("secure.yaml"))
    assert connect("shop", SourceGuard()).identity().project_name == "shop"


def test_the_operators_own_files_are_read_as_ever(fake: FakeServer, home: Path) -> None:
    keystone(fake)
    write(home / "clouds.yaml", fake.url)
    secure(home / "secure.yaml")
    assert connect("shop", SourceGuard()).identity().project_name == "shop"
    assert login_files("shop") == (str(home / "clouds.yaml"), str(home / "secure.yaml"))


@pytest.mark.parametrize("content", [None, "clouds: [", "- a list", "clouds: {}\n\x00"])
def test_a_named_file_that_cannot_be_read_is_told(
    home: Path, monkeypatch: pytest.MonkeyPatch, content: str | None
) -> None:
    write(home / "clouds.yaml", "http://127.0.0.1:9", password=PASSWORD)
    named = Path("mine.yaml").absolute()
    if content is not None:
        named.write_text(content)
    monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", str(named))
    with pytest.raises(ConfigError) as refused:
        connect("shop", SourceGuard())
    assert refused.value.code == codes.LOGIN_FILE_UNREADABLE and refused.value.facts["path"] == str(named)


def test_a_broken_file_at_home_is_told_and_the_next_one_is_not_taken(home: Path) -> None:
    (home / "clouds.yaml").write_text("clouds: [")
    (home / "clouds.yml").write_text("clouds: {}")
    with pytest.raises(ConfigError, match=codes.LOGIN_FILE_UNREADABLE):
        connect("shop", SourceGuard())


@pytest.mark.parametrize("name", ["clouds.yaml", "secure.yaml", "clouds-public.yaml"])
@pytest.mark.parametrize("content", ["clouds: {", "a: " + ":".join("1" * 300) + ".5", "a: &a {<<: *a}"])
def test_a_file_that_the_sdk_would_crash_on_is_named(home: Path, name: str, content: str) -> None:
    write(home / "clouds.yaml", "http://127.0.0.1:9")
    (home / name).write_text(content)
    with pytest.raises(ConfigError, match=codes.LOGIN_FILE_UNREADABLE) as refused:
        connect("shop", SourceGuard())
    assert refused.value.facts["path"] == str(home / name)


def test_the_environment_needs_no_file(fake: FakeServer, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keystone(fake)
    Path("clouds.yaml").write_text("clouds: [")
    for name, value in {"AUTH_URL": f"{fake.url}/v3", "USERNAME": "me", "PASSWORD": PASSWORD}.items():
        monkeypatch.setenv(f"OS_{name}", value)
    for name in ("USER_DOMAIN_NAME", "PROJECT_DOMAIN_NAME"):
        monkeypatch.setenv(f"OS_{name}", "Default")
    monkeypatch.setenv("OS_PROJECT_NAME", "shop")
    assert connect("env", SourceGuard()).identity().project_name == "shop"
    assert login_files("env") == ()


def test_an_address_that_nobody_answers_at_is_told_as_before(home: Path) -> None:
    write(home / "clouds.yaml", "http://127.0.0.1:9", password=PASSWORD)
    with pytest.raises(AccessError, match=codes.UNREACHABLE):
        connect("shop", SourceGuard()).identity()


@pytest.mark.parametrize(("more", "checked"), [({}, True), ({"verify": False}, False), ({"insecure": True}, False)])
def test_certificates_that_nobody_checks_are_known(home: Path, more: dict[str, bool], checked: bool) -> None:
    write(home / "clouds.yaml", "https://127.0.0.1:9", password=PASSWORD)
    document = yaml.safe_load((home / "clouds.yaml").read_text())
    document["clouds"]["shop"] |= more
    (home / "clouds.yaml").write_text(yaml.safe_dump(document))
    assert login_is_checked("shop") is checked


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_scan_says_whose_login_it_uses_and_what_is_not_safe_about_it(
    fake: FakeServer, home: Path, capsys: pytest.CaptureFixture[str], lang: str
) -> None:
    keystone(fake)
    write(home / "clouds.yaml", fake.url, password=PASSWORD)
    document = yaml.safe_load((home / "clouds.yaml").read_text())
    document["clouds"]["shop"]["verify"] = False
    (home / "clouds.yaml").write_text(yaml.safe_dump(document))
    policy = parse_policy(policy_template("0" * 31 + "1", "shop", "memory:target/small", deadline=None, language=lang))
    app = App(lang_option=lang)
    log_in(app, Workspace(Path("nowhere")), policy, "source")
    said = capsys.readouterr().err
    for part in (str(home / "clouds.yaml"), f"{fake.url}/v3", "verify", "HTTP"):
        assert part in said
    assert PASSWORD not in said
