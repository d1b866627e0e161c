"""The argument WAVE|SERVER: what it names, and what it does not."""

import pytest

from migrate.cli.wave_choice import wave_named
from migrate.errors import ConfigError
from migrate.messages import codes
from migrate.plan.waves import Down, Wave


def wave(name: str, *servers: tuple[str, str]) -> Wave:
    downs = tuple(Down(own_id, server, f"server:{own_id}:stop", 0, ()) for own_id, server in servers)
    return Wave(downs, (), (), (), (), 0, name)


WAVES = (wave("database", ("1", "db"), ("2", "twin")), wave("web", ("3", "web"), ("4", "twin")), wave("db", ("5", "x")))


@pytest.mark.parametrize(
    ("named", "found"),
    [("database", 0), ("web", 1), ("db", 2), ("1", 0), ("server:1", 0), ("server:web", 1), ("4", 1)],
)
def test_a_wave_goes_before_a_server_of_its_name(named: str, found: int) -> None:
    assert wave_named(WAVES, named) is WAVES[found]


@pytest.mark.parametrize(
    ("named", "code"),
    [
        ("nobody", codes.WAVE_OR_SERVER_UNKNOWN),
        ("", codes.WAVE_OR_SERVER_UNKNOWN),
        ("twin", codes.SERVER_OF_SEVERAL_WAVES),
    ],
)
def test_what_names_no_single_wave(named: str, code: str) -> None:
    with pytest.raises(ConfigError) as caught:
        wave_named(WAVES, named)
    assert caught.value.code == code
