"""The fourth part: one question for each kind of finding that needs a person's word, most consequential first. Pure.

Whatever is recommended loses nothing: it keeps, or it puts off. What a decision writes, `changes_of` says.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any

from migrate.findings.finding import CODES, Finding, blocking, undecided
from migrate.messages import codes
from migrate.messages.codes.registry import Level
from migrate.model import Flavor, Inventory
from migrate.policy.policy_records import CUT_OVER, TWIN, Policy
from migrate.policy.windows import parse_window
from migrate.wizard.kept_answers import plain
from migrate.wizard.question_records import LATER, Choice, Kind, Part, Question, Said
from migrate.wizard.story_state import State, WaveNow

KEEP, LEAVE, ACCEPT = "keep", "leave", "accept"
PROPOSED, CHOOSE, TOGETHER = "proposed", "choose", "together"
ANY, NIGHTS, WEEKEND, OWN = "any", "nights", "weekend", "own"
_UNUSED = (codes.VOLUME_UNUSED, codes.IMAGE_UNUSED, codes.FLOATING_IP_UNUSED)
"""Unused things that take time or cost money at the target; unused groups and ports cost nothing."""
_TWINS = (codes.TWIN_UNDECIDED, codes.TWIN_RUNS_ALREADY)
_BY_CHOICE = (codes.SKIPPED_BY_POLICY, codes.DEPENDENCY_LEFT_OUT, codes.LISTING_SKIPPED)
"""Losses that follow from a decision that was made."""
_SHOWN = 6
_WAVE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}", re.ASCII)
"""Names that a wave may have in policy.yaml; a proposed wave has its server's."""
_HOURS = {NIGHTS: "daily 22:00-06:00", WEEKEND: "sat,sun"}


def unused_questions(state: State) -> Iterator[Question]:
    """Whether what nobody seems to use moves too: it does unless somebody says otherwise."""
    for code in _UNUSED:
        found = [one for one in state.findings if one.code == code]
        if not found or _is_settled(state, f"unused.{code}", found):
            continue
        yield Question(
            id=f"unused.{code}",
            part=Part.TENANT,
            text=Said(f"wizard.ask.unused.{_word(code)}", {"count": len(found)}),
            why=Said("wizard.why.unused"),
            choices=(Choice(KEEP, Said("wizard.keep")), Choice(LEAVE, Said("wizard.leave"))),
            default=KEEP,
            lines=_names(found),
            about=_items(found),
            same_as="skip",
        )


def _word(code: str) -> str:
    return {codes.VOLUME_UNUSED: "volumes", codes.IMAGE_UNUSED: "images"}.get(code, "addresses")


def decisions(state: State) -> list[Question]:
    """All decisions, answered or not, with their number: so that the count stays the same while they are made."""
    if state.policy is None or state.source is None or state.target is None:
        return []
    asked = [*_of_findings(state, state.policy, state.target), *_flavors(state, state.target), *_start(state)]
    asked += [*_waves(state), *_windows(state)]
    return [one._replace(turn=(at, len(asked))) for at, one in enumerate(asked, 1)]


def is_open(state: State, question: Question) -> bool:
    """Whether a decision is still to be made: neither answered for all its items, nor made in policy.yaml."""
    if state.answers.settles(question.id, question.about):
        return False
    if not question.id.startswith("finding."):
        return True
    return any(one.code == question.id.removeprefix("finding.") for one in _open_findings(state))


def _open_findings(state: State) -> list[Finding]:
    if state.policy is None:
        return []
    return [*blocking(state.findings, state.policy), *undecided(state.findings, state.policy)]


def _of_findings(state: State, policy: Policy, target: Inventory) -> Iterator[Question]:
    """One question for each code that blocks or loses: blocks first, then those that concern most items."""
    wanted = [
        one
        for one in state.findings
        if one.level in {Level.BLOCKS, Level.LOSES} and one.code not in _BY_CHOICE and one.code != codes.DEADLINE_PASSED
    ]
    by_code = {code: list(found) for code, found in groupby(sorted(wanted, key=_code), key=_code)}
    ordered = sorted(by_code.values(), key=lambda found: (found[0].level is Level.LOSES, -len(found), found[0].code))
    for found in ordered:
        open_ones = [one for one in found if one in _open_findings(state)]
        if not open_ones and f"finding.{found[0].code}" not in state.answers.answers:
            continue  # decided in policy.yaml without the wizard
        yield _of_code(found, _choices(found, target))


def _code(found: Finding) -> str:
    return found.code


def _of_code(found: list[Finding], choices: tuple[Choice, ...]) -> Question:
    code, level = found[0].code, found[0].level
    return Question(
        id=f"finding.{code}",
        part=Part.DECISIONS,
        text=Said(f"wizard.ask.{level.value}", {"count": len(found)}),
        why=Said(f"wizard.why.{level.value}", {"code": code}),
        choices=choices,
        default=LATER,
        lines=_sentences(found),
        about=_items(found),
        same_as="skip, accept, mappings" if level is Level.BLOCKS else "accept, skip",
        may_wait=True,
    )


