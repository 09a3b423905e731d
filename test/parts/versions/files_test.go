package versions

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	yamlreader "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/yaml"
)

// document is one object of a file below manifests/.
type document struct {
	file string
	metav1.PartialObjectMetadata
	text []byte
}

// documents reads the objects of YAML text; patches, which are lists, are left out.
func documents(t *testing.T, file string, data []byte) (list []document) {
	t.Helper()
	for reader := yamlreader.NewYAMLReader(bufio.NewReader(bytes.NewReader(data))); ; {
		text, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return list
		}
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		var value any
		if err := yaml.Unmarshal(text, &value); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		if _, ok := value.(map[string]any); !ok {
			continue
		}
		d := document{file: file, text: text}
		if err := yaml.Unmarshal(text, &d.PartialObjectMetadata); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		list = append(list, d)
	}
}

// shipped returns the objects of a kind in all files below manifests/, which are not
// templates.
func shipped(t *testing.T, kind string) (list []document) {
	t.Helper()
	err := filepath.WalkDir("../../../manifests", func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && entry.Name() == "templates":
			return fs.SkipDir
		case entry.IsDir() || !strings.HasSuffix(path, ".yaml"):
			return nil
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, d := range documents(t, path, data) {
			if d.Kind == kind {
				list = append(list, d)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(list) == 0 {
		t.Fatalf("manifests/ has no %s", kind)
	}
	return list
}

// shippedAs returns the shipped objects of one name.
func shippedAs(t *testing.T, kind, name string) (list []document) {
	t.Helper()
	for _, d := range shipped(t, kind) {
		if d.Name == name {
			list = append(list, d)
		}
	}
	if len(list) == 0 {
		t.Fatalf("manifests/ has no %s %s", kind, name)
	}
	return list
}

// into decodes a document.
func into[T any](t *testing.T, d document) (value T) {
	t.Helper()
	if err := yaml.UnmarshalStrict(d.text, &value); err != nil {
		t.Fatalf("%s: %v", d.file, err)
	}
	return value
}
