// Everything that Seatledger needs in Azure. docs/install.md says how it is deployed; not yet deployed by anyone.
targetScope = 'subscription'

@minLength(1)
@maxLength(40)
@description('Name of the environment; every resource is named after it.')
param environmentName string

@description('Region of every resource. It must offer Flex Consumption: az functionapp list-flexconsumption-locations.')
@metadata({ azd: { type: 'location' } })
param location string

@minLength(6)
@description('Who is mailed when a night did not come, a message cannot be handled, or something fails.')
param alertAddress string

@description('Time zone of the nights until somebody sets one in the browser, such as Europe/Dublin.')
param timeZone string = 'UTC'

@minValue(0)
@maxValue(23)
@description('Local hour at which the night begins until somebody sets one in the browser.')
param nightHour int = 2

@description('Currency that pages show until somebody sets one in the browser.')
param currency string = 'USD'

@allowed(['small', 'large'])
@description('small: up to about 500 customers. large: above, with one warm instance for the pages and one for the night.')
param size string = 'small'

@description('Origins of a PSA that you host yourself, separated by commas; empty for none.')
param hostedOrigins string = ''

@description('Mail servers that may be used besides Microsoft 365, as host:port, separated by commas; empty for none.')
param mailServers string = ''

@description('Origin of your own domain for the pages, such as https://seats.example.com; empty for the one that Azure gives.')
param customOrigin string = ''

@allowed(['identity', 'secret'])
@description('How the platform proves itself when people sign in: by the managed identity, or by secret sign-in-client-secret of the app\'s own vault.')
param signInBy string = 'identity'

@description('Whether storage and vaults can only be deleted after somebody removes a lock.')
param isLocked bool = true

var tags = { 'azd-env-name': environmentName }
var token = toLower(uniqueString(subscription().id, environmentName, location))

resource group 'Microsoft.Resources/resourceGroups@2024-03-01' = {
  name: 'rg-${environmentName}'
  location: location
  tags: tags
}

module telemetry 'telemetry.bicep' = {
  name: 'telemetry'
  scope: group
  params: {
    location: location
    tags: tags
    token: token
    dailyCapGb: size == 'large' ? '2' : '0.5'
  }
}

module data 'data.bicep' = {
  name: 'data'
  scope: group
  params: { location: location, tags: tags, token: token, isLocked: isLocked }
}

module access 'access.bicep' = {
  name: 'access'
  scope: group
  params: {
    location: location
    tags: tags
    token: token
    storageName: data.outputs.storageName
    ownVaultName: data.outputs.ownVaultName
    connectionVaultName: data.outputs.connectionVaultName
    insightsName: telemetry.outputs.insightsName
  }
}

module app 'app.bicep' = {
  name: 'app'
  scope: group
  params: {
    location: location
    tags: union(tags, { 'azd-service-name': 'app' })
    token: token
    size: size
    identityId: access.outputs.identityId
    packageContainerUri: data.outputs.packageContainerUri
  }
}

var origin = empty(customOrigin) ? app.outputs.origin : customOrigin

module registrations 'registrations.bicep' = {
  name: 'registrations'
  scope: group
  params: {
    environmentName: environmentName
    token: token
    origin: origin
    identityPrincipalId: access.outputs.identityPrincipalId
  }
}

module settings 'settings.bicep' = {
  name: 'settings'
  scope: group
  params: {
    appName: app.outputs.name
    identityClientId: access.outputs.identityClientId
    storageName: data.outputs.storageName
    ownVaultUrl: data.outputs.ownVaultUrl
    connectionVaultUrl: data.outputs.connectionVaultUrl
    insightsConnection: telemetry.outputs.insightsConnection
    signInClientId: registrations.outputs.signInClientId
    signInBy: signInBy
    origin: origin
    timeZone: timeZone
    nightHour: nightHour
    currency: currency
    hostedOrigins: hostedOrigins
    mailServers: mailServers
    size: size
  }
}

module alerts 'alerts.bicep' = {
  name: 'alerts'
  scope: group
  params: { location: location, tags: tags, insightsId: telemetry.outputs.insightsId, alertAddress: alertAddress }
}

output AZURE_LOCATION string = location
output AZURE_TENANT_ID string = tenant().tenantId
output AZURE_RESOURCE_GROUP string = group.name
output SEATLEDGER_PUBLIC_URL string = origin
output SEATLEDGER_STORAGE_ACCOUNT string = data.outputs.storageName
output SEATLEDGER_OWN_VAULT string = data.outputs.ownVaultName
output SEATLEDGER_SIGN_IN_CLIENT_ID string = registrations.outputs.signInClientId
output SEATLEDGER_PARTNER_CLIENT_ID string = registrations.outputs.partnerClientId
