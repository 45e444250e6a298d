"""Every setting of the app, read from the environment once a process. docs/settings.md lists them for people."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from microsoft.clouds import CLOUDS, Cloud
from net.hosts import AllowedHosts
from plans.errors import Misconfigured
from plans.ports import Limits


class Settings(BaseSettings):
    """The app's settings. `SEATLEDGER_` stands before every name but the platform's own."""

    model_config = SettingsConfigDict(env_prefix="SEATLEDGER_", extra="ignore", frozen=True)

    storage_connection: str | None = Field(default=None, validation_alias="AzureWebJobsStorage", repr=False)
    storage_account: str | None = Field(default=None, validation_alias="AzureWebJobsStorage__accountName")
    identity_client_id: str | None = Field(default=None, validation_alias="AZURE_CLIENT_ID")
    vault_url: str | None = None
    secrets_folder: Path | None = None
    time_zone: str = "UTC"
    night_hour: int = Field(default=2, ge=0, le=23)
    cloud: str = "global"
    login_url: str | None = None
    graph_url: str | None = None
    partner_center_url: str | None = None
    allowed_origins: str = ""
    late_effect_seconds: int = Field(default=600, ge=5)
    tenant_deadline_seconds: int = Field(default=4 * 3600, ge=60)
    psa_window: int = Field(default=4, ge=1, le=32)
    currency: str = "USD"

    auth_enabled: bool = Field(default=False, validation_alias="WEBSITE_AUTH_ENABLED")
    sign_in_issuer: str | None = None
    sign_in_audience: str | None = None
    sign_in_tenant_id: str | None = None
    sign_in_keys_url: str | None = None
    public_url: str | None = None

    @field_validator("time_zone")
    @classmethod
    def _zone_exists(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError(f"{name!r} is not a time zone; use a name such as Europe/Dublin") from error
        return name

    @field_validator("cloud")
    @classmethod
    def _cloud_exists(cls, name: str) -> str:
        if name not in CLOUDS:
            raise ValueError(f"{name!r} is not a cloud; use one of {', '.join(CLOUDS)}")
        return name

    @cached_property
    def zone(self) -> ZoneInfo:
        """The MSP's time zone."""
        return ZoneInfo(self.time_zone)

    @property
    def microsoft_cloud(self) -> Cloud:
        """Sign-in, Graph and Partner Center of the chosen cloud, or where the deployment says they are."""
        known = CLOUDS[self.cloud]
        return replace(
            known,
            login_url=self.login_url or known.login_url,
            graph_url=self.graph_url or known.graph_url,
            partner_center_url=self.partner_center_url or known.partner_center_url,
        )

    @property
    def allowed_hosts(self) -> AllowedHosts:
        """The hosts that this deployment may call beside the built-in ones."""
        origins = frozenset(each.strip().lower() for each in self.allowed_origins.split(",") if each.strip())
        return AllowedHosts(origins)

    @property
    def limits(self) -> Limits:
        """The limits of a night."""
        return Limits(
            late_effect_limit=timedelta(seconds=self.late_effect_seconds),
            tenant_deadline=timedelta(seconds=self.tenant_deadline_seconds),
            psa_window=self.psa_window,
        )


def read_settings() -> Settings:
    """The settings of this process. Raises Misconfigured with a sentence that names the setting."""
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        name = str(first["loc"][0])
        raise Misconfigured(f"The setting {name} does not fit: {first['msg']}.") from error
