"""The conversation: shows where it is, asks one question at a time, keeps each answer at once, and runs commands."""

import io
import os
import shlex
import sys
from contextlib import ExitStack, redirect_stderr, redirect_stdout
from dataclasses import replace
from pathlib import Path
from typing import Any

from msgspec.structs import replace as with_values

from migrate.cli.console import echo, line_width, print_text
from migrate.cli.context import App
from migrate.cli.failures import catch_signals, run_guarded
from migrate.cli.main import make_group
from migrate.cli.safety.consent import comes_into_being, make_known
from migrate.cli.safety.workspace_privacy import own_file
from migrate.cli.tables import fold
from migrate.cli.views.draw_forecast import headline, verdict_text
from migrate.cli.wizard.agreement import ask_for_agreement, is_agreed
from migrate.cli.wizard.asking import Asker
from migrate.cli.wizard.kept_logins import KeptLogins, rc_files
from migrate.cli.wizard.login_questions import LoginQuestions
from migrate.cli.wizard.workspace_state import downtime_of, with_documents
from migrate.cli.workspace import Workspace, read_text, shown
from migrate.clouds.openstack.config_files import NAMED
from migrate.documents import read_document, write_atomically
from migrate.errors import ConfigError, Exit
from migrate.forecast.forecast_records import Forecast
from migrate.messages import codes
from migrate.messages.codes.registry import NUMBER
from migrate.messages.numbers import span
from migrate.policy.policy_records import Policy, Schedule
from migrate.policy.reader import parse_policy
from migrate.policy.template import edited_policy, render_policy
from migrate.printable_text import visible
from migrate.report.forecast_view import view_of
from migrate.units import utc_now
from migrate.wizard.accounts import deadline_of, zone_in
from migrate.wizard.decision_questions import changes_of
from migrate.wizard.kept_answers import (
    Answer,
    Answers,
    fields_of,
    plain,
    read_answers,
    render_answers,
    settled,
    taken_back,
    with_fields,
)
from migrate.wizard.login_entry import SIDES
from migrate.wizard.question_records import LATER, Act, End, Kind, Question, Said
from migrate.wizard.story import LEAVE, PASSING, SCAN, next_step, value_of, wrong_answer
from migrate.wizard.story_state import State

WHY, BACK, PUT_OFF, QUIT = "?", "b", "s", "q"
_RULE = "─" * 80
_GOOD = {
    "scan": {0, 3},
    "plan": {0, 3},
    "forecast": {0, 10, 11},
    "run": {0, 3},
    "verify": {0, 3, 4},
    "clean": {0, 3},
}
"""Exit codes with which the story goes on, per command; others only with 0."""


_QUIET = frozenset({"init", "plan", "forecast", "report", "approve"})
"""Commands that tell more than is asked: what they print is shown if they fail."""
_BRIEF = frozenset({"scan", "run"})
"""Commands whose progress is shown, and their tables only if they fail."""


