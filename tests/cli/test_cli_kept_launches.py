"""A test launch that is kept, left or under way beside the move: it takes room at the target that the move needs."""

import json
import re
import shutil
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from migrate.cli.failures import run_guarded
from migrate.cli.main import make_group
from migrate.demo.memory import worlds
from migrate.demo.small_tenant import two_clouds
from migrate.errors import ItemError
from migrate.messages import codes
from tests.cli.conftest import Decamp, Kept
from tests.cli.launched import Launched

WARM = (("warm: false", "warm: true"),)


_kept: dict[str, Kept] = {}
"""What tests begin with, by name."""


@pytest.fixture
def warm(decamp: Decamp, tmp_path: Path) -> Launched:
    """The main tenant with a pass of its running server, and a target with room for that server alone."""
    if "warm" not in _kept:
        two_clouds(0.02)
        tenant = Launched(decamp, tmp_path / "first", policy=WARM, health="")
        tenant("run", "--execute", code=3)
        worlds["target"].project("main").limits.update({"cores": 2, "servers": 1})
        _kept["warm"] = Kept(tenant.root)
    return Launched(decamp, tmp_path / "work", kept=_kept["warm"])


@pytest.fixture
def launched(warm: Launched) -> Launched:
    """And a test launch that is kept for an hour."""
    if "launched" not in _kept:
        warm("test-launch", "web-1", "--execute", "--keep", "1h")
        _kept["launched"] = Kept(warm.root)
    shutil.rmtree(warm.root)
    return Launched(warm.decamp, warm.root, kept=_kept["launched"])


def end_time(tenant: Launched) -> None:
    """Turns the clock past the time for which the launch is kept."""
    with closing(sqlite3.connect(tenant.root / "ledger.db")) as db, db:
        ((text,),) = db.execute("SELECT value FROM meta WHERE key = 'test-launch'").fetchall()
        note = json.loads(text) | {"kept_until": time.time() - 5}
        text = json.dumps(note, separators=(",", ":"), sort_keys=True)
        db.execute("UPDATE meta SET value = ? WHERE key = 'test-launch'", (text,))


def status_at_source(tenant: Launched) -> str:
    (server,) = tenant.cloud("source").compute.servers()
    return server.status


def test_no_server_is_stopped_while_one_takes_its_room(launched: Launched) -> None:
    removal = "test-launch web-1 --remove --execute"
    launched("scan")
    launched("plan")
    assert removal in launched("approve", "cut-over", "--who", "Ann").err
    for over in (False, True):
        if over:
            end_time(launched)
        assert removal in " ".join(launched("cut-over", "web-1").out.split())
        assert "no server is stopped before it is removed" in launched("status").out
        held = " ".join(launched("run", "--execute", code=3).out.split())
        assert codes.WAITS_FOR_LAUNCH_REMOVED in held and f"`decamp {removal}`" in held, over
        assert status_at_source(launched) == "ACTIVE"
    launched("test-launch", "web-1", "--remove", "--execute")
    launched("run", "--execute")
    assert [one.name for one in launched.there()["servers"]] == ["web-1"]


def test_none_begins_while_a_wave_is_down(warm: Launched) -> None:
    warm("approve", "cut-over", "--who", "Ann")
    worlds["target"].fail_next("POST", r"^/servers$", ItemError("DCP-499", error="no valid host"))
    warm("run", "--execute", code=3)
    assert status_at_source(warm) == "SHUTOFF"
    refused = warm("test-launch", "web-1", "--execute", "--keep", "7d", code=5)
    assert codes.LAUNCH_WHILE_DOWN in refused.err and "(web-1)" in refused.err
    warm("run", "--execute")
    assert [one.name for one in warm.there()["servers"]] == ["web-1"]


def test_one_is_removed_by_its_name_whatever_the_wave_is_called_today(launched: Launched) -> None:
    policy = launched.root / "policy.yaml"
    text, count = re.subn(
        r"^waves:\n((?:  #.*\n)*)  servers: .*$",
        r'waves:\n\1  servers: {"server:web-1": front}',
        policy.read_text(),
        flags=re.M,
    )
    assert count == 1
    policy.write_text(text)
    launched("plan")
    assert codes.LAUNCH_KEPT in launched("test-launch", "front", "--remove", "--execute", code=5).err
    launched("test-launch", "web-1", "--remove", "--execute")
    assert launched.there()["servers"] == []


def test_status_tells_of_one_whose_time_is_over(launched: Launched) -> None:
    assert "The test launch of web-1 is kept until" in launched("status").out
    assert "launch-over" not in launched.json("status")["next"]["why"]
    end_time(launched)
    told = launched.json("status")
    assert told["launch_left"]["is_over"] and told["next"]["command"] == "test-launch web-1 --remove --execute"
    assert "which is over" in launched("status").out
    over = "The test launch of web-1 was kept until"
    assert over in launched("clean").err
    assert over in launched("clean", "--execute").err
    assert launched.there()["servers"] == []
    assert "launch_left" not in launched.json("status")
    assert "test launch of" not in launched("clean").err


def test_the_store_is_not_pruned_under_one(warm: Launched) -> None:
    warm("approve", "cut-over", "--who", "Ann")
    warm("run", "--execute")
    warm("verify", "--reread", "all")
    worlds["target"].project("main").limits.update({"cores": 20, "servers": 10})
    results: list[int] = []

    class Log(list[tuple[str, str, str]]):
        def append(self, entry: tuple[str, str, str]) -> None:
            super().append(entry)
            if entry[0] == "POST" and "networks" in entry[2] and not results:
                results.append(-1)
                prune = ["-C", str(warm.root), "store", "prune", "--proved", "--execute"]
                results.append(run_guarded(make_group(), prune))

    worlds["target"].log = Log(worlds["target"].log)
    warm("test-launch", "web-1", "--execute")
    assert results == [-1, 5]
    warm("store", "prune", "--proved", "--execute")


def test_a_dry_run_in_french_counts_one_server_and_writes_its_sizes(warm: Launched) -> None:
    said = warm("--lang", "fr", "test-launch", "web-1", code=0)
    assert "1 serveur de web-1 à démarrer" in said.err and "2,0 Gio" in said.out.replace("\u00a0", " ").replace(
        "\u202f", " "
    )
