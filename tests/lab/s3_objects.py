"""Objects that go to a bucket."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.lab.harness import Workspace
from tests.matrix import rest
from tests.objects_bench.lab import ensure_s3_keys, ensure_tenant
from tests.objects_bench.raw import Account
from tests.s3 import seaweed

PROJECT = "test-object-s3"


@pytest.fixture(params=["s3api", *rest("seaweedfs")])
def s3(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[dict[str, str]]:
    ensure_tenant("source", PROJECT)
    target = ensure_tenant("target", PROJECT)
    if request.param == "s3api":
        Account.of(target).empty()
        access, secret = ensure_s3_keys("target", PROJECT)
        url = Account.of(target).url.partition("/v1/")[0]
        yield from _with_keys(monkeypatch, url, access, secret)
        Account.of(target).empty()
    else:
        with seaweed.seaweed(tmp_path / "seaweed") as url:
            yield from _with_keys(monkeypatch, url, seaweed.ACCESS, seaweed.SECRET)


def _with_keys(monkeypatch: pytest.MonkeyPatch, url: str, access: str, secret: str) -> Iterator[dict[str, str]]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", access)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", secret)
    monkeypatch.delenv("AWS_CA_BUNDLE", raising=False)
    yield {"endpoint": url, "region": "us-east-1", "access": access, "secret": secret}


def client(s3: dict[str, str]) -> Any:
    import boto3

    return boto3.client(
        "s3", endpoint_url=s3["endpoint"], region_name=s3["region"],
        aws_access_key_id=s3["access"], aws_secret_access_key=s3["secret"],
    )  # fmt: skip


def planned(root: Path, s3: dict[str, str], project: str = PROJECT) -> tuple[Workspace, dict[str, str]]:
    """The workspace, and container -> bucket as the plan has it."""
    workspace = Workspace(root, project)
    workspace.init()
    file = root / "policy.yaml"
    policy = yaml.safe_load(file.read_text())
    policy["target"]["objects"] = {"s3": {"endpoint": s3["endpoint"], "region": s3["region"], "bucket_prefix": "tst-"}}
    file.write_text(yaml.safe_dump(policy, sort_keys=False))
    for step in ("scan", "check", "plan"):
        workspace.decamp(step, expect=None)
    plan = json.loads((root / "plan.json").read_text())
    actions = [step["action"] for step in plan["steps"] if step["action"]["do"] == "container.copy"]
    return workspace, {action["name"]: action["place"]["bucket"] for action in actions}
