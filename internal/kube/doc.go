// Package kube names the resources that Sluice works with and reads them from a cluster: the
// objects that Sluice guards, its own objects, and the user of the access.
package kube
