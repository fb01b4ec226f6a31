"""A charge for usage is explained: the price, each step with its figures, and what happened since."""

from __future__ import annotations

from typing import Any

from services.charging.domain.events import Outcome
from services.charging.domain.explanation.context import Since, Surroundings
from services.charging.domain.explanation.steps import Explanation, StepKind
from services.charging.domain.explanation.usage import explain_usage
from services.charging.domain.rating.circumstances import Circumstances
from services.charging.domain.rating.flat import FREE, Flat
from services.charging.domain.rating.package import Package
from services.charging.domain.rating.per_unit import PerUnit
from services.charging.domain.rating.price import Concurrency, Dynamic, Price
from services.charging.domain.rating.tiered import Tier, Tiered
from services.charging.domain.rating.volume import Volume
from tests.support.explanations import HERE, INCLUDED, NAMES, ON_TOP, amount_of
from tests.support.recorded_charges import charged, listed, minor_micros

PER_MB = PerUnit(5, 1)
"""0.05 EUR for 1 MB: 5 millionths of a cent for an octet."""


def explained(price: Price, used: int, around: Surroundings = HERE, **figures: Any) -> Explanation:
    return explain_usage(charged(price, used, **figures), price, around)


def arithmetic(explanation: Explanation) -> list[str]:
    """The sentences between price and total."""
    return [
        step.text
        for step in explanation.steps
        if step.kind not in {StepKind.INCREMENTS, StepKind.ALLOWANCE, StepKind.MONEY}
    ]


def test_a_charge_is_told_from_what_was_used_to_what_was_paid() -> None:
    """104,857,600 octets count as 104,858,000; less 56,281,600 leaves 48,576,400 x 0.05 / 10^6 = 2.42882."""
    price = listed(PER_MB, (1_000, 1_000), tax=INCLUDED)
    covered = (("sub-1/music/music-1gb", 56_281_600),)
    assert explained(price, 104_857_600, covered=covered).sentences == (
        "Video streaming, 100 MiB (104,857,600 octets) on Monday 2 March 2026 at 10:30 in zone home "
        "(subscriber's clock, Europe/Berlin).",
        "Price 3/prepaid-data/data 'Data' of catalog version 3: 0.05 EUR for 1 MB, 19 % tax (vat) included.",
        "Rounded up to 104,858,000 octets, in steps of 1 kB.",
        "56,281,600 of them came from the allowance 'music-1gb'.",
        "48,576,400 octets x 0.05 EUR / 1,000,000 = 2.42882 EUR.",
        "In all 2.42882 EUR.",
        "19 % tax (vat) is included: 0.38779479 EUR.",
        "Paid from 'money'.",
    )


def test_graduated_units_are_told_step_by_step_from_where_the_month_stood() -> None:
    """500 MB at 0.05 are 25 EUR; 1,500 MB at 0.03 are 45 EUR."""
    price = listed(Tiered((Tier(10**9, 5, 1), Tier(None, 3, 1))), monthly=True)
    told = explained(price, 2 * 10**9, paid_before=5 * 10**8)
    assert "You had paid for 500 MB (500,000,000 octets) before this in March 2026." in told.sentences
    assert arithmetic(told) == [
        "Step 1, up to 1 GB: 500,000,000 octets x 0.05 EUR / 1,000,000 = 25.00 EUR.",
        "Step 2: 1,500,000,000 octets x 0.03 EUR / 1,000,000 = 45.00 EUR.",
    ]
    assert amount_of(told) == minor_micros("70.00")


def test_a_volume_price_tells_the_sum_and_what_was_charged_of_it_before() -> None:
    """1,500 x 0.0007 = 1.05 in all; the first 900 at 0.001 were 0.90."""
    price = listed(Volume((Tier(1_000, 100_000, 1), Tier(None, 70_000, 1))))
    assert arithmetic(explained(price, 600, paid_before=900, unit="events")) == [
        "1,500 events x 0.0007 EUR = 1.05 EUR for all units so far.",
        "Less what the first 900 events were charged: 0.90 EUR.",
    ]


