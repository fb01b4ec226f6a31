"""A service imports at its start what it serves with; what trains or exports comes where it is used."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path

import pytest

from services.common.runtime.lean_imports import without
from services.notification.adapters.understanding.store import stored_intents
from services.notification.settings import INTENT_DIR
from tests.support.loaded import run

_NOWHERE = frozenset(
    {
        "_pytest",
        "joblib",
        "matplotlib",
        "opentelemetry.exporter.otlp",
        "opentelemetry.sdk",
        "pandas",
        "prompt_toolkit",
        "pyarrow",
        "pygments.lexers.agile",
        "reportlab",
        "rich",
        "scipy.optimize",
        "scipy.stats",
        "skops",
        "sklearn",
        "typer",
    }
)
_NOT_WITHOUT_MODELS = frozenset({"numpy", "scipy", "shapely"})
_HEAVY = {
    "catalog": _NOWHERE | _NOT_WITHOUT_MODELS,
    "charging": _NOWHERE | _NOT_WITHOUT_MODELS,
    "notification": _NOWHERE | {"apprise", "phonenumbers", "py_vapid", "pywebpush", "requests", "scipy"},
    "offers": _NOWHERE,
    "partner_settlement": _NOWHERE | _NOT_WITHOUT_MODELS,
}


@pytest.mark.parametrize("service", sorted(_HEAVY))
def test_a_service_starts_without_what_it_does_not_serve_with(service: str) -> None:
    ran = run(f"import services.{service}.main", _HEAVY[service])
    assert ran.exit_code == 0, ran.errors
    assert not ran.loaded


def test_offers_has_all_that_a_decision_needs() -> None:
    needed = {"numpy", "numpy.random", "scipy.special", "shapely", "cel"}
    assert run("import services.offers.main", needed).loaded == needed


def test_notification_has_all_that_an_utterance_needs() -> None:
    program = """
from pathlib import Path
from services.common.runtime.system_clock import SystemClock
from services.notification import main, composition
composition._understanding(Path({folder!r}), SystemClock()).understand("what is left on monday?")
"""
    stored_intents(INTENT_DIR)
    ran = run(program.format(folder=str(INTENT_DIR)), {"numpy", "dateparser", "cel", "sklearn", "scipy"})
    assert ran.exit_code == 0, ran.errors
    assert ran.loaded == {"numpy", "dateparser", "cel"}


def test_a_part_is_left_out_once_and_can_be_imported_afterwards(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "package_of_test.py").write_text(
        "try:\n    from shell_of_test.prompts import ask\nexcept ImportError:\n    ask = None\n"
    )
    (tmp_path / "shell_of_test").mkdir()
    (tmp_path / "shell_of_test" / "prompts.py").write_text("ask = 'name?'\n")
    monkeypatch.syspath_prepend(tmp_path)
    with without("shell_of_test"):
        package = import_module("package_of_test")
    assert package.ask is None
    shell = import_module("shell_of_test.prompts")
    with without("shell_of_test"):
        # What is loaded already is no longer to be spared.
        assert import_module("shell_of_test.prompts") is shell
    for name in ("package_of_test", "shell_of_test", "shell_of_test.prompts"):
        del sys.modules[name]
