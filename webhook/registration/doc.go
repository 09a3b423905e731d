// Package registration watches the MutatingWebhookConfiguration and the
// ValidatingWebhookConfiguration of Sluice. It compares them with the manifests, knows which
// certificate authorities API servers trust, and publishes a new authority before the previous
// one is removed.
package registration
