"""RC files as text: what a shell would have to compute is unknown, and nothing is ever run."""

import random
import re
import subprocess
from pathlib import Path

import pytest

from migrate.wizard.login_entry import entry_of, missing
from migrate.wizard.rc_files import read_rc
from tests.bounds import bounded
from tests.matrix import rest

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
    assert found.unknown == ("OS_PASSWORD_INPUT", "OS_PASSWORD")
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


OVHCLOUD = """\
#!/usr/bin/env bash
export OS_AUTH_URL=https://auth.example.com/v3
export OS_IDENTITY_API_VERSION=3
export OS_USER_DOMAIN_NAME=${OS_USER_DOMAIN_NAME:-"Default"}
export OS_PROJECT_DOMAIN_NAME=${OS_PROJECT_DOMAIN_NAME:-"Default"}
export OS_TENANT_ID=0123
unset OS_PROJECT_ID
export OS_USERNAME="user-x"
echo "Please enter your OpenStack Password: "
read -sr OS_PASSWORD_INPUT
export OS_PASSWORD=$OS_PASSWORD_INPUT
export OS_REGION_NAME="GRA7"
if [ -z "$OS_REGION_NAME" ]; then unset OS_REGION_NAME; fi
"""
FLEXIBLE_ENGINE = """\
export OS_USERNAME="user"
export OS_USER_DOMAIN_NAME=OCB0001234
export OS_PASSWORD='p$w'
# Only change these for a different region
export OS_PROJECT_NAME=eu-west-0
export OS_AUTH_URL=https://iam.example.com/v3
# No changes needed beyond this point
export NOVA_ENDPOINT_TYPE=publicURL
export OS_IDENTITY_API_VERSION=3
"""
PACKSTACK = """\
unset OS_SERVICE_TOKEN
    export OS_USERNAME=admin
    export OS_PASSWORD='a b'
    export OS_AUTH_URL=http://192.0.2.1:5000/v3
    export PS1='[\\u@\\h \\W(keystone_admin)]\\$ '
export OS_PROJECT_NAME=admin
"""
WRITTEN_BY_HAND = """\
declare -x OS_AUTH_URL="https://auth.example.com/v3"
declare -x PATH="/usr/bin"
export OS_USERNAME=me LANG=C; unset http_proxy https_proxy 2>/dev/null
stty -echo; read -p "Password for $OS_USERNAME: " -r OS_PASSWORD < /dev/tty; stty echo; echo
if [ -f /etc/ca.pem ]; then
  echo "with certificates" >&2
else
  printf "%s\\n" none
fi
[ -n "$OS_CLOUD" ] && unset OS_CLOUD
openstack token issue
"""


@pytest.mark.parametrize(
    ("text", "known", "unknown"),
    [
        (OVHCLOUD, 7, ("OS_PASSWORD_INPUT", "OS_PASSWORD")),
        (FLEXIBLE_ENGINE, 6, ()),
        (PACKSTACK, 4, ()),
        (WRITTEN_BY_HAND, 2, ("OS_PASSWORD", "OS_CLOUD")),
    ],
)
def test_what_vendors_give_and_people_write_is_read(text: str, known: int, unknown: tuple[str, ...]) -> None:
    for ended in (text, text.replace("\n", "\r\n")):
        found = read_rc(ended)
        assert (len(found.values), found.unknown) == (known, unknown)


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
        ("OS_USERNAME=p#1", "p#1"),
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


# ---------------------------------------------------------------- what bash makes of it


