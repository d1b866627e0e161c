"""`decamp pack` and `decamp unpack`: a run that was killed here goes on there, and no longer here."""

import gzip
import io
import json
import os
import re
import shutil
import sqlite3
import stat
import tarfile
from collections import Counter
from collections.abc import Callable
from contextlib import closing, redirect_stderr
from pathlib import Path

import pytest

from migrate.cli.archives.packed_workspace import content_of, write_pack
from migrate.cli.failures import run_guarded
from migrate.cli.main import make_group
from migrate.cli.session import open_ledger
from migrate.cli.workspace import Workspace
from migrate.errors import ConfigError
from migrate.ledger.step_claim import new_owner
from migrate.messages import codes
from tests.cli.bundles import END, HOSTILE, NONSENSE, block, made_of
from tests.cli.conftest import Decamp
from tests.cli.time_passed import leases_expire
from tests.cli.wave_tenant import Tenant, Timeline, Watched, change, planned_of, told
from tests.cli.workspaces import approve, name_ledger
from tests.execute.rig import Killed
from tests.ledger.conftest import POSTGRESQL, postgresql, server_url
from tests.matrix import rest

__all__ = ["postgresql", "server_url"]


def posts(tenant: Tenant) -> Counter[tuple[str, str]]:
    """What was created, by cloud and path; logins are not, and ids are left out."""
    own = {*tenant.ids.values()}
    return Counter(
        (world, "/".join("ID" if len(part) >= 32 or part in own else part for part in path.split("/")))
        for world, method, path in tenant.log
        if method == "POST" and "/auth/" not in path
    )


def packed(decamp: Decamp, root: Path, to: Path) -> Path:
    made = decamp("-C", root, "pack", to)
    assert made.code == 0, made.err
    return to


def moved(decamp: Decamp, root: Path, tmp_path: Path) -> Path:
    there = tmp_path / "there"
    made = decamp("unpack", packed(decamp, root, tmp_path / "w.tar"), there)
    assert made.code == 0, made.err
    return there


def modes(root: Path) -> set[int]:
    return {stat.S_IMODE(path.lstat().st_mode) for path in [root, *root.rglob("*")]}


# ---------------------------------------------------------------- it goes on there


def killed_at(decamp: Decamp, root: Path, tenant: Tenant, path: str) -> None:
    """Runs until the first request to the path at the target; its process is gone then, and so are its leases."""

    def die() -> None:
        raise Killed(path)

    assert isinstance(tenant.target.log, Timeline)
    tenant.target.log = Watched(tenant.target.log, path, die)
    with pytest.raises(Killed):
        decamp("-C", root, "run", "--execute")
    leases_expire(root)


@pytest.mark.parametrize("path", ["/volumes", *rest("/servers", "/networks")])
def test_a_run_that_was_killed_goes_on_elsewhere_and_nothing_is_created_twice(
    decamp: Decamp, tmp_path: Path, path: str
) -> None:
    tenant = Tenant(1)
    clean = planned_of(decamp, tmp_path / "clean")
    assert decamp("-C", clean, "approve", "cut-over").code == 0
    assert decamp("-C", clean, "run", "--execute").code == 0
    expected = posts(tenant)

    tenant = Tenant(1)
    root = planned_of(decamp, tmp_path / "work")
    assert decamp("-C", root, "approve", "cut-over").code == 0
    killed_at(decamp, root, tenant, path)
    there = moved(decamp, root, tmp_path)
    before, after = told(decamp, root, "status"), told(decamp, there, "status")
    assert before["counts"] == after["counts"] and before["counts"].get("done", 0) > 0
    assert modes(there) <= {0o600, 0o700}
    assert {path.name for path in there.iterdir()} >= {"store", "private", "ledger.db", "plan.json", "policy.yaml"}
    shutil.rmtree(root)
    assert decamp("-C", there, "run", "--execute").code == 0
    # The request at which it died was recorded, and never served.
    found = posts(tenant) - Counter({("target", path): 1})
    assert found == expected
    assert decamp("-C", there, "verify", "--full").code == 0
    assert tenant.running("source") == set() and tenant.running("target") == set(tenant.ids)


