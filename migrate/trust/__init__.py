"""What this user has agreed to on this machine, kept outside every workspace.

A policy names programs that are run as the operator, and a database that is logged in to; a ledger holds approvals. A
workspace that came from elsewhere brings all of these with it, so nothing in it can say that somebody here agreed.
"""