class Conversation:
    """One call of the wizard in one workspace."""

    def __init__(self, app: App, asker: Asker) -> None:
        self._app, self._asker = app, asker
        self._workspace = Workspace(app.directory)
        self._logins = KeptLogins(app.directory)
        self._answers_path = app.directory / "answers.yaml"
        self._trouble = ""
        self._is_new = False
        self._shown = ""
        self._found: tuple[tuple[str, ...], tuple[str, ...]] | None = None
        self._accounts = LoginQuestions(app, self._logins, self._say, is_unattended=asker.is_unattended)

    def run(self) -> int:
        """Asks and acts until the end, or until somebody leaves. Returns the exit code."""
        if not self._may_begin():
            return int(Exit.OK)
        self._logins.use()
        answers = self._state().answers
        if not answers.answers:
            self._app.tell("wizard.welcome")
        # Who put off a wave, and comes back, is asked for it again.
        if later := [key for key in answers.put_off if key.startswith("wave.")]:
            self._keep(answers.without(*later))
        before: Act | None = None
        while True:
            state = self._state()
            step = next_step(state)
            self._head(step.part.value)
            match step:
                case End():
                    self._tell(step.text)
                    return int(Exit.INTEGRITY if state.differences else Exit.OK)
                case Act():
                    code = self._act(step, state, is_again=step == before)
                    if code is not None:
                        return code
                case _ if self._ask(step, state):
                    self._app.tell("wizard.left", command=self._own_command())
                    return int(Exit.OK)
            before = step if isinstance(step, Act) else None

    def _may_begin(self) -> bool:
        """Whether what came with the workspace may be used: its logins, its answers, its programs."""
        self._is_new = comes_into_being(self._workspace.root)
        if self._is_new:
            return True
        policy = self._policy()
        if is_agreed(self._workspace, policy):
            return True
        return ask_for_agreement(self._app, self._asker, self._workspace, policy, self._show)

    def _begin(self) -> None:
        """The workspace comes into being with the first answer: from then on it is known on this machine."""
        if self._is_new:
            self._app.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            make_known(self._app, self._workspace)
            self._is_new = False

    def _own_command(self) -> str:
        return f"{self._app.prefix} wizard"

    # ------------------------------------------------------------ state

    def _state(self) -> State:
        """Where things stand, by the files. Finishes what a kill between two files has left."""
        now, answers = utc_now(), self._answers()
        policy = self._policy()
        if policy is not None:
            finished, answers_now = settled(policy, answers)
            if finished != policy:
                self._write_policy(policy := finished)
            if answers_now != answers:
                self._keep(answers := answers_now)
        state = State(
            answers=answers,
            now=now,
            logins=self._accounts.now(answers),
            policy=policy,
            trouble=self._trouble,
            login_trouble=self._accounts.trouble,
        )
        if policy is None:
            entries, files = self._on_this_computer()
            return replace(state, found_entries=entries, found_files=files)
        return with_documents(self._workspace, state)

    def _on_this_computer(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        if self._found is None:
            entries: tuple[str, ...] = ()
            try:
                entries = self._logins.known_entries()
            except ConfigError as err:
                self._tell(Said(err.code, err.facts))
            self._found = entries, rc_files()
        return self._found

    def _policy(self) -> Policy | None:
        return self._workspace.policy() if self._workspace.policy_path.exists() else None

    def _answers(self) -> Answers:
        own_file(self._answers_path)
        if not self._answers_path.exists():
            return Answers()
        return read_answers(read_text(self._answers_path), shown(self._answers_path))

    def _keep(self, answers: Answers) -> None:
        self._app.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_atomically(self._answers_path, render_answers(answers).encode())

    def _write_policy(self, policy: Policy) -> None:
        """Changes what differs in policy.yaml; a person's comments in it stay."""
        text = read_text(self._workspace.policy_path)
        edited = edited_policy(text, parse_policy(text), policy)
        write_atomically(self._workspace.policy_path, edited.encode())

    # ------------------------------------------------------------ what is shown

    def _say(self, said: Said) -> str:
        """A sentence in the operator's language."""
        facts = {key: self._fact(key, value) for key, value in said.facts.items()}
        return self._app.text(said.key, facts) if NUMBER.fullmatch(said.key) else self._app.say(said.key, **facts)

    def _fact(self, key: str, value: object) -> object:
        if isinstance(value, Said):
            return self._say(value)
        return span(value, self._app.lang) if key.endswith("_s") and isinstance(value, float | int) else value

    def _tell(self, said: Said) -> None:
        echo(self._say(said), err=True)

    def _head(self, part: int) -> None:
        """The part of the story, whenever it changes."""
        title = self._app.say("wizard.head", number=part, part=self._app.say(f"wizard.part.{part}"))
        if title != self._shown:
            for line in ("", title, _RULE):
                echo(line, err=True, whole=True)
            self._shown = title

    def _show(self, question: Question) -> None:
        app = self._app
        echo("", err=True)
        text = self._say(question.text)
        if question.turn:
            number, count = question.turn
            text = app.say(f"wizard.turn.{question.part.value}", number=number, of=count, text=text)
        echo(text, err=True)
        told = [self._say(line) for line in question.lines]
        if question.id == "move":
            told += self._foretold()
        elif question.id.startswith("wave.") and (lasts := downtime_of(self._workspace, question.about, utc_now())):
            told.append(self._say(lasts))
        for line in told:
            echo(f"- {line}", err=True)
        for number, choice in enumerate(question.choices, 1):
            tail = f" ({app.say('wizard.recommended')})" if choice.value == question.default else ""
            _hang(f"  {number}  ", f"{self._say(choice.said)}{tail}")
        keys = [f"[{self._default(question)}]"] if question.default else []
        asked = ("why", "back", *(["later"] if question.may_wait else []), "quit")
        echo("   ".join((*keys, *(app.say(f"wizard.key.{key}") for key in asked))), err=True)
        if question.same_as:
            echo(app.say("wizard.same-as", what=f"policy.yaml → {question.same_as}"), err=True)

    def _default(self, question: Question) -> str:
        values = [one.value for one in question.choices]
        return str(values.index(question.default) + 1) if question.default in values else question.default

    # ------------------------------------------------------------ questions

    def _ask(self, question: Question, state: State) -> bool:
        """Asks until there is an answer that holds, and keeps it. True if somebody wants to leave."""
        self._show(question)
        while True:
            said = self._asker.ask(question)
            match said.strip():
                case "?":
                    self._tell(question.why)
                case "b":
                    return self._back(state)
                case "s" if question.may_wait:
                    self._record(state, question, LATER)
                    return False
                case "q":
                    return True
                case _:
                    value = said if question.kind in {Kind.SECRET, Kind.PASTE} else value_of(question, said)
                    wrong = wrong_answer(state, question, value)
                    if wrong is None:
                        wrong = self._take(state, question, value)
                    if wrong is None:
                        return value == LEAVE and question.id in {*PASSING, "move"}
                    self._refuse(question, wrong)

    def _refuse(self, question: Question, wrong: Said) -> None:
        """Says what is wrong, at the same place. Raises ConfigError DCP-242: nobody is there to answer again."""
        if self._asker.is_unattended:
            raise ConfigError(codes.ANSWER_WRONG, question=question.id, what=self._say(wrong))
        self._tell(wrong)

    def _take(self, state: State, question: Question, value: str) -> Said | None:
        """Acts on an answer that is valid in itself, and keeps it. Returns what is wrong after all."""
        self._begin()
        if question.id in PASSING:
            self._pass(state, question, value)
            return None
        if question.id == "tenant" and value == SCAN:
            self._command(("scan",))
            return None
        if question.id == "move" and value == LEAVE:
            return None
        side = question.id.partition(".")[0]
        if side in SIDES:
            answers, wrong = self._accounts.take(state.answers, question, value)
            if wrong is None:
                self._keep(answers)
            return wrong
        return self._record(state, question, value)

    def _record(self, state: State, question: Question, value: str) -> Said | None:
        """Keeps the answer, then writes what it means into the policy. Returns what is wrong with that."""
        after = self._after(state, question, value)
        before = fields_of(state.policy, after) if state.policy and after else {}
        kept = Answer(answer=value, about=question.about, before=before, after=after)
        policy = with_fields(state.policy, after) if state.policy is not None and after else None
        if policy is not None:
            try:
                parse_policy(render_policy(policy))
            except ConfigError as err:
                return Said(err.code, err.facts)
        answers = state.answers.with_answer(question.id, kept)
        if policy is not None:
            self._keep(with_values(answers, unwritten=question.id))
            self._write_policy(policy)
        self._keep(answers)
        return None

    def _after(self, state: State, question: Question, value: str) -> dict[str, Any]:
        if value == LATER:
            return {}
        if question.id not in {"deadline", "zone"}:
            return changes_of(state, question, value)
        said = value if question.id == "deadline" else state.answers.of("deadline")
        zone = zone_in(value) if question.id == "deadline" else value
        deadline = deadline_of(said, zone)
        if deadline is None:
            return {}
        schedule = plain(state.policy.schedule if state.policy else Schedule()) | {"time_zone": zone}
        return {"deadline": deadline, **({"schedule": schedule} if zone else {})}

    def _pass(self, state: State, question: Question, value: str) -> None:
        """An answer that is about this moment alone."""
        answers = state.answers
        self._trouble = ""
        if question.id.endswith(".again"):
            self._keep(self._accounts.again(answers, question.id.partition(".")[0], value))
        elif value == "decide":
            open_ones = [key for key in answers.answers if key.startswith("finding.")]
            self._keep(answers.without(*(answers.put_off if question.id == "put-off" else open_ones)))
        elif question.id == "put-off":
            self._keep(answers.with_note(f"put off {state.plan_seal}"))
        elif value == SCAN:
            if question.id == "blocked":
                self._keep(answers.without(*(key for key in answers.answers if key.startswith("finding."))))
            self._command(("scan",))

    def _back(self, state: State) -> bool:
        """Takes the last answer back; its question is the next one."""
        last = next(reversed(state.answers.answers), "")
        side = last.partition(".")[0]
        if not last or last in {"move", "clean"} or last.startswith("wave.") or (side in SIDES and state.policy):
            self._tell(Said("wizard.no-way-back" if last else "wizard.nothing-before"))
            return False
        if side in SIDES:
            self._keep(self._accounts.forget(state.answers, side))
            return False
        policy, answers = taken_back(state.policy, state.answers, last)
        # The policy first: after a kill in between, the answer is still there and is written to it again.
        if policy is not None and policy != state.policy:
            self._write_policy(policy)
        self._keep(answers)
        self._trouble = ""
        return False

    # ------------------------------------------------------------ acts

    def _act(self, act: Act, state: State, *, is_again: bool) -> int | None:
        """Does it. Returns an exit code if the wizard ends here.

        `is_again`: it has just been done, ended well, and is still to be done: it does not get further by itself.
        """
        if act.command[0] == "login":
            return self._log_in(act.command[1], state)
        code = self._command(self._arguments(act, state))
        if code == Exit.INTERRUPTED:
            return code
        if not is_again and not self._has_failed(act.command[0], code):
            self._keep(self._answers().with_note(act.note))
            return None
        if code == Exit.ACCESS and (answers := self._accounts.refused(self._answers())):
            self._keep(answers)
            if not self._asker.is_unattended:
                return None
        if self._asker.is_unattended:
            return code or int(Exit.PARTIAL)
        self._trouble = act.command[0]
        return None

    def _arguments(self, act: Act, state: State) -> tuple[str, ...]:
        if act.command != ("init",):
            return act.command
        names = [part for side in SIDES for part in (f"--{side}", state.logins[side].name)]
        deadline = state.answers.answers.get("zone") or state.answers.answers.get("deadline")
        when = str(deadline.after.get("deadline", "")) if deadline else ""
        return ("init", *names, *(("--deadline", when) if when else ()), "--lang", self._app.lang)

    def _command(self, arguments: tuple[str, ...]) -> int:
        """Runs an ordinary command in this process, and shows it as it would be typed."""
        app = self._app
        where = () if app.directory == Path() else ("-C", str(app.directory))
        named = os.environ.get(NAMED, "")
        ours = named if named == str(self._logins.clouds_path) else ""
        typed = shlex.join(["decamp", *where, *arguments])
        echo("", err=True)
        echo(app.say("wizard.same-as", what=f"{NAMED}={shlex.quote(ours)} {typed}" if ours else typed), err=True)
        options = ("--lang", app.lang_option) if app.lang_option else ()
        words = [*where, *options, *arguments]
        told = io.StringIO()
        with ExitStack() as stack:
            if arguments[0] in _QUIET | _BRIEF:
                stack.enter_context(redirect_stdout(told))
            if arguments[0] in _QUIET:
                stack.enter_context(redirect_stderr(told))
            code = run_guarded(make_group(), words)
        catch_signals(app)
        if self._has_failed(arguments[0], code):
            print_text(told.getvalue(), err=True)
        return code

    def _has_failed(self, command: str, code: int) -> bool:
        """Whether the story cannot go on. A run also ends with 3 where it only waits for a person."""
        return code not in _GOOD.get(command, {0}) or (command == "run" and bool(self._state().failed))

    def _foretold(self) -> list[str]:
        """The last forecast in words: the verdict, and when it ends."""
        try:
            forecast = read_document(self._workspace.forecast_path, Forecast)
        except ConfigError:
            return []
        return [verdict_text(self._app, forecast), *headline(self._app, view_of(forecast))]

    def _log_in(self, side: str, state: State) -> int | None:
        """Tries the login; says what is wrong in plain words."""
        answers, wrong = self._accounts.log_in(state.answers, side, state.logins)
        self._keep(answers)
        if wrong is None:
            return None
        if self._asker.is_unattended:
            raise ConfigError(codes.ANSWER_WRONG, question=f"{side}.login", what=self._say(wrong))
        self._tell(wrong)
        return None


def _hang(start: str, text: str) -> None:
    """Prints the text behind its start; further lines begin below it."""
    width = line_width(sys.stderr)
    first, *more = fold(visible(text), None if width is None else width - len(start)) or [""]
    for line in (f"{start}{first}", *(f"{' ' * len(start)}{one}" for one in more)):
        echo(line, err=True, whole=True)
