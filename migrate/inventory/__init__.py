"""What a tenant has and what a cloud offers: read once, written down, compared.

`scan_project.py` reads a cloud through its ports, `inventory_file.py` owns `source.json` and `target.json`, `diff.py`
names what changed between two of them.
"""
