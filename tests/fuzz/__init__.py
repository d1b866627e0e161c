"""Random damage to everything that strangers write and Decamp reads: a right answer or a documented error, in bounds.

`make test` takes a few hundred cases of each kind, always the same; `make soak` over a hundred thousand, with a seed of
its own. One case again: `python -m tests.fuzz KIND --seed SEED --first N --count 1`.
"""
