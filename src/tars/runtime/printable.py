"""Text from elsewhere, made safe to show.

A hotword, a reason, a name or a file's name may hold characters that command a terminal (ESC, the C1 controls) or
turn the order of what stands around them (the bidirectional controls). Everything that comes from outside passes
through here on its way to a person: in the log, on the live display, in error sentences and in the output of
commands. Letters of scripts that are written from right to left stay: without controls they move nothing but
themselves.
"""


def printable(text: str, keep: str = "") -> str:
    r"""Return `text` with every character that is not printable written as its escape, such as `\x1b` or `\u202e`.

    These are the controls, format characters, separators other than the space, and what no character is, except
    for those in `keep`, such as the newline. A backslash stays as it is: the result is for reading, not for
    parsing.
    """
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() or char in keep else _escape(char) for char in text)


def printable_json(line: str) -> str:
    r"""Return a line of JSON with every character that is not printable written as `\uXXXX`: it means the same.

    In JSON such characters stand in strings alone.
    """
    if line.isprintable():
        return line
    return "".join(char if char.isprintable() else _escape_json(char) for char in line)


def _escape(char: str) -> str:
    return char.encode("unicode_escape").decode("ascii")


def _escape_json(char: str) -> str:
    units = char.encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))
