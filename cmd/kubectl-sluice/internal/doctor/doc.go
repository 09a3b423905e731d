// Package doctor examines an installation: whether the API server asks Sluice, trusts it,
// reaches it, and refuses what is known to be bad.
package doctor
