// Package managed makes the webhook's certificates without help of others. One Secret holds
// a certificate authority, which all replicas read through the API server; each replica
// signs a certificate for itself, in memory. The authority and its renewal are
// cert-manager's (pkg/server/tls). What is added here is that no request fails while the
// authority changes: a new one is written into the webhook's registration first, beside the
// old one, and signs only when the API servers had time to read it.
package managed
