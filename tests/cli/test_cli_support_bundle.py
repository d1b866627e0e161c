"""`decamp support-bundle`: what support needs, no secret, nothing but looking; and archives that somebody changed."""

import base64
import gzip
import json
import os
import re
import sqlite3
import stat
import tarfile
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import yaml

from migrate.cli.archives import bundle_content
from migrate.cli.failures import run_guarded
from migrate.cli.main import make_group
from migrate.demo.memory import worlds
from migrate.demo.small_tenant import two_clouds
from migrate.messages import codes
from tests.cli.bundles import HOSTILE, made_of, member
from tests.cli.conftest import Decamp
from tests.cli.planted import TENANT, USER_DATA, fill, spellings, word
from tests.cli.wave_tenant import Tenant, Timeline, Watched, planned_of, told
from tests.cli.workspaces import approve, name_ledger
from tests.ledger.conftest import POSTGRESQL, postgresql, server_url

__all__ = ["postgresql", "server_url"]

SAME = ("counts", "planned_bytes", "done_bytes", "held", "gates", "differences", "next", "down", "downtimes", "health")


def bundled(decamp: Decamp, root: Path, to: Path) -> Path:
    made = decamp("-C", root, "support-bundle", "--yes", "-o", to)
    assert made.code == 0, made.err
    return to


def contents(path: Path) -> dict[str, bytes]:
    with tarfile.open(path) as archive:
        return {one.name: archive.extractfile(one).read() for one in archive}  # type: ignore[union-attr]


# ---------------------------------------------------------------- what support sees