BASH = "/bin/bash"
SPELT = [
    line.replace("⏎", "\n")
    for row in r"""
export OS_PASSWORD=a#b  ‖  OS_PASSWORD=a#b #c  ‖  OS_PASSWORD='a#b'  ‖  OS_PASSWORD=#b  ‖  # OS_PASSWORD=a
OS_PASSWORD=a⏎OS_PASSWORD+=b  ‖  OS_PASSWORD+=b  ‖  OS_PASSWORD=a⏎unset OS_PASSWORD  ‖  unset -f OS_PASSWORD
OS_PASSWORD=a$  ‖  OS_PASSWORD="a$"  ‖  OS_PASSWORD=pa$$word  ‖  OS_PASSWORD=a$1  ‖  OS_PASSWORD=$'a'
OS_PASSWORD=$"a"  ‖  OS_PASSWORD=a\⏎b  ‖  OS_PASSWORD="a\⏎b"  ‖  OS_PASSWORD='a\⏎b'  ‖  OS_PASSWORD=a\
OS_PASSWORD='a⏎b'  ‖  OS_PASSWORD=~  ‖  OS_PASSWORD=~/x  ‖  OS_PASSWORD=a:~  ‖  OS_PASSWORD=a~b
OS_PASSWORD="~"  ‖  export OS_PASSWORD={a,b}  ‖  OS_PASSWORD={a,b}  ‖  export OS_PASSWORD={1..3}
OS_PASSWORD={}  ‖  export OS_PASSWORD=*  ‖  OS_PASSWORD=a&b  ‖  OS_PASSWORD=a;b  ‖  OS_PASSWORD=a|b
OS_PASSWORD=a<b  ‖  OS_PASSWORD=a>b  ‖  OS_PASSWORD=a b  ‖  OS_PASSWORD=a(b  ‖  OS_PASSWORD=(a b)
OS_PASSWORD[0]=a  ‖  OS_PASSWORD=$((1+1))  ‖  OS_PASSWORD=${#HOME}  ‖  OS_PASSWORD="a!b"  ‖  OS_PASSWORD=a!b
OS_PASSWORD=a%b^c  ‖  OS_PASSWORD=a=b  ‖  OS_PASSWORD=?[a]  ‖  OS_PASSWORD==a
if false; then⏎export OS_PASSWORD=b⏎fi  ‖  if true; then OS_PASSWORD=b; fi  ‖  false && OS_PASSWORD=b
true && OS_PASSWORD=b  ‖  OS_PASSWORD=a && OS_PASSWORD=b  ‖  OS_PASSWORD=a || OS_PASSWORD=b
{ OS_PASSWORD=a; }  ‖  f() { OS_PASSWORD=b; }⏎OS_PASSWORD=a⏎f  ‖  for x in 1; do OS_PASSWORD=$x; done
(OS_PASSWORD=a)  ‖  ! OS_PASSWORD=a  ‖  cat <<X⏎OS_PASSWORD=b⏎X  ‖  OS_PASSWORD=a⏎: <<X⏎OS_PASSWORD=b⏎X
eval OS_PASSWORD=b  ‖  OS_PASSWORD=a⏎exit  ‖  exit⏎OS_PASSWORD=a  ‖  return⏎OS_PASSWORD=a
alias x=y⏎OS_PASSWORD=a  ‖  OS_PASSWORD=a true  ‖  readonly OS_PASSWORD=a  ‖  declare OS_PASSWORD=b
OS_PASSWORD=a⏎export -n OS_PASSWORD  ‖  read OS_PASSWORD  ‖  printf -v OS_PASSWORD x
OS_PASSWORD=${OS_PASSWORD:-a b}  ‖  export OS_PASSWORD=${OS_PASSWORD:-"a b"}  ‖  OS_PASSWORD=${OS_X-a}
OS_PASSWORD=${OS_X:+a}  ‖  OS_X=⏎OS_PASSWORD=${OS_X-a}  ‖  OS_X=⏎OS_PASSWORD=${OS_X:-a}
OS_X=a; OS_PASSWORD=$OS_X  ‖  OS_X=a⏎OS_PASSWORD=$OS_Xb  ‖  export OS_PASSWORD='it'\''s'
OS_PASSWORD=a'b'"c"d  ‖  OS_PASSWORD="a\"b\c"  ‖  OS_PASSWORD=a\ b  ‖  OS_PASSWORD=
""".strip().splitlines()
    for line in row.split("  ‖  ")
] + [
    "OS_PASSWORD=a\x85b",
    "OS_PASSWORD=a\u2028b",
    "\xa0export OS_PASSWORD=a",
    "export\xa0OS_PASSWORD=a",
    "OS_PASSWORD=a\xa0b",
    "OS_PASSWORD=a\x0bOS_PASSWORD=b",
    "OS_PASSWORD=a\x0cb",
    "OS_PASSWORD=\xe9\u20ac",
    "OS_PASSWORD=a\tb",
]
"""Spellings: ⏎ is a line break."""
OLD = "OS_PASSWORD=old"
SPELT += [
    f"{OLD}\nunset -f OS_PASSWORD",
    f"readonly {OLD}\nexport OS_PASSWORD=b",
    f"declare -u OS_PASSWORD\n{OLD}",
    f"{OLD}\ndeclare -i OS_PASSWORD\nOS_PASSWORD=3+4",
    f"{OLD}\nk=PASSWORD\nprintf -v OS_$k x",
    f"{OLD}\nfor v in PASSWORD; do export OS_$v=x; done",
    f"{OLD}\nk=OS_PASSWORD\nunset $k",
    f"{OLD}\nset -a\nset +x",
    f"{OLD}\nOS_X=$(cat ~/x | head -1)\n",
    "export OS_PASSWORD=$(secret-tool lookup \"cloud\" 'x)y')",
]
SPELT += [
    f"{OLD}\n{rest.replace('⏎', chr(10))}"
    for rest in r"""
if [ -f ./other ]; then . ./other; fi
if [ -f ./other ]; then⏎  . ./other⏎fi
. ./other 2>/dev/null
source ./other >/dev/null 2>&1
for f in ./othe*; do . "$f"; done
while true; do . ./other; break; done
{ . ./other; }
! . ./other
time . ./other
eval 'OS_PASS''WORD=b' >/dev/null
eval OS_PASS\WORD=b 2>&1
export OS_A=$'x\'y'⏎export OS_PASSWORD=b # don't
declare OS_PASS"WORD"=b
declare -n ref=OS_PASS"WORD"⏎ref=b
printf -v OS_PASS'WORD' b
declare -u OS_PASS''WORD
if true; then unset -v OS_PASS"WORD"; fi
x=OS_PASSWORD⏎declare -n r=$x⏎r=b
OS_CMD='unset OS_PASSWORD'⏎$OS_CMD
OS_CMD='. ./other'⏎$OS_CMD
OS_E=⏎$OS_E unset OS_PASSWORD
OS_E=⏎$OS_E . ./other
OS_PASS\⏎WORD=b
tim\⏎e . ./other
Prénom=x OS_PASSWORD=b
OS_PASSWORD=b export OS_PASSWORD
POSIXLY_CORRECT=1⏎OS_PASSWORD=b :
jobs -x unset OS_PASSWORD
test -v 'a[OS_PASSWORD=5]'
PPID=1; OS_PASSWORD=b
{.,./other}
{source,./other}
{.,./other} >/dev/null
if true; then {.,./other}; fi
unset{,} OS_PASSWORD
declare OS_PASS{WORD,X}=b
if true; then unset OS_PASS{WORD,X}; fi
elif [ -z "$OS_A" ]; then unset OS_A; fi⏎OS_PASSWORD=b
if [ -z "$OS_A" ]; then unset OS_A; fi foo⏎OS_PASSWORD=b
v=OS_PASSWORD=5⏎let v
v=OS_PASSWORD=5⏎[[ 0 -eq v ]]
v=OS_PASSWORD=5⏎test -v 'a[v]'
v=OS_PASSWORD=5⏎[ -v 'a[v]' ]
v=OS_PASSWORD=5⏎o=-v⏎[ "$o" 'a[v]' ]
v=OS_PASSWORD=5⏎printf -v 'a[v]' x
v=OS_PASSWORD=5⏎read 'a[v]' </dev/null
v=OS_PASSWORD=5⏎declare -i x⏎x=v
v=OS_PASSWORD=5⏎compgen -W '$((v))'
v=OS_PASSWORD=5⏎PS4='$((v))'⏎set -x⏎:
v=OS_PASSWORD=5⏎if true; then (( v )); fi
v=OS_PASSWORD=5⏎if true; then x=$((v)); fi
RANDOM=OS_PASSWORD=5
export OPTIND=OS_PASSWORD=5
HOME=unset⏎~ OS_PASSWORD
HOME=.⏎~ ./other
OLDPWD=unset⏎~- OS_PASSWORD
PWD=unset⏎~+ OS_PASSWORD
if true; then HOME=.; ~ ./other; fi
if true; then x=.; FOO=1 $x ./other; fi
true >/dev/null; x=.⏎>/dev/null $x ./other
if true; then x=.; 2>/dev/null $x ./other; fi
x=.⏎if time -p $x ./other; then :; fi
OS_AX=r⏎OS_A=q⏎OS_PASSWORD="$OS_A\⏎X"
OS_AX=r⏎OS_A=q⏎OS_PASSWORD=$OS_A\⏎X
OS_A=1⏎OS_\⏎A=2; OS_PASSWORD=$OS_A
OS_\⏎A=$(echo hi)⏎OS_PASSWORD=${OS_A:-other}
declare OS_""A=v⏎OS_PASSWORD=${OS_A:-other}
printf -v OS_'A' v⏎OS_PASSWORD=${OS_A:-other}
OS_A=x⏎unset OS_A⏎OS_PASSWORD=${OS_A-b}
readonly FOO=1; FOO=2; export OS_PASSWORD=b
readonly FOO=1⏎FOO=2⏎export OS_PASSWORD=b
if true; then exit; fi⏎OS_PASSWORD=b
[ -n "$OS_PASSWORD" ] && return⏎OS_PASSWORD=b
set -e⏎false⏎OS_PASSWORD=b
exec true⏎OS_PASSWORD=b
OS_A=$(|)⏎OS_PASSWORD=b
OS_A=$(if true)⏎OS_PASSWORD=b
OS_A=$'x\'y⏎OS_PASSWORD=b # '
true {OS_PASSWORD}>/dev/null
if true; then⏎OS_PASSWORD=b
if true; then ; OS_PASSWORD=b; fi⏎OS_PASSWORD=c
if true && then OS_PASSWORD=b; fi⏎OS_PASSWORD=c
if true; then fi⏎OS_PASSWORD=c
if false; then OS_A=b; else OS_A=c; fi; OS_PASSWORD=$OS_A
""".strip().splitlines()
]
SPELT += [
    r"export OS_PASSWORD=x\${a,b}",
    """OS_PASSWORD='if [ -z "$OS_A" ]; then unset OS_A; fi'""",
    """OS_PASSWORD=a]1\nif [ -z "$OS_A" ]; then unset OS_A; fi""",
]
PIECES = [
    "OS_PASSWORD=",
    "OS_PASSWORD",
    "export ",
    "export -n ",
    "readonly ",
    "unset OS_PASSWORD",
    "OS_USERNAME=",
    "$OS_USERNAME",
    "${OS_PASSWORD}",
    "${OS_PASSWORD:-c}",
    "+=",
    "x#y",
    "\\\n",
    "\xa0",
    "if true; then ",
    "if false; then ",
    "fi",
    "else ",
    "for x in 1; do ",
    "done",
    "case a in ",
    " esac",
    "{ ",
    "} ",
    "true",
    *"=ab \n'\"\\$`#;&|(){}~*!:<\t[],0?@%^-",
]


