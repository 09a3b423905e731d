// Package certs serves the webhook's certificate as others keep it fresh in files, and
// verifies clients. Package managed, below it, makes certificates.
package certs
