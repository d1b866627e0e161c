"""What is found of a plan as a whole before it is carried out: quotas, provider limits, dependencies, maturity. Pure.

`check_all.py` puts it together with what was found of each item: every finding of `decamp check`.
"""
