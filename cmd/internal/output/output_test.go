package output_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"

	"sluice/cmd/internal/output"
	"sluice/cmd/internal/printable"
)

type object struct {
	output.Type
	Text  string `json:"text"`
	Count int    `json:"count"`
}

func TestFormats(t *testing.T) {
	value := object{output.Of("Example"), "a < b", 2}
	for want, write := range map[string]func(*strings.Builder) error{
		"{\n  \"apiVersion\": \"cli.sluice.dev/v1alpha1\",\n  \"kind\": \"Example\",\n  \"text\": \"a < b\",\n  \"count\": 2\n}\n": func(b *strings.Builder) error { return output.JSON(b, value) },
		"apiVersion: cli.sluice.dev/v1alpha1\ncount: 2\nkind: Example\ntext: a < b\n":                                              func(b *strings.Builder) error { return output.YAML(b, value) },
	} {
		var b strings.Builder
		if err := write(&b); err != nil || b.String() != want {
			t.Errorf("error %v, printed %s", err, b.String())
		}
	}
}

var errClosed = errors.New("closed")

type closed struct{}

func (closed) Write([]byte) (int, error) { return 0, errClosed }

func TestWriteErrorsAreReturned(t *testing.T) {
	if err := output.JSON(closed{}, 1); !errors.Is(err, errClosed) {
		t.Error(err)
	}
	if err := output.YAML(closed{}, 1); !errors.Is(err, errClosed) {
		t.Error(err)
	}
}

// TestTextsAreEscaped: what would control a terminal is escaped in both formats, and the data stays.
func TestTextsAreEscaped(t *testing.T) {
	const text = "\x1b[31m\x7f\u009b\u202e\u2066\u200b\ufeff\U000e0041\nb\r\tc 👍"
	for name, write := range map[string]func(*strings.Builder) error{
		"JSON": func(b *strings.Builder) error { return output.JSON(b, object{Text: text}) },
		"YAML": func(b *strings.Builder) error { return output.YAML(b, object{Text: text}) },
	} {
		var b strings.Builder
		if err := write(&b); err != nil {
			t.Fatal(name, err)
		}
		var got object
		if err := yaml.Unmarshal([]byte(b.String()), &got); name == "YAML" && (err != nil || got.Text != text) {
			t.Errorf("YAML: %v, %q", err, got.Text)
		}
		if err := json.Unmarshal([]byte(b.String()), &got); name == "JSON" && (err != nil || got.Text != text) {
			t.Errorf("JSON: %v, %q", err, got.Text)
		}
		if printable.HasRaw([]byte(b.String())) {
			t.Errorf("%s: %q", name, b.String())
		}
	}
}
