"""What is made of a search's findings; the search itself is a fake."""

import attrs
import pytest

from tars.audio.formats import MICROPHONE
from tars.server.brains.grammar import Completeness, Grammar, GrammarSpec
from tars.server.stt.commands import Reading
from tars.server.stt.grammar_commands import GrammarCommands
from tars.server.stt.moonshine.search import Decoding, Hypothesis
from tars.server.stt.settings import SpeechSettings

SPEC = GrammarSpec(
    {"farewell": ("see you tomorrow",), "volume": ("volume {percentage}",), "kindness": ("you're welcome",)},
    ending=frozenset({"farewell"}),
    rare=frozenset({"kindness"}),
)
SETTINGS = SpeechSettings(
    sure=-5.0,
    doubtful=-12.0,
    floor=-1.5,
    sure_floor=-1.0,
    rival_price=0.4,
    unlike_price=1.4,
    rare_price=3.0,
    farewell_floor=-0.7,
)
SECONDS = 3.0


@attrs.define
class Tokenizer:
    pieces: tuple[bytes, ...] = (b"",) * 300


@attrs.define
class Model:
    decoding: Decoding
    shorter: Decoding | None = None
    """What is found in less audio than all of it."""
    tokenizer: Tokenizer = attrs.field(factory=Tokenizer)
    searches: int = 0
    kept: bool = False
    """Whether the last audio is kept for another search."""

    def decode(self, pcm: bytes, constraint: object, *, keep: bool = False) -> Decoding:
        self.searches += 1
        self.kept = self.kept or keep
        whole = len(pcm) == MICROPHONE.bytes_in(SECONDS)
        return self.decoding if whole or self.shorter is None else self.shorter

    def forget(self) -> None:
        self.kept = False


def text(words: str, per_token: float) -> Hypothesis:
    return Hypothesis(words, (1, 2, 3), per_token * 4, ended=True)


def read(decoding: Decoding, settings: SpeechSettings = SETTINGS) -> Reading:
    commands = GrammarCommands(settings, Model(decoding), Grammar(SPEC))  # type: ignore[arg-type]
    return commands.read(bytes(MICROPHONE.bytes_in(SECONDS)), None, lambda: True)


@pytest.mark.parametrize(("per_token", "doubtful"), [(-0.3, False), (-1.2, True)])
def test_free_words_that_hardly_explain_the_sound_are_doubtful(per_token: float, doubtful: bool) -> None:
    reading = read(Decoding(None, text("See you tomorrow.", per_token), SECONDS))
    assert (reading.text, reading.source, reading.doubtful) == ("See you tomorrow.", "free", doubtful)


def test_a_sentence_that_was_refused_comes_back_as_free_words_and_is_doubtful() -> None:
    said = text("See you tomorrow.", -1.6)
    reading = read(Decoding(said, said, SECONDS))
    assert (reading.source, reading.doubtful) == ("free", True)


@pytest.mark.parametrize(
    ("rival", "source", "doubtful"),
    [("Volume 30.", "grammar", True), ("Volume, 13.", "grammar", False), (None, "grammar", False)],
)
def test_other_numbers_that_are_nearly_as_probable_make_a_sentence_doubtful(
    rival: str | None, source: str, doubtful: bool
) -> None:
    rivals = () if rival is None else (text(rival, -0.45),)
    reading = read(Decoding(text("Volume 13.", -0.4), text("Volume 13.", -0.4), SECONDS, rivals))
    assert (reading.words, reading.source, reading.doubtful) == ("volume 13", source, doubtful)


@pytest.mark.parametrize(
    ("said", "ended", "completeness"),
    [
        ("Cats are no dogs.", True, Completeness.FOREIGN),
        ("Are cats dogs?", True, Completeness.FOREIGN),
        ("See you tomorrow.", True, Completeness.FOREIGN),  # it was refused as a sentence, but nothing is missing
        ("See you.", True, Completeness.OPEN),
        ("Volume.", True, Completeness.OPEN),
        ("Cats and", True, Completeness.OPEN),
        ("Cats are no dogs.", False, Completeness.OPEN),
    ],
)
def test_free_words_that_end_by_themselves_and_begin_no_sentence_sound_whole(
    said: str, ended: bool, completeness: Completeness
) -> None:
    found = attrs.evolve(text(said, -0.3), ended=ended)
    assert read(Decoding(None, found, SECONDS)).completeness is completeness


@pytest.mark.parametrize(("said", "doubtful"), [("See you tomorrow.", True), ("Volume 13.", False)])
def test_a_sentence_of_a_skill_that_ends_the_session_is_asked_back_sooner(said: str, doubtful: bool) -> None:
    heard = text(said, -0.8)
    for bound in (heard, None):
        assert read(Decoding(bound, heard, SECONDS)).doubtful is doubtful


@pytest.mark.parametrize(
    ("behind", "searches"),
    [(0.0, 1), (-4.0, 1), (-5.5, 2), (-11.0, 2)],
)
def test_the_hotword_is_sought_only_where_that_may_change_what_is_heard(behind: float, searches: int) -> None:
    bound = attrs.evolve(text("Volume 13.", -1.2), score=-4.8)
    model = Model(Decoding(bound, attrs.evolve(text("Volume thirty.", 0.0), score=bound.score - behind), SECONDS))
    commands = GrammarCommands(SETTINGS, model, Grammar(SPEC, ["hey_jarvis"]))  # type: ignore[arg-type]
    commands.read(bytes(MICROPHONE.bytes_in(SECONDS)), "hey_jarvis", lambda: True)
    assert model.searches == searches
    assert not model.kept


