"""Clouds in memory and tenants on them: for a demonstration that needs nothing, for rehearsals of failure, for tests.

Nothing else of Decamp loads this room, but for `memory:NAME` where a cloud's name is asked for.
"""
