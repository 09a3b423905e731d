package ovs

import "fmt"

// SamplingAppTable is the table of OVN's northbound database (since OVN 24.09) in which the writer
// of OVN's configuration gives each use of sampling an observation domain.
const SamplingAppTable = "Sampling_App"

// SamplingAppOperations are the transaction that reads the application "drop".
func SamplingAppOperations() []any {
	return []any{NorthboundDatabase, operation{
		"op": "select", "table": SamplingAppTable, "where": []any{[]any{"type", "==", "drop"}}, "columns": []string{"id"},
	}}
}

// ParseSamplingApp reads what ovsdb-client printed for SamplingAppOperations: the domain, or "" if
// there is no such application.
func ParseSamplingApp(output []byte) (domain string, err error) {
	results, err := ParseResults(output)
	if err != nil {
		return "", err
	}
	if len(results) != 1 || len(results[0].Rows) > 1 {
		return "", fmt.Errorf("what ovsdb-client printed: %d results instead of 1, with at most one row", len(results))
	}
	for _, r := range results[0].Rows {
		if err := r.read(cell{"id", &domain, required}); err != nil {
			return "", fmt.Errorf("table %s: %w", SamplingAppTable, err)
		}
	}
	return domain, nil
}
