// Package policies tests FlowExportPolicies with several real users on a real API server.
package policies
