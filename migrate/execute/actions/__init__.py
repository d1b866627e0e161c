"""The actions behind each kind of step, at the source or the target. `dispatch.py` maps steps to functions."""
