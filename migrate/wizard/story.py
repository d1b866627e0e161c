"""What comes next: a pure function of the state, so that whoever comes back finds the same place, and nothing known is
asked.
"""

from collections.abc import Iterator

from migrate.plan.wave_state import Stage
from migrate.printable_text import visible
from migrate.units import utc_moment
from migrate.wizard.accounts import ENTRY, FILE, account_steps, date_steps, wrong_date, wrong_zone
from migrate.wizard.decision_questions import decisions, is_open, unused_questions, wrong_window
from migrate.wizard.question_records import LATER, Act, Choice, End, Kind, Next, Part, Question, Said
from migrate.wizard.story_state import State, WaveNow
from migrate.wizard.tenant_sentences import tenant_sentences

GO_ON, AGAIN, SCAN, LEAVE, YES, NO = "go-on", "again", "scan", "leave", "yes", "no"
TROUBLE = "trouble"
PASSING = frozenset({TROUBLE, "blocked", "put-off", "source.again", "target.again"})
"""Questions whose answers are not kept: they are about this moment."""
SCAN_LIMIT_S = 24 * 3600
"""A tenant that was scanned longer ago is scanned again before the move begins."""


def next_step(state: State) -> Next:
    """The next question, act or end."""
    return next(_steps(state))


def _steps(state: State) -> Iterator[Next]:
    if state.trouble:
        yield _trouble(state)
    yield from account_steps(state)
    yield from date_steps(state)
    if state.policy is None:
        yield Act(Part.DATE, ("init",))
    if state.source is None or state.target is None:
        yield Act(Part.TENANT, ("scan",))
    yield from _tenant(state)
    yield from unused_questions(state)
    yield from (one for one in decisions(state) if is_open(state, one))
    yield from _put_off(state)
    yield from _plan(state)
    yield from _move(state)
    yield from _proof(state)


def _tenant(state: State) -> Iterator[Question]:
    if not state.answers.of("tenant"):
        yield Question(
            id="tenant",
            part=Part.TENANT,
            text=Said("wizard.ask.tenant"),
            why=Said("wizard.why.tenant"),
            choices=(Choice(GO_ON, Said("wizard.tenant.go-on")), Choice(SCAN, Said("wizard.tenant.scan"))),
            default=GO_ON,
            lines=tenant_sentences(state.source) if state.source else (),
        )


def _put_off(state: State) -> Iterator[Question]:
    """Before anything is moved, what was put off is asked again, once for each plan, or each time if no run starts."""
    note = f"put off {state.plan_seal}"
    waiting = [key for key in state.answers.put_off if key.startswith("finding.")]
    if state.refusing:
        yield Question(
            id="blocked",
            part=Part.DECISIONS,
            text=Said("wizard.ask.blocked", {"count": state.refusing}),
            why=Said("wizard.why.blocked"),
            choices=(
                Choice("decide", Said("wizard.blocked.decide")),
                Choice(SCAN, Said("wizard.blocked.scan")),
                Choice(LEAVE, Said("wizard.leave-now")),
            ),
            default=LEAVE,
        )
    elif waiting and state.is_planned and note not in state.answers.done and not state.has_run:
        yield Question(
            id="put-off",
            part=Part.DECISIONS,
            text=Said("wizard.ask.put-off", {"count": len(waiting)}),
            why=Said("wizard.why.put-off"),
            choices=(Choice(GO_ON, Said("wizard.put-off.go-on")), Choice("decide", Said("wizard.blocked.decide"))),
            default=GO_ON,
        )


def _plan(state: State) -> Iterator[Next]:
    if not state.is_planned:
        yield Act(Part.PLAN, ("plan",))
    if not state.verdict:
        yield Act(Part.PLAN, ("forecast",))
    if f"report {state.plan_seal}" not in state.answers.done and not state.is_done:
        yield Act(Part.PLAN, ("report", "--offline"), f"report {state.plan_seal}")


def _move(state: State) -> Iterator[Next]:
    if not state.answers.of("move"):
        if _is_old(state):
            yield Act(Part.MOVE, ("scan",))
        yield Question(
            id="move",
            part=Part.MOVE,
            text=Said("wizard.ask.move"),
            why=Said("wizard.why.move"),
            choices=(Choice(YES, Said("wizard.move.yes")), Choice(LEAVE, Said("wizard.leave-now"))),
        )
    note = f"run {state.plan_seal}"
    if note not in state.answers.done and not state.is_done:
        yield Act(Part.MOVE, ("run", "--execute"), note)
    for at, wave in enumerate(state.waves, 1):
        if not wave.is_over and state.answers.of(f"wave.{wave.name}") != LATER:
            yield from _cut_over(state, wave, (at, len(state.waves)))
    put_off = [wave.name for wave in state.waves if not wave.is_over]
    if put_off:
        yield End(Part.MOVE, Said("wizard.end.waves", {"waves": ", ".join(put_off)}))
    if not state.is_done:
        yield Act(Part.MOVE, ("run", "--execute"))


