"""Compares records field by field: expected values from the plan, and the text of differences. Pure."""
