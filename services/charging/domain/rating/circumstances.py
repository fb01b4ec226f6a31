"""Where, how and for whom usage happens: what an element says, and the catalog's codes for it."""

from __future__ import annotations

from dataclasses import dataclass

from services.charging.domain.rating.places import Places


@dataclass(frozen=True, slots=True)
class Observed:
    """What a request says; None: nothing of that, so what was said before still holds.

    `serving_plmn`: MCC and MNC digits, '' home. `called`: E.164 digits. `cell`
    and `tracking_area` as in the catalog, PLMN first. `sd`: six hexadecimal
    digits or ''. Never stored: only the codes made of it are.
    """

    serving_plmn: str | None = None
    called: str | None = None
    cell: str | None = None
    tracking_area: str | None = None
    sst: int | None = None
    sd: str = ""
    five_qi: int | None = None
    load_percent: int | None = None
    device_class: str | None = None


NOTHING_OBSERVED = Observed()


@dataclass(frozen=True, slots=True)
class Circumstances:
    """Codes of one catalog version, '' where no code is meant, and the figures that expressions may use."""

    zone: str = ""
    destination: str = ""
    area: str = ""
    slice: str = ""
    qos_class: str = ""
    load_band: str = ""
    segment: str = ""
    device_class: str = ""
    five_qi: int = 0
    load_percent: int = 0
    customer_value: int = 0


@dataclass(frozen=True, slots=True)
class Conditions:
    """Codes that must be met, one set for each kind; an empty set holds always."""

    zones: frozenset[str] = frozenset()
    destinations: frozenset[str] = frozenset()
    areas: frozenset[str] = frozenset()
    slices: frozenset[str] = frozenset()
    qos_classes: frozenset[str] = frozenset()
    load_bands: frozenset[str] = frozenset()
    segments: frozenset[str] = frozenset()
    device_classes: frozenset[str] = frozenset()

    def hold(self, under: Circumstances) -> bool:
        """True where each set is empty or names the code of the circumstances."""
        return (
            (not self.zones or under.zone in self.zones)
            and (not self.destinations or under.destination in self.destinations)
            and (not self.areas or under.area in self.areas)
            and (not self.slices or under.slice in self.slices)
            and (not self.qos_classes or under.qos_class in self.qos_classes)
            and (not self.load_bands or under.load_band in self.load_bands)
            and (not self.segments or under.segment in self.segments)
            and (not self.device_classes or under.device_class in self.device_classes)
        )

    @property
    def count(self) -> int:
        """How many kinds are restricted: of several prices the one with most conditions wins."""
        return sum(
            map(
                bool,
                (
                    self.zones,
                    self.destinations,
                    self.areas,
                    self.slices,
                    self.qos_classes,
                    self.load_bands,
                    self.segments,
                    self.device_classes,
                ),
            )
        )


ANYWHERE = Conditions()


def classify(
    places: Places, observed: Observed, present: Circumstances | None, segment: str, customer_value: int
) -> Circumstances:
    """The codes of what was observed; what is not said is kept from `present` (None: from home)."""
    before = present if present is not None else Circumstances(zone=places.zones.home)
    return Circumstances(
        zone=before.zone if observed.serving_plmn is None else places.zones.zone_of(observed.serving_plmn),
        destination=before.destination if observed.called is None else places.destination_of(observed.called),
        area=before.area
        if observed.cell is None and observed.tracking_area is None
        else places.area_of(observed.cell or "", observed.tracking_area or ""),
        slice=before.slice if observed.sst is None else places.slice_of(observed.sst, observed.sd),
        qos_class=before.qos_class if observed.five_qi is None else places.qos_class_of(observed.five_qi),
        load_band=before.load_band
        if observed.load_percent is None
        else places.load_band_of(observed.load_percent),
        segment=segment,
        device_class=before.device_class if observed.device_class is None else observed.device_class,
        five_qi=before.five_qi if observed.five_qi is None else observed.five_qi,
        load_percent=before.load_percent if observed.load_percent is None else observed.load_percent,
        customer_value=customer_value,
    )
