"""Logins to the wizard, through the wire: what is wrong is one plain sentence, at the same place, in both languages."""

import io
import os
import stat
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
import yaml

from migrate.cli.failures import run_guarded
from migrate.cli.main import make_group
from migrate.messages import codes
from migrate.trust.consents import NAMED, knows_address
from migrate.wizard.login_entry import ENTRIES
from tests.cli.conftest import Result
from tests.matrix import one_each
from tests.openstack.fake_openstack import PASSWORD, FakeServer, Reply, Seen, keystone
from tests.openstack.fake_proxy import FakeProxy
from tests.openstack.tls_servers import Authority, TlsServer

OTHER = "fedcba9876543210fedcba9876543210"
Wizard = Callable[..., Result]


@pytest.fixture
def target() -> Iterator[FakeServer]:
    server = FakeServer()
    keystone(server, project=OTHER)
    yield server
    server.close()


@pytest.fixture
def wizard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Wizard:
    """Types these lines into `decamp wizard --plain` in an empty folder, until they are used up."""
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.chdir(home)
    monkeypatch.setenv("HOME", str(home))
    for name in [name for name in os.environ if name.startswith("OS_") or name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("NO_PROXY", "")

    def call(*lines: str, lang: str = "en") -> Result:
        capsys.readouterr()
        monkeypatch.delenv("OS_CLIENT_CONFIG_FILE", raising=False)
        monkeypatch.setattr("sys.stdin", io.StringIO("".join(f"{line}\n" for line in lines)))
        code = run_guarded(make_group(), ["-C", str(tmp_path / "move"), "--lang", lang, "wizard", "--plain"])
        out, err = capsys.readouterr()
        assert "Traceback" not in out + err
        return Result(code, out, err)

    return call


def rc(path: Path, url: str, *, password: str = "", project: str = "shop", more: str = "") -> str:
    lines = [f"export OS_AUTH_URL={url}", "export OS_USERNAME=me", f'export OS_PROJECT_NAME="{project}"']
    lines += ["export OS_USER_DOMAIN_NAME=Default", "export OS_PROJECT_DOMAIN_NAME=Default"]
    lines += [f"export OS_PASSWORD={password}" if password else "export OS_PASSWORD=$OS_PASSWORD_INPUT", more]
    path.write_text("\n".join(lines))
    return str(path)


def asked(result: Result) -> str:
    """The question at which the typed lines ended."""
    assert result.code == 2 and codes.ANSWER_MISSING in result.err, result.err
    return result.err.rpartition(codes.ANSWER_MISSING)[2].partition(",")[0].split()[-1]


def test_both_logins_by_rc_file(wizard: Wizard, fake: FakeServer, target: FakeServer, tmp_path: Path) -> None:
    keystone(fake)
    old, new = (
        rc(tmp_path / "old", f"{fake.url}/v3"),
        rc(tmp_path / "new", f"{target.url}/v3", password="'open sesame'"),
    )
    result = wizard("rc", old, PASSWORD, "rc", new)
    assert asked(result) == "deadline"
    assert "Password of your user at me@127.0.0.1" in result.err
    folder = tmp_path / "move" / "private" / "login"
    assert PASSWORD not in (folder / "clouds.yaml").read_text() + (tmp_path / "move" / "answers.yaml").read_text()
    secure = yaml.safe_load((folder / "secure.yaml").read_text())["clouds"]
    assert secure == {name: {"auth": {"password": PASSWORD}} for name in ("old-cloud", "new-cloud")}
    assert stat.S_IMODE((folder / "secure.yaml").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "move").stat().st_mode) == 0o700
    assert PASSWORD not in result.out + result.err
    assert [
        path.name for path in (tmp_path / "move").rglob("*") if path.is_file() and PASSWORD in path.read_text()
    ] == ["secure.yaml"]
    # Nothing is asked again.
    assert asked(wizard()) == "deadline"


def test_a_password_survives_being_killed_at_the_next_question(
    wizard: Wizard, fake: FakeServer, tmp_path: Path
) -> None:
    keystone(fake)
    old = rc(tmp_path / "old", f"{fake.url}/v3")
    assert asked(wizard("rc")) == "source.file"
    assert asked(wizard(old)) == "source.password"
    assert asked(wizard(PASSWORD)) == "target.login"


