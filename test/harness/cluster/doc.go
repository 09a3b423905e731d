// Package cluster runs what the tests, the benchmarks and the demo need of a cluster: a
// real kube-apiserver with etcd, kubectl, OpenShift's own CRD, several users, and Sluice's
// webhook as a process of its own. Everything listens on loopback and ends with Stop.
package cluster
