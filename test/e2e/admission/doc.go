// Package admission proves the product on the real parts: kubectl against a real kube-apiserver
// that calls sluice-webhook over TLS, with openshift/api's own CRD.
package admission
