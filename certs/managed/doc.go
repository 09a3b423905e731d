// Package managed creates the certificates of the webhook without other programs. An Authority
// stores a certificate authority in a Secret, renews it and publishes it in the webhook
// configurations. A Source, one in each replica, reads that Secret through the API server and signs
// a certificate of its own, in memory. The creation and renewal are from cert-manager
// (pkg/server/tls). This package makes sure that no request fails while the authority is renewed: a
// Source signs with a new authority only after the API servers had time to read it from the webhook
// configurations.
package managed
