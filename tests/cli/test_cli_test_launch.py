"""`decamp test-launch`: servers are started at the target from captured disks, checked, and gone again."""

import re
import shutil
from pathlib import Path

import pytest

from migrate.demo.memory import MemoryCloud, worlds
from migrate.demo.small_tenant import two_clouds
from migrate.errors import ItemError, LoginRefused
from migrate.messages import codes
from migrate.model import TEST_SUFFIX as SUFFIX
from migrate.model import mark_of
from tests.cli.conftest import Decamp, Kept
from tests.cli.launched import WHILE_IT_RUNS, Launched, content
from tests.cli.wave_tenant import SHARES, change, sharing

_kept: dict[str, Kept] = {}
"""What tests begin with, by name."""


@pytest.fixture
def tested(decamp: Decamp, tmp_path: Path) -> Launched:
    if "planned" not in _kept:
        two_clouds(0.02)
        _kept["planned"] = Kept(Launched(decamp, tmp_path / "first").root)
    return Launched(decamp, tmp_path / "work", kept=_kept["planned"])


@pytest.fixture
def evacuated(tested: Launched) -> Launched:
    """Its disks are in the store."""
    return led_to(tested, "evacuated", "run", "--execute", "--only", "evacuate")


@pytest.fixture
def launched(evacuated: Launched) -> Launched:
    """And a test launch of it is kept for two hours."""
    return led_to(evacuated, "launched", "test-launch", "web-1", "--execute", "--keep", "2h")


def led_to(tenant: Launched, what: str, *args: str) -> Launched:
    if what not in _kept:
        tenant(*args)
        _kept[what] = Kept(tenant.root)
    shutil.rmtree(tenant.root)
    return Launched(tenant.decamp, tenant.root, kept=_kept[what])


def changes(side: str, since: int = 0) -> list[tuple[str, str]]:
    log = worlds[side].log[since:]
    return [(method, path) for method, service, path in log if method not in ("GET", "HEAD") and service != "identity"]


def test_servers_are_started_checked_and_gone_again(evacuated: Launched) -> None:
    before, asked, told = evacuated.there(), len(worlds["source"].log), len(worlds["target"].log)
    said = evacuated("test-launch", "web-1")
    assert changes("target", told) == [] and "1 server of web-1 would start" in said.err
    assert "shop-data" in said.out and "as after a power cut" in said.out and "cores" in said.out
    done = evacuated("test-launch", "web-1", "--execute")
    assert "The test launch of web-1 passed; checks passed: 2, failed: 0, not possible without a router: 1" in done.err
    assert "Everything that it made at the target is removed" in done.err
    # Nothing of it is left, and the source was not asked anything.
    assert evacuated.there() == before and len(worlds["source"].log) == asked
    assert evacuated.effects() == []
    made = [path for method, path in changes("target", told) if method == "POST"]
    assert "/routers" not in made and "/floatingips" not in made and "/servers" in made
    (kept,) = evacuated.evidence()
    (server,) = kept["servers"]
    assert [(one["check"], one["code"]) for one in server["results"]] == [("active", ""), ("console", "")]
    assert server["not_possible"] == ["tcp"] and server["groups"] == "default"
    assert {one["consistency"] for one in server["disks"]} == {"crash-consistent"} and len(server["disks"]) == 2


def test_status_and_report_tell_of_the_last_one(evacuated: Launched) -> None:
    assert "test_launches" not in evacuated.json("status") and "Last test launch" not in evacuated("status").out
    worlds["target"].fail_next("POST", r"^/servers$", ItemError("DCP-499", error="no valid host"))
    evacuated("test-launch", "web-1", "--execute", code=3)
    failed = " ".join(evacuated("status").out.split())
    assert "failed (checks passed: 0, failed: 0, not possible: 0); DCP-499" in failed
    evacuated("test-launch", "web-1", "--execute")
    (row,) = evacuated.json("status")["test_launches"]
    assert (row["name"], row["has_passed"], row["passed"], row["not_possible"]) == ("web-1", True, 2, 1)
    assert row["taken_at"] <= row["at"]
    for lang, kind, said in (
        ("en", "md", "passed (checks passed: 2, failed: 0, not possible: 1)"),
        ("fr", "html", "impossibles : 1"),
    ):
        text = re.sub("<[^>]+>", "", evacuated("report", "--lang", lang, "-f", kind, "-o", "-").out)
        assert said in " ".join(text.split()), (lang, kind)


