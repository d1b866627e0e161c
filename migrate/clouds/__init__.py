"""The only room that talks to clouds and imports their SDKs.

`ports/` defines the interfaces; `openstack/`, `s3/`, `folder/` and `migrate/demo/memory/` implement them; `http/` is
the thin client for bodies; `guard.py` decides which requests may reach a source. One contract suite tests every
implementation of a port.
"""
