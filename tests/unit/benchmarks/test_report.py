"""The table fits a terminal of 80 columns, figures whole."""

from __future__ import annotations

import io

from rich.console import Console

from benchmarks.figures import Figure
from benchmarks.report import machine_line, print_load_table, print_other_figures


def _level(level: int) -> list[Figure]:
    values = {
        "noop.envoy.rate": 23456.7,
        "update.envoy.rate": 12345.6,
        "update.envoy_to_noop.envoy.ratio": 0.526,
        "update.envoy.p50_ms": 219.712,
        "update.envoy.p95_ms": 396.904,
        "update.envoy.p99_ms": 1455.291,
        "update.envoy.server_cores": 1.131,
        "update.envoy.client_cores": 0.204,
    }
    return [Figure(f"{name}.{level}", value, "any", 9) for name, value in values.items()]


def test_every_level_is_a_row_with_its_figures_whole() -> None:
    page = io.StringIO()
    print_load_table(Console(file=page, width=80), [*_level(1), *_level(128)], ["envoy"], [1, 128])
    rows = [line.split() for line in page.getvalue().splitlines()]
    cells = ["envoy", "23,457", "12,346", "0.53", "219.71", "396.90", "1455.29", "1.13", "0.20"]
    assert ["1", *cells] in rows
    assert ["128", *cells] in rows


def test_other_figures_show_value_unit_and_sample_size() -> None:
    page = io.StringIO()
    print_other_figures(Console(file=page, width=80), [Figure("charging.rss_bytes", 119906304.0, "bytes", 1)])
    assert ["charging.rss_bytes", "119,906,304", "bytes", "1"] in [
        line.split() for line in page.getvalue().splitlines()
    ]


def test_the_machine_is_named_with_what_the_figures_depend_on() -> None:
    assert "cores" in machine_line()
    assert "grpcio" in machine_line()