def test_what_was_left_behind_refuses_with_one_sentence_until_it_is_undone(
    decamp: Decamp, planned: Path, tmp_path: Path
) -> None:
    packed(decamp, planned, tmp_path / "w.tar")
    for line in (
        *("run --execute", "run", "scan", "plan", "approve", "verify", "clean --execute", "store prune"),
        *("cut-over web --execute", "test-launch web", "rollback web", "accept web", "pack w2.tar"),
    ):
        refused = decamp("-C", planned, *line.split())
        assert refused.code == 2 and refused.sentence.startswith("decamp: DCP-285: "), line
        assert "w.tar" in refused.sentence and "pack --undo" in refused.sentence
    for line in ("status", "watch --once", "report --offline"):
        shown = decamp("-C", planned, *line.split())
        assert shown.code == 0 and shown.err.count("goes on elsewhere") == 1, line
    assert "continue ailleurs" in decamp("-C", planned, "--lang", "fr", "run").sentence
    assert decamp("-C", planned, "pack", "--undo").code == 0
    assert decamp("-C", planned, "run", "--execute").code == 0
    assert "was not packed" in decamp("-C", planned, "pack", "--undo").err


def test_a_run_that_waited_meanwhile_claims_nothing_any_more(decamp: Decamp, planned: Path, tmp_path: Path) -> None:
    """It has looked for the mark in the folder before; the ledger's own mark cannot be missed."""
    workspace = Workspace(planned)
    step = workspace.plan().steps[0]
    packed(decamp, planned, tmp_path / "w.tar")
    with open_ledger(workspace, workspace.policy()) as ledger, pytest.raises(ConfigError) as refused:
        ledger.sync({step.id: step.digest})
        ledger.claim(step.id, new_owner(), 60)
    assert refused.value.code == codes.WORKSPACE_MOVED
    # The mark did not travel.
    assert decamp("unpack", tmp_path / "w.tar", tmp_path / "there").code == 0
    with closing(sqlite3.connect(tmp_path / "there/ledger.db")) as db:
        assert db.execute("SELECT * FROM meta WHERE key = 'moved-away'").fetchall() == []
    assert not (tmp_path / "there/moved-away.json").exists()


def test_a_run_that_began_before_ends_with_the_sentence_and_changes_nothing(decamp: Decamp, tmp_path: Path) -> None:
    """It was packed after the run had logged in, and before it held a step."""
    tenant = Tenant(1)
    root = planned_of(decamp, tmp_path / "work")
    assert decamp("-C", root, "approve", "cut-over").code == 0

    def pack() -> None:
        assert run_guarded(make_group(), ["-C", str(root), "pack", str(tmp_path / "w.tar")]) == 0

    assert isinstance(tenant.target.log, Timeline)
    tenant.target.log = Watched(tenant.target.log, "/v3/auth", pack)
    tenant.log.clear()
    ended = decamp("-C", root, "run", "--execute")
    assert ended.code == 2 and codes.WORKSPACE_MOVED in ended.err and posts(tenant) == Counter()
    assert decamp("unpack", tmp_path / "w.tar", tmp_path / "there").code == 0
    assert decamp("-C", tmp_path / "there", "run", "--execute").code == 0


def test_beside_a_run_nothing_is_packed(decamp: Decamp, tmp_path: Path) -> None:
    tenant = Tenant(1)
    root = planned_of(decamp, tmp_path / "work")
    assert decamp("-C", root, "approve", "cut-over").code == 0
    said: list[str] = []

    def pack() -> None:
        with redirect_stderr(io.StringIO()) as told:
            code = run_guarded(make_group(), ["-C", str(root), "pack", str(tmp_path / "w.tar")])
        said.extend(f"{code} {line}" for line in told.getvalue().splitlines() if line.startswith("decamp: "))

    assert isinstance(tenant.target.log, Timeline)
    tenant.target.log = Watched(tenant.target.log, "/servers", pack)
    assert decamp("-C", root, "run", "--execute").code == 0
    assert said[0].startswith("5 decamp: DCP-286: ") and "server:" in said[0]
    assert not (tmp_path / "w.tar").exists() and not (root / "moved-away.json").exists()


def test_a_full_disk_leaves_the_workspace_as_it_was(decamp: Decamp, planned: Path, tmp_path: Path) -> None:
    failed = decamp("-C", planned, "pack", tmp_path / "no-such-folder" / "w.tar")
    assert failed.code == 1 and failed.sentence.startswith("decamp: DCP-111: ")
    assert decamp("-C", planned, "run", "--execute").code == 0


