"""The waves of a plan, for `plan` and `approve`: servers, reasons, times and downtimes."""

from collections.abc import Mapping, Sequence

from msgspec import UNSET

from migrate.cli.context import App
from migrate.cli.views.server_downtimes import lasts
from migrate.forecast.forecast_records import Downtime
from migrate.model.steps import LastPass, Plan, StopServer
from migrate.model.wave_records import PlannedWave, TieKind


def wave_lines(app: App, plan: Plan, downs: Sequence[Downtime]) -> list[str]:
    """A title and a table of the waves in order; empty if all waves are single servers without rules."""
    waves = () if plan.waves is UNSET else plan.waves
    containers = _containers(plan)
    if not containers and not any(
        len(wave.servers) > 1 or wave.windows or wave.after or _is_named(wave) for wave in waves
    ):
        return []
    names = {step.action.server_id: step.name for step in plan.steps if isinstance(step.action, StopServer)}
    columns = ("wave", "servers", "shares", "window", "even", "sure")
    rows = [_row(app, wave, names, [one for one in downs if one.server_id in wave.servers]) for wave in waves]
    notes = [app.say("waves.order", waves=", ".join(ordered))] if (ordered := _ordered(waves)) else []
    notes += [
        app.say("waves.containers", wave=wave.name, containers=", ".join(found))
        for wave in waves
        if (found := containers.get(wave.servers))
    ]
    return [app.say("waves.title", count=len(waves)), *app.table(columns, rows), *notes]


def _row(app: App, wave: PlannedWave, names: Mapping[str, str], downs: Sequence[Downtime]) -> tuple[object, ...]:
    shares = [app.say(f"tie.{tie.kind}", name=tie.name) for tie in wave.ties if tie.kind is not TieKind.POLICY]
    return (
        wave.name,
        ", ".join(sorted(names[one] for one in wave.servers)),
        "; ".join(shares),
        "; ".join(wave.windows),
        *(lasts(app, _longest([down.p50_s for down in downs])), lasts(app, _longest([down.p90_s for down in downs]))),
    )


def _containers(plan: Plan) -> dict[tuple[str, ...], list[str]]:
    """Maps the servers of a wave to its containers."""
    found: dict[tuple[str, ...], list[str]] = {}
    for step in plan.steps:
        if isinstance(step.action, LastPass):
            found.setdefault(step.action.servers, []).append(step.action.name)
    return found


def _longest(spans: Sequence[float | None]) -> float | None:
    """The longest downtime in a wave; None if one has no end in sight."""
    known = [one for one in spans if one is not None]
    return max(known) if len(known) == len(spans) and known else None


def _is_named(wave: PlannedWave) -> bool:
    return any(tie.kind is TieKind.POLICY for tie in wave.ties)


def _ordered(waves: Sequence[PlannedWave]) -> list[str]:
    """Names of waves that wait for the one before them."""
    after = {wave.after for wave in waves if wave.after}
    return [wave.name for wave in waves if wave.after or wave.name in after]
