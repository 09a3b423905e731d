// Package tenants is about FlowExports: what reviews need to know of their namespaces, and their
// status.
package tenants