def test_one_that_is_kept_is_like_the_source_and_shut_in(launched: Launched) -> None:
    there = launched.there()
    (server,) = there["servers"]
    assert server.name == f"web-1{SUFFIX}" and server.status == "ACTIVE"
    assert server.metadata["role"] == "web" and str(mark_of(server)).startswith("decamp-x-")
    assert there["routers"] == there["floating"] == []
    (port,) = [one for one in there["ports"] if one.device_id == server.id]
    assert [ip.ip_address for ip in port.fixed_ips] == ["10.20.0.21"]
    (subnet,) = there["subnets"]
    assert (subnet.cidr, subnet.gateway_ip, subnet.enable_dhcp) == ("10.20.0.0/24", "10.20.0.1", True)
    (volume,) = there["volumes"]
    assert volume.name == f"shop-data{SUFFIX}" and [a.server_id for a in volume.attachments] == [server.id]
    assert content("target", volume.name) == content("source", "shop-data")
    # A second one waits; the first is removed by the same command, and named by `clean` until then.
    refused = launched("test-launch", "web-1", "--execute", code=5)
    assert codes.LAUNCH_KEPT in refused.err and "is kept until" in refused.err
    assert "`decamp test-launch web-1 --remove --execute` removes it" in " ".join(refused.err.split())
    rows = launched.json("clean", "--execute")
    assert {one["code"] for one in rows if one["role"] == "x"} == {codes.LAUNCH_KEPT}
    assert not any(one["removed"] for one in rows)
    assert launched.there()["servers"] == [server]
    assert "test-launch web-1 --remove --execute" in launched("test-launch", "web-1", "--remove").err
    assert launched.there()["servers"] == [server]
    launched("test-launch", "web-1", "--remove", "--execute")
    assert launched.there()["servers"] == launched.there()["volumes"] == launched.there()["networks"] == []
    assert codes.LAUNCH_NONE in launched("test-launch", "web-1", "--remove", "--execute", code=2).err


def test_the_move_afterwards_is_whole_and_unaffected(launched: Launched) -> None:
    """Before the move, which waits until it is removed, and after it."""
    for new, old in WHILE_IT_RUNS:
        change(launched.root, old, new)
    launched("scan")
    launched("plan")
    launched("approve", "cut-over", "--who", "Ann")
    launched("run", "--execute", code=3)
    assert [one.name for one in launched.there()["servers"]] == [f"web-1{SUFFIX}"]
    assert launched.cloud("source").compute.servers()[0].status == "ACTIVE"
    launched("test-launch", "web-1", "--remove", "--execute")
    launched("run", "--execute")
    launched("verify", "--reread", "all")
    moved = launched.there()
    assert [one.name for one in moved["servers"]] == ["web-1"]
    done = launched("test-launch", "web-1", "--execute")
    assert "passed" in done.err and launched.evidence()[-1]["servers"][0]["groups"] == "moved"
    assert launched.there() == moved
    launched("verify", "--reread", "all")
    assert launched.json("status")["differences"] == 0


def test_a_policy_may_require_one_before_the_stop(decamp: Decamp, tmp_path: Path) -> None:
    """From the passes that were taken while the server ran: it is stopped once, for good."""
    two_clouds(0.02)
    required = (("test_launch: optional", "test_launch: required"), ("warm: false", "warm: true"))
    tested = Launched(decamp, tmp_path / "work", policy=required)
    assert codes.LAUNCH_NO_PASS in tested("test-launch", "web-1", "--execute", code=2).err
    tested("run", "--execute", code=3)
    approved = tested("approve", "cut-over", "--who", "Ann")
    assert "requires a test launch before the stop" in approved.err and "web-1" in approved.err
    held = tested("run", "--execute", code=3)
    assert codes.WAITS_FOR_TEST_LAUNCH in held.out and "decamp test-launch web-1 --execute" in " ".join(
        held.out.split()
    )
    assert tested.cloud("source").compute.servers()[0].status == "ACTIVE"
    tested("test-launch", "web-1", "--execute")
    assert "requires" not in tested("approve", "cut-over", "--who", "Ann").err
    # What is planned is not what was tested.
    change(tested.root, "keep_mac: false", "keep_mac: true")
    tested("plan")
    tested("approve", "cut-over", "--who", "Ann")
    assert codes.WAITS_FOR_TEST_LAUNCH in tested("run", "--execute", code=3).out
    change(tested.root, "keep_mac: true", "keep_mac: false")
    tested("plan")
    tested("approve", "cut-over", "--who", "Ann")
    tested("run", "--execute")
    assert tested.cloud("source").compute.servers()[0].status == "SHUTOFF"
    tested("verify")


