package ovs

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// jsonPairs writes the pairs of a map in one spelling; empty for none.
func jsonPairs(pairs map[string]string) string {
	if len(pairs) == 0 {
		return ""
	}
	text, _ := json.Marshal(pairs) // texts always have an encoding
	return string(text)
}

// pairsOf reads what jsonPairs wrote. Other texts have no pairs.
func pairsOf(text string) map[string]string {
	pairs := map[string]string{}
	if json.Unmarshal([]byte(text), &pairs) != nil {
		return nil
	}
	return pairs
}

// textMap writes pairs as ovs-vsctl reads them.
func textMap(pairs map[string]string) string {
	var list []string
	for _, key := range slices.Sorted(maps.Keys(pairs)) {
		list = append(list, quote(key)+"="+quote(pairs[key]))
	}
	return "{" + strings.Join(list, ",") + "}"
}

// readSetting reads a column of an exporter, if it is set. A column that can't be empty is not set
// either while it has its default.
func (r row) readSetting(c Column, to Settings) error {
	if _, exists := r[string(c.Name)]; !exists {
		return nil
	}
	if c.Map {
		pairs, err := r.pairs(string(c.Name))
		if text := jsonPairs(pairs); text != "" {
			to[c.Name] = text
		}
		return err
	}
	values, err := r.atoms(string(c.Name))
	switch {
	case err != nil:
		return err
	case len(values) > 1:
		return fmt.Errorf("column %s: %d values where one belongs", c.Name, len(values))
	case len(values) == 1 && (!c.Boolean || values[0] != c.Default):
		to[c.Name] = values[0]
	}
	return nil
}
