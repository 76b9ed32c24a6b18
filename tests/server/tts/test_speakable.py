"""What espeak-ng is given to read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tars.server.tts.speakable import speakable


@pytest.mark.parametrize(
    ("shown", "said"),
    [
        ("It's 2:05 PM.", "It's 2 oh 5 PM."),
        ("It's 2:45 PM.", "It's 2 45 PM."),
        ("It's 12:00 AM.", "It's 12 AM."),
        ("At 9:30 a.m. sharp", "At 9 30 AM sharp"),
        ("It's 14:00.", "It's 14 o'clock."),
        ("It's 07:10.", "It's 7 10."),
        ("A ratio of 1:1000 is 3.5.", "A ratio of 1:1000 is 3.5."),
        ("two\nlines", "two lines"),
    ],
)
def test_times_are_read_as_people_say_them(shown: str, said: str) -> None:
    assert speakable(shown) == said


@pytest.mark.parametrize(
    ("shown", "said"),
    [
        ("On 2026-11-29.", "On November 29th, 20 26."),
        ("Nov 29, 2026", "November 29th, 20 26"),
        ("1 Sept. 2005", "September 1st, 2005"),
        ("May 22nd, 1905", "May 22nd, 19 oh 5"),
        ("March 11, 1800", "March 11th, 18 hundred"),
        ("I may 5 times", "I may 5 times"),
        ("2026-13-45", "2026-13-45"),
        ("the 29th of November", "the 29th of November"),
    ],
)
def test_dates(shown: str, said: str) -> None:
    assert speakable(shown) == said


@pytest.mark.parametrize(
    ("shown", "said"),
    [
        ("$5.20", "5 dollars 20"),
        ("$1", "1 dollar"),
        ("$0.50", "50 cents"),
        ("€1,000.00", "1,000 euros"),
        ("5 € or 2.50€", "5 euros or 2 euros 50"),
        ("10^22 and 2 ^ -3", "10 to the power of 22 and 2 to the power of minus 3"),
        ("£2.5", "2.5 pounds"),
        ("$2.5 million", "2.5 million dollars"),
        ("5 km/h", "5 kilometers per hour"),
        ("1 km, 2.5 km.", "1 kilometer, 2.5 kilometers."),
        ("7°C or -3 °F", "7 degrees Celsius or minus 3 degrees Fahrenheit"),
        ("100 m² of it", "100 square meters of it"),
        ("a 5s, 3 s", "a 5s, 3 seconds"),
        ("5 in 10", "5 in 10"),
        ("20%", "20 percent"),
        (".5 + .5 = 1", "0.5 plus 0.5 equals 1"),
        ("17 - 5 × 2", "17 minus 5 times 2"),
        ("1½ cups or ¾", "1 and a half cups or three quarters"),
        ("3/4 of it", "three quarters of it"),
        ("5'11\"", "5 foot 11"),
        ("pages 5–10, #3", "pages 5 to 10, number 3"),
    ],
)
def test_numbers_and_what_is_counted(shown: str, said: str) -> None:
    assert speakable(shown) == said


@pytest.mark.parametrize(
    ("shown", "said"),
    [
        ("see https://www.example.com/a?b=1.", "see example dot com."),
        ("write to a.b@example.org now", "write to a dot b at example dot org now"),
        ("192.168.0.1:7456", "192 dot 168 dot 0 dot 1 port 7456"),
        ("Dr. Who vs. Mr. X, e.g. here", "Doctor Who versus Mister X, for example here"),
        ("A & B — or C—D", "A and B, or C, D"),
        ("hi 😀 there 👨\u200d👩\u200d👧!", "hi there !"),
        ("**bold**, *it*, `code`, [link](http://x.y/z)", "bold, it, code, link"),
        ("# Head\n- one\n* two", "Head one two"),
        ("2 * 3 * 4", "2 times 3 times 4"),
    ],
)
def test_addresses_abbreviations_and_marks(shown: str, said: str) -> None:
    assert speakable(shown) == said


@given(st.text() | st.from_regex(r"[0-9:.$%°/ a-z-]{0,40}", fullmatch=True))
def test_any_text_is_made_speakable_and_stays_so(text: str) -> None:
    once = speakable(text)
    assert "\n" not in once
    assert " ".join(once.split()) == once
    plain = [char for char in text if char.isalpha()]
    assert len(once) <= 40 * len(text) + 40
    assert not plain or once


_PLAIN = st.lists(st.sampled_from(["what", "time", "is", "it", "nine", "volume", "thirty"]), min_size=1)


@given(_PLAIN.map(" ".join))
def test_plain_words_are_left_alone(text: str) -> None:
    assert speakable(text) == text