def test_a_volume_price_that_stands_still_says_so() -> None:
    """1,200 x 0.0007 would be 0.84, less than the 1.00 that 1,000 cost."""
    price = listed(Volume((Tier(1_000, 100_000, 1), Tier(None, 70_000, 1))))
    told = explained(price, 300, paid_before=900, unit="events")
    assert arithmetic(told)[0] == (
        "1,200 events x 0.0007 EUR = 0.84 EUR for all units so far; "
        "a cheaper step never gives back, so it stays at 1.00 EUR."
    )
    assert amount_of(told) == minor_micros("0.10")


def test_packages_are_counted_as_they_are_begun() -> None:
    """50 MB were paid, in the first package; 300 MB need three, so two more."""
    price = listed(Package(minor_micros("1.00"), 10**8), tax=ON_TOP)
    assert arithmetic(explained(price, 250_000_000, paid_before=50_000_000)) == [
        "2 packages of 100 MB begun x 1.00 EUR = 2.00 EUR.",
        "19 % tax (vat) on top: 2.00 EUR x 19 % = 0.38 EUR.",
    ]
    assert arithmetic(explained(price, 10, paid_before=50_000_000))[0] == (
        "The package of 100 MB that was begun before covers it."
    )


def test_a_percentage_is_raised_to_its_minimum_and_lowered_to_its_maximum() -> None:
    """2.5 % of 3.00 are 0.075, of 1,000.00 are 25.00; between 0.10 and 5.00."""
    price = listed(PerUnit(25_000, 1), minimum=minor_micros("0.10"), maximum=minor_micros("5.00"))
    assert arithmetic(explained(price, 300, unit="money")) == [
        "3.00 EUR x 2.5 % = 0.075 EUR.",
        "At least 0.10 EUR in all for this use: 0.025 EUR more.",
    ]
    assert arithmetic(explained(price, 100_000, unit="money")) == [
        "1,000.00 EUR x 2.5 % = 25.00 EUR.",
        "At most 5.00 EUR in all for this use: 20.00 EUR less.",
    ]


def test_use_that_catches_up_with_a_minimum_is_charged_less() -> None:
    """The first unit was charged 0.10; five cost 0.15, so four more cost 0.05, not 0.12."""
    price = listed(PerUnit(minor_micros("0.03"), 1), minimum=minor_micros("0.10"))
    told = explained(price, 4, paid_before=1, unit="events")
    assert arithmetic(told) == [
        "4 events x 0.03 EUR = 0.12 EUR.",
        "At least 0.10 EUR in all for this use: 0.07 EUR less.",
    ]
    assert amount_of(told) == minor_micros("0.05")


def test_a_dynamic_factor_is_told_with_its_expression() -> None:
    """61 s x 0.09 / 60 = 0.0915; times 1.5 is 0.13725."""

    class Fixed:
        hourly = False

        def permille(self, under: Circumstances, hour: int) -> int | None:
            return 1_500

    factor = Dynamic("load_percent > 80 ? 1500 : 1000", Fixed(), 500, 2_000)
    price = listed(PerUnit(minor_micros("0.09"), 60), (60, 1), dynamic=factor)
    told = explained(price, 61, unit="seconds", factor=1_500)
    assert arithmetic(told) == [
        "61 s x 0.09 EUR / 60 = 0.0915 EUR.",
        "Times 1.5 by the expression 'load_percent > 80 ? 1500 : 1000': 0.04575 EUR more.",
    ]
    assert amount_of(told) == minor_micros("0.13725")


