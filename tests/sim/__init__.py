"""Whole migrations under a scheduler that a seed drives: every order, every fault, no waiting (docs/design.md)."""