# ---------------------------------------------------------------- what travels


def test_private_travels_and_it_is_said(decamp: Decamp, planned: Path, tmp_path: Path) -> None:
    for name in ("private/user-data/x", "private/values.key", "hooks/switch.sh", "private/spool/y", "cache/z"):
        (planned / name).parent.mkdir(parents=True, exist_ok=True)
        (planned / name).write_text(name)
    (planned / "hooks/switch.sh").chmod(0o755)
    (planned / "link").symlink_to("/etc/passwd")
    made = decamp("-C", planned, "pack", planned / "w.tar")
    assert made.code == 0 and "private/ is in it" in made.err and "link is no plain file" in made.err
    assert all(f"Not packed: {name}, which" in made.err for name in ("cache", "private/spool"))
    assert stat.S_IMODE((planned / "w.tar").stat().st_mode) == 0o600
    there = tmp_path / "there"
    assert decamp("unpack", planned / "w.tar", there).code == 0
    assert (there / "private/user-data/x").read_text() == "private/user-data/x"
    assert stat.S_IMODE((there / "hooks/switch.sh").stat().st_mode) == 0o700
    assert not [name for name in ("link", "cache", "private/spool", "w.tar") if (there / name).exists()]
    assert modes(there) <= {0o600, 0o700}


def test_what_unpacking_would_refuse_is_named_as_it_is_packed(decamp: Decamp, planned: Path, tmp_path: Path) -> None:
    """And not on the other machine, when the first one may be gone."""
    deep = Path(*["d"] * 200)
    unfit = ["notes\\old.txt", "packed-workspace.json", "packed-workspace.sha256", str(deep / "x")]
    (planned / deep).mkdir(parents=True)
    for name in [*unfit, "evidence/fit.txt"]:
        (planned / name).write_text(name)
    made = decamp("-C", planned, "pack", tmp_path / "w.tar")
    assert made.code == 0
    assert made.err.count("as unpacking would refuse that name") == len(unfit)
    there = tmp_path / "there"
    assert decamp("unpack", tmp_path / "w.tar", there).code == 0
    assert (there / "evidence/fit.txt").exists() and not [name for name in unfit if (there / name).exists()]


@pytest.mark.parametrize("name", ["w.tar.partial", "w.tar.decamp-partial"])
def test_a_link_beside_the_pack_takes_nothing_out_of_it(
    decamp: Decamp, planned: Path, tmp_path: Path, name: str
) -> None:
    (planned / name).symlink_to("notes.txt")
    for kept in ("notes.txt", "v.tar.partial"):
        (planned / kept).write_text(kept)
    made = decamp("-C", planned, "pack", planned / "w.tar")
    assert made.code == 0 and f"Not packed: {name} is no plain file" in made.err
    there = tmp_path / "there"
    assert decamp("unpack", planned / "w.tar", there).code == 0
    assert [(there / kept).read_text() for kept in ("notes.txt", "v.tar.partial")] == ["notes.txt", "v.tar.partial"]


@pytest.mark.parametrize("place", ["cache/disks", "private/spool/disks", "cache"])
def test_a_store_where_else_nothing_counts_is_packed(decamp: Decamp, planned: Path, tmp_path: Path, place: str) -> None:
    change(planned, "^store:.*$", f"store: {place}")
    assert decamp("-C", planned, "plan").code == 0
    approve(decamp, planned)
    assert decamp("-C", planned, "run", "--execute", "--only", "evacuate").code == 0
    there = moved(decamp, planned, tmp_path)
    assert decamp("-C", there, "store", "check", "--read-data").code == 0
    assert decamp("-C", there, "run", "--execute").code == 0


@pytest.mark.parametrize(
    "line",
    [
        *("store: ../work/store", "store: disks", "store: {root}/store"),
        *("ledger: sqlite:///{root}/ledger.db", "ledger: sqlite:///db", "ledger: sqlite:///../work/ledger.db"),
    ],
)
def test_what_unpacking_would_not_find_again_is_refused_before(
    decamp: Decamp, planned: Path, tmp_path: Path, line: str
) -> None:
    (planned / "store").mkdir()
    (planned / "disks").symlink_to("store")
    (planned / "db").symlink_to("ledger.db")
    key, _, place = line.format(root=planned).partition(": ")
    change(planned, f"^{key}:.*$", f"{key}: {place}")
    refused = decamp("-C", planned, "pack", tmp_path / "w.tar")
    assert refused.code == 2 and refused.sentence.startswith("decamp: DCP-294: "), refused.err
    assert f"sets {key} to {place}, which" in refused.sentence
    assert not (tmp_path / "w.tar").exists() and not (planned / "moved-away.json").exists()


