"""An automaton as a Sphinx finite-state grammar, the quickest form for pocketsphinx to search.

A JSGF grammar says the same, but pocketsphinx copies every rule into every place that refers to it, and tries
all the copies at once: on the skills' sentences that costs eight times the processor time.
"""

from tars.server.brains.automaton import Automaton


def to_fsg(automaton: Automaton, name: str = "tars") -> str:
    """The text of an .fsg file."""
    end = len(automaton.states)
    lines = [f"FSG_BEGIN {name}", f"NUM_STATES {end + 1}", f"START_STATE {automaton.start}", f"FINAL_STATE {end}"]
    for number, state in enumerate(automaton.states):
        lines += [f"TRANSITION {number} {target} 1.0 {word}" for word, target in sorted(state.steps.items())]
        if state.complete:
            lines.append(f"TRANSITION {number} {end} 1.0")
    return "\n".join([*lines, "FSG_END"]) + "\n"
