package ovs

import (
	"encoding/json"
	"errors"
	"fmt"
)

// The names of the databases.
const (
	SwitchDatabase     = "Open_vSwitch"
	NorthboundDatabase = "OVN_Northbound"
)

// Schema says which tables and columns a server's database has. What a version of Open vSwitch or
// OVN can do is read from it, not from what a tool prints: the tool in the agent's image may be older
// or newer than the server on the node.
type Schema struct {
	// columns are the names of the columns by table.
	columns map[string]map[string]bool
}

// ParseSchema reads a schema (RFC 7047, 3.2), as "ovsdb-client get-schema" prints it.
func ParseSchema(text []byte) (Schema, error) {
	var read struct {
		Tables map[string]struct {
			Columns map[string]json.RawMessage `json:"columns"`
		} `json:"tables"`
	}
	if err := json.Unmarshal(text, &read); err != nil {
		return Schema{}, fmt.Errorf("the database's schema: %w", err)
	}
	if len(read.Tables) == 0 {
		return Schema{}, errors.New("the database's schema: it has no tables")
	}
	s := Schema{columns: map[string]map[string]bool{}}
	for name, table := range read.Tables {
		s.columns[name] = map[string]bool{}
		for column := range table.Columns {
			s.columns[name][column] = true
		}
	}
	return s, nil
}

// HasTable reports whether the database has a table.
func (s Schema) HasTable(table string) bool { return s.columns[table] != nil }

// Has reports whether a table has a column.
func (s Schema) Has(table, column string) bool { return s.columns[table][column] }
