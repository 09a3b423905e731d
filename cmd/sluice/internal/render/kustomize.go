package render

import (
	"fmt"

	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
)

// Kustomize returns the objects of a kustomization, as "kubectl kustomize" prints them, with the
// defaults of kubectl: files outside of the root are refused, and no plugins run. As there, a remote
// base is fetched with git.
func Kustomize(directory string) ([]byte, error) {
	resources, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(filesys.MakeFsOnDisk(), directory)
	if err != nil {
		return nil, fmt.Errorf("kustomize %s: %w", directory, err)
	}
	text, err := resources.AsYaml()
	if err != nil {
		return nil, fmt.Errorf("kustomize %s: %w", directory, err)
	}
	return text, nil
}
