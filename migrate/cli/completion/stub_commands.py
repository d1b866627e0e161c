"""The commands with their options, for completion alone: from `commands.json`, without importing one of them."""

import json
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import click
from click.shell_completion import CompletionItem

from migrate.cli.completion.planned_names import PlannedNames, planned_names

TABLE = Path(__file__).with_name("commands.json")
_MOST = 2000
"""Completions for one word: nobody reads more, and a plan may have 100,000 steps."""

Offer = Callable[[PlannedNames, str], Iterable[str]]


def _steps(plan: PlannedNames, _said: str) -> Iterator[str]:
    yield "evacuate"
    yield from plan.selectors()
    yield from (step.id for step in plan.steps)


def _with_settings(plan: PlannedNames, _said: str) -> Iterator[str]:
    for kind in ("container", "security-group", "floating-ip"):
        yield from plan.selectors(kind)


def _codes(_plan: PlannedNames, said: str) -> list[str]:
    from migrate.messages import codes  # noqa: F401  fills the registry
    from migrate.messages.codes.registry import ENTRIES

    return sorted(code.removeprefix("DCP-") if said[:1].isdigit() else code for code in ENTRIES)


OFFERS: dict[str, Offer] = {
    "WAVE|SERVER": lambda plan, _: [*plan.wave_names(), *plan.stopped_servers()],
    "WAVE": lambda plan, _: plan.wave_names(),
    "SERVER": lambda plan, _: plan.stopped_servers(),
    "[GATE]": lambda plan, _: [gate.name for gate in plan.gates],
    "--only": _steps,
    "--set-again": _with_settings,
    "CONTAINER": lambda plan, _: plan.selectors("container"),
    "CODE...": _codes,
}
"""What completes a value, by its option, else by the word that stands for it in the help."""
_PATHS = {"DIR": "dir", "[DIR]": "dir", "FILE": "file"}


def stub_group() -> click.Group:
    """`decamp` with all its commands and options, which do nothing."""
    group = _command("decamp", json.loads(TABLE.read_text("utf-8")))
    assert isinstance(group, click.Group)
    return group


def _command(name: str, told: dict[str, Any]) -> click.Command:
    params = [_param(one) for one in told["params"]]
    if "commands" not in told:
        return click.Command(name, params=params, short_help=told["help"])
    below = {inner: _command(inner, one) for inner, one in told["commands"].items()}
    settings = {"help_option_names": ["-h", "--help"]}
    return click.Group(name, below, params=params, short_help=told["help"], context_settings=settings)


def _param(told: dict[str, Any]) -> click.Parameter:
    takes, choices = told["takes"], told["choices"]
    offered = next((key for key in (*told.get("opts", ()), takes) if key in OFFERS), takes)
    more: dict[str, Any] = {"nargs": told["nargs"], "shell_complete": _offer(offered)}
    if choices:
        more |= {"type": click.Choice(choices), "shell_complete": None}
    if "opts" not in told:
        return click.Argument([told["name"]], required=False, **more)
    if told["flag"]:
        return click.Option(told["opts"], is_flag=True, help=told["help"])
    callback = _keep_directory if "--directory" in told["opts"] else None
    return click.Option(told["opts"], multiple=told["multiple"], help=told["help"], callback=callback, **more)


def _keep_directory(ctx: click.Context, _param: click.Parameter, value: str | None) -> None:
    if value:
        ctx.find_root().meta["directory"] = value


def _offer(takes: str) -> Callable[[click.Context, click.Parameter, str], list[CompletionItem]]:
    def complete(ctx: click.Context, _param: click.Parameter, said: str) -> list[CompletionItem]:
        if takes in _PATHS:
            return [CompletionItem(said, type=_PATHS[takes])]
        offer = OFFERS.get(takes)
        if offer is None:
            return []
        plan = planned_names(Path(ctx.find_root().meta.get("directory", ".")).expanduser())
        fitting = dict.fromkeys(name for name in offer(plan, said) if name.startswith(said) and name.isprintable())
        return [CompletionItem(name) for name in islice(fitting, _MOST)]

    return complete
