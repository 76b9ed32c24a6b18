"""Every log event that a user can see is in the guide, with its level and its fields; and no other is."""

import ast

import pytest

from tests.support import log_events
from tests.support.log_events import LogCall, calls_in, documented, logged, why_not_documented


def visible(program: str, event: str) -> list[LogCall]:
    return [
        call for call in logged() if call.program == program and event in call.events and call.levels != {"debug"}
    ]


def test_the_guide_has_the_events_that_there_are_and_no_other_each_once() -> None:
    there_are = {(call.program, event) for call in logged() for event in call.events if call.levels != {"debug"}}
    listed = [(row.program, row.event) for row in documented()]
    assert sorted(listed) == sorted(there_are)


@pytest.mark.parametrize("row", documented(), ids=lambda row: f"{row.program}-{row.event}")
def test_the_guide_knows_the_levels_and_the_fields_of_an_event(row: log_events.Row) -> None:
    calls = visible(row.program, row.event)
    assert row.levels == {level for call in calls for level in call.levels} - {"debug"}
    named = {field for call in calls for field in call.fields}
    if any(call.more_fields for call in calls):
        assert named <= row.fields
    else:
        assert named == row.fields


SPELLINGS = {
    "a module's": ('log = get_logger()\nlog.info("it", a=1)', {"info"}, {"a"}),
    "with a traceback": ('log = get_logger()\nlog.exception("it")', {"error"}, set()),
    "an object's, with bound fields": (
        "class C:\n"
        "  def __init__(self, d):\n    self._log = get_logger().bind(b=2, **d.log_fields)\n"
        '  def f(self):\n    self._log.warning("it", a=1)',
        {"warning"},
        {"a", "b", "device_id"},
    ),
    "one of two methods": (
        "log = get_logger()\ndef f(news):\n  tell = log.info if news else log.debug\n  tell('it', a=1)",
        {"info", "debug"},
        {"a"},
    ),
    "one of three methods": (
        "log = get_logger()\ndef f(a):\n"
        "  tell = log.info if a else log.debug if a is None else log.error\n  tell('it', a=1)",
        {"info", "debug", "error"},
        {"a"},
    ),
    "a method by another name": ("log = get_logger()\nwrite = log.error\nwrite('it')", {"error"}, set()),
    "a variable of two functions": (
        "log = get_logger()\n"
        "def f():\n  tell = log.debug\n  tell('it', a=1)\n"
        "def g():\n  tell = print\n  tell('no')",
        {"debug"},
        {"a"},
    ),
    "handed over": ("def f(out: FilteringBoundLogger):\n  out.info('it', a=1)", {"info"}, {"a"}),
}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_every_way_to_write_a_log_line_is_found(spelling: str) -> None:
    source, levels, fields = SPELLINGS[spelling]
    (call,) = calls_in(source)
    assert call.events == {"it"}
    assert call.levels == levels
    assert call.fields == fields


@pytest.mark.parametrize(
    "source",
    [
        "other().info('it')",  # a logger that nobody knows
        "log = get_logger()\ndo(log.info, 'it')",  # a method that is handed over
        "log = get_logger()\nlog.info(name)",  # an event whose name is computed
        "log = get_logger()\nlog.info('it is %s', 5)",  # what this house does not write
        "log = get_logger()\ntell = log.info if news else print\ntell('it')",
    ],
)
def test_a_way_that_is_not_understood_is_an_error(source: str) -> None:
    with pytest.raises((AssertionError, KeyError)):
        calls_in(source)


def test_a_line_is_held_against_the_guide_as_it_is_logged() -> None:
    assert why_not_documented("listening", "info", frozenset({"url"})) is None
    assert why_not_documented("anything", "debug", frozenset()) is None
    assert "no such event" in str(why_not_documented("listenning", "info", frozenset()))
    assert "not at error" in str(why_not_documented("listening", "error", frozenset()))
    assert "['port']" in str(why_not_documented("listening", "info", frozenset({"port", "url"})))


def test_events_whose_name_is_computed_still_stand_where_the_search_says() -> None:
    for path, expression in log_events.COMPUTED:
        source = (log_events.SOURCE / path).read_text()
        assert any(
            ast.unparse(node) == expression for node in ast.walk(ast.parse(source)) if isinstance(node, ast.expr)
        ), (path, expression)
