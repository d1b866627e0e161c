"""nova-compute with the lab's driver: Nova loads drivers from its own package only, so the package is told of this folder."""
import os
import sys

from nova.cmd import compute        # first of Nova: it patches the standard library

import nova.virt

nova.virt.__path__.append(os.path.dirname(os.path.abspath(__file__)))
sys.argv[0] = 'nova-compute'
sys.exit(compute.main())
