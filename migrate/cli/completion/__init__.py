"""Shell completion: what bash, zsh and fish ask for when somebody presses Tab.

Answers within a tenth of a second, so it imports no command: options and arguments come from `commands.json`, which
`python -m tests.docs.commands` makes from them. It reads `plan.json` of the workspace and nothing else, and writes
nothing; whatever goes wrong, it offers less.
"""
