"""What the demo ends with: a table for people, audit.json for programs."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from services.cli.amounts import show_amount
from services.cli.demo.audit.expected import MONEY, AccountState
from services.cli.demo.offering.act import Offering
from services.cli.demo.offering.table import print_offering
from services.cli.demo.scenes.performance import print_performance
from services.cli.demo.settling.settlement import Settlement
from services.cli.demo.settling.table import print_settlement
from services.cli.demo.story import Told
from services.cli.demo.telling.alerts import Telling
from services.cli.demo.telling.table import print_talk, print_telling
from services.cli.demo.telling.talk import Talk
from services.cli.replay.subscribers import AccountPlan
from services.common.kernel.amount_words import show_units

_DIFFERENCES_SHOWN = 20


def audit_document(told: Told, seconds: float) -> dict[str, Any]:
    """The audit as plain data. `seconds` is the whole demo, set-up included."""
    return {
        **told.verdict.document(),
        "seconds": round(seconds, 3),
        "charging_seconds": round(told.first.seconds, 3),
        "requests": told.first.requests,
        "refusals": dict(sorted(told.first.refusals.items())),
        "charging_killed": told.kills,
        "second_play": {
            "unchanged": told.unchanged,
            "requests": told.second.requests,
            "seconds": round(told.second.seconds, 3),
        },
        "scenes": told.performance.document(),
        "settlement": told.settlement.document(),
        "offers": told.offering.document(),
        "alerts": told.telling.document(),
        "talk": told.talk.document(),
    }


def write_audit(path: Path, document: dict[str, Any]) -> None:
    """Writes the audit, whole or not at all."""
    draft = path.with_suffix(".json.new")
    draft.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    draft.replace(path)


def print_summary(console: Console, told: Told, audit_file: Path, seconds: float) -> None:
    """The table of accounts and the verdict."""
    console.print(_accounts(told))
    print_performance(console, told.performance)
    print_settlement(console, told.settlement)
    print_offering(console, told.offering)
    print_telling(console, told.telling)
    print_talk(console, told.talk)
    for line, good in _verdict(told, seconds):
        console.print(Text(f"{'ok ' if good else 'NOT OK '} {line}", style="green" if good else "bold red"))
    for difference in told.verdict.differences[:_DIFFERENCES_SHOWN]:
        console.print(Text(f"   {difference}", style="red"))
    for words in told.settlement.ledger_differences[:_DIFFERENCES_SHOWN]:
        console.print(Text(f"   {words}", style="red"))
    if told.settlement.longest is not None:
        console.print(Text(f"open one: {_near(told.settlement.longest)}"))
    console.print(Text(f"audit: {_near(audit_file)}"))


def _accounts(told: Told) -> Table:
    currency = told.inputs.price_list.currency
    table = Table(title="every account, from the journal added up", title_justify="left", expand=False)
    table.add_column("account", no_wrap=True)
    table.add_column("offerings")
    for name in ("charged", "money left"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("taken from allowances")
    charged: dict[str, int] = {}
    for key, charge in told.verdict.books.charges.items():
        charged[key.account_id] = charged.get(key.account_id, 0) + charge.amount_minor_micros
    for plan in told.inputs.accounts:
        state = told.verdict.books.accounts.get(plan.account_id, AccountState({}))
        table.add_row(
            plan.account_id,
            _offerings(plan),
            show_amount(charged.get(plan.account_id, 0), currency),
            show_amount(state.balances.get(MONEY, 0), currency),
            ", ".join(_allowances_used(told, state)),
        )
    table.add_section()
    table.add_row("total", "", show_amount(sum(charged.values()), currency), "", "")
    return table


def _offerings(plan: AccountPlan) -> str:
    sold = dict.fromkeys(code for item in plan.subscribers for code in (*item.offerings, *item.chosen))
    several = f" x{len(plan.subscribers)}" if len(plan.subscribers) > 1 else ""
    return ", ".join(sold) + several


def _allowances_used(told: Told, state: AccountState) -> Iterable[str]:
    terms = {
        f"{offering.code}/{item.code}": item
        for offering in told.inputs.price_list.offerings.values()
        for item in offering.allowances
    }
    for name, left in state.balances.items():
        allowance = terms.get(name.split("/", 1)[-1])
        if allowance is not None and left != allowance.amount:
            yield f"{show_units(allowance.amount - left, allowance.unit)} of {allowance.code}"


def _verdict(told: Told, seconds: float) -> Iterable[tuple[str, bool]]:
    verdict, first, second = told.verdict, told.first, told.second
    currency = told.inputs.price_list.currency
    kills = f"; charging was killed {told.kills} times meanwhile" if told.kills else ""
    yield (
        f"{verdict.charges} charges on {verdict.accounts} accounts, "
        f"{show_amount(verdict.books.amount_minor_micros, currency)}, in {first.seconds:.1f} s{kills}",
        True,
    )
    yield (
        f"{len(verdict.differences)} differences from a second calculation out of the input files",
        not verdict.differences,
    )
    yield f"journal chain intact over {verdict.journal_records} records", verdict.chain_intact
    yield (
        f"{verdict.events_published} events on NATS, equal to the journal",
        verdict.events_published == verdict.journal_records,
    )
    yield (
        f"second play: {second.requests} requests in {second.seconds:.1f} s changed "
        f"{'nothing' if told.unchanged else 'SOMETHING'}",
        told.unchanged,
    )
    shown = told.performance
    yield f"{shown.count} things shown in {len(shown.scenes)} scenes, each as worked out by hand", shown.good
    yield from _settled(told.settlement)
    yield from _offered(told.offering)
    yield from _answered(told.telling, told.talk)
    yield f"{seconds:.0f} s altogether", True


def _offered(offering: Offering) -> Iterable[tuple[str, bool]]:
    yield (
        f"{len(offering.raised)} offers raised by traffic, at most {offering.slowest_milliseconds} ms after, "
        f"and {len(offering.shown)} things shown, each as it must be",
        offering.good,
    )


def _answered(telling: Telling, talk: Talk) -> Iterable[tuple[str, bool]]:
    yield (
        f"{len(telling.alerts)} alerts: {telling.on_page} on pages, {telling.at_webhook} at webhooks, "
        f"signed and once each, at most {telling.slowest_milliseconds} ms after the charge",
        telling.good,
    )
    asked = f"{talk.who} was told the charge in the journal, then answered by a person"
    yield (
        f"{asked}: {len(talk.shown)} things shown" if talk.who else "nobody had a charge to ask about",
        talk.good,
    )


def _settled(settlement: Settlement) -> Iterable[tuple[str, bool]]:
    by_hand = ", each as worked out by hand" if settlement.worked_out else ""
    parked = f", {settlement.parked} PARKED" if settlement.parked else ""
    yield (
        f"{len(settlement.partners)} partners settled for {settlement.period}: {settlement.to_pay} to pay, "
        f"{settlement.to_get} to get{by_hand}{parked}",
        settlement.sums_good,
    )
    yield (
        f"ledger balanced: {settlement.ledger_entries} entries, "
        f"{len(settlement.ledger_differences)} differences",
        not settlement.ledger_differences,
    )
    folder = settlement.longest.parent if settlement.longest else Path()
    yield f"{len(settlement.documents)} statements as PDF in {_near(folder)}", True


def _near(path: Path) -> Path:
    """As somebody in this folder would write it."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path
