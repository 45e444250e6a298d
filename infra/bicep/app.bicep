// The function app itself. Its settings come after the registrations, which need its address: settings.bicep.
param location string
param tags object
param token string
param size string
param identityId string
param packageContainerUri string

// docs/scale.md says where these come from. 40 is the lowest limit that every region takes.
var sizes = {
  small: { instances: 40, alwaysReady: [] }
  large: {
    instances: 100
    alwaysReady: [
      { name: 'http', instanceCount: 1 }
      { name: 'durable', instanceCount: 1 }
    ]
  }
}

resource plan 'Microsoft.Web/serverfarms@2024-04-01' = {
  name: 'plan-${token}'
  location: location
  tags: tags
  kind: 'functionapp'
  sku: { name: 'FC1', tier: 'FlexConsumption' }
  properties: { reserved: true }
}

resource site 'Microsoft.Web/sites@2024-04-01' = {
  name: 'func-${token}'
  location: location
  tags: tags
  kind: 'functionapp,linux'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: { '${identityId}': {} }
  }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    keyVaultReferenceIdentity: identityId
    siteConfig: {
      ftpsState: 'Disabled'
      http20Enabled: true
      minTlsVersion: '1.2'
    }
    functionAppConfig: {
      deployment: {
        storage: {
          type: 'blobContainer'
          value: packageContainerUri
          authentication: { type: 'UserAssignedIdentity', userAssignedIdentityResourceId: identityId }
        }
      }
      runtime: { name: 'python', version: '3.13' }
      scaleAndConcurrency: {
        instanceMemoryMB: 2048
        maximumInstanceCount: sizes[size].instances
        alwaysReady: sizes[size].alwaysReady
        triggers: { http: { perInstanceConcurrency: 16 } }
      }
    }
  }

  // Deployment goes by Entra sign-in alone.
  resource scm 'basicPublishingCredentialsPolicies' = {
    name: 'scm'
    properties: { allow: false }
  }
}

output name string = site.name
output origin string = 'https://${site.properties.defaultHostName}'
