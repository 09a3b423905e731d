// Package registration is about Sluice's own MutatingWebhookConfiguration and
// ValidatingWebhookConfiguration: how they differ from the manifests, which authorities the
// API server trusts by them, and what is written there so that it trusts a new one before
// the old one goes.
package registration
