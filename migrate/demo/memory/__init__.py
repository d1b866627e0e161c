"""A complete OpenStack cloud in memory, for tests, failure rehearsals and demonstrations.

The same suite (tests/contract) checks it and the real adapters against `migrate.clouds.ports`. It imitates observed
behaviour of real services: quotas, transitional statuses, inherited image properties, real qcow2 bytes. `World` is the
cloud with its access log and fault injection; `MemoryCloud` is one login to it.
"""

from migrate.demo.memory.cloud import MemoryCloud, open_memory, worlds
from migrate.demo.memory.world import DEFAULT_LIMITS, GIB, Offer, Project, World

__all__ = ["DEFAULT_LIMITS", "GIB", "MemoryCloud", "Offer", "Project", "World", "open_memory", "worlds"]
