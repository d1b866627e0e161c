"""Decamp: moves a whole tenant off an OpenStack cloud before the switch-off, and proves that everything arrived."""

__version__ = "0.1.0"
