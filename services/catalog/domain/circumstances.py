"""Where, how and for whom usage happens: tables of codes, and conditions that name them."""

from __future__ import annotations

from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True)
class Zone:
    """A set of serving networks: MCC, or MCC and MNC, digits; the longest match wins."""

    code: str
    name: str
    home: bool = False
    plmns: tuple[str, ...] = ()
    rest_of_world: bool = False


@dataclass(frozen=True, slots=True)
class Destination:
    """Whom is called: E.164 digits without `+`; the longest prefix wins. `barred`: nobody may call it."""

    code: str
    name: str
    prefixes: tuple[str, ...]
    barred: bool = False


@dataclass(frozen=True, slots=True)
class Area:
    """Cells and tracking areas, each with its network: `26201-0000a1b20`. A cell goes first."""

    code: str
    name: str
    cells: tuple[str, ...] = ()
    tracking_areas: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Slice:
    """S-NSSAI (TS 23.003 clause 28.4.2): SST and six hexadecimal digits of SD, '' for the whole type."""

    code: str
    name: str
    sst: int
    sd: str = ""


@dataclass(frozen=True, slots=True)
class QosClass:
    """5QI values (TS 23.501 table 5.7.4-1) sold as one quality."""

    code: str
    name: str
    five_qis: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class LoadBand:
    """Network load in per cent, [from, until)."""

    code: str
    name: str
    from_percent: int
    until_percent: int


@dataclass(frozen=True, slots=True)
class HolidayCalendar:
    """Days that are no weekdays: `2026-12-25`, or `12-25` for every year."""

    code: str
    name: str
    days: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Category:
    """A group of customers, or a class of devices."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Conditions:
    """Codes that must be met, one list for each kind; an empty list holds always."""

    zones: tuple[str, ...] = ()
    destinations: tuple[str, ...] = ()
    areas: tuple[str, ...] = ()
    slices: tuple[str, ...] = ()
    qos_classes: tuple[str, ...] = ()
    load_bands: tuple[str, ...] = ()
    segments: tuple[str, ...] = ()
    device_classes: tuple[str, ...] = ()

    @property
    def count(self) -> int:
        """How many kinds are restricted."""
        return sum(1 for kind in KINDS if self.of(kind))

    def of(self, kind: str) -> tuple[str, ...]:
        """The codes of one of KINDS."""
        codes: tuple[str, ...] = getattr(self, kind)
        return codes


KINDS = tuple(item.name for item in fields(Conditions))
"""Kinds of conditions, `zones` first."""

ALWAYS = Conditions()