def _choices(found: list[Finding], target: Inventory) -> tuple[Choice, ...]:
    code = found[0].code
    spec = CODES[code]
    ways: list[Choice] = [Choice(LATER, Said(f"wizard.later.{found[0].level.value}"))]
    ways += _mapped(found, target)
    if code in _TWINS:
        ways += [Choice(CUT_OVER, Said("wizard.start.cut-over")), Choice(TWIN, Said("wizard.start.twin"))]
    if spec.level is Level.LOSES or spec.can_go_on:
        ways.append(Choice(ACCEPT, Said("wizard.accept")))
    if all(one.item for one in found):
        ways.append(Choice(LEAVE, Said("wizard.leave")))
    return tuple(ways)


def _mapped(found: list[Finding], target: Inventory) -> Iterator[Choice]:
    """The target's external networks, where the choice among them is not clear."""
    if found[0].code == codes.EXTERNAL_NETWORK_UNCLEAR:
        for network in target.facts.external_networks:
            yield Choice(f"to:{network.name}", Said("wizard.to-network", {"name": network.name}))


def _flavors(state: State, target: Inventory) -> Iterator[Question]:
    """The sizes of servers that change; then, if somebody wants others, one question for each."""
    found = [one for one in state.findings if one.code == codes.FLAVOR_CHANGES]
    if not found:
        return
    yield Question(
        id="flavors",
        part=Part.DECISIONS,
        text=Said("wizard.ask.flavors", {"count": len(found)}),
        why=Said("wizard.why.flavors"),
        choices=(Choice(PROPOSED, Said("wizard.flavors.proposed")), Choice(CHOOSE, Said("wizard.flavors.choose"))),
        default=PROPOSED,
        lines=tuple(
            Said("wizard.flavor.change", {"name": one.name, "what": one.facts["what"], "flavor": one.facts["target"]})
            for one in found[:_SHOWN]
        ),
        about=_items(found),
        same_as="mappings.flavors",
    )
    if state.answers.of("flavors") != CHOOSE:
        return
    chosen = {key.removeprefix("flavor.") for key in state.answers.answers if key.startswith("flavor.")}
    offered = sorted(target.facts.flavors, key=lambda one: (one.ram_mib, one.vcpus, one.disk_gib, one.name))
    for name in sorted({one.facts["source"] for one in found} | chosen):
        proposed = next((one.facts["target"] for one in found if one.facts["source"] == name), "")
        yield Question(
            id=f"flavor.{name}",
            part=Part.DECISIONS,
            text=Said("wizard.ask.flavor", {"name": name}),
            why=Said("wizard.why.flavors"),
            choices=tuple(Choice(one.name, _flavor(one)) for one in offered),
            default=proposed,
            same_as=f"mappings.flavors.{name}",
        )


def _flavor(flavor: Flavor) -> Said:
    sizes = {"vcpus": flavor.vcpus, "ram": flavor.ram_mib << 20, "disk": flavor.disk_gib << 30}
    return Said("wizard.flavor", {"name": flavor.name, **sizes})


def _start(state: State) -> Iterator[Question]:
    """Whether a server that runs is stopped at the source first; nobody is asked who has no such server."""
    stopped = [one for one in state.findings if one.code in {codes.SERVER_STOPPED_FOR_CAPTURE, codes.TWIN_CHOSEN}]
    if stopped:
        yield Question(
            id="start",
            part=Part.DECISIONS,
            text=Said("wizard.ask.start", {"count": len(stopped)}),
            why=Said("wizard.why.start"),
            choices=(Choice(CUT_OVER, Said("wizard.start.cut-over")), Choice(TWIN, Said("wizard.start.twin"))),
            default=CUT_OVER,
            lines=_names(stopped),
            same_as="servers.start",
        )


def _waves(state: State) -> Iterator[Question]:
    """Which servers go together: as proposed, or all at once."""
    if len(state.waves) > 1 or state.answers.of("waves"):
        yield Question(
            id="waves",
            part=Part.DECISIONS,
            text=Said("wizard.ask.waves", {"count": len(state.waves)}),
            why=Said("wizard.why.waves"),
            choices=(Choice(PROPOSED, Said("wizard.waves.proposed")), Choice(TOGETHER, Said("wizard.waves.together"))),
            default=PROPOSED,
            lines=tuple(_wave(one) for one in state.waves[:_SHOWN]),
            same_as="waves.servers",
        )


def _wave(wave: WaveNow) -> Said:
    return Said("wizard.wave", {"name": wave.name, "servers": ", ".join(wave.servers)})


