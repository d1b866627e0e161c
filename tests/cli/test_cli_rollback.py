"""A wave goes back to the source: whole, under its own gate, and can be cut over again."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from migrate.demo.memory import worlds
from migrate.errors import TransientError
from migrate.messages import codes
from tests.cli.conftest import Decamp
from tests.cli.living_server import SINCE, only_server, pass_over, power, say, status_at, there, write


def back(decamp: Decamp, workspace: Path, name: str = "") -> None:
    result = decamp("-C", workspace, "rollback", name or only_server(workspace), "--execute", "--who", "Ann")
    assert result.code == 0, result.err


def both(name: str) -> tuple[str | None, str | None]:
    return status_at("source", name), status_at("target", name)


def own_id(name: str) -> str:
    return next(i for i, row in worlds["source"].servers.rows.items() if row.record.name == name)


def test_moved_rolled_back_changed_and_moved_again(decamp: Decamp, moved: Path) -> None:
    name = only_server(moved)
    first, _ = there(name)
    ports = {i: row.record.fixed_ips for i, row in worlds["target"].ports.rows.items()}
    floating = {i: row.record.address for i, row in worlds["target"].floating_ips.rows.items()}
    back(decamp, moved)
    assert both(name) == ("ACTIVE", "SHUTOFF")
    assert there(name)[0] == first
    write(name, SINCE)
    # The approval of the first stop is used up, and the plan replaces nothing yet.
    assert decamp("-C", moved, "run", "--execute").code == 3
    assert decamp("-C", moved, "approve", "cut-over", "--who", "Ann").code == 0
    run = decamp("-C", moved, "run", "--execute")
    assert run.code == 3 and codes.WAVE_ROLLED_BACK in run.out + run.err
    assert both(name) == ("ACTIVE", "SHUTOFF")

    assert pass_over(decamp, moved) == 0
    second, held = there(name)
    assert second != first and held == SINCE
    assert both(name) == ("SHUTOFF", "ACTIVE")
    assert {i: row.record.fixed_ips for i, row in worlds["target"].ports.rows.items()} == ports
    assert {i: row.record.address for i, row in worlds["target"].floating_ips.rows.items()} == floating
    assert decamp("-C", moved, "verify", "--reread", "all").code == 0
    assert pass_over(decamp, moved, approve=False) == 0
    assert there(name) == (second, SINCE)


def test_what_the_target_wrote_is_replaced_even_if_the_source_wrote_nothing(decamp: Decamp, moved: Path) -> None:
    name = only_server(moved)
    first, before = there(name)
    world = worlds["target"]
    world.write_root_disk(first, 2 << 20, SINCE)
    assert there(name)[1] == SINCE
    back(decamp, moved)
    assert pass_over(decamp, moved) == 0
    second, held = there(name)
    assert second != first and held == before
    assert decamp("-C", moved, "verify", "--reread", "all").code == 0


def test_a_rehearsal_names_what_is_lost_and_changes_nothing(decamp: Decamp, moved: Path) -> None:
    name = only_server(moved)
    target_id, _ = there(name)
    worlds["target"].note_action(target_id, "reboot")
    logs = {side: len(worlds[side].log) for side in worlds}
    told = decamp("-C", moved, "-f", "json", "rollback", name)
    assert told.code == 0
    assert f"rollback {name} --execute --who" in told.err
    (server,) = json.loads(told.out)["servers"]
    assert (server["target_id"], server["used"], server["starts"]) == (target_id, ["reboot"], True)
    made = worlds["target"].servers.rows[target_id].record.created_at
    assert server["lost_from"] == made <= server["lost_to"]
    assert both(name) == ("SHUTOFF", "ACTIVE")
    sent = [line for side, n in logs.items() for line in worlds[side].log[n:]]
    assert {method for method, service, _ in sent if service != "identity"} <= {"GET", "HEAD"}
    shown = decamp("-C", moved, "--wide", "rollback", name)
    assert target_id in shown.out and "reboot" in shown.out and made in shown.out


def test_what_was_asked_of_the_source_is_a_stop_and_a_start(decamp: Decamp, moved: Path) -> None:
    server_id = own_id(only_server(moved))
    back(decamp, moved)
    assert worlds["source"].servers.rows[server_id].extra["actions"].split() == ["create", "stop", "start"]
    assert pass_over(decamp, moved) == 0
    actions = worlds["source"].servers.rows[server_id].extra["actions"].split()
    assert actions == ["create", "stop", "start", "stop"]


def test_nothing_counts_the_wave_as_moved_any_more(decamp: Decamp, moved: Path) -> None:
    name = only_server(moved)
    back(decamp, moved)
    status = json.loads(decamp("-C", moved, "-f", "json", "status").out)
    assert status["down"] == [] and status["downtimes"] == []
    assert status["gates"][0]["servers"][0]["is_done"] is False
    verify = decamp("-C", moved, "-f", "json", "verify")
    assert verify.code == 3
    rows = [row for row in json.loads(verify.out)["rows"] if row["name"] == name and row["kind"] != "port"]
    assert {row["verdict"] for row in rows} == {"not fresh"}


def test_a_cut_over_that_ended_half_way_goes_back_to_a_running_source(decamp: Decamp, planned: Path) -> None:
    """Nothing of it is at the target yet: the source is started, and what is stored stays for the next attempt."""
    name = only_server(planned)
    worlds["target"].project("small").limits["servers"] = 0
    assert decamp("-C", planned, "run", "--execute").code == 3
    assert both(name) == ("SHUTOFF", None)
    back(decamp, planned)
    assert both(name) == ("ACTIVE", None)
    images = set(worlds["target"].images.rows)
    worlds["target"].project("small").limits["servers"] = 10
    assert decamp("-C", planned, "run", "--execute").code == 3, "a new stop needs a new approval"
    assert status_at("source", name) == "ACTIVE"
    assert decamp("-C", planned, "approve", "cut-over", "--who", "Ann").code == 0
    assert decamp("-C", planned, "run", "--execute").code == 0
    assert both(name) == ("SHUTOFF", "ACTIVE")
    assert set(worlds["target"].images.rows) == images, "the same content is not sent again"


@pytest.mark.parametrize("status", ["ERROR", "SHUTOFF"])
def test_a_server_that_the_target_never_got_running_is_parked_as_it_is(
    decamp: Decamp, moved: Path, status: str
) -> None:
    name = only_server(moved)
    target_id, _ = there(name)
    worlds["target"].servers.rows[target_id].change(status=status)
    back(decamp, moved)
    assert both(name) == ("ACTIVE", status)


def test_an_accepted_wave_is_the_customers(decamp: Decamp, moved: Path) -> None:
    name = only_server(moved)
    first, _ = there(name)
    accepted = decamp("-C", moved, "accept", name, "--who", "Ann")
    assert accepted.code == 0 and "Ann" in accepted.err
    assert decamp("-C", moved, "accept", name, "--who", "Bob").err.startswith("Ann"), "the first word stays"
    refused = decamp("-C", moved, *("rollback", name), "--execute", "--who", "Bob")
    assert refused.code == 5 and codes.WAVE_ACCEPTED in refused.sentence
    assert both(name) == ("SHUTOFF", "ACTIVE")
    power("source", name, "ACTIVE")
    assert pass_over(decamp, moved) == 3
    assert status_at("source", name) == "ACTIVE", "it is not stopped for nothing"
    assert there(name)[0] == first


def test_wrong_input_is_one_sentence(decamp: Decamp, workspace: Path) -> None:
    for command in (["scan"], ["plan"]):
        assert decamp("-C", workspace, *command).code == 0
    name = only_server(workspace)

    def refusal(*args: str) -> tuple[int, str]:
        result = decamp("-C", workspace, *args)
        return result.code, result.sentence.split(": ")[1]

    assert refusal("rollback", "nobody") == (2, codes.WAVE_OR_SERVER_UNKNOWN)
    assert refusal("accept", "nobody") == (2, codes.WAVE_OR_SERVER_UNKNOWN)
    assert refusal("rollback", name) == (2, codes.NOTHING_TO_ROLL_BACK)
    assert refusal("rollback", name, "--execute", "--who", "Ann") == (2, codes.NOTHING_TO_ROLL_BACK)
    assert refusal("accept", name, "--who", "Ann") == (2, codes.WAVE_NOT_UP)
    assert pass_over(decamp, workspace) == 0
    assert refusal("rollback", name, "--execute") == (3, codes.ROLLBACK_NOT_APPROVED)
    assert refusal("rollback", name, "--execute", "--who", " ") == (2, codes.APPROVER_MISSING)
    target_id, _ = there(name)
    worlds["target"].servers.rows[target_id].change(status="PAUSED")
    assert refusal("rollback", name, "--execute", "--who", "Ann") == (5, codes.NOT_TO_BE_STOPPED)
    worlds["target"].servers.rows[target_id].change(status="ACTIVE")
    assert both(name) == ("SHUTOFF", "ACTIVE")
    back(decamp, workspace)
    again = decamp("-C", workspace, "rollback", name, "--execute", "--who", "Ann")
    assert again.code == 0 and "nothing is left to do" in again.err
    assert refusal("accept", name, "--who", "Ann") == (2, codes.WAVE_NOT_UP)


@pytest.mark.parametrize("what", ["started and stopped", "suspended", "deleted"])
def test_a_source_server_that_somebody_changed_since_is_not_ours_to_start(
    decamp: Decamp, moved: Path, what: str
) -> None:
    name = only_server(moved)
    if what == "started and stopped":
        power("source", name, "ACTIVE")
        power("source", name, "SHUTOFF")
    elif what == "suspended":
        power("source", name, "SUSPENDED")
    else:
        del worlds["source"].servers.rows[own_id(name)]
    for more in ([], ["--execute", "--who", "Ann"]):
        refused = decamp("-C", moved, "rollback", name, *more)
        assert refused.code == 5 and codes.NOT_OUR_STOP in refused.sentence
    assert status_at("target", name) == "ACTIVE", "nothing is stopped for a rollback that cannot end"


def test_a_plain_image_of_it_does_not_make_the_stop_somebody_elses(decamp: Decamp, moved: Path) -> None:
    name = only_server(moved)
    server_id = own_id(only_server(moved))
    for harmless in ("createImage", "lock", "unlock", "detach_volume"):
        worlds["source"].note_action(server_id, harmless)
    back(decamp, moved)
    assert both(name) == ("ACTIVE", "SHUTOFF")


def test_a_parked_server_that_somebody_started_is_not_replaced(decamp: Decamp, moved: Path) -> None:
    name = only_server(moved)
    back(decamp, moved)
    first, _ = there(name)
    power("target", name, "ACTIVE")
    assert pass_over(decamp, moved) == 5
    assert there(name)[0] == first
    assert codes.COPY_OLDER_AND_USED in decamp("-C", moved, "-f", "json", "status").out


def test_a_wave_that_was_planned_again_since_its_move_goes_back_too(decamp: Decamp, moved: Path) -> None:
    """A scan after the move finds the server off: the new plan stops nothing."""
    name = only_server(moved)
    assert decamp("-C", moved, "scan").code == 0
    assert decamp("-C", moved, "plan").code == 0
    assert json.loads((moved / "plan.json").read_text()).get("gates", []) == []
    assert decamp("-C", moved, "run", "--execute").code == 0
    back(decamp, moved, name)
    assert both(name) == ("ACTIVE", "SHUTOFF")
    run = decamp("-C", moved, "run", "--execute")
    assert run.code == 3 and codes.WAVE_ROLLED_BACK in run.out + run.err
    assert decamp("-C", moved, "rollback", name).code == 0, "it is known still"
    write(name, SINCE)
    assert pass_over(decamp, moved) == 0
    assert there(name)[1] == SINCE


def test_an_approval_is_good_for_one_rollback(decamp: Decamp, moved: Path) -> None:
    name = only_server(moved)
    back(decamp, moved)
    assert pass_over(decamp, moved) == 0
    refused = decamp("-C", moved, "rollback", name, "--execute")
    assert refused.code == 3 and codes.ROLLBACK_NOT_APPROVED in refused.sentence
    assert both(name) == ("SHUTOFF", "ACTIVE")
    back(decamp, moved)
    assert both(name) == ("ACTIVE", "SHUTOFF")


def test_a_login_that_the_source_refuses_stops_nothing(decamp: Decamp, moved: Path) -> None:
    name = only_server(moved)
    source = worlds.pop("source")
    refused = decamp("-C", moved, "rollback", name, "--execute", "--who", "Ann")
    worlds["source"] = source
    assert refused.code == 6
    assert both(name) == ("SHUTOFF", "ACTIVE")


def test_a_cloud_that_tells_no_actions_gets_its_server_back(
    decamp: Decamp, moved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for side in ("source", "target"):
        monkeypatch.setattr(worlds[side].offer, "tells_actions", False)
    back(decamp, moved)
    assert both(only_server(moved)) == ("ACTIVE", "SHUTOFF")


def without_cuts(workspace: Path) -> None:
    """As a workspace of an earlier version, which noted no more of a stop than its time."""
    with closing(sqlite3.connect(workspace / "ledger.db")) as db, db:
        assert db.execute("DELETE FROM meta WHERE key LIKE 'cut:%'").rowcount == 1


def test_a_stop_by_an_earlier_version_is_known_by_its_captures(decamp: Decamp, moved: Path) -> None:
    without_cuts(moved)
    back(decamp, moved)
    assert both(only_server(moved)) == ("ACTIVE", "SHUTOFF")


def test_another_stop_since_is_not_taken_for_that_of_an_earlier_version(decamp: Decamp, moved: Path) -> None:
    name = only_server(moved)
    without_cuts(moved)
    power("source", name, "ACTIVE")
    power("source", name, "SHUTOFF")
    refused = decamp("-C", moved, "rollback", name, "--execute", "--who", "Ann")
    assert refused.code == 5 and codes.NOT_OUR_STOP in refused.sentence
    assert both(name) == ("SHUTOFF", "ACTIVE")


def test_nothing_replaces_what_is_accepted_whatever_the_policy_accepts(decamp: Decamp, moved: Path) -> None:
    """Its original was started, written to and stopped by its owner: there is no stop that could be held back."""
    name = only_server(moved)
    first, held = there(name)
    assert decamp("-C", moved, "accept", name, "--who", "Ann").code == 0
    power("source", name, "ACTIVE")
    write(name, SINCE)
    power("source", name, "SHUTOFF")
    say(moved, "accept: []", f'accept: ["DCP-424:server:{name}", "DCP-425:server:{name}"]')
    assert pass_over(decamp, moved, approve=False) == 5
    assert there(name) == (first, held)
    assert codes.WAVE_ACCEPTED in decamp("-C", moved, "-f", "json", "status").out


def test_status_and_report_show_what_went_back_and_what_is_accepted(decamp: Decamp, moved: Path) -> None:
    name = only_server(moved)
    assert "waves" not in json.loads(decamp("-C", moved, "-f", "json", "status").out)
    back(decamp, moved)
    parked, _ = there(name)
    status = json.loads(decamp("-C", moved, "-f", "json", "status").out)
    (wave,) = status["waves"]
    assert (wave["name"], wave["stage"], wave["who"]) == (name, "rolled-back", "Ann")
    assert [one["parked"]["server_id"] for one in wave["servers"]] == [parked]
    shown = decamp("-C", moved, "--wide", "status").out
    assert "rolled back" in shown and parked in shown
    for form in ("html", "md"):
        text = decamp("-C", moved, "report", "-f", form, "-o", "-").out
        assert parked in text and status["rollbacks"][0]["parked"]["made_at"][:10] in text
    assert "mis de côté" in decamp("-C", moved, "--lang", "fr", "report", "-f", "md", "-o", "-").out.lower()
    assert pass_over(decamp, moved) == 0
    assert decamp("-C", moved, "accept", name, "--who", "Bob").code == 0
    status = json.loads(decamp("-C", moved, "-f", "json", "status").out)
    assert [(one["stage"], one["who"]) for one in status["waves"]] == [("accepted", "Bob")]
    assert status["rollbacks"][0]["again_at"], "what was lost then is still named"


def test_status_says_to_finish_a_rollback_that_has_begun(decamp: Decamp, moved: Path) -> None:
    """The source's Nova fails as its server is to be started: both ends are off until the same command ends it."""
    name = only_server(moved)
    trouble = TransientError(codes.CLOUD_UNAVAILABLE, what="Nova")
    worlds["source"].fail_next("POST", r"/servers/.*/action", trouble)
    failed = decamp("-C", moved, "rollback", name, "--execute", "--who", "Ann")
    assert failed.code == 3
    assert both(name) == ("SHUTOFF", "SHUTOFF")
    status = json.loads(decamp("-C", moved, "-f", "json", "status").out)
    assert status["next"]["command"] == f"rollback {name} --execute"
    assert [one["stage"] for one in status["waves"]] == ["rolling-back"]
    run = decamp("-C", moved, "run", "--execute")
    assert run.code == 3 and both(name) == ("SHUTOFF", "SHUTOFF")
    assert decamp("-C", moved, "rollback", name, "--execute").code == 0
    assert both(name) == ("ACTIVE", "SHUTOFF")
