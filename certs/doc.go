// Package certs makes and serves the webhook's certificates. Authority is pure: clock and
// randomness come in as arguments. Files reads what another program keeps fresh.
package certs
