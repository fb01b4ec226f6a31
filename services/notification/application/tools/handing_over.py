"""To a person: a case, or the whole conversation."""

from __future__ import annotations

from collections.abc import Callable

from services.common.kernel.identifiers import is_code, is_request_id
from services.common.kernel.outcome import RefusedError
from services.notification.application.ports import CaseDesk, CaseRequest
from services.notification.application.tools.arguments import CaseArguments, TransferArguments
from services.notification.application.tools.results import CaseResult
from services.notification.application.tools.wording import Asking, Done, Refusal, refuse, say
from services.notification.domain.cases import Case, CasePriority

HUMAN_WANTED = "human-wanted"
_LONGEST_SUMMARY = 1_000


class OpenCase:
    """A case of a topic. `new_id`: an id that nobody had before."""

    def __init__(self, cases: CaseDesk, new_id: Callable[[], str]) -> None:
        self._cases = cases
        self._new_id = new_id

    async def __call__(self, who: Asking, args: CaseArguments) -> Done[CaseResult] | Refusal:
        """The same request id again is the same case."""
        if not is_code(args.topic) or not _is_summary(args.summary):
            return refuse("CASE_INVALID")
        if args.request_id and not is_request_id(args.request_id):
            return refuse("CASE_INVALID")
        # In the subscriber's own space: nobody meets the requests of another.
        given = f"{who.subscriber_id}:{args.request_id}"[:128] if args.request_id else self._new_id()
        request = CaseRequest(
            given,
            who.subscriber_id,
            who.account_id,
            args.topic,
            args.summary.strip(),
            CasePriority[args.priority.upper()],
            who.conversation_id,
            who.language,
        )
        try:
            case = await self._cases.open(request)
        except RefusedError:
            return refuse("CASE_DIFFERS")
        return Done(_result(case), (say("case-opened", case=case.case_id),))


class TransferToHuman:
    """A person takes over."""

    def __init__(self, cases: CaseDesk, new_id: Callable[[], str]) -> None:
        self._cases = cases
        self._new_id = new_id

    async def __call__(self, who: Asking, args: TransferArguments) -> Done[CaseResult] | Refusal:
        """Of a conversation there is one hand-over, however often it is asked for."""
        if not _is_summary(args.summary):
            return refuse("CASE_INVALID")
        is_talk = bool(who.conversation_id)
        request = CaseRequest(
            f"transfer:{who.conversation_id}"[:128] if is_talk else self._new_id(),
            who.subscriber_id,
            who.account_id,
            HUMAN_WANTED,
            args.summary.strip(),
            CasePriority.NORMAL,
            who.conversation_id,
            who.language,
        )
        try:
            case = await self._cases.open(request)
        except RefusedError:
            return refuse("CASE_DIFFERS")
        return Done(_result(case), (say("transferred", case=case.case_id),))


def _is_summary(text: str) -> bool:
    return 0 < len(text.strip()) <= _LONGEST_SUMMARY


def _result(case: Case) -> CaseResult:
    return CaseResult(case.case_id, case.state.name.lower(), case.priority.name.lower(), case.topic)
