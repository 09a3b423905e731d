// Package certificates tests that nothing happens to users while certificates, authorities,
// paths, replicas and the API server itself change: the manifests are installed, replicas of the
// webhook run as they say, and changes of the lists arrive all the time.
package certificates
