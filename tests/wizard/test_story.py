"""The questions as data: recommendations lose nothing, answers mean what they say, and the place is derived."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
import yaml

from migrate.findings.finding import Finding, blocking, finding, refusing, undecided
from migrate.messages import codes
from migrate.messages.catalogue import LANGUAGES, phrase, phrases, text
from migrate.messages.codes.registry import NUMBER
from migrate.plan.readiness.check_all import check
from migrate.plan.wave_state import Stage
from migrate.policy.policy_records import Policy
from migrate.policy.reader import parse_policy
from migrate.policy.template import render_policy
from migrate.wizard.accounts import date_steps, deadline_of, wrong_date
from migrate.wizard.decision_questions import changes_of, decisions, is_open, unused_questions
from migrate.wizard.kept_answers import (
    Answer,
    Answers,
    fields_of,
    read_answers,
    render_answers,
    settled,
    taken_back,
    with_fields,
)
from migrate.wizard.question_records import LATER, Act, Kind, Part, Question, Said
from migrate.wizard.story import next_step, value_of, wrong_answer
from migrate.wizard.story_state import State, WaveNow
from tests.execute.rig import Rig

NOW = datetime(2026, 11, 28, tzinfo=UTC)
SAFE = {LATER, "keep", "proposed", "cut-over", "any", "go-on", "leave", "no", ""}
"""Recommendations that lose and stop nothing; `leave` means to leave the wizard, but in a decision."""
WAVES = (
    WaveNow("web-1", ("web-1",), Stage.PLANNED, items=("server:1",)),
    WaveNow("Ünï 2", ("Ünï 2", "x"), Stage.PLANNED, items=("server:2", "server:3")),
)


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> State:
    """The tenant with the uncommon things, scanned, and nothing answered yet."""
    rig = Rig.everything(tmp_path_factory.mktemp("rig"))
    policy = replace_policy(rig.policy, accept=[])
    findings = check(rig.source, rig.target, policy)
    return State(
        answers=Answers(answers={"deadline": Answer(answer=LATER), "tenant": Answer(answer="go-on")}),
        now=NOW,
        policy=policy,
        source=rig.source,
        target=rig.target,
        findings=tuple(findings),
        waves=WAVES,
    )


def replace_policy(policy: Policy, **fields: object) -> Policy:
    return with_fields(policy, fields)


def all_questions(state: State) -> list[Question]:
    return [*unused_questions(state), *decisions(state)]


def test_no_recommendation_loses_anything(state: State) -> None:
    asked = all_questions(state)
    assert len(asked) >= 8 and {one.default for one in asked} <= SAFE - {"leave"}
    assert state.policy is not None
    for one in asked:
        changed = changes_of(state, one, one.default)
        assert {"skip", "accept", "start", "start_by_server"}.isdisjoint(changed), one.id


def test_every_finding_that_blocks_or_loses_is_asked_for_once(state: State) -> None:
    assert state.policy is not None
    open_ones = [*blocking(state.findings, state.policy), *undecided(state.findings, state.policy)]
    by_code = {one.code for one in open_ones if one.code != codes.DEPENDENCY_LEFT_OUT}
    asked = [one.id.removeprefix("finding.") for one in decisions(state) if one.id.startswith("finding.")]
    assert sorted(asked) == sorted(by_code) and len(by_code) >= 4
    levels = [next(f.level for f in state.findings if f.code == code) for code in asked]
    assert levels == sorted(levels), "what blocks comes first"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_everything_that_is_asked_can_be_said(state: State, lang: str) -> None:
    def say(said: Said) -> str:
        facts = {key: say(value) if isinstance(value, Said) else value for key, value in said.facts.items()}
        return text(said.key, lang, facts) if NUMBER.fullmatch(said.key) else phrase(said.key, lang, **facts)

    for one in all_questions(state):
        told = [say(said) for said in (one.text, one.why, *one.lines, *(choice.said for choice in one.choices))]
        assert all(told) and not [line for line in told if line == "?" or "{" in line], one.id


def test_each_answer_gives_a_policy_that_is_valid_and_can_be_taken_back(state: State) -> None:
    assert state.policy is not None
    for one in all_questions(state):
        for choice in one.choices:
            after = changes_of(state, one, choice.value)
            kept = Answer(answer=choice.value, about=one.about, before=fields_of(state.policy, after), after=after)
            answers = Answers(answers={one.id: kept})
            changed, answers = settled(state.policy, msgspec.structs.replace(answers, unwritten=one.id))
            assert parse_policy(render_policy(changed)) == changed, (one.id, choice.value)
            # Again, as after a kill, and after the file was read.
            answers = read_answers(render_answers(answers), "answers.yaml")
            assert settled(changed, answers) == (changed, answers)
            unwritten = msgspec.structs.replace(answers, unwritten=one.id)
            assert settled(state.policy, unwritten) == (changed, answers)
            # What a person has put back stays as it is.
            assert settled(state.policy, answers) == (state.policy, answers)
            assert taken_back(changed, answers, one.id) == (state.policy, Answers()), (one.id, choice.value)


def test_a_choice_of_how_to_go_on_changes_the_field_that_says_so(state: State) -> None:
    policy, target = state.policy, state.target
    assert policy is not None and target is not None
    twin = finding(codes.TWIN_UNDECIDED, "server:1", "web")
    unclear = finding(codes.EXTERNAL_NETWORK_UNCLEAR, "router:1", "edge", source="public", known="-")
    state = replace(state, findings=(twin, unclear))
    changes = {
        (one.id.removeprefix("finding."), choice.value): changes_of(state, one, choice.value)
        for one in decisions(state)
        for choice in one.choices
    }
    assert changes[twin.code, "cut-over"] == {"consistency": "auto"}
    assert changes[twin.code, "twin"] == {"start_by_server": {**policy.start_by_server, "server:1": "twin"}}
    for network in target.facts.external_networks:
        mapped = changes[unclear.code, f"to:{network.name}"]["mappings"]["external_networks"]
        assert mapped == {**policy.mappings.external_networks, "public": network.name}


def test_a_decision_that_is_made_is_not_open(state: State) -> None:
    assert state.policy is not None
    for one in decisions(state):
        assert is_open(state, one)
        for value in ("accept", "leave"):
            if value not in {choice.value for choice in one.choices}:
                continue
            policy = with_fields(state.policy, changes_of(state, one, value))
            again = replace(state, policy=policy)
            assert not [other for other in decisions(again) if other.id == one.id and is_open(again, other)], one.id


def test_an_answer_counts_only_for_what_it_was_about(state: State) -> None:
    question = next(one for one in decisions(state) if one.id.startswith("finding."))
    answers = state.answers.with_answer(question.id, Answer(answer=LATER, about=question.about))
    assert not is_open(replace(state, answers=answers), question)
    assert is_open(replace(state, answers=answers), question._replace(about=(*question.about, "server:new")))


def test_what_a_person_has_edited_since_is_not_taken_back(state: State) -> None:
    assert state.policy is not None
    kept = Answer(answer="twin", before={"start": "cut-over"}, after={"start": "twin"})
    edited = replace_policy(state.policy, start="cut-over", consistency="stopped")
    assert taken_back(edited, Answers(answers={"start": kept}), "start")[0] == edited


def test_the_window_of_a_wave_with_an_odd_name_is_valid(state: State) -> None:
    assert state.policy is not None
    question = next(one for one in decisions(state) if one.id == "windows")
    policy = with_fields(state.policy, changes_of(state, question, "weekend"))
    assert parse_policy(render_policy(policy)).waves.windows == {
        "web-1": "sat,sun Europe/Paris",
        "wave-2": "sat,sun Europe/Paris",
    }
    assert policy.waves.servers == {"server:1": "web-1", "server:2": "wave-2", "server:3": "wave-2"}


def test_a_run_that_would_be_refused_is_not_begun(state: State) -> None:
    assert state.policy is not None
    short = {"resource": "cores", "need": "9", "limit": "1", "used": "0", "short": "8"}
    found: Finding = finding(codes.TARGET_QUOTA_SHORT, **short)
    held = replace(state, findings=(found,), refusing=len(refusing([found], state.policy)), waves=())
    first = next_step(held)
    assert isinstance(first, Question) and first.id == f"finding.{codes.TARGET_QUOTA_SHORT}"
    answers = held.answers.with_answer(first.id, Answer(answer=LATER, about=first.about))
    then = next_step(replace(held, answers=answers))
    assert isinstance(then, Question) and then.id == "blocked" and then.default == "leave"


def test_nothing_stops_by_default(state: State) -> None:
    done = replace(state, findings=(), is_planned=True, plan_seal="s", verdict="AMBER", now=NOW)
    done = replace(done, answers=done.answers.with_note("report s"))
    answered = {one.id: Answer(answer=one.default or LATER, about=one.about) for one in all_questions(done)}
    done = replace(done, answers=msgspec.structs.replace(done.answers, answers={**done.answers.answers, **answered}))
    step = next_step(replace(done, now=datetime.fromisoformat(done.source.taken_at) if done.source else NOW))
    assert isinstance(step, Question) and (step.id, step.default) == ("move", "")
    moved = done.answers.with_answer("move", Answer(answer="yes")).with_note("run s")
    step = next_step(replace(done, answers=moved))
    assert isinstance(step, Question) and (step.id, step.kind, step.default) == ("wave.web-1", Kind.TYPED, "")
    for said in ("", "1", "yes", "WEB-1", "web-10"):
        assert wrong_answer(done, step, value_of(step, said)) is not None
    assert wrong_answer(done, step, value_of(step, "web-1")) is None


def test_an_old_scan_is_repeated_before_the_move(state: State) -> None:
    done = replace(state, findings=(), waves=(), is_planned=True, plan_seal="s", verdict="AMBER")
    done = replace(done, answers=done.answers.with_note("report s"), now=datetime(2099, 1, 1, tzinfo=UTC))
    step = next_step(done)
    assert isinstance(step, Act) and step.command == ("scan",)


@pytest.mark.parametrize(
    ("said", "zone", "deadline"),
    [
        ("2027-02-01", "Europe/Paris", "2027-02-01T00:00:00+01:00"),
        ("2027-07-01 18:30 Europe/Paris", "", "2027-07-01T18:30:00+02:00"),
        ("2027-02-01T00:00:00+01:00", "", "2027-02-01T00:00:00+01:00"),
        ("2027-02-01 00:00 UTC", "", "2027-02-01T00:00:00+00:00"),
        ("2027-02-01", "", None),
    ],
)
def test_dates(said: str, zone: str, deadline: str | None) -> None:
    assert wrong_date(said, NOW) is None and deadline_of(said, zone) == deadline


@pytest.mark.parametrize(
    "said",
    [
        "soon",
        "2027-02-31",
        "2027-13-01",
        "01/02/2027",
        "2027-02-01 25:00",
        "2027-02-01 00:00 Paris/France",
        "1999-01-01",
        "3000-01-01",
        "9999-12-31 23:59 America/New_York",
        "2027-02-01T00:00+01:00 Nowhere/Zone",
        "2027-07-01T00:00+01:00 Europe/Paris",
    ],
)
def test_what_is_no_date_to_come(said: str) -> None:
    assert wrong_date(said, NOW) is not None


@pytest.mark.parametrize(
    ("said", "zone", "wrong"),
    [
        ("2027-03-28 02:30", "Europe/Paris", "skipped"),
        ("2027-10-31 02:30", "Europe/Paris", "twice"),
        ("2027-03-28 01:59", "Europe/Paris", ""),
        ("2027-03-28 03:00", "Europe/Paris", ""),
        ("2027-10-31 03:00", "Europe/Paris", ""),
        ("2027-10-31 02:30", "UTC", ""),
        ("2027-10-03 02:15", "Australia/Lord_Howe", "skipped"),
        ("2027-10-31 02:30", "Asia/Kathmandu", ""),
    ],
)
def test_an_hour_that_clocks_skip_or_show_twice_is_told(state: State, said: str, zone: str, wrong: str) -> None:
    """In one answer, and where the time zone is asked for afterwards."""
    at_once = wrong_date(f"{said} {zone}", NOW)
    asked = replace(state, answers=Answers(answers={"deadline": Answer(answer=said)}), policy=None)
    (question,) = date_steps(asked)
    assert isinstance(question, Question) and question.id == "zone"
    for told in (at_once, wrong_answer(asked, question, zone)):
        assert (told.key if told else "") == (f"wizard.wrong.{wrong}" if wrong else "")
    if at_once and wrong == "twice":
        both = [str(at_once.facts[key]) for key in ("first", "second")]
        assert both == ["2027-10-31T02:30:00+02:00", "2027-10-31T02:30:00+01:00"]
        assert [wrong_date(one, NOW) for one in both] == [None, None]


@pytest.mark.parametrize(
    ("said", "wrong"),
    [
        ("2027-03-28 02:30+01:00 Europe/Paris", "wizard.wrong.skipped"),
        ("2027-07-01 00:00+01:00 Europe/Paris", "wizard.wrong.offset"),
        ("2027-10-31 02:30+02:00 Europe/Paris", None),
        ("2027-10-31 02:30+05:30 Europe/Paris", None),
    ],
)
def test_an_offset_beside_a_time_zone_is_taken_if_the_policy_takes_both(said: str, wrong: str | None) -> None:
    """A policy that no command reads would be the end of the wizard too."""
    told = wrong_date(said, NOW)
    assert (told.key if told else None) == wrong


def test_answers_are_kept_as_they_are(tmp_path: Path) -> None:
    one = Answer(answer="a: b\n☃", about=("server:1",), before={"skip": []}, after={"skip": ["x"]})
    answers = Answers(answers={"q": one}).with_note("n")
    assert read_answers(render_answers(answers), "x") == answers
    assert set(yaml.safe_load(render_answers(answers))) == {"version", "answers", "done"}


def test_both_languages_speak_of_the_same(state: State) -> None:
    ours = {key for key in phrases("en") if key.startswith("wizard.")}
    same = {key for key in ours if phrases("en")[key] == phrases("fr")[key]}
    assert same == {"wizard.plain", "wizard.part.2"}


def test_a_word_that_was_typed_for_other_servers_stops_none(state: State) -> None:
    wave = replace(WAVES[1], name="all")
    moving = replace(state, findings=(), is_planned=True, plan_seal="s", verdict="holds", waves=(wave,))
    answers = state.answers
    for question, said in (("windows", "any"), ("move", "yes"), ("wave.all", "all")):
        answers = answers.with_answer(question, Answer(answer=said, about=wave.items[:1]))
    for note in ("report s", "run s"):
        answers = answers.with_note(note)
    step = next_step(replace(moving, answers=answers))
    assert isinstance(step, Question) and step.id == "wave.all", step
    step = next_step(replace(moving, answers=answers.with_answer("wave.all", Answer(answer="all", about=wave.items))))
    assert isinstance(step, Act) and step.command[0] == "approve"


def test_a_name_of_blanks_is_not_typed_by_enter(state: State) -> None:
    question = Question(id="wave. ", part=Part.MOVE, text=Said(""), why=Said(""), kind=Kind.TYPED, word=" ")
    assert wrong_answer(state, question, value_of(question, "")) is not None
    assert wrong_answer(state, question, value_of(question, " ")) is not None