SENTENCES = {
    "password": ("the cloud refused the password of me", "le cloud a refusé le mot de passe de me"),
    "project": ("me may not use the project other", "me n'a pas accès au projet other"),
    "credential": ("the cloud refused the application credential", "le cloud a refusé l'identifiant d'application"),
    "no-name": ("nothing has the name in", "rien ne porte le nom"),
    "no-route": ("does not answer", "ne répond pas"),
    "no-login-address": ("it is not where one logs in", "ce n'est pas là qu'on se connecte"),
    "proxy": ("a proxy stands in the way", "un proxy bloque l'accès"),
    "untrusted": ("is not one that this computer trusts", "ne reconnaît pas le certificat"),
    "same-project": ("this is the old cloud again", "c'est encore l'ancien cloud"),
    "clock": ("the clock of this computer is 10 min", "l'horloge de cet ordinateur"),
}


def said(result: Result, kind: str, lang: str) -> bool:
    return SENTENCES[kind][lang == "fr"] in result.err.replace("\u00a0", " ").replace("\u202f", " ")


both = pytest.mark.parametrize("lang", ["en", "fr"])


@both
def test_a_wrong_password_is_asked_again(wizard: Wizard, fake: FakeServer, tmp_path: Path, lang: str) -> None:
    keystone(fake)
    old = rc(tmp_path / "old", f"{fake.url}/v3")
    result = wizard("rc", old, "not the password", lang=lang)
    assert said(result, "password", lang) and asked(result) == "source.password"
    assert "not the password" not in result.err
    assert asked(wizard(PASSWORD, lang=lang)) == "target.login"


@both
def test_a_wrong_project_is_told_from_a_wrong_password(
    wizard: Wizard, fake: FakeServer, tmp_path: Path, lang: str
) -> None:
    keystone(fake)

    def scoped(seen: Seen) -> Reply:
        return Reply(401, {"error": {"message": "x", "code": 401}}) if "scope" in seen.json["auth"] else unscoped(seen)

    def unscoped(seen: Seen) -> Reply:
        token = {"methods": ["password"], "user": {"id": "u", "name": "me", "domain": {"id": "d", "name": "d"}}}
        token |= {"issued_at": "2026-01-01T00:00:00.000000Z", "expires_at": "2099-01-01T00:00:00.000000Z"}
        return Reply(201, {"token": token}, {"X-Subject-Token": "token-x"})

    fake.on("POST /v3/auth/tokens", scoped)
    old = rc(tmp_path / "old", f"{fake.url}/v3", project="other")
    result = wizard("rc", old, PASSWORD, lang=lang)
    assert said(result, "project", lang) and asked(result) == "source.login"


@both
def test_an_application_credential_that_is_refused(wizard: Wizard, fake: FakeServer, lang: str) -> None:
    keystone(fake)
    fake.on("POST /v3/auth/tokens", Reply(401, {"error": {"message": "x", "code": 401}}))
    result = wizard("keys", f"{fake.url}/v3", "0123abcd", "the secret of it", lang=lang)
    assert said(result, "credential", lang) and asked(result) == "source.secret"
    fake.off()
    result = wizard("the secret of it", lang=lang)
    assert asked(result) == "target.login" and "the secret of it" not in result.err
    body = fake.calls("POST /v3/auth/tokens")[-1].json["auth"]
    assert body["identity"]["application_credential"] == {"id": "0123abcd", "secret": "the secret of it"}
    assert "scope" not in body


@pytest.mark.parametrize(("kind", "lang"), one_each(["no-name", "no-route", "no-login-address"], ["en", "fr"]))
def test_an_address_that_is_wrong(wizard: Wizard, fake: FakeServer, tmp_path: Path, kind: str, lang: str) -> None:
    urls = {
        "no-name": "http://nowhere.invalid:5000/v3",
        "no-route": "http://127.0.0.1:1/v3",
        "no-login-address": fake.url,
    }
    fake.on("GET /.*", Reply(404, b"<html>no</html>", {"Content-Type": "text/html"}))
    result = wizard("rc", rc(tmp_path / "old", urls[kind], password="abcdef"), lang=lang)
    assert said(result, kind, lang) and asked(result) == "source.again"
    assert asked(wizard("again", lang=lang)) == "source.again"
    assert asked(wizard("other", lang=lang)) == "source.login"


