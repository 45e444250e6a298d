// What the app and the platform read. tests/unit/test_infrastructure.py compares it with app/settings.py, both ways.
param appName string
param identityClientId string
param storageName string
param ownVaultUrl string
param connectionVaultUrl string
param insightsConnection string
param signInClientId string
param signInBy string
param origin string
param timeZone string
param nightHour int
param currency string
param hostedOrigins string
param mailServers string
param size string

// docs/scale.md says where these come from.
var limits = {
  small: { psaWindow: 4, tenantDeadlineSeconds: 14400 }
  large: { psaWindow: 4, tenantDeadlineSeconds: 18000 }
}

var issuer = '${environment().authentication.loginEndpoint}${tenant().tenantId}/v2.0'
var signInSecretSetting = 'MICROSOFT_PROVIDER_AUTHENTICATION_SECRET'
var signInIdentitySetting = 'OVERRIDE_USE_MI_FIC_ASSERTION_CLIENTID'
var signInProof = signInBy == 'secret'
  ? { '${signInSecretSetting}': '@Microsoft.KeyVault(SecretUri=${ownVaultUrl}secrets/sign-in-client-secret)' }
  : { '${signInIdentitySetting}': identityClientId }

resource site 'Microsoft.Web/sites@2024-04-01' existing = {
  name: appName
}

resource settings 'Microsoft.Web/sites/config@2024-04-01' = {
  parent: site
  name: 'appsettings'
  properties: union(signInProof, {
    AzureWebJobsStorage__accountName: storageName
    AzureWebJobsStorage__credential: 'managedidentity'
    AzureWebJobsStorage__clientId: identityClientId
    AZURE_CLIENT_ID: identityClientId
    APPLICATIONINSIGHTS_CONNECTION_STRING: insightsConnection
    APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'Authorization=AAD;ClientId=${identityClientId}'
    // The exporter's default drops lines of traces beyond five a second; the alerts live on those lines.
    OTEL_TRACES_SAMPLER: 'microsoft.fixed_percentage'
    OTEL_TRACES_SAMPLER_ARG: '1.0'
    // In bytes. The host holds a whole body before the app sees it, 104857600 of them unless this says otherwise, and on
    // the paths that sign-in leaves out anybody may send one (Azure Functions, "App settings reference"). Ours are files
    // of 8 MiB at most.
    FUNCTIONS_REQUEST_BODY_SIZE_LIMIT: '9437184'
    SEATLEDGER_CLOUD: 'global'
    SEATLEDGER_VAULT_URL: connectionVaultUrl
    SEATLEDGER_OWN_VAULT_URL: ownVaultUrl
    SEATLEDGER_PUBLIC_URL: origin
    SEATLEDGER_SIGN_IN_AUDIENCE: signInClientId
    SEATLEDGER_SIGN_IN_TENANT_ID: tenant().tenantId
    SEATLEDGER_TIME_ZONE: timeZone
    SEATLEDGER_NIGHT_HOUR: string(nightHour)
    SEATLEDGER_CURRENCY: currency
    SEATLEDGER_ALLOWED_ORIGINS: hostedOrigins
    SEATLEDGER_ALLOWED_MAIL_SERVERS: mailServers
    SEATLEDGER_PSA_WINDOW: string(limits[size].psaWindow)
    SEATLEDGER_TENANT_DEADLINE_SECONDS: string(limits[size].tenantDeadlineSeconds)
    SEATLEDGER_LATE_EFFECT_SECONDS: '600'
  })
}

resource authentication 'Microsoft.Web/sites/config@2024-04-01' = {
  parent: site
  name: 'authsettingsV2'
  dependsOn: [settings]
  properties: {
    platform: { enabled: true, runtimeVersion: '~1' }
    httpSettings: {
      requireHttps: true
      forwardProxy: { convention: 'NoProxy' }
    }
    globalValidation: {
      requireAuthentication: true
      unauthenticatedClientAction: 'RedirectToLoginPage'
      redirectToProvider: 'azureactivedirectory'
      // Scripts come with a token of ours, and whoever watches the app with nothing (web/security/gate.py).
      excludedPaths: ['/api/v1/*', '/health']
    }
    identityProviders: {
      azureActiveDirectory: {
        enabled: true
        registration: {
          openIdIssuer: issuer
          clientId: signInClientId
          clientSecretSettingName: signInBy == 'secret' ? signInSecretSetting : signInIdentitySetting
        }
        validation: { allowedAudiences: [signInClientId] }
      }
    }
    login: {
      // The app verifies the ID token, which is only passed on from the token store.
      tokenStore: { enabled: true }
      cookieExpiration: { convention: 'FixedTime', timeToExpiration: '08:00:00' }
      nonce: { validateNonce: true, nonceExpirationInterval: '00:05:00' }
    }
  }
}
