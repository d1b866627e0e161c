"""The argument WAVE|SERVER of commands: a wave by its name, or the wave of a server."""

from collections.abc import Iterable

from migrate.errors import ConfigError
from migrate.messages import codes
from migrate.model import Kind
from migrate.nearest_names import nearest
from migrate.plan.waves import Wave


def wave_named(waves: Iterable[Wave], said: str) -> Wave:
    """The wave with this name, else the one with the server of this name or id, as `kind:id-or-name` too.

    A wave moves as a whole, so a server stands for all servers of its wave.
    Raises ConfigError: DCP-940, there is none; DCP-941, several waves have such a server.
    """
    all_waves = tuple(waves)
    server = said.removeprefix(f"{Kind.SERVER}:")
    found = [wave for wave in all_waves if wave.name == said] or [
        wave for wave in all_waves if any(server in {one.name, one.server_id} for one in wave.servers)
    ]
    known = ", ".join(wave.name for wave in all_waves) or "—"
    if not found:
        names = [name for wave in all_waves for name in (wave.name, *(one.name for one in wave.servers))]
        raise ConfigError(codes.WAVE_OR_SERVER_UNKNOWN, named=said, known=known, nearest=nearest(server, names))
    if len(found) > 1 and {wave.name for wave in found} == {said}:
        return found[0]  # the plan's own comes before those of earlier plans
    if len(found) > 1:
        raise ConfigError(codes.SERVER_OF_SEVERAL_WAVES, named=said, known=", ".join(wave.name for wave in found))
    return found[0]


def named(wave: str, *options: str) -> tuple[str, ...]:
    """The wave and these options in a command to be typed: a name may look like an option."""
    return (*options, "--", wave) if wave.startswith("-") else (wave, *options)
