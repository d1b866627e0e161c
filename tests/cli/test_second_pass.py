"""What a source changes after the first pass is carried by the next run, however little a plan shows of it."""

import dataclasses
import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
import pytest

from migrate.clouds.ports import ObjectInfo
from migrate.demo.memory import error_answers, worlds
from migrate.ledger.ledger import Ledger
from migrate.messages import codes
from migrate.objects.listing.row_files import rows_folder
from tests.cli.conftest import Decamp, Kept
from tests.cli.second_pass import Tenant
from tests.matrix import rest
from tests.s3.servers import Server, moto

MIB = 1 << 20
SMALL = 1 << 16


@pytest.fixture(scope="module")
def moto_server() -> Iterator[Server]:
    yield from moto()


@pytest.fixture
def s3_keys(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [name for name in os.environ if name.startswith("AWS_") or name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")


@pytest.fixture(params=["swift", *rest("s3")])
def tenant(request: pytest.FixtureRequest, decamp: Decamp, clouds: None, s3_keys: None, tmp_path: Path) -> Tenant:
    return moved(decamp, tmp_path, request.getfixturevalue("moto_server").url if request.param == "s3" else "")


@pytest.fixture
def on_s3(decamp: Decamp, clouds: None, s3_keys: None, moto_server: Server, tmp_path: Path) -> Tenant:
    return moved(decamp, tmp_path, moto_server.url)


@pytest.fixture
def swift(decamp: Decamp, clouds: None, tmp_path: Path) -> Tenant:
    """For what S3 has no such thing of."""
    return moved(decamp, tmp_path, "")


def part(tenant: Tenant) -> int:
    """The size of a large object's parts: S3 takes none that are smaller, but for the last."""
    return 5 * MIB if tenant.moto else SMALL


def moved(decamp: Decamp, folder: Path, moto: str) -> Tenant:
    """`box` with a plain object, a static and a dynamic large one, and their segments, all of it moved and verified."""
    if _moved and not moto:
        _moved[0].restore(folder / "work")
        return Tenant(decamp, folder / "work", is_made=True)
    found = Tenant(decamp, folder / "work", moto)
    for container in ("box", "box_segments", "dyn_segments"):
        found.source.objects.put_container(container, {})
    found.put("plain", b"first", x_object_meta_colour="red")
    found.put("stays", b"stays")
    found.large("film", [b"a" * part(found), b"b" * 100])
    found.put("dyn/1", b"c" * part(found), "dyn_segments")
    found.put("dyn", b"", x_object_manifest="dyn_segments/dyn/")
    found.go()
    code, rows = found.verified()
    assert code == 0 and rows["box"]["verdict"] == "same"
    if not moto:
        _moved.append(Kept(folder / "work"))
    return found


_moved: list[Kept] = []
"""The tenant that has gone to Swift, once there is one."""


def sent(tenant: Tenant, since: int) -> list[str]:
    """Objects that were written at the target, in memory, from that line of its log on."""
    return [path for method, service, path in worlds["target"].log[since:] if method == "PUT" and path.count("/") > 1]


# ---------------------------------------------------------------- each kind of change


def test_other_bytes_of_the_same_length(tenant: Tenant) -> None:
    tenant.put("plain", b"other", x_object_meta_colour="red")
    tenant.go()
    assert tenant.bytes_of("plain") == b"other"
    assert tenant.verified()[0] == 0


def test_one_object_goes_and_another_of_the_same_size_comes(tenant: Tenant) -> None:
    tenant.source.objects.delete("box", "plain")
    tenant.put("newer", b"12345")
    tenant.go()
    assert tenant.bytes_of("newer") == b"12345"
    code, rows = tenant.verified()
    # Nothing is removed that nobody wants removed; it is counted and named.
    assert code == 0 and tenant.bytes_of("plain") == b"first"
    assert (rows["box"]["left"], rows["box"]["vanished"]) == ({"gone": 1}, ["plain"])


def test_metadata_alone(tenant: Tenant) -> None:
    tenant.put("plain", b"first", x_object_meta_colour="blue")
    tenant.go()
    assert tenant.target().head("box", "plain").headers["x-object-meta-colour"] == "blue"
    assert tenant.verified()[0] == 0


def test_headers_of_the_container(swift: Tenant) -> None:
    swift.source.objects.put_container("box", {"x-container-meta-a": "1", "x-container-meta-b": "1"})
    swift.go()
    swift.target().put_container("box", {"x-container-meta-theirs": "1"})
    swift.source.objects.put_container("box", {"x-remove-container-meta-a": "x", "x-container-meta-b": "2"})
    swift.go()
    headers = swift.target().container("box").headers
    # What the source has no more is taken away; what somebody else has set stays, and verify names it.
    assert headers == {"x-container-meta-b": "2", "x-container-meta-theirs": "1"}
    assert swift.verified()[1]["box"]["differences"] == ["header x-container-meta-theirs: missing ≠ 1"]


def test_a_static_large_object_of_other_segments_of_the_same_sizes(tenant: Tenant) -> None:
    tenant.large("film", [b"x" * part(tenant), b"y" * 100], mark="new")
    tenant.go()
    assert tenant.bytes_of("film") == b"x" * part(tenant) + b"y" * 100
    assert tenant.verified()[0] == 0


def test_segments_written_over_with_their_manifest(tenant: Tenant) -> None:
    tenant.large("film", [b"x" * part(tenant), b"y" * 100])
    tenant.go()
    assert tenant.bytes_of("film") == b"x" * part(tenant) + b"y" * 100
    assert tenant.verified()[0] == 0


def test_a_segment_of_a_dynamic_large_object(tenant: Tenant) -> None:
    tenant.put("dyn/1", b"z" * part(tenant), "dyn_segments")
    tenant.go()
    assert tenant.bytes_of("dyn") == b"z" * part(tenant)
    assert tenant.verified()[0] == 0


def test_a_segment_that_is_free_of_its_large_object_moves_by_itself(tenant: Tenant) -> None:
    tenant.source.objects.delete("box", "film")
    tenant.go()
    assert tenant.bytes_of("film/1", "box_segments") == b"b" * 100
    assert tenant.verified()[0] == 0


def test_a_link_to_another_object(swift: Tenant) -> None:
    swift.put("link", b"", x_symlink_target="box/plain")
    swift.go()
    swift.put("link", b"", x_symlink_target="box/stays")
    swift.go()
    assert swift.target().head("box", "link").headers["x-symlink-target"] == "box/stays"
    assert swift.verified()[0] == 0


def test_versions(swift: Tenant) -> None:
    swift.source.objects.put_container("kept", {"x-versions-enabled": "true"})
    swift.put("doc", b"one", "kept")
    swift.go()
    swift.put("doc", b"two", "kept")
    swift.go()
    assert [version.size_bytes for version in swift.target().versions("kept")] == [3, 3]
    assert swift.bytes_of("doc", "kept") == b"two"
    assert swift.verified()[0] == 0


# ---------------------------------------------------------------- what it costs


def test_with_nothing_changed_a_second_pass_costs_its_listings_and_with_ten_changed_those_ten(swift: Tenant) -> None:
    swift.source.objects.put_container("many", {})
    for number in range(500):
        swift.put(f"many/{number:04d}", b"%04d" % number, "many")
    swift.go()
    for args in (("scan",), ("plan",)):
        swift(*args)
    for world in worlds.values():
        world.log.clear()
    assert swift("run", "--execute", "--only", "container:many").code == 0
    asked = [line for world in worlds.values() for line in world.log if line[2].startswith("/many")]
    assert len(asked) <= 4 and not sent(swift, 0)
    for number in range(0, 500, 50):
        swift.put(f"many/{number:04d}", b"else", "many")
    for args in (("scan",), ("plan",)):
        swift(*args)
    for world in worlds.values():
        world.log.clear()
    assert swift("run", "--execute", "--only", "container:many").code == 0
    assert sorted(sent(swift, 0)) == [f"/many/many/{number:04d}" for number in range(0, 500, 50)]
    read = [line for line in worlds["source"].log if line[0] == "GET" and line[2].startswith("/many/")]
    assert len(read) == 10


def test_without_a_newer_scan_nothing_is_asked(swift: Tenant) -> None:
    for world in worlds.values():
        world.log.clear()
    assert swift("run", "--execute").code == 0
    assert not [line for world in worlds.values() for line in world.log if line[1] == "object-store"]


# ---------------------------------------------------------------- on demand, and what may come between


def test_again_by_name_without_a_scan(tenant: Tenant) -> None:
    tenant.put("plain", b"other")
    assert tenant("run", "--execute").code == 0
    assert tenant.bytes_of("plain") == b"first"
    rehearsed = tenant("run", "--again", "container:box")
    assert rehearsed.code == 0 and "would compare it with the source again" in rehearsed.out
    assert tenant.bytes_of("plain") == b"first"
    assert tenant("run", "--execute", "--again", "container:box").code == 0
    assert tenant.bytes_of("plain") == b"other"


def test_again_takes_what_the_container_is_made_of(tenant: Tenant) -> None:
    tenant.put("dyn/1", b"q" * part(tenant), "dyn_segments")
    tenant.large("film", [b"x" * part(tenant), b"y" * 100])
    assert tenant("run", "--execute", "--only", "container:box", "--again", "container:box").code == 0
    assert tenant.bytes_of("film")[:1] == b"x"


def test_again_is_refused_for_other_kinds_and_for_what_is_not_there(tenant: Tenant) -> None:
    result = tenant("run", "--execute", "--again", "keypair:k")
    assert result.code == 2 and codes.AGAIN_UNSUPPORTED in result.sentence
    assert codes.STEP_UNKNOWN in tenant("run", "--execute", "--again", "container:nowhere").sentence


def test_a_source_that_is_gone_reopens_nothing(tenant: Tenant) -> None:
    for args in (("scan",), ("plan",)):
        assert tenant(*args).code == 0
    source = worlds.pop("source")
    result = tenant("run", "--execute")
    assert result.code == 0 and "were not compared with it again" in result.err
    assert tenant.verified()[0] == 0
    worlds["source"] = source
    tenant.put("plain", b"other")
    assert tenant("run", "--execute").code == 0
    assert tenant.bytes_of("plain") == b"other"


def test_a_source_that_goes_between_the_reopening_and_the_copy_leaves_what_was_copied(tenant: Tenant) -> None:
    for args in (("scan",), ("plan",)):
        assert tenant(*args).code == 0
    plan = json.loads((tenant.root / "plan.json").read_text())
    ledger = Ledger.open(f"sqlite:///{tenant.root / 'ledger.db'}", plan["migration"])
    ledger.look_again("container:box")
    ledger.close()
    del worlds["source"]
    assert tenant("run", "--execute").code == 0
    assert tenant.verified()[0] == 0


def test_a_container_that_is_gone_at_the_source_since_the_scan_leaves_what_was_copied(tenant: Tenant) -> None:
    for args in (("scan",), ("plan",)):
        assert tenant(*args).code == 0
    worlds["source"].project("boxes").account.containers.pop("dyn_segments")
    assert tenant("run", "--execute", "--only", "container:dyn_segments").code == 0
    assert tenant.verified()[0] == 0


def test_a_workspace_of_before_is_compared_once(swift: Tenant) -> None:
    with closing(sqlite3.connect(swift.root / "ledger.db")) as ledger, ledger:
        assert ledger.execute("DELETE FROM meta WHERE key LIKE 'listed:%'").rowcount == 3
    swift.put("plain", b"other")
    assert swift("run", "--execute").code == 0
    assert swift.bytes_of("plain") == b"other"


def test_status_says_that_a_newer_scan_wants_a_run(tenant: Tenant) -> None:
    def following() -> str:
        return str(json.loads(tenant("status", "-f", "json").out)["next"]["command"])

    assert following() == "report"
    for args in (("scan",), ("plan",)):
        assert tenant(*args).code == 0
    assert following() == "run --execute"
    assert tenant("run", "--execute").code == 0
    assert following() == "verify"


# ---------------------------------------------------------------- what has vanished, and what is theirs


def test_what_vanished_is_in_a_file_and_removed_only_when_the_policy_says_so(tenant: Tenant) -> None:
    for name in ("theirs", "stays too"):
        tenant.put(name, b"12345")
    tenant.go()
    for name in ("plain", "theirs", "film"):
        tenant.source.objects.delete("box", name)
    # Somebody has put another one over it at the target: it is theirs.
    tenant.write_over("theirs", b"54321")
    tenant.go()
    folder = rows_folder(tenant.root / "evidence", "box")
    lines = [json.loads(line) for line in (folder / "vanished.jsonl").read_text().splitlines()]
    assert {line["name"]: line["there"] for line in lines} == dict.fromkeys(("plain", "theirs", "film"), "kept")
    assert set(tenant.names()) == {"dyn", "film", "plain", "stays", "stays too", "theirs"}

    tenant.policy("\n  vanished: keep\n", "\n  vanished: remove\n")
    tenant.go()
    lines = [json.loads(line) for line in (folder / "vanished.jsonl").read_text().splitlines()]
    assert {line["name"]: line["there"] for line in lines} == {"plain": "removed", "film": "removed", "theirs": "kept"}
    assert set(tenant.names()) == {"dyn", "stays", "stays too", "theirs"}
    assert tenant.verified()[1]["box"]["left"] == {"gone": 1, "removed": 2}
    # It comes back at the source: so it does at the target.
    tenant.put("plain", b"again")
    tenant.go()
    assert tenant.bytes_of("plain") == b"again"


def test_a_segment_that_the_source_has_lost_stays_for_its_large_object(swift: Tenant) -> None:
    swift.policy("\n  vanished: keep\n", "\n  vanished: remove\n")
    swift.source.objects.delete("box_segments", "film/0")
    swift.put("gone", b"1", "box_segments")
    swift.go()
    swift.source.objects.delete("box_segments", "gone")
    swift.go()
    assert "film/0" in swift.names("box_segments") and "gone" not in swift.names("box_segments")
    assert swift.bytes_of("film") == b"a" * part(swift) + b"b" * 100
    # With its large object it goes.
    swift.source.objects.delete("box", "film")
    swift.go()
    assert swift.names("box_segments") == ["film/1"]


@pytest.mark.parametrize("why", ["container gone", "container gone since the scan", "out of the plan", "theirs"])
def test_segments_of_a_large_object_that_stays_at_the_target_stay_too(swift: Tenant, why: str) -> None:
    swift.policy("\n  vanished: keep\n", "\n  vanished: remove\n")
    swift.put("gone", b"1", "box_segments")
    swift.go()
    for name in ("gone", "film/0", "film/1"):
        swift.source.objects.delete("box_segments", name)
    swift.put("newer", b"1", "box_segments")
    if why == "out of the plan":
        swift.policy("\nskip: []\n", '\nskip: ["container:box"]\n')
    elif why == "theirs":
        # Somebody has changed it at the target: it is left alone.
        store = swift.target()
        store.put_manifest("box", msgspec.structs.replace(store.head("box", "film"), headers={"x-object-meta-a": "1"}))
        swift.source.objects.delete("box", "film")
    else:
        worlds["source"].project("boxes").account.containers.pop("box")
    if why == "container gone since the scan":
        assert swift("run", "--execute", "--again", "container:box").code == 0
    else:
        swift.go()
    assert "gone" not in swift.names("box_segments")
    assert swift.bytes_of("film") == b"a" * part(swift) + b"b" * 100


def test_what_was_changed_at_the_target_alone_is_left_alone_and_named(tenant: Tenant) -> None:
    tenant.write_over("plain", b"54321")
    tenant.go()
    assert tenant.bytes_of("plain") == b"54321"
    code, rows = tenant.verified()
    assert code == 4 and any('object "plain"' in one for one in rows["box"]["differences"])
    # Once the source has changed too nobody can tell who is right.
    tenant.put("plain", b"other")
    for args in (("scan",), ("plan",)):
        tenant(*args)
    result = tenant("run", "--execute")
    assert result.code == 5 and codes.NAME_TAKEN in result.out
    assert tenant.bytes_of("plain") == b"54321"


def test_files_that_people_read_show_a_name_that_acts_as_escapes(swift: Tenant) -> None:
    evil = ["gone\x9b2J\u202e", "moved\x9b2J\u202e"]
    for name in evil:
        swift.put(name, b"12345")
    swift.go()
    swift.source.objects.delete("box", evil[0])
    swift.write_over(evil[1], b"54321")
    swift.go()
    assert swift.verified("--reread", "objects")[0] == 4
    folder = rows_folder(swift.root / "evidence", "box")
    told = {
        name: (folder / name).read_text()
        for name in ("vanished.jsonl", "exceptions.jsonl", "proofs.jsonl", "pass.json")
    }
    for name, text in told.items():
        assert not {"\x9b", "\u202e"} & set(text), name
    assert [json.loads(line)["name"] for line in told["vanished.jsonl"].splitlines()] == evil[:1]
    assert evil[1] in {json.loads(line)["name"] for line in told["exceptions.jsonl"].splitlines()}


def test_on_s3_it_is_the_same(on_s3: Tenant) -> None:
    """One after the other on one tenant: what each begins with is none of the others' doing."""
    test_other_bytes_of_the_same_length(on_s3)
    test_segments_written_over_with_their_manifest(on_s3)
    test_what_vanished_is_in_a_file_and_removed_only_when_the_policy_says_so(on_s3)
    test_what_was_changed_at_the_target_alone_is_left_alone_and_named(on_s3)


# ---------------------------------------------------------------- what verify says of the source


def test_verify_says_when_the_source_was_listed_and_with_source_what_has_changed_since(tenant: Tenant) -> None:
    code, rows = tenant.verified("--source")
    assert code == 0 and {row["verdict"] for row in rows.values()} == {"same"}
    listed_at = rows["box"]["listed_at"]
    assert listed_at and listed_at <= rows["box"]["asked_at"]
    assert f"as the source listed it at {listed_at}" in tenant("verify").out
    assert tenant("report", "-f", "json").code == 0
    report = json.loads((tenant.root / "reports" / "report-en.json").read_text())
    assert report["listed_from"] <= listed_at <= report["listed_to"]

    tenant.put("plain", b"other")
    tenant.put("newer", b"1")
    tenant.source.objects.delete("box", "stays")
    tenant.source.objects.put_container("latest", {})
    assert tenant.verified()[0] == 0  # it was not asked
    code, rows = tenant.verified("--source")
    assert code == 3
    assert (rows["box"]["verdict"], rows["box"]["note_code"]) == ("not fresh", codes.SOURCE_CHANGED_SINCE_LISTED)
    assert rows["box"]["since"] == {"changed": 1, "new": 1, "vanished": 1}
    assert rows["box"]["since_names"] == ["newer", "plain", "stays"]
    assert (rows["latest"]["verdict"], rows["latest"]["note_code"]) == ("not fresh", codes.NEW_SINCE_SCAN)
    assert rows["box_segments"]["verdict"] == "same"
    shown = tenant("verify", "--source")
    assert "1 object new at the source since" in shown.out and "2 items changed at the source" in shown.err
    tenant.go()
    assert tenant.verified("--source")[0] == 0


def test_verify_with_a_source_that_is_gone_says_so_and_goes_on(tenant: Tenant) -> None:
    del worlds["source"]
    assert tenant.verified()[0] == 0
    code, rows = tenant.verified("--source")
    assert code == 3
    assert {(row["verdict"], row["note_code"]) for row in rows.values()} == {("same", codes.SOURCE_NOT_ASKED)}
    assert "Could not log in to the source: changes since the copy are unknown" in tenant("verify", "--source").err


def test_verify_with_a_container_that_is_gone_at_the_source(tenant: Tenant) -> None:
    worlds["source"].project("boxes").account.containers.pop("dyn_segments")
    code, rows = tenant.verified("--source")
    assert code == 3 and rows["dyn_segments"]["since"] == {"vanished": 1}


def test_verify_only_reads_the_source(tenant: Tenant) -> None:
    worlds["source"].log.clear()
    tenant.verified("--source")
    assert {method for method, service, _ in worlds["source"].log if service != "identity"} <= {"GET", "HEAD"}
    assert worlds["source"].log


# ---------------------------------------------------------------- bytes read back


def spoil(tenant: Tenant, container: str, name: str, at: int) -> None:
    """Turns one byte of what the target in memory keeps; size, ETag and listing stay."""
    there = worlds["target"].project("boxes").account.containers[container].objects
    data = bytearray(there[name].data)
    data[at] ^= 1
    there[name] = dataclasses.replace(there[name], data=bytes(data))


@pytest.mark.parametrize(("number", "told"), [(0, f"bytes 0-{SMALL - 1}"), (1, f"bytes {SMALL}-{SMALL + 99}")])
def test_a_wrong_byte_in_a_large_object_is_named_with_its_range(swift: Tenant, number: int, told: str) -> None:
    spoil(swift, "box_segments", f"film/{number}", 7)
    code, rows = swift.verified()
    assert code == 4 and rows["box"]["verdict"] == "different"
    assert any('object "film" ' + told in one for one in rows["box"]["differences"])


def test_at_least_one_object_of_each_container_is_read_back_and_all_on_demand(tenant: Tenant) -> None:
    _, rows = tenant.verified()
    assert {name: row["reread_objects"] >= 1 for name, row in rows.items()}["box"]
    assert rows["box"]["reread_bytes"] >= part(tenant) + 100 and rows["box"]["seed"]
    _, rows = tenant.verified("--reread", "objects", "--seed", "mine")
    plain = 5 + 5
    parts = part(tenant) + 100 + (part(tenant) if tenant.moto else 0)
    assert (rows["box"]["reread_bytes"], rows["box"]["seed"]) == (plain + parts, "mine")


def lines(tenant: Tenant, file: str) -> list[dict[str, Any]]:
    path = tenant.root / "evidence" / "objects" / "box" / file
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def test_which_proof_each_object_has_is_written_down(swift: Tenant) -> None:
    for number in range(4):
        swift.put(f"more-{number}", b"x")
    swift.large("long", [bytes([n]) * SMALL for n in range(5)])
    swift.go()
    _, rows = swift.verified("--seed", "mine")
    told = {line["name"]: line["proof"] for line in lines(swift, "proofs.jsonl")}
    assert (told["film"], told["long"]) == ("re-read", "re-read in part")
    proofs = rows["box"]["proofs"]
    assert sum(proofs.values()) == rows["box"]["objects"] and proofs["listing"] == rows["box"]["objects"] - len(told)
    (part,) = [line for line in lines(swift, "proofs.jsonl") if line["name"] == "long"]
    assert (part["read_bytes"], part["size_bytes"]) == (3 * SMALL, 5 * SMALL)
    _, rows = swift.verified("--reread", "objects")
    assert rows["box"]["proofs"] == {"no MD5": 1, "re-read": rows["box"]["objects"] - 1}


def test_what_no_md5_of_the_source_tells_is_counted_so(swift: Tenant) -> None:
    """A manifest by prefix: its segments are objects like others."""
    _, rows = swift.verified("--reread", "objects")
    told = {line["name"]: line["proof"] for line in lines(swift, "proofs.jsonl")}
    assert told == {"dyn": "no MD5", "film": "re-read", "plain": "re-read", "stays": "re-read"}
    assert rows["box"]["proofs"] == {"no MD5": 1, "re-read": 3}


def test_wrong_bytes_are_among_the_exceptions_and_stay_though_another_object_cannot_be_read(swift: Tenant) -> None:
    spoil(swift, "box", "plain", 0)
    worlds["target"].fail_next("GET", "/stays$", error_answers.passing("no answer", "/stays"), times=99)
    code, rows = swift.verified("--reread", "objects")
    assert code == 4 and rows["box"]["verdict"] == "different"
    (line,) = lines(swift, "exceptions.jsonl")
    assert line["name"] == "plain" and line["difference"].startswith("bytes 0-4: MD5")
    assert [one["proof"] for one in lines(swift, "proofs.jsonl") if one["name"] == "plain"] == ["wrong"]


def test_every_object_read_back_finds_one_wrong_byte(swift: Tenant) -> None:
    spoil(swift, "box", "stays", 0)
    code, rows = swift.verified("--reread", "objects")
    assert code == 4 and any(one.startswith('object "stays" bytes 0-4: MD5') for one in rows["box"]["differences"])


def test_an_object_that_is_shorter_at_the_target_is_named_whatever_is_read_back(swift: Tenant) -> None:
    swift.target().put("box", ObjectInfo(name="stays", size_bytes=1, etag="", content_type="text/plain"), [b"x"])
    code, rows = swift.verified("--reread", "objects")
    assert code == 4 and rows["box"]["verdict"] == "different"
    assert any(one.startswith('object "stays" size_bytes: 5 ≠ 1') for one in rows["box"]["differences"])
