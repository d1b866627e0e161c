"""The ledger: what has been done, by whom, under which fence. The only truth for resume and reports.

SQLAlchemy Core on SQLite; another database by changing the URL. `records.py` has what it keeps, `tables.py` how,
`disks/store.py` reads and writes, `claim.py` hands a step to one runner at a time.
"""
