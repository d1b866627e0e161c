"""Records field by field: what the plan wants of each thing, and how a difference is told. Pure."""