def test_what_cannot_be_read_is_named_and_nothing_is_packed(
    decamp: Decamp, planned: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (planned / "notes/old").mkdir(parents=True)
    (planned / "notes/old/a.txt").write_text("a")
    real = os.scandir

    def closed(path: str) -> object:
        if str(path).endswith("old"):
            raise PermissionError(13, "Permission denied", path)
        return real(path)

    with monkeypatch.context() as patched:
        patched.setattr(os, "scandir", closed)  # root may read every folder
        refused = decamp("-C", planned, "pack", tmp_path / "w.tar")
    assert refused.code == 2 and "decamp: DCP-295: " in refused.err and "notes/old" in refused.sentence
    assert not (tmp_path / "w.tar").exists() and not (planned / "moved-away.json").exists()
    content = content_of(Workspace(planned), Workspace(planned).policy(), tmp_path / "w.tar")
    (planned / "notes/old/a.txt").unlink()
    with pytest.raises(ConfigError) as gone:
        write_pack(tmp_path / "w.tar", Workspace(planned), Workspace(planned).policy(), content, lambda _: None)
    assert gone.value.code == codes.PACK_UNREADABLE and not (tmp_path / "w.tar").exists()


@pytest.mark.parametrize("name", ["moved-away.json", "support-bundle.json", "target.json", "x.yaml", "db-wal", "db"])
def test_a_pack_takes_no_name_that_the_workspace_uses(decamp: Decamp, planned: Path, name: str, tmp_path: Path) -> None:
    name_ledger(decamp, planned, "sqlite:///db")
    (planned / name).unlink(missing_ok=True)
    refused = decamp("-C", planned, "pack", planned / name)
    assert refused.code == 2 and refused.sentence.startswith("decamp: DCP-281: "), refused.err
    assert not (planned / name).exists()
    packed(decamp, planned, tmp_path / name)


def test_an_empty_folder_is_there_again(decamp: Decamp, planned: Path, tmp_path: Path) -> None:
    """Such as one where a share is mounted."""
    for name in ("mnt/share", "mnt/other", "empty"):
        (planned / name).mkdir(parents=True)
    there = moved(decamp, planned, tmp_path)
    assert {str(path.relative_to(there)) for path in there.rglob("*") if path.is_dir()} >= {
        *("mnt/share", "mnt/other", "empty")
    }


def test_a_pack_that_was_compressed_is_told_so(decamp: Decamp, planned: Path, tmp_path: Path) -> None:
    whole = packed(decamp, planned, tmp_path / "w.tar").read_bytes()
    (tmp_path / "w.tar").write_bytes(gzip.compress(whole))
    refused = decamp("unpack", tmp_path / "w.tar", tmp_path / "there")
    assert refused.code == 2 and refused.sentence.startswith("decamp: DCP-283: ") and "gunzip" in refused.sentence
    (tmp_path / "w.tar").write_bytes(whole)
    assert decamp("unpack", tmp_path / "w.tar", tmp_path / "there").code == 0


def test_a_program_can_read_what_was_packed(decamp: Decamp, planned: Path, tmp_path: Path) -> None:
    made = told(decamp, planned, "pack", str(tmp_path / "w.tar"))
    assert made["file"] == str(tmp_path / "w.tar") and made["files"] > 3


def planted(path: Path, kind: str, elsewhere: Path) -> None:
    """As somebody else may leave it in a folder of all, under the name that a pack has while it is written."""
    match kind:
        case "a link":
            path.symlink_to(elsewhere)
        case "a second name":
            path.hardlink_to(elsewhere)
        case "a pipe":
            os.mkfifo(path)
        case _:
            path.touch()
            os.chown(path, 65534, 65534)
            path.chmod(0o666)


@pytest.mark.hostile
@pytest.mark.parametrize("kind", ["a file", "a link", "a second name", "a pipe"])
def test_what_somebody_else_made_beforehand_is_never_written_to(
    decamp: Decamp, planned: Path, tmp_path: Path, kind: str
) -> None:
    archive, partial, elsewhere = (tmp_path / name for name in ("w.tar", "w.tar.decamp-partial", "elsewhere"))
    elsewhere.write_text("other")
    planted(partial, kind, elsewhere)
    reader = os.open(partial, os.O_RDONLY | os.O_NONBLOCK)
    try:
        packed(decamp, planned, archive)
        assert os.read(reader, 1 << 20) == (b"" if kind in ("a file", "a pipe") else b"other")
    finally:
        os.close(reader)
    found = archive.lstat()
    assert (stat.S_IMODE(found.st_mode), found.st_uid) == (0o600, os.geteuid()) and stat.S_ISREG(found.st_mode)
    assert elsewhere.read_text() == "other" and not os.path.lexists(partial)


def test_a_store_elsewhere_stays_where_it_is(decamp: Decamp, planned: Path, tmp_path: Path) -> None:
    change(planned, "^store:.*$", f"store: {tmp_path / 'share'}")
    assert decamp("-C", planned, "plan").code == 0
    assert decamp("-C", planned, "approve", "cut-over", "--who", "Ann").code == 0
    assert decamp("-C", planned, "run", "--execute", "--only", "evacuate").code == 0
    made = decamp("-C", planned, "pack", tmp_path / "w.tar")
    assert made.code == 0 and f"the store {tmp_path / 'share'} stays where it is" in made.err
    assert decamp("unpack", tmp_path / "w.tar", tmp_path / "there").code == 0
    assert not (tmp_path / "there/store").exists() or not list((tmp_path / "there/store").iterdir())
    assert decamp("-C", tmp_path / "there", "run", "--execute").code == 0
    assert decamp("-C", tmp_path / "there", "verify").code == 0


@pytest.mark.parametrize("where", ["file", POSTGRESQL])
def test_a_ledger_of_another_name_or_elsewhere(
    where: str, decamp: Decamp, planned: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    url = "sqlite:///shared.db" if where == "file" else str(request.getfixturevalue("postgresql"))
    name_ledger(decamp, planned, url)
    approve(decamp, planned)
    there = moved(decamp, planned, tmp_path)
    assert (there / "shared.db").exists() == (where == "file")
    assert decamp("-C", planned, "run", "--execute").code == 2
    assert decamp("-C", there, "run", "--execute").code == 0


def files(root: Path, *but: str) -> dict[str, bytes]:
    found = {str(path.relative_to(root)): path for path in root.rglob("*") if path.is_file()}
    return {name: path.read_bytes() for name, path in found.items() if not name.startswith(but)}


@pytest.mark.parametrize("name", ["s", "e", "p", "store.db", "ledger"])
def test_what_only_begins_as_the_ledger_s_name_is_packed(
    name: str, decamp: Decamp, planned: Path, tmp_path: Path
) -> None:
    """Such as the whole store, and every document; nothing but SQLite's own files is the ledger."""
    name_ledger(decamp, planned, f"sqlite:///{name}")
    approve(decamp, planned)
    assert decamp("-C", planned, "run", "--execute", "--only", "evacuate").code == 0
    for other in (f"{name}.before-the-upgrade", f"{name}-wal.kept", f"{name}2/x"):
        (planned / other).parent.mkdir(exist_ok=True)
        (planned / other).write_text(other)
    of_ledger = tuple(name + ending for ending in ("", "-wal", "-shm", "-journal"))
    before = {key: value for key, value in files(planned, "cache/", "private/").items() if key not in of_ledger}
    there = moved(decamp, planned, tmp_path)
    assert {key: value for key, value in files(there, "private/").items() if key not in of_ledger} == before
    assert (there / name).is_file() and not (there / f"{name}-wal").exists()
    assert decamp("-C", there, "store", "check").code == 0
    assert decamp("-C", there, "run", "--execute").code == 0


# ---------------------------------------------------------------- packs that somebody changed


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_member_is_refused_and_nothing_is_left(decamp: Decamp, tmp_path: Path, kind: str) -> None:
    made_of(tmp_path / "w.tar", *HOSTILE[kind](), packed=False)
    refused = decamp("unpack", tmp_path / "w.tar", tmp_path / "there")
    assert refused.code == 2 and refused.sentence.startswith("decamp: DCP-282: "), refused.err
    assert [path.name for path in tmp_path.iterdir()] == ["w.tar"] and not Path("/tmp/pwned").exists()


@pytest.mark.parametrize("is_bundle", [False, True])
@pytest.mark.parametrize("kind", NONSENSE)
def test_headers_that_mean_harm_are_one_sentence_and_nothing_is_left(
    decamp: Decamp, tmp_path: Path, kind: str, is_bundle: bool
) -> None:
    archive = tmp_path / "w.tar"
    archive.write_bytes(gzip.compress(NONSENSE[kind]()) if is_bundle else NONSENSE[kind]())
    refused = decamp("-C", archive, "status") if is_bundle else decamp("unpack", archive, tmp_path / "there")
    assert refused.code == 2 and re.match("decamp: DCP-28[23]: ", refused.sentence), refused.err
    assert [path.name for path in tmp_path.iterdir()] == ["w.tar"]


def test_a_pack_with_long_names_and_deep_folders_is_whole_again(decamp: Decamp, planned: Path, tmp_path: Path) -> None:
    deep = planned.joinpath("notes", *["d" * 100] * 20, "é" * 120)
    deep.parent.mkdir(parents=True)
    deep.write_text("x")
    (planned / os.fsdecode(b"r\xe9sum\xe9.txt")).write_text("latin")
    there = moved(decamp, planned, tmp_path)
    assert (there / deep.relative_to(planned)).read_text() == "x"
    assert (there / os.fsdecode(b"r\xe9sum\xe9.txt")).read_text() == "latin"


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-20_000])


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    with tarfile.open(path) as archive:
        at = archive.getmember("plan.json").offset_data
    content[at + 100] ^= 0x01
    path.write_bytes(bytes(content))


