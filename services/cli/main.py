"""The command `tidemark`."""

from __future__ import annotations

from typing import Any

import typer
from typer.core import TyperGroup

from services.cli.complaints import CommandFailedError, complain
from services.cli.contents import PARTS
from services.cli.lazy_group import LazyGroup
from services.cli.supervision.outcomes import MemberFailedError, SuiteError
from services.cli.supervision.state import StateUnreadableError

_TOUR = """
Tidemark: convergent real-time charging for telecom operators.

The whole of it in a minute, with an audit at the end:
  tidemark demo

A first tour:
  # start nats-server and every service; see that all are healthy
  tidemark up --detach
  tidemark status
  # put the example prices into force, open a prepaid account
  tidemark catalog publish examples/catalog
  tidemark account provision acme --opening-balance 10 \\
    --subscriber msisdn-491700000001:prepaid-data
  # charge a text message; open a data session as a network element would
  tidemark event debit msisdn-491700000001 --used 300=1events
  tidemark session create msisdn-491700000001 --ask 101
  # what is left, live; and the journal that proves it
  tidemark watch balance acme
  tidemark journal verify
  # settle a week with the partners, prove the books, pull what they are told
  tidemark agreements publish examples/agreements
  tidemark settlement run 2026-W48 --early
  tidemark ledger verify
  tidemark statements pull --all --format pdf
  # be a partner: a token that shows its own statements and nobody else's
  tidemark settlement token melody
  # say what may be offered to whom, and see it in force
  tidemark offers publish examples/offers
  tidemark offers versions
  # tell customers what happens, see it arrive, answer who wants a person
  tidemark alerts publish examples/notification
  tidemark inbox watch msisdn-491700000001 --balance
  tidemark assistant chat msisdn-491700000001
  tidemark cases list
  # stop what `up` started
  tidemark down

Every command has --help with an example, and --json for programs. A command
that changes something takes an id, so that it can be repeated safely.

Exit codes: 0 done, 1 refused or failed (one line says why and what to do),
2 wrong usage, 130 Ctrl-C.
"""


class TidemarkGroup(TyperGroup):
    """Turns the failures a user can meet into one line on standard error."""

    def invoke(self, ctx: Any) -> Any:
        """Runs the command. Raises typer.Exit(1) for a failure that has been told."""
        try:
            return super().invoke(ctx)
        except MemberFailedError as error:
            complain(str(error))
            for line in error.log_tail:
                typer.echo(f"  {error.member} | {line}", err=True)
            raise typer.Exit(1) from error
        except (CommandFailedError, SuiteError, StateUnreadableError) as error:
            complain(str(error))
            raise typer.Exit(1) from error
        except BrokenPipeError:
            # Whoever read our output has gone, `head` for instance; typer ends quietly.
            raise
        except OSError as error:
            complain(f"{error.filename or 'this machine'}: {error.strerror or error}")
            raise typer.Exit(1) from error


class CommandGroup(LazyGroup, TidemarkGroup):
    """All commands there are."""

    parts = PARTS

    def invoke(self, ctx: Any) -> Any:
        """Runs the command."""
        # Help does without it; whatever calls a service has it anyway.
        import stamina  # noqa: PLC0415

        # What is tried again succeeds or is told as a failure; stamina's own lines would land in --json.
        stamina.instrumentation.set_on_retry_hooks([])
        return super().invoke(ctx)


def build() -> typer.Typer:
    """The application with all its commands."""
    app = typer.Typer(
        name="tidemark",
        cls=CommandGroup,
        help=_TOUR,
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode="rich",
    )

    @app.callback()
    def tour() -> None:
        pass

    return app


app = build()


def main() -> None:
    """Entry point of the command `tidemark`."""
    app()
