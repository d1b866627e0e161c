"""Signatures are those of botocore, which is not what makes ours."""

from datetime import UTC, datetime
from urllib.parse import urlsplit

import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from migrate.clouds.s3.signature_v4 import Keys, Signer, query_text
from migrate.clouds.s3.signed_client import address
from migrate.errors import ConfigError
from migrate.model import S3Settings


@pytest.mark.parametrize("token", ["", "session/token=="])
@pytest.mark.parametrize(
    ("method", "path", "query", "headers"),
    [
        ("GET", "/box", {"list-type": "2", "prefix": "é +/&=~", "start-after": "a b"}, {}),
        ("GET", "/box", {"uploads": "", "encoding-type": "url"}, {}),
        ("PUT", "/box/a%20b/%C3%A9~//x", {}, {"content-type": "text/plain"}),
        ("PUT", "/box/o", {"partNumber": "1", "uploadId": "a+b/c=="}, {"x-amz-meta-k": "=?UTF-8?B?w6k=?="}),
        ("DELETE", "/", {}, {}),
    ],
)
def test_a_request_is_signed_as_botocore_signs_it(
    method: str, path: str, query: dict[str, str], headers: dict[str, str], token: str
) -> None:
    asked = query_text(query)
    # Without one botocore would sign the body.
    headers = {"content-md5": "kAFQmDzST7DWlj99KOF/cg==", **headers}
    request = AWSRequest(method, f"https://s3.example:8443{path}" + (f"?{asked}" if asked else ""), headers)
    request.context["payload_signing_enabled"] = False
    S3SigV4Auth(Credentials("AK", "secret", token or None), "s3", "eu-west-3").add_auth(request)
    at = datetime.strptime(request.headers["X-Amz-Date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    ours = Signer("eu-west-3").sign(
        Keys("AK", "secret", token), method, "s3.example:8443", path, asked, headers, at.timestamp()
    )
    assert ours["authorization"] == request.headers["Authorization"]
    assert ours["x-amz-content-sha256"] == "UNSIGNED-PAYLOAD"


def test_another_day_and_other_keys_have_another_signature() -> None:
    signer = Signer("r")

    def sign(secret: str, day: int) -> str:
        return signer.sign(Keys("AK", secret), "GET", "h", "/", "", {}, day * 86400.0)["authorization"]

    told = [sign("one", 1), sign("one", 2), sign("two", 2), sign("one", 1)]
    assert told[0] == told[3] and len(set(told)) == 3


def test_keys_do_not_show_their_secret() -> None:
    assert "hush" not in repr(Keys("AK", "hush", "hush-token"))


@pytest.mark.parametrize(
    ("endpoint", "region", "style", "expected"),
    [
        ("https://s3.example:443/", "r", "path", "https://s3.example/box/a%20b"),
        ("http://10.0.0.1:8333/s3", "r", "path", "http://10.0.0.1:8333/s3/box/a%20b"),
        ("https://s3.example", "r", "virtual", "https://box.s3.example/a%20b"),
        ("", "eu-west-3", "virtual", "https://box.s3.eu-west-3.amazonaws.com/a%20b"),
        ("", "cn-north-1", "path", "https://s3.cn-north-1.amazonaws.com.cn/box/a%20b"),
    ],
)
def test_a_bucket_is_named_in_the_path_or_the_host(endpoint: str, region: str, style: str, expected: str) -> None:
    where = address(S3Settings(endpoint=endpoint, style=style), region)
    host, path = where.of("box", "a b")
    assert f"{where.scheme}://{host}{path}" == expected
    bucket_host, bucket_path = where.of("box", "")
    assert bucket_host == host and bucket_path == urlsplit(expected).path.removesuffix("/a%20b") + "/" * (
        style == "virtual"
    )


@pytest.mark.parametrize("endpoint", ["s3.example", "ftp://s3.example", "https://", "https://me:secret@s3.example"])
def test_an_endpoint_is_a_web_address_without_a_login(endpoint: str) -> None:
    with pytest.raises(ConfigError):
        address(S3Settings(endpoint=endpoint), "r")
