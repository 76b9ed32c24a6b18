"""The console script `tars-server`: signals are seen to before anything is imported that takes time."""

import signal

from tars.startup import leave_when_told


def cli() -> None:
    """Run the program."""
    leave_when_told(signal.SIGUSR1, signal.SIGUSR2)
    from tars.runtime.installation import parts_of

    with parts_of("tars-server"):
        from tars.server import program

        program.cli()
