"""Every setting of the app, read from the environment once a process. docs/settings.md lists them for people."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, ValidationError, ValidationInfo, field_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, SettingsConfigDict

from microsoft.clouds import CLOUDS, Cloud
from net.client import LONGEST_REQUEST_SECONDS
from net.hosts import AllowedHosts, parse_origin
from net.mail_servers import AllowedMailServers
from plans.errors import Misconfigured
from plans.limits import Limits

PREFIX = "SEATLEDGER_"
CURRENCY = re.compile(r"[^\s\d]{1,3}")
MAIL_SERVER = re.compile(r"[a-z0-9.-]+:[0-9]{1,5}")


class Settings(BaseSettings):
    """The app's settings. `SEATLEDGER_` stands before every name but the platform's own."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="ignore", frozen=True)

    storage_connection: str | None = Field(default=None, validation_alias="AzureWebJobsStorage", repr=False)
    storage_account: str | None = Field(default=None, validation_alias="AzureWebJobsStorage__accountName")
    identity_client_id: str | None = Field(default=None, validation_alias="AZURE_CLIENT_ID")
    vault_url: str | None = None
    own_vault_url: str | None = None
    secrets_folder: Path | None = None
    time_zone: str = "UTC"
    night_hour: int = Field(default=2, ge=0, le=23)
    cloud: str = "global"
    login_url: str | None = None
    graph_url: str | None = None
    partner_center_url: str | None = None
    autotask_url: str = "https://webservices.autotask.net"
    allowed_origins: str = ""
    allowed_mail_servers: str = ""
    mail_ca_file: Path | None = None
    late_effect_seconds: int = Field(default=600, gt=LONGEST_REQUEST_SECONDS)
    tenant_deadline_seconds: int = Field(default=4 * 3600, ge=60)
    psa_window: int = Field(default=4, ge=1, le=32)
    currency: str = "USD"

    auth_enabled: bool = Field(default=False, validation_alias="WEBSITE_AUTH_ENABLED")
    sign_in_issuer: str | None = None
    sign_in_audience: str | None = None
    sign_in_tenant_id: str | None = None
    sign_in_keys_url: str | None = None
    public_url: str | None = None

    @field_validator("*", mode="before")
    @classmethod
    def _empty_is_not_set(cls, value: object, info: ValidationInfo) -> object:
        """Templates leave unused variables empty; where there is no default, that is what they mean."""
        is_optional = info.field_name is not None and cls.model_fields[info.field_name].default is None
        return None if value == "" and is_optional else value

    @field_validator("time_zone")
    @classmethod
    def _zone_exists(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError(f"{name!r} is not a time zone; use a name such as Europe/Dublin") from error
        return name

    @field_validator("cloud")
    @classmethod
    def _cloud_exists(cls, name: str) -> str:
        if name not in CLOUDS:
            raise ValueError(f"{name!r} is not a cloud; use one of {', '.join(CLOUDS)}")
        return name

    @field_validator(
        "vault_url",
        "own_vault_url",
        "login_url",
        "graph_url",
        "partner_center_url",
        "autotask_url",
        "public_url",
        "sign_in_keys_url",
    )
    @classmethod
    def _address_is_one(cls, url: str | None) -> str | None:
        if url is not None:
            read_origin(url)
        return url

    @field_validator("allowed_origins")
    @classmethod
    def _origins_are_some(cls, text: str) -> str:
        for each in split_list(text):
            if read_origin(each) != each.removesuffix("/").lower():
                raise ValueError("name scheme, host and port only, such as https://psa.example.com")
        return text

    @field_validator("allowed_mail_servers")
    @classmethod
    def _mail_servers_are_some(cls, text: str) -> str:
        for each in split_list(text):
            if MAIL_SERVER.fullmatch(each) is None:
                raise ValueError("name host and port, such as relay.msp.example:587")
        return text

    @field_validator("currency")
    @classmethod
    def _currency_is_short(cls, text: str) -> str:
        if CURRENCY.fullmatch(text) is None:
            raise ValueError(f"{text!r} is not a currency; use a code such as USD, or a symbol")
        return text

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
        return AllowedHosts(frozenset(parse_origin(each) for each in split_list(self.allowed_origins)))

    @property
    def mail_servers(self) -> AllowedMailServers:
        """The mail servers that this deployment may call beside public ones at the usual ports."""
        return AllowedMailServers(frozenset(split_list(self.allowed_mail_servers)))

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
        raise Misconfigured(f"The setting {name_variable(first)} does not fit: {explain(first)}.") from error


def name_variable(error: ErrorDetails) -> str:
    """The environment variable as a person sets it; where it has a name of its own, pydantic says that one."""
    name = str(error["loc"][0])
    return f"{PREFIX}{name.upper()}" if name in Settings.model_fields else name


def explain(error: ErrorDetails) -> str:
    """What does not fit, in our words where they are ours, without a full stop."""
    own = error.get("ctx", {}).get("error")
    return str(own or error["msg"]).removesuffix(".")


def read_origin(url: str) -> str:
    """The address's origin. Raises ValueError, as pydantic wants it, where it is none that may be called."""
    try:
        return parse_origin(url)
    except Misconfigured as error:
        raise ValueError(str(error)) from error


def split_list(text: str) -> list[str]:
    """The parts between commas, without the empty ones."""
    return [each.strip() for each in text.split(",") if each.strip()]
