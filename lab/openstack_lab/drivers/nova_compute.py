"""nova-compute with the lab's driver. Nova loads drivers from its own package only, so the package gets this folder."""

import sys
from pathlib import Path

from nova.cmd import compute  # before the rest of Nova: it patches the standard library

from nova import virt  # isort: skip

virt.__path__.append(str(Path(__file__).resolve().parent))
sys.argv[0] = "nova-compute"
sys.exit(compute.main())