_WORDS = [
    *("b", "'c d'", '"e$OS_A"', "$OS_PASSWORD", "${OS_A:-f}", "${OS_A-}", '"${OS_PASSWORD}g"', "$(echo h)", "`i`", "~"),
    *(
        "$x",
        "j:~",
        "{k,l}",
        "m\\ n",
        "o\\\np",
        '"q\\\nr"',
        "$'s\\tt'",
        "$((1+1))",
        "${OS_A%b}",
        "''",
        "$OS_A\\\nB",
        "u#v",
    ),
]
_NAMED = [
    "OS_PASSWORD",
    "OS_PASSWORD",
    "OS_A",
    "OS_AB",
    "x",
    'OS_PASS""WORD',
    "OS_PASS\\\nWORD",
    "$x",
    "a[x]",
    "RANDOM",
]
_LINES = [
    *("export N=W", "export N=W", "export N=W", "N=W", "N=W", "N+=W", "export N=W N=W", "N=W; N=W", "N=W && N=W"),
    *("declare -x N=W", "export N", "unset N", "unset N N", "read -r N </dev/null", 'read -p "N=W" N', "echo W >&2"),
    *('[ -z "$OS_A" ] && N=W', '[ "$OS_A" = b ] || unset N', 'printf "%s" W 2>/dev/null', "true W", "N=W true"),
    *('if [ -z "$OS_A" ]; then unset OS_A; fi', "# N=W", "PATH=W", "IFS=W", "set -a", "cd /", "ls W >/dev/null"),
    *("x=OS_PASSWORD=7", "x=unset", "HOME=unset", "let x", "[[ 1 -eq x ]]", "test -v 'a[x]'", "printf -v N W"),
    *("declare -i N", "readonly N=W", "x=.", "$x ./other", "A=W $x ./other", ">/dev/null . ./other", "~ N", "~+ N"),
    *("exit", "return", "set -e", "exec true", "eval N=W", "f() { N=W; }", "f", "{ N=W; }", "(N=W)", "! N=W"),
    *("time N=W", "N=W &", "N=W | true", "for N in W; do unset $x; done", "case W in b) N=W;; esac", ": <<X\nN=W\nX"),
]
"""Of a file; N is a name, W a word."""


