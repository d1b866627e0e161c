"""What is seen at an address: real sockets, web servers and certificates of this machine."""

import time
from pathlib import Path

import pytest

from migrate.health.address_probes import http_failure, tcp_failure
from migrate.health.results import Failure
from migrate.messages import codes
from migrate.model.health_checks import HttpCheck, HttpsCheck, TcpCheck
from tests.health.certificate import make_certificate
from tests.health.services import HERE, drips, nobody, says, speaks, web

MIB = 1 << 20


def seen(found: Failure | None) -> tuple[str, str]:
    assert found is not None
    return found.code, found.facts.get("seen", "")


def test_a_port_that_accepts_and_one_that_refuses() -> None:
    with speaks(lambda _connection: None) as port:
        assert tcp_failure(TcpCheck(port=port), HERE) is None
    found = tcp_failure(TcpCheck(port=nobody()), HERE)
    assert seen(found) == (codes.HEALTH_PORT, "refused")


def test_a_page_with_its_status_and_text() -> None:
    with web(says(200, b"all systems go")) as service:
        check = HttpCheck(port=service.port, path="/health?deep=1", host="www.example.com", text="systems go")
        assert http_failure(check, HERE) is None
        # Asked at the address, by the name: DNS may still say where the old server is.
        assert service.asked == [("/health?deep=1", f"www.example.com:{service.port}")]


def test_another_status_and_a_text_that_is_missing() -> None:
    with web(says(503, b"sorry")) as service:
        found = http_failure(HttpCheck(port=service.port), HERE)
        assert found and found.code == codes.HEALTH_STATUS and found.facts["status"] == "503"
        assert http_failure(HttpCheck(port=service.port, status=503), HERE) is None
        found = http_failure(HttpCheck(port=service.port, status=503, text="go"), HERE)
        assert seen(found) == (codes.HEALTH_TEXT, "whole")
        assert found and "sorry" not in str(found.facts)


def test_a_redirect_is_not_followed() -> None:
    with web(says(200, b"elsewhere")) as elsewhere:
        there = f"http://{HERE}:{elsewhere.port}/"
        with web(says(302, Location=there)) as service:
            found = http_failure(HttpCheck(port=service.port), HERE)
            assert found and found.code == codes.HEALTH_STATUS and found.facts["status"] == "302"
            assert http_failure(HttpCheck(port=service.port, status=302), HERE) is None
        assert elsewhere.asked == []


def test_a_certificate_is_verified_unless_the_policy_says_otherwise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = make_certificate(tmp_path, "www.example.com")
    with web(says(200, b"safe"), certificate=certificate) as service:
        check = HttpsCheck(port=service.port, host="www.example.com", text="safe")
        found = http_failure(check, HERE)
        assert found and found.code == codes.HEALTH_CERTIFICATE and "self-signed" in found.facts["why"]
        assert http_failure(HttpsCheck(port=service.port, verify=False), HERE) is None
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        assert http_failure(check, HERE) is None
        # Trusted, and another's: the address is not what the certificate is for.
        found = http_failure(HttpsCheck(port=service.port), HERE)
        assert found and found.code == codes.HEALTH_CERTIFICATE


def test_a_certificate_may_be_an_addresss_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    certificate = make_certificate(tmp_path, HERE)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with web(says(200), certificate=certificate) as service:
        assert http_failure(HttpsCheck(port=service.port), HERE) is None


def test_what_speaks_something_else() -> None:
    with speaks(lambda connection: connection.sendall(b"SSH-2.0-OpenSSH_9.2\r\n")) as port:
        assert seen(http_failure(HttpCheck(port=port), HERE)) == (codes.HEALTH_NO_ANSWER, "no-http")
        assert seen(http_failure(HttpsCheck(port=port), HERE)) == (codes.HEALTH_NO_ANSWER, "no-tls")
    with speaks(drips(b"", b"", most=1)) as port:
        assert seen(http_failure(HttpCheck(port=port), HERE))[1] == "closed"
    assert seen(http_failure(HttpCheck(port=nobody()), HERE)) == (codes.HEALTH_NO_ANSWER, "refused")


@pytest.mark.hostile
@pytest.mark.parametrize(
    ("first", "piece", "text", "code"),
    [
        (b"", b"", "", codes.HEALTH_NO_ANSWER),
        (b"HTTP/1.1 200 OK\r\nX: ", b"x", "", codes.HEALTH_NO_ANSWER),
        (b"HTTP/1.1 200 OK\r\n\r\n", b"more", "go", codes.HEALTH_TEXT),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n", "go", None),
    ],
    ids=["silence", "a header that never ends", "a body that never ends", "chunks that never end"],
)
def test_nothing_holds_a_check_longer_than_its_time(first: bytes, piece: bytes, text: str, code: str | None) -> None:
    with speaks(drips(first, piece)) as port:
        # A busy machine may take longer than a second to send what comes first.
        for limit_s in (1, 5, 25):
            began = time.monotonic()
            found = http_failure(HttpCheck(port=port, text=text, limit_s=limit_s), HERE)
            assert time.monotonic() - began < limit_s + 30
            if code is None or (found and found.code == code):
                break
    assert found and found.facts["seen"] == "timeout"
    assert code is None or found.code == code


@pytest.mark.hostile
def test_tls_that_is_never_agreed_upon_is_over_in_time() -> None:
    with speaks(drips(b"\x16\x03\x03", b"\x00")) as port:
        began = time.monotonic()
        assert seen(http_failure(HttpsCheck(port=port, limit_s=1), HERE))[0] == codes.HEALTH_NO_ANSWER
        assert time.monotonic() - began < 30


@pytest.mark.hostile
def test_a_body_is_looked_through_to_one_mebibyte() -> None:
    with web(says(200, b"x" * (3 * MIB) + b"go")) as service:
        found = http_failure(HttpCheck(port=service.port, text="go"), HERE)
        assert seen(found) == (codes.HEALTH_TEXT, "cut-off")
    with web(says(200, b"x" * (MIB - 300) + b"go" + b"x" * MIB)) as service:
        assert http_failure(HttpCheck(port=service.port, text="go"), HERE) is None
