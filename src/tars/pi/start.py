"""The console script `tars-pi`: signals are seen to before anything is imported that takes time."""

import signal

from tars.startup import leave_when_told


def cli() -> None:
    """Run the program. A press of the button that comes too early for it is none."""
    leave_when_told(signal.SIGUSR1, signal.SIGUSR2)
    from tars.runtime.installation import parts_of

    with parts_of("tars-pi"):
        from tars.pi import main

        main.cli()
