"""Settings: a bad one gives one plain sentence that names it."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from app.settings import read_settings
from microsoft.clouds import CLOUDS
from net.client import ANSWER_TIMEOUT_SECONDS
from net.hosts import AllowedHosts
from plans.errors import Misconfigured
from plans.limits import Limits

BAD = [
    ("SEATLEDGER_TIME_ZONE", "Mars/Olympus", "is not a time zone"),
    ("SEATLEDGER_TIME_ZONE", "", "is not a time zone"),
    ("SEATLEDGER_TIME_ZONE", "../../etc/passwd", "is not a time zone"),
    ("SEATLEDGER_NIGHT_HOUR", "24", "less than or equal to 23"),
    ("SEATLEDGER_NIGHT_HOUR", "-1", "greater than or equal to 0"),
    ("SEATLEDGER_NIGHT_HOUR", "two", "integer"),
    ("SEATLEDGER_NIGHT_HOUR", "2.5", "integer"),
    ("SEATLEDGER_CLOUD", "moon", "is not a cloud"),
    ("SEATLEDGER_CLOUD", "", "is not a cloud"),
    ("SEATLEDGER_LATE_EFFECT_SECONDS", "40", "greater than 40"),
    ("SEATLEDGER_LATE_EFFECT_SECONDS", "soon", "integer"),
    ("SEATLEDGER_TENANT_DEADLINE_SECONDS", "59", "greater than or equal to 60"),
    ("SEATLEDGER_PSA_WINDOW", "0", "greater than or equal to 1"),
    ("SEATLEDGER_PSA_WINDOW", "33", "less than or equal to 32"),
    ("WEBSITE_AUTH_ENABLED", "maybe", "boolean"),
]


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith(("SEATLEDGER_", "AzureWebJobsStorage", "WEBSITE_AUTH", "AZURE_CLIENT_ID")):
            monkeypatch.delenv(name)


@pytest.mark.parametrize(("name", "value", "words"), BAD)
def test_a_bad_setting_gives_one_sentence_that_names_it(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, words: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(Misconfigured) as caught:
        read_settings()
    sentence = str(caught.value)
    assert words in sentence
    assert name.removeprefix("SEATLEDGER_").lower() in sentence.lower()
    assert "\n" not in sentence
    assert sentence.endswith(".")


def test_a_bad_setting_is_named_as_a_person_spells_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEATLEDGER_NIGHT_HOUR", "24")
    with pytest.raises(Misconfigured, match="SEATLEDGER_NIGHT_HOUR"):
        read_settings()


def test_a_sentence_about_a_setting_is_plain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEATLEDGER_TIME_ZONE", "Mars")
    with pytest.raises(Misconfigured) as caught:
        read_settings()
    assert "Value error" not in str(caught.value)


def test_a_sentence_about_an_address_has_one_full_stop_and_no_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEATLEDGER_GRAPH_URL", "https://user:hunter22@graph.example")
    with pytest.raises(Misconfigured) as caught:
        read_settings()
    assert str(caught.value) == (
        "The setting SEATLEDGER_GRAPH_URL does not fit: The address of graph.example must not carry a user name or "
        "password."
    )


def test_a_folder_of_time_zones_is_no_time_zone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEATLEDGER_TIME_ZONE", "Europe")
    with pytest.raises(Misconfigured):
        read_settings()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SEATLEDGER_ALLOWED_ORIGINS", "psa.msp.example"),
        ("SEATLEDGER_ALLOWED_ORIGINS", "https://psa.msp.example/v4_6_release"),
        ("SEATLEDGER_ALLOWED_ORIGINS", "https://psa.msp.example, http://169.254.169.254"),
        ("SEATLEDGER_CURRENCY", "dollars"),
        ("SEATLEDGER_GRAPH_URL", "graph"),
        ("SEATLEDGER_LOGIN_URL", "not a url"),
        ("SEATLEDGER_VAULT_URL", "my-vault"),
        ("SEATLEDGER_PUBLIC_URL", "seats.msp.example"),
    ],
)
def test_a_bad_address_or_currency_is_refused(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(Misconfigured):
        read_settings()


def test_a_late_effect_limit_outlasts_a_request(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEATLEDGER_LATE_EFFECT_SECONDS", str(int(ANSWER_TIMEOUT_SECONDS) - 1))
    with pytest.raises(Misconfigured):
        read_settings()


@pytest.mark.parametrize("name", ["SEATLEDGER_VAULT_URL", "AzureWebJobsStorage__accountName", "SEATLEDGER_GRAPH_URL"])
def test_an_empty_setting_is_not_set(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "")
    assert read_settings() == type(read_settings())()
    assert "" not in read_settings().model_dump(exclude={"allowed_origins", "allowed_mail_servers"}).values()


def test_an_allowed_origin_may_end_with_a_slash(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEATLEDGER_ALLOWED_ORIGINS", "https://psa.msp.example/")
    assert read_settings().allowed_hosts.check("https://psa.msp.example/x") == "https://psa.msp.example"


@pytest.mark.parametrize("currency", ["EUR", "€", "US$", "zł"])
def test_a_currency_is_a_code_or_a_symbol(monkeypatch: pytest.MonkeyPatch, currency: str) -> None:
    monkeypatch.setenv("SEATLEDGER_CURRENCY", currency)
    assert read_settings().currency == currency


def test_without_any_setting_there_are_safe_ones() -> None:
    settings = read_settings()
    assert (settings.zone, settings.night_hour) == (ZoneInfo("UTC"), 2)
    assert settings.microsoft_cloud.login_url == CLOUDS["global"].login_url
    assert settings.microsoft_cloud.graph_url == CLOUDS["global"].graph_url
    assert settings.limits == Limits()
    assert settings.allowed_hosts == AllowedHosts()
    assert settings.auth_enabled is False
    assert settings.storage_connection is None


def test_settings_are_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "SEATLEDGER_TIME_ZONE": "Europe/Dublin",
        "SEATLEDGER_NIGHT_HOUR": "23",
        "SEATLEDGER_CLOUD": "china",
        "SEATLEDGER_LOGIN_URL": "http://127.0.0.1:1",
        "SEATLEDGER_ALLOWED_ORIGINS": " https://PSA.msp.example , ,http://127.0.0.1:8080",
        "SEATLEDGER_LATE_EFFECT_SECONDS": "700",
        "SEATLEDGER_TENANT_DEADLINE_SECONDS": "3600",
        "SEATLEDGER_PSA_WINDOW": "8",
        "SEATLEDGER_SECRETS_FOLDER": "/secrets",
        "AzureWebJobsStorage": "UseDevelopmentStorage=true",
        "WEBSITE_AUTH_ENABLED": "True",
    }.items():
        monkeypatch.setenv(name, value)
    settings = read_settings()
    assert settings.zone == ZoneInfo("Europe/Dublin")
    assert settings.night_hour == 23
    assert settings.microsoft_cloud.login_url == "http://127.0.0.1:1"
    assert settings.microsoft_cloud.graph_url == CLOUDS["china"].graph_url
    assert settings.allowed_hosts.extra_origins == {"https://psa.msp.example", "http://127.0.0.1:8080"}
    assert settings.limits.late_effect_limit == timedelta(seconds=700)
    assert (settings.limits.tenant_deadline, settings.limits.psa_window) == (timedelta(hours=1), 8)
    assert settings.secrets_folder == Path("/secrets")
    assert settings.storage_connection == "UseDevelopmentStorage=true"
    assert settings.auth_enabled is True


def test_the_storage_key_is_never_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AzureWebJobsStorage", "AccountKey=canary-key")
    assert "canary-key" not in repr(read_settings())
