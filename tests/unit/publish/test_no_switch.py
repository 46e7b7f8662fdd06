"""Nothing in a function's environment can weaken how a webhook is sent: what tests need is put around the code."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import standdown
from local.places import ROOT
from standdown import publish
from standdown.base.http.dial import trust

PUBLISH = Path(publish.__file__).parent
HTTP = Path(standdown.__file__).parent / "base" / "http"
MODULES = [*PUBLISH.rglob("*.py"), *HTTP.glob("*.py"), ROOT / "functions/notifier/app.py"]


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.stem)
def test_no_module_that_publishes_reads_the_environment(module: Path) -> None:
    tree = ast.parse(module.read_text("utf-8"))

    names = {node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "") for node in ast.walk(tree)}

    assert not names & {"environ", "getenv"}


def test_the_environment_cannot_name_other_certificates_to_trust(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    nothing = tmp_path / "none.pem"
    nothing.write_text("")
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.setenv(name, str(nothing))
    trust.cache_clear()

    context = trust(None)

    assert context.cert_store_stats()["x509_ca"] > 50
    assert context.check_hostname
    trust.cache_clear()


def test_the_wrappers_of_the_test_builds_are_in_no_artefact() -> None:
    makefiles = [ROOT / "functions" / "Makefile", ROOT / "layers" / "standdown" / "Makefile"]

    assert not [path for path in makefiles if "overlay" in path.read_text() or "tests" in path.read_text()]
