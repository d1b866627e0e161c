"""No secret is in what is printed or logged: of our own logins to the letter, of others' by how they are spelt."""

import base64
import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
import yaml

from migrate.demo.memory import worlds
from migrate.errors import ItemError, Unreachable
from migrate.messages import codes
from migrate.own_secrets import SHORTEST, hidden, hold, hold_login, hold_url
from migrate.redaction import MASK, scrub
from migrate.secret_looking import spells_secret
from tests.bounds import bounded
from tests.cli.conftest import Decamp
from tests.matrix import rest
from tests.openstack.fake_openstack import PASSWORD, FakeServer, Reply, keystone

pytestmark = pytest.mark.hostile

SPELT = (
    "password=hunter2",
    "os_password: hunter2",
    '{"password": "hunter2 and more"}',
    "{'adminPass': 'hunter2'}",
    "X-Auth-Token: hunter2",
    "X-Subject-Token: hunter2",
    "Authorization: Bearer hunter2",
    "Authorization: Basic aHVudGVyMlg6hunter2==",
    "Proxy-Authorization: Basic hunter2",
    'Authorization: Digest username="me", response="hunter2"',
    "user_data=hunter2",
    "GET /v1/x?temp_url_sig=hunter2&temp_url_expires=1",
    "application_credential_secret=hunter2, id=1",
    "OS_PASSWORD='hunter2 and more'",
    'export OS_TOKEN="hunter2"',
    "--os-password hunter2",
    '--password "hunter2 and more"',
    "openstack --os-token hunter2 server list",
    "curl -u me:hunter2 https://x",
    "curl -H \"X-Auth-Token: hunter2\" -H 'Accept: x'",
    "http://me:hunter2@host:5000/v3",
    "postgresql+psycopg://me:hunter2@db/x?sslmode=require",
    "postgresql://u@db/x?sslpassword=hunter2",
    "redis://:hunter2@host",
    "http://me:hun/hunter2@host/",
    "api_key=hunter2",
    "apikey: hunter2",
    '"apiKey":"hunter2"',
    "X-Api-Key: hunter2",
    "access_key=hunter2",
    "aws_secret_access_key = hunter2",
    "aws_access_key_id: hunter2",
    "X-Amz-Signature=hunter2&x=1",
    "X-Amz-Security-Token: hunter2",
    "X-Container-Meta-Temp-URL-Key: hunter2",
    "x-account-meta-temp-url-key-2: hunter2",
    "{'temp-url-key': 'hunter2'}",
    "Cookie: a=1; session=hunter2",
    "Set-Cookie: sid=hunter2; Path=/",
    '{"token": "say \\"hunter2\\" twice"}',
    '{\\"password\\": \\"hunter2\\"}',
    '{\\\\"password\\\\": \\\\"hunter2\\\\"}',
    'b\'{"auth": {"password": "hunter2"}}\'',
    "{b'X-Auth-Token': b'hunter2'}",
    "('X-Auth-Token', 'hunter2')",
    '["Authorization", "Basic hunter2"]',
    "Keys(access='a', secret_key='hunter2', token='')",
    "SecretStr: password=SecretStr('hunter2')",
    "password: |\n  hunter2\n  hunter2",
    "password: correct horse hunter2",
    "- secret: correct hunter2",
    "<password>hunter2</password>",
    '<x:adminPass type="a">hunter2</x:adminPass>',
    '{"token": {"id": "hunter2", "x": [1]}}',
    "{'tokens': ['hunter2', 'b hunter2']}",
    "password='it''s hunter2'",
    "password='hunter'\"'\"'hunter2'",
    'password="""hunter " hunter2"""',
    "client_secret=hunter2",
    "private_key: hunter2",
    'passphrase="hunter2"',
    "pwd=hunter2",
    "secret key: hunter2",
    "API key = hunter2",
    'headers["X-Auth-Token"] = "hunter2"',
    "os.environ['OS_PASSWORD']='hunter2'",
    'password => "hunter2"',
    "password := hunter2",
    "Bearer hunter29",
    "Basic aGh1bnRlcjJYOhunter2=",
    "-----BEGIN OPENSSH PRIVATE KEY-----\nhunter2\nhunter2\n-----END OPENSSH PRIVATE KEY-----",
    "-----BEGIN RSA PRIVATE KEY-----\nhunter2",
    '{"key": "-----BEGIN PRIVATE KEY-----\\\\nhunter2\\\\n-----END PRIVATE KEY-----\\\\n"}',
    "chpasswd: root:$6$abc$hunter2hunter2",
    "gAAAAABhunter2hunter2hunter2_-x=",
    "eyJhbGciOiJIhunter2.eyJhunter2.hunter2",
    "sslpassword=hunter2",
    "Bearer: AKIAHUNTER2HUNTER2 hunter1",
)
BY_OPTION = (
    "mysql -u root \\\n  -phunter2 db",
    "sshpass \\\n -p hunter2 ssh h",
    "echo hunter2 | su",
    "echo hunter2 | kinit admin",
    'ALTER USER a IDENTIFIED BY "hunter2";',
    "SSHPASS=hunter2 sshpass -e ssh h",
    "openssl enc -k hunter2",
    "| adminPass | hunter2 |",
    "| password | hunter2 |",
    "password -> hunter2",
    "password：hunter2",
    "New-LocalUser -Password hunter2",
    "https://a.example/?q=password%253Dhunter2",
    "senha: hunter2",
    "mysql -u root -phunter2 shop",
    "mysqldump -uroot -p'hunter2' --all-databases",
    "mysqladmin --user=root -phunter2 ping",
    "mariadb-dump -u backup -phunter2 shop | gzip",
    "sshpass -p hunter2 ssh root@10.0.0.1",
    "sshpass -phunter2 scp a b",
    "sshpass -p 'hunter2 and' rsync",
    "curl -sSu me:hunter2 https://x",
    "curl -ume:hunter2 https://x",
    "curl --user me:hunter2 x",
    "curl --proxy-user=me:hunter2 x",
    "curl -U me:hunter2 x",
    "wget --user=me --password=hunter2 x",
    "wget --http-password hunter2 x",
    "redis-cli -a hunter2 ping",
    "redis-cli -h x -ahunter2",
    "ldapsearch -x -D cn=admin -w hunter2",
    "mongodump -u a -p hunter2",
    "docker login -u me -p hunter2 registry",
    "docker login --password=hunter2",
    "smbclient //srv/share -U me%hunter2",
    "mount -t cifs //srv/share /mnt -o username=me,password=hunter2",
    "mount -o user=me,pass=hunter2 //srv/x",
    "zip -P hunter2 a.zip b",
    "unzip -Phunter2 a.zip",
    "7z a -phunter2 x.7z",
    "openssl enc -pass pass:hunter2 -in x",
    "openssl rsa -passin pass:hunter2",
    "lftp -u me,hunter2 ftp.x",
    "htpasswd -b .htpasswd me hunter2",
    "htpasswd -nb me hunter2",
    "echo root:hunter2 | chpasswd",
    "echo 'root:hunter2' | chpasswd",
    "echo hunter2 | passwd --stdin root",
    "useradd -p hunter2 x",
    "usermod --password hunter2 x",
    "ipmitool -U a -P hunter2",
    "snmpwalk -v3 -A hunter2 -X hunter2",
    "xfreerdp /u:me /p:hunter2 /v:x",
    'psql "host=db user=u password=hunter2"',
    "PGPASSWORD=hunter2 psql",
    "MYSQL_PWD=hunter2 mysql",
    "RCLONE_CONFIG_X_SECRET_ACCESS_KEY=hunter2",
    "mdp=hunter2",
    "mdp: hunter2",
    "mdp : hunter2",
    "MDP_ADMIN=hunter2",
    "mot_de_passe=hunter2",
    "mot de passe : hunter2",
    "motdepasse: hunter2",
    "mot-de-passe=hunter2",
    "le mot de passe est hunter2",
    "jeton=hunter2",
    "jeton: hunter2",
    "jeton_acces: hunter2",
    "clé=hunter2",
    "clé : hunter2",
    "clé d'accès : hunter2",
    "cle_api=hunter2",
    "clé_privée: hunter2",
    "cle_secrete: hunter2",
    "code_secret = hunter2",
    "identifiants: me/hunter2",
    "phrase secrète : hunter2",
    "phrase de passe: hunter2",
    "x-container-sync-key: hunter2",
    "{'x-container-sync-key': 'hunter2'}",
    "password%3Dhunter2",
    "https://x/?q=password%3Dhunter2%26a",
    "token%3Ahunter2",
    "%22password%22%3A%22hunter2%22",
    "key_material: hunter2",
    '{"key_material": "hunter2"}',
    '"private_key_material"="hunter2"',
    "x-container-sync-to: https://me:hunter2@old/v1/a/c",
    "x-container-sync-to: //me:hunter2@old/v1/a/c",
    "passwd hunter2",
    "password hunter2",
    "password is hunter2",
    "The password: hunter2",
    "dbpass=hunter2",
    "db_pw=hunter2",
    "pw=hunter2",
    "pw: hunter2",
    "wpa_psk=hunter2",
    "passphrase hunter2",
    "kennwort=hunter2",
    "contraseña=hunter2",
    "AWS_SECRET=hunter2",
    "machine x login me password hunter2",
    "default login me password hunter2",
    "glpat-hunter2hunter2hunte",
    "xoxb-1234-hunter2hunter2",
    "sk_live_hunter2hunter2hunter2",
    "npm_hunter2hunter2hunter2hunter2hunter2hu",
    "hvs.hunter2hunter2hunter2hunter2",
    "ssh-keygen -N hunter2 -f x",
    "keytool -storepass hunter2",
    "java -Djavax.net.ssl.keyStorePassword=hunter2",
    "ansible -e ansible_ssh_pass=hunter2",
    "vault_pass: hunter2",
    "cryptsetup --key-file=- <<< hunter2",
    "IDENTIFIED BY 'hunter2'",
    "ALTER USER x WITH PASSWORD 'hunter2'",
    "SET PASSWORD = 'hunter2'",
    "requirepass hunter2",
    "set password hunter2",
    "echo hunter2 | sudo -S reboot",
    "chpasswd:\n  list: |\n    root:hunter2\n  expire: false",
    "chpasswd <<EOF\nroot:hunter2\nme:hunter2\nEOF",
    '["mysql", "-u", "root", "-phunter2"]',
    '["sshpass", "-p", "hunter2", "ssh"]',
    '{\\"run\\": [\\"sshpass\\", \\"-p\\", \\"hunter2\\"]}',
    "users:\n  - name: root\n    passwd:\n      hunter2",
)
"""What only the program, the language or a word of French tells."""
ENCODED = (
    "userPassword:: aHVudGVyMg==",
    "echo bWRwOiBodW50ZXIy | base64 -d",
    "data:text/plain;base64,cGFzc3dvcmQ9aHVudGVyMg==",
    "Authorization: Basic bWU6aHVudGVyMg==",
    "bWU6aHVudGVyMg==",
    "dXNlcjogcm9vdApwYXNzd29yZDogaHVudGVyMgo=",
    "- path: /root/.my.cnf  content: W2NsaWVudF0KcGFzc3dvcmQ9aHVudGVyMgo=",
)
"""In base64, in which the word itself is nowhere."""
KEPT = (
    "failed step=volume:1:capture code=DCP-503 path=/v2/images kind=keypair",
    "request method=POST service=identity path=/v3/auth/tokens status=201",
    "key_name=bob, pass 2 of 3, ssh://git@host/x",
    "basic authentication is used at http://127.0.0.1:9292/v2/alice@laptop",
    "user data not on the disk step=server:1",
    "secrets are never read",
    "{'name': 'web', 'tags': ['a', 'b']}",
    "echo hello | grep x",
    "docker run -p 8080:80 nginx, mysql is running on port 3306",
    "the password is wrong, the token expired at 12:30, the secret web-1 is gone",
    "clé USB, la clé du serveur web-1, a clean article",
    "unzip a.zip -d x; net state; curl https://host:8080/v1",
    "x-container-sync-to: //realm/cluster/account/container path=//a/b",
    "2026-12-03T10:11:12Z web-1-volume-data-2026 AUTH_0123456789abcdef/backup-2026/obj",
    "data aGVsbG8gd29ybGQsIHRoaXMgaXMgYSB0ZXh0 b1946ac92492d2347c6235b4d2611184",
    "login: see password reset page",
)


