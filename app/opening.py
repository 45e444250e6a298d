"""Who the app is at Azure, and what it opens there: the storage account, its queues, and the secrets."""

from __future__ import annotations

from azure.core.credentials_async import AsyncTokenCredential
from azure.identity.aio import DefaultAzureCredential
from azure.keyvault.secrets.aio import SecretClient
from azure.storage.queue.aio import QueueClient

from app import clock
from app.settings import Settings
from plans.errors import Misconfigured
from store import account_records, outbox, run_requests
from store.account_records import TableAccountRecords
from store.outbox import TableOutbox
from store.run_requests import QueueRunRequests
from store.secrets import FileSecrets, Secrets, TwoVaults, VaultSecrets
from store.storage import Storage


def open_identity(settings: Settings) -> AsyncTokenCredential | None:
    """Who the app is at Azure: its managed identity there, whoever signed in with a tool of Microsoft's elsewhere.

    None where nothing of Azure is used: the emulator and a folder of secrets know no identities.
    """
    if settings.storage_account is None and settings.vault_url is None:
        return None
    return DefaultAzureCredential(managed_identity_client_id=settings.identity_client_id)


def open_storage(settings: Settings, identity: AsyncTokenCredential | None) -> Storage:
    """The storage account, by identity in Azure, by connection string for the emulator."""
    if identity is not None and settings.storage_account is not None:
        return Storage.from_account(settings.storage_account, identity)
    if settings.storage_connection is None:
        raise Misconfigured("Neither AzureWebJobsStorage__accountName nor AzureWebJobsStorage is set.")
    return Storage.from_connection_string(settings.storage_connection)


def open_run_requests(settings: Settings, storage: Storage, identity: AsyncTokenCredential | None) -> QueueRunRequests:
    """Where extra runs are asked for."""
    return QueueRunRequests(open_queue(settings, identity, run_requests.QUEUE), storage.table("runs"))


def open_outbox(settings: Settings, storage: Storage, identity: AsyncTokenCredential | None) -> TableOutbox:
    """The mails on their way out."""
    return TableOutbox(storage.table("outbox"), open_queue(settings, identity, outbox.QUEUE), clock.utc_now)


def open_account_records(
    settings: Settings, storage: Storage, identity: AsyncTokenCredential | None
) -> TableAccountRecords:
    """What people asked for about Microsoft accounts."""
    return TableAccountRecords(storage.table("config"), open_queue(settings, identity, account_records.QUEUE))


def open_queue(settings: Settings, identity: AsyncTokenCredential | None, name: str) -> QueueClient:
    """A queue in the account of everything else."""
    if identity is not None and settings.storage_account is not None:
        return QueueClient(f"https://{settings.storage_account}.queue.core.windows.net", name, credential=identity)
    if settings.storage_connection is None:
        raise Misconfigured("Neither AzureWebJobsStorage__accountName nor AzureWebJobsStorage is set.")
    return QueueClient.from_connection_string(settings.storage_connection, name)


def open_secrets(settings: Settings, identity: AsyncTokenCredential | None) -> Secrets:
    """Key Vault in Azure, one or two of them; a private folder on a developer's machine."""
    if identity is not None and settings.vault_url is not None:
        stored = VaultSecrets(SecretClient(settings.vault_url, identity))
        if settings.own_vault_url is None:
            return stored
        return TwoVaults(VaultSecrets(SecretClient(settings.own_vault_url, identity)), stored)
    if settings.secrets_folder is None:
        raise Misconfigured("Neither SEATLEDGER_VAULT_URL nor SEATLEDGER_SECRETS_FOLDER is set.")
    return FileSecrets(settings.secrets_folder)
