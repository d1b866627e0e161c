"""In-memory clouds with example tenants, for demonstrations, failure rehearsals and tests.

The rest of Decamp loads this room only for cloud names of the form `memory:NAME`.
"""
