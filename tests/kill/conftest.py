"""The lab must be whole here too, and tenants leave it."""

from tests.lab.conftest import lab, tenants_leave

__all__ = ["lab", "tenants_leave"]
