"""Secrets of every kind, planted before a move: none of them is in what a workspace keeps or a command prints.

Left out of the search, each for its reason:
- `private/user-data` and `private/stacks`: where user data is kept on purpose, for its owner alone (see modes);
- what a disk holds: it is the customer's, and is carried byte for byte. Planted user data is on a root disk, where
  cloud-init keeps it, so captured chunks hold it. Secrets of ours are looked for in the chunks too, decompressed.
"""

import re
import stat
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml
import zstandard

from tests.cli.planted import grep, told
from tests.lab.harness import HOME, LAB, ROOT, Workspace, environment, fresh, openstack, run
from tests.objects_bench.lab import ensure_s3_keys
from tests.objects_bench.raw import Account

pytestmark = [pytest.mark.lab, pytest.mark.full]

PROJECT = "test-secrets"
SOURCE, TARGET = f"source-{PROJECT}", f"target-{PROJECT}"
USER_DATA = "hunter2-of-the-guest"
KEYS = ("key-one-of-temporary-urls", "key-two-of-temporary-urls")
PROXY, WRONG = "word-of-the-proxy", "not-the-right-password"
FERNET = re.compile(rb"gAAAA[A-Za-z0-9_-]{60,}")
"""How Keystone's tokens begin: those that the commands were given for themselves."""

TENANT = {
    "server metadata": "hunter-of-the-server/+",
    "a sentence in server metadata": "hunter-of-the-sentence",
    "volume metadata": "hunter-of-the-volume",
    "a volume description": "hunter-of-the-description",
    "an image property": "hunter-of-the-image",
    "a network description": "hunter-of-the-network",
    "a container's header": "hunter-of-the-container",
    "an object's header": "hunter-of-the-object",
    "the account's keys": "hunter-of-the-account",
}
"""Where a tenant keeps secrets: they are moved (but for the account's), and lie in no file in the open."""

OWNERS = ("private/user-data", "private/stacks")


@dataclass
class Watched:
    """Commands run in one workspace, and all that they have printed."""

    workspace: Workspace
    printed: dict[str, str] = field(default_factory=dict)

    def decamp(self, *args: str, expect: int | None = 0, clouds: Path | None = None, **env: str) -> None:
        command = [sys.executable, "-m", "migrate.cli.main", "-C", str(self.workspace.root), "-v", *args]
        done = subprocess.run(command, capture_output=True, text=True, env={**environment(clouds), **env}, cwd=ROOT)
        assert expect is None or done.returncode == expect, done.stdout + done.stderr
        self.printed[f"{len(self.printed)} {' '.join(args)}"] = done.stdout + done.stderr


@pytest.fixture(scope="module")
def entries(lab: None) -> dict[str, dict[str, Any]]:
    """The tenant's own logins, by password."""
    fresh(str(Path(__file__).with_name("secrets.json")), PROJECT, "--target-quota", "generous")
    for side in ("source", "target"):
        Account.of(f"{side}-{PROJECT}").empty()
    account = Account.of(SOURCE)
    headers = {"X-Container-Meta-Temp-URL-Key": KEYS[0], "X-Container-Meta-Temp-URL-Key-2": KEYS[1]}
    account.need("PUT", "vault", headers=headers)
    headers["X-Container-Meta-Db-Password"] = TENANT["a container's header"]
    account.need("POST", "vault", headers=headers)
    account.need("PUT", "vault", "deed", body=b"a deed", headers={"X-Object-Meta-Token": TENANT["an object's header"]})
    keys = ("X-Account-Meta-Temp-URL-Key", "X-Account-Meta-Temp-URL-Key-2")
    account.need("POST", headers=dict.fromkeys(keys, TENANT["the account's keys"]))
    plant()
    clouds = yaml.safe_load((HOME / "clouds.yaml").read_text())["clouds"]
    return {side: clouds[f"{side}-{PROJECT}"] for side in ("source", "target")}


