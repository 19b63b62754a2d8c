"""Every metric: id, version, unit, formula, parameters, source, and how it is computed."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from services.metrics.attendance import (
    event_attendance_rate,
    event_reach,
    fill,
    no_show,
    waitlist_conversion,
)
from services.metrics.growth import content_count, growth_net
from services.metrics.inequality import REGULARS, contribution_rate, gini, participation_split, top_share
from services.metrics.knowledge import (
    answer_rate,
    deflection,
    knowledge_freshness,
    stale_articles,
    time_to_accepted,
)
from services.metrics.lifecycle import lifecycle
from services.metrics.periods import Step
from services.metrics.question import LIVES, About, Asked, Point, Question
from services.metrics.reach import dau, mau, sticky, wau
from services.metrics.responses import first_response
from services.metrics.retention import retention
from services.metrics.rules import WINDOWS
from services.metrics.searches import search_success, zero_result_rate

UNFOLDED = frozenset({About.THREADS, About.ATTENDANCE, About.EVENTS, *LIVES})
"""What is counted on the spot, one row for each."""


@dataclass(frozen=True, slots=True)
class Metric:
    """A published definition. `worked` is the formula over an answer's inputs, as Python reads it.

    A changed definition gets a new version. `params` names the parameters it takes, `n` what n counts."""

    id: str
    unit: str
    formula: str
    worked: str
    n: str
    source: str
    compute: Callable[[Question], Awaitable[list[Point]]]
    params: tuple[str, ...] = ()
    about: About = About.PEOPLE
    version: int = 1

    def parameters(self, asked: Asked) -> dict[str, int | float | str]:
        """What was used, defaults included."""
        defaults = {"retention": 1, "participation_split": REGULARS}
        used: dict[str, int | float | str] = {
            "window": asked.window,
            "measure": asked.measure,
            "p": asked.p,
            "k": asked.k or defaults.get(self.id, 0),
        }
        return {name: used[name] for name in self.params}

    def scans(self, asked: Asked) -> bool:
        """Whether the answer may take many rows: long series, other windows, cut intervals, threads."""
        given = asked.start is not None or asked.end is not None or asked.step is not Step.ALL
        return given or self.about in UNFOLDED or ("window" in self.params and asked.window not in WINDOWS)


_PEOPLE = "People are the linked member, else the identity."
_DEFINITIONS = (
    Metric(
        "dau",
        "people",
        "People with at least one activity of any class on the day; over several days the mean over calendar "
        f"days. {_PEOPLE}",
        "sum_of_dau / days",
        "activities of the period",
        "product analytics standard",
        dau,
    ),
    Metric(
        "wau",
        "people",
        f"People with at least one activity in the 7 days up to the last day of the period. {_PEOPLE}",
        "people",
        "people counted",
        "product analytics standard",
        wau,
    ),
    Metric(
        "mau",
        "people",
        f"People with at least one activity in the `window` days up to the last day of the period. {_PEOPLE}",
        "people",
        "people counted",
        "product analytics standard; 28 days remove the bias of weekdays",
        mau,
        ("window",),
    ),
    Metric(
        "stickiness",
        "ratio",
        "Mean of dau / mau over the days of the period that have a mau; with step=all only the days whose "
        "`window` lies inside the interval.",
        "sum_of_dau_over_mau / days",
        "days averaged",
        "DAU/MAU, product analytics standard",
        sticky,
        ("window",),
    ),
    Metric(
        "retention",
        "ratio",
        "Of the people whose first active day lies in the period and for whom that day + k lies before `to`, "
        "the share active on that day + k.",
        "returned / eligible",
        "people eligible",
        "Mastodon Admin_Cohort; classic (bracket) retention",
        retention,
        ("k",),
    ),
    Metric(
        "lifecycle",
        "ratio",
        "Quick ratio (new + resurrected) / dormant. New: first active in the period; returning: active in "
        "the one before too; resurrected: all other active people; dormant: active in the one before only.",
        "(new + resurrected) / dormant",
        "people active",
        "growth accounting, product analytics standard",
        lifecycle,
    ),
    Metric(
        "gini",
        "0..1",
        "sum((2i - n - 1) x_i) / (n sum x), x ascending, over people with at least one activity; "
        "measure=contributions: contributors only; contributions_all: all active people.",
        "(weighted - (people + 1) * total) / (people * total)",
        "people",
        "Serrano et al., WikiChron; Gini 1912",
        gini,
        ("measure",),
    ),
    Metric(
        "top_share",
        "ratio",
        "What the busiest ceil(n * p) people (at least one) did, divided by what all did.",
        "top / total",
        "people",
        "Nielsen, participation inequality",
        top_share,
        ("p", "measure"),
    ),
    Metric(
        "participation_split",
        "ratio",
        "Shares of active people with no (`none`), 1 to k (`some`) and more than k (`many`, the value) "
        "contributions; `top1_share`: contributions by the busiest 1 %.",
        "many / people",
        "people active",
        "Nielsen 90-9-1",
        participation_split,
        ("k",),
    ),
    Metric(
        "contribution_rate",
        "ratio",
        "People with at least one activity of class contribution or leadership / people with any activity.",
        "contributors / active",
        "people active",
        "CHAOSS Contributors",
        contribution_rate,
    ),
    Metric(
        "content_count",
        "items",
        "Contributions made by people, by kind; those of unknown authors stand beside (`unattributed`).",
        "sum(by_kind.values())",
        "contributions",
        "amount of member-generated content",
        content_count,
        about=About.CONTENT,
    ),
    Metric(
        "first_response",
        "seconds",
        "Kaplan-Meier median of the time from opening a thread in the period to the first later contribution "
        "of another person; unanswered threads wait until the latest activity known.",
        "p50",
        "threads opened",
        "CHAOSS Time to First Response; Kaplan & Meier 1958",
        first_response,
        about=About.THREADS,
    ),
    Metric(
        "growth_net",
        "ratio",
        "(joined + rejoined - left) / members at the start of the period.",
        "(joined + rejoined - left) / members_at_start",
        "members at the start",
        "CHAOSS New Contributors",
        growth_net,
        about=About.MEMBERS,
    ),
    Metric(
        "event_attendance_rate",
        "ratio",
        "Seats checked in / seats confirmed, at the start or later. An event belongs to the day it began on "
        "and is counted once its attendance is settled, by its latest correction.",
        "checked_in / confirmed",
        "seats confirmed",
        "CHAOSS Meeting Attendee Count",
        event_attendance_rate,
        about=About.EVENTS,
    ),
    Metric(
        "no_show",
        "ratio",
        "(confirmed - checked in) / confirmed, in seats. What was cancelled before the start is not in it; "
        "seats cancelled after the cutoff stand beside it (`late_cancelled`).",
        "(confirmed - checked_in) / confirmed",
        "seats confirmed",
        "21factory: (Confirmed - Check-ins) / Confirmed",
        no_show,
        about=About.EVENTS,
    ),
    Metric(
        "fill",
        "ratio",
        "Seats confirmed, at the start or later / seats there were, of the events that have a capacity.",
        "confirmed / capacity",
        "seats there were",
        "event management practice",
        fill,
        about=About.EVENTS,
    ),
    Metric(
        "waitlist_conversion",
        "ratio",
        "Offers accepted / offers made from the waiting lists.",
        "offers_accepted / offers",
        "offers made",
        "event management practice",
        waitlist_conversion,
        about=About.EVENTS,
    ),
    Metric(
        "event_reach",
        "ratio",
        f"People who attended an event in the period / members at its end; guests are nobody. {_PEOPLE}",
        "attendees / members",
        "members at the end",
        "CHAOSS Meeting Attendee Count",
        event_reach,
        about=About.ATTENDANCE,
    ),
    Metric(
        "knowledge_freshness",
        "ratio",
        "Published articles with verified_until at or after the end of the period / published articles, "
        "deprecated, archived and hidden ones left out; now, while the period is not over.",
        "fresh / published",
        "articles published",
        "BookStack#2123; CHAOSS Documentation Usability",
        knowledge_freshness,
        about=About.ARTICLES,
    ),
    Metric(
        "stale_articles",
        "articles",
        "Published articles whose verified_until lies before the end of the period, or that somebody marked "
        "stale; now, while the period is not over.",
        "published - fresh",
        "articles published",
        "BookStack#2123",
        stale_articles,
        about=About.ARTICLES,
    ),
    Metric(
        "search_success",
        "ratio",
        "Searches of which something found was opened / searches, by the day of the search.",
        "opened / searches",
        "searches",
        "CHAOSS Documentation Discoverability",
        search_success,
        about=About.SEARCHES,
    ),
    Metric(
        "zero_result_rate",
        "ratio",
        "Searches that found nothing / searches, by the day of the search.",
        "in_vain / searches",
        "searches",
        "CHAOSS Documentation Discoverability",
        zero_result_rate,
        about=About.SEARCHES,
    ),
    Metric(
        "answer_rate",
        "ratio",
        "Questions asked in the period that have an accepted answer by now / questions asked in it. Closed, "
        "duplicate and hidden ones are in neither; an answer that became outdated is none.",
        "accepted / questions",
        "questions asked",
        "CHAOSS Documentation Usability; Stack Overflow",
        answer_rate,
        about=About.QUESTIONS,
    ),
    Metric(
        "time_to_accepted",
        "seconds",
        "Kaplan-Meier median of the time from a question asked in the period to its first accepted answer, "
        "outdated since or not; others wait until the latest activity known. Closed, duplicate and hidden "
        "ones are left out.",
        "p50",
        "questions asked",
        "CHAOSS Time to Close; Kaplan & Meier 1958",
        time_to_accepted,
        about=About.QUESTIONS,
    ),
    Metric(
        "deflection",
        "ratio",
        "Inquiries an article answered / inquiries known. Known are those a question was asked from and "
        "those an article answered, each once, on the day it was first heard of.",
        "deflected / inquiries",
        "inquiries known",
        "CHAOSS Time to Close; support deflection",
        deflection,
        about=About.INQUIRIES,
    ),
)
METRICS = {metric.id: metric for metric in _DEFINITIONS}
