"""Makes Swift rings of one device each: swift_rings.py RING_FILE:PORT..."""

import sys

from swift.common.ring import RingBuilder

for wanted in sys.argv[1:]:
    path, port = wanted.rsplit(":", 1)
    # Four partitions, one replica: the updaters fork a process for every partition that they visit.
    builder = RingBuilder(2, 1, 1)
    builder.add_dev(
        {"id": 0, "region": 1, "zone": 1, "weight": 1, "ip": "127.0.0.1", "port": int(port), "device": "d1"}
    )
    builder.rebalance(seed="lab")
    builder.get_ring().save(path)
