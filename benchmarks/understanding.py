"""What the brain makes of sentences that nobody here wrote: understood, mistaken for something else, or not.

python -m benchmarks.understanding FILE... [--list KIND] [--split SPLIT]... [--json]

Files: `data/data_full.json` of https://github.com/clinc/oos-eval (CC BY 3.0), and
`test/end2end/golden_utterances_en-US.jsonl` of https://github.com/OpenVoiceOS/ovos-skill-date-time (Apache 2.0).
Fetch them to a place outside the repository: no sentence of theirs is copied into it.
"""

import argparse
import json
import signal
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from io import BytesIO
from pathlib import Path

from benchmarks._sentence_sets import (
    SPLITS,
    TEST_SPLIT,
    NotASet,
    Sentence,
    Taken,
    count,
    judge,
    read_set,
    total,
)
from benchmarks._table import Goal, Report, Row, Table, percentile, publish
from tars.server.brains.skills.clock import CLOCK
from tars.server.brains.skills.missing import MISSING
from tars.server.brains.skills.table import SKILLS
from tars.server.brains.understanding import Understanding

FORMER = "153ec25"
"""The commit whose brain is the baseline: the last one before it was taught what people say."""
ROOT = Path(__file__).parents[1]
_CLOCK = frozenset(skill.name for skill in CLOCK)
_TIME = frozenset({"tell_time", "time_in_place", "time_in_zone"})
_DATE = frozenset(
    {"tell_date", "tell_weekday", "tell_year", "day_of_month", "date_in_place", "is_it_day", "when_is"}
)
_SUMS = frozenset({"calculate", "help_with_sums"})
FORMER_SKILLS: Mapping[str, frozenset[str]] = {
    "calculator": frozenset({"subtract", "square_root", "raise_to_power"}),
}
"""By intent: skills that were right as well, and that the former brain alone has."""
ASKED: Mapping[str, frozenset[str]] = {
    "time": _TIME,
    "date": _DATE,
    "calculator": _SUMS,
    "measurement_conversion": frozenset({"convert_units"}),
    "change_volume": frozenset({"set_volume", "change_volume", "mute", "unmute"}),
    "roll_dice": frozenset({"roll_dice", "random_number"}),
    "flip_coin": frozenset({"flip_coin"}),
    "repeat": frozenset({"repeat"}),
    "cancel": frozenset({"never_mind", "stop", "mute"}),
    "goodbye": frozenset({"goodbye"}),
    "thank_you": frozenset({"thanks"}),
    "greeting": frozenset({"greet", "mood"}),  # "how are you" is one in that set
    "what_is_your_name": frozenset({"introduce"}),
    "what_can_i_ask_you": frozenset({"capabilities"}),
    "tell_joke": frozenset({"joke"}),
    "how_old_are_you": frozenset({"age"}),
    "are_you_a_bot": frozenset({"robot", "introduce"}),  # "what are you" is one in that set
    "who_made_you": frozenset({"maker"}),
    "where_are_you_from": frozenset({"origin"}),
}
"""By intent of clinc/oos-eval that TARS is to understand: the skills that answer it."""
BESIDE: Mapping[str, frozenset[str]] = {
    "timezone": _CLOCK,
    "next_holiday": _CLOCK,
    "yes": frozenset({"yes"}),
    "no": frozenset({"no", "no_thanks", "never_mind"}),
    "whisper_mode": frozenset({"set_volume", "change_volume"}),
}
"""Others of its intents that a skill may answer, and that are no goal."""
OVOS: Mapping[str, frozenset[str]] = {
    "what_time_is_it": _TIME,
    "what_time_will_it_be": frozenset({"time_ahead"}),
    "current_date": _DATE,
    "what_day_is_it": _DATE,
    "what_weekday_is_it": frozenset({"tell_weekday", "is_it_day"}),
    "weekday_for_date": frozenset({"tell_weekday"}),
    "weekday_matches_date": frozenset({"falls_on"}),
    "what_month_is_it": frozenset({"tell_month", "is_it_month"}),
    "what_year_is_it": frozenset({"tell_year"}),
    "time_until": frozenset({"days_until", "days_since", "when_is"}),
    "date_future_weekend": _DATE | {"days_until"},
    "date_last_weekend": _DATE,
    "next_leap_year": frozenset({"next_leap_year"}),
    "is_leap_year": frozenset({"leap_year", "next_leap_year"}),
}
"""By intent of OVOS's skill for date and time: the skills that answer it."""
REFUSALS = frozenset(skill.name for skill in MISSING)
ACCEPTED = {**ASKED, **BESIDE, **OVOS}
SkillOf = Callable[[str], str | None]


