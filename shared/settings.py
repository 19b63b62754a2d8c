"""Every knob of the product: its default, its unit and one line of why."""

import os
from functools import cache
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

SERVICES = (
    "gateway",
    "membership",
    "engagement",
    "goals",
    "events",
    "knowledge",
    "moderation",
    "metrics",
    "webhooks",
)
"""Every service in the order of their ports; a service that does not exist yet keeps its port free."""


class Settings(BaseSettings):
    """Read from `GUILDHALL_<NAME>`; a secret may also come from the file named by `GUILDHALL_<NAME>_FILE`."""

    model_config = SettingsConfigDict(env_prefix="GUILDHALL_", extra="ignore", frozen=True)

    env: Literal["dev", "production"] = Field(
        "dev", description="production refuses development conveniences"
    )
    home: Path = Field(Path(".guildhall"), description="data directory: databases, JetStream store, keys")
    host: str = Field("127.0.0.1", description="address the listeners bind")
    port: int = Field(8000, ge=1, le=65000, description="gateway port; services take the following ports")
    admin_port: int | None = Field(None, description="where metrics and health listen in production")
    instance: str | None = Field(None, description="name of this replica; a restart reclaims its own leases")

    owner_key: SecretStr | None = Field(None, description="the owner's API key; else generated into HOME")
    owner_key_file: Path | None = Field(None, description="file holding the owner's API key")
    internal_key_file: Path | None = Field(None, description="this service's Ed25519 key (PEM)")
    internal_jwks_file: Path | None = Field(None, description="the public keys of all services (JSON)")

    vault_key: SecretStr | None = Field(None, description="master keys of the vault (base64), newest first")
    vault_key_file: Path | None = Field(None, description="file holding VAULT_KEY")

    subject_key: SecretStr | None = Field(None, description="secret contacts are hashed under (base64)")
    subject_key_file: Path | None = Field(None, description="file holding SUBJECT_KEY")

    database_url: SecretStr | None = Field(
        None, description="PostgreSQL, with {service}; else SQLite in HOME"
    )
    database_url_file: Path | None = Field(None, description="file holding DATABASE_URL")
    database_pool: int = Field(8, ge=2, le=100, description="PostgreSQL connections of one service")
    nats_url: SecretStr | None = Field(None, description="the broker; else an embedded one")
    nats_url_file: Path | None = Field(None, description="file holding NATS_URL")

    oidc_issuers: str = Field("", description="accepted issuers: comma-separated issuer=audience pairs")
    cors_origins: str = Field("", description="origins browsers may call from, comma-separated")
    trusted_proxies: str = Field("", description="CIDRs whose X-Forwarded-For is believed")
    rate_limit_per_second: float = Field(500.0, gt=0, description="requests of one principal, sustained")
    rate_limit_burst: int = Field(2000, ge=1, description="requests of one principal at once")

    body_limit_bytes: int = Field(
        1_000_000, description="largest request body unless the route says otherwise"
    )
    outbox_days: int = Field(30, ge=1, description="how long published facts stay replayable")
    inbox_days: int = Field(45, ge=1, description="how long applied fact ids are remembered")
    stream_days: int = Field(30, ge=1, description="how long the broker keeps facts")
    stream_max_bytes: int = Field(
        4_000_000_000, description="size of the stream; a full one refuses new facts"
    )
    stream_replicas: int = Field(1, ge=1, le=5, description="copies of the stream in a NATS cluster")
    duplicate_window_seconds: float = Field(600.0, description="how long the broker remembers message ids")
    idempotency_hours: int = Field(24, ge=1, description="how long an Idempotency-Key is remembered")
    lease_seconds: float = Field(15.0, gt=0, description="how long a relay or puller may stay silent")

    kpi_communities: str = Field("", description="communities with KPI gauges in /metrics: ids, or * for 20")
    log_level: str = Field("info", description="least severe level written")

    clock_offset_seconds: float = Field(0.0, description="shifts the clock, for tests from outside")
    webhook_schedule: str = Field("", description="retry delays in seconds, comma-separated, for tests")
    egress_allow: str = Field("", description="CIDRs outgoing calls may reach besides public ones")
    crashpoint: str = Field("", description="the point at which the process kills itself, for tests")

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if not self.inbox_days > self.outbox_days >= self.stream_days:
            raise ValueError("inbox_days must exceed outbox_days, which must not be below stream_days")
        if self.env == "production" and (self.egress_allow or self.clock_offset_seconds or self.crashpoint):
            raise ValueError("EGRESS_ALLOW, CLOCK_OFFSET_SECONDS and CRASHPOINT are refused in production")
        return self

    def secret(self, name: str) -> str | None:
        """The secret `name` from its variable or its file; None when neither is given."""
        path = getattr(self, f"{name}_file")
        if path is not None:
            return str(path.read_text(encoding="utf-8").strip())
        value = getattr(self, name)
        return value.get_secret_value() if value is not None else None

    def port_of(self, service: str) -> int:
        """The port `service` listens on."""
        return self.port + SERVICES.index(service)

    def health_port_of(self, service: str) -> int:
        """Where `service` answers health and metrics: in production the gateway does so on ADMIN_PORT."""
        if service == "gateway" and self.env == "production" and self.admin_port is not None:
            return self.admin_port
        return self.port_of(service)

    def url_of(self, service: str) -> str:
        """Where `service` is reached: `GUILDHALL_<SERVICE>_URL`, else loopback and its port."""
        return (
            os.environ.get(f"GUILDHALL_{service.upper()}_URL") or f"http://127.0.0.1:{self.port_of(service)}"
        )


@cache
def settings() -> Settings:
    """The settings of this process, read once."""
    return Settings()
