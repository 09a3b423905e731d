package document

import (
	"bytes"
	"errors"
	"io"

	"go.yaml.in/yaml/v3"
)

const byteOrderMark = "\uFEFF"

// Parse returns the documents in a file that Sluice reviews. Each item of a list is a document. An
// error means that the rest of the file can't be read; the documents before it are returned too.
func Parse(name string, data []byte) ([]Document, error) {
	r := reader{file: name, budget: len(data) + extraValues}
	var notJSON error
	if text := bytes.TrimPrefix(data, []byte(byteOrderMark)); looksLikeJSON(text) {
		roots, err := parseJSON(name, text)
		if err == nil {
			err = r.objects(roots)
			return r.documents, err
		}
		notJSON = err
	}
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	for {
		var root yaml.Node
		err := decoder.Decode(&root)
		switch {
		case errors.Is(err, io.EOF):
			return r.documents, nil
		case err != nil && notJSON != nil:
			return r.documents, notJSON
		case err != nil:
			return r.documents, syntaxError(name, data, err)
		}
		if err := r.objects(root.Content); err != nil {
			return r.documents, err
		}
	}
}

// objects reads the top-level objects of a file.
func (r *reader) objects(roots []*yaml.Node) error {
	for _, root := range roots {
		if err := r.object(root, typeMeta{}, 0); err != nil {
			return err
		}
	}
	return nil
}
