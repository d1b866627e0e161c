"""Carries a plan out, once: the runner takes ready steps by rank, an action does one, the ledger remembers.

`runner.py` has the order, the limits and the verdict. `job.py` is what an action works with (find by mark, make,
record, remove); `actions/` holds what does each kind of step, `actions/dispatch.py` the table of them; `attached/` is
the path through the server that Decamp runs on. `leftovers.py` removes what is left over.
"""
