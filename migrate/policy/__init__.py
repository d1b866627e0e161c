"""The policy: `policy.yaml` as records, its reader and writer, and the meaning of its settings.

Pure, and below all rooms that use it: settings, windows, mapping of names to the target, provider profiles.
"""
