// Package kube reads what a cluster has: the objects that Sluice guards, the policies that
// judge changes of them, and who asks.
package kube
