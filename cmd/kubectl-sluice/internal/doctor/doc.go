// Package doctor checks an installation: whether the API server calls Sluice's webhook,
// trusts it and reaches it, whether a malformed list is rejected, whether each replica has
// all policies in force, and whether the agents are alive.
package doctor
