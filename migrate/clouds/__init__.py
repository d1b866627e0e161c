"""The only room that talks to clouds or imports their SDKs.

`ports.py` says what the job needs; `openstack/`, `s3/`, `folder/` and `memory/` provide it; `guard.py` decides what a
source may hear. The same contract suite runs over every provider of a port.
"""
