"""A real S3 service that gives back other bytes than it was given, while its listing, sizes and ETags are right."""

import os
from pathlib import Path

import pytest

from tests.cli.conftest import Decamp
from tests.cli.second_pass import Tenant
from tests.s3 import rgw

MIB = 1 << 20


@pytest.mark.lab
def test_wrong_bytes_of_an_object_of_parts_are_named(
    decamp: Decamp, clouds: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", rgw.ACCESS)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", rgw.SECRET)
    with rgw.rgw(tmp_path / "rgw") as url:
        tenant = Tenant(decamp, tmp_path / "work", url)
        for container in ("box", "box_segments"):
            tenant.source.objects.put_container(container, {})
        parts = [os.urandom(32 * MIB) for _ in range(3)]
        tenant.put("plain", b"whole")
        tenant.large("film", parts)
        tenant.go()
        is_wrong = tenant.bytes_of("film") != b"".join(parts)
        assert is_wrong, "this RGW has mended its fault: another service must be the witness"
        code, rows = tenant.verified()
    assert code == 4 and rows["box"]["verdict"] == "different"
    named = [one.partition(":")[0] for one in rows["box"]["differences"]]
    assert named == [
        f'object "film" bytes 0-{32 * MIB - 1}',
        f'object "film" bytes {32 * MIB}-{64 * MIB - 1}',
    ]
