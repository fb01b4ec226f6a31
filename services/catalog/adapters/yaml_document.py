"""The checked form of a catalog into domain values: sizes get their unit, lists their canonical order."""

from __future__ import annotations

from services.catalog.adapters import yaml_models as form
from services.catalog.adapters.yaml_examples import build_example
from services.catalog.adapters.yaml_figures import Size
from services.catalog.adapters.yaml_tree import SourceTree
from services.catalog.domain.catalog import (
    Allowance,
    BundleChoice,
    Catalog,
    ExistingSubscribers,
    FinalUnitAction,
    FlatPrice,
    FreePrice,
    Increments,
    Offering,
    OfferingKind,
    PaymentMode,
    PerUnitPrice,
    Price,
    PriceModel,
    QuotaPolicy,
    RatingGroup,
    Tier,
    TieredPrice,
    TierScope,
    TimeBand,
    UnitDefinition,
    Zone,
)
from services.catalog.domain.examples import Document
from services.catalog.domain.findings import FindingReason
from services.common.kernel.money import currency, parse_money
from services.common.kernel.quantity import SECONDS


class DocumentBuilder:
    """Builds one document; sizes in a unit that is not the rating group's become findings of the tree."""

    def __init__(self, catalog: form.CatalogForm, tree: SourceTree) -> None:
        self._form = catalog
        self._tree = tree

    def build(self) -> Document:
        """The document. Only to be trusted where no finding was added."""
        source = self._form
        catalog = Catalog(
            code=source.catalog,
            name=source.name,
            currency_code=source.currency,
            time_zone=source.time_zone,
            units=tuple(UnitDefinition(code, unit.name) for code, unit in sorted(source.units.items())),
            rating_groups=tuple(
                sorted(
                    (self._rating_group(*item) for item in source.rating_groups.items()),
                    key=lambda group: (group.rating_group, group.code),
                )
            ),
            zones=tuple(self._zone(*item) for item in sorted(source.zones.items())),
            time_bands=tuple(self._time_band(*item) for item in sorted(source.time_bands.items())),
            offerings=tuple(self._offering(*item) for item in sorted(source.offerings.items())),
            default_rating_group=source.default_rating_group or "",
            low_balance_minor_micros=self.money(source.low_balance_threshold, "low_balance_threshold"),
        )
        examples = tuple(
            build_example(self, code, example, f"examples.{code}")
            for code, example in sorted(source.examples.items())
        )
        return Document(catalog, examples)

    @property
    def time_zone(self) -> str:
        """The catalog's own zone."""
        return self._form.time_zone

    def problem(self, reason: FindingReason, message: str, field: str) -> None:
        """Adds an error at a field."""
        self._tree.report(reason, message, field, self._tree.locate(field))

    def money(self, amount: str | None, field: str) -> int | None:
        """minor_micros of an amount that has to be exact; an unknown currency is lint's to report."""
        if amount is None:
            return None
        try:
            of = currency(self._form.currency)
        except ValueError:
            return None
        try:
            return parse_money(amount, of).minor_micros
        except ValueError as error:
            self.problem(FindingReason.AMOUNT_INVALID, str(error), field)
            return None

    def unit_of(self, rating_group: str) -> str:
        """Unit of a rating group; '' where it is unknown."""
        found = self._form.rating_groups.get(rating_group)
        return found.unit if found else ""

    def units(self, size: Size, unit: str, field: str) -> int:
        """The amount of a size that has to be in `unit` ('': unknown, lint's to report)."""
        if size.unit and unit and size.unit != unit:
            self.problem(FindingReason.UNIT_DIFFERS, f"this is in {size.unit}; {unit} is counted here", field)
        return size.amount

    def _rating_group(self, code: str, group: form.RatingGroupForm) -> RatingGroup:
        field, quota = f"rating_groups.{code}.quota", group.quota
        return RatingGroup(
            rating_group=group.number,
            code=code,
            name=group.name,
            service=group.service,
            unit=group.unit,
            quota=QuotaPolicy(
                initial_units=self.units(quota.initial, group.unit, f"{field}.initial"),
                minimum_units=self.units(quota.minimum, group.unit, f"{field}.minimum"),
                maximum_units=self.units(quota.maximum, group.unit, f"{field}.maximum"),
                maximum_validity_seconds=self.units(
                    quota.maximum_validity, SECONDS, f"{field}.maximum_validity"
                ),
                quota_holding_seconds=self.units(quota.holding_time, SECONDS, f"{field}.holding_time"),
            ),
            final_unit_action=FinalUnitAction(group.final_unit_action),
            redirect_address=group.redirect_address,
        )

    @staticmethod
    def _zone(code: str, zone: form.ZoneForm) -> Zone:
        return Zone(code, zone.name, zone.home, tuple(sorted(zone.plmns)), zone.rest_of_world)

    @staticmethod
    def _time_band(code: str, band: form.TimeBandForm) -> TimeBand:
        windows = sorted(band.windows, key=lambda window: (window.weekdays, window.start_minute))
        return TimeBand(code, band.name, tuple(windows))

    def _offering(self, code: str, offering: form.OfferingForm) -> Offering:
        here = f"offerings.{code}"
        choice = offering.choice
        return Offering(
            code=code,
            name=offering.name,
            description=offering.description,
            kind=OfferingKind(offering.kind),
            precedence=offering.precedence,
            payment_mode=PaymentMode(offering.payment_mode) if offering.payment_mode else None,
            existing_subscribers=ExistingSubscribers(offering.existing_subscribers),
            prices=tuple(
                self._price(name, price, f"{here}.prices.{name}")
                for name, price in sorted(offering.prices.items())
            ),
            allowances=tuple(
                self._allowance(name, allowance, f"{here}.allowances.{name}")
                for name, allowance in sorted(offering.allowances.items())
            ),
            includes=tuple(sorted(offering.includes)),
            choice=BundleChoice(choice.minimum, choice.maximum, tuple(sorted(choice.offerings)))
            if choice
            else None,
            agreement_code=offering.agreement or "",
            denied_zones=tuple(sorted(offering.denied_zones)),
        )

    def _price(self, code: str, price: form.PriceForm, field: str) -> Price:
        unit = self._common_unit(price.rating_groups)
        increments = price.increments
        return Price(
            code=code,
            name=price.name,
            rating_groups=tuple(sorted(price.rating_groups)),
            zones=tuple(sorted(price.zones)),
            time_band=price.time_band or "",
            increments=Increments(
                self.units(increments.first, unit, f"{field}.increments.first"),
                self.units(increments.next, unit, f"{field}.increments.next"),
            )
            if increments
            else None,
            model=self._model(price, unit, field),
        )

    def _model(self, price: form.PriceForm, unit: str, field: str) -> PriceModel:
        if price.flat is not None:
            return FlatPrice(price.flat.amount)
        if price.per_unit is not None:
            per = self.units(price.per_unit.per, unit, f"{field}.per_unit.per")
            return PerUnitPrice(price.per_unit.amount, per)
        if price.tiered is not None:
            tiers = tuple(
                self._tier(tier, unit, f"{field}.tiered.tiers.{index}")
                for index, tier in enumerate(price.tiered.tiers)
            )
            return TieredPrice(tiers, TierScope(price.tiered.scope))
        return FreePrice()

    def _tier(self, tier: form.TierForm, unit: str, field: str) -> Tier:
        up_to = None if tier.up_to is None else self.units(tier.up_to, unit, f"{field}.up_to")
        return Tier(up_to, tier.amount, self.units(tier.per, unit, f"{field}.per"))

    def _allowance(self, code: str, allowance: form.AllowanceForm, field: str) -> Allowance:
        unit = allowance.amount.unit or self._common_unit(allowance.rating_groups)
        if not unit and all(self.unit_of(group) for group in allowance.rating_groups):
            self.problem(
                FindingReason.UNIT_DIFFERS,
                "its rating groups count different units; make one allowance for each unit",
                f"{field}.amount",
            )
        return Allowance(
            code=code,
            name=allowance.name,
            rating_groups=tuple(sorted(allowance.rating_groups)),
            zones=tuple(sorted(allowance.zones)),
            unit=unit,
            amount=allowance.amount.amount,
            priority=allowance.priority,
            validity_days=allowance.validity,
            shared=allowance.shared,
            thresholds_percent=tuple(allowance.thresholds_percent),
        )

    def _common_unit(self, rating_groups: list[str]) -> str:
        """The unit that all of them count in; '' where they differ or are unknown."""
        units = {self.unit_of(group) for group in rating_groups}
        return units.pop() if len(units) == 1 else ""
