package serve

import (
	"embed"
	"fmt"
	"io/fs"
	"net/http"
	"path"
)

//go:embed assets
var assets embed.FS

// contentType is the type of a file, whatever the machine says.
func contentType(name string) string {
	switch path.Ext(name) {
	case ".html":
		return "text/html; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	}
	return "application/octet-stream"
}

// files adds the handlers of the page's files: each by its own path, so that no other path exists.
func files(mux *http.ServeMux) error {
	list, err := fs.ReadDir(assets, "assets")
	if err != nil {
		return fmt.Errorf("read the page: %w", err)
	}
	for _, file := range list {
		name := file.Name()
		content, err := fs.ReadFile(assets, "assets/"+name)
		if err != nil {
			return fmt.Errorf("read the page: %w", err)
		}
		pattern := "GET /" + name
		if name == "index.html" {
			pattern = "GET /{$}"
		}
		mux.HandleFunc(pattern, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", contentType(name))
			_, _ = w.Write(content) // the browser may be gone
		})
	}
	return nil
}