def _windows(state: State) -> Iterator[Question]:
    """The hours in which servers may be stopped; each stop needs a word of its own anyway."""
    if not state.waves:
        return
    yield Question(
        id="windows",
        part=Part.DECISIONS,
        text=Said("wizard.ask.windows"),
        why=Said("wizard.why.windows"),
        choices=tuple(Choice(one, Said(f"wizard.windows.{one}")) for one in (ANY, NIGHTS, WEEKEND, OWN)),
        default=ANY,
        same_as="waves.windows",
    )
    if state.answers.of("windows") == OWN:
        yield Question(
            id="window",
            part=Part.DECISIONS,
            text=Said("wizard.ask.window"),
            why=Said("wizard.why.windows"),
            kind=Kind.TEXT,
            same_as="waves.windows",
        )


def wrong_window(said: str) -> Said | None:
    """What is wrong with an answer to `window`."""
    return Said("wizard.wrong.window", {"value": said}) if isinstance(parse_window(said), str) else None


def _is_settled(state: State, question: str, found: list[Finding]) -> bool:
    return state.answers.settles(question, _items(found))


def _items(found: Iterable[Finding]) -> tuple[str, ...]:
    return tuple(sorted({one.item or one.code for one in found}))


def _names(found: list[Finding]) -> tuple[Said, ...]:
    shown = tuple(Said("wizard.plain", {"text": one.name or one.item}) for one in found[:_SHOWN])
    return shown + _more(len(found))


def _sentences(found: list[Finding]) -> tuple[Said, ...]:
    """Name and sentence of each finding."""
    shown = [
        Said("wizard.finding", {"name": one.name or one.item or "—", "said": Said(one.code, one.facts)})
        for one in found[:_SHOWN]
    ]
    return (*shown, *_more(len(found)))


def _more(count: int) -> tuple[Said, ...]:
    return (Said("wizard.more", {"count": count - _SHOWN}),) if count > _SHOWN else ()


# ---------------------------------------------------------------- what an answer writes


def changes_of(state: State, question: Question, answer: str) -> dict[str, Any]:
    """The fields of the policy that an answer sets, as plain values; empty if it keeps things as they are."""
    policy = state.policy
    if policy is None or answer == LATER:
        return {}
    match question.id.partition("."):
        case ("finding", _, code):
            return _of_answer(state, policy, [one for one in state.findings if one.code == code], answer)
        case ("unused", _, code) if answer == LEAVE:
            return {"skip": _added(policy.skip, [one.item for one in state.findings if one.code == code])}
        case ("flavor", _, name):
            flavors = {**policy.mappings.flavors, name: answer}
            return {"mappings": {**plain(policy.mappings), "flavors": flavors}}
        case ("start", _, _):
            return {"start": answer} if answer != policy.start else {}
        case ("waves", _, _) if answer == TOGETHER:
            servers = {one.item: "all" for one in state.findings if one.code == codes.SERVER_STOPPED_FOR_CAPTURE}
            return {"waves": {**plain(policy.waves), "servers": servers}}
        case ("windows", _, _) if answer in _HOURS:
            return _windowed(state, policy, f"{_HOURS[answer]} {_zone(policy)}")
        case ("window", _, _):
            return _windowed(state, policy, answer)
    return {}


def _of_answer(state: State, policy: Policy, found: list[Finding], answer: str) -> dict[str, Any]:
    open_ones = [one for one in found if one in _open_findings(state)]
    items = [one.item for one in open_ones if one.item]
    if answer == LEAVE:
        return {"skip": _added(policy.skip, items)}
    if answer == ACCEPT:
        return {
            "accept": _added(policy.accept, [f"{one.code}:{one.item}" if one.item else one.code for one in open_ones])
        }
    if answer == TWIN:
        return {"start_by_server": {**policy.start_by_server, **dict.fromkeys(items, TWIN)}}
    if answer == CUT_OVER:
        return {"consistency": "auto"}
    if answer.startswith("to:"):
        networks = {one.facts["source"]: answer.removeprefix("to:") for one in open_ones}
        external = {**policy.mappings.external_networks, **networks}
        return {"mappings": {**plain(policy.mappings), "external_networks": external}}
    return {}


def _windowed(state: State, policy: Policy, window: str) -> dict[str, Any]:
    """The same window for each wave, which policy.yaml must name for that."""
    servers = dict(policy.waves.servers)
    windows: dict[str, str] = {}
    for number, wave in enumerate(state.waves, 1):
        named = {servers.get(one) for one in wave.items}
        name = wave.name if wave.name in named or _WAVE.fullmatch(wave.name) else f"wave-{number}"
        servers |= {one: name for one in wave.items if wave.name not in named}
        windows[name] = window
    return {"waves": {**plain(policy.waves), "servers": servers, "windows": windows}}


def _zone(policy: Policy) -> str:
    return policy.schedule.time_zone or "Europe/Paris"


def _added(before: tuple[str, ...], new: list[str]) -> list[str]:
    return [*before, *(one for one in dict.fromkeys(new) if one not in before)]