def made_file(made: random.Random) -> str:
    """As people write RC files, with what could mislead a reader."""
    lines = made.choices(_LINES[: len(_LINES) if made.random() < 0.5 else 22], k=made.randint(1, 6))
    if made.random() < 0.3:
        lines[-1:] = ["if true", f"then {lines[-1]}", made.choice(["fi", "else N=W\nfi", "fi; N=W", "fi >/dev/null"])]
    written = re.sub("N=|[NW]", lambda found: _filled(made, found[0]), "\n".join(lines))
    return f"export OS_PASSWORD=first\n{written}\n"


def _filled(made: random.Random, sign: str) -> str:
    if sign == "W":
        return made.choice(_WORDS)
    return made.choice(_NAMED if made.random() < 0.3 else _NAMED[:4]) + sign[1:]


def told_by_bash(folder: Path, texts: list[str]) -> list[str]:
    """What OS_PASSWORD is after each, in a new shell without any program and without input."""
    (folder / "other").write_text("export OS_PASSWORD=other\n")
    for number, text in enumerate(texts):
        (folder / f"rc{number}").write_text(text)
    script = "".join(
        f'(. ./rc{n} >/dev/null; printf "%s" "${{OS_PASSWORD-}}") 2>/dev/null; printf "\\001";'
        for n in range(len(texts))
    )
    done = subprocess.run(
        [BASH, "--norc", "--noprofile", "-c", script],
        cwd=folder, capture_output=True, check=False, stdin=subprocess.DEVNULL, timeout=110,
        env={"PATH": "/nonexistent", "LC_ALL": "C.UTF-8", "HOME": "/root"},
    )  # fmt: skip
    return done.stdout.decode("utf-8", "replace").split("\x01")[: len(texts)]


