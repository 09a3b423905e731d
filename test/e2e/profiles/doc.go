// Package profiles tests the status of FlowExportProfiles with a real API server.
package profiles
