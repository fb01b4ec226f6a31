"""What the demo reads before it starts anything: usage, subscribers, catalog, and the books to expect."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tidemark.catalog.v1 import catalog_api_pb2

from services.cli.demo.audit.calculation import expected_books
from services.cli.demo.audit.expected import Books, NotAuditableError
from services.cli.demo.audit.figures import CatalogUnreadableError
from services.cli.demo.audit.price_list import PriceList
from services.cli.demo.audit.price_reader import price_list_of
from services.cli.demo.audit.usage import CaptureUsage, read_usage
from services.cli.demo.settling.by_hand import DUE, Due
from services.cli.demo.settling.weeks import weeks_from
from services.cli.failures import CommandFailedError
from services.cli.replay.flows import Flow, UsageTableError, captures_of, read_flows
from services.cli.replay.identity import Run
from services.cli.replay.live_catalog import monday_of
from services.cli.replay.subscribers import AccountPlan, SubscriberTableError, read_accounts
from services.common.kernel.clock import Instant
from services.common.runtime.source_files import read_source


@dataclass(frozen=True, slots=True)
class InputFiles:
    """Where everything is read from."""

    table: Path = Path("examples/usage/data_flows.csv")
    subscribers: Path = Path("examples/usage/subscribers.yaml")
    catalog: Path = Path("examples/catalog")
    agreements: Path = Path("examples/agreements")
    offers: Path = Path("examples/offers")
    alerts: Path = Path("examples/notification")


@dataclass(frozen=True, slots=True)
class DemoInputs:
    """What is played, for whom, at which prices, and what must come out.

    `agreements`: name and content of each file. `weeks`: which weeks are settled with the partners, oldest
    first; `due`: what the last of them brings them, empty where nobody worked it out. `offers` and `alerts`:
    the files of offer policies and of alert rules. `is_own`: the demo's own files and days, of which more
    was worked out by hand.
    """

    run: Run
    flows: tuple[Flow, ...]
    accounts: tuple[AccountPlan, ...]
    source: catalog_api_pb2.CatalogSource
    price_list: PriceList
    usage: dict[str, CaptureUsage]
    expected: Books
    agreements: tuple[tuple[str, str], ...]
    weeks: tuple[str, ...]
    due: Mapping[str, Due]
    offers: tuple[tuple[str, str], ...]
    alerts: tuple[tuple[str, str], ...]
    is_own: bool

    def flows_of(self, account: AccountPlan) -> Sequence[Flow]:
        """Rows of the account's captures, in the order of the table."""
        return [flow for flow in self.flows if flow.capture in account.captures]

    @property
    def requests_at_least(self) -> int:
        """Requests that are certainly sent: one for an account or message, two for a session."""
        sessions = sum(1 + len(used.calls) for used in self.usage.values())
        return len(self.accounts) + 2 * sessions + sum(len(used.messages) for used in self.usage.values())


def read_inputs(run: Run, now: Instant, files: InputFiles | None = None) -> DemoInputs:
    """Reads and checks it all. Raises CommandFailedError with what is wrong and where.

    `now` says which week is settled at the end. What the partners are due is known for the demo's own
    files, played on this week's Monday.
    """
    files = files or InputFiles()
    try:
        flows = read_flows(files.table)
        accounts = read_accounts(files.subscribers, captures_of(flows))
        source = catalog_api_pb2.CatalogSource(
            files=[catalog_api_pb2.SourceFile(name=name, content=text) for name, text in _read(files.catalog)]
        )
        price_list = price_list_of(file.content for file in source.files)
        usage = read_usage(files.table)
        expected = expected_books(price_list, usage, accounts, run)
    except (
        UsageTableError,
        SubscriberTableError,
        CatalogUnreadableError,
        NotAuditableError,
    ) as error:
        raise CommandFailedError(str(error)) from error
    except KeyError as error:
        raise CommandFailedError(
            f"{files.subscribers} and {files.catalog} do not fit each other: {error} is unknown"
        ) from error
    is_own = files == InputFiles() and run.start_at == monday_of(now)
    return DemoInputs(
        run=run,
        flows=flows,
        accounts=accounts,
        source=source,
        price_list=price_list,
        usage=usage,
        expected=expected,
        agreements=_read(files.agreements),
        weeks=weeks_from(run.start_at, now),
        due=DUE if is_own else {},
        offers=_policies(files.offers),
        alerts=_alert_rules(files.alerts),
        is_own=is_own,
    )


def _policies(folder: Path) -> tuple[tuple[str, str], ...]:
    # Brings scientific libraries along, which most commands can do without.
    from services.cli.offer_folder import read_source as read_policies  # noqa: PLC0415

    return tuple((file.name, file.content) for file in read_policies(folder).files)


def _alert_rules(folder: Path) -> tuple[tuple[str, str], ...]:
    # Brings the rules' own reader along, which most commands can do without.
    from services.cli.alert_folder import read_source as read_rules  # noqa: PLC0415

    return tuple((file.name, file.content) for file in read_rules(folder).files)


def _read(folder: Path) -> tuple[tuple[str, str], ...]:
    """Name and content of each YAML file of a folder."""
    try:
        return tuple((file.name, file.content) for file in read_source(folder))
    except (OSError, ValueError) as error:
        raise CommandFailedError(f"{folder}: {error}") from error
