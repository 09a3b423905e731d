package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// TestPlotsAreThoseOfTheResults: what is in docs/images was drawn from what is in docs.
func TestPlotsAreThoseOfTheResults(t *testing.T) {
	folder := t.TempDir()
	if err := drawAll("../../docs/benchmarks-applier.md", "../../docs/install/failure-modes.md", folder); err != nil {
		t.Fatal(err)
	}
	files := []string{matrixFile}
	for _, c := range charts() {
		files = append(files, c.file)
	}
	for _, file := range files {
		got, err := os.ReadFile(filepath.Join(folder, file))
		if err != nil {
			t.Fatal(err)
		}
		want, err := os.ReadFile(filepath.Join("../../docs/images", file))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("docs/images/%s is not drawn from the results; run \"go run .\" in hack/plots", file)
		}
	}
}

func TestNumbers(t *testing.T) {
	for cell, want := range map[string]float64{"37.23 ms (42.54 ms)": 37.23, "1 s": 1000, "72518": 72518} {
		if got, err := number(cell); err != nil || got != want {
			t.Errorf("%q: %v, %v", cell, got, err)
		}
	}
	for _, cell := range []string{"", "(no-op) 6.97 ms"} {
		if got, err := number(cell); err == nil {
			t.Errorf("%q: %v", cell, got)
		}
	}
}

func TestATableThatThePictureDoesNotKnow(t *testing.T) {
	for name, page := range map[string]string{
		"no table":          "text",
		"another outcome":   "| A | B |\n|---|---|\n| x | explodes |\n",
		"a cell is missing": "| A | B |\n|---|---|\n| x |\n",
	} {
		if svg, err := drawMatrix(page); err == nil {
			t.Errorf("%s: %s", name, svg)
		}
	}
}
