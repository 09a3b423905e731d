// Package policytest runs the test suites of policy authors: given objects, users and
// policies, the verdict that is expected and parts of what it says.
package policytest
