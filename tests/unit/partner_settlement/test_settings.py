"""What partner settlement makes of its environment."""

from __future__ import annotations

import pytest

from services.common.runtime.settings import read_settings
from services.common.runtime.startup import SettingsError
from services.partner_settlement.settings import PartnerSettlementSettings

PREFIX = "TIDEMARK_PARTNER_SETTLEMENT_"


def test_without_settings_it_serves_this_machine_and_cuts_periods_in_utc() -> None:
    settings = read_settings(PartnerSettlementSettings)
    assert (settings.charging_address, settings.catalog_address) == ("127.0.0.1:7610", "127.0.0.1:7620")
    assert (settings.time_zone, settings.token_key_file) == ("UTC", None)


@pytest.mark.parametrize("zone", ["", "Mars/Olympus", "../etc/passwd", "europe/berlin!", "/etc/localtime"])
def test_a_time_zone_that_does_not_exist_is_refused(monkeypatch: pytest.MonkeyPatch, zone: str) -> None:
    monkeypatch.setenv(f"{PREFIX}TIME_ZONE", zone)
    with pytest.raises(SettingsError, match="there is no such time zone"):
        read_settings(PartnerSettlementSettings)
