"""Findings about a plan as a whole: quotas, provider limits, dependencies, maturity. Pure.

`check_all.py` combines them with the findings about items into the output of `decamp check`.
"""
