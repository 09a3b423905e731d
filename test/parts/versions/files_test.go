package versions

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
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
func documents(file string, data []byte) (list []document, err error) {
	for reader := yamlreader.NewYAMLReader(bufio.NewReader(bytes.NewReader(data))); ; {
		text, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return list, nil
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		var value any
		if err := yaml.Unmarshal(text, &value); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		if _, ok := value.(map[string]any); !ok {
			continue
		}
		d := document{file: file, text: text}
		if err := yaml.Unmarshal(text, &d.PartialObjectMetadata); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		list = append(list, d)
	}
}

// manifests are the objects in all files below manifests/, which are not templates. Many tests read them, and it takes seconds.
var manifests = sync.OnceValues(func() (list []document, err error) {
	err = filepath.WalkDir("../../../manifests", func(path string, entry fs.DirEntry, err error) error {
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
		objects, err := documents(path, data)
		list = append(list, objects...)
		return err
	})
	return list, err
})

// shipped returns the objects of a kind.
func shipped(t *testing.T, kind string) (list []document) {
	t.Helper()
	all, err := manifests()
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range all {
		if d.Kind == kind {
			list = append(list, d)
		}
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
