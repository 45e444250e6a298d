// Two registrations in the directory: the one that people sign in with, and the one that reads customer tenants.
extension microsoftGraphV1

param environmentName string
param token string
param origin string
param identityPrincipalId string

var graph = '00000003-0000-0000-c000-000000000000'
var partnerCenter = 'fa3d9a0c-3fb0-42cc-9193-47c7ecd2edbd'

// learn.microsoft.com, "Microsoft Graph permissions reference", delegated.
var userRead = 'e1fe6dd8-ba31-4d61-89e7-88639da4683d'
var organizationReadAll = '4908d5b9-3fb2-4b1e-9336-1888b7937185'
var userReadAll = 'a154be20-db9c-4678-8ab7-66f6cc099a59'
var delegatedAdminRelationshipReadAll = '0c0064ea-477b-4130-82a5-4c2cc4ff68aa'
var partnerCenterUserImpersonation = '1cebfa2a-fb4d-419e-b5f9-839b4383e05a'

// The values are what web/security/sign_in.py reads in the claim `roles`.
var roles = [
  { value: 'Administrator', description: 'Connects the PSA and Microsoft, sets brakes and the pause, and everything below.' }
  { value: 'Operator', description: 'Adds customers, maps licences, approves, refuses, syncs, and everything below.' }
  { value: 'Reader', description: 'Looks at every page.' }
]

resource signIn 'Microsoft.Graph/applications@v1.0' = {
  uniqueName: 'seatledger-sign-in-${token}'
  displayName: 'Seatledger (${environmentName})'
  signInAudience: 'AzureADMyOrg'
  appRoles: [for role in roles: {
    id: guid(token, role.value)
    value: role.value
    displayName: role.value
    description: role.description
    allowedMemberTypes: ['User']
    isEnabled: true
  }]
  web: {
    homePageUrl: origin
    redirectUris: ['${origin}/.auth/login/aad/callback']
    implicitGrantSettings: { enableIdTokenIssuance: true, enableAccessTokenIssuance: false }
  }
  requiredResourceAccess: [
    { resourceAppId: graph, resourceAccess: [{ id: userRead, type: 'Scope' }] }
  ]

  // The platform signs in as this application by the app's managed identity, so that there is no secret to renew.
  resource byIdentity 'federatedIdentityCredentials@v1.0' = {
    name: '${signIn.uniqueName}/identity'
    description: 'Built-in authentication of the function app'
    audiences: ['api://AzureADTokenExchange']
    issuer: '${environment().authentication.loginEndpoint}${tenant().tenantId}/v2.0'
    subject: identityPrincipalId
  }
}

resource signInPrincipal 'Microsoft.Graph/servicePrincipals@v1.0' = {
  appId: signIn.appId
  appRoleAssignmentRequired: true
}

// Its client secret is made in the portal and typed under Settings > Microsoft: templates cannot make secrets of
// registrations (Microsoft Graph Bicep, "Limitations").
resource partner 'Microsoft.Graph/applications@v1.0' = {
  uniqueName: 'seatledger-partner-${token}'
  displayName: 'Seatledger partner access (${environmentName})'
  signInAudience: 'AzureADMultipleOrgs'
  web: {
    homePageUrl: origin
    redirectUris: ['${origin}/settings/connections/microsoft/callback']
  }
  requiredResourceAccess: [
    {
      resourceAppId: graph
      resourceAccess: [
        { id: organizationReadAll, type: 'Scope' }
        { id: userReadAll, type: 'Scope' }
        { id: delegatedAdminRelationshipReadAll, type: 'Scope' }
      ]
    }
    {
      resourceAppId: partnerCenter
      resourceAccess: [{ id: partnerCenterUserImpersonation, type: 'Scope' }]
    }
  ]
}

resource partnerPrincipal 'Microsoft.Graph/servicePrincipals@v1.0' = {
  appId: partner.appId
}

output signInClientId string = signIn.appId
output partnerClientId string = partner.appId
