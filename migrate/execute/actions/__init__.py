"""What does each kind of step, at the source or the target. `dispatch.py` says which function does which."""
