// Package certs serves the webhook's certificate from files that others keep fresh, and
// verifies clients. Package managed, in its subfolder, makes certificates.
package certs

// AuthorityName is the common name of the authorities that Sluice makes for itself.
const AuthorityName = "sluice-webhook-ca"
