package validation

import (
	"slices"
	"strings"
)

// repeats tells for each member whether its key repeats an earlier one. It allocates nothing
// for the usual two or three members, and stays linear for any number of them.
func repeats(members []Member) func(i int) bool {
	if len(members) <= smallKeys {
		return func(i int) bool {
			return slices.ContainsFunc(members[:i], func(m Member) bool { return m.Key == members[i].Key })
		}
	}
	first := make(map[string]int, len(members))
	for i, m := range members {
		if _, again := first[m.Key]; !again {
			first[m.Key] = i
		}
	}
	return func(i int) bool { return first[members[i].Key] < i }
}

// fieldPath is the path of a key that any user may have chosen.
func fieldPath(parent, key string) string {
	plain := key != "" && len(key) <= maxQuoted && !strings.ContainsFunc(key, func(c rune) bool {
		return (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '-' && c != '_' && c != '.'
	})
	if plain {
		return parent + "." + key
	}
	return parent + "[" + Quote(key) + "]"
}

func duplicateField(parent string, m Member) Finding {
	return DuplicateField(fieldPath(parent, m.Key), m.Position)
}

// DuplicateField is the finding about a key, at the path field, that repeats an earlier one.
func DuplicateField(field string, at Position) Finding {
	return Finding{
		Rule: RuleDuplicateField, Field: field, Position: at,
		Message: "duplicate key: only one of the two values would be kept; remove one",
	}
}

// RuleDuplicateField finds the same key more than once in one object.
const RuleDuplicateField Rule = "duplicate-field"

func duplicateKey() Check {
	return Check{
		Rule: RuleDuplicateField, Effect: Rejects,
		Summary: "The same key more than once in one object; only one of the values would be kept",
		Example: "`netFlow:` appears more than once in one object; readers keep one of the values and drop the others.\n" +
			`Write one block that lists all of the collectors.`,
	}
}
