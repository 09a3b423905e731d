// Package output writes what the programs print for scripts. Each object carries the API
// version and its kind; keys are in camelCase, and their order never changes.
package output

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"

	"sigs.k8s.io/yaml"
)

// APIVersion is the version of all objects that the programs print.
const APIVersion = "cli.sluice.dev/v1alpha1"

// Type is embedded as the first field of each object.
type Type struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
}

// Of returns the type of an object of a kind.
func Of(kind string) Type { return Type{APIVersion, kind} }

// JSON writes an object as indented JSON. It escapes nothing for HTML.
func JSON(w io.Writer, object any) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(object); err != nil {
		return fmt.Errorf("write JSON: %w", err)
	}
	return nil
}

// YAML writes the same object as YAML, with sorted keys.
func YAML(w io.Writer, object any) error {
	var text bytes.Buffer
	if err := JSON(&text, object); err != nil {
		return err
	}
	out, err := yaml.JSONToYAML(text.Bytes())
	if err == nil {
		_, err = w.Write(out)
	}
	if err != nil {
		return fmt.Errorf("write YAML: %w", err)
	}
	return nil
}