def unlike_bash(folder: Path, texts: list[str]) -> tuple[list[tuple[str, str, str]], int]:
    """The texts that are read otherwise than bash does, with both; and how many are read at all."""
    wrong, known = [], 0
    for text, expected in zip(texts, told_by_bash(folder, texts), strict=True):
        found = read_rc(text)
        if "OS_PASSWORD" not in found.unknown:
            value = found.values.get("OS_PASSWORD", "")
            known += bool(value)
            if value != expected:
                wrong.append((text, value, expected))
    return wrong, known


@pytest.mark.hostile
def test_no_spelling_is_read_otherwise_than_bash_does(tmp_path: Path) -> None:
    wrong, known = unlike_bash(tmp_path, SPELT)
    assert wrong == [] and known >= 30


@pytest.mark.hostile
@pytest.mark.parametrize("count", [400, *rest(20_000)])
def test_whatever_is_written_is_read_as_bash_does_or_not_at_all(tmp_path: Path, count: int) -> None:
    made = random.Random(count)
    texts = [
        "OS_PASSWORD=old\n" * made.randint(0, 1)
        + "export OS_PASSWORD=" * made.randint(0, 1)
        + "".join(made.choices(PIECES, k=made.randint(1, 14)))
        for _ in range(count)
    ]
    for at in range(0, count, 200):
        wrong, _ = unlike_bash(tmp_path, texts[at : at + 200])
        assert wrong == []


