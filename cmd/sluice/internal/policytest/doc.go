// Package policytest runs the test suites of policy authors. A test has a change, a user, the
// expected verdict and parts of the expected messages.
package policytest