def plant() -> None:
    client = (LAB / ".venv/bin/openstack", "--os-cloud", SOURCE)
    told = f"log in with password={TENANT['a sentence in server metadata']}"
    own = ("--property", f"db_password={TENANT['server metadata']}", "--property", f"note={told}")
    run(*client, "server", "set", *own, "server")
    described = f"luks passphrase: {TENANT['a volume description']}"
    run(
        *client,
        "volume",
        "set",
        "--property",
        f"api_key={TENANT['volume metadata']}",
        "--description",
        described,
        "data",
    )
    run(*client, "image", "set", "--property", f"cw_admin_password={TENANT['an image property']}", "tiny base")
    run(*client, "network", "set", "--description", f"password: {TENANT['a network description']}", "net")


def moved() -> dict[str, str]:
    """What the target's own tools say of each, in one text."""
    account = Account.of(TARGET)
    server, volume, image, network = (
        str(openstack(TARGET, kind, "show", name))
        for kind, name in (("server", "server"), ("volume", "data"), ("image", "tiny base"), ("network", "net"))
    )
    return {
        "server metadata": server,
        "a sentence in server metadata": server,
        "volume metadata": volume,
        "a volume description": volume,
        "an image property": image,
        "a network description": network,
        "a container's header": str(account.need("HEAD", "vault").headers),
        "an object's header": str(account.need("HEAD", "vault", "deed").headers),
    }


@dataclass
class Logins:
    """One file of logins, with secrets of two kinds more."""

    clouds: Path
    credential: str
    token: str


@pytest.fixture
def other_logins(entries: dict[str, dict[str, Any]], tmp_path: Path) -> Iterator[Logins]:
    """The source by an application credential, the target by a bare token."""
    made = openstack(SOURCE, "application", "credential", "create", "test-secrets")
    made = {key.lower(): value for key, value in made.items()}
    token = openstack(TARGET, "token", "issue")["id"]
    source, target = entries["source"], entries["target"]
    scope = {key: target["auth"][key] for key in ("auth_url", "project_name", "project_domain_name")}
    credential = {
        "auth_url": source["auth"]["auth_url"],
        "application_credential_id": made["id"],
        "application_credential_secret": made["secret"],
    }
    clouds = {
        SOURCE: {**source, "auth_type": "v3applicationcredential", "auth": credential},
        TARGET: {**target, "auth_type": "v3token", "auth": {**scope, "token": token}},
    }
    yield Logins(written(tmp_path / "others.yaml", clouds), made["secret"], token)
    run(LAB / ".venv/bin/openstack", "--os-cloud", SOURCE, "application", "credential", "delete", made["id"])


def written(path: Path, clouds: dict[str, Any]) -> Path:
    path.write_text(yaml.safe_dump({"clouds": clouds}))
    return path


