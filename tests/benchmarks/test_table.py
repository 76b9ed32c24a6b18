import pytest

from benchmarks._table import Goal, Report, Row, Table, percentile, publish, read_report


def latency_table() -> Table:
    return Table(
        "Latency",
        ("median, ms",),
        (
            Row("dialling", (120.0,), group="40 ms"),
            Row("link", (20.0,), group="40 ms"),
            Row("dialling", (1.0,), group="0 ms"),
            Row("link", (0.5,), group="0 ms"),
        ),
        baseline="dialling",
    )


def test_a_row_is_compared_with_the_baseline_of_its_own_group() -> None:
    table = latency_table()
    assert [table.ratio(row) for row in table.rows] == [1.0, pytest.approx(1 / 6), 1.0, 0.5]


def test_a_row_without_a_baseline_has_no_ratio() -> None:
    table = Table(
        "Memory", ("MB",), (Row("link", (1.0,), group="a"), Row("other", (0.0,), group="b")), baseline="other"
    )
    assert [table.ratio(row) for row in table.rows] == [None, None]


@pytest.mark.parametrize(
    ("goal", "verdict"),
    [
        (Goal("latency", limit=25, measured=25, unit="ms"), "reached"),
        (Goal("latency", limit=25, measured=30, unit="ms"), "**missed** by 5 ms, 20 %"),
        (Goal("gain", limit=4.5, measured=4.5, unit="×", at_least=True), "reached"),
        (Goal("gain", limit=4.5, measured=4.05, unit="×", at_least=True), "**missed** by 0.45 ×, 10 %"),
        (Goal("cut off", limit=0, measured=2, unit="sentences"), "**missed** by 2 sentences"),
    ],
)
def test_a_goal_says_whether_it_is_reached_and_by_how_much_it_is_missed(goal: Goal, verdict: str) -> None:
    assert goal.verdict == verdict


def test_the_document_shows_the_reason_of_a_miss_alone() -> None:
    goals = (Goal("one", 1, 2, "s", why="Because A."), Goal("two", 2, 1, "s", why="Because B."))
    text = Report("Title", "How.", goals=goals).markdown()
    assert "Because A." in text
    assert "Because B." not in text


def test_a_report_comes_back_whole_from_what_was_printed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    report = Report("Title", "How.", (latency_table(),), (Goal("one", 1, 2, "s", why="A."),), ("note",))
    monkeypatch.setattr("sys.argv", ["benchmark", "--json"])
    publish(report)
    assert read_report(capsys.readouterr().out) == report


def test_the_percentile_is_a_value_that_was_measured() -> None:
    assert percentile([4, 1, 3, 2], 50) == 2
    assert percentile(range(1, 21), 95) == 19
    assert percentile([7], 99) == 7
