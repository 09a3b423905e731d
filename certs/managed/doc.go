// Package managed creates the certificates of the webhook without other programs. A certificate
// authority is stored in a Secret, which all replicas read through the API server. Each replica
// signs its own certificate, in memory. The authority and its renewal are from cert-manager
// (pkg/server/tls). This package makes sure that no request fails while the authority is renewed:
// it first adds the new authority to the webhook configurations, and signs with it only after the
// API servers had time to read them.
package managed
