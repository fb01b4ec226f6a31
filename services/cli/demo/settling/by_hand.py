"""What the demo's week brings each partner, worked out by hand from `examples/agreements`.

The scenes are what counts. The phones of `examples/usage` played 4 kB of music and some games, at 0.03 and
0.05 EUR a gigabyte: a few millionths of a cent, which change no rounded sum.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Due:
    """What a statement adds up to, in words: net of all lines, and what of it is paid; below zero: owed."""

    net: str
    payable: str


def _paid(amount: str) -> Due:
    return Due(amount, amount)


DUE: Mapping[str, Due] = {
    # Music: 3 fees of 4.99, net 12.58, of which 60 % are 7.55; 2.45 more make the 10.00 of the guarantee.
    # 30 GB at 0.03: 0.90. Fun Pack: 10.99 less tax are 9.235294, of which 4.99/20.99 are 2.195527, for Cinema
    # 7.99/20.99 are 3.515483, for Arcade 3.99/20.99 are 1.755542, for the operator 4.02/20.99 are 1.768741.
    # Rounded down they lack three cents of 9.24; all but Cinema, whose remainder is the smallest, get one:
    # 2.20. 13.10, and 19 % of tax are 2.489.
    "melody": _paid("15.59 EUR"),
    # 3 fees of 7.99, net 20.14, of which 50 % are 10.07; 7.99/20.99 of the Fun Pack: 3.51;
    # 15 % of the 40.00 that are sponsored: 6.00. 19.58, and 19 % of tax are 3.7202.
    "cinema": _paid("23.30 EUR"),
    # 10 GB of games at 0.05: 0.50; 3.99/20.99 of the Fun Pack: 1.76. 2.26, less 10 % withheld: 0.226.
    "arcade": _paid("2.03 EUR"),
    # 50 GB at 0.80 are 40.00, and 19 % of tax are 7.60.
    "streamcast": _paid("-47.60 EUR"),
    # 60 % of a ride of 5.00. Payouts begin at 25.00: it is carried forward.
    "citycab": Due("3.00 EUR", "0.00 EUR"),
    # Net 30.00 for ten trucks, 1.442 for 412 km, 0.504 for 63 l: 31.946.
    # 10 x 0.40 + 0.412 x 0.70 + 0.063 x 1.00 = 4.3514, so 4.35; 19 % of tax are 0.8265.
    "fleetlink": _paid("5.18 EUR"),
    # 30 % of the 27.5946 that are left.
    "routesoft": _paid("8.28 EUR"),
    # Net 600.00 for two theatres, 90.00 for 2 GB, 405.00 and 270.00 for surgery: 1,365.00. 35 %: 477.75.
    # 60 % of the 270.00 given back: 162.00. 315.75, and 19 % of tax are 59.9925.
    "mediedge": _paid("375.74 EUR"),
    # 15 % of the 887.25 left: 133.0875, so 133.09; 40 % of the 270.00: 108.00. 25.09, and 19 %: 4.7671.
    "surgitech": _paid("29.86 EUR"),
    # The shop asked 4.99 and 0.05, customers paid more: 5.04, less 15 %, which are 0.756, so 0.76.
    "appmart": _paid("4.28 EUR"),
}