@pytest.mark.parametrize(
    ("said", "behind", "per_token", "heard"),
    [
        ("Stop.", -2.9, -2.4, True),
        ("Hey Jarvis, be quiet!", -2.9, -2.4, True),
        ("Stop.", -3.1, -1.0, False),
        ("Stop.", 1.0, -2.6, False),
        ("That's enough.", -1.9, -1.3, True),
        ("That's enough.", -2.1, -1.0, False),
        ("Tars, shut up.", -1.0, -1.5, False),
    ],
)
def test_a_stop_word_that_mixed_voices_sound_like_must_be_surer(
    said: str, behind: float, per_token: float, heard: bool
) -> None:
    settings = attrs.evolve(
        SETTINGS, stop_score=-3.0, stop_floor=-2.5, vague_stop_score=-2.0, vague_stop_floor=-1.4
    )
    spec = attrs.evolve(SPEC, stop=("stop", "be quiet"), vague_stop=("that's enough", "shut up"))
    bound = text(said, per_token)
    free = attrs.evolve(text("Anything.", 0.0), score=bound.score - behind)
    model = Model(Decoding(bound, free, SECONDS))
    commands = GrammarCommands(settings, model, Grammar(spec, ["hey_jarvis"]))  # type: ignore[arg-type]
    assert commands.has_stop_word(bytes(MICROPHONE.bytes_in(1.25)), lambda: True) is heard


@pytest.mark.parametrize(
    ("free", "ahead", "words"),
    [
        ("Volume fifty, huh.", 0.6, "volume 50"),  # 2.4 for the whole text: less than the price
        ("Volume fifty, huh.", 0.9, "you're welcome"),
        ("You're welcome!", 0.6, "you're welcome"),  # it was said so
    ],
)
def test_what_people_seldom_say_must_be_far_more_probable_than_what_they_say_every_day(
    free: str, ahead: float, words: str
) -> None:
    rare, common = text("You're welcome.", -1.0 + ahead), text("Volume 50.", -1.0)
    settings = attrs.evolve(SETTINGS, floor=-3.0)
    reading = read(Decoding(rare, text(free, -0.4), SECONDS, (common,)), settings)
    assert (reading.words, reading.source) == (words, "grammar")


def test_a_sentence_that_does_not_sound_like_the_free_words_was_forced_upon_them() -> None:
    bound = text("Volume 50.", -0.8)
    assert read(Decoding(bound, text("Follow them fifty.", -0.4), SECONDS)).source == "grammar"
    assert read(Decoding(bound, text("Nice cats sleep.", -0.4), SECONDS)).source == "free"


@pytest.mark.parametrize(
    ("free", "behind", "source"),
    [("Volume.", 5.1, "free"), ("Volume.", 4.9, "grammar"), ("Follow them fifteen.", 5.1, "grammar")],
)
def test_no_sentence_is_made_of_the_beginning_of_another(free: str, behind: float, source: str) -> None:
    bound = text("Volume 15.", -1.4)
    settings = attrs.evolve(SETTINGS, unlike_price=0.0)
    found = attrs.evolve(text(free, 0.0), score=bound.score + behind)
    assert read(Decoding(bound, found, SECONDS), settings).source == source


@pytest.mark.parametrize(
    ("behind", "words", "source"),
    [
        (1.0, "volume 13", "grammar"),
        (None, "all human thirteen", "free"),
        (SECONDS - 0.4, "all human thirteen", "free"),
    ],
)
def test_a_command_that_a_mangled_hotword_hid_is_found_behind_it(
    behind: float | None, words: str, source: str
) -> None:
    hidden = Decoding(None, text("All human thirteen.", -1.0), SECONDS)
    model = Model(hidden, Decoding(text("Volume 13.", -0.8), text("Volume thirteen.", -0.6), 2.0))
    commands = GrammarCommands(SETTINGS, model, Grammar(SPEC, ["hey_jarvis"]))  # type: ignore[arg-type]
    reading = commands.read(bytes(MICROPHONE.bytes_in(SECONDS)), None, lambda: True, behind)
    assert (reading.words, reading.source) == (words, source)


def test_a_command_that_was_found_with_its_hotword_is_not_sought_again() -> None:
    model = Model(Decoding(text("Volume 13.", -0.3), text("Volume 13.", -0.3), SECONDS))
    commands = GrammarCommands(SETTINGS, model, Grammar(SPEC, ["hey_jarvis"]))  # type: ignore[arg-type]
    assert commands.read(bytes(MICROPHONE.bytes_in(SECONDS)), None, lambda: True, 1.0).words == "volume 13"
    assert model.searches == 1


@pytest.mark.parametrize(("behind_it", "words"), [(-0.5, "volume 30"), (-1.2, "volume 13")])
def test_a_doubtful_command_gives_way_to_one_that_is_sure_behind_the_hotword(behind_it: float, words: str) -> None:
    doubtful = Decoding(text("Volume 13.", -1.2), text("Volume 13.", -0.9), SECONDS)
    model = Model(doubtful, Decoding(text("Volume 30.", behind_it), text("Volume 30.", -0.4), 2.0))
    commands = GrammarCommands(SETTINGS, model, Grammar(SPEC, ["hey_jarvis"]))  # type: ignore[arg-type]
    assert commands.read(bytes(MICROPHONE.bytes_in(SECONDS)), None, lambda: True, 1.0).words == words
