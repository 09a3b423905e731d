// Package staleness tests replicas of the webhook that lose the API server, on a real API server
// behind a proxy that can be cut and can swallow everything.
package staleness