@pytest.mark.parametrize("where", ["file", POSTGRESQL])
def test_support_sees_what_the_customer_sees(
    where: str, decamp: Decamp, planned: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    if where != "file":
        name_ledger(decamp, planned, str(request.getfixturevalue("postgresql")))
        approve(decamp, planned)
    assert decamp("-C", planned, "run", "--execute").code == 0
    assert decamp("-C", planned, "verify").code == 0
    asked = {name: len(world.log) for name, world in worlds.items()}
    bundle = bundled(decamp, planned, tmp_path / "b.tar.gz")
    assert stat.S_IMODE(bundle.stat().st_mode) == 0o600
    before, after = told(decamp, planned, "status"), told(decamp, bundle, "status")
    assert {key: before.get(key) for key in SAME} == {key: after.get(key) for key in SAME}
    assert decamp("-C", bundle, "watch", "--once").out.count("Every step of the plan is done") == 1
    assert "Migration report" in decamp("-C", bundle, "report", "-o", "-").out
    assert {name: len(world.log) for name, world in worlds.items()} == asked


def test_a_report_of_a_bundle_is_written_here(
    decamp: Decamp, planned: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle = bundled(decamp, planned, tmp_path / "b.tar.gz")
    monkeypatch.chdir(tmp_path)
    assert decamp("-C", bundle, "report").code == 0
    assert (tmp_path / "report-en.html").exists() and not list(Path("/tmp").glob("decamp-bundle-*"))


@pytest.mark.parametrize("unpacked", [False, True])
def test_nothing_else_works_with_it(decamp: Decamp, planned: Path, tmp_path: Path, unpacked: bool) -> None:
    bundle = bundled(decamp, planned, tmp_path / "b.tar.gz")
    if unpacked:
        with tarfile.open(bundle) as archive:
            archive.extractall(tmp_path / "by-hand", filter="data")
        bundle = tmp_path / "by-hand"
    for line in ("run --execute", "scan", "plan", "verify", "clean --execute", "store prune", "support-bundle --yes"):
        refused = decamp("-C", bundle, *line.split())
        assert refused.code == 2 and refused.sentence.startswith("decamp: DCP-284: "), line
    assert decamp("-C", bundle, "status").code == 0


def test_beside_a_run_its_ledger_is_of_one_moment(decamp: Decamp, tmp_path: Path) -> None:
    tenant = Tenant(1)
    root = planned_of(decamp, tmp_path / "work")
    assert decamp("-C", root, "approve", "cut-over").code == 0
    bundle = tmp_path / "b.tar.gz"

    def make() -> None:
        assert run_guarded(make_group(), ["-C", str(root), "support-bundle", "--yes", "-o", str(bundle)]) == 0

    assert isinstance(tenant.target.log, Timeline)
    tenant.target.log = Watched(tenant.target.log, "/servers", make)
    assert decamp("-C", root, "run", "--execute").code == 0
    (tmp_path / "ledger.db").write_bytes(contents(bundle)["ledger.db"])
    with closing(sqlite3.connect(tmp_path / "ledger.db")) as db:
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        states = dict(db.execute("SELECT state, count(*) FROM steps GROUP BY state").fetchall())
    assert states["running"] >= 1 and states["done"] > 5
    assert "down for" in decamp("-C", bundle, "watch", "--once").out


# ---------------------------------------------------------------- before it is written


def test_it_lists_what_is_in_it_and_asks(decamp: Decamp, planned: Path, tmp_path: Path) -> None:
    unasked = decamp("-C", planned, "support-bundle", "-o", tmp_path / "b.tar.gz")
    assert unasked.code == 2 and codes.OPTION_MISSING in unasked.err and not (tmp_path / "b.tar.gz").exists()
    for text in ("plan.json", "ledger.db", "versions.json", "Not in it:", "- private: all but logs"):
        assert text in unasked.out, text
    listed = json.loads(decamp("-C", planned, "-f", "json", "support-bundle", "--yes", "-o", tmp_path / "b.tar.gz").out)
    written = contents(tmp_path / "b.tar.gz")
    assert {one["name"]: one["size_bytes"] for one in listed["files"]} == {
        name: len(content) for name, content in written.items() if name != "support-bundle.json"
    }
    assert json.loads(written["support-bundle.json"])["migration"] == listed["migration"] != ""
    again = decamp("-C", planned, "support-bundle", "--yes", "-o", tmp_path / "b.tar.gz")
    assert again.code == 2 and again.sentence.startswith("decamp: DCP-281: ")


@pytest.mark.hostile
@pytest.mark.parametrize("name", ["plan.json", "source.json", "private/decamp.log"])
def test_what_is_far_too_large_is_left_out_and_said(decamp: Decamp, planned: Path, tmp_path: Path, name: str) -> None:
    (planned / name).touch()
    os.truncate(planned / name, 1 << 40)
    made = decamp("-C", planned, "support-bundle", "--yes", "-o", tmp_path / "bundle.tar.gz")
    assert made.code == 0 and f"- {name}: " in made.out, made.out


@pytest.mark.parametrize("name", ["ledger.db", "plan.json", "source.json", "policy.yaml"])
def test_what_is_damaged_is_left_out_and_said(decamp: Decamp, planned: Path, tmp_path: Path, name: str) -> None:
    (planned / name).write_bytes(b"- [damaged: whatever its name says\x00" * 40)
    made = decamp("-C", planned, "support-bundle", "--yes", "-o", tmp_path / "b.tar.gz")
    assert made.code == 0 and f"- {name}: cannot be read" in made.out
    found = contents(tmp_path / "b.tar.gz")
    assert name not in found and "versions.json" in found


# ---------------------------------------------------------------- no secret

PEM = "-----BEGIN RSA PRIVATE KEY-----\n{}\n-----END RSA PRIVATE KEY-----"
ELSEWHERE: dict[str, str] = {
    kind: f"hunter-{kind.replace(' ', '-')}-2"
    for kind in (
        "a comment of the policy",
        "a password behind an option",
        "a key in one word with its option",
        "OS_PASSWORD in the environment",
        "an application credential in the environment",
        "AWS_SECRET_ACCESS_KEY in the environment",
        "a password of clouds.yaml beside it",
        "an openrc beside it",
        "a password that the wizard keeps",
        "a password in a log",
        "a token header in a log",
        "a signed URL in a log",
        "a proxy with a login in a log",
        "an EC2 secret in a log",
        "a Basic login in a log",
        "user data quoted in a log",
        "OS_PASSWORD quoted in a log",
        "a private key in a crash file",
        "a database URL in a crash file",
        "a password in the facts of a step",
        "an earlier secret in a free page of the ledger",
        "a password in the name of an effect",
    )
}


def plant(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All of ELSEWHERE in its place."""
    of = ELSEWHERE
    monkeypatch.setenv("OS_PASSWORD", of["OS_PASSWORD in the environment"])
    monkeypatch.setenv("OS_APPLICATION_CREDENTIAL_SECRET", of["an application credential in the environment"])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", of["AWS_SECRET_ACCESS_KEY in the environment"])
    policy = (root / "policy.yaml").read_text()
    (root / "policy.yaml").write_text(f"# the old console: admin / {of['a comment of the policy']}\n{policy}")
    (root / "clouds.yaml").write_text(
        f"clouds: {{old: {{auth: {{password: {of['a password of clouds.yaml beside it']}}}}}}}"
    )
    (root / "acme-openrc.sh").write_text(f"export OS_PASSWORD={of['an openrc beside it']}\n")
    basic = base64.b64encode(f"me:{of['a Basic login in a log']}".encode()).decode()
    lines = [
        f"password={of['a password in a log']}",
        f"headers {{'X-Auth-Token': '{of['a token header in a log']}'}}",
        f"GET https://swift.example/v1/a/b?temp_url_sig={of['a signed URL in a log']}&temp_url_expires=1",
        f"proxy http://me:{of['a proxy with a login in a log']}@proxy:3128",
        f"aws_secret_access_key = {of['an EC2 secret in a log']}",
        f"Authorization: Basic {basic}",
        f"cloud answered: {word('a chpasswd in user data')} and {of['user data quoted in a log']}",
        f"it said {of['OS_PASSWORD quoted in a log']} again: {of['OS_PASSWORD in the environment']}",
    ]
    kept = of["a password that the wizard keeps"]
    (root / "private" / "login").mkdir(mode=0o700)
    (root / "private" / "login" / "secure.yaml").write_text(f"clouds: {{old: {{auth: {{password: {kept}}}}}}}\n")
    lines.append(f"quoted by a cloud: {kept}")
    # Known as they are in user data and in the environment: nothing else tells that these are secrets.
    monkeypatch.setenv("OS_TOKEN", of["OS_PASSWORD quoted in a log"])
    (root / "private" / "user-data").mkdir(parents=True, exist_ok=True)
    (root / "private" / "user-data" / ("0" * 64)).write_text(f"password: {of['user data quoted in a log']}\n")
    with (root / "private" / "decamp.log").open("a") as log:
        log.writelines(f"2026-01-01 INFO decamp {line}\n" for line in lines)
    crash = PEM.format(of["a private key in a crash file"])
    crash += f"\nurl = 'postgresql://me:{of['a database URL in a crash file']}@db/decamp'\n"
    (root / "private" / "crash-1.txt").write_text(crash)
    with closing(sqlite3.connect(root / "ledger.db")) as db:
        facts = json.dumps({"why": f"refused: password={of['a password in the facts of a step']}"})
        db.execute("UPDATE steps SET facts = ? WHERE step_id = (SELECT min(step_id) FROM steps)", (facts,))
        effect = (
            "target",
            "server",
            "x",
            "y",
            "t",
            "z",
            f"password={of['a password in the name of an effect']}",
            0,
            "",
        )
        db.execute("INSERT INTO effects VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", effect)
        free = of["an earlier secret in a free page of the ledger"]
        db.execute("INSERT INTO meta VALUES ('gone', ?)", (free * 400,))
        db.commit()
        db.execute("DELETE FROM meta WHERE key = 'gone'")
        db.commit()
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def told_in(content: bytes, secrets: dict[str, str]) -> set[str]:
    return {kind for kind, secret in secrets.items() if any(one.encode() in content for one in spellings(secret))}


def test_none_of_forty_kinds_of_secrets_is_in_it(
    decamp: Decamp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, _ = two_clouds(0.02)
    fill(source)
    row = next(row for row in source.servers.rows.values() if row.record.name == "vault")
    # A word that others use too: it goes by its place alone.
    row.change(metadata={**row.record.metadata, "console_password": "sunshine"})
    root = tmp_path / "work"
    assert decamp("init", root, "--source", "memory:source/small", "--target", "memory:target/small").code == 0
    (root / "private" / "vault.sh").write_text(USER_DATA)
    (root / "private" / "vault.sh").chmod(0o600)
    policy = yaml.safe_load((root / "policy.yaml").read_text())
    of = ELSEWHERE
    program = ["/bin/true", "--password", of["a password behind an option"]]
    program.append(f"--api-key={of['a key in one word with its option']}")
    policy["servers"] |= {
        "user_data": "give",
        "user_data_files": {"vault": "private/vault.sh"},
        "after_up": {"server:vault": program},
    }
    (root / "policy.yaml").write_text(yaml.safe_dump(policy, sort_keys=False))
    for line in ("scan", "plan", "approve cut-over --who Ann", "run --execute", "verify --full"):
        assert decamp("-C", root, *line.split()).code in {0, 3, 4}, line
    plant(root, monkeypatch)
    secrets = {kind: word(kind) for kind in TENANT} | ELSEWHERE
    # What is in the workspace itself, in whatever form: a search that finds nothing anywhere is none.
    planted = b"".join(path.read_bytes() for path in root.rglob("*") if path.is_file() and "store" not in path.parts)
    assert len(told_in(planted, ELSEWHERE)) >= 18
    before = told(decamp, root, "status")

    bundle = tmp_path / "b.tar.gz"
    made = decamp("-C", root, "support-bundle", "--yes", "-o", bundle)
    assert made.code == 0 and told_in((made.out + made.err).encode(), secrets) == set()
    raw = bundle.read_bytes()
    found = {name: told_in(content, secrets) for name, content in contents(bundle).items()}
    assert {name: kinds for name, kinds in found.items() if kinds} == {}
    assert told_in(raw, secrets) == set() == told_in(gzip.decompress(raw), secrets)
    text = b"".join(contents(bundle).values())
    assert b"sunshine" not in text
    assert b"decamp-concealed:" not in text and text.count(b"***") > 20 and b"vault" in text
    assert not {name for name in found if re.search("user-data|stacks|clouds|openrc|vault.sh|values.key", name)}
    # The steps whose secrets were replaced are still those that the ledger tells of.
    after = told(decamp, bundle, "status")
    assert {key: before[key] for key in ("counts", "done_bytes", "next")} == {
        key: after[key] for key in ("counts", "done_bytes", "next")
    }
    # Nor can a secret be guessed from a digest: of what held secrets, none is as it was.
    old, new = ({*re.findall(r"[0-9a-f]{64}", text_of(root, bundle, side))} for side in ("workspace", "bundle"))
    assert old and not {json.loads((root / f"{name}.json").read_text())["seal"] for name in ("source", "plan")} & new


def text_of(root: Path, bundle: Path, side: str) -> str:
    if side == "bundle":
        return " ".join(content.decode("utf-8", "replace") for content in contents(bundle).values())
    return " ".join((root / f"{name}.json").read_text() for name in ("source", "target", "plan"))


def test_a_login_in_the_ledgers_address_is_not_in_it(decamp: Decamp, planned: Path, tmp_path: Path) -> None:
    policy = planned / "policy.yaml"
    url = "postgresql://me:hunter-in-the-address@127.0.0.1:1/decamp?sslpassword=hunter-in-the-query"
    policy.write_text(re.sub("^ledger:.*$", f'ledger: "{url}"', policy.read_text(), flags=re.MULTILINE))
    assert "hunter-in-the-query" in policy.read_text()
    made = decamp("-C", planned, "support-bundle", "--yes", "-o", tmp_path / "b.tar.gz")
    assert made.code == 0 and "hunter" not in made.out + made.err
    found = contents(tmp_path / "b.tar.gz")
    assert not [name for name, content in found.items() if b"hunter" in content]
    assert b"postgresql://me:" in found["policy.yaml"]


# ---------------------------------------------------------------- archives that somebody changed


@pytest.mark.hostile
@pytest.mark.parametrize("ending", ["", "-wal", "-shm", "-journal"])
def test_a_folder_in_place_of_the_ledger_is_named(decamp: Decamp, planned: Path, tmp_path: Path, ending: str) -> None:
    """SQLite would only say that it cannot open the ledger."""
    assert decamp("-C", planned, "support-bundle", "--yes", "-o", tmp_path / "b.tar.gz").code == 0
    with tarfile.open(tmp_path / "b.tar.gz") as archive:
        archive.extractall(tmp_path / "there", filter="data")
    for root in (planned, tmp_path / "there"):
        (root / f"ledger.db{ending}").unlink(missing_ok=True)
        (root / f"ledger.db{ending}").mkdir()
    for root in (planned, tmp_path / "there"):
        refused = decamp("-C", root, "status")
        assert refused.code == 2 and f"ledger.db{ending} is a folder, which no workspace file may be" in refused.err


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_member_is_refused(decamp: Decamp, tmp_path: Path, kind: str) -> None:
    bundle = made_of(tmp_path / "b.tar.gz", *HOSTILE[kind]())
    refused = decamp("-C", bundle, "status")
    assert refused.code == 2 and refused.sentence.startswith("decamp: DCP-282: "), refused.err
    assert not Path("/tmp/pwned").exists() and not (tmp_path / "pwned").exists()
    assert not list(Path("/tmp").glob("decamp-bundle-*"))


def test_a_bundle_of_endless_members_is_refused(decamp: Decamp, tmp_path: Path) -> None:
    refused = decamp("-C", made_of(tmp_path / "b.tar.gz", *[(member("d", tarfile.DIRTYPE), b"")] * 20_001), "status")
    assert refused.code == 2 and refused.sentence.startswith("decamp: DCP-282: "), refused.err


def test_what_unpacks_to_more_than_a_bundle_may_be_is_refused(
    decamp: Decamp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bundle_content, "MOST_BYTES", 1 << 20)
    bundle = made_of(tmp_path / "b.tar.gz", (member("a"), bytes(4 << 20)))
    assert bundle.stat().st_size < 1 << 16
    refused = decamp("-C", bundle, "status")
    assert refused.code == 2 and codes.ARCHIVE_REFUSED in refused.sentence and "too large" in refused.sentence


def test_a_header_that_says_to_be_huge_takes_no_memory(decamp: Decamp, tmp_path: Path) -> None:
    header = member("x", tarfile.XHDTYPE)
    header.size = 3 << 30
    raw = header.tobuf(tarfile.USTAR_FORMAT) + bytes(1 << 20)
    (tmp_path / "b.tar.gz").write_bytes(gzip.compress(raw))
    refused = decamp("-C", tmp_path / "b.tar.gz", "status")
    assert refused.code == 2 and "DCP-28" in refused.sentence


@pytest.mark.parametrize("what", ["cut", "no archive", "empty", "another document", "a flipped bit"])
def test_a_damaged_archive_is_one_sentence(decamp: Decamp, planned: Path, tmp_path: Path, what: str) -> None:
    bundle = bundled(decamp, planned, tmp_path / "b.tar.gz")
    raw = bytearray(bundle.read_bytes())
    if what == "a flipped bit":
        raw[len(raw) // 2] ^= 0xFF
    changed: dict[str, Any] = {"cut": raw[:-900], "no archive": b"hello", "empty": b"", "a flipped bit": raw}
    if what == "another document":
        made_of(bundle, (member("plan.json"), b"{}"))
    else:
        bundle.write_bytes(bytes(changed[what]))
    refused = decamp("-C", bundle, "status")
    assert refused.code == 2 and refused.sentence.startswith("decamp: DCP-283: "), refused.err


@pytest.mark.parametrize("what", ["a damaged header", "no end"])
def test_a_bundle_whose_last_members_are_lost_is_damaged(
    decamp: Decamp, planned: Path, tmp_path: Path, what: str
) -> None:
    """And packed again: the sum that gzip keeps fits. Nobody would know that its ledger is missing."""
    bundle = bundled(decamp, planned, tmp_path / "b.tar.gz")
    inner = bytearray(gzip.decompress(bundle.read_bytes()))
    with tarfile.open(bundle) as archive:
        at = archive.getmember("ledger.db").offset
    if what == "no end":
        del inner[at:]
    else:
        inner[at] ^= 1
    bundle.write_bytes(gzip.compress(inner))
    refused = decamp("-C", bundle, "status")
    assert refused.code == 2 and refused.sentence.startswith("decamp: DCP-283: "), refused.err


def test_a_pipe_is_no_bundle(decamp: Decamp, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert decamp("-C", tmp_path / "pipe", "status").code in {0, 2}


def test_a_login_of_the_wizard_is_not_in_it_however_yaml_spells_it(
    decamp: Decamp, planned: Path, tmp_path: Path
) -> None:
    password = 'it\'s: "été" 2024'
    login = planned / "private" / "login"
    login.mkdir(mode=0o700)
    auth = {"auth_url": "http://127.0.0.1:9/v3", "username": "me"}
    (login / "clouds.yaml").write_text(yaml.safe_dump({"clouds": {"old-cloud": {"auth": auth}}}))
    (login / "secure.yaml").write_text(yaml.safe_dump({"clouds": {"old-cloud": {"auth": {"password": password}}}}))
    with (planned / "private" / "decamp.log").open("a") as log:
        log.write(f"2026-01-01 the hook said {password} and went on\n")
    path = tmp_path / "bundle.tar.gz"
    assert decamp("-C", planned, "support-bundle", "--yes", "-o", path).code == 0
    with tarfile.open(path) as archive:
        file = archive.extractfile("private/decamp.log")
        assert file is not None
        text = file.read().decode()
    assert password not in text and "and went on" in text
