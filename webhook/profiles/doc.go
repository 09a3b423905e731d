// Package profiles keeps the status of the FlowExportProfiles: which nodes each selects, where another
// one has precedence, and what is wrong with it.
package profiles
