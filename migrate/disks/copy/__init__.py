"""Copies disks from images and devices into the store, and back out.

Resumes from the store's content; memory use does not grow with the disk; a digest detects changed bytes. migrate.verify
never imports this package, so that copies are checked independently.
"""
