// What watches the app from outside: it works when the app does not. docs/operations.md says what to do about each.
param location string
param tags object
param insightsId string
param alertAddress string

// A rule with `below: 1` is for what must be there, one with `above: 0` for what must not.
var rules = [
  {
    name: 'night-missed'
    severity: 1
    description: 'No night was closed in the last 26 hours.'
    query: '''
      traces
      | where timestamp > ago(26h) and message has '"night_closed"'
      | extend line = parse_json(message)
      | where line.event == 'night_closed'
    '''
    frequency: 'PT1H'
    window: 'P2D'
    operator: 'LessThan'
    threshold: 1
  }
  {
    name: 'poison-message'
    severity: 2
    description: 'A message failed again and again and was put into a poison queue.'
    query: '''
      traces
      | where message has 'MaxDequeueCount' or message has '"poison_message"'
    '''
    frequency: 'PT15M'
    window: 'PT15M'
    operator: 'GreaterThan'
    threshold: 0
  }
  {
    name: 'failures'
    severity: 2
    description: 'Functions or requests failed, or the app logged errors, five times in an hour or more.'
    query: '''
      union
        (requests | where success == false and toint(resultCode) !between (400 .. 499)),
        (traces | where severityLevel >= 3),
        exceptions
    '''
    frequency: 'PT15M'
    window: 'PT1H'
    operator: 'GreaterThan'
    threshold: 4
  }
]

resource people 'Microsoft.Insights/actionGroups@2023-01-01' = {
  name: 'ag-seatledger'
  location: 'global'
  tags: tags
  properties: {
    enabled: true
    groupShortName: 'seatledger'
    emailReceivers: [{ name: 'people', emailAddress: alertAddress, useCommonAlertSchema: true }]
  }
}

resource watch 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = [for rule in rules: {
  name: rule.name
  location: location
  tags: tags
  kind: 'LogAlert'
  properties: {
    displayName: 'Seatledger: ${rule.name}'
    description: rule.description
    enabled: true
    severity: rule.severity
    scopes: [insightsId]
    evaluationFrequency: rule.frequency
    windowSize: rule.window
    autoMitigate: true
    // The tables do not exist before the first line is logged.
    skipQueryValidation: true
    criteria: {
      allOf: [
        {
          query: rule.query
          timeAggregation: 'Count'
          operator: rule.operator
          threshold: rule.threshold
          failingPeriods: { numberOfEvaluationPeriods: 1, minFailingPeriodsToAlert: 1 }
        }
      ]
    }
    actions: { actionGroups: [people.id] }
  }
}]
