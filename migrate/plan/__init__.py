"""What will be done, decided before anything is: a pure function of two inventories and the policy.

`policy.py` reads the one document that people edit, `mapping.py` finds a place for each thing at the target,
`build.py` makes the steps and `order.py` their ranks; `document.py` owns `plan.json`. No cloud, no clock.
"""
