package main

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sluice/validation"
)

func TestThePageIsUpToDate(t *testing.T) {
	stored, err := os.ReadFile("../../docs/rules.md")
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	if err := write(&b, validation.Rules()); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(b.String(), string(stored)); diff != "" {
		t.Errorf("docs/rules.md is out of date; run: go run ./hack/rules > docs/rules.md (-want +got)\n%s", diff)
	}
}
