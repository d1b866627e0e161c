"""Objects against the best peer: what a move costs (`make bench-objects`) and what it keeps (`make versus`).

Nothing here imports `migrate`: tenants are built, measured and judged by raw requests of its own, and Decamp is driven
as a user drives it, by its command.
"""