def skill_of(understanding: Understanding, text: str) -> str | None:
    """The name of the skill that takes the text."""
    understood = understanding.understand(text)
    return understood.skill.name if understood else None


FORMER_PROGRAM = """
import json, sys
from tars.server.brains.skills.table import SKILLS
from tars.server.brains.understanding import Understanding
understanding = Understanding(SKILLS)
taken = [understanding.understand(text) for text in json.load(sys.stdin)]
print(json.dumps([one and one.skill.name for one in taken]))
"""


def former_skills(texts: Sequence[str]) -> list[str | None] | None:
    """The skills that the former brain took the texts for; None where this is no checkout with its history."""
    packed = subprocess.run(["git", "archive", FORMER, "src"], cwd=ROOT, capture_output=True, check=False)
    if packed.returncode:
        return None
    with tempfile.TemporaryDirectory() as folder, tarfile.open(fileobj=BytesIO(packed.stdout)) as archive:
        archive.extractall(folder, filter="data")
        done = subprocess.run(
            [sys.executable, "-c", FORMER_PROGRAM],
            input=json.dumps(list(texts)),
            env={"PYTHONPATH": str(Path(folder, "src"))},
            capture_output=True,
            text=True,
            check=True,
        )
    skills: list[str | None] = json.loads(done.stdout)
    return skills


def rows_of(
    intents: Mapping[str, frozenset[str]], now: Mapping[str, Taken], before: Mapping[str, Taken]
) -> list[Row]:
    """One row for each intent that the files have, the least understood last."""
    found = sorted(
        (intent for intent in intents if intent in now), key=lambda name: -now[name].share(now[name].right)
    )
    return [_row(intent, now[intent], before.get(intent)) for intent in found]


def _row(name: str, now: Taken, before: Taken | None) -> Row:
    shares = (now.share(part) for part in (now.right, now.other, now.refused, now.unknown))
    return Row(name, (now.count, *shares, None if before is None else before.share(before.right)))


def _foreign(taken: Mapping[str, Taken]) -> Taken:
    return total(each for intent, each in taken.items() if intent not in ACCEPTED)


def _tables(now: Mapping[str, Taken], before: Mapping[str, Taken]) -> list[Table]:
    shares = ("right skill, %", "another skill, %", "said to be missing, %", "not understood, %")
    columns = ("sentences", *shares, f"right at {FORMER}, %")
    tables = []
    for caption, intents in (
        ("clinc/oos-eval, intents that TARS knows", ASKED),
        ("OVOS, date and time", OVOS),
    ):
        if rows := rows_of(intents, now, before):
            known = [intent for intent in intents if intent in now]
            all_now, all_before = (
                total(now[each] for each in known),
                total(before.get(each, Taken()) for each in known),
            )
            rows.append(_row("all of them", all_now, all_before if before else None))
            tables.append(Table(caption, columns, tuple(rows)))
    foreign = _foreign(now)
    if foreign.count:
        was = _foreign(before)
        shown = map(foreign.share, (foreign.other, foreign.refused, foreign.unknown))
        row = Row("foreign to TARS", (foreign.count, *shown, was.share(was.other) if was.count else None))
        heads = ("sentences", "a wrong answer, %", "said to be missing, %", "not understood, %")
        tables.append(Table("clinc/oos-eval, all other intents", (*heads, f"wrong at {FORMER}, %"), (row,)))
    return tables


