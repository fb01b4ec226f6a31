"""The example rules, as stories publish them."""

from __future__ import annotations

import re
from pathlib import Path

from tidemark.notification.v1 import rules_api_pb2

from services.cli.alert_folder import read_source


def example_rules() -> rules_api_pb2.RulesSource:
    """The example rules, with a webhook at the end of each chain that leads to a recipient."""
    source = read_source(Path("examples/notification"))
    for file in source.files:
        file.content = re.sub(
            r"channels: \[((?:(?!webhook|operator)[^\]])*)\]", r"channels: [\1, webhook]", file.content
        )
    return source


def unlimited() -> rules_api_pb2.RulesSource:
    """The same without limits: all that is told within an hour leaves within the hour."""
    source = example_rules()
    for file in source.files:
        file.content = re.sub(r"^limits:\n(  .*\n)+", "limits: []\n", file.content, flags=re.MULTILINE)
    return source
