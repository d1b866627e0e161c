"""All codes by name: `codes.FLAVOR_CHANGES` is `"DCP-611"`.

Each code has one entry, in the module of its subject (`registry.py`); texts, levels and the tables of docs/output.md
and docs/formats/plan.md come from it. Imports nothing of ours.
"""

from migrate.messages.codes.bad_input import *  # noqa: F403
from migrate.messages.codes.cloud_answers import *  # noqa: F403
from migrate.messages.codes.disks import *  # noqa: F403
from migrate.messages.codes.execution import *  # noqa: F403
from migrate.messages.codes.health import *  # noqa: F403
from migrate.messages.codes.launches import *  # noqa: F403
from migrate.messages.codes.migration import *  # noqa: F403
from migrate.messages.codes.moving_workspaces import *  # noqa: F403
from migrate.messages.codes.names import *  # noqa: F403
from migrate.messages.codes.networks import *  # noqa: F403
from migrate.messages.codes.object_storage import *  # noqa: F403
from migrate.messages.codes.rollbacks import *  # noqa: F403
from migrate.messages.codes.server_waves import *  # noqa: F403
from migrate.messages.codes.servers import *  # noqa: F403
from migrate.messages.codes.services import *  # noqa: F403
from migrate.messages.codes.this_machine import *  # noqa: F403
from migrate.messages.codes.verification import *  # noqa: F403
from migrate.messages.codes.waits import *  # noqa: F403
from migrate.messages.codes.warm_passes import *  # noqa: F403
from migrate.messages.codes.wizard_answers import *  # noqa: F403
