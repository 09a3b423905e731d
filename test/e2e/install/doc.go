// Package install tests what users install: that the API server takes each overlay, twice
// and without a warning, that the programs do their whole job with exactly the arguments,
// accounts and rights of the manifests, and that all of it goes again.
package install
