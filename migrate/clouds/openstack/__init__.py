"""An OpenStack cloud behind the six ports.

Control calls are plain JSON over a keystoneauth session (login, catalogue, versions and microversions are its
business), containers are listed and made by swiftclient over that session's transport, bodies go through the thin
client of `clouds.http`. All pass the same gatekeeper at the lowest point.
SDK and JSON shapes stop at `translate*.py`, faults at `faults.py`.
"""
