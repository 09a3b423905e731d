package ovs

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// table is what the tools print for one table with --format=json.
type table struct {
	Headings []string            `json:"headings"`
	Data     [][]json.RawMessage `json:"data"`
}

// row is one row by heading.
type row map[string]json.RawMessage

func (t table) rows() ([]row, error) {
	rows := make([]row, len(t.Data))
	for i, cells := range t.Data {
		if len(cells) != len(t.Headings) {
			return nil, fmt.Errorf("row %d has %d cells for %d headings", i, len(cells), len(t.Headings))
		}
		rows[i] = row{}
		for j, h := range t.Headings {
			rows[i][h] = cells[j]
		}
	}
	return rows, nil
}

// atoms reads a column's value as a list of atoms. In OVSDB's JSON (RFC 7047, 5.1) a set of
// exactly one element is the bare atom, and a UUID is ["uuid", text].
func (r row) atoms(column string) ([]string, error) {
	raw, ok := r[column]
	if !ok {
		return nil, nil
	}
	text, isAtom, err := atom(raw)
	if err != nil {
		return nil, fmt.Errorf("column %s: %w", column, err)
	}
	if isAtom {
		return []string{text}, nil
	}
	var tagged [2]json.RawMessage
	var kind string
	var elements []json.RawMessage
	if json.Unmarshal(raw, &tagged) != nil || json.Unmarshal(tagged[0], &kind) != nil || kind != "set" || json.Unmarshal(tagged[1], &elements) != nil {
		return nil, fmt.Errorf("column %s: %s is not a set", column, raw)
	}
	list := make([]string, 0, len(elements))
	for _, e := range elements {
		text, isAtom, err := atom(e)
		if err != nil || !isAtom {
			return nil, fmt.Errorf("column %s: %s is not an atom", column, e)
		}
		list = append(list, text)
	}
	return list, nil
}

// cell says where the value of a column goes.
type cell struct {
	column string
	// to is a *string for one value, a *[]string for a set, or a *map[string]string.
	to any
	// presence says what is an error.
	presence presence
}

// presence says whether a column may be missing or empty.
type presence int

const (
	mayMiss   presence = iota // an older version may not have the column
	mayBeNone                 // every version has the column; a *string may have no value
	required                  // a *string has a value
)

// read reads columns.
func (r row) read(cells ...cell) error {
	var problems []error
	for _, c := range cells {
		problems = append(problems, r.readCell(c))
	}
	return errors.Join(problems...)
}

func (r row) readCell(c cell) error {
	if _, ok := r[c.column]; !ok && c.presence == mayBeNone {
		return fmt.Errorf("column %s: not there", c.column)
	}
	var err error
	switch to := c.to.(type) {
	case *string:
		*to, err = r.optional(c.column)
		if err == nil && *to == "" && c.presence == required {
			err = fmt.Errorf("column %s: no value", c.column)
		}
	case *[]string:
		*to, err = r.atoms(c.column)
	case *map[string]string:
		*to, err = r.pairs(c.column)
	default:
		err = fmt.Errorf("column %s: nothing reads into a %T", c.column, c.to)
	}
	return err
}

// optional reads a column that holds one atom or none.
func (r row) optional(column string) (string, error) {
	list, err := r.atoms(column)
	if err != nil || len(list) == 0 {
		return "", err
	}
	if len(list) > 1 {
		return "", fmt.Errorf("column %s: %d values where one belongs", column, len(list))
	}
	return list[0], nil
}

// pairs reads a column that holds a map from text to text.
func (r row) pairs(column string) (map[string]string, error) {
	raw := r[column]
	var tagged [2]json.RawMessage
	var kind string
	var list [][2]string
	if json.Unmarshal(raw, &tagged) != nil || json.Unmarshal(tagged[0], &kind) != nil || kind != "map" || json.Unmarshal(tagged[1], &list) != nil {
		return nil, fmt.Errorf("column %s: %s is not a map", column, raw)
	}
	pairs := make(map[string]string, len(list))
	for _, p := range list {
		pairs[p[0]] = p[1]
	}
	return pairs, nil
}

// atom reads a text, a number, a boolean or a UUID.
func atom(raw json.RawMessage) (text string, ok bool, err error) {
	trimmed := strings.TrimSpace(string(raw))
	switch {
	case trimmed == "":
		return "", false, errors.New("empty value")
	case trimmed[0] == '"':
		err = json.Unmarshal(raw, &text)
		return text, err == nil, err
	case trimmed[0] == '[':
		var tagged [2]string
		if json.Unmarshal(raw, &tagged) == nil && (tagged[0] == "uuid" || tagged[0] == "named-uuid") {
			return tagged[1], true, nil
		}
		return "", false, nil
	case trimmed[0] == '{', trimmed == "null":
		return "", false, fmt.Errorf("%s where a value belongs", trimmed)
	}
	return trimmed, true, nil
}
