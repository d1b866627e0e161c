"""Builds a tenant on a lab cloud, as that tenant's own user, from a topology file.

The way through is a straight line: `topology` reads the file, `resolve` replaces what a Heat template leaves open,
`routers` adds what a floating IP needs, `scale` sets the amount of content, `quota` works out the target's limits and
`build` makes it all on the cloud.  `filesystem` and `files` produce the bytes; `facts` reads them back from the lab's
backing files, with tools that know nothing of the migration, as an outside referee.
"""
