"""Retention by day and the triangle by week."""

from tests.metrics.conftest import Community, done


def test_a_person_is_eligible_when_the_day_lies_before_to(place: Community) -> None:
    place.ingest([done("a", 0), done("a", 1), done("a", 7), done("b", 0), done("c", 6), done("c", 7)])
    place.counted()
    assert place.ask("/retention", k=[1, 7]).json() == [
        {"k": 1, "eligible": 3, "returned": 2, "rate": 2 / 3},
        {"k": 7, "eligible": 2, "returned": 1, "rate": 0.5},
    ]
    early = {"from": "2024-01-01", "to": "2024-01-08"}
    assert place.ask("/retention", k=[1, 7], **early).json() == [
        {"k": 1, "eligible": 2, "returned": 1, "rate": 0.5},
        {"k": 7, "eligible": 0, "returned": 0, "rate": None},
    ]


def test_the_triangle_shows_each_week_of_each_cohort(place: Community) -> None:
    place.ingest([done("a", 0), done("a", 15), done("b", 2), done("b", 8), done("c", 9)])
    place.counted()
    cells = place.ask("/retention", by="week").json()
    assert [(c["cohort"], c["k"], c["eligible"], c["returned"], c["complete"]) for c in cells] == [
        ("2024-01-01", 0, 2, 2, True),
        ("2024-01-01", 1, 2, 1, True),
        ("2024-01-01", 2, 2, 1, False),
        ("2024-01-08", 0, 1, 1, True),
        ("2024-01-08", 1, 1, 0, False),
    ]
