"""What the catalog of the long run says, as plain figures: read by the catalog's builder and the slow model.

Amounts are decimals in major units, in the first of the versions; a version
multiplies them all by its `SCALE`, so that every version prices everything otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

DATA, VIDEO, MUSIC, VOICE, TEXT, PARCEL, VALUE, OUTCOME, UNKNOWN_GROUP = 10, 11, 12, 20, 30, 40, 50, 60, 99
UNITS = {
    DATA: "octets",
    VIDEO: "octets",
    MUSIC: "octets",
    VOICE: "seconds",
    TEXT: "events",
    PARCEL: "parcels",
    VALUE: "money",
    OUTCOME: "operations",
}
OFFLINE = {MUSIC}
"""Charged as reported; nothing is granted."""

SCALE = {1: Decimal(1), 2: Decimal("1.25"), 3: Decimal("0.5"), 4: Decimal(3)}
"""Version to what its amounts are multiplied by."""

TAXES = {"vat": (19, True), "levy": (20, False)}
"""Tax to per cent, and whether amounts include it."""

MICROS_PER_MAJOR = {"EUR": 100_000_000, "JPY": 1_000_000}

HOME_PREFIXES, EU_PREFIXES, US_PREFIXES = ("262",), ("208",), ("310",)
NETWORKS = {"26201": "home", "20801": "eu", "31001": "us", "99999": ""}
CALLED = {"4930123": "", "881600": "satellite", "390612": "", "88199": "barred"}
DESTINATIONS = {"satellite": ("8816",), "barred": ("88199", "88198")}
BARRED = {"barred"}
BUSY_FROM_PERCENT = 80
SEGMENTS = ("", "gold")

Steps = tuple[tuple[int | None, str], ...]


@dataclass(frozen=True, slots=True)
class ListPrice:
    """One price. `model`: per, flat, free, tiers, volume, package, percent. Empty sets: no condition."""

    offering: str
    code: str
    group: int
    model: str
    amount: str = "0"
    units: int = 1
    steps: Steps = ()
    first: int = 1
    then: int = 1
    month: bool = False
    minimum: str = ""
    maximum: str = ""
    tax: str = ""
    zones: tuple[str, ...] = ()
    destinations: tuple[str, ...] = ()
    load_bands: tuple[str, ...] = ()
    segments: tuple[str, ...] = ()
    band: str = ""
    precedence: int = 5
    dynamic: str = ""
    at_a_time: str = ""

    @property
    def conditions(self) -> int:
        """How many kinds of conditions it has."""
        return sum(map(bool, (self.zones, self.destinations, self.load_bands, self.segments, self.band)))


DYNAMIC = {
    "load": ("load_percent * 10 + customer_value + hour * 5", 800, 1_500),
    "value": ("2000 - customer_value", 500, 1_800),
}
"""Factor to its expression and its bounds in per mille."""

STREAM_STEPS: Steps = ((1, "0.005"), (3, "0.03"), (None, "0.02"))
MUSIC_STEPS: Steps = ((300, "0.002"), (900, "0.001"), (None, "0.0005"))
VIDEO_STEPS: Steps = ((20, "0.010"), (60, "0.005"), (None, "0.0013"))

PRICES = (
    ListPrice("basic", "data-home", DATA, "per", "0.0033", 7, zones=("home",), first=10, then=5),
    ListPrice("basic", "data-eu", DATA, "per", "0.011", 3, zones=("eu",), tax="levy", maximum="0.9"),
    ListPrice(
        "basic", "data-busy", DATA, "per", "0.05", 90, zones=("home",), load_bands=("busy",), dynamic="load"
    ),
    ListPrice("basic", "data-gold", DATA, "per", "0.0002", segments=("gold",), zones=("home",), precedence=3),
    ListPrice("basic", "video", VIDEO, "per", "0.05", 9, zones=("home",), then=3, tax="vat", minimum="0.2"),
    ListPrice("basic", "text", TEXT, "flat", "0.07", tax="vat"),
    ListPrice("basic", "text-satellite", TEXT, "per", "0.9", destinations=("satellite",), tax="levy"),
    ListPrice("basic", "voice", VOICE, "per", "0.09", 60, first=60, then=1),
    ListPrice("basic", "voice-night", VOICE, "free", band="night"),
    ListPrice("basic", "voice-evening", VOICE, "per", "0.05", 60, then=5, band="evening"),
    ListPrice("basic", "voice-holiday", VOICE, "per", "0.03", 60, first=30, then=30, band="holiday"),
    ListPrice("basic", "parcels", PARCEL, "package", "0.15", 7, minimum="0.2", tax="vat"),
    ListPrice("basic", "value", VALUE, "percent", "2.5"),
    ListPrice("basic", "music", MUSIC, "volume", steps=MUSIC_STEPS, month=True),
    ListPrice("basic", "outcome", OUTCOME, "per", "0.31", dynamic="value", tax="levy"),
    ListPrice("basic", "streams", VIDEO, "tiers", steps=STREAM_STEPS, at_a_time="sessions"),
    ListPrice("basic", "devices", VIDEO, "per", "0.011", tax="vat", at_a_time="subscribers"),
    ListPrice("pass", "steps", VIDEO, "tiers", steps=VIDEO_STEPS, month=True),
    ListPrice(
        "plan", "data-plan", DATA, "volume", steps=((200, "0.0004"), (None, "0.0001")), zones=("home",)
    ),
    ListPrice("club", "data-club", DATA, "tiers", steps=((50, "0.002"), (None, "0.001")), zones=("eu", "us")),
)


@dataclass(frozen=True, slots=True)
class ListAllowance:
    """Units that come with an offering."""

    offering: str
    code: str
    amount: int
    groups: tuple[int, ...]
    priority: int
    days: int = 0
    zones: tuple[str, ...] = ()
    shared: bool = False
    thresholds: tuple[int, ...] = ()
    renews: bool = False
    rollover: tuple[int, int] | None = None
    """Most units, further periods."""
    from_first_use: bool = False
    member_limit: int = 0
    giftable: bool = False


ALLOWANCES = (
    ListAllowance("basic", "own", 300, (DATA,), 10, thresholds=(50, 100)),
    ListAllowance("basic", "family", 900, (DATA, VIDEO), 20, zones=("home",), shared=True, member_limit=350),
    ListAllowance("pass", "trial", 200, (VIDEO,), 5, days=1),
    ListAllowance(
        "plan",
        "month",
        400,
        (DATA, MUSIC),
        8,
        renews=True,
        rollover=(150, 2),
        thresholds=(80,),
        giftable=True,
    ),
    ListAllowance("plan", "welcome", 200, (DATA, VIDEO), 6),
    ListAllowance("club", "pot", 600, (DATA, VIDEO), 15, shared=True, renews=True, member_limit=250),
    ListAllowance("booster", "boost", 250, (DATA, VIDEO), 3, days=3, from_first_use=True, giftable=True),
    ListAllowance("probe", "taste", 400, (VIDEO,), 4, renews=True, rollover=(0, 1)),
)


@dataclass(frozen=True, slots=True)
class ListFee:
    """What having an offering costs."""

    offering: str
    code: str
    amount: str
    recurring: bool
    prorated: bool = False
    tax: str = ""
    promotion: tuple[int, int] = (0, 0)
    """Periods, per cent less."""
    suspends: bool = False


FEES = (
    ListFee("plan", "joining", "1.00", False),
    ListFee("plan", "monthly", "9.90", True, True, "vat", (2, 50), True),
    ListFee("club", "dues", "4.50", True, True, "levy"),
    ListFee("booster", "once", "2.00", False, tax="vat"),
    ListFee("tryout", "weekly", "3.00", True),
    ListFee("probe", "rent", "0.40", True, True, "levy", (1, 25), True),
)


@dataclass(frozen=True, slots=True)
class ListOffering:
    """Something that can be had. `existing`: what each version does to those who have it."""

    code: str
    precedence: int
    existing: tuple[str, str, str, str] = ("keep", "keep", "keep", "keep")
    denied: tuple[str, ...] = ()
    months: int = 0
    days: int = 0
    calendar: bool = False
    trial_days: int = 0
    trial_ends: bool = False
    validity_days: int = 0


OFFERINGS = {
    item.code: item
    for item in (
        ListOffering("basic", 100, ("keep", "session", "keep", "session")),
        ListOffering("pass", 10, ("keep", "keep", "session", "keep"), denied=("us",)),
        ListOffering("plan", 20, ("keep", "period", "period", "keep"), months=1),
        ListOffering("club", 30, ("keep", "once", "keep", "once"), months=1, calendar=True),
        ListOffering("booster", 40, ("keep", "session", "session", "session"), validity_days=7),
        ListOffering("tryout", 50, ("keep", "once", "period", "keep"), days=5, trial_days=3, trial_ends=True),
        ListOffering("probe", 60, ("keep", "period", "once", "once"), days=2, trial_days=1),
    )
}


@dataclass(frozen=True, slots=True)
class ListCounter:
    """What is counted: `euros` marks are money, else units."""

    code: str
    money: bool
    period: str
    marks: tuple[str, ...]
    statuses: tuple[str, ...]
    cap: str = ""
    liftable: bool = False
    shared: bool = False
    groups: tuple[int, ...] = ()
    zones: tuple[str, ...] = ()


COUNTERS = (
    ListCounter("bill-shock", True, "month", ("2", "4"), ("near", "over"), cap="9", liftable=True),
    ListCounter(
        "data-day",
        False,
        "day",
        ("100", "200", "400", "500", "900"),
        ("", "", "", "", "slow"),
        cap="1500",
        groups=(DATA,),
    ),
    ListCounter("abroad-week", True, "week", ("1",), ("much",), cap="3", shared=True, zones=("eu", "us")),
)
"""Marks are not scaled by version; a liftable cap may be the subscriber's own."""

HOLIDAYS = ("2026-04-03", "2026-04-06", "2026-05-01", "2026-10-03", "2026-12-25")
LOW_BALANCE = 100_000_000
