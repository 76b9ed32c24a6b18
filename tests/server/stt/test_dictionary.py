"""How the grammar's words are pronounced."""

from tars.server.stt.dictionary import dictionary_of

LARGE = ["a AH", "a(2) EY", "aardvark AA R D V AA R K", "hey HH EY", "jarvis JH AA R V AH S", "time T AY M"]


def test_only_the_words_asked_for_with_all_their_ways() -> None:
    assert list(dictionary_of(["a", "time", "unheard-of"], [], LARGE).lines()) == [
        "a AH\n",
        "a(2) EY\n",
        "time T AY M\n",
    ]


def test_a_hotword_is_one_word_in_every_accent() -> None:
    ways = dictionary_of(["hey", "jarvis"], [["hey", "jarvis"]], LARGE).ways["hey_jarvis"]
    assert ways[0] == "HH EY JH AA R V AH S"
    assert "HH EY JH AA V IH S" in ways


def test_a_hotword_that_cannot_be_pronounced_is_left_out() -> None:
    assert "hey_zyx" not in dictionary_of(["hey", "zyx"], [["hey", "zyx"]], LARGE).ways
    assert dictionary_of(["rhasspy"], [["rhasspy"]], LARGE).ways["rhasspy"] == ["R AE S P IY"]
