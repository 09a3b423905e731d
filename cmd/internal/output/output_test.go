package output_test

import (
	"errors"
	"strings"
	"testing"

	"sluice/cmd/internal/output"
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
