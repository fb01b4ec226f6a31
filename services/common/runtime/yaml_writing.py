"""Writing files as people write them: one way to write each thing, the same bytes every time."""

from __future__ import annotations

import yaml

from services.common.kernel.money import Money, currency
from services.common.runtime.yaml_figures import canonical_amount
from services.common.runtime.yaml_tree import Tree

_LINE_WIDTH = 110


def canonical_text(document: dict[str, Tree]) -> str:
    """A document as YAML text, in the order of its fields. Short lists stand in one line."""
    return yaml.dump(document, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=_LINE_WIDTH)


def filled(**fields: Tree) -> dict[str, Tree]:
    """The fields that hold something. 0 and an amount of 0.00 are something."""
    return {
        name: value
        for name, value in fields.items()
        if value is not None and value is not False and value not in ("", [], {})
    }


def days(count: int) -> str | None:
    """A number of days; None for 0."""
    return None if count == 0 else f"{count} day" if count == 1 else f"{count} days"


def decimal(minor_micros: int, currency_code: str) -> str:
    """An exact amount as decimal text."""
    amount = Money(minor_micros, currency(currency_code)).to_decimal()
    return canonical_amount(f"{amount:f}")


class _Dumper(yaml.SafeDumper):
    """No aliases, so that every part can be read where it stands."""

    def ignore_aliases(self, _data: object) -> bool:
        return True


def _represent_list(dumper: _Dumper, items: list[Tree]) -> yaml.Node:
    plain = not any(isinstance(item, dict | list) for item in items)
    return dumper.represent_sequence("tag:yaml.org,2002:seq", items, flow_style=plain)


_Dumper.add_representer(list, _represent_list)
