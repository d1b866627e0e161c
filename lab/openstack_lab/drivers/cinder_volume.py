"""cinder-volume that looks after its child twice a second. It does so a hundred times by default, at 2 % of a core."""

import sys
from functools import partial

from cinder.cmd import volume  # before the rest of Cinder: it patches the standard library

from cinder import service  # isort: skip

service.service.ProcessLauncher = partial(service.service.ProcessLauncher, wait_interval=0.5)
sys.argv[0] = "cinder-volume"
sys.exit(volume.main())
