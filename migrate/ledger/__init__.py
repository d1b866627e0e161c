"""The ledger: what was done, by whom, under which fence. Resume and reports rely on nothing else.

SQLAlchemy Core on SQLite, or another database by URL. `ledger_records.py` has the records, `ledger_tables.py` the
tables, `ledger.py` reads and writes, `step_claim.py` gives a step to one runner at a time.
"""
