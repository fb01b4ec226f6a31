"""The demo's offers: real traffic leads to an offer within a second; one is taken and pays from then on."""
