// Command bundle writes a bundle for OLM in the format registry+v1, and next to it the objects that
// OLM can't install. It reads the output of kustomize for manifests/overlays/openshift, or for an
// overlay based on it. manifests/olm/README.md explains the division.
package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/yaml"
	sigsyaml "sigs.k8s.io/yaml"
)

// object is one manifest.
type object = unstructured.Unstructured

// header is the first line of each file.
const header = "# Written by \"make generate\" from manifests/overlays/openshift.\n"

func main() {
	var r release
	flag.StringVar(&r.version, "version", "0.1.0", "version of the bundle")
	flag.StringVar(&r.webhook, "image", "", "image of the webhook (default: that of the overlay)")
	flag.StringVar(&r.agent, "agent-image", "", "image of the agent (default: that of the overlay)")
	out := flag.String("o", "manifests/olm", "folder to write to")
	flag.Parse()
	if err := run(os.Stdin, *out, r); err != nil {
		fmt.Fprintln(os.Stderr, "bundle:", err)
		os.Exit(1)
	}
}

// run reads the overlay and writes all files.
func run(in io.Reader, out string, r release) error {
	objects, err := read(in)
	if err != nil {
		return err
	}
	p := divide(objects)
	r.place(p)
	csv, err := r.csv(p)
	if err != nil {
		return err
	}
	manifests := filepath.Join(out, "manifests")
	cluster := filepath.Join(out, "cluster")
	if err := errors.Join(os.RemoveAll(manifests), os.MkdirAll(manifests, 0o750), os.MkdirAll(cluster, 0o750)); err != nil {
		return err
	}
	if err := write(filepath.Join(manifests, "sluice.clusterserviceversion.yaml"), csv); err != nil {
		return err
	}
	for _, o := range p.bundle {
		if err := write(filepath.Join(manifests, fileName(o)), o.Object); err != nil {
			return err
		}
	}
	var rest []map[string]any
	for _, o := range p.cluster {
		rest = append(rest, o.Object)
	}
	return write(filepath.Join(cluster, "objects.yaml"), rest...)
}

// read parses the output of kustomize.
func read(in io.Reader) ([]object, error) {
	var objects []object
	for decoder := yaml.NewYAMLOrJSONDecoder(in, 4096); ; {
		var o object
		err := decoder.Decode(&o.Object)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("read the overlay: %w", err)
		}
		objects = append(objects, o)
	}
	if len(objects) == 0 {
		return nil, errors.New("read the overlay: standard input is empty; pipe \"kubectl kustomize manifests/overlays/openshift\" into this command")
	}
	return objects, nil
}

// write writes objects as one file.
func write(path string, objects ...map[string]any) error {
	var b bytes.Buffer
	b.WriteString(header)
	for i, o := range objects {
		text, err := sigsyaml.Marshal(o)
		if err != nil {
			return fmt.Errorf("write %s: %w", path, err)
		}
		if i > 0 {
			b.WriteString("---\n")
		}
		b.Write(text)
	}
	return os.WriteFile(path, b.Bytes(), 0o644) //nolint:gosec // manifests are public
}
