"""The step of a server's programs after it is up: killed in the middle, and around its only request."""

import os
import signal
from pathlib import Path

import pytest

from migrate.ledger.ledger_records import State
from migrate.model.steps import RunAfterUp
from tests.execute.journals import changes, states
from tests.execute.rig import Killed, Rig, Switch
from tests.health.programs import script
from tests.matrix import rest


def hooked(root: Path) -> tuple[Rig, str]:
    """The tenant whose servers each have a program once they are up, moved up to that; and the step of one."""
    rig = Rig.one_server(root, after_up={"server:*": ("./switch.sh",)})
    rig.approve()
    (step,) = (step.id for step in rig.plan.steps if isinstance(step.action, RunAfterUp))
    assert rig.run(only=lambda one: one.id != step).exit_code == 0
    return rig, step


def test_a_real_kill_while_a_program_runs(tmp_path: Path) -> None:
    """The program kills whoever runs it, the first time: the process that another one then follows."""
    script(tmp_path, "echo x >> asked; [ $(wc -l < asked) -gt 1 ] || kill -9 $PPID", "switch.sh")
    rig, step = hooked(tmp_path)
    before = changes(rig)
    child = os.fork()
    if not child:
        rig.run()
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
    assert states(rig)[step].state is State.RUNNING
    assert rig.run().exit_code == 0 and states(rig)[step].state is State.DONE
    assert (tmp_path / "asked").read_text() == "x\nx\n" and changes(rig) == before


@pytest.mark.parametrize("when", ["after", *rest("before", "recorded")])
def test_a_kill_around_its_only_request_is_harmless(when: str, tmp_path: Path) -> None:
    script(tmp_path, "echo x >> asked", "switch.sh")
    rig, step = hooked(tmp_path)
    before = changes(rig)
    with pytest.raises(Killed):
        rig.run(Switch("target.network.state", when))
    assert rig.run().exit_code == 0 and states(rig)[step].state is State.DONE
    assert (tmp_path / "asked").read_text() == "x\n" and changes(rig) == before
