"""Verification: checks that the target holds the source's content, with its own readers and comparisons, and records
the evidence for the customer.

Imports nothing from the copying code: a copier's mistake must not confirm itself.
"""
