// Package activation makes API servers call the webhook, by the rules in the webhook configurations.
// The manifests have no rules, so that an installation that does not start rejects no request: API
// servers may refuse a CRD or a Deployment of it, or an image can't be pulled. A Keeper writes the
// rules once a replica of the webhook is ready. From then on it keeps them, whether a replica is
// ready or not: changes of the lists are rejected while none is.
package activation
