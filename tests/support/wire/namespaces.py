"""Network namespaces, each held by a process that ends when its standard input does."""

import ctypes
import os
import socket
import subprocess
import threading
from collections.abc import Sequence
from contextlib import ExitStack
from typing import IO

from tests.support.limits import HANG

_CLONE_NEWNET = 0x40000000


def hold_namespace(stack: ExitStack) -> subprocess.Popen[bytes]:
    """A new network namespace, for as long as the process that is returned runs."""
    holder = started(stack, ["unshare", "--net", "sh", "-c", "echo; exec cat"])
    if not pipes(holder)[1].readline():  # its line comes from inside the new namespace
        raise RuntimeError("no network namespace could be made")
    system(inside(holder.pid, ["ip", "link", "set", "lo", "up"]))
    return holder


def inside(pid: int, command: Sequence[str]) -> list[str]:
    """The command as it runs in the namespace of the process `pid`."""
    return ["nsenter", f"--net=/proc/{pid}/ns/net", *command]


def system(command: Sequence[str]) -> None:
    """Run a small system program; what goes wrong is raised."""
    subprocess.run(command, check=True, timeout=HANG)


def started(stack: ExitStack, command: Sequence[str]) -> subprocess.Popen[bytes]:
    """A process that ends, at the latest, with `stack`."""
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    stack.callback(end, process)
    return process


def end(process: subprocess.Popen[bytes]) -> None:
    """Let a process that ends with its standard input end."""
    writer, reader = pipes(process)
    writer.close()
    try:
        process.wait(HANG)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    reader.close()


def pipes(process: subprocess.Popen[bytes]) -> tuple[IO[bytes], IO[bytes]]:
    """Its standard input and its standard output."""
    assert process.stdin is not None
    assert process.stdout is not None
    return process.stdin, process.stdout


def socket_inside(
    pid: int, family: int = socket.AF_INET, kind: int = socket.SOCK_STREAM, protocol: int = 0
) -> socket.socket:
    """A socket, of TCP by default, in the namespace of the process `pid`: a socket stays where it was made."""
    made: list[socket.socket | OSError] = []

    def make() -> None:  # in a thread of its own: it is the thread that changes its namespace, for good
        try:
            namespace = os.open(f"/proc/{pid}/ns/net", os.O_RDONLY)
            try:
                if ctypes.CDLL(None, use_errno=True).setns(namespace, _CLONE_NEWNET):
                    raise OSError(ctypes.get_errno(), "setns")
            finally:
                os.close(namespace)
            made.append(socket.socket(family, kind, protocol))
        except OSError as exc:
            made.append(exc)

    thread = threading.Thread(target=make)
    thread.start()
    thread.join()
    if isinstance(made[0], OSError):
        raise made[0]
    return made[0]
