"""Location reports from the wire, and what became of them back on it."""

from __future__ import annotations

from collections.abc import Sequence

from tidemark.offers.v1 import profile_api_pb2 as api

from services.common.kernel.clock import Instant
from services.common.kernel.outcome import Refused, RefusedError
from services.offers.adapters.decision_messages import instant_of
from services.offers.application.locating import Fix, Located, LocationReport
from services.offers.domain.places import Crossing
from services.offers.domain.reasons import FIELD_INVALID, SUBSCRIBER_MISSING

MOST_REPORTS = 1_000


def check_reports(reports: Sequence[api.LocationReport]) -> None:
    """Raises RefusedError FIELD_INVALID for too many reports, SUBSCRIBER_MISSING for one of nobody."""
    if len(reports) > MOST_REPORTS:
        words = f"{len(reports)} reports; at most {MOST_REPORTS} in a call"
        raise RefusedError(Refused(FIELD_INVALID, words, "reports"))
    for index, report in enumerate(reports):
        if not (report.subscriber.subscriber_id or report.subscriber.subscriber_identifier):
            words = "name the subscriber, by its id or by one of its identifiers"
            raise RefusedError(Refused(SUBSCRIBER_MISSING, words, f"reports.{index}.subscriber"))


def location_report(report: api.LocationReport, subscriber_id: str, now: Instant) -> LocationReport:
    """One report of a subscriber by its opaque id; '' where nobody has its identifier."""
    at = instant_of(report.at) if report.HasField("at") else now
    if report.WhichOneof("place") != "position":
        return LocationReport(subscriber_id, at, cell_id=report.cell_id)
    place = report.position
    fix = Fix(place.latitude_e6, place.longitude_e6, place.accuracy_metres)
    return LocationReport(subscriber_id, at, position=fix)


def located_response(located: Located) -> api.ReportLocationsResponse:
    """What became of the reports."""
    return api.ReportLocationsResponse(
        used=located.used,
        without_consent=located.without_consent,
        refused=located.refused,
        late=located.late,
        crossings=[
            api.FenceCrossing(
                report=index, fence_code=crossed.fence_code, entered=crossed.crossing is Crossing.ENTERED
            )
            for index, crossed in located.crossings
        ],
    )
