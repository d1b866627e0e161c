"""Does the target hold what the source held? Own readers, own comparisons, evidence that a customer can keep.

Imports nothing of what copied: a copier's mistake cannot vouch for itself.
"""
