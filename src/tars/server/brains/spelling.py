"""How words are spelled: British as American, run together or apart, with the apostrophe or without."""

from tars.server.brains.numbers import MONTHS

AMERICAN = {
    "celcius": "celsius",
    "centigrade": "celsius",
    "colour": "color",
    "farenheit": "fahrenheit",
    "favourite": "favorite",
    "gramme": "gram",
    "grammes": "grams",
    "grey": "gray",
    "honour": "honor",
    "humour": "humor",
    "ok": "okay",
}
"""One word for another; the units of measure join below."""
AMERICAN |= {month[:3]: month for month in MONTHS if month[:3] not in ("mar", "may", "jun", "jul", "sep")}
AMERICAN |= {"sept": "september"}
_METRIC = ("", "kilo", "centi", "milli", "deci", "micro", "hecto", "mega")
AMERICAN |= {f"{prefix}metre": f"{prefix}meter" for prefix in _METRIC}
AMERICAN |= {f"{prefix}metres": f"{prefix}meters" for prefix in _METRIC}
AMERICAN |= {f"{prefix}litre": f"{prefix}liter" for prefix in _METRIC}
AMERICAN |= {f"{prefix}litres": f"{prefix}liters" for prefix in _METRIC}

_WITH_APOSTROPHE = (
    *(
        "what's",
        "how's",
        "who's",
        "where's",
        "when's",
        "that's",
        "there's",
        "today's",
        "tomorrow's",
        "yesterday's",
    ),
    *("i'm", "i've", "you're", "you've", "they're", "don't", "didn't", "doesn't", "isn't", "aren't", "can't"),
    *("couldn't", "won't", "wasn't", "haven't", "o'clock"),
)
APART = {word.replace("'", ""): word for word in _WITH_APOSTROPHE} | {
    "cannot": "can not",
    "dunno": "don't know",
    "gimme": "give me",
    "goodnight": "good night",
    "lemme": "let me",
    "nevermind": "never mind",
    "timezone": "time zone",
    "timezones": "time zones",
    "wanna": "want to",
}
"""Words that lack their apostrophe, or hide two."""
TOGETHER = {
    ("good", "bye"): "goodbye",
    ("per", "cent"): "percent",
    ("to", "morrow"): "tomorrow",
    ("week", "end"): "weekend",
}
"""Two words that are one, however they are written: "per cent", "good-bye"."""
HYPHENED = {("to", "day"): "today", ("to", "night"): "tonight", ("un", "mute"): "unmute"}
"""Two words that are one where a hyphen joins them."""
