"""Parts of requests that scenes are written with."""

from __future__ import annotations

from tidemark.charging.v1 import charging_data_pb2

MB, GB = 10**6, 10**9


def octets(
    rating_group: int, used: int | None = None, wants: bool = False
) -> charging_data_pb2.MultipleUnitUsage:
    """Octets used; `wants`: more is asked for, as much as charging likes to give."""
    usage = charging_data_pb2.MultipleUnitUsage(rating_group=rating_group)
    if used is not None:
        usage.used_unit_container.add(total_volume_octets=used)
    if wants:
        usage.requested_unit.SetInParent()
    return usage


def uplink(rating_group: int, used: int) -> charging_data_pb2.MultipleUnitUsage:
    """Octets sent, and as many received, which nobody pays for."""
    usage = charging_data_pb2.MultipleUnitUsage(rating_group=rating_group)
    usage.used_unit_container.add(uplink_volume_octets=used, downlink_volume_octets=used)
    return usage


def sponsored(
    usage: charging_data_pb2.MultipleUnitUsage, sponsor: str
) -> charging_data_pb2.MultipleUnitUsage:
    """Usage that somebody else pays for, as the element reports who does."""
    for container in usage.used_unit_container:
        container.sponsor_identity = sponsor
    return usage


def seconds(rating_group: int, used: int) -> charging_data_pb2.MultipleUnitUsage:
    """Seconds used."""
    usage = charging_data_pb2.MultipleUnitUsage(rating_group=rating_group)
    usage.used_unit_container.add(time_seconds=used)
    return usage


def units(rating_group: int, used: int) -> charging_data_pb2.MultipleUnitUsage:
    """Units of any other kind."""
    usage = charging_data_pb2.MultipleUnitUsage(rating_group=rating_group)
    usage.used_unit_container.add(service_specific_units=used)
    return usage


def calling(number: str) -> charging_data_pb2.ImsChargingInformation:
    """A call to a number."""
    return charging_data_pb2.ImsChargingInformation(called_party_address=number)


def in_slice(sst: int, sd: str, five_qi: int) -> charging_data_pb2.PduSessionChargingInformation:
    """A PDU session in a network slice at a quality."""
    return charging_data_pb2.PduSessionChargingInformation(
        s_nssai=charging_data_pb2.Snssai(sst=sst, sd=sd), five_qi=five_qi
    )


def at_cell(cell_id: str) -> charging_data_pb2.PduSessionChargingInformation:
    """A PDU session in a cell."""
    return charging_data_pb2.PduSessionChargingInformation(
        user_location=charging_data_pb2.UserLocation(cell_id=cell_id)
    )


def abroad(plmn: str) -> charging_data_pb2.PduSessionChargingInformation:
    """A PDU session in another network."""
    return charging_data_pb2.PduSessionChargingInformation(serving_plmn_id=plmn)


def load(percent: int) -> charging_data_pb2.RatingInformation:
    """How busy the network is."""
    return charging_data_pb2.RatingInformation(network_load_percent=percent)


def outcome(outcome_id: str) -> charging_data_pb2.OutcomeInformation:
    """A provisional outcome with its evidence."""
    return charging_data_pb2.OutcomeInformation(
        outcome_id=outcome_id, evidence_uri=f"https://quality.tidemark.example/{outcome_id}", provisional=True
    )
