"""What somebody who starts with an empty installation has to type to connect it to the stand-ins."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from local.demo.demos import MSP, make_product_seed
from local.demo.msp.customers import TENANTS
from local.simulators.mail.server import HOST as SMTP_HOST
from local.simulators.mail.server import USER as SMTP_USER
from local.simulators.secret_files import (
    AUTOTASK_INTEGRATION_CODE,
    AUTOTASK_SECRET,
    CONNECTWISE_PRIVATE_KEY,
    CONNECTWISE_PUBLIC_KEY,
    MAIL_PASSWORD,
    MICROSOFT_CLIENT_SECRET,
    SecretFiles,
)


@dataclass(frozen=True)
class Newcomer:
    """`site_url` to `private_key` for ConnectWise, `autotask_user` to `autotask_code` for Autotask, the rest for
    Microsoft. The keys open nothing but the stand-ins.

    `direct_name` and `direct_id` are the tenant that has no relationship with the partner.
    """

    site_url: str
    company: str
    client_id: str
    public_key: str
    private_key: str
    autotask_user: str
    autotask_secret: str
    autotask_code: str
    directory_id: str
    application_id: str
    client_secret: str
    direct_name: str
    direct_id: str
    smtp_port: int
    mail_password: str

    def describe(self) -> list[str]:
        """Lines for the terminal."""
        rows = (
            ("ConnectWise", "site address", self.site_url),
            ("", "company id", self.company),
            ("", "client id", self.client_id),
            ("", "public key", self.public_key),
            ("", "private key", self.private_key),
            ("Autotask", "user name", self.autotask_user),
            ("", "secret", self.autotask_secret),
            ("", "tracking identifier", self.autotask_code),
            ("Microsoft", "directory (tenant) id", self.directory_id),
            ("", "application (client) id", self.application_id),
            ("", "client secret", self.client_secret),
            ("Direct tenant", self.direct_name, self.direct_id),
            ("Mail", "server, port (STARTTLS)", f"{SMTP_HOST}, {self.smtp_port}"),
            ("", "user name, password", f"{SMTP_USER}, {self.mail_password}"),
        )
        return [
            "Nobody has told Seatledger anything: it begins empty. Under Settings it asks for these:",
            *(f"  {whose:14} {what:24} {value}" for whose, what, value in rows),
            "The keys were made on this machine. They open nothing but the stand-ins that run here.",
        ]


def read_newcomer(secrets_folder: Path, connectwise_url: str, smtp_port: int = 0) -> Newcomer:
    """What fits the stand-ins of a world: the secrets that they accept lie in `secrets_folder`."""
    direct = next(tenant for tenant in TENANTS if tenant.direct)
    seed, secrets = make_product_seed(MSP), SecretFiles(secrets_folder)
    connection, account = seed["connection"], seed["partner_account"]
    return Newcomer(
        site_url=connectwise_url,
        company=connection["company"],
        client_id=connection["client_id"],
        public_key=secrets.read(CONNECTWISE_PUBLIC_KEY),
        private_key=secrets.read(CONNECTWISE_PRIVATE_KEY),
        autotask_user=seed["autotask"]["user_name"],
        autotask_secret=secrets.read(AUTOTASK_SECRET),
        autotask_code=secrets.read(AUTOTASK_INTEGRATION_CODE),
        directory_id=account["tenant_id"],
        application_id=account["client_id"],
        client_secret=secrets.read(MICROSOFT_CLIENT_SECRET),
        direct_name=direct.name,
        direct_id=direct.id,
        smtp_port=smtp_port,
        mail_password=secrets.read(MAIL_PASSWORD),
    )
