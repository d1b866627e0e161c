"""Disks against the best peers: what it takes to store one, to read it again, to send what changed, to restore it.

`make bench-disks`. Images are files, most with a file system in them. Decamp's own capture and restore run in a process
of their own (`decamp.py`), so that its time, CPU and memory are taken as any peer's are.
"""