def test_flat_and_free_prices_are_told() -> None:
    flat = listed(Flat(minor_micros("0.07")))
    assert arithmetic(explained(flat, 1, unit="events")) == ["0.07 EUR, however much is used."]
    assert arithmetic(explained(flat, 1, paid_before=1, unit="events")) == [
        "The flat price was charged before; more use adds nothing."
    ]
    assert arithmetic(explained(listed(FREE), 12)) == ["12 octets are free."]


def test_first_and_next_increments_are_told() -> None:
    price = listed(PerUnit(minor_micros("0.12"), 60), (60, 10))
    told = explained(price, 61, unit="seconds")
    assert told.steps[0].text == "Rounded up to 70 s, at least 60 s, then in steps of 10 s."
    later = explained(price, 5, used_before=61, paid_before=70, unit="seconds")
    assert later.steps[0].text == (
        "With 61 s used before, 0 s more count, at least 60 s, then in steps of 10 s."
    )
    assert amount_of(later) == 0


def test_what_cannot_be_written_exactly_is_rounded_at_one_named_place() -> None:
    """1 s at 0.10 a minute is 1/6 cent: 166,666.67 millionths, recorded as 166,667."""
    price = listed(PerUnit(minor_micros("0.10"), 60))
    told = explained(price, 1, unit="seconds")
    assert arithmetic(told) == [
        "1 s x 0.10 EUR / 60 = about 0.001666666667 EUR.",
        "Rounded to a millionth of the minor unit: 0.00166667 EUR.",
    ]
    assert amount_of(told) == 166_667


def test_a_peak_is_told_as_how_many_there_were_at_a_time() -> None:
    """Two more than 3 at 1.50 each."""
    price = listed(PerUnit(minor_micros("1.50"), 1), monthly=True, concurrency=Concurrency.SESSIONS)
    told = explained(price, 2, used_before=3, paid_before=3, concurrency="sessions")
    assert told.sentences[0].startswith("Video streaming, sessions at a time on Monday 2 March 2026")
    assert told.steps[0].text == "2 more at a time than before in the month; the peak is now 5."
    assert amount_of(told) == minor_micros("3.00")


def test_where_how_and_when_it_was_reported_are_told() -> None:
    under = Circumstances(zone="eu", destination="fr-mobile", slice="ar", qos_class="low-latency")
    evidence = Outcome("scan-17", "https://evidence.example/17", b"", True)
    told = explained(
        listed(PER_MB), 10**6, circumstances=under, offline=True, late=True, outcome=evidence, overdrawn=5
    ).sentences
    assert " in zone eu, destination fr-mobile, slice ar, QoS class low-latency (" in told[0]
    assert told[-4:] == (
        "No balance covered 0.00000005 EUR of it; that is owed.",
        "It was charged as reported, without quota.",
        "It was reported late: after the session had expired, or out of order.",
        "It is for the outcome scan-17, evidence at https://evidence.example/17. "
        "It was provisional when it was charged.",
    )


def test_partners_are_told_where_there_are_any() -> None:
    partners: dict[str, Any] = {
        "sponsor_identity": "shoes-ag",
        "application_service_provider_identity": "clip-world",
    }
    assert explained(listed(PER_MB), 10**6, **partners).sentences[-2:] == (
        "The application was of clip-world.",
        "It was sponsored by shoes-ag.",
    )


def test_what_happened_to_a_charge_since_is_told() -> None:
    """5.00 charged, 1.00 taken off by a correction, 0.50 refunded: 3.50."""
    since = Since(minor_micros("0.50"), -minor_micros("1.00"), True, "reversed")
    told = explained(listed(PER_MB), 10**8, Surroundings("Europe/Berlin", NAMES, "", since))
    assert told.changed_since == -minor_micros("1.50")
    assert told.sentences[0].startswith("Rating group 10, 100 MB (")
    assert told.sentences[-5:] == (
        "The outcome is reversed.",
        "Corrections since: 1.00 EUR taken off.",
        "Refunded since: 0.50 EUR.",
        "The units it took from allowances were given back.",
        "It comes to 3.50 EUR now.",
    )
