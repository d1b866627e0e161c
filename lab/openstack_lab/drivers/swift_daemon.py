"""Runs a Swift daemon (updaters, expirer) with the lab's swift.conf: swift_daemon.py CONF MODULE [OPTION...]

The daemons read /etc/swift/swift.conf whatever swift_dir says.
"""

import importlib
import sys
from pathlib import Path

from swift.common import utils

conf, module, *options = sys.argv[1:]
utils.SWIFT_CONF_FILE = str(Path(conf).with_name("swift.conf"))
sys.argv = [module, conf, *options]
importlib.import_module(module).main()
