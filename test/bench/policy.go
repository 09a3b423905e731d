package main

import (
	"context"

	"sluice/test/harness/cluster"
)

// The most important rules in CEL, with literal lists, as a cluster without a webhook could have
// them.
const admissionPolicy = `
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: bench}
spec:
  failurePolicy: Fail
  matchConstraints:
    resourceRules:
    - {apiGroups: [operator.openshift.io], apiVersions: [v1], operations: [CREATE, UPDATE], resources: [networks]}
  variables:
  - name: collectors
    expression: >-
      object.spec.?exportNetworkFlows.?netFlow.?collectors.orValue([])
      + object.spec.?exportNetworkFlows.?sFlow.?collectors.orValue([])
      + object.spec.?exportNetworkFlows.?ipfix.?collectors.orValue([])
  validations:
  - expression: variables.collectors.all(c, isIP(c.substring(0, c.lastIndexOf(':'))))
    message: not an address
  - expression: >-
      variables.collectors.all(c, ['192.0.2.0/24', '198.51.100.0/24'].exists(n, cidr(n).containsIP(c.substring(0, c.lastIndexOf(':')))))
    message: not allowed
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: bench}
spec: {policyName: bench, validationActions: [Deny]}
`

// installPolicy replaces the webhooks by the policy and waits until it is enforced.
func installPolicy(ctx context.Context, c *cluster.ControlPlane) error {
	if err := c.Unregister(ctx); err != nil {
		return err
	}
	if _, err := c.Must(ctx, cluster.Command{User: cluster.Admin, Stdin: admissionPolicy, Args: []string{"apply", "-f", "-"}}); err != nil {
		return err
	}
	return c.WaitRefused(ctx, "203.0.113.1:2055", "not allowed")
}

func removePolicy(ctx context.Context, c *cluster.ControlPlane) error {
	_, err := c.Must(ctx, cluster.Command{User: cluster.Admin, Stdin: admissionPolicy, Args: []string{"delete", "-f", "-"}})
	return err
}
