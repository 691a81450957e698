"""`trialist analyse postgresql://...` against a server of its own: run where its programs are installed."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.csv
import pytest
from command_line import trialist
from test_analyse_columns import ASKED, LUNG, found, numbers

PROGRAMS = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
INITDB = Path(shutil.which("initdb") or (PROGRAMS[-1] if PROGRAMS else ""))


def as_owner(words: list[str]) -> None:
    """A server does not run as root: there, as the user that its package made."""
    if os.geteuid() == 0:
        words = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", *words]
    subprocess.run(words, check=True, capture_output=True, timeout=60, cwd="/")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server with the lung data in `public.lung` and in `adam.adtte`."""
    psycopg = pytest.importorskip("psycopg")
    if not INITDB.is_file() or (os.geteuid() == 0 and shutil.which("setpriv") is None):
        pytest.skip("no PostgreSQL server is installed")
    import tempfile

    folder = Path(tempfile.mkdtemp(prefix="pg"))  # a short path: a socket's name has at most 107 characters
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    control = str(INITDB.with_name("pg_ctl"))
    as_owner([str(INITDB), "-D", str(folder / "data"), "-A", "trust", "-U", "reader", "--no-sync"])
    options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off"
    as_owner([control, "-D", str(folder / "data"), "-l", str(folder / "log"), "-o", options, "-w", "start"])
    address = f"postgresql://reader@127.0.0.1:{port}/postgres"
    try:
        with psycopg.connect(address) as connection:
            fill(connection)
        yield address
    finally:
        as_owner([control, "-D", str(folder / "data"), "-m", "immediate", "stop"])
        shutil.rmtree(folder)


def fill(connection: Any) -> None:
    options = pyarrow.csv.ConvertOptions(null_values=["NA", ""])
    table = pyarrow.csv.read_csv(LUNG, convert_options=options)
    chosen = zip(*(table[name].to_pylist() for name in ("time", "status", "sex", "ph.ecog")), strict=True)
    columns = 'time numeric(6, 1), status int, sex smallint, "ph.ecog" double precision'
    connection.execute("create schema adam")
    for name in ("lung", "adam.adtte"):
        connection.execute(f"create table {name} ({columns})")
    with connection.cursor() as cursor:
        cursor.executemany("insert into lung values (%s, %s, %s, %s)", list(chosen))
    connection.execute("insert into adam.adtte select * from lung")
    connection.execute("create view men as select * from lung where sex = 1")


def test_a_table_of_a_server_gives_the_findings_of_the_file(server: str) -> None:
    words = (*ASKED, "--strata", "ph.ecog", "--at", "6,12")
    here = numbers(found(LUNG, *words))
    assert numbers(found(server, "--table", "lung", *words)) == here
    assert numbers(found(server, "--table", "adam.adtte", *words)) == here


def test_views_and_conditions_are_the_servers(server: str) -> None:
    words = ("--value", "time")
    here = numbers(found(LUNG, *words, "--where", "sex = 1"))
    assert numbers(found(server, "--table", "men", *words)) == here
    assert numbers(found(server, "--table", "lung", *words, "--where", "sex = 1")) == here


def test_a_table_that_is_not_there_is_told_with_those_that_are(server: str) -> None:
    result = trialist("analyse", server, *ASKED, "--table", "adtte")
    assert result.exit_code == 2
    assert "lung, men, adam.adtte" in result.output
    assert "did you mean 'adam.adtte'?" in result.output
    assert "reader" not in result.output


def test_what_follows_the_question_mark_reaches_the_driver(server: str) -> None:
    words = (*ASKED, "--table", "lung")
    assert trialist("analyse", f"{server}?connect_timeout=9", *words).exit_code == 0
    refused = trialist("analyse", f"{server}?sslmode=require", *words)
    assert refused.exit_code == 2
    assert "SSL" in refused.output