@pytest.mark.parametrize("line", SPELT)
def test_a_secret_is_hidden_however_it_is_spelt(line: str) -> None:
    told = scrub(line)
    assert "hunter2" not in told.lower() and MASK in told
    # Words without quotes end with their line where the key begins it, and at the next blank elsewhere.
    if "correct" not in line:
        assert "hunter2" not in scrub(f"2026-01-01 WARNING decamp answer={line}").lower()


@pytest.mark.parametrize("line", BY_OPTION)
def test_a_secret_is_hidden_that_only_its_program_or_language_tells(line: str) -> None:
    told = scrub(line)
    assert "hunter2" not in told.lower() and MASK in told and spells_secret(line)


@pytest.mark.parametrize("line", ENCODED)
def test_a_secret_is_hidden_that_is_inside_base64(line: str) -> None:
    told = scrub(line)
    assert MASK in told and spells_secret(line)
    # At none of the three places where it may begin.
    assert not [part for part in ("aHVudGVyMg", "h1bnRlcjI", "odW50ZXIy") if part in told]


@pytest.mark.parametrize("line", KEPT)
def test_what_is_no_secret_stays(line: str) -> None:
    assert scrub(line) == line


PARTS = (
    *("password", "token=", "secret key", "authorization:", "password: |\n", "-----BEGIN PRIVATE KEY-----", "Basic "),
    *("'", '"', "\\", "\\'", "='x''", "{", "[", "(", "a", "-", "--", " ", "\n", "://", "@", ":", "eyJ", "-eyJ", "$6$"),
    *("<token>", "<token", "</", "-u a:", "sig'", "x\n ", "password:'' ", "é", "mysql -p", "echo ", "chpasswd <<E\n"),
    *("token ", "token a1", "login a password ", "docker ", "AAAAAAAAAAAA\n", "cGFzc3dvcmQ9", "openssl -pass pass:"),
)


