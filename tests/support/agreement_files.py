"""A small set of agreements to break in one place at a time, and what lints it."""

from __future__ import annotations

from pathlib import Path

from services.common.kernel.findings import SourceFile
from services.common.runtime.source_files import read_source
from services.partner_settlement.adapters.yaml_source import YamlAgreementReader
from services.partner_settlement.application.agreement_lint import Linter, LintReport
from services.partner_settlement.application.agreement_ports import NOTHING_PUBLISHED, Published
from services.partner_settlement.domain.catalog_view import CatalogOffering, CatalogView

EXAMPLE_FOLDER = Path(__file__).parents[2] / "examples" / "agreements"

SMALL_AGREEMENTS = """\
parties:
  melody:
    name: Melody
    tax_percent: "19"
    withholding_percent: "5"
    payout_minimum: {EUR: "10.00"}
    payout_maximum: {EUR: "500.00"}
  cinema: {name: Cinema}
  streamcast: {name: Streamcast}
agreements:
  small:
    name: Small
    from: 2026-01-05
    until: 2027-01-04
    period: week
    currencies: [EUR]
    terms:
      fees:
        name: Fees
        covers: {kinds: [fee], offerings: [music, films]}
        basis: net-of-tax
        waterfall:
          - {code: base, fixed: {to: melody, amount: "2.00"}}
          - {code: share, percent: {to: melody, percent: "40", cap: "900.00"}}
          - code: grown
            tiered: {to: cinema, graduated: true, tiers: [{up_to: "100.00", percent: "20"}, {percent: "30"}]}
          - {code: rest, percent: {to: cinema, percent: "10", of: remaining}}
          - {code: least, guarantee: {party: melody, amount: "1.00"}}
          - code: divided
            split: [{to: cinema, weight: "1"}, {to: operator, weight: "2.5"}]
      traffic:
        name: Traffic
        covers: {kinds: [usage], rating_groups: [108]}
        funding: sponsor
        funded_by: streamcast
        basis:
          higher_of: [{cost: [{per: 1 GB, amount: "0.50"}]}, {cost: [{per: 1 records, amount: "0.01"}]}]
        waterfall:
          - {code: volume, per_unit: {to: cinema, per: 1 GB, amount: "0.10"}}
          - {code: kept, remainder: {to: operator}}
      vouchers:
        name: Vouchers
        covers: {kinds: [redemption], loyalty_programs: [rides]}
        funding: operator
        basis: retail
        waterfall:
          - {code: paid, percent: {to: melody, percent: "60"}}
          - {code: borne, remainder: {to: {bear: melody}}}
    disputes: {minimum: "5.00", minimum_percent: "1", days: 60}
    loyalty:
      rides:
        name: Rides
        earned_by: {kinds: [fee], offerings: [music]}
        every_amount: "9.99"
        voucher: "5.00"
        redeemed_with: melody
        valid: 90 days
  other:
    name: Other
    from: 2026-01-05
    period: week
    currencies: [EUR]
    terms:
      games:
        name: Games
        covers: {kinds: [fee], offerings: [games]}
        basis: retail
        waterfall:
          - {code: share, percent: {to: cinema, percent: "50"}}
examples:
  one-hundred:
    agreement: other
    period: 2026-W10
    records:
      - {kind: fee, offering: games, price: monthly, amount: "10.00", tax: "1.60", count: 10}
    shares: {cinema: "50.00", operator: "50.00"}
"""

CATALOG = CatalogView(
    version=1,
    offerings={
        "music": CatalogOffering("small", frozenset({"monthly"}), frozenset()),
        "films": CatalogOffering("small", frozenset({"monthly", "once"}), frozenset()),
        "games": CatalogOffering("other", frozenset({"monthly"}), frozenset()),
    },
    rating_groups=frozenset({108}),
    slices=frozenset({"surgery"}),
    units=frozenset({"octets", "seconds", "events", "money", "vehicles"}),
)


def lint_agreement_text(
    *texts: str, published: Published = NOTHING_PUBLISHED, catalog: CatalogView | None = None
) -> LintReport:
    """Texts as the files `1.yaml`, `2.yaml`, ... of one set."""
    files = [SourceFile(f"{number}.yaml", text) for number, text in enumerate(texts, start=1)]
    return Linter(YamlAgreementReader()).lint_source(files, published, catalog)


def edited(*edits: tuple[str, str]) -> str:
    """The small set with each old text, which must be there, replaced once."""
    text = SMALL_AGREEMENTS
    for old, new in edits:
        assert old in text, old
        text = text.replace(old, new, 1)
    return text


def example_agreement_files() -> list[SourceFile]:
    """The files of examples/agreements."""
    return read_source(EXAMPLE_FOLDER)
