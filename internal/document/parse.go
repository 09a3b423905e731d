package document

import (
	"bytes"
	"errors"
	"io"

	"go.yaml.in/yaml/v3"
)

const byteOrderMark = "\uFEFF"

// Parse reads all documents of a file. The items of a list are documents of their own;
// objects that Sluice doesn't judge are left out. An error says that the file can't be
// read any further; the documents before that place are returned with it.
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

// objects reads the objects that stand side by side in a file.
func (r *reader) objects(roots []*yaml.Node) error {
	for _, root := range roots {
		if err := r.object(root, typeMeta{}, 0); err != nil {
			return err
		}
	}
	return nil
}
