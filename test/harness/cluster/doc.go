// Package cluster runs a cluster for the tests, the benchmarks and the demo: a real kube-apiserver
// with etcd, kubectl, the CRD of OpenShift, several users, and the webhook as a process. Everything
// listens on loopback and ends with Stop.
package cluster