@both
def test_a_proxy_in_the_way(
    wizard: Wizard, fake: FakeServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lang: str
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    keystone(fake)
    result = wizard("rc", rc(tmp_path / "old", f"{fake.url}/v3", password="abcdef"), lang=lang)
    assert said(result, "proxy", lang) and "http_proxy" in result.err and asked(result) == "source.again"


@both
def test_a_proxy_that_wants_a_login(
    wizard: Wizard, fake: FakeServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lang: str
) -> None:
    proxy = FakeProxy("me:secret")
    monkeypatch.setenv("https_proxy", f"http://{proxy.netloc}")
    result = wizard("rc", rc(tmp_path / "old", "https://auth.example.com/v3", password="abcdef"), lang=lang)
    proxy.close()
    assert said(result, "proxy", lang) and asked(result) == "source.again"


@both
def test_a_certificate_of_nobody_known(wizard: Wizard, tmp_path: Path, lang: str) -> None:
    authority = Authority.made(tmp_path, "ours")
    server = TlsServer(authority.server(tmp_path))
    keystone(server)
    url = server.url
    result = wizard("rc", rc(tmp_path / "old", f"{url}/v3", password="abcdef"), lang=lang)
    assert said(result, "untrusted", lang) and asked(result) == "source.again"
    known = rc(
        tmp_path / "old", f"{url}/v3", password=f"'{PASSWORD}'", more=f"export OS_CACERT={authority.certificate}"
    )
    mended = wizard("other", "rc", known, lang=lang)
    server.close()
    assert "OS_CACERT" in result.err and asked(mended) == "target.login"


@both
def test_the_same_cloud_twice(wizard: Wizard, fake: FakeServer, tmp_path: Path, lang: str) -> None:
    keystone(fake)
    old = rc(tmp_path / "old", f"{fake.url}/v3", password=f"'{PASSWORD}'")
    result = wizard("rc", old, "rc", old, lang=lang)
    assert said(result, "same-project", lang) and asked(result) == "target.login"


@both
def test_a_clock_that_is_ten_minutes_off(wizard: Wizard, fake: FakeServer, tmp_path: Path, lang: str) -> None:
    keystone(fake)
    inner = fake._routes[[pattern.pattern for pattern, _ in fake._routes].index("POST /v3/auth/tokens")][1][0]
    late = format_datetime(datetime.now(UTC) - timedelta(minutes=10, seconds=2), usegmt=True)

    def answer(seen: Seen) -> Reply:
        assert callable(inner)
        reply = inner(seen)
        reply.headers["Date"] = late
        return reply

    fake.on("POST /v3/auth/tokens", answer)
    result = wizard("rc", rc(tmp_path / "old", f"{fake.url}/v3", password=f"'{PASSWORD}'"), lang=lang)
    assert said(result, "clock", lang) and asked(result) == "target.login"


@pytest.mark.parametrize(("line", "lang"), one_each(["/no/such/file", "/dev/zero", "/", "\x00", "HTML"], ["en", "fr"]))
def test_what_is_no_rc_file(wizard: Wizard, tmp_path: Path, line: str, lang: str) -> None:
    page = tmp_path / "page.html"
    page.write_text("<html>" * 1000)
    result = wizard("rc", str(page) if line == "HTML" else line, lang=lang)
    assert asked(result) == "source.file"


@both
def test_pasted_lines_and_pasted_rubbish(wizard: Wizard, fake: FakeServer, tmp_path: Path, lang: str) -> None:
    keystone(fake)
    lines = Path(rc(tmp_path / "old", f"{fake.url}/v3", password=f"'{PASSWORD}'")).read_text().splitlines()
    assert asked(wizard("paste", "rubbish, and more of it", "", lang=lang)) == "source.paste"
    result = wizard(*(line for line in lines if line), "", lang=lang)
    assert asked(result) == "target.login" and PASSWORD not in result.err + result.out


def test_an_entry_of_clouds_yaml_is_found_and_copied(
    wizard: Wizard, fake: FakeServer, clouds_yaml: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keystone(fake)
    monkeypatch.setattr("openstack.config.loader.UNIX_CONFIG_HOME", str(tmp_path))
    monkeypatch.setattr("openstack.config.loader.CONFIG_HOME", str(tmp_path))
    result = wizard("1")
    assert "With the entry shop of the clouds.yaml" in result.err and asked(result) == "target.login"
    folder = tmp_path / "move" / "private" / "login"
    assert PASSWORD not in (folder / "clouds.yaml").read_text() and PASSWORD in (folder / "secure.yaml").read_text()
    # Who asks for the commands gets the ones that work.
    assert "shop" in (tmp_path / "clouds.yaml").read_text() and "Logged in to old-cloud as project shop" in result.err


def test_a_changed_password_is_asked_for_days_later(
    wizard: Wizard, fake: FakeServer, target: FakeServer, tmp_path: Path
) -> None:
    keystone(fake)
    old, new = (
        rc(tmp_path / name, f"{one.url}/v3", password=f"'{PASSWORD}'") for name, one in (("old", fake), ("new", target))
    )
    assert asked(wizard("rc", old, "rc", new)) == "deadline"
    fake.on("POST /v3/auth/tokens", Reply(401, {"error": {"message": "x", "code": 401}}))
    result = wizard("s")
    assert said(result, "password", "en") and asked(result) == "source.password"


# ---------------------------------------------------------------- where a password goes


def logins(server: FakeServer) -> list[Seen]:
    return [seen for seen in server.seen if seen.method == "POST" and seen.path.endswith("/auth/tokens")]


def test_a_file_of_answers_sends_no_password_to_an_address_that_nobody_has_confirmed(
    wizard: Wizard,
    fake: FakeServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    keystone(fake)
    monkeypatch.setenv(NAMED, str(tmp_path / "trust"))
    monkeypatch.setenv("DECAMP_SOURCE_PASSWORD", PASSWORD)
    answers = tmp_path / "answers"
    answers.write_text(f"source.login: rc\nsource.file: {rc(tmp_path / 'rc', fake.url + '/v3')}\n")
    args = ["-C", str(tmp_path / "unattended"), "wizard", "--answers", str(answers)]
    assert run_guarded(make_group(), args) == 2
    told = capsys.readouterr().err
    command = f"decamp trust --address {fake.url}"
    assert codes.ADDRESS_NOT_AGREED in told and command in told and not logins(fake)
    # As it is printed; and then it goes on to what the file has no answer for.
    assert run_guarded(make_group(), command.split()[1:]) == 0
    assert run_guarded(make_group(), args) == 2
    assert codes.ANSWER_MISSING in capsys.readouterr().err and logins(fake)


def test_an_address_that_somebody_has_typed_a_password_for_is_confirmed(
    wizard: Wizard, fake: FakeServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keystone(fake)
    monkeypatch.setenv(NAMED, str(tmp_path / "trust"))
    assert not knows_address(fake.url)
    assert asked(wizard("rc", rc(tmp_path / "rc", f"{fake.url}/v3"), PASSWORD)) == "target.login"
    assert knows_address(f"{fake.url}/v3") and not knows_address("http://127.0.0.1:1/v3")


def test_no_password_of_the_operators_own_file_is_merged_into_the_logins_of_a_workspace(
    wizard: Wizard, fake: FakeServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The SDK merges what OS_CLIENT_SECURE_FILE names into every entry of that name."""
    keystone(fake)
    secure = tmp_path / "secure.yaml"
    secure.write_text(yaml.safe_dump({"clouds": {ENTRIES["source"]: {"auth": {"password": "the operator's own"}}}}))
    monkeypatch.setenv("OS_CLIENT_SECURE_FILE", str(secure))
    wizard("rc", rc(tmp_path / "rc", f"{fake.url}/v3"), PASSWORD)
    assert logins(fake)
    assert not [seen for seen in fake.seen if b"the operator's own" in seen.body]
    assert os.environ.get("OS_CLIENT_SECURE_FILE") is None
