// Package manifests has the files that users install, for programs that compare a cluster with
// them.
package manifests

import _ "embed"

//go:embed base/webhookconfiguration.yaml
var registration string

// Registration is the YAML of the webhook configurations, without the rules.
func Registration() string { return registration }

//go:embed components/netobserv/registration.yaml
var netObserv string

// NetObserv is the JSON patch in YAML that adds the webhook for NetObserv's FlowCollector to the
// ValidatingWebhookConfiguration.
func NetObserv() string { return netObserv }

//go:embed rules.yaml
var rules string

// Rules is the YAML of the rules of each webhook, by its name.
func Rules() string { return rules }

//go:embed base/tenants-admissionpolicy.yaml
var tenantsPolicies string

//go:embed agent/admissionpolicy.yaml
var agentPolicies string

//go:embed agent/verify-rbac.yaml
var verifyPolicies string

// AdmissionPolicies is YAML with the admission policies of every installation that no program writes.
func AdmissionPolicies() string { return tenantsPolicies }

// AgentAdmissionPolicies is YAML with the admission policies that come with the agents.
func AgentAdmissionPolicies() string { return agentPolicies + "\n---\n" + verifyPolicies }
