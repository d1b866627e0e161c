"""The summary and its renderings, from small literals."""

import json
import re

import msgspec
import pytest

from migrate.cli.next_step import next_step
from migrate.findings.finding import finding
from migrate.ledger.ledger_records import Approval, JournalLine, State, StepState
from migrate.messages import codes
from migrate.model import Kind
from migrate.model.steps import (
    LeftOut,
)
from migrate.report.as_json import render_json
from migrate.report.markdown import render_markdown
from migrate.report.moved import Moved
from migrate.report.summary import Inputs, Summary, summarise
from migrate.report.totals_and_steps import tell
from tests.report.full_migration import AT, EFFECTS, EVIDENCE, FULL, PLAN, states


def row(summary: Summary, kind: Kind) -> Moved:
    return next(one for one in summary.moved if one.kind is kind)


def markdown(inputs: Inputs, lang: str = "en") -> str:
    summary = summarise(inputs)
    story = tell(inputs, summary)
    return render_markdown(summary, story, lang, AT)


def test_old_and_new() -> None:
    summary = summarise(FULL)
    server, volume, port, floating = (
        row(summary, kind) for kind in (Kind.SERVER, Kind.VOLUME, Kind.PORT, Kind.FLOATING_IP)
    )
    assert (server.old_id, server.new_id, server.old, server.new) == ("s1", "S1", {"flavor": "n1"}, {"flavor": "b2-7"})
    assert (volume.new_id, volume.size_bytes, volume.state) == ("V1", 1000, State.DONE)
    assert (floating.old["address"], floating.new["address"]) == ("203.0.113.7", "198.51.100.9")
    assert port.new_id is None and port.new["address"] == "10.0.0.5"
    assert len(summary.moved) == 4


def test_counts_bytes_and_times() -> None:
    summary = summarise(FULL)
    assert summary.counts == {"done": 5, "failed": 1}
    assert (summary.planned_bytes, summary.done_bytes) == (2000, 2000)
    (timing,) = summary.timings
    assert (timing.steps, timing.size_bytes, timing.busy_s, timing.elapsed_s, timing.rate, timing.retries) == (
        2,
        4000,
        25.0,
        20.0,
        200.0,
        1,
    )


def test_a_plan_without_a_ledger_is_all_pending() -> None:
    summary = summarise(Inputs(plan=PLAN))
    assert summary.counts == {"pending": 6} and summary.done_bytes == 0 and not summary.is_done
    assert summary.differences is None and not summary.evidence_fits


def test_a_stop_moves_no_bytes() -> None:
    plan = msgspec.structs.replace(
        PLAN, steps=(msgspec.structs.replace(PLAN.steps[0], size_bytes=5000), *PLAN.steps[1:])
    )
    rows = {s.id: StepState(step_id=s.id, digest=s.digest, state=State.DONE) for s in plan.steps}
    lines = tuple(
        JournalLine(step_id=s.id, stage=s.do, started_at=10.0 + i, ended_at=20.0 + i) for i, s in enumerate(plan.steps)
    )
    inputs = Inputs(plan=plan, states=rows, journal=lines)
    summary = summarise(inputs)
    assert (summary.planned_bytes, summary.done_bytes) == (2000, 2000)
    story = tell(inputs, summary)
    assert [point.left_bytes for point in story.burn] == [2000, 1000, 0] and story.steps[0].size_bytes == 0


def test_what_was_done_under_another_plan_is_still_to_be_done() -> None:
    """As the ledger will have it once a run takes the new plan up."""
    changed = {"volume:v1:restore": "of an earlier plan", "port:p1": "of an earlier plan"}
    rows = states(port__p1=State.RUNNING, floating_ip__f1=State.SKIPPED)
    rows = {i: msgspec.structs.replace(row, digest=changed.get(i, row.digest)) for i, row in rows.items()}
    summary = summarise(Inputs(plan=PLAN, states=rows))
    assert summary.counts == {"done": 3, "pending": 2, "running": 1} and summary.done_bytes == 1000
    assert row(summary, Kind.VOLUME).state is State.PENDING and not summary.is_done
    told = {one.id: one.state for one in tell(Inputs(plan=PLAN, states=rows), summary).steps}
    assert (told["volume:v1:restore"], told["port:p1"]) == (State.PENDING, State.RUNNING)


def test_evidence_of_another_plan_is_said() -> None:
    assert summarise(FULL).evidence_fits
    stale = msgspec.structs.replace(FULL, plan_seal="another")
    assert not summarise(stale).evidence_fits
    assert "older plan" in markdown(stale)


@pytest.mark.parametrize(("digest", "granted"), [(PLAN.steps[0].digest, "Ann"), ("of an earlier step", "")])
def test_a_gate_is_granted_for_the_steps_as_they_are(digest: str, granted: str) -> None:
    approval = Approval(gate="cut-over", step_id="server:s1:stop", digest=digest, who="Ann", at=AT)
    (gate,) = summarise(Inputs(plan=PLAN, approvals=(approval,))).gates
    assert gate.granted_by == granted and not gate.is_over


def test_a_gate_is_over_once_its_steps_are_done() -> None:
    assert summarise(Inputs(plan=PLAN, states=states())).open_gates == ()


# ---------------------------------------------------------------- what comes next


