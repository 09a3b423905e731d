// Package replicas runs replicas of the webhook like a Deployment: with the arguments and the account of
// the manifests, each with its own address in a network namespace, as endpoints of the Service. The
// package does the work of the kubelet and the endpoint controller: it probes the replicas as
// configured in the manifests, and writes the EndpointSlice, from which the API server gets them.
package replicas
