"""A worker process that does as it is told, for the tests: run as `python -m tests.server.workers.puppet`."""

import os
import sys
import threading
import time
from collections import deque

import attrs

from tars.errors import UserError
from tars.server.workers.child import ChildLine, LineHandler, serve_lines


@attrs.define
class PuppetLine:
    line: ChildLine
    puppet: "Puppet"

    def receive(self, body: bytes) -> None:
        command, _, rest = body.decode().partition(" ")
        match command:
            case "echo":
                self.line.send(rest.encode())
            case "setup":
                self.line.send(self.puppet.setup)
            case "in-thread":
                threading.Thread(target=self.puppet.do_in_thread, args=(self.line, rest)).start()
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


def prepare(setup: bytes, ring: int) -> "Puppet":
    if setup == b"damaged":
        raise UserError("the puppet has lost a string; run: tie it")
    return Puppet(setup, ring)


@attrs.define
class Puppet:
    setup: bytes
    ring: int
    done: deque[tuple[ChildLine, str]] = attrs.field(factory=deque)

    def open(self, line: ChildLine, opening: bytes) -> LineHandler:
        if opening:
            line.send(opening)
        return PuppetLine(line, self)

    def renew(self, setup: bytes) -> None:
        self.setup = setup

    def do_in_thread(self, line: ChildLine, text: str) -> None:
        self.done.append((line, text))
        os.write(self.ring, b"!")

    def idle(self) -> bool:
        if not self.done:
            return False
        line, text = self.done.popleft()
        line.send(text.encode())
        return True


def main() -> None:
    alarm, ring = os.pipe()
    serve_lines(lambda setup: prepare(setup, ring), alarm)


if __name__ == "__main__":
    main()