@pytest.mark.parametrize("part", [*PARTS, *rest(*(f"{one}{PARTS[-1 - at]}" for at, one in enumerate(PARTS)))])
def test_the_time_of_scrubbing_grows_with_the_length_and_no_faster(part: str) -> None:
    """Less than half a second, where the fastest square would be 40 s and most of them a quarter of an hour."""
    with bounded():
        scrub(part * (400_000 // len(part)))


# ---------------------------------------------------------------- secrets that we hold


@pytest.mark.parametrize("secret", ["open sesame", "pâss/w&rd", "q\"u'o\\te", "<b>*_x_*</b>", "a\tb\nc d"])
def test_a_secret_of_ours_is_hidden_in_every_spelling(secret: str) -> None:
    hold_login("me", secret)
    for spelt in (
        secret,
        quote(secret, safe=""),
        json.dumps(secret),
        json.dumps({"a": secret}, ensure_ascii=False),
        repr(secret),
        base64.b64encode(f"me:{secret}".encode()).decode(),
    ):
        assert MASK in hidden(f"x {spelt} y") and spelt not in hidden(f"x {spelt} y")
    assert str(ItemError(codes.BAD_REQUEST, what=f"said {secret}")) == "DCP-400 (what=said ***)"
    # What the program goes by is as it was: the name of an object may hold what somebody has for a password.
    assert ItemError(codes.BAD_REQUEST, what=f"said {secret}").facts["what"] == f"said {secret}"


def test_of_two_secrets_the_longer_one_is_hidden_whole() -> None:
    hold("sesame", "sesame-and-more")
    assert hidden("x sesame-and-more y sesame") == "x *** y ***"


def test_a_secret_of_ours_is_hidden_inside_longer_base64() -> None:
    hold("open sesame and more")
    for before in ("", "x", "me:", "user=me\n"):
        text = base64.b64encode(f"{before}open sesame and more, and what follows".encode()).decode()
        assert MASK in hidden(text)


def test_an_address_in_an_error_has_no_login() -> None:
    error = Unreachable(codes.UNREACHABLE, url="https://me:hunter2@old.example:5000/v3", reason="x")
    assert error.facts["url"] == "https://old.example:5000/v3"


def test_a_short_secret_is_not_looked_for() -> None:
    hold("a" * (SHORTEST - 1), "", None)
    assert hidden("aaaaaaa") == "aaaaaaa"


def test_a_password_in_an_address_is_held() -> None:
    hold_url("postgresql://ann:p%40ssw0rd@db/x?sslpassword=hunter2&sslmode=require")
    assert hidden("p@ssw0rd p%40ssw0rd hunter2 require") == "*** *** *** require"


BASIC = base64.b64encode(f"me:{PASSWORD}".encode()).decode()
TOKEN = "token-of-this-very-login"


@pytest.fixture
def old_cloud(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeServer]:
    """A cloud that lets us in, and quotes our login back where it says which regions it has."""
    fake = FakeServer()
    keystone(fake)
    region = f"{PASSWORD}, {quote(PASSWORD)}, {BASIC}, {TOKEN}"
    endpoint = {"id": "e", "interface": "public", "region": region, "region_id": region, "url": f"{fake.url}/v3"}
    document = {
        "methods": ["password"],
        "user": {"id": "u1", "name": "me", "domain": {"id": "default", "name": "Default"}},
        "project": {"id": "p1", "name": "shop", "domain": {"id": "default", "name": "Default"}},
        "issued_at": "2026-01-01T00:00:00.000000Z",
        "expires_at": "2099-01-01T00:00:00.000000Z",
        "roles": [],
        "catalog": [{"id": "i", "name": "identity", "type": "identity", "endpoints": [endpoint]}],
    }
    fake.on("POST /v3/auth/tokens", Reply(201, {"token": document}, {"X-Subject-Token": TOKEN}))
    auth = {
        "auth_url": f"{fake.url}/v3",
        "username": "me",
        "password": PASSWORD,
        "project_name": "shop",
        "user_domain_name": "Default",
        "project_domain_name": "Default",
    }
    path = tmp_path / "clouds.yaml"
    path.write_text(yaml.safe_dump({"clouds": {"old": {"auth": auth, "region_name": "fr1"}}}))
    monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", str(path))
    yield fake
    fake.close()


def test_a_cloud_that_quotes_our_login_back_is_told_without_it(
    decamp: Decamp, clouds: None, old_cloud: FakeServer, tmp_path: Path
) -> None:
    root = tmp_path / "work"
    assert decamp("init", root, "--source", "old", "--target", "memory:target/small").code == 0
    result = decamp("-C", root, "-v", "scan")
    assert result.code == 6 and codes.REGION_UNKNOWN in result.err and result.err.count(MASK) >= 4
    found = {str(path): path.read_bytes().decode("latin-1") for path in root.rglob("*") if path.is_file()}
    found["screen"] = result.out + result.err
    for secret in (PASSWORD, quote(PASSWORD), BASIC, TOKEN):
        assert not [name for name, text in found.items() if secret in text]


def test_no_secret_of_ours_is_in_the_ledger_or_a_report(decamp: Decamp, planned: Path) -> None:
    hold("the-word-of-ann")
    said = "GET with {'X-Auth-Token': 'the-word-of-ann'}"
    worlds["target"].fail_next("POST", "^/ports$", ItemError(codes.BAD_REQUEST, what=said), times=9)
    found = {}
    for line in ("-v run --execute", "status", "status -f json", "run", "report -f md -o -", "report -f json -o -"):
        result = decamp("-C", planned, *line.split())
        found[line] = result.out + result.err
    decamp("-C", planned, "report")
    found |= {str(path): path.read_bytes().decode("latin-1") for path in planned.rglob("*") if path.is_file()}
    with sqlite3.connect(planned / "ledger.db") as ledger:
        found["facts"] = str(ledger.execute("SELECT facts FROM steps").fetchall())
    assert MASK in found["facts"] and MASK in found["status"]
    assert not [name for name, text in found.items() if "the-word-of-ann" in text]