def goals_of(taken: Mapping[str, Taken], p99: float) -> list[Goal]:
    """What is to be reached."""
    goals = []
    if known := {intent: taken[intent] for intent in ASKED if intent in taken}:
        share, least = min((each.share(each.right), intent) for intent, each in known.items())
        goals.append(
            Goal(f"the least understood intent of clinc/oos-eval ({least})", 80, share, "%", at_least=True)
        )
    if any(intent in taken for intent in OVOS):
        ovos = total(taken[intent] for intent in OVOS if intent in taken)
        goals.append(Goal("OVOS's sentences of date and time", 80, ovos.share(ovos.right), "%", at_least=True))
    foreign = _foreign(taken)
    if foreign.count:
        goals.append(Goal("foreign sentences answered wrongly", 0.5, foreign.share(foreign.other), "%"))
    return [*goals, Goal("understanding one sentence, p99", 5, 1000 * p99, "ms of CPU")]


def measure(sentences: Sequence[Sentence]) -> Report:
    """Put every sentence to the brain."""
    understanding = Understanding(SKILLS)
    seconds = []

    def timed(text: str) -> str | None:
        began = time.process_time()  # this machine may have other work as well
        try:
            return skill_of(understanding, text)
        finally:
            seconds.append(time.process_time() - began)

    now = count(sentences, timed, ACCEPTED, REFUSALS)
    texts = [sentence.text for sentence in sentences]
    former = former_skills(texts)
    before: dict[str, Taken] = {}
    if former is not None:
        right = {intent: skills | FORMER_SKILLS.get(intent, frozenset()) for intent, skills in ACCEPTED.items()}
        before = count(sentences, dict(zip(texts, former, strict=True)).get, right, REFUSALS)
    p99 = percentile(seconds, 99)
    return Report(
        "What people say, understood",
        "Sentences that other projects collected, as text, put to the offline brain: whether the skill that takes "
        f"one answers what it asks. The last column is the same with the brain of commit {FORMER}. "
        "A refusal that names what is missing is no wrong answer.",
        tuple(_tables(now, before)),
        tuple(goals_of(now, p99)),
        (f"{len(sentences):,} sentences, {1000 * percentile(seconds, 50):.2f} ms of CPU each at the median.",),
    )


def show_list(sentences: Sequence[Sentence], kind: str) -> None:
    """Print the sentences that were taken so, each with its intent and the skill."""
    understanding = Understanding(SKILLS)
    for sentence in sentences:
        skill = skill_of(understanding, sentence.text)
        right = ACCEPTED.get(sentence.intent, frozenset())
        of_ours = sentence.intent in ACCEPTED
        judged = judge(skill, right, REFUSALS)
        if kind == ("foreign" if not of_ours and judged == "other" else judged if of_ours else ""):
            print(f"{sentence.intent}\t{skill or '-'}\t{sentence.text}")


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.understanding",
        description=__doc__,
        formatter_class=argparse.RawTextHelpFormatter,
    )
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE")
    parser.add_argument("--split", action="append", choices=[*SPLITS, TEST_SPLIT], help="train and val by default")
    kinds = ["other", "refused", "unknown", "foreign"]
    parser.add_argument("--list", choices=kinds, help="print the sentences that were taken so, and no table")
    parser.add_argument("--json", action="store_true", help="print the report as JSON")
    asked = parser.parse_args()
    if not asked.files:
        print(
            f"benchmarks.understanding: no FILE is given.\n{(__doc__ or '').partition('Files: ')[2]}",
            file=sys.stderr,
        )
        return 2
    try:
        sentences = [each for path in asked.files for each in read_set(path, asked.split or SPLITS)]
    except NotASet as exc:
        print(f"benchmarks.understanding: {exc}", file=sys.stderr)
        return 2
    if asked.list:
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # `head` has seen enough: end without a complaint
        show_list(sentences, asked.list)
    else:
        publish(measure(sentences))
    return 0


if __name__ == "__main__":
    sys.exit(main())
