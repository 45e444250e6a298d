// What must not be lost: the storage account, without shared keys, and the two vaults.
param location string
param tags object
param token string
param isLocked bool

@description('How long deleted blobs can be brought back.')
param keptDays int = 30

resource storage 'Microsoft.Storage/storageAccounts@2023-05-01' = {
  name: 'st${token}'
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: { name: 'Standard_ZRS' }
  properties: {
    accessTier: 'Hot'
    allowBlobPublicAccess: false
    allowSharedKeyAccess: false
    defaultToOAuthAuthentication: true
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
  }

  resource blobs 'blobServices' = {
    name: 'default'
    properties: {
      deleteRetentionPolicy: { enabled: true, days: keptDays }
      containerDeleteRetentionPolicy: { enabled: true, days: keptDays }
    }

    // The app's own tables, container and queues are made by the app (store/storage.py).
    resource packages 'containers' = { name: 'app-package' }
  }
}

// What a person puts here by hand; the app can only read it.
resource ownVault 'Microsoft.KeyVault/vaults@2023-07-01' = {
  name: 'kv-app-${token}'
  location: location
  tags: tags
  properties: {
    tenantId: tenant().tenantId
    sku: { family: 'A', name: 'standard' }
    enableRbacAuthorization: true
    enableSoftDelete: true
    softDeleteRetentionInDays: 90
    enablePurgeProtection: true
  }
}

// What the app stores itself: keys of PSA connections, client secrets, refresh tokens that Microsoft renews.
resource connectionVault 'Microsoft.KeyVault/vaults@2023-07-01' = {
  name: 'kv-con-${token}'
  location: location
  tags: tags
  properties: {
    tenantId: tenant().tenantId
    sku: { family: 'A', name: 'standard' }
    enableRbacAuthorization: true
    enableSoftDelete: true
    softDeleteRetentionInDays: 90
    enablePurgeProtection: true
  }
}

resource storageLock 'Microsoft.Authorization/locks@2020-05-01' = if (isLocked) {
  name: 'keep'
  scope: storage
  properties: { level: 'CanNotDelete', notes: 'Evidence and ledger of everything that was ever billed.' }
}

resource ownVaultLock 'Microsoft.Authorization/locks@2020-05-01' = if (isLocked) {
  name: 'keep'
  scope: ownVault
  properties: { level: 'CanNotDelete', notes: 'Secrets that people put here.' }
}

resource connectionVaultLock 'Microsoft.Authorization/locks@2020-05-01' = if (isLocked) {
  name: 'keep'
  scope: connectionVault
  properties: { level: 'CanNotDelete', notes: 'Without these nothing can be read or written.' }
}

output storageName string = storage.name
output packageContainerUri string = '${storage.properties.primaryEndpoints.blob}${storage::blobs::packages.name}'
output ownVaultName string = ownVault.name
output ownVaultUrl string = ownVault.properties.vaultUri
output connectionVaultName string = connectionVault.name
output connectionVaultUrl string = connectionVault.properties.vaultUri
