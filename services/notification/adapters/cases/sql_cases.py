"""The CaseStore port: each step one transaction with what is said, whom it is told to, and its event."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from sqlalchemy import func
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from services.common.kernel.clock import Instant
from services.common.kernel.outcome import Refused, RefusedError
from services.common.runtime.database import Database
from services.notification.adapters.asked import is_id
from services.notification.adapters.cases.case_changes import change_case, insert_case, locked_case
from services.notification.adapters.cases.rows import (
    case_of,
    conversation_of,
    new_conversation_row,
    write_conversation,
)
from services.notification.adapters.cases.transcripts import (
    Said,
    add_messages,
    first_of_request,
    locked_conversation,
)
from services.notification.adapters.cases.watching import CaseWatch
from services.notification.adapters.tables.cases import CaseRevisionTable, ConversationTable, SupportCaseTable
from services.notification.adapters.within import IntakeWithin
from services.notification.application.cases.desk import Saying, Step, unknown
from services.notification.application.ports import CaseRequest
from services.notification.domain import reasons
from services.notification.domain.case_steps import (
    agent_message,
    answered_fact,
    given_back,
    handed_over,
    opened_fact,
)
from services.notification.domain.cases import Case, CaseState
from services.notification.domain.conversations import Conversation, ConversationState, Message
from services.notification.domain.notifications import Notification

Told = Callable[[Sequence[Notification]], None]


class SqlCases:
    """Fulfils `CaseStore`.

    After each commit `on_told` gets the new inbox entries, `on_said` what was said, `watch` is woken and
    `on_event` is told that an event waits.
    """

    def __init__(
        self,
        database: Database,
        intake: IntakeWithin,
        watch: CaseWatch,
        on_told: Told,
        on_said: Said,
        on_event: Callable[[], None],
    ) -> None:
        self._database = database
        self._intake = intake
        self._watch = watch
        self._on_told = on_told
        self._on_said = on_said
        self._on_event = on_event

    async def open(self, case_id: str, request: CaseRequest, now: Instant) -> Case:
        """A new case, in the conversation that it came from or in one of its own."""

        def store(session: Session) -> tuple[Case, Sequence[Notification]]:
            known = _of_request(session, request)
            if known is not None:
                return known, ()
            return _opened(session, self._intake, case_id, request, now)

        try:
            case, told = await self._database.run(store)
        except IntegrityError:
            # The same request a moment earlier, on another connection.
            case, told = await self._database.run(store)
        self._changed(told)
        return case

    async def get(self, case_id: str) -> Case | None:
        """As it stands."""

        def look(session: Session) -> Case | None:
            row = session.get(SupportCaseTable, case_id)
            return None if row is None else case_of(row)

        return await self._database.run(look) if is_id(case_id) else None

    async def queue(
        self, states: Sequence[CaseState], assignee: str, subscriber_id: str, limit: int
    ) -> Sequence[Case]:
        """Most urgent first, then oldest."""
        statement = select(SupportCaseTable).where(
            col(SupportCaseTable.state).in_([int(state) for state in states])
        )
        if assignee:
            statement = statement.where(SupportCaseTable.assignee == assignee)
        if subscriber_id:
            statement = statement.where(SupportCaseTable.subscriber_id == subscriber_id)
        ordered = statement.order_by(
            col(SupportCaseTable.priority).desc(),
            col(SupportCaseTable.opened_at),
            col(SupportCaseTable.revision),
        ).limit(limit)
        return await self._database.run(lambda session: [case_of(row) for row in session.exec(ordered)])

    async def waiting(self) -> int:
        """Open ones."""
        statement = select(func.count()).where(SupportCaseTable.state == int(CaseState.OPEN))
        return await self._database.run(lambda session: session.exec(statement).one())

    async def since(self, revision: int, limit: int) -> Sequence[Case]:
        """In the order of their changes."""
        statement = (
            select(SupportCaseTable)
            .where(col(SupportCaseTable.revision) > revision)
            .order_by(col(SupportCaseTable.revision))
            .limit(limit)
        )
        return await self._database.run(lambda session: [case_of(row) for row in session.exec(statement)])

    async def newest_revision(self) -> int:
        """The last one given."""

        def look(session: Session) -> int:
            return session.exec(select(CaseRevisionTable)).one().value

        return await self._database.run(look)

    async def step(
        self, case_id: str, step: Step, now: Instant, saying: Saying | None = None
    ) -> tuple[Case, Message | None]:
        """One step. A request that was made before changes nothing and hears what it heard then."""
        if not is_id(case_id):
            raise RefusedError(unknown(case_id))
        stepped = await self._database.run(
            lambda session: _stepped(session, self._intake, case_id, step, now, saying)
        )
        if not stepped.is_repeated:
            self._changed(stepped.told)
            if stepped.message is not None:
                self._on_said(stepped.case.subscriber_id, stepped.message)
        return stepped.case, stepped.message

    def _changed(self, told: Sequence[Notification]) -> None:
        self._watch.wake()
        self._on_event()
        if told:
            self._on_told(told)


def _of_request(session: Session, request: CaseRequest) -> Case | None:
    if not request.request_id:
        return None
    statement = select(SupportCaseTable).where(
        SupportCaseTable.subscriber_id == request.subscriber_id,
        SupportCaseTable.request_id == request.request_id,
    )
    row = session.exec(statement).one_or_none()
    if row is None:
        return None
    if (row.topic, row.summary) != (request.topic, request.summary):
        words = "this request_id opened another case; use a new one"
        raise RefusedError(Refused(reasons.DUPLICATE_DIFFERS, words, "request_id"))
    return case_of(row)


def _opened(
    session: Session, intake: IntakeWithin, case_id: str, request: CaseRequest, now: Instant
) -> tuple[Case, Sequence[Notification]]:
    conversation = _conversation_for(session, case_id, request, now)
    case = Case(
        case_id,
        0,
        request.subscriber_id,
        request.account_id,
        conversation.conversation_id,
        CaseState.OPEN,
        request.priority,
        request.topic,
        request.summary,
        now,
        now,
        request.language or conversation.language,
        tried=request.tried,
    )
    placed = insert_case(session, case, request.request_id)
    write_conversation(conversation, handed_over(conversation_of(conversation), placed))
    return placed, intake.take(session, [opened_fact(placed)])


def _conversation_for(
    session: Session, case_id: str, request: CaseRequest, now: Instant
) -> ConversationTable:
    """The conversation named, if it is the subscriber's; else one for the answers to come to."""
    if request.conversation_id:
        asked = request.conversation_id
        found = session.get(ConversationTable, asked) if is_id(asked) else None
        if found is None or found.subscriber_id != request.subscriber_id:
            words = f"there is no conversation {request.conversation_id!r}"
            raise RefusedError(Refused(reasons.CONVERSATION_UNKNOWN, words, "conversation_id"))
        return locked_conversation(session, request.conversation_id)
    row = new_conversation_row(
        Conversation(
            f"c-{case_id}",
            request.subscriber_id,
            request.account_id,
            request.language,
            ConversationState.HANDED_OVER,
            now,
        )
    )
    session.add(row)
    return row


class _Stepped(NamedTuple):
    """What a step came to. `is_repeated`: it was taken before, and told then."""

    case: Case
    message: Message | None = None
    told: Sequence[Notification] = ()
    is_repeated: bool = False


def _stepped(
    session: Session, intake: IntakeWithin, case_id: str, step: Step, now: Instant, saying: Saying | None
) -> _Stepped:
    row = locked_case(session, case_id)
    if row is None:
        raise RefusedError(unknown(case_id))
    before = case_of(row)
    if saying is not None:
        repeated = first_of_request(session, before.conversation_id, saying.request_id)
        if repeated is not None:
            return _Stepped(before, repeated, is_repeated=True)
    after = step(before, now)
    if isinstance(after, Refused):
        raise RefusedError(after)
    case = before if after == before else change_case(session, row, after)
    if saying is None:
        return _Stepped(case)
    conversation = locked_conversation(session, case.conversation_id)
    message = agent_message(case.conversation_id, saying.text, now)
    (said,) = add_messages(session, conversation, [message], saying.request_id)
    if saying.resolves:
        write_conversation(conversation, given_back(conversation_of(conversation)))
    fact = answered_fact(case, said, saying.agent, saying.resolves)
    return _Stepped(case, said, intake.take(session, [fact]))
