"""All flows, one line each, and what the bot asks of them by name."""

from collections.abc import Callable

from flows.checkin.flow import FLOW as CHECKIN
from flows.desk.flow import FLOW as DESK
from flows.drill.flow import FLOW as DRILL
from flows.drill.monthly import FLOW as SURPRISE
from flows.drill.state import awaited, drill_row, plays
from flows.drill.trainer import FLOW as TRAINER
from flows.engine.flow import Flow
from flows.enrolment.flow import FLOW as ENROLMENT
from flows.escalation.flow import FLOW as ESCALATION
from flows.escalation.flow import case_row
from flows.fund.application import FLOW as APPLICATION
from flows.fund.application import application_row
from flows.fund.flow import FLOW as FUND
from flows.guidance.flow import FLOW as GUIDANCE
from flows.home.flow import FLOW as HOME
from flows.hotline.flow import FLOW as HOTLINE
from flows.panic.flow import FLOW as PANIC
from flows.report.flow import FLOW as REPORT
from flows.report.record import FLOW as RECORD
from flows.report.record import record_row

FLOWS: dict[str, Flow] = {
    flow.name: flow
    for flow in (
        ENROLMENT,
        CHECKIN,
        PANIC,
        ESCALATION,
        GUIDANCE,
        HOTLINE,
        FUND,
        APPLICATION,
        REPORT,
        RECORD,
        DRILL,
        SURPRISE,
        TRAINER,
        DESK,
        HOME,
    )
}

#: Told of every transition (flow, state, trigger, target): coverage of edges, metrics.
listeners: list[Callable[[str, str, str, str], None]] = []


def stepped(flow: str, state: str, trigger: str, target: str) -> None:
    for listener in listeners:
        listener(flow, state, trigger, target)


__all__ = [
    "FLOWS",
    "application_row",
    "awaited",
    "case_row",
    "drill_row",
    "listeners",
    "plays",
    "record_row",
    "stepped",
]
