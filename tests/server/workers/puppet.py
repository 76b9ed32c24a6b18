"""A worker process that does as it is told, for the tests: run as `python -m tests.server.workers.puppet`."""

import os
import sys
import time

import attrs

from tars.errors import UserError
from tars.server.workers.child import ChildLine, LineHandler, serve_lines


@attrs.define
class PuppetLine:
    line: ChildLine
    setup: bytes

    def receive(self, body: bytes) -> None:
        command, _, rest = body.decode().partition(" ")
        match command:
            case "echo":
                self.line.send(rest.encode())
            case "setup":
                self.line.send(self.setup)
            case "pid":
                self.line.send(str(os.getpid()).encode())
            case "niceness":
                self.line.send(str(os.nice(0)).encode())
            case "print":
                print(rest, flush=True)
            case "finish":
                self.line.finish()
            case "flood":
                for _ in range(int(rest)):
                    self.line.send(b"x" * 1000)
            case "hang":
                time.sleep(3600)
            case "exit":
                sys.exit(int(rest))
            case "until-unwanted":
                while not self.line.unwanted():
                    time.sleep(0.001)
            case _:
                raise ValueError(f"no such command: {command}")

    def close(self) -> None:
        print(f"closed {self.line.number}", file=sys.stderr, flush=True)


def prepare(setup: bytes) -> "Puppet":
    if setup == b"damaged":
        raise UserError("the puppet has lost a string; run: tie it")
    return Puppet(setup)


@attrs.define
class Puppet:
    setup: bytes

    def open(self, line: ChildLine, opening: bytes) -> LineHandler:
        if opening:
            line.send(opening)
        return PuppetLine(line, self.setup)

    def idle(self) -> bool:
        return False


if __name__ == "__main__":
    serve_lines(prepare)
