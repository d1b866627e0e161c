"""What will be done, decided before anything is: a pure function of two inventories and the policy.

`build.py` makes the steps and `order.py` their ranks; `document.py` owns `plan.json`. No cloud, no clock.
"""