def _is_old(state: State) -> bool:
    at = utc_moment(state.source.taken_at) if state.source else None
    return at is not None and (state.now - at).total_seconds() > SCAN_LIMIT_S


def _cut_over(state: State, wave: WaveNow, turn: tuple[int, int]) -> Iterator[Next]:
    if wave.stage is Stage.ROLLED_BACK:
        yield End(Part.MOVE, Said("wizard.end.rolled-back", {"wave": wave.name}))
    if not wave.is_approved and wave.stage is Stage.PLANNED:
        # The word was typed for these servers: if others are in the wave by now, it is asked for again.
        if not state.answers.settles(f"wave.{wave.name}", wave.items):
            yield Question(
                id=f"wave.{wave.name}",
                part=Part.MOVE,
                text=Said("wizard.ask.wave", {"word": wave.name}),
                why=Said("wizard.why.wave", {"wave": wave.name}),
                kind=Kind.TYPED,
                lines=(Said("wizard.wave.stops", {"servers": ", ".join(wave.servers)}),),
                about=wave.items,
                turn=turn,
                may_wait=True,
                word=wave.name,
            )
        yield Act(Part.MOVE, ("approve", "cut-over", f"--wave={wave.name}"))
    # A server's name may begin like an option.
    yield Act(Part.MOVE, ("cut-over", "--execute", "--", wave.name))


def _proof(state: State) -> Iterator[Next]:
    if state.differences is None:
        yield Act(Part.PROOF, ("verify",))
    yield from _cleaning(state)
    if f"last report {state.plan_seal}" not in state.answers.done:
        yield Act(Part.PROOF, ("report",), f"last report {state.plan_seal}")
    yield End(Part.PROOF, Said("wizard.end.done" if not state.differences else "wizard.end.differences"))


def _cleaning(state: State) -> Iterator[Next]:
    if not state.temporaries or state.differences:
        return
    if not state.answers.of("clean"):
        yield Question(
            id="clean",
            part=Part.PROOF,
            text=Said("wizard.ask.clean", {"count": state.temporaries}),
            why=Said("wizard.why.clean"),
            choices=(Choice(YES, Said("wizard.clean.yes")), Choice(NO, Said("wizard.clean.no"))),
            default=NO,
        )
    if state.answers.of("clean") == YES and "clean" not in state.answers.done:
        yield Act(Part.PROOF, ("clean", "--execute"), "clean")


def _trouble(state: State) -> Question:
    return Question(
        id=TROUBLE,
        part=Part.MOVE if state.answers.of("move") else Part.TENANT,
        text=Said("wizard.ask.trouble", {"command": state.trouble}),
        why=Said("wizard.why.trouble"),
        choices=(
            Choice(AGAIN, Said("wizard.trouble.again")),
            Choice(SCAN, Said("wizard.trouble.scan")),
            Choice(LEAVE, Said("wizard.leave-now")),
        ),
        default=LEAVE,
        lines=tuple(
            Said("wizard.finding", {"name": name, "said": Said(code)}) if code else Said("wizard.plain", {"text": name})
            for name, code in state.failed[:6]
        ),
    )


# ---------------------------------------------------------------- answers


def wrong_answer(state: State, question: Question, said: str) -> Said | None:
    """What is wrong with an answer in words, checked without a cloud or a file; None if nothing is."""
    if question.id.endswith(".login") and said.startswith((ENTRY, FILE)):
        return None
    if said == LATER and question.may_wait:
        return None
    if question.kind is Kind.CHOICE:
        values = {one.value for one in question.choices}
        return None if said in values else Said("wizard.wrong.choice", {"value": said, "count": len(values)})
    if question.kind is Kind.TYPED:
        return None if said in _spellings(question.word) else Said("wizard.wrong.word", {"word": question.word})
    if not said:
        return Said("wizard.wrong.empty")
    match question.id:
        case "deadline":
            return wrong_date(said, state.now)
        case "zone":
            return wrong_zone(said, state.answers.of("deadline"))
        case "window":
            return wrong_window(said)
    return None


def _spellings(word: str) -> set[str]:
    """The word as it is, and as it can be read and typed: without blanks around it, invisible characters spelt out."""
    return {word, word.strip(), visible(word).strip()} - {""}


def value_of(question: Question, said: str) -> str:
    """The answer that was meant: a choice may be given by its number, and nothing means the recommendation."""
    said = said.strip()
    if not said:
        return question.default
    if question.kind is Kind.CHOICE and said.isdecimal() and said.isascii() and 0 < int(said) <= len(question.choices):
        return question.choices[int(said) - 1].value
    return said
