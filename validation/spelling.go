package validation

import "strings"

// Misspells reports whether a key is probably meant to be name: in another case, with one
// letter too many, too few or wrong, or with two letters swapped.
func Misspells(key, name string) bool {
	if len(key) < len(name)-1 || len(key) > len(name)+1 {
		return false
	}
	key, name = strings.ToLower(key), strings.ToLower(name)
	if len(key) > len(name) {
		key, name = name, key
	}
	i := 0
	for i < len(key) && key[i] == name[i] {
		i++
	}
	switch {
	case len(key) < len(name):
		return key[i:] == name[i+1:]
	case i == len(key) || key[i+1:] == name[i+1:]:
		return true
	}
	return key[i] == name[i+1] && key[i+1] == name[i] && key[i+2:] == name[i+2:]
}

// fieldNames lists the keys of formats.
func fieldNames(formats []Format) string {
	var names []string
	for _, f := range formats {
		names = append(names, `"`+f.Field()+`"`)
	}
	return strings.Join(names, ", ")
}

func formatMeant(key string, formats []Format) string {
	for _, f := range formats {
		if Misspells(key, f.Field()) {
			return f.Field()
		}
	}
	return ""
}
