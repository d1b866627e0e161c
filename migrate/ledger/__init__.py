"""The ledger: what has been done, by whom, under which fence. The only truth for resume and reports.

SQLAlchemy Core on SQLite; another database by changing the URL. `ledger_records.py` has what it keeps,
`ledger_tables.py` how, `ledger.py` reads and writes, `step_claim.py` hands a step to one runner at a time.
"""
