package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"sigs.k8s.io/yaml"
)

// objects writes one page for each CRD.
func objects(dir string, pages map[string]string) error {
	files, err := filepath.Glob(filepath.Join(dir, "sluice.dev_*.yaml"))
	if err != nil {
		return err
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return fmt.Errorf("read a CRD: %w", err)
		}
		var crd apiextensionsv1.CustomResourceDefinition
		if err := yaml.UnmarshalStrict(text, &crd); err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		pages[strings.ToLower(crd.Spec.Names.Kind)+".md"] = object(crd)
	}
	return nil
}

func object(crd apiextensionsv1.CustomResourceDefinition) string {
	var b strings.Builder
	names := crd.Spec.Names
	version := crd.Spec.Versions[0]
	schema := version.Schema.OpenAPIV3Schema
	fmt.Fprintf(&b, "%s# %s\n\n%s\n\n", generated, names.Kind, unwrap(schema.Description))
	fmt.Fprintf(&b, "| | |\n|---|---|\n| Group and version | `%s/%s` |\n| Resource | `%s` |\n| Short names | `%s` |\n| Scope | %s |\n\n",
		crd.Spec.Group, version.Name, names.Plural, strings.Join(names.ShortNames, "`, `"), crd.Spec.Scope)
	for _, part := range []string{"spec", "status"} {
		if s, ok := schema.Properties[part]; ok {
			fmt.Fprintf(&b, "## %s\n\n", part)
			if s.Description != "" {
				fmt.Fprintf(&b, "%s\n\n", unwrap(s.Description))
			}
			b.WriteString("| Field | Type | Description |\n|---|---|---|\n")
			fields(&b, part, s)
			b.WriteString("\n")
		}
	}
	if len(version.AdditionalPrinterColumns) > 0 {
		b.WriteString("## Columns of kubectl get\n\n| Column | Value |\n|---|---|\n")
		for _, c := range version.AdditionalPrinterColumns {
			wide := ""
			if c.Priority > 0 {
				wide = " (with `-o wide`)"
			}
			fmt.Fprintf(&b, "| %s%s | `%s` |\n", strings.ToUpper(c.Name), wide, strings.ReplaceAll(c.JSONPath, "|", "\\|"))
		}
	}
	return b.String()
}

// fields writes a row for each field under a path.
func fields(b *strings.Builder, path string, s apiextensionsv1.JSONSchemaProps) {
	for _, name := range keys(s.Properties) {
		field := s.Properties[name]
		at := path + "." + name
		inner := field
		kind := field.Type
		switch {
		case field.Type == "array" && field.Items != nil && field.Items.Schema != nil:
			at += "[]"
			inner = *field.Items.Schema
			kind = "list of " + inner.Type
		case field.XIntOrString:
			kind = "integer or string"
		case field.Format != "" && field.Type == "string":
			kind = field.Type + " (" + field.Format + ")"
		}
		if slices.Contains(s.Required, name) {
			kind += ", required"
		}
		fmt.Fprintf(b, "| `%s` | %s | %s |\n", at, kind, cell(unwrap(field.Description)+limits(field, inner)))
		fields(b, at, inner)
	}
}

// limits describes the values that a field can have.
func limits(field, inner apiextensionsv1.JSONSchemaProps) string {
	var list []string
	if len(inner.Enum) > 0 {
		var values []string
		for _, v := range inner.Enum {
			values = append(values, "`"+strings.Trim(string(v.Raw), `"`)+"`")
		}
		list = append(list, "One of "+strings.Join(values, ", ")+".")
	}
	switch {
	case inner.Minimum != nil && inner.Maximum != nil:
		list = append(list, fmt.Sprintf("From %v to %v.", number(*inner.Minimum), number(*inner.Maximum)))
	case inner.Minimum != nil:
		list = append(list, fmt.Sprintf("At least %v.", number(*inner.Minimum)))
	}
	if field.MaxItems != nil {
		list = append(list, fmt.Sprintf("At most %d items.", *field.MaxItems))
	}
	if field.Default != nil {
		list = append(list, "Default `"+strings.Trim(string(field.Default.Raw), `"`)+"`.")
	}
	if list == nil {
		return ""
	}
	return " " + strings.Join(list, " ")
}

func number(f float64) int64 { return int64(f) }

func keys(properties map[string]apiextensionsv1.JSONSchemaProps) []string {
	names := make([]string, 0, len(properties))
	for name := range properties {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// unwrap joins the lines of a paragraph.
func unwrap(text string) string { return strings.Join(strings.Fields(text), " ") }

// cell escapes a text for a table.
func cell(text string) string { return strings.ReplaceAll(strings.TrimSpace(text), "|", "\\|") }
