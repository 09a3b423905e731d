// Package tenants tests FlowExports with a real API server: admission, status, and users who try to get
// around both.
package tenants
