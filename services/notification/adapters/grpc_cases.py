"""CaseService over gRPC. The queue is the operator's; subscribers open cases and see their own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, Protocol

from tidemark.notification.v1 import case_api_pb2 as api
from tidemark.notification.v1 import case_api_pb2_grpc

from services.common.kernel.identifiers import is_request_id
from services.common.kernel.outcome import Refused, RefusedError
from services.common.runtime.callers import Caller, Callers, Role, require_operator
from services.notification.adapters.asked import is_filter, known, place
from services.notification.adapters.case_messages import case_message, message_message
from services.notification.adapters.cases.watching import CaseWatch, Since
from services.notification.adapters.tools.whose import Accounts, whose
from services.notification.application.cases.desk import Desk, unknown
from services.notification.application.cases.transcripts import Transcripts
from services.notification.application.ports import CaseRequest
from services.notification.domain import reasons
from services.notification.domain.cases import Case, CasePriority, CaseState

Context = Any
_PAGE = 50
_LONGEST_PAGE = 500
_LONGEST_NAME = 128
_STATES = {int(state): state for state in CaseState}
_PRIORITIES = {int(priority): priority for priority in CasePriority}


class Revisions(Protocol):
    """Where the changes of cases stand."""

    async def newest_revision(self) -> int:
        """The last one given."""


class CaseServicer(case_api_pb2_grpc.CaseServiceServicer):
    """Translates, checks who asks, calls the desk, translates back."""

    def __init__(
        self,
        desk: Desk,
        transcripts: Transcripts,
        accounts: Accounts,
        watch: CaseWatch,
        since: Since,
        revisions: Revisions,
        callers: Callers,
    ) -> None:
        self._desk = desk
        self._transcripts = transcripts
        self._accounts = accounts
        self._watch = watch
        self._since = since
        self._revisions = revisions
        self._callers = callers

    async def OpenCase(self, request: api.OpenCaseRequest, context: Context) -> api.OpenCaseResponse:
        """For a subscriber, by itself or by the operator."""
        caller = self._callers.of(context)
        who = await whose(self._accounts, caller, request.subscriber_id)
        opened = await self._desk.open(
            CaseRequest(
                _request_id(request.request_id),
                who.subscriber_id,
                who.account_id,
                request.topic,
                request.summary,
                _priority(request.priority),
                request.conversation_id,
            )
        )
        return api.OpenCaseResponse(case=case_message(opened))

    async def ListCases(self, request: api.ListCasesRequest, context: Context) -> api.ListCasesResponse:
        """The queue, or a subscriber's own cases."""
        caller = self._callers.of(context)
        subscriber_id = request.subscriber_id
        if caller.role is not Role.OPERATOR:
            subscriber_id = (await whose(self._accounts, caller, subscriber_id)).subscriber_id
        found = await self._desk.queue(
            [known(_STATES, state, "states", "states of cases") for state in request.states if state],
            _filter(request.assignee, "assignee"),
            _filter(subscriber_id, "subscriber_id"),
            min(request.page_size or _PAGE, _LONGEST_PAGE),
        )
        waiting = await self._desk.waiting() if caller.role is Role.OPERATOR else 0
        return api.ListCasesResponse(cases=[case_message(case) for case in found], waiting=waiting)

    async def GetCase(self, request: api.GetCaseRequest, context: Context) -> api.GetCaseResponse:
        """With its transcript."""
        case = await self._visible(request.case_id, self._callers.of(context))
        messages = await self._transcripts.messages(case.conversation_id)
        return api.GetCaseResponse(
            case=case_message(case), transcript=[message_message(message) for message in messages]
        )

    async def AssignCase(self, request: api.AssignCaseRequest, context: Context) -> api.AssignCaseResponse:
        """Somebody takes it on."""
        require_operator(self._callers.of(context))
        case = await self._desk.assign(request.case_id, request.assignee)
        return api.AssignCaseResponse(case=case_message(case))

    async def ReplyToCase(self, request: api.ReplyToCaseRequest, context: Context) -> api.ReplyToCaseResponse:
        """An answer, into the conversation."""
        caller = self._callers.of(context)
        require_operator(caller)
        message = await self._desk.reply(
            request.case_id, request.agent, request.text, _request_id(request.request_id)
        )
        return api.ReplyToCaseResponse(message=message_message(message))

    async def ResolveCase(self, request: api.ResolveCaseRequest, context: Context) -> api.ResolveCaseResponse:
        """It is over."""
        require_operator(self._callers.of(context))
        case = await self._desk.resolve(request.case_id, request.resolution)
        return api.ResolveCaseResponse(case=case_message(case))

    async def WatchCases(
        self, request: api.WatchCasesRequest, context: Context
    ) -> AsyncIterator[api.WatchCasesResponse]:
        """Cases as they change."""
        require_operator(self._callers.of(context))
        if request.HasField("after_revision"):
            after = place(request.after_revision, "after_revision")
        else:
            after = await self._revisions.newest_revision()
        async for case in self._watch.following(self._since, after):
            yield api.WatchCasesResponse(case=case_message(case))

    async def _visible(self, case_id: str, caller: Caller) -> Case:
        """A case; whoever may not see it hears the same as of one that there is not."""
        case = await self._desk.get(case_id)
        if caller.role is not Role.OPERATOR and caller.account != case.account_id:
            raise RefusedError(unknown(case_id))
        return case


def _request_id(text: str) -> str:
    if text and not is_request_id(text):
        words = "1 to 128 printable characters without blanks"
        raise RefusedError(Refused(reasons.REQUEST_ID_INVALID, words, "request_id"))
    return text


def _priority(number: int) -> CasePriority:
    return known(_PRIORITIES, number or CasePriority.NORMAL, "priority", "a priority, or none")


def _filter(text: str, field: str) -> str:
    if not is_filter(text, _LONGEST_NAME):
        words = f"at most {_LONGEST_NAME} printable characters"
        raise RefusedError(Refused(reasons.FIELD_INVALID, words, field))
    return text