def without_sums(path: Path) -> None:
    with tarfile.open(path) as archive:
        at = archive.getmember("packed-workspace.sha256").offset
    path.write_bytes(path.read_bytes()[:at] + bytes(1024))


def first_sum_of(path: Path, name: bytes) -> None:
    """A list of sums whose first name is this."""
    with tarfile.open(path) as archive:
        at = archive.getmember("packed-workspace.sha256").offset_data
    raw = path.read_bytes()
    end = raw.index(b"\n", at)
    path.write_bytes(raw[: at + 65] + name.ljust(end - at - 65) + raw[end:])


def with_odd_sums(path: Path) -> None:
    first_sum_of(path, b"[1]")


def with_sums_of_nothing(path: Path) -> None:
    first_sum_of(path, b"null")


def with_deep_sums(path: Path) -> None:
    """A longer list, at the end of what was packed."""
    with tarfile.open(path) as archive:
        at = archive.getmember("packed-workspace.sha256").offset
    body = b"0" * 64 + b" " + b"[" * 100_000 + b"\n"
    path.write_bytes(path.read_bytes()[:at] + block("packed-workspace.sha256", len(body), content=body) + END)


DAMAGE = [cut, flip, without_sums, with_odd_sums, with_sums_of_nothing, with_deep_sums]


