"""The plan, decided before any change: a pure function of two inventories and the policy.

`build_plan.py` makes the steps and `order.py` their ranks; `plan_file.py` owns `plan.json`. No cloud, no clock.
"""