@pytest.mark.parametrize(
    ("inputs", "command"),
    [
        (Inputs(plan=PLAN), "run --execute"),
        (Inputs(plan=PLAN, states=states()), "verify"),
        (Inputs(plan=PLAN, states=states(), evidence=EVIDENCE, plan_seal="another"), "verify"),
        (Inputs(plan=PLAN, states=states(), evidence=EVIDENCE, plan_seal="seal"), "report"),
        (
            Inputs(
                plan=PLAN,
                states=states(),
                effects=EFFECTS,
                evidence=msgspec.structs.replace(EVIDENCE, rows=()),
                plan_seal="seal",
            ),
            "clean --execute",
        ),
        (FULL, "run --execute"),
    ],
)
def test_what_comes_next(inputs: Inputs, command: str) -> None:
    assert next_step(summarise(inputs)).command == command


def test_an_approval_comes_next_when_all_that_is_left_waits_for_it() -> None:
    waiting = states(server__s1=State.BLOCKED)
    waiting["server:s1:stop"] = StepState(
        step_id="server:s1:stop",
        digest=PLAN.steps[0].digest,
        state=State.WAITING,
        code=codes.WAITS_FOR_APPROVAL,
        facts={"gate": "cut-over"},
    )
    assert next_step(summarise(Inputs(plan=PLAN, states=waiting))).command == "approve cut-over"
    waiting["port:p1"] = StepState(step_id="port:p1", digest="d", state=State.PENDING)
    assert next_step(summarise(Inputs(plan=PLAN, states=waiting))).command == "run --execute"


# ---------------------------------------------------------------- renderings


FACTS = re.compile(
    r"DCP-\d{3}|\b(?:\d{1,3}\.){3}\d{1,3}\b|\b[a-z-]+:[a-z]\d(?::[a-z]+)?\b|\d[\d.]* ?(?:[KMG]i)?B\b"
    r"|n1|b2-7|\b[SVF]1\b|\b20\d\d-[\dTZ:+-]+|bytes 0-511: a ≠ b"
)


def test_both_languages_tell_the_same_facts() -> None:
    english, french = (markdown(FULL, lang) for lang in ("en", "fr"))
    assert re.search(r"\d,\d\xa0Kio\b", french) and "KiB" not in french
    english, french = _plain(re.sub(r"(\d),(\d{3})", r"\1\2", english)), _plain(_sizes_in_english(french))
    assert sorted(FACTS.findall(english)) == sorted(FACTS.findall(french))
    assert english.count("|") == french.count("|") and english.count("\n## ") == french.count("\n## ")
    assert english != french


def _plain(text: str) -> str:
    return re.sub("[\u00a0\u202f]", " ", text)


def _sizes_in_english(french: str) -> str:
    told = re.sub(r"(\d)\s(\d{3}\b)", r"\1\2", french)
    return re.sub(
        r"(\d+)(?:,(\d))?(\s(?:[KMG]i)?)o\b", lambda m: m[1] + (f".{m[2]}" if m[2] else "") + f"{m[3]}B", told
    )


def test_json_differs_between_languages_by_its_texts_alone() -> None:
    def without_texts(value: object) -> object:
        if isinstance(value, dict):
            return {key: without_texts(inner) for key, inner in value.items() if key not in {"text", "language"}}
        return [without_texts(inner) for inner in value] if isinstance(value, list | tuple) else value

    english, french = (json.loads(json.dumps(render_json(summarise(FULL), lang, AT))) for lang in ("en", "fr"))
    assert without_texts(english) == without_texts(french) and english != french
    assert english["format"] == "decamp-report"
    assert all(row["text"] for key in ("changes", "losses", "advice", "held") for row in english[key])


def test_the_markdown_holds_what_json_holds() -> None:
    page = markdown(FULL)
    for fact in (
        "203.0.113.7 → 198.51.100.9",
        "n1 → b2-7",
        "fast → classic",
        codes.SNAPSHOTS_LEFT,
        codes.QUOTA_EXCEEDED,
        "bytes 0-511",
        AT,
    ):
        assert fact in page, fact
    assert "the cores quota is exhausted" in page
    assert "Remove 1 temporary resource of Decamp" in page


def test_a_customers_name_breaks_no_table() -> None:
    page = markdown(FULL)
    assert "web\\|1" in page
    for table in re.findall(r"(?:^\|.*\n)+", page, re.MULTILINE):
        assert len({len(re.findall(r"(?<!\\)\|", line)) for line in table.splitlines()}) == 1


def test_an_empty_migration_has_a_report() -> None:
    empty = Inputs(plan=msgspec.structs.replace(PLAN, steps=(), gates=(), left_out=()))
    for lang in ("en", "fr"):
        assert markdown(empty, lang).startswith("# ")


def test_what_blocked_and_is_left_out_is_a_loss() -> None:
    """Accepted or not: the plan does not move it, and the reader must see it under what is lost."""
    blocked = finding(codes.VOLUME_ENCRYPTED, "volume:v9", "secret")
    left = LeftOut(kind=Kind.VOLUME, id="v9", name="secret", code=codes.VOLUME_ENCRYPTED)
    plan = msgspec.structs.replace(PLAN, left_out=(left,))
    told = summarise(Inputs(plan=plan, findings=(blocked,)))
    assert (told.losses, told.blocks) == ((blocked,), ())
    assert summarise(Inputs(plan=PLAN, findings=(blocked,))).blocks == (blocked,)
