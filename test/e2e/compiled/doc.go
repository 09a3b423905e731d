// Package compiled holds the compiled admission policies and the webhook to the same
// verdicts, on a real API server.
package compiled
