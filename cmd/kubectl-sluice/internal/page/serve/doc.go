// Package serve serves the page on loopback to one user: it checks where a request comes from and
// whether it has the key, and answers with boards. Nothing that it answers writes to the cluster.
package serve
