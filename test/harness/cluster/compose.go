package cluster

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Compose writes an overlay of one's own into a folder. Resources and components are separated by commas;
// @ is the folder with the manifests.
func Compose(dir, manifests, resources, components string) error {
	relative, err := filepath.Rel(dir, manifests)
	if err != nil {
		return fmt.Errorf("compose an overlay: %w", err)
	}
	text := strings.ReplaceAll(fmt.Sprintf("resources: [%s]\ncomponents: [%s]\n", resources, components), "@", filepath.ToSlash(relative))
	if err := os.WriteFile(filepath.Join(dir, "kustomization.yaml"), []byte(text), 0o600); err != nil {
		return fmt.Errorf("compose an overlay: %w", err)
	}
	return nil
}
