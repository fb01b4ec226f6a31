"""Worked examples from their forms."""

from __future__ import annotations

from services.catalog.adapters.yaml_build.scope import Scope
from services.catalog.adapters.yaml_figures import parse_moment
from services.catalog.adapters.yaml_form import examples as form
from services.catalog.domain.examples import ExampleUsage, Expected, ExpectedFees, WorkedExample
from services.catalog.domain.findings import FindingReason
from services.common.kernel.clock import Instant, zone


def build_example(scope: Scope, code: str, example: form.ExampleForm) -> WorkedExample:
    """One example. What cannot be read or is not known becomes a finding."""
    field = f"examples.{code}"
    reader = _ExampleReader(scope, example.currency or scope.currency_code, _zone(scope, example, field))
    total, fees = example.total, example.fees
    return WorkedExample(
        code=code,
        offerings=tuple(sorted(example.offerings)),
        usages=tuple(
            reader.usage(line, f"{field}.usage.{index}") for index, line in enumerate(example.usage)
        ),
        time_zone=example.time_zone or "",
        currency_code=example.currency or "",
        segment=example.segment or "",
        customer_value=example.customer_value,
        total_minor_micros=reader.money(total.amount, f"{field}.total.amount") if total else None,
        total_tax_minor_micros=reader.money(total.tax, f"{field}.total.tax") if total else None,
        fees=reader.fees(fees, f"{field}.fees") if fees else None,
    )


def _zone(scope: Scope, example: form.ExampleForm, field: str) -> str:
    """A zone to read times in. The catalog's own is reported by lint; here one is needed to go on."""
    time_zone = example.time_zone or scope.time_zone
    try:
        zone(time_zone)
    except ValueError:
        if example.time_zone:
            scope.problem(
                FindingReason.TIME_ZONE_UNKNOWN,
                f"{time_zone!r} is not an IANA time zone; write Europe/Berlin, UTC, ...",
                f"{field}.time_zone",
            )
        return "UTC"
    return time_zone


class _ExampleReader:
    """Reads the lines of one example in its currency and its time zone."""

    def __init__(self, scope: Scope, currency_code: str, time_zone: str) -> None:
        self._scope = scope
        self._currency_code = currency_code
        self._time_zone = time_zone

    def money(self, amount: str | None, field: str) -> int | None:
        return self._scope.minor_micros(amount, self._currency_code, field)

    def fees(self, fees: form.ExampleFeesForm, field: str) -> ExpectedFees:
        return ExpectedFees(
            taken_at=self._moment(fees.at, f"{field}.at"),
            periods=fees.periods,
            total_minor_micros=self.money(fees.total, f"{field}.total") or 0,
            tax_minor_micros=self.money(fees.tax, f"{field}.tax"),
        )

    def usage(self, line: form.ExampleUsageForm, field: str) -> ExampleUsage:
        scope = self._scope
        unit = scope.unit_of(line.rating_group)
        self._check(line, unit, field)
        sliced = line.slice or form.ExampleSliceForm()
        return ExampleUsage(
            rating_group=line.rating_group,
            units=scope.units(line.units, unit, f"{field}.units") if line.units else line.at_a_time or 0,
            at=self._moment(line.at, f"{field}.at"),
            session=line.session or "",
            zone=line.zone or "",
            serving_plmn=line.plmn or "",
            called=line.destination or "",
            cell=line.cell or "",
            tracking_area=line.tracking_area or "",
            slice_code=sliced.code or "",
            sst=sliced.sst,
            sd=sliced.sd or "",
            five_qi=line.five_qi,
            load_percent=line.load_percent,
            device_class=line.device_class or "",
            at_a_time=line.at_a_time is not None,
            expected=self._expected(line, unit, field),
        )

    def _expected(self, line: form.ExampleUsageForm, unit: str, field: str) -> Expected:
        covered = line.from_allowance
        return Expected(
            self.money(line.amount, f"{field}.amount"),
            self.money(line.tax, f"{field}.tax"),
            None if covered is None else self._scope.units(covered, unit, f"{field}.from_allowance"),
            line.refusal,
        )

    def _check(self, line: form.ExampleUsageForm, unit: str, field: str) -> None:
        if not unit:
            self._scope.problem(
                FindingReason.RATING_GROUP_UNKNOWN,
                f"there is no rating group {line.rating_group!r}",
                f"{field}.rating_group",
            )
        if (line.units is None) == (line.at_a_time is None):
            self._scope.problem(FindingReason.FIELD_MISSING, "give `units`, or `at_a_time`", f"{field}.units")
        if line.zone and line.plmn:
            self._scope.problem(
                FindingReason.FIELD_INVALID, "give `zone` or `plmn`, not both", f"{field}.plmn"
            )
        sliced = line.slice
        if sliced is not None and (sliced.code is None) == (sliced.sst is None):
            self._scope.problem(
                FindingReason.FIELD_INVALID,
                'write a slice code, or {sst: 1, sd: "0000a1"}',
                f"{field}.slice",
            )

    def _moment(self, text: str, field: str) -> Instant:
        try:
            return parse_moment(text, self._time_zone)
        except ValueError as error:
            self._scope.problem(FindingReason.FIELD_INVALID, str(error), field)
            return Instant(0)
