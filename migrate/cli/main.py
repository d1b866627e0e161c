"""`decamp`: a table of commands. Each is imported only when called, so that `--help` stays fast."""

import os
from importlib import import_module

import click

TABLE: dict[str, tuple[str, str]] = {
    "wizard": ("migrate.cli.commands.wizard", "Be taken through the whole move, one question at a time."),
    "init": ("migrate.cli.commands.init", "Make a workspace: its policy.yaml and its folders."),
    "scan": ("migrate.cli.commands.scan", "Read both clouds into source.json and target.json. Changes nothing."),
    "check": ("migrate.cli.commands.check", "Say what blocks, what changes and what is lost. Changes nothing."),
    "plan": ("migrate.cli.commands.plan", "Make plan.json out of the policy and the inventories. Changes nothing."),
    "forecast": (
        "migrate.cli.commands.forecast",
        "Say whether it will be done in time, and how sure that is. Changes nothing.",
    ),
    "run": ("migrate.cli.commands.run", "Carry the plan out; a rehearsal unless --execute."),
    "approve": ("migrate.cli.commands.approve", "List what waits for a person's word, or grant it."),
    "cut-over": ("migrate.cli.commands.cut_over", "Move one wave for good, or hold it; a rehearsal unless --execute."),
    "test-launch": (
        "migrate.cli.commands.test_launch",
        "Start copies of a wave's servers at the target on an isolated network, check and remove them.",
    ),
    "rollback": (
        "migrate.cli.commands.rollback",
        "Bring a wave back to the source; a rehearsal unless --execute.",
    ),
    "accept": ("migrate.cli.commands.accept", "Say that a wave at the target is the customer's from now on."),
    "trust": (
        "migrate.cli.commands.trust",
        "Show what the workspace would run as you and log in to, and agree to it.",
    ),
    "status": ("migrate.cli.commands.status", "Say where things stand, what waits and why, and what to do next."),
    "watch": ("migrate.cli.commands.watch", "Show progress live, from the ledger alone, beside a run or far from it."),
    "verify": ("migrate.cli.commands.verify", "Compare the target with the source and keep the evidence."),
    "report": ("migrate.cli.commands.report", "Write the report of the migration."),
    "support-bundle": (
        "migrate.cli.commands.hand_over.support_bundle",
        "Put documents, ledger and logs into one file for support, without secrets.",
    ),
    "pack": ("migrate.cli.commands.hand_over.pack", "Put the whole workspace into one file, to go on elsewhere."),
    "unpack": ("migrate.cli.commands.hand_over.pack:unpack_command", "Go on here with a packed workspace."),
    "store": ("migrate.cli.commands.store", "Check the store of captured disks, or remove what nothing needs."),
    "demo": ("migrate.cli.commands.demo", "Show a whole move on clouds in memory, without any account."),
    "doctor": (
        "migrate.cli.commands.help.doctor",
        "Check this machine, the workspace and both clouds. Changes nothing.",
    ),
    "explain": ("migrate.cli.commands.help.explain", "Explain a code such as DCP-611, with an example and what to do."),
    "completion": ("migrate.cli.commands.help.completion", "Print the script for completion in bash, zsh or fish."),
    "clean": ("migrate.cli.commands.clean", "Remove Decamp's own temporary resources; a rehearsal unless --execute."),
}


class LazyGroup(click.Group):
    """Looks commands up in TABLE, and imports a command only to run it or to show its help."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(TABLE)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does, but click knows no commands that are looked up here, and suggests none."""
        if args[0] not in TABLE and not args[0].startswith("-") and not ctx.resilient_parsing:
            from migrate.nearest_names import nearest

            raise click.NoSuchCommand(args[0], possibilities=nearest(args[0], TABLE), ctx=ctx)
        return super().resolve_command(ctx, args)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in TABLE:
            return None
        module, _, name = TABLE[cmd_name][0].partition(":")
        command: click.Command = getattr(import_module(module), name or "command")
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in TABLE.items()])


def _version(ctx: click.Context, _param: click.Parameter, wanted: bool) -> None:
    if not wanted:
        return
    from migrate import __version__
    from migrate.cli.console import echo

    echo(f"decamp {__version__}")
    ctx.exit()


@click.pass_context
def _help_without_command(ctx: click.Context) -> None:
    if ctx.invoked_subcommand is None:
        from migrate.cli.console import print_text

        print_text(ctx.get_help(), err=True)
        ctx.exit(2)


def make_group() -> click.Group:
    from migrate.cli.options import SHARED

    return LazyGroup(
        "decamp",
        params=[
            *SHARED,
            click.Option(
                ["--version"],
                is_flag=True,
                is_eager=True,
                expose_value=False,
                callback=_version,
                help="Show the version and exit.",
            ),
        ],
        help="Move a whole tenant off an OpenStack cloud before it is switched off, and prove the result.\n\n"
        "Commands in order: init, scan, check, plan, forecast, run, verify, report. "
        "`decamp status` always shows the next one.",
        context_settings={"help_option_names": ["-h", "--help"]},
        invoke_without_command=True,
        callback=_help_without_command,
    )


def main(args: list[str] | None = None) -> None:
    """The console script: never shows a traceback, and always exits with a documented code."""
    if asked := os.environ.get("_DECAMP_COMPLETE"):
        from migrate.cli.completion.answer_shell import answer

        raise SystemExit(answer(asked))
    from migrate.cli.failures import run_guarded
    from migrate.cli.lost_readers import keep_streams

    keep_streams()
    raise SystemExit(run_guarded(make_group(), args))


if __name__ == "__main__":
    main()
