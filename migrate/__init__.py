"""Decamp: moves a whole tenant off an OpenStack cloud before it is switched off, and proves it."""

__version__ = "0.1.0"
