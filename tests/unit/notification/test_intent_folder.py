"""Where the service looks for its intent model, and what it says where none can be."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from services.cli.supervision.plan import NOTIFICATION, plan_suite
from services.cli.supervision.ports import PREFERRED_PORTS
from services.common.runtime.startup import StartupRefusedError
from services.common.runtime.system_clock import SystemClock
from services.notification import composition
from services.notification.settings import NotificationSettings


def test_every_suite_of_one_installation_shares_the_model_that_set_up_trained() -> None:
    folder = NotificationSettings.model_fields["intent_dir"].default
    assert folder.is_relative_to(sys.prefix)
    plans = {plan.name: plan for plan in plan_suite(Path("/data"), PREFERRED_PORTS, ["nats"])}
    given = {**plans[NOTIFICATION].environment, **plans[NOTIFICATION].defaults}
    assert "TIDEMARK_NOTIFICATION_INTENT_DIR" not in given


def test_where_no_model_is_and_none_can_be_kept_the_service_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read_only(_folder: Path, tell: object) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(composition, "stored_intents", read_only)
    with pytest.raises(StartupRefusedError) as refused:
        composition._understanding(tmp_path, SystemClock())
    words = str(refused.value)
    assert "Read-only file system" in words
    assert "services.notification.train_intents" in words
    assert "TIDEMARK_NOTIFICATION_INTENT_DIR" in words
