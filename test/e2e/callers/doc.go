// Package callers tests what a client that is not an API server gets from the webhook, installed as
// the manifests say: no verdict, no Event, no metric of policies, no log line, no memory.
package callers
