// Package removal tests every way to remove collectors: a user to whom a policy applies cannot remove
// them, and an exempt user can, whether or not the webhook runs. The garbage collector and the
// namespace controller are those of Kubernetes.
package removal
