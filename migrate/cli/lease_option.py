"""The option of commands that carry out steps, for how long a silent runner keeps them."""

import click

from migrate.cli.options import PlainNumber
from migrate.ledger.ledger_records import LONGEST_LEASE_S

lease_option = click.option(
    "--lease",
    "lease_s",
    type=PlainNumber(click.FloatRange(min=2, max=LONGEST_LEASE_S)),
    default=60,
    show_default=True,
    metavar="SECONDS",
    help="Time after which another runner takes over the steps of a silent one.",
)
