// Package output writes what the programs print for scripts. Each object carries the API
// version and its kind; keys are in camelCase, and their order never changes.
package output

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"

	"sigs.k8s.io/yaml"

	"sluice/cmd/internal/printable"
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

// JSON writes an object as indented JSON. It escapes nothing for HTML, and all that would control a terminal.
func JSON(w io.Writer, object any) error {
	var text bytes.Buffer
	err := encode(&text, object)
	if err == nil {
		_, err = w.Write(printable.JSON(text.Bytes()))
	}
	if err != nil {
		return fmt.Errorf("write JSON: %w", err)
	}
	return nil
}

func encode(w io.Writer, object any) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(object)
}

// YAML writes the same object as YAML, with sorted keys. YAML has no way to escape a single character that would control
// a terminal outside of quotes; an object with one is written as JSON, which is YAML too.
func YAML(w io.Writer, object any) error {
	var text bytes.Buffer
	if err := encode(&text, object); err != nil {
		return fmt.Errorf("write YAML: %w", err)
	}
	escaped := printable.YAML(text.Bytes())
	out, err := yaml.JSONToYAML(escaped)
	if printable.HasRaw(out) {
		out = escaped
	}
	if err == nil {
		_, err = w.Write(out)
	}
	if err != nil {
		return fmt.Errorf("write YAML: %w", err)
	}
	return nil
}
