"""What tests stand on: real services, a real broker, both databases, faults on demand."""

from shared.testing.cluster import Cluster
from shared.testing.postgres import Postgres
from shared.testing.proxy import Fault, Proxy
from shared.testing.waiting import TooLate, eventually

__all__ = ["Cluster", "Fault", "Postgres", "Proxy", "TooLate", "eventually"]
