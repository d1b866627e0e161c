"""An old cloud in front of the lab's source: what a tenant met in 2014, on the real services of today.

One process listens on a free port for each service and passes requests on. On the way it takes away what the old
releases did not have (identity v3, microversions, tags, ranges, filters) and, when told to, it misbehaves as clouds do
that are about to be switched off: tokens rejected, answers lost, a slow line. Standard library only.

    wire.py      heads and bodies of HTTP, byte for byte
    services.py  the services behind, and the addresses that they have here
    identity.py  identity 2.0 over 3
    shapes.py    what is asked and answered otherwise
    faults.py    what goes wrong, switched at run time
    server.py    the listeners
    cli.py       lab/facade
"""
