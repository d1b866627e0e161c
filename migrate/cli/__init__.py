"""The command line: it reads options, wires the rooms together, shows what they say, and maps errors to exit codes.

`main.py` imports click alone and finds a command by name in a table; each command has a module of its own.
`context.py` holds what every command shares, `workspace.py` the folder, `session.py` clouds, ledger and store.
"""
