"""What happened, for whoever decides: one summary record, and the ways to show it.

`summary.py` draws it from the plan, the ledger's records, the findings and the evidence, and is pure; `moved.py` is
the table of old and new; `story.py` draws totals, groups and steps beside it. `markdown.py`, `as_json.py` and `html.py`
show them, in English or in French, with the same facts; a number of the page says where in the JSON it stands.
"""
