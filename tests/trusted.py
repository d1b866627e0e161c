"""An operator who reads each workspace before working with it, and agrees to all that it asks for.

Most tests are about what happens then. Those of `decamp trust`, and of workspaces that came from elsewhere, do without.
"""

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

from migrate.cli.workspace import Workspace
from migrate.errors import DecampError
from migrate.trust.asks import asks_of
from migrate.trust.consents import agree, agreed_here


def agree_to(root: Path) -> None:
    """As `decamp trust --agree --keep-approvals`; nothing where there is no readable policy."""
    try:
        policy = Workspace(root).policy()
        digests = frozenset(ask.digest for ask in asks_of(policy, root))
        if agreed_here(root) != digests:
            agree(root, digests)
    except (DecampError, OSError):
        return


def agree_before(args: Sequence[str | Path]) -> None:
    """Before this command line is run."""
    words = [str(arg) for arg in args]
    root = next((Path(after) for word, after in pairwise(words) if word == "-C"), Path())
    if (root / "policy.yaml").is_file():
        agree_to(root)
