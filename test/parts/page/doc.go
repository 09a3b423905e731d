// Package page tests the page of "kubectl sluice ui" in a real browser, with a real API server and the
// real webhook. It is a module of its own, so that the driver of the browser does not reach the
// product's dependencies. "make page" runs it.
package page
