"""A workspace that somebody else has made: what lies in it is no way into, or out of, the operator's own files."""

import os
import re
import stat
from pathlib import Path

import pytest

from migrate.cli.log_file import keep_log
from migrate.cli.wizard.kept_logins import KeptLogins
from migrate.errors import ConfigError
from migrate.messages import codes
from migrate.monitor import log
from migrate.wizard.login_entry import entry_of
from tests.cli.conftest import Decamp

pytestmark = pytest.mark.hostile

KEY = "-----BEGIN OPENSSH PRIVATE KEY-----\n"
NOBODY = 54321


@pytest.fixture
def theirs(tmp_path: Path) -> Path:
    """The operator's own folder, with a key in it."""
    folder = tmp_path / "ssh"
    folder.mkdir()
    (folder / "id").write_text(KEY)
    (folder / "authorized_keys").write_text("mine\n")
    return folder


@pytest.mark.parametrize(
    "name",
    ["private/decamp.log", "ledger.db", "ledger.db-wal", "source.json", "plan.json", "evidence/verify.json"],
)
def test_nothing_is_written_through_a_link(decamp: Decamp, planned: Path, theirs: Path, name: str) -> None:
    path = planned / name
    path.unlink(missing_ok=True)
    path.symlink_to(theirs / "authorized_keys")
    for args in ("scan", "plan", "run --execute", "verify", "clean"):
        result = decamp("-C", planned, *args.split())
        assert result.code == 2 and codes.NOT_A_WORKSPACE_FILE in result.err and path.name in result.err
    assert (theirs / "authorized_keys").read_text() == "mine\n"


@pytest.mark.parametrize("name", ["policy.yaml", "moved-away.json", "support-bundle.json", "answers.yaml"])
@pytest.mark.parametrize("what", ["a pipe", "a device without end"])
def test_what_is_no_file_is_neither_waited_for_nor_read_to_its_end(
    decamp: Decamp, planned: Path, name: str, what: str
) -> None:
    path = planned / name
    path.unlink(missing_ok=True)
    if what == "a pipe":
        os.mkfifo(path)
    else:
        path.symlink_to("/dev/zero")
    for args in ("status", "run"):
        result = decamp("-C", planned, *args.split())
        assert result.code == 2 and re.search("decamp: DCP-(311|28[45]): ", result.err), result.err


@pytest.mark.parametrize("name", ["private", "private/login"])
def test_the_wizard_keeps_no_login_in_somebody_else_s_folder(tmp_path: Path, theirs: Path, name: str) -> None:
    """Whoever made the folder chose where the link leads, or left it open to others."""
    root, login = tmp_path / "work", entry_of({"OS_AUTH_URL": "https://a.example", "OS_PASSWORD": "p4ssw0rd"})
    (root / name).parent.mkdir(parents=True)
    (root / name).symlink_to(theirs)
    with pytest.raises(ConfigError) as refused:
        KeptLogins(root).keep("source", login)
    assert refused.value.code == codes.NOT_A_WORKSPACE_FILE
    assert sorted(path.name for path in theirs.iterdir()) == ["authorized_keys", "id"]
    (root / name).unlink()
    (root / name).write_text("")
    with pytest.raises(ConfigError):
        KeptLogins(root).keep("source", login)


def test_a_login_s_folders_are_closed_to_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", "")
    folder = tmp_path / "private" / "login"
    folder.mkdir(parents=True)
    for path in (folder, folder.parent):
        path.chmod(0o777)
    KeptLogins(tmp_path).keep("source", entry_of({"OS_AUTH_URL": "https://a.example", "OS_PASSWORD": "p4ssw0rd"}))
    assert {stat.S_IMODE(path.stat().st_mode) for path in (folder, folder.parent)} == {0o700}
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}


GOOD = "auth_url: https://good.example/v3, username: me, project_name: p"
LOGINS = {
    "a region of its own": "clouds: {old-cloud: {auth: {%s}, regions: [{name: r, values: {auth: {auth_url: 'https://e'}}}]}}",
    "a dash": "clouds: {old-cloud: {auth: {%s, auth-url: 'https://evil.example'}}}",
    "a profile": "clouds: {old-cloud: {profile: 'https://evil.example', auth: {%s}}}",
    "a vendor": "clouds: {old-cloud: {cloud: p, auth: {%s}}}",
    "an older place": "clouds: {old-cloud: {auth_url: 'https://evil.example', auth: {%s}}}",
    "a service of its own": "clouds: {old-cloud: {compute_endpoint_override: 'https://evil.example', auth: {%s}}}",
    "of no side": "clouds: {other: {profile: p, auth: {%s}}}",
    "defaults": "clouds: {defaults: {auth: {%s}}}",
    "beside": "{auth: {%s}, clouds: {old-cloud: {auth: {%s}}}}",
    "no text": "clouds: {old-cloud: {region_name: {a: b}, auth: {%s}}}",
    "no address": "clouds: {old-cloud: {auth: {username: me}}}",
    "an address of two readings": "clouds: {old-cloud: {auth: {auth_url: 'https://good.example\\\\@evil.example'}}}",
    "braces": "clouds: {old-cloud: {auth: {auth_url: 'https://good.example/{region_name}'}}}",
}