def test_servers_of_one_wave_go_together_with_the_volume_that_they_share(decamp: Decamp, tmp_path: Path) -> None:
    tenant = sharing(2, "tool-1", "tool-2")
    tested = Launched(decamp, tmp_path / "work", "small", health="", policy=SHARES)
    tested("approve", "cut-over", "--who", "Ann")
    tested("run", "--execute")
    before = tested.there()
    rows = tested.json("test-launch", "tool-2")
    assert {server["name"] for server in rows["servers"]} == {"tool-1", "tool-2"}
    tested("test-launch", "tool-1", "--execute", "--keep", "2h")
    servers = {one.id: one.name for one in tested.there()["servers"] if one.name.endswith(SUFFIX)}
    assert set(servers.values()) == {f"tool-1{SUFFIX}", f"tool-2{SUFFIX}"}
    (shared,) = [one for one in tested.there()["volumes"] if one.name.startswith("quorum") and SUFFIX in one.name]
    assert {one.server_id for one in shared.attachments} == set(servers)
    tested("test-launch", "tool-2", "--remove", "--execute")
    assert tested.there() == before
    assert tenant.running("target") == set(tenant.ids)
    tested("verify", "--reread", "all")


@pytest.mark.parametrize(
    ("args", "says", "code"),
    [
        (("nobody",), codes.WAVE_OR_SERVER_UNKNOWN, 2),
        (("web-1", "--keep", "soon"), "soon is not a span", 2),
        (("web-1", "--keep", "0h"), "0h is not a span", 2),
        (("web-1", "--keep", "8d"), "8d is not a span", 2),
        (("web-1", "--keep", "2h", "--remove"), "exclude each other", 2),
        (("web-1", "--remove"), codes.LAUNCH_NONE, 2),
        (("web-1",), codes.LAUNCH_NO_PASS, 2),
        ((), "WAVE|SERVER", 2),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence(tested: Launched, args: tuple[str, ...], says: str, code: int) -> None:
    before = tested.there()
    assert says in tested("test-launch", *args, "--execute", code=code).err and tested.there() == before


def test_a_plan_that_no_longer_fits_is_refused(evacuated: Launched) -> None:
    change(evacuated.root, "keep_mac: false", "keep_mac: true")
    assert codes.PLAN_OUTDATED in evacuated("test-launch", "web-1", "--execute", code=2).err


def test_a_login_that_is_refused_makes_nothing(evacuated: Launched) -> None:
    worlds["target"].fail_next("POST", r".*tokens", LoginRefused(codes.LOGIN_REFUSED, cloud="target"), times=9)
    since = len(worlds["target"].log)
    refused = evacuated("test-launch", "web-1", "--execute", code=6)
    assert codes.LOGIN_REFUSED in refused.err and changes("target", since) == []


def test_the_newest_pass_is_launched(launched: Launched) -> None:
    """Of the running server first, which is kept; then of its stop."""
    (disk,) = [row for row in worlds["source"].volumes.rows.values() if row.record.name == "shop-data"]
    worlds["source"].write_volume(disk.record.id, 512, b"written since")
    for new, old in WHILE_IT_RUNS:
        change(launched.root, old, new)
    launched("scan")
    launched("plan")
    launched("approve", "cut-over", "--who", "Ann")
    launched("run", "--execute", "--only", "evacuate")
    assert codes.LAUNCH_KEPT in launched("test-launch", "web-1", "--execute", code=5).err
    launched("test-launch", "web-1", "--remove", "--execute")
    # What is down needs the room at the target first.
    assert codes.LAUNCH_WHILE_DOWN in launched("test-launch", "web-1", "--execute", code=5).err
    launched("run", "--execute")
    launched("test-launch", "web-1", "--execute", "--keep", "1d")
    assert content("target", f"shop-data{SUFFIX}") == content("source", "shop-data")
    first, second = ({one["disk"]: one for one in kept["servers"][0]["disks"]} for kept in launched.evidence())
    assert first.keys() == second.keys()
    assert all(first[disk]["pass_id"] != second[disk]["pass_id"] for disk in first)
    assert {one["consistency"] for one in second.values()} == {"stopped"}


def test_a_hostile_name_is_shown_and_never_acts(decamp: Decamp, tmp_path: Path) -> None:
    two_clouds(0.02)
    name = "../\x1b[31mweb\n\u202e{evil} " + "n" * 230
    (server,) = MemoryCloud("source/main", world=worlds["source"], project="main").compute.servers()
    worlds["source"].servers.rows[server.id].change(name=name)
    tested = Launched(decamp, tmp_path / "work")
    tested("run", "--execute", "--only", "evacuate")
    for args in (("test-launch", server.id), ("test-launch", server.id, "--execute", "--keep", "2h"), ("status",)):
        said = tested(*args)
        assert not set("\x1b\u202e") & set(said.out + said.err), args
    (made,) = tested.there()["servers"]
    assert made.name.endswith(SUFFIX) and len(made.name) == 255 and made.name.startswith("../")
    tested("test-launch", server.id, "--remove", "--execute")
    assert tested.there()["servers"] == tested.there()["networks"] == []
    (file,) = (tested.root / "evidence" / "test-launches").iterdir()
    assert file.suffix == ".json" and "web" in file.name
