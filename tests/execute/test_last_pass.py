"""The last pass over a container of a wave: killed at each of its writes, and repeated."""

import hashlib
from pathlib import Path

import pytest

from migrate.clouds.ports import ObjectInfo
from migrate.ledger.ledger_records import State
from migrate.model.steps import LastPass, MakeServer
from migrate.policy.policy_records import WaveRules
from tests.execute.journals import states
from tests.execute.rig import Killed, Rig, Switch
from tests.matrix import one_each


def put(rig: Rig, container: str, name: str) -> None:
    """Somebody writes an object at the source whose content is its name."""
    data = name.encode()
    digest = hashlib.md5(data).hexdigest()
    info = ObjectInfo(name=name, size_bytes=len(data), etag=digest, content_type="text/x", headers={})
    rig.cloud("source").objects.put(container, info, [data])


@pytest.mark.parametrize(("nth", "when"), one_each([1, 2], ["after", "recorded", "before"]))
def test_a_kill_in_the_last_pass_is_harmless(nth: int, when: str, tmp_path: Path) -> None:
    rig = Rig.make(tmp_path, "small", waves=WaveRules(containers={"*": "tool-1"}))
    rig.approve()
    passes = {step.id: step.action.name for step in rig.plan.steps if isinstance(step.action, LastPass)}
    made = {step.id for step in rig.plan.steps if isinstance(step.action, MakeServer)}
    assert passes and made
    rig.run(only=lambda one: one.id not in passes and not made & {one.id, *one.needs})
    assert all(states(rig)[stop].state is State.DONE for stop in rig.plan.gates[0].steps)
    container = min(passes.values())
    put(rig, container, "a")
    put(rig, container, "b")
    with pytest.raises(Killed):
        rig.run(Switch("target.objects.put", when, nth))
    assert not made & {step for step, row in states(rig).items() if row.state is State.DONE}
    assert rig.run().exit_code == 0
    assert all(states(rig)[step].state is State.DONE for step in passes)
    found = {entry.name: entry.etag for entry in rig.cloud("target").objects.entries(container)}
    assert [found[name] for name in "ab"] == [hashlib.md5(name.encode()).hexdigest() for name in "ab"]
