package ovs

import (
	"encoding/json"
	"fmt"
	"slices"

	"sluice/validation"
)

// Hidden are the columns that the server has, and ovs-vsctl does not print: it is older than the
// server. They are read and written with ovsdb-client, which needs to know no columns.
type Hidden [3][]ColumnName

// Any reports whether there is a hidden column.
func (h Hidden) Any() bool {
	return slices.ContainsFunc(h[:], func(columns []ColumnName) bool { return len(columns) > 0 })
}

// hiddenColumns are the columns of a format that the server has, and the headings lack.
func hiddenColumns(schema Schema, f validation.Format, headings []string) []ColumnName {
	var hidden []ColumnName
	for _, c := range ColumnsOf(f) {
		if schema.Has(TableOf(f), string(c.Name)) && !slices.Contains(headings, string(c.Name)) {
			hidden = append(hidden, c.Name)
		}
	}
	return hidden
}

// ReadOperations are the transaction (RFC 7047, 4.1.3) that reads the hidden columns.
func (h Hidden) ReadOperations() []any {
	transaction := []any{SwitchDatabase}
	for _, f := range validation.Formats() {
		if len(h[f]) > 0 {
			columns := append([]ColumnName{"_uuid"}, h[f]...)
			transaction = append(transaction, operation{"op": "select", "table": TableOf(f), "where": everyRow(), "columns": columns})
		}
	}
	return transaction
}

// operation is one operation of a transaction (RFC 7047, 5.2).
type operation map[string]any

// everyRow is the condition that holds for every row.
func everyRow() []any { return []any{} }

// ReadHidden adds to the state what ovsdb-client printed for ReadOperations. A row that was created
// after the state was read is not in it.
func (s *State) ReadHidden(output []byte) error {
	results, err := ParseResults(output)
	if err != nil {
		return err
	}
	for _, f := range validation.Formats() {
		if len(s.Hidden[f]) == 0 {
			continue
		}
		if len(results) == 0 {
			return fmt.Errorf("what ovsdb-client printed: no result for table %s", TableOf(f))
		}
		for _, r := range results[0].Rows {
			if err := s.readHiddenRow(f, r); err != nil {
				return fmt.Errorf("table %s: %w", TableOf(f), err)
			}
		}
		results = results[1:]
	}
	return nil
}

func (s *State) readHiddenRow(f validation.Format, r row) error {
	var id string
	if err := r.read(cell{"_uuid", &id, required}); err != nil {
		return err
	}
	known, ok := s.Rows[UUID(id)]
	if !ok {
		return nil
	}
	for _, c := range s.Hidden[f] {
		if _, exists := r[string(c)]; !exists {
			return fmt.Errorf("column %s: not there", c)
		}
		if err := r.readSetting(column(c), known.Exporter.Settings); err != nil {
			return err
		}
	}
	return nil
}

// Result is the result of one operation of a transaction (RFC 7047, 5.2).
type Result struct {
	Rows    []row  `json:"rows"`
	Error   string `json:"error"`
	Details string `json:"details"`
}

// ParseResults reads what "ovsdb-client transact" printed. It exits with 0 even if an operation
// failed; the error is the first one's.
func ParseResults(output []byte) ([]Result, error) {
	var results []*Result
	if err := json.Unmarshal(output, &results); err != nil {
		return nil, fmt.Errorf("what ovsdb-client printed: %w", err)
	}
	var list []Result
	for _, r := range results {
		switch {
		case r == nil: // not executed, because an operation before it failed
		case r.Error != "":
			return nil, fmt.Errorf("the transaction failed: %s: %s", r.Error, r.Details)
		default:
			list = append(list, *r)
		}
	}
	return list, nil
}
