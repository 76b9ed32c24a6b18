"""The persistent link: dialling, serving, heartbeats, redialling. The same code on both sides."""

from tars.link.backoff import BackoffPolicy
from tars.link.connection import Connection
from tars.link.dialling import open_connection
from tars.link.errors import LinkLost, Patience
from tars.link.heartbeat import HeartbeatPolicy
from tars.link.listener import serve_connections
from tars.link.policy import CLIENT_POLICY, SERVER_POLICY, LinkPolicy
from tars.link.states import Dialling, Down, LinkState, Up
from tars.link.supervisor import Supervisor
from tars.link.upgrade import Refusal, UpgradeRequest

__all__ = [
    "CLIENT_POLICY",
    "SERVER_POLICY",
    "BackoffPolicy",
    "Connection",
    "Dialling",
    "Down",
    "HeartbeatPolicy",
    "LinkLost",
    "LinkPolicy",
    "LinkState",
    "Patience",
    "Refusal",
    "Supervisor",
    "Up",
    "UpgradeRequest",
    "open_connection",
    "serve_connections",
]
