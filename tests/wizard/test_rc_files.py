"""RC files as text: what a shell would have to compute is unknown, and nothing is ever run."""

from pathlib import Path

import pytest

from migrate.wizard.login_entry import entry_of, missing
from migrate.wizard.rc_files import read_rc

HORIZON = """\
#!/usr/bin/env bash
# To use an OpenStack cloud you need to authenticate against the Identity service.
export OS_AUTH_URL=https://auth.example.com/v3
export OS_PROJECT_ID=0123456789abcdef0123456789abcdef
export OS_PROJECT_NAME="acme"
export OS_USER_DOMAIN_NAME="Default"
if [ -z "$OS_USER_DOMAIN_NAME" ]; then unset OS_USER_DOMAIN_NAME; fi
export OS_PROJECT_DOMAIN_ID="default"
unset OS_TENANT_ID
export OS_USERNAME="me"
echo "Please enter your OpenStack Password for project $OS_PROJECT_NAME as user $OS_USERNAME: "
read -sr OS_PASSWORD_INPUT
export OS_PASSWORD=$OS_PASSWORD_INPUT
export OS_REGION_NAME="fr1"
export OS_INTERFACE=public
export OS_IDENTITY_API_VERSION=3
"""


def test_the_file_that_horizon_gives() -> None:
    found = read_rc(HORIZON)
    assert found.unknown == ("OS_PASSWORD",)
    login = entry_of(found.values)
    assert (missing(login), login.lacks, login.shown) == ("", "password", "me@auth.example.com")
    assert login.entry == {
        "region_name": "fr1",
        "identity_api_version": "3",
        "interface": "public",
        "auth": {
            "auth_url": "https://auth.example.com/v3",
            "username": "me",
            "project_name": "acme",
            "project_id": "0123456789abcdef0123456789abcdef",
            "user_domain_name": "Default",
            "project_domain_id": "default",
        },
    }


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("export OS_USERNAME=me", "me"),
        ("  export  OS_USERNAME='a b'", "a b"),
        ('OS_USERNAME="a \\"b\\" \\$c"', 'a "b" $c'),
        ("OS_USERNAME='$(x)'", "$(x)"),
        ("OS_USERNAME=a\\ b # words", "a b"),
        ("OS_USERNAME=a'b'\"c\"", "abc"),
        ("set OS_USERNAME=me", "me"),
        ("OS_USERNAME=me; rm -rf /", "me"),
        ("OS_USERNAME=p#1", "p"),
        ("OS_USERNAME=\r", ""),
    ],
)
def test_a_value_is_what_a_shell_would_make_of_it(line: str, value: str) -> None:
    assert read_rc(line).values.get("OS_USERNAME", "") == value


def test_a_variable_that_was_set_before_is_filled_in() -> None:
    assert (
        read_rc('OS_TENANT_NAME=a\nOS_PROJECT_NAME="${OS_TENANT_NAME}-$OS_TENANT_NAME"').values["OS_PROJECT_NAME"]
        == "a-a"
    )


@pytest.mark.hostile
@pytest.mark.parametrize(
    "value",
    [
        "$(touch ran)",
        "`touch ran`",
        '"$(touch ran)"',
        '"`touch ran`"',
        "$'\\x24'",
        "${HOME}",
        '"a\x1b[2J"',
        "'open",
        '"open',
    ],
)
def test_a_hostile_value_runs_nothing_and_is_unknown(
    value: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    found = read_rc(f"export OS_PASSWORD={value}\ntouch ran\n$(touch ran)\nOS_X=$(touch ran)")
    assert (dict(found.values), found.unknown) == ({}, ("OS_PASSWORD", "OS_X"))
    assert list(tmp_path.iterdir()) == []


def test_the_last_assignment_counts() -> None:
    assert read_rc("OS_PASSWORD=a\nOS_PASSWORD=$X").values == {}
    assert read_rc("OS_PASSWORD=$X\nOS_PASSWORD=b") == ({"OS_PASSWORD": "b"}, ())


@pytest.mark.parametrize(
    ("lines", "lacks"),
    [
        ("", "nothing"),
        ("<html><body>Please log in</body></html>", "nothing"),
        ("\x00\x01\x02" * 100, "nothing"),
        ("OS_USERNAME=me", "address"),
        ("OS_AUTH_URL=auth.example.com OS_USERNAME=me", "address"),
        ("OS_AUTH_URL=ftp://auth.example.com", "address"),
        ("OS_AUTH_URL=http://[bad", "address"),
        ("OS_AUTH_URL=https://auth.example.com/v3", "user"),
        ("OS_AUTH_URL=https://auth.example.com/v3\nOS_USERNAME=me", "project"),
        ("OS_AUTH_URL=https://auth.example.com/v3\nOS_APPLICATION_CREDENTIAL_ID=1", ""),
        ("OS_AUTH_URL=https://auth.example.com/v3\nOS_TOKEN=1", ""),
    ],
)
def test_what_a_login_cannot_do_without(lines: str, lacks: str) -> None:
    assert missing(entry_of(read_rc(lines).values)) == lacks


def test_an_application_credential_names_no_project_and_no_password() -> None:
    login = entry_of(
        {
            "OS_AUTH_URL": "https://me:pw@auth.example.com/v3?x=1",
            "OS_APPLICATION_CREDENTIAL_ID": "1",
            "OS_APPLICATION_CREDENTIAL_SECRET": "s",
            "OS_PROJECT_ID": "p",
            "OS_PASSWORD": "pw",
        }
    )
    assert login.secrets == {"application_credential_secret": "s"} and login.lacks == ""
    assert login.entry["auth"] == {"auth_url": "https://auth.example.com/v3", "application_credential_id": "1"}
