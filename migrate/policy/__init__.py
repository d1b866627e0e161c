"""What people decide: `policy.yaml` as records, how it is read and written, and what its words stand for.

Pure, and below every room that decides by it: settings, windows, mapping of names to the target, provider profiles.
"""
