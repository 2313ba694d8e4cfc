"""The command that looks for known vulnerabilities does not take silence for safety."""

import subprocess

import pytest

from tests import audit

SAFE = {"name": "numpy", "version": "2.4.6", "vulns": []}
UNSAFE = {"name": "pillow", "version": "1.0", "vulns": [{"id": "PYSEC-1", "fix_versions": ["1.1"]}]}
SKIPPED = {"name": "keras", "skip_reason": "Dependency not found on PyPI"}


@pytest.mark.parametrize(
    ("found", "said", "status"),
    [
        ([SAFE, SAFE], "2 of 2 packages looked up, 0 known", 0),
        ([SAFE, UNSAFE], "pillow 1.0: PYSEC-1, mended in 1.1\n2 of 2 packages looked up, 1 known", 1),
        ([SAFE, SKIPPED], "1 of 2 packages looked up, 0 known vulnerabilities. 1 could not be looked up", 2),
        ([UNSAFE, SKIPPED], "1 could not be looked up", 1),
        ([], "0 of 0 packages", 2),
    ],
)
def test_a_package_that_was_not_looked_up_is_not_safe(found, said, status):
    text, exit_status = audit.verdict(found)
    assert said in text
    assert exit_status == status


@pytest.mark.parametrize("output", ["", "no JSON", "{}"])
def test_an_audit_that_reached_nothing_says_so(monkeypatch, capsys, output):
    ended = subprocess.CompletedProcess([], 1, output, "Traceback\nConnectionError: no route to the list\n")
    monkeypatch.setattr(audit.subprocess, "run", lambda *args, **kwargs: ended)
    assert audit.main() == 2
    assert capsys.readouterr().out == "No package could be looked up: ConnectionError: no route to the list\n"
