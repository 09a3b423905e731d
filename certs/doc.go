// Package certs serves the certificate of the webhook from files that another program renews, and
// verifies client certificates. Package managed creates certificates instead.
package certs

// AuthorityName is the common name of the certificate authorities that Sluice creates.
const AuthorityName = "sluice-webhook-ca"
