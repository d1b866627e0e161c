"""`decamp doctor` through the wire: what it says of a clock, a name, a certificate, a proxy, a password."""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from migrate.cli.failures import run_guarded
from migrate.cli.main import make_group
from migrate.clouds.http import login_probe
from migrate.messages import codes
from tests.openstack.fake_openstack import PASSWORD, FakeServer, Reply, Seen, keystone
from tests.openstack.fake_proxy import FakeProxy
from tests.openstack.tls_servers import Authority, TlsServer

Doctor = Callable[..., dict[str, dict[str, Any]]]


@pytest.fixture
def doctor(clouds_yaml: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Doctor:
    """The lines by their checks; of the cloud `shop`, with these changes to its entry."""
    clouds_yaml.chmod(0o600)

    def call(lang: str = "en", **entry: Any) -> dict[str, dict[str, Any]]:
        known = yaml.safe_load(clouds_yaml.read_text())
        auth = known["clouds"]["shop"]["auth"]
        for key in set(auth) & set(entry):
            auth[key] = entry.pop(key)
        known["clouds"]["shop"] |= entry
        clouds_yaml.write_text(yaml.safe_dump(known))
        args = ["-C", str(tmp_path / "nowhere"), "--lang", lang, "doctor", "--cloud", "shop", "-f", "json"]
        code = run_guarded(make_group(), args)
        out, err = capsys.readouterr()
        assert "Traceback" not in out + err and codes.UNEXPECTED not in out + err
        assert PASSWORD not in out + err and "Pr0xy" not in out + err
        lines = json.loads(out)
        assert code == (3 if any(one["level"] == "problem" for one in lines) else 0)
        return {one["check"]: one for one in lines}

    return call


def cloud(fake: FakeServer, ahead: timedelta) -> None:
    """A cloud whose clock is ahead of ours by this much."""
    keystone(fake)
    answer = fake.answer(Seen("GET", "/v3", {}, {}, b""))
    fake.on("GET /v3", Reply(200, answer.body, {"Date": format_datetime(datetime.now(UTC) + ahead, usegmt=True)}))


def test_a_cloud_that_is_well(doctor: Doctor, fake: FakeServer) -> None:
    cloud(fake, timedelta(seconds=2))
    told = doctor()
    assert [one for one in told.values() if one["level"] != "ok"] == []
    assert told["login"]["text"] == "shop accepts the login, as project shop"
    assert told["network"]["text"] == f"shop answers at {fake.url}"
    assert told["clock"]["facts"]["seconds"] <= 4
    assert {seen.method for seen in fake.seen} == {"GET", "POST"}
    assert [seen.path for seen in fake.seen if seen.method == "POST"] == ["/v3/auth/tokens"]


@pytest.mark.parametrize(("minutes", "lang"), [(10, "en"), (-10, "fr")])
def test_a_clock_that_is_off(doctor: Doctor, fake: FakeServer, minutes: int, lang: str) -> None:
    cloud(fake, timedelta(minutes=minutes))
    clock = doctor(lang)["clock"]
    assert (clock["level"], clock["code"]) == ("problem", codes.CLOCK_OFF)
    assert 595 <= clock["facts"]["seconds"] <= 605
    assert ("timedatectl" in clock["text"]) and (("horloge" in clock["text"]) == (lang == "fr"))


def test_a_cloud_that_tells_no_time(doctor: Doctor, fake: FakeServer) -> None:
    keystone(fake)
    assert doctor()["clock"]["text"] == "shop does not tell the time"


def test_a_wrong_password(doctor: Doctor, fake: FakeServer) -> None:
    keystone(fake)
    told = doctor(password="something-else")
    assert (told["login"]["level"], told["login"]["code"]) == ("problem", codes.LOGIN_REFUSED)
    assert told["network"]["level"] == "ok"


def test_nobody_listens(doctor: Doctor) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    told = doctor(auth_url=f"{url}/v3")
    assert (told["login"]["code"], told["login"]["facts"]["url"]) == (codes.UNREACHABLE, url)
    assert "refused" in told["login"]["text"] and "network" not in told


@pytest.mark.parametrize("pause_s", [0.05, 30])
def test_an_answer_that_never_ends(doctor: Doctor, monkeypatch: pytest.MonkeyPatch, pause_s: float) -> None:
    """A byte now and then, or none: one look has its limit."""
    monkeypatch.setattr(login_probe, "_LIMIT_S", 0.5)
    ended = threading.Event()

    def drip(server: socket.socket) -> None:
        with suppress(OSError):
            connection, _ = server.accept()
            connection.sendall(b"HTTP/1.1 200 OK\r\nX-Odd: ")
            while not ended.wait(pause_s):
                connection.sendall(b"x")

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=drip, args=(server,), daemon=True)
        thread.start()
        begun = time.monotonic()
        told = doctor(auth_url=f"http://127.0.0.1:{server.getsockname()[1]}/v3")
        ended.set()
    assert told["login"]["code"] == codes.UNREACHABLE and time.monotonic() - begun < 60


