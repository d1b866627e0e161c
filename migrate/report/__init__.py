"""What happened, for whoever decides: one summary record, and the ways to show it.

`summary.py` draws it from the plan, the ledger's records, the findings and the evidence, and is pure; `moved.py` is
the table of old and new; `markdown.py` and `as_json.py` show it, in English or in French, with the same facts.
"""
