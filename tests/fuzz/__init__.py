"""Reconnect fuzzing: the real device and the real server over a network in memory, in virtual time.

- `story` is what happens: people who talk, networks that break, programs that die. A story's repr is Python.
- `marks` is audio that says whose it is, so that one can see where it arrived.
- `room`, `providers` stand in for what is at the ends: microphone and loudspeaker, ears, brain and voice.
- `device`, `server` are the two programs as they are put together in earnest, minus sockets and sound cards;
  `watched`, `overtaking` are the eyes and the hands that the stories have in them.
- `world` lives a story through and writes down what could be seen: `evidence`.
- `oracle` judges the evidence. It knows what was promised to people, and nothing of the programs' insides.
- `mutants` are seeded defects (`defects` seeds them); the same stories and the same oracle have to find each.
"""
