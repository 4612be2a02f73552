"""What stands between a query and the API: certificates and proxies."""

import ctypes
import datetime
import subprocess
import sys
import textwrap

import _duckdb
import duckdb
import pytest
import trustme

from middlemen import Proxy, tls_server

COUNT = "SELECT count(*) FROM partnerstack_rewards()"


@pytest.fixture(scope="module")
def authority():
    return trustme.CA()


@pytest.fixture(scope="module")
def authority_file(authority, tmp_path_factory):
    path = tmp_path_factory.mktemp("authority") / "ca.pem"
    authority.cert_pem.write_to_path(path)
    return path


@pytest.fixture
def https(fake_api, authority):
    """The base URL of a scenario of the fake API behind TLS."""
    servers = []

    def https(knobs="rewards=300", name="localhost", **certificate):
        server = tls_server(fake_api, authority.issue_cert(name, **certificate))
        servers.append(server)
        return f"https://localhost:{server.server_address[1]}/{knobs}/api/v2"

    yield https
    for server in servers:
        server.__exit__()


def secret(base_url, options=""):
    return f"CREATE OR REPLACE SECRET ps (TYPE partnerstack, PUBLIC_KEY 'pk_fake_public', \
             PRIVATE_KEY 'sk_fake_private', BASE_URL '{base_url}' {options})"


def in_a_process(extension, statements, **environment):
    """The first row of the last statement, in a process with this environment; its error where it fails."""
    program = f"""
        import duckdb
        con = duckdb.connect(config={{"allow_unsigned_extensions": "true"}})
        con.execute({f"LOAD '{extension}'"!r})
        try:
            for statement in {statements!r}:
                rows = con.execute(statement).fetchall()
            print(rows[0][0])
        except duckdb.Error as error:
            print(error)
    """
    run = [sys.executable, "-c", textwrap.dedent(program)]
    return subprocess.run(run, env=environment, capture_output=True, text=True, timeout=60, check=True).stdout.strip()


def test_a_certificate_of_an_authority_that_the_secret_names_is_trusted(connect, https, authority_file):
    con = connect()
    con.execute(secret(https(), f", CA_CERT_FILE '{authority_file}'"))
    assert con.execute(COUNT).fetchone() == (300,)
    (shown,) = con.execute("SELECT secret_string FROM duckdb_secrets()").fetchone()
    assert f"ca_cert_file={authority_file}" in shown


def test_the_systems_certificates_are_trusted(extension, https, authority_file):
    statements = [secret(https()), COUNT]
    assert in_a_process(extension, statements, SSL_CERT_FILE=str(authority_file)) == "300"


def test_the_file_that_duckdb_is_set_to_is_trusted(extension, https, authority_file):
    with Database() as run:
        run(f"LOAD '{extension}'")
        run(secret(https()))
        with pytest.raises(AssertionError, match="is not trusted"):
            run(COUNT)
        run(f"SET ca_cert_file = '{authority_file}'")
        run(COUNT)


class Database:
    """A database with the setting that the extension httpfs adds, made with DuckDB's C API."""

    def __enter__(self):
        self.c = ctypes.CDLL(_duckdb.__file__)
        self.c.duckdb_create_config_option.restype = ctypes.c_void_p
        self.c.duckdb_create_logical_type.restype = ctypes.c_void_p
        self.c.duckdb_create_varchar.restype = ctypes.c_void_p
        self.c.duckdb_result_error.restype = ctypes.c_char_p
        config, self.database, self.connection = ctypes.c_void_p(), ctypes.c_void_p(), ctypes.c_void_p()
        self.c.duckdb_create_config(ctypes.byref(config))
        self.c.duckdb_set_config(config, b"allow_unsigned_extensions", b"true")
        assert self.c.duckdb_open_ext(b":memory:", ctypes.byref(self.database), config, None) == 0
        assert self.c.duckdb_connect(self.database, ctypes.byref(self.connection)) == 0
        option = ctypes.c_void_p(self.c.duckdb_create_config_option())
        self.c.duckdb_config_option_set_name(option, b"ca_cert_file")
        self.c.duckdb_config_option_set_type(option, ctypes.c_void_p(self.c.duckdb_create_logical_type(17)))
        self.c.duckdb_config_option_set_default_value(option, ctypes.c_void_p(self.c.duckdb_create_varchar(b"")))
        assert self.c.duckdb_register_config_option(self.connection, option) == 0
        return self.run

    def run(self, sql):
        result = ctypes.create_string_buffer(256)
        state = self.c.duckdb_query(self.connection, sql.encode(), result)
        assert state == 0, self.c.duckdb_result_error(result).decode()
        self.c.duckdb_destroy_result(result)

    def __exit__(self, *reason):
        self.c.duckdb_disconnect(ctypes.byref(self.connection))
        self.c.duckdb_close(ctypes.byref(self.database))


