// Package doctor checks an installation: whether the version of Kubernetes is supported, whether the
// API server calls Sluice's webhook,
// trusts it and reaches it, whether a malformed list is rejected, whether the controller runs,
// whether the policies are valid and each replica has them in force, and whether the agents
// are alive.
package doctor
