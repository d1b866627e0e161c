"""Seeds, each in its own process: `python -m tests.sim --seeds 0:100`, or one again: `--seeds 203 --trace FILE`."""

# Before all else: what is imported from here on takes locks, threads and clocks of the scheduler.
from tests.sim.stand_ins import install

install()

import os  # noqa: E402
import sys  # noqa: E402

if os.environ.get("PYTHONHASHSEED") != "0":
    # Sets of texts are gone through in the order of their hashes.
    os.execve(sys.executable, [sys.executable, "-m", "tests.sim", *sys.argv[1:]], {**os.environ, "PYTHONHASHSEED": "0"})

from tests.sim.simulated_time import put_in_place  # noqa: E402

put_in_place()

from tests.sim.seeds import main  # noqa: E402

sys.exit(main())
