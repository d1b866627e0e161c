"""Every code that Decamp shows, by name: `codes.FLAVOR_CHANGES` is `"DCP-611"`.

A code is written down once, in the module of its subject, with all that is said of it (`registry.py`); texts, levels
and the tables of docs/output.md and docs/formats/plan.md come from there. Imports nothing of ours.
"""

from migrate.codes.answers import *  # noqa: F403
from migrate.codes.compute import *  # noqa: F403
from migrate.codes.disks import *  # noqa: F403
from migrate.codes.execution import *  # noqa: F403
from migrate.codes.inputs import *  # noqa: F403
from migrate.codes.machine import *  # noqa: F403
from migrate.codes.migration import *  # noqa: F403
from migrate.codes.network import *  # noqa: F403
from migrate.codes.objects import *  # noqa: F403
from migrate.codes.services import *  # noqa: F403
from migrate.codes.verification import *  # noqa: F403
from migrate.codes.waiting import *  # noqa: F403
