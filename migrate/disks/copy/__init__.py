"""Disks out of images and devices into the store, and out of it again.

Resumable by looking at what is there; memory stays flat as a disk grows; a digest refuses bytes that differ. What was
copied is judged elsewhere: migrate.verify never imports this package.
"""
