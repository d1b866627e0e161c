"""DNS lookups. The only room that contacts name servers and imports dnspython.

It returns records of `migrate.model`; `migrate.plan` judges them.
"""