def test_no_secret_is_kept_or_printed(entries: dict[str, dict[str, Any]], other_logins: Logins, tmp_path: Path) -> None:
    watched = Watched(Workspace(tmp_path / "ws", PROJECT))
    root = watched.workspace.root
    watched.workspace.init()
    edit(root, lambda policy: policy["servers"].update(user_data="give"))
    for command in ("scan", "check", "plan", "plan -f json", "forecast", "run"):
        watched.decamp(*command.split(), expect=None)
    watched.decamp("approve", "cut-over", "--who", "the tests")
    watched.decamp("run", "--execute")
    watched.decamp("verify", "--full")
    there = moved()
    assert {kind for kind, text in there.items() if TENANT[kind] not in text} == set()
    for shape in ("html", "md", "json"):
        watched.decamp("report", "-f", shape)
    for command in ("status", "clean", "store check --read-data", "store prune"):
        watched.decamp(*command.split())

    # By other logins; and logins that fail, each in its own way.
    watched.decamp("scan", clouds=other_logins.clouds)
    wrong = {**entries["source"], "auth": {**entries["source"]["auth"], "password": WRONG}}
    clouds = written(tmp_path / "wrong.yaml", {SOURCE: wrong, TARGET: entries["target"]})
    watched.decamp("scan", expect=6, clouds=clouds)
    watched.decamp("scan", expect=6, http_proxy=f"http://me:{PROXY}@127.0.0.1:9")

    access, key = ensure_s3_keys("target", PROJECT)
    endpoint = Account.of(TARGET).url.partition("/v1/")[0]
    place = {"s3": {"endpoint": endpoint, "region": "us-east-1", "bucket_prefix": "tst-"}}
    edit(root, lambda policy: policy["target"].update(objects=place))
    for command in ("scan", "plan", "run --execute --only container:vault", "verify"):
        watched.decamp(*command.split(), expect=None, AWS_ACCESS_KEY_ID=access, AWS_SECRET_ACCESS_KEY=key)
    assert "done" in watched.printed[next(name for name in watched.printed if "container:vault" in name)]

    ours = [entries["source"]["auth"]["password"], other_logins.credential, other_logins.token, key, PROXY, WRONG]
    ours += KEYS
    assert find(ours, kept(root)) == []
    # A chunk that does not shrink keeps the bytes of its disk as they are, this text among them.
    assert find([USER_DATA], {path: data for path, data in kept(root).items() if not is_chunks(path)}) == []
    assert find([*ours, USER_DATA], {name: text.encode() for name, text in watched.printed.items()}) == []
    # The tenant's, in every spelling, in what is packed as well.
    assert told(watched.printed, TENANT) == {} and grep(root, TENANT) == {}
    chunks = chunks_of(root)
    assert find(ours, chunks) == []
    assert find([USER_DATA], chunks), "what is not found here is found nowhere: chunks are not being read"
    for folder in OWNERS:
        for path in [root / "private", *(root / folder).rglob("*")]:
            assert not path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO), path
    assert find([USER_DATA], {path: (root / path).read_bytes() for path in files(root) if path.startswith(OWNERS)})


def edit(root: Path, change: Any) -> None:
    policy = yaml.safe_load((root / "policy.yaml").read_text())
    change(policy)
    (root / "policy.yaml").write_text(yaml.safe_dump(policy, sort_keys=False))


def files(root: Path) -> list[str]:
    return [str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()]


def kept(root: Path) -> dict[str, bytes]:
    """Every file of the workspace but its owner's, the ledger and the store among them."""
    found = {path: (root / path).read_bytes() for path in files(root) if not path.startswith(OWNERS)}
    for needed in ("policy.yaml", "source.json", "plan.json", "ledger.db", "private/decamp.log"):
        assert needed in found
    assert any(path.startswith("store/") for path in found) and any(path.startswith("evidence/") for path in found)
    return found


def is_chunks(path: str) -> bool:
    """True for a pack of the store: what it holds is the customer's disk."""
    return path.startswith("store/") and "packs%2f" in path


def find(secrets: list[str], texts: dict[str, bytes]) -> list[str]:
    """Where one of them stands, or a token."""
    found = [f"{secret} in {name}" for secret in secrets for name, text in texts.items() if secret.encode() in text]
    return found + [f"a token in {name}" for name, text in texts.items() if FERNET.search(text)]


def chunks_of(root: Path) -> dict[str, bytes]:
    """What the store holds compressed: each zstd frame in it, found by how it begins."""
    found = {}
    for path in (root / "store").rglob("*.data"):
        data = path.read_bytes()
        for at in (
            match.start() for match in re.finditer(re.escape(zstandard.MAGIC_NUMBER.to_bytes(4, "little")), data)
        ):
            try:
                found[f"{path.name} at {at}"] = zstandard.ZstdDecompressor().decompress(
                    data[at:], max_output_size=1 << 20
                )
            except zstandard.ZstdError:
                continue
    assert len(found) > 50
    return found
