"""How fast and when a run may work, by the policy and by its options; and what it says of losses."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
import pytest
import yaml

from migrate.cli.context import App
from migrate.cli.limits import bandwidth, pacer_of, run_hours, run_throttle
from migrate.cli.session import ledger_url
from migrate.cli.workspace import Workspace
from migrate.clouds.http.pace import Pause
from migrate.clouds.ports import NewVolume
from migrate.demo.memory import open_memory, worlds
from migrate.messages import codes
from migrate.monitor import StopFlag
from migrate.policy.policy_records import Limits, Policy
from migrate.policy.windows import DAYS
from tests.cli.conftest import Decamp

MIB = 1 << 20


def policy(**more: object) -> Policy:
    return Policy(migration="0" * 32, source_cloud="old", target_cloud="new", limits=Limits(**more))  # type: ignore[arg-type]


def set_policy(workspace: Path, **more: object) -> None:
    path = workspace / "policy.yaml"
    path.write_text(yaml.safe_dump({**yaml.safe_load(path.read_text()), **more}))


def another_day() -> str:
    """A window that is not open today, nor near midnight either."""
    return f"{DAYS[(datetime.now(UTC) + timedelta(days=3)).weekday()]} UTC"


def writes() -> int:
    logs = [*worlds["source"].log, *worlds["target"].log]
    return sum(method not in {"GET", "HEAD"} and service != "identity" for method, service, _ in logs)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("50M", 50 * MIB),
        ("1.5g", 3 * 512 * MIB),
        ("200K", 200 << 10),
        ("50 MiB/s", 50 * MIB),
        ("50MiB", 50 * MIB),
        ("10 MB/s", 10_000_000),
        ("100 Mbit/s", 12_500_000),
        ("off", 0),
        ("OFF", 0),
        (None, None),
    ],
)
def test_a_bandwidth_on_the_command_line(text: str | None, expected: int | None) -> None:
    context = click.Context(click.Command("run"), obj=App())
    assert bandwidth(context, click.Option(["--bwlimit"]), text) == expected


@pytest.mark.parametrize("text", ["", "fast", "50", "-1M", "0M", "50 Mb/s", "50M/s/s"])
def test_what_is_no_bandwidth_is_told(decamp: Decamp, planned: Path, text: str) -> None:
    for lang, word in (("en", "not a valid bandwidth"), ("fr", "pas un débit valide")):
        result = decamp("-C", planned, "--lang", lang, "run", "--execute", "--bwlimit", text)
        assert result.code == 2
        assert codes.USAGE in result.sentence and word in result.sentence
    assert writes() == 0


def test_the_option_wins_over_the_policy() -> None:
    stop = StopFlag()
    limited, hours = policy(bandwidth_bytes_per_s=MIB), run_hours(policy(), stop, stays=True)
    assert run_throttle(limited, hours, None).bytes_per_s == MIB
    assert run_throttle(limited, hours, 5 * MIB).bytes_per_s == 5 * MIB
    assert run_throttle(limited, hours, 0).bytes_per_s is None
    assert not run_throttle(policy(), hours, None).holds
    assert run_throttle(policy(), hours, 1).holds
    assert run_throttle(policy(), run_hours(policy(windows=("daily UTC",)), stop, stays=True), None).holds


def test_each_cloud_has_the_rate_that_the_policy_gives_it() -> None:
    told: list[tuple[str, Pause]] = []
    both = policy(source_requests_per_s=2.0, target_requests_per_s=None)
    for side, cloud in (("source", "old"), ("target", "new")):
        pacer = pacer_of(both, side, StopFlag(), lambda cloud, pause: told.append((cloud, pause)))
        assert (pacer._bucket is not None) is (side == "source")
        pacer.answered("compute", pacer.before("compute"), 429, 7)
        assert told.pop() == (cloud, Pause("compute", 429, 7))


def test_a_run_outside_its_windows_says_until_when(decamp: Decamp, planned: Path) -> None:
    set_policy(planned, limits={"windows": [another_day()]})
    assert decamp("-C", planned, "plan").code == 0
    rehearsed = decamp("-C", planned, "run")
    assert rehearsed.code == 0 and codes.WAITS_FOR_WINDOW not in rehearsed.out
    result = decamp("-C", planned, "run", "--execute", "--no-wait")
    assert result.code == 3
    assert codes.WAITS_FOR_WINDOW in result.err and codes.WAITS_FOR_WINDOW in result.out
    assert writes() == 0
    held = json.loads(decamp("-C", planned, "status", "-f", "json").out)["held"]
    assert {row["code"] for row in held} == {codes.WAITS_FOR_WINDOW}
    opens = datetime.fromisoformat(held[0]["facts"]["opens_at"])
    assert timedelta(days=1) < opens - datetime.now(UTC) < timedelta(days=7)
    set_policy(planned, limits={"windows": [another_day(), "daily UTC"]})
    assert decamp("-C", planned, "plan").code == 0
    assert decamp("-C", planned, "run", "--execute", "--no-wait", "--only", "keypair:*").code == 0 and writes() > 0


def test_losses_that_nobody_has_accepted_are_told_before_and_after(decamp: Decamp, planned: Path) -> None:
    block = open_memory("source/small").block
    volume_id = block.create_volume(NewVolume(name="data", size_gib=1))
    worlds["source"].settle()
    block.create_snapshot(volume_id, "mine", {})
    worlds["source"].settle()
    set_policy(planned, snapshots="leave")
    assert decamp("-C", planned, "scan").code == 0
    assert "Undecided losses: 1" in decamp("-C", planned, "check").err
    assert decamp("-C", planned, "plan").code == 0
    result = decamp("-C", planned, "run", "--execute", "--only", "keypair:*")
    assert result.code == 0, result.err
    lines = [line for line in result.err.splitlines() if "Losses not accepted: 1" in line]
    assert len(lines) == 2 and all("List them with decamp -C" in line for line in lines)
    set_policy(planned, accept=[codes.SNAPSHOTS_LEFT])
    checked = decamp("-C", planned, "check")
    assert "loses (decided)" in checked.out and "Undecided losses" not in checked.err
    assert decamp("-C", planned, "plan").code == 0
    assert "Losses not accepted" not in decamp("-C", planned, "run", "--execute", "--only", "keypair:*").err


def test_the_ledger_is_where_the_policy_says(decamp: Decamp, planned: Path) -> None:
    def url(ledger: str) -> str:
        return ledger_url(Workspace(planned), Policy(migration="", source_cloud="", target_cloud="", ledger=ledger))

    assert url("") == f"sqlite:///{planned}/ledger.db"
    assert url("sqlite:///other.db") == f"sqlite:///{planned}/other.db"
    assert url("sqlite:////srv/other.db") == "sqlite:////srv/other.db"
    assert url("postgresql://decamp@db.example/decamp") == "postgresql://decamp@db.example/decamp"
    set_policy(planned, ledger="sqlite:///other.db")
    (planned / "ledger.db").unlink()
    for command in (["plan"], ["run", "--execute", "--only", "keypair:*"]):
        assert decamp("-C", planned, *command).code == 0
    assert (planned / "other.db").exists() and not (planned / "ledger.db").exists()
    assert json.loads(decamp("-C", planned, "status", "-f", "json").out)["counts"]["done"] == 1
