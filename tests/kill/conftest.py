"""The lab must be whole here too."""

from tests.lab.conftest import lab

__all__ = ["lab"]
