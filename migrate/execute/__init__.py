"""Carries out a plan once: the runner takes ready steps by rank, an action does each one, the ledger records it.

`runner.py` has the order, the limits and the exit code. `job.py` is an action's toolbox (find by mark, create, record,
remove); `actions/` has the actions, `actions/dispatch.py` their table; `attached/` copies disks through the server that
Decamp runs on. `leftovers.py` removes leftovers.
"""