@pytest.mark.parametrize("damage", [*DAMAGE, lambda path: path.write_bytes(b"hello")])
def test_a_damaged_pack_is_one_sentence_and_nothing_is_left(
    decamp: Decamp, planned: Path, tmp_path: Path, damage: Callable[[Path], object]
) -> None:
    damage(packed(decamp, planned, tmp_path / "w.tar"))
    refused = decamp("unpack", tmp_path / "w.tar", tmp_path / "there")
    assert refused.code == 2 and refused.sentence.startswith("decamp: DCP-283: "), refused.err
    assert {path.name for path in tmp_path.iterdir()} == {"w.tar", "work"}


def test_nothing_is_overwritten(decamp: Decamp, planned: Path, tmp_path: Path) -> None:
    (tmp_path / "w.tar").write_text("mine")
    refused = decamp("-C", planned, "pack", tmp_path / "w.tar")
    assert refused.code == 2 and codes.ARCHIVE_EXISTS in refused.sentence and (tmp_path / "w.tar").read_text() == "mine"
    packed(decamp, planned, tmp_path / "w2.tar")
    again = decamp("unpack", tmp_path / "w2.tar", planned)
    assert again.code == 2 and codes.WORKSPACE_EXISTS in again.sentence
    missing = decamp("unpack", tmp_path / "none.tar", tmp_path / "there")
    assert missing.code == 2 and codes.DOCUMENT_MISSING in missing.sentence
    assert json.loads((planned / "moved-away.json").read_text())["to"] == "w2.tar"
