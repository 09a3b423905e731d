// Package kube names the resources that Sluice uses, and reads them from a cluster: the guarded
// objects, the objects of Sluice, and the current user.
package kube
