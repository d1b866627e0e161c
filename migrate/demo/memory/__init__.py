"""A whole OpenStack cloud in memory: for tests, for rehearsals of failure, and for a demonstration that needs nothing.

It is held to the contract of `migrate.clouds.ports` by the same suite as the real adapters (tests/contract), and
behaves as real services were seen to: quotas, passing statuses, inherited image properties, real qcow2 bytes. `World`
is the cloud with its access log and the hooks that break it; `MemoryCloud` is one login on it.
"""

from migrate.demo.memory.cloud import MemoryCloud, open_memory, worlds
from migrate.demo.memory.world import DEFAULT_LIMITS, GIB, Offer, Project, World

__all__ = ["DEFAULT_LIMITS", "GIB", "MemoryCloud", "Offer", "Project", "World", "open_memory", "worlds"]
