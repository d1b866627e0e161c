"""Carries a plan out, once: the runner takes ready steps by rank, an action does one, the ledger remembers.

`context.py` is what an action works with (find by mark, make, record, remove). `actions.py` says which function does
which action: those of networks are in `network.py`, of servers in `servers.py`, of disks in `capture.py`, `restore.py`
and `verification.py`, of containers in `objects.py`. `runner.py` has the order, the limits and the verdict; `clean.py`
removes what is left over.
"""
