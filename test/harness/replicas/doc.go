// Package replicas runs replicas of the webhook as a Deployment does: with the arguments
// and the account of the manifests, each at an address of its own in a network namespace,
// behind the manifests' Service. What the kubelet and the endpoint controller do, probing
// as the manifests say and keeping the EndpointSlice, is done here; the API server finds the
// replicas by it.
package replicas
