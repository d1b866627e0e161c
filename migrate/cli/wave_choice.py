"""The argument WAVE|SERVER of commands: a wave by its name, or the wave of a server."""

from collections.abc import Iterable

from migrate.errors import ConfigError
from migrate.messages import codes
from migrate.model import Kind
from migrate.plan.waves import Wave


def wave_named(waves: Iterable[Wave], named: str) -> Wave:
    """The wave with this name, else the one with the server of this name or id, as `kind:id-or-name` too.

    A wave moves as a whole, so a server stands for all servers of its wave.
    Raises ConfigError: DCP-940, there is none; DCP-941, several waves have such a server.
    """
    all_waves = tuple(waves)
    server = named.removeprefix(f"{Kind.SERVER}:")
    found = [wave for wave in all_waves if wave.name == named] or [
        wave for wave in all_waves if any(server in {one.name, one.server_id} for one in wave.servers)
    ]
    known = ", ".join(wave.name for wave in all_waves) or "—"
    if not found:
        raise ConfigError(codes.WAVE_OR_SERVER_UNKNOWN, named=named, known=known)
    if len(found) > 1:
        raise ConfigError(codes.SERVER_OF_SEVERAL_WAVES, named=named, known=", ".join(wave.name for wave in found))
    return found[0]
