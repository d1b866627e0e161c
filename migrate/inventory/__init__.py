"""Inventories: a tenant's resources and a cloud's offer; scanned, saved, compared.

`scan_project.py` reads a cloud through its ports, `inventory_file.py` owns `source.json` and `target.json`, `diff.py`
lists the changes between two inventories.
"""