@pytest.mark.hostile
@pytest.mark.parametrize("count", [400, *rest(10_000)])
def test_a_file_of_commands_is_read_as_bash_does_or_not_at_all(tmp_path: Path, count: int) -> None:
    made, read = random.Random(count), 0
    for _ in range(0, count, 200):
        wrong, known = unlike_bash(tmp_path, [made_file(made) for _ in range(200)])
        assert wrong == []
        read += known
    assert read > count / 10


@pytest.mark.hostile
def test_after_any_command_of_bash_that_does_more_than_print_nothing_is_known() -> None:
    """Also one that a later bash has."""
    listed = subprocess.run([BASH, "--norc", "-c", "compgen -b -k"], capture_output=True, text=True, check=True)
    known = {name for name in listed.stdout.split() if read_rc(f"OS_PASSWORD=old\n{name} 1 x").values}
    assert known == {":", "cd", "echo", "false", "pwd", "true"}


@pytest.mark.hostile
@pytest.mark.parametrize(
    "text",
    [
        "if\n" + "{" * 60_000,
        "declare " * 8_000,
        "if\n" + "export " * 9_000,
        "[" * 65_000,
        "x=" + "~" * 65_000,
        "echo" + " $OS_A" * 10_000,
        "".join(f"OS_A{n}=1\n" for n in range(5_000)) + "eval x",
        "OS_A=x" + "$OS_A" * 12_000,
        "read" + " -e" * 20_000 + " -",
        "OS_A=$(" + "'a' " * 16_000,
        "if " * 21_000,
    ],
    ids=lambda text: text[:12].encode("unicode_escape").decode(),
)
def test_the_time_of_reading_grows_with_the_length_and_no_faster(text: str) -> None:
    """Longer than any file that is read: a square of that would be minutes."""
    with bounded():
        read_rc(text * 4)


def test_files_of_kolla_and_tripleo_and_computed_passwords_are_read() -> None:
    begin = (
        "# Clear any old environment\nfor key in $( set | awk '{FS=\"=\"}  /^OS_/ {print $1}' ); do unset $key ; done\n"
    )
    found = read_rc(f"{begin}set -a\nexport OS_USERNAME=admin\nexport OS_PASSWORD=$(cat ~/.os_pw | head -1)\nOS_X=1\n")
    assert found == ({"OS_USERNAME": "admin", "OS_X": "1"}, ("OS_PASSWORD",))


@pytest.mark.hostile
def test_a_value_that_doubles_again_and_again_is_none() -> None:
    lines = ["OS_X0=" + "x" * 99, *(f'OS_X{n}="$OS_X{n - 1}$OS_X{n - 1}"' for n in range(1, 60)), "OS_PASSWORD=$OS_X59"]
    found = read_rc("\n".join(lines))
    assert "OS_PASSWORD" in found.unknown and max(map(len, found.values.values())) <= 4096


def test_a_line_of_windows_that_goes_on_swallows_nothing() -> None:
    found = read_rc("export OS_PASSWORD=abc\\\r\nexport OS_A=b\r\n")
    assert (found.values, "OS_PASSWORD" in found.unknown) == ({"OS_A": "b"}, True)


def test_a_nul_in_it_leaves_nothing_known() -> None:
    """Bash drops it, wherever it is."""
    assert read_rc("OS_PASSWORD=old\nOS_PASS\0WORD=b\n").values == {}


def test_a_file_for_windows_is_read_as_it_stands() -> None:
    assert read_rc("set OS_USERNAME=me\r\nset OS_PASSWORD=a#b\r\n").values == {
        "OS_USERNAME": "me",
        "OS_PASSWORD": "a#b",
    }
    assert read_rc("set OS_USERNAME=me\nset OS_PASSWORD=a%b").unknown == ("OS_PASSWORD",)


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