def test_a_name_that_has_no_address(doctor: Doctor) -> None:
    told = doctor(auth_url="http://no-such-host.invalid:5000/v3")
    assert told["login"]["code"] == codes.NAME_UNRESOLVED and "no-such-host.invalid" in told["login"]["text"]


@pytest.mark.parametrize("url", ["not an address", "ftp://example.com", "http://[::1", "http://x:99999/v3", ""])
def test_an_address_that_is_none(doctor: Doctor, url: str) -> None:
    told = doctor(auth_url=url)
    assert told["login"]["level"] == "problem" and told["login"]["code"] in {
        codes.CLOUD_UNKNOWN,
        codes.UNREACHABLE,
        codes.NAME_UNRESOLVED,
    }


def test_something_that_is_no_cloud(doctor: Doctor, fake: FakeServer) -> None:
    fake.on(".*", Reply(200, b"<html>hello</html>"))
    told = doctor()
    assert told["network"]["level"] == "ok" and told["login"]["level"] == "problem"


@pytest.fixture
def secured(authority: Authority, tmp_path: Path) -> Iterator[Callable[..., TlsServer]]:
    servers: list[TlsServer] = []

    def it(**certificate: Any) -> TlsServer:
        server = TlsServer(authority.server(tmp_path, **certificate))
        keystone(server)
        servers.append(server)
        return server

    yield it
    for server in servers:
        server.close()


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority.made(tmp_path, "ours")


def test_certificates(doctor: Doctor, secured: Callable[..., TlsServer], authority: Authority) -> None:
    trusted = {"cacert": str(authority.certificate)}
    url = f"{secured(days=(-1, 90)).url}/v3"
    told = doctor(auth_url=url, **trusted)
    assert told["tls"]["level"] == "ok" and told["login"]["level"] == "ok"
    soon = doctor(auth_url=f"{secured(days=(-1, 5)).url}/v3")
    assert (soon["tls"]["level"], soon["tls"]["code"]) == ("warning", codes.CERTIFICATE_ENDS_SOON)
    assert doctor(auth_url=f"{secured(days=(-9, -1)).url}/v3")["login"]["code"] == codes.CERTIFICATE_OUT_OF_DATE
    assert doctor(auth_url=f"{secured(days=(5, 9)).url}/v3")["login"]["code"] == codes.CERTIFICATE_OUT_OF_DATE
    other = doctor(auth_url=f"{secured(address='192.0.2.1').url}/v3")["login"]
    assert other["code"] == codes.CERTIFICATE_OF_ANOTHER and "clouds.yaml" in other["text"]
    unchecked = doctor(auth_url=url, verify=False, cacert=None)
    assert (unchecked["tls"]["level"], unchecked["tls"]["code"]) == ("warning", codes.CERTIFICATES_UNCHECKED)


def test_an_authority_that_nobody_knows(doctor: Doctor, secured: Callable[..., TlsServer]) -> None:
    told = doctor(auth_url=f"{secured().url}/v3")
    assert (told["login"]["code"], "tls" in told) == (codes.CERTIFICATE_UNTRUSTED, False)


def test_through_a_proxy(doctor: Doctor, fake: FakeServer, monkeypatch: pytest.MonkeyPatch) -> None:
    keystone(fake)
    proxy = FakeProxy("ann:Pr0xy")
    try:
        monkeypatch.setenv("http_proxy", f"http://ann:Pr0xy@{proxy.netloc}")
        told = doctor()
        assert told["network"]["text"] == f"shop answers at {fake.url}, through the proxy {proxy.netloc}"
        assert told["login"]["level"] == "ok" and not proxy.refused
    finally:
        proxy.close()
    assert doctor()["login"]["code"] == codes.UNREACHABLE
    monkeypatch.setenv("http_proxy", f"socks5://{proxy.netloc}")
    assert doctor()["login"]["code"] == codes.UNSUPPORTED


def test_a_login_file_that_others_can_read(doctor: Doctor, fake: FakeServer, clouds_yaml: Path) -> None:
    keystone(fake)
    clouds_yaml.chmod(0o644)
    line = doctor()["files"]
    assert (line["level"], line["code"]) == ("warning", codes.LOGIN_FILE_EXPOSED)
    assert line["text"].endswith(f"run `chmod 600 {clouds_yaml}`")
    assert clouds_yaml.stat().st_mode & 0o777 == 0o644
