"""What a tenant has and what a cloud offers: read once, written down, compared, and checked against the policy.

`scan.py` reads a cloud through its ports, `document.py` owns `source.json` and `target.json`, `diff.py` names what
changed between two of them, `readiness.py` and `headroom.py` say before anything is done what will go wrong.
"""
