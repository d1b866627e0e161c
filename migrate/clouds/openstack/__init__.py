"""An OpenStack cloud behind the five ports.

Control calls are plain JSON over a keystoneauth session (login, catalogue, versions and microversions are its
business), bodies go through the thin client of `clouds.http`. Both pass the same gatekeeper at the lowest point.
SDK and JSON shapes stop at `translate*.py`, faults at `faults.py`.
"""
