"""The wizard's questions as data: what is asked next, what an answer means, and what it writes. Pure."""