@pytest.mark.parametrize("how", LOGINS)
def test_a_login_has_no_address_but_the_one_that_is_shown(decamp: Decamp, workspace: Path, how: str) -> None:
    """The SDK reads all of these, and sends the password there."""
    folder = workspace / "private" / "login"
    folder.mkdir()
    text = LOGINS[how]
    (folder / "clouds.yaml").write_text(text.replace("%s", GOOD))
    for args in ("trust", "wizard --plain"):
        refused = decamp("-C", workspace, *args.split())
        assert refused.code == 2 and codes.LOGIN_FILE_UNREADABLE in refused.err, refused.err
    with pytest.raises(ConfigError):
        KeptLogins(workspace).use()


@pytest.mark.parametrize("name", ["secure.yaml", "secure.json", "secure.yml", "clouds-public.yaml", "clouds.json"])
def test_nor_by_another_file(workspace: Path, name: str) -> None:
    folder = workspace / "private" / "login"
    folder.mkdir()
    (folder / "clouds.yaml").write_text(f"clouds: {{old-cloud: {{auth: {{{GOOD}}}}}}}")
    KeptLogins(workspace).use()
    (folder / name).write_text('{"clouds": {"old-cloud": {"auth": {"auth_url": "https://evil.example"}}}}')
    with pytest.raises(ConfigError) as refused:
        KeptLogins(workspace).use()
    assert (refused.value.code, refused.value.facts["path"]) == (codes.LOGIN_FILE_UNREADABLE, str(folder / name))


@pytest.mark.parametrize("name", ["private", "evidence", "reports", "cache", "store", "private/user-data"])
def test_no_folder_of_a_workspace_is_a_link(decamp: Decamp, planned: Path, theirs: Path, name: str) -> None:
    path = planned / name
    if path.exists():
        path.rename(planned / "aside")
    path.symlink_to(theirs)
    result = decamp("-C", planned, "run", "--execute")
    assert result.code == 2 and codes.NOT_A_WORKSPACE_FILE in result.err
    assert sorted(path.name for path in theirs.iterdir()) == ["authorized_keys", "id"]


@pytest.mark.parametrize("how", ["link", "linked folder", "up", "absolute", "pipe"])
def test_a_private_key_never_becomes_user_data(decamp: Decamp, workspace: Path, theirs: Path, how: str) -> None:
    name = {"linked folder": "sub/id", "up": "../ssh/id", "absolute": str(theirs / "id")}.get(how, "given")
    if how == "link":
        (workspace / name).symlink_to(theirs / "id")
    elif how == "pipe":
        os.mkfifo(workspace / name)
    elif how == "linked folder":
        (workspace / "sub").symlink_to(theirs)
    policy = (workspace / "policy.yaml").read_text()
    assert "\n  user_data_files: {}" in policy
    (workspace / "policy.yaml").write_text(
        policy.replace("\n  user_data_files: {}", f"\n  user_data_files: {{tool-1: {name}}}")
    )
    result = decamp("-C", workspace, "scan")
    assert result.code == 2 and (codes.USER_DATA_FILE_UNREADABLE in result.err or codes.POLICY_INVALID in result.err), (
        result.err
    )
    assert not any(
        KEY.encode() in path.read_bytes() for path in workspace.rglob("*") if path.is_file() and not path.is_symlink()
    )


def test_a_file_below_the_workspace_is_read_as_ever(decamp: Decamp, workspace: Path) -> None:
    (workspace / "given").mkdir()
    (workspace / "given" / "web.yaml").write_text("#cloud-config\n")
    policy = (workspace / "policy.yaml").read_text()
    (workspace / "policy.yaml").write_text(
        policy.replace("\n  user_data_files: {}", "\n  user_data_files: {tool-1: given/web.yaml}")
    )
    assert decamp("-C", workspace, "scan").code == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
@pytest.mark.parametrize("name", ["ledger.db", "policy.yaml", "private", "reports"])
def test_what_another_user_owns_is_not_used(decamp: Decamp, planned: Path, name: str) -> None:
    os.chown(planned / name, NOBODY, NOBODY)
    result = decamp("-C", planned, "status")
    assert result.code == 2 and codes.NOT_A_WORKSPACE_FILE in result.err and name in result.err


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_store_may_be_a_share_that_is_another_user_s(decamp: Decamp, planned: Path) -> None:
    (planned / "store").mkdir(mode=0o700, exist_ok=True)
    os.chown(planned / "store", NOBODY, NOBODY)
    assert decamp("-C", planned, "status").code == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_root_works_in_the_workspace_of_another_user(decamp: Decamp, planned: Path) -> None:
    for path in [planned, *planned.rglob("*")]:
        os.chown(path, NOBODY, NOBODY)
    assert decamp("-C", planned, "status").code == 0


def test_the_log_itself_follows_no_link(tmp_path: Path, theirs: Path) -> None:
    (tmp_path / "decamp.log").symlink_to(theirs / "authorized_keys")
    before = list(log.handlers)
    keep_log(tmp_path)
    log.warning("503 x\nssh-ed25519 AAAA intruder")
    for handler in [one for one in log.handlers if one not in before]:
        log.removeHandler(handler)
        handler.close()
    assert (theirs / "authorized_keys").read_text() == "mine\n"


def test_logins_of_the_current_folder_are_refused(
    decamp: Decamp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OS_CLIENT_CONFIG_FILE", raising=False)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "clouds.yaml").write_text("clouds: {a: {auth: {auth_url: 'http://127.0.0.1:9'}}}")
    result = decamp("init", "ws", "--source", "a", "--target", "b")
    assert (
        result.code == 2 and codes.LOGIN_FILE_UNNAMED in result.sentence and "OS_CLIENT_CONFIG_FILE=" in result.sentence
    )
