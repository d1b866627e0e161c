"""The only room that talks to clouds or imports their SDKs.

`ports/` says what the job needs; `openstack/`, `s3/` and `folder/` provide it, and so does `migrate/demo/memory/`;
`http/` is the thin client for bodies; `guard.py` decides what a source may hear. The same contract suite runs over
every provider of a port.
"""
