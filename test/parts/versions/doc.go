// Package versions judges what Sluice installs on API servers, the CRDs and every CEL
// expression, by the code of the API servers themselves. It is a module of its own with one
// .mod file for each release:
//
//	go.mod    1.30, the oldest release that is supported
//	1.31.mod  1.31, the oldest release for the output of "sluice policy compile"
//	1.37.mod  1.37, the newest release that is tested; needs the build tag newest
//
// The tests and their tables are the same for all releases. "make versions" runs them.
package versions
