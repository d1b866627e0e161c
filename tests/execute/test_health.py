"""The step of a server's health checks: killed in the middle, stopped, and while others wait for it."""

import os
import signal
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from migrate.errors import Exit
from migrate.execute.runner import Runner
from migrate.ledger.ledger_records import State
from migrate.messages import codes
from migrate.model import Kind
from migrate.model.health_checks import ActiveCheck, AnyCheck, CommandCheck, ConsoleCheck, PingCheck
from migrate.model.steps import CheckServer, MakeServer
from migrate.policy.health_lines import HealthLine
from tests.execute.journals import changes, states
from tests.execute.rig import Killed, Rig, Switch
from tests.health.programs import script
from tests.matrix import one_each


def checked(root: Path, *checks: AnyCheck, make: Callable[..., Rig] = Rig.one_server) -> Rig:
    """The tenant, with these checks of every server, up to them."""
    rig = make(root, health=(HealthLine(servers="server:*", checks=checks),))
    rig.approve()
    return rig


def health(rig: Rig) -> str:
    (step,) = (step.id for step in rig.plan.steps if isinstance(step.action, CheckServer))
    return step


@pytest.mark.parametrize(
    ("call", "when"), one_each(["target.compute.server", "target.compute.console_output"], ["before", "after"])
)
def test_a_kill_among_the_checks_is_harmless(call: str, when: str, tmp_path: Path) -> None:
    rig = checked(tmp_path, ConsoleCheck(matches="login", retries=0), ActiveCheck(retries=0))
    step = health(rig)
    assert rig.run(only=lambda one: one.id != step).exit_code == 0
    made = dict(rig.target_world.servers.rows)
    with pytest.raises(Killed):
        rig.run(Switch(call, when))
    assert rig.run().exit_code == 0 and states(rig)[step].state is State.DONE
    assert rig.target_world.servers.rows == made


def test_a_real_kill_while_a_command_runs(tmp_path: Path) -> None:
    """The command kills whoever runs it, the first time: the process that another one then follows."""
    script(tmp_path, "echo x >> asked; [ $(wc -l < asked) -gt 1 ] || kill -9 $PPID", "look.sh")
    rig = checked(tmp_path, CommandCheck(run=("./look.sh",), retries=0))
    step = health(rig)
    assert rig.run(only=lambda one: one.id != step).exit_code == 0
    before = changes(rig)
    child = os.fork()
    if not child:
        rig.run()
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
    assert states(rig)[step].state is State.RUNNING
    assert rig.run().exit_code == 0
    assert (tmp_path / "asked").read_text() == "x\nx\n" and changes(rig) == before


def test_the_operator_need_not_wait_for_its_retries(tmp_path: Path) -> None:
    rig = checked(tmp_path, ConsoleCheck(matches="never", retries=1000, interval_s=3600))
    ledger = rig.ledger()
    ctx = rig.context(ledger)
    asked = ctx.target.compute.console_output

    def console_output(server_id: str, lines: int) -> str:
        ctx.stop.set()
        return asked(server_id, lines)

    ctx.target.compute.console_output = console_output  # type: ignore[method-assign]
    try:
        assert Runner(ctx, lease_s=30).run().exit_code == Exit.INTERRUPTED
    finally:
        ledger.close()
    assert states(rig)[health(rig)].state is State.PENDING
    assert not (tmp_path / "evidence" / "health").exists()


def test_a_check_that_fails_leaves_the_server_as_it_is_and_lets_the_rest_go_on(tmp_path: Path) -> None:
    rig = checked(tmp_path, ConsoleCheck(matches="never", retries=0))
    report = rig.run()
    assert report.exit_code == Exit.PARTIAL
    assert [step.step_id for step in report.steps if step.state is not State.DONE] == [health(rig)]
    (server,) = (row.record for row in rig.target_world.servers.rows.values())
    assert server.status == "ACTIVE" and not [
        path for method, path in changes(rig) if method == "DELETE" and "servers" in path
    ]


def test_a_server_that_is_gone_at_the_target_is_made_again_and_checked_again(tmp_path: Path) -> None:
    script(tmp_path, "echo x >> asked", "look.sh")
    rig = checked(tmp_path, CommandCheck(run=("./look.sh",), retries=0))
    assert rig.run().exit_code == 0
    (server_id,) = rig.target_world.servers.rows
    rig.cloud("target").compute.delete_server(server_id)
    ledger = rig.ledger()
    (make,) = (step for step in rig.plan.steps if isinstance(step.action, MakeServer))
    ledger.effect_removed("target", Kind.SERVER, server_id)
    ledger.reopen(make.id)
    ledger.close()
    assert rig.run().exit_code == 0
    assert (tmp_path / "asked").read_text() == "x\nx\n"


def test_a_server_is_pinged_by_the_program_of_this_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it says counts: once that nobody answers, then that somebody does."""
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    script(tmp_path, 'echo "asked: $@" >> pinged; [ $(wc -l < pinged) -gt 1 ]', "ping")
    rig = checked(tmp_path, PingCheck(address="first", retries=0, limit_s=30), make=partial(Rig.make, project="small"))
    assert rig.run().exit_code == Exit.PARTIAL
    row = states(rig)[health(rig)]
    assert row.code == codes.HEALTH_NO_PING and row.facts["address"] == "10.30.0.11"
    assert rig.run().exit_code == 0
    assert (tmp_path / "pinged").read_text() == "asked: -n -c 1 -W 30 10.30.0.11\n" * 2
