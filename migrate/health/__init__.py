"""Health checks of moved servers: what each one does from this machine, and what is kept of it.

`carry_out.py` decides (how often, in which order, when it is over) and does nothing itself; the probes each ask once.
What a server, its console or a command answers is strangers' text: bounded where it is read, and cleaned before it
is shown.
"""
