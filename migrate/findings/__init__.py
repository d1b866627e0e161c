"""What a person should know before anything is done, found of the tenant, the target and the policy. Pure.

`inputs.py` is what is asked, the `judge_*.py` find, kind by kind; `at_target/` says what becomes of each thing there;
`decide_what_moves.py` decides by it what moves and what is left out with all that depends on it.
"""
