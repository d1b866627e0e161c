"""Carries a plan out, once: the runner takes ready steps by rank, an action does one, the ledger remembers.

`context.py` is what an action works with (find by mark, make, record, remove); `network.py`, `disks.py`, `servers.py`
and `objects.py` hold the actions; `runner.py` the order, the limits and the verdict; `clean.py` what is left over.
"""