YESTERDAY = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=1)


@pytest.mark.parametrize(
    ("certificate", "is_known", "why"),
    [
        ({}, False, "nobody who is trusted has issued it"),
        ({"not_after": YESTERDAY}, True, "it has expired"),
        ({"name": "other.example"}, True, 'certificate not valid for name "localhost"'),
    ],
)
def test_a_certificate_that_is_refused_is_named_with_the_reason(connect, https, authority_file, certificate, is_known, why):
    con, base_url = connect(), https(**certificate)
    con.execute(secret(base_url, f", CA_CERT_FILE '{authority_file}'" if is_known else ""))
    with pytest.raises(duckdb.IOException) as failed:
        con.execute(COUNT).fetchall()
    assert f'The certificate of "{base_url}" is not trusted: {why}' in str(failed.value)
    assert "CA_CERT_FILE" in str(failed.value) and "Tried" not in str(failed.value)


@pytest.mark.parametrize(("content", "why"), [(None, "No such file"), ("no PEM", "has no certificate in PEM form")])
def test_a_file_without_certificates_is_named(connect, https, tmp_path, content, why):
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_text(content)
    con = connect()
    con.execute(secret(https(), f", CA_CERT_FILE '{path}'"))
    with pytest.raises(duckdb.Error, match=rf'The certificates in "{path}" are not of use: .*{why}'):
        con.execute(COUNT).fetchall()


@pytest.mark.parametrize("login", [None, "us er:pa:ss"])
def test_duckdbs_proxy_is_used(connect, scenario, https, authority_file, login):
    con = connect()
    with Proxy(login) as proxy:
        con.execute(f"SET http_proxy = '{proxy.address}'")
        if login:
            con.execute("SET http_proxy_username = 'us er'; SET http_proxy_password = 'pa:ss'")
        con.execute(scenario("rewards=300").vendor_secret())
        assert con.execute(COUNT).fetchone() == (300,)
        assert {line.split()[0] for line in proxy.asked} == {"GET"}
        proxy.asked.clear()
        con.execute(secret(https(), f", CA_CERT_FILE '{authority_file}'"))
        assert con.execute(COUNT).fetchone() == (300,)
        assert {line.split()[0] for line in proxy.asked} == {"CONNECT"}


def test_a_proxy_that_asks_for_a_login_says_so(connect, scenario, https, authority_file):
    con = connect()
    with Proxy("user:pass") as proxy:
        con.execute(f"SET http_proxy = '{proxy.address}'; SET partnerstack_max_retries = 0")
        con.execute(scenario("rewards=300").vendor_secret())
        with pytest.raises(duckdb.HTTPException, match=r"The proxy .* asks who you are .*http_proxy_password"):
            con.execute(COUNT).fetchall()
        con.execute(secret(https(), f", CA_CERT_FILE '{authority_file}'"))
        with pytest.raises(duckdb.IOException, match=r"No connection to .* proxy auth"):
            con.execute(COUNT).fetchall()


def test_a_proxy_that_is_none_is_an_error(connect, scenario):
    con = connect()
    con.execute(scenario("rewards=300").vendor_secret())
    con.execute("SET http_proxy = 'a b'")
    with pytest.raises(duckdb.Error, match="http_proxy names no proxy"):
        con.execute(COUNT).fetchall()


def test_the_environments_proxies_are_used(extension, scenario, https, authority_file):
    plain = [scenario("rewards=300").vendor_secret(), COUNT]
    encrypted = [secret(https(), f", CA_CERT_FILE '{authority_file}'"), COUNT]
    with Proxy() as right, Proxy() as wrong:
        for statements, environment in [
            (plain, {"HTTP_PROXY": right.address}),
            (plain, {"http_proxy": f"http://{right.address}"}),
            (encrypted, {"HTTPS_PROXY": right.address, "HTTP_PROXY": wrong.address}),
            (encrypted, {"ALL_PROXY": right.address}),
            (encrypted, {"HTTP_PROXY": right.address}),
            ([f"SET http_proxy = '{right.address}'", *encrypted], {"HTTPS_PROXY": wrong.address}),
        ]:
            right.asked.clear()
            assert in_a_process(extension, statements, **environment) == "300", environment
            assert right.asked and not wrong.asked, environment
        right.asked.clear()
        assert in_a_process(extension, plain, HTTP_PROXY=right.address, NO_PROXY="127.0.0.1") == "300"
        assert not right.asked
