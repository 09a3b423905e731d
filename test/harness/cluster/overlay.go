package cluster

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/yaml"
	sigsyaml "sigs.k8s.io/yaml"
)

// Overlay is one of manifests/overlays, or one of a user's own, as kubectl renders it.
type Overlay struct {
	Name, Manifest string
	Objects        []unstructured.Unstructured
}

// Overlay renders an overlay of the repository.
func (c *ControlPlane) Overlay(ctx context.Context, name string) (*Overlay, error) {
	root, err := Root(ctx)
	if err != nil {
		return nil, err
	}
	return c.OverlayIn(ctx, filepath.Join(root, "manifests", "overlays", name))
}

// OverlayIn renders the overlay in a folder.
func (c *ControlPlane) OverlayIn(ctx context.Context, dir string) (*Overlay, error) {
	r, err := c.Must(ctx, Command{User: Admin, Args: []string{"kustomize", dir}})
	if err != nil {
		return nil, err
	}
	name := filepath.Base(dir)
	o := &Overlay{Name: name, Manifest: r.Stdout}
	decoder := yaml.NewYAMLOrJSONDecoder(strings.NewReader(r.Stdout), 4096)
	for {
		var u unstructured.Unstructured
		err := decoder.Decode(&u.Object)
		if errors.Is(err, io.EOF) {
			return o, nil
		}
		if err != nil {
			return nil, fmt.Errorf("read the overlay %s: %w", name, err)
		}
		if len(u.Object) > 0 {
			o.Objects = append(o.Objects, u)
		}
	}
}

// PodSpec is that of a Deployment or DaemonSet.
func (o *Overlay) PodSpec(kind, name string) (corev1.PodSpec, error) {
	i := slices.IndexFunc(o.Objects, func(u unstructured.Unstructured) bool { return u.GetKind() == kind && u.GetName() == name })
	if i < 0 {
		return corev1.PodSpec{}, fmt.Errorf("the overlay %s has no %s %s", o.Name, kind, name)
	}
	var d appsv1.Deployment // a DaemonSet has the template in the same field
	err := runtime.DefaultUnstructuredConverter.FromUnstructured(o.Objects[i].Object, &d)
	return d.Spec.Template.Spec, err
}

// Manifests returns the manifests of the objects that a predicate selects.
func (o *Overlay) Manifests(of func(unstructured.Unstructured) bool) (string, error) {
	var b strings.Builder
	for _, u := range o.Objects {
		if !of(u) {
			continue
		}
		text, err := sigsyaml.Marshal(u.Object)
		if err != nil {
			return "", fmt.Errorf("write %s: %w", u.GetName(), err)
		}
		b.WriteString("---\n" + string(text))
	}
	return b.String(), nil
}

// Apply installs the overlay as a GitOps tool does, and waits for its CRDs.
func (c *ControlPlane) Apply(ctx context.Context, o *Overlay) (Result, error) {
	r, err := c.Must(ctx, Command{User: Admin, Stdin: o.Manifest, Args: []string{"apply", "--server-side", "--field-manager=gitops", "-f", "-"}})
	if err != nil {
		return r, err
	}
	wait := []string{"wait", "--for=condition=Established", "--timeout=60s", "crd/flowexportpolicies.sluice.dev", "crd/flowexportprofiles.sluice.dev", "crd/nodeflowexports.sluice.dev", "crd/flowexports.sluice.dev"}
	_, err = c.Must(ctx, Command{User: Admin, Args: wait})
	return r, err
}

// Remove deletes the objects of an overlay.
func (c *ControlPlane) Remove(ctx context.Context, o *Overlay) error {
	return c.removeBut(ctx, o, "Namespace")
}

// RemoveKeeping deletes the objects of an overlay, except CRDs: other tests need them, and the API
// server takes long to delete a CRD repeatedly.
func (c *ControlPlane) RemoveKeeping(ctx context.Context, o *Overlay) error {
	return c.removeBut(ctx, o, "Namespace", crdKind)
}

// removeBut deletes the objects of other kinds, and then the namespaces.
func (c *ControlPlane) removeBut(ctx context.Context, o *Overlay, kinds ...string) error {
	text, err := o.Manifests(func(u unstructured.Unstructured) bool { return !slices.Contains(kinds, u.GetKind()) })
	if err != nil {
		return err
	}
	if _, err = c.Must(ctx, Command{User: Admin, Stdin: text, Args: []string{"delete", "--ignore-not-found", "--wait=false", "-f", "-"}}); err != nil {
		return err
	}
	for _, u := range o.Objects {
		if u.GetKind() == crdKind && !slices.Contains(kinds, crdKind) {
			if err := c.gone(ctx, u.GetName()); err != nil {
				return err
			}
		}
	}
	for _, u := range o.Objects {
		if u.GetKind() == "Namespace" {
			if err := c.RemoveNamespace(ctx, u.GetName()); err != nil {
				return err
			}
		}
	}
	return nil
}

const crdKind = "CustomResourceDefinition"

// gone waits until a CRD is deleted. That can take minutes, because the controller of the API server
// that deletes its objects waits longer after each attempt, unless the CRD changes.
func (c *ControlPlane) gone(ctx context.Context, name string) error {
	for attempt := range 18 {
		r, err := c.Run(ctx, Command{User: Admin, Args: []string{"wait", "--for=delete", "--timeout=10s", "crd/" + name}})
		if err != nil || r.OK() {
			return err
		}
		change := []string{"annotate", "crd", name, "--overwrite", fmt.Sprintf("example.com/attempt=%d", attempt)}
		if _, err := c.Run(ctx, Command{User: Admin, Args: change}); err != nil { // it may be deleted already
			return err
		}
	}
	return fmt.Errorf("the CRD %s is still there after 3 minutes", name)
}
