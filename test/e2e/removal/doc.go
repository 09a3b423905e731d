// Package removal tests that nobody whom a policy binds can remove collectors, in any way that an
// object can go, and that those who may can, whatever happens to the webhook. The garbage collector
// and the namespace controller are those of Kubernetes.
package removal
