"""An OpenStack cloud behind the six ports.

Control calls are plain JSON over a keystoneauth session, which handles login, catalogue, versions and microversions.
swiftclient lists and creates containers over that session's transport; bodies go through the thin client of
`clouds.http`. All requests pass the same gatekeeper at the lowest level. SDK and JSON types stay within
`translate*.py`, error answers within `faults.py`.
"""
