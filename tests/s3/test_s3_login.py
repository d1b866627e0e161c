"""Who we are is botocore's to find out; what it does not find is one clear sentence."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from migrate.clouds.guard import NoGuard
from migrate.clouds.s3 import open_s3
from migrate.clouds.s3.login import Login
from migrate.clouds.s3.signature_v4 import Keys
from migrate.clouds.s3.signed_client import S3Client
from migrate.errors import AccessError
from migrate.messages import codes
from migrate.messages.catalogue import text
from migrate.model import S3Place, S3Settings


def _credentials(words: str) -> None:
    Path(os.environ["AWS_SHARED_CREDENTIALS_FILE"]).write_text(words)


def test_keys_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AK")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "token")
    assert Login("").keys() == Keys("AK", "secret", "token")


def test_keys_and_region_of_a_profile(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "another")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "another")
    _credentials("[shop]\naws_access_key_id = AK\naws_secret_access_key = secret\n")
    Path(os.environ["AWS_CONFIG_FILE"]).write_text("[profile shop]\nregion = eu-west-3\n")
    assert Login("shop").keys() == Keys("AK", "secret")
    assert S3Client(S3Settings(profile="shop"), NoGuard()).region == "eu-west-3"
    assert S3Client(S3Settings(profile="shop", region="RegionOne"), NoGuard()).region == "RegionOne"
    assert S3Client(S3Settings(), NoGuard()).region == "us-east-1"


def test_keys_that_end_are_renewed(tmp_path: Path) -> None:
    """A program that gives keys for a minute, another one each time."""
    program, count = tmp_path / "keys.py", tmp_path / "count"
    count.write_text("")
    document = {"Version": 1, "SecretAccessKey": "secret", "SessionToken": "t"}
    program.write_text(
        "import datetime, json, pathlib\n"
        f"count = pathlib.Path({str(count)!r})\n"
        "count.write_text(count.read_text() + 'x')\n"
        "end = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=61)\n"
        f"print(json.dumps({{**{json.dumps(document)}, 'AccessKeyId': f'AK{{len(count.read_text())}}', "
        "'Expiration': end.isoformat()}))\n"
    )
    Path(os.environ["AWS_CONFIG_FILE"]).write_text(f"[profile shop]\ncredential_process = {sys.executable} {program}\n")
    login = Login("shop")
    first, second = login.keys(), login.keys()
    assert first.token == "t" and first.access < second.access


@pytest.mark.parametrize(
    ("profile", "credentials", "english", "french"),
    [
        ("", "", "default: no access key in the environment", "default\xa0: aucune clé d'accès"),
        ("nobody", "", "nobody: ~/.aws does not have this profile", "nobody\xa0: ~/.aws n'a pas ce profil"),
        (
            "half",
            "[half]\naws_access_key_id = AK\n",
            "half: the access key or its secret",
            "half\xa0: il manque la clé",
        ),
    ],
)
def test_what_is_missing_is_one_sentence(profile: str, credentials: str, english: str, french: str) -> None:
    _credentials(credentials)
    with pytest.raises(AccessError) as error:
        open_s3(
            S3Settings(endpoint="http://[::1]:9", profile=profile), {"b": S3Place(bucket="b")}, NoGuard()
        ).containers()
    assert error.value.code == codes.S3_KEYS_MISSING
    assert english in text(error.value.code, "en", error.value.facts)
    assert french in text(error.value.code, "fr", error.value.facts)


def test_the_library_is_loaded_when_a_store_is_opened_and_not_before() -> None:
    program = "import migrate.clouds.s3, migrate.cli.main, sys; assert 'botocore' not in sys.modules"
    subprocess.run([sys.executable, "-c", program], check=True)
