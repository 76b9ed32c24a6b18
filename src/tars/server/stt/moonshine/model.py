"""The speech model: audio in, texts and their probabilities out.

Nothing is kept from one call to the next: the same audio gives the same text and the same score, whatever came
before.
"""

from collections.abc import Sequence

import numpy as np

from tars.audio.formats import MICROPHONE
from tars.errors import UserError
from tars.runtime.memory import give_back_memory
from tars.runtime.onnx import Floats
from tars.server.stt.moonshine.beam import Found, search
from tars.server.stt.moonshine.files import ModelFiles, find_files, repair_command
from tars.server.stt.moonshine.network import Heard, Network, log_sum_exp
from tars.server.stt.moonshine.search import Constraint, Decoding, Hypothesis, S, SearchPolicy
from tars.server.stt.moonshine.tokenizer import END, START, BadTokenizer, Tokenizer, read_tokenizer

_DEFAULT = SearchPolicy()
_LONG = 5.0
"""Seconds of audio that take more memory than should be kept for the next time."""


class Moonshine:
    """Moonshine tiny-en, for 16 kHz mono audio with 16 bits, little-endian."""

    def __init__(self, network: Network, tokenizer: Tokenizer, policy: SearchPolicy = _DEFAULT) -> None:
        self.tokenizer = tokenizer
        self._network = network
        self._policy = policy
        self._last: tuple[bytes, Heard] | None = None

    def decode(self, pcm: bytes, constraint: Constraint[S] | None, *, keep: bool = False) -> Decoding:
        """Find the text of `constraint` that the audio holds, if any, and the text that it holds without one.

        `keep`: another search of these very bytes may follow, and costs a third less; `forget` it after that.
        """
        heard = self._last[1] if self._last is not None and self._last[0] is pcm else self._hear(pcm)
        if keep:
            self._last = pcm, heard
        found, free = search(self._network, heard, constraint, self.tokenizer, self._policy)
        if heard.seconds > _LONG:
            give_back_memory()
        texts = tuple(map(self._written, found))
        return Decoding(texts[0] if texts else None, self._written(free), heard.seconds, texts[1:])

    def verify(self, pcm: bytes, texts: Sequence[str]) -> list[float]:
        """Return the log probability of each of `texts`, with its end: whether the audio holds what is expected.

        Much cheaper than a search: all tokens of all texts are one step of the decoder.
        """
        if not texts:
            return []
        tokens = [[START, *self.tokenizer.tokens(text), END] for text in texts]
        longest = max(map(len, tokens)) - 1
        inputs = np.full((len(texts), longest), END, np.int64)  # what stands behind a text's end changes nothing
        for row, text in zip(inputs, tokens, strict=True):
            row[: len(text) - 1] = text[:-1]
        logits = self._network.judge(self._hear(pcm), inputs)
        return [_log_probability(each, text[1:]) for each, text in zip(logits, tokens, strict=True)]

    def forget(self) -> None:
        """Drop what is kept of the last audio."""
        self._last = None

    def _hear(self, pcm: bytes) -> Heard:
        pcm = pcm[: MICROPHONE.bytes_in(self._policy.longest)]
        samples = np.frombuffer(pcm, "<i2").astype(np.float32) / 32_768
        margin = np.zeros(round(self._policy.margin * MICROPHONE.rate), np.float32)
        return self._network.hear(np.concatenate((margin, samples, margin)))

    def _written(self, found: Found) -> Hypothesis:
        return Hypothesis(self.tokenizer.text(found.tokens), found.tokens, found.score, found.ended)


def load_moonshine(policy: SearchPolicy = _DEFAULT) -> Moonshine:
    """Load the model from the installed package, in half a second; `UserError` where that cannot be done."""
    files = find_files()
    moonshine = Moonshine(Network(files), _tokenizer(files), policy)
    give_back_memory()  # 26 MB that were used for loading
    return moonshine


def _tokenizer(files: ModelFiles) -> Tokenizer:
    try:
        return read_tokenizer(files.tokenizer)
    except BadTokenizer as reason:
        path = str(files.tokenizer)
        raise UserError(
            f"the speech model's tokenizer {path!r} cannot be loaded ({reason}); run: {repair_command()}"
        ) from reason


def _log_probability(logits: Floats, tokens: Sequence[int]) -> float:
    """The sum over the log probabilities of `tokens`, from the logits before each of them."""
    logits = logits[: len(tokens)]
    chosen = logits[np.arange(len(tokens)), tokens]
    return float((chosen - log_sum_exp(logits)).sum())
