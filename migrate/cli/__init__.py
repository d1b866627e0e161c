"""The command line: reads options, connects the rooms, prints results, and maps errors to exit codes.

`main.py` imports only click and looks commands up in a table; each command has its own module.
`context.py` holds what all commands share, `workspace.py` the folder, `session.py` clouds, ledger and store.
"""
