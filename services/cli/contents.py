"""The table of contents of `tidemark`: which module has which command or group, and what help says of it.

The line is the first paragraph of what the command says of itself, which a test holds: help reads it here and
imports no command.
"""

from __future__ import annotations

from services.cli.lazy_group import Part

_PANELS: dict[str, tuple[tuple[str, str, str], ...]] = {
    "Run a suite": (
        (
            "demo",
            "demo.command",
            "Starts a suite of its own, plays real usage through it and audits every cent.",
        ),
        ("up", "commands.suite", "Starts nats-server and every service, each as its own process."),
        ("status", "commands.suite", "Shows each process of the suite: pid, address, state, log."),
        (
            "down",
            "commands.suite",
            "Stops the suite, the last started first. What it has stored stays in its folder.",
        ),
    ),
    "Work with it": (
        (
            "replay",
            "replay.command",
            "Plays a usage table against a running suite, as a network element would.",
        ),
        (
            "explain",
            "commands.explain",
            "Tells in plain words why a charge is what it is: price, version, allowances and the arithmetic.",
        ),
        (
            "rerate",
            "commands.rerate",
            "Prices the usage of a period anew and writes the differences as signed corrections.",
        ),
        ("account", "commands.account", "Open, fund, correct and look at accounts."),
        ("catalog", "commands.catalog", "Check, compare, price and publish what is sold."),
        ("watch", "commands.watch", "Follow balances, the journal, notifications live."),
        ("journal", "commands.journal", "Look at the charging journal, verify it, publish it again."),
        (
            "records",
            "commands.records",
            "Export charged-usage records as CSV or Parquet, and verify the files.",
        ),
    ),
    "Settle with partners": (
        (
            "reconcile",
            "commands.reconcile",
            "Says what differs between a partner's own records and the records behind a statement.",
        ),
        ("agreements", "commands.agreements", "Check, compare, try out and publish what partners get."),
        (
            "settlement",
            "commands.settlement",
            "Settle periods with partners, step by step; see how far they are.",
        ),
        (
            "statements",
            "commands.statements",
            "Look at partners' settlement statements and pull them as files.",
        ),
        ("disputes", "commands.disputes", "Dispute lines of statements, talk them over, decide them."),
        ("ledger", "commands.ledger", "Read the double-entry ledger of settlement, and verify it."),
        ("vouchers", "commands.vouchers", "See the vouchers customers earn, redeem them with a partner."),
    ),
    "Try the API by hand": (
        ("session", "commands.session", "Drive a charging session by hand."),
        ("event", "commands.event", "Debit, refund, price or check one event by hand."),
    ),
    "Make offers": (
        ("offers", "commands.offers", "Offers in the moment: policies, decisions and why, models, places."),
    ),
    "Tell customers, answer them": (
        ("alerts", "commands.alerts", "Alert rules: what is told to whom, when and in which words."),
        ("inbox", "commands.inbox", "What customers and partners were told, and through which channels."),
        ("assistant", "commands.assistant", "What chatbots can do for a customer."),
        ("cases", "commands.cases", "Answer customers who want a person."),
    ),
}
"""Name, module of `services.cli`, line; by panels, all in the order of help."""

PARTS = tuple(
    Part(name, f"services.cli.{module}", says, panel)
    for panel, rows in _PANELS.items()
    for name, module, says in rows
)
