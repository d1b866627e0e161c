"""Findings: what a person should know before the move, from tenant, target and policy. Pure.

`inputs.py` holds the facts, the `judge_*.py` modules find problems by kind; `at_target/` determines what each resource
becomes; `decide_what_moves.py` decides what moves, and what is left out with all its dependents.
"""
