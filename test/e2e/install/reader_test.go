package install

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"

	"sluice/test/harness/cluster"
)

// installs notes which overlay is installed, and does what the cluster does then.
func (r *reader) installs(folder string) {
	r.t.Helper()
	o, err := shared.OverlayIn(r.t.Context(), filepath.Join(r.dir, folder))
	if err != nil {
		r.t.Fatal(err)
	}
	if r.overlay == nil || r.overlay.Manifest != o.Manifest {
		r.overlay = o
		r.pullable()
		r.t.Cleanup(func() {
			if err := shared.RemoveKeeping(context.Background(), o); err != nil {
				r.t.Error(err)
			}
		})
	}
	if _, err := shared.Must(r.t.Context(), cluster.Command{
		User: cluster.Admin, Stdin: r.overlay.Manifest, Args: []string{"apply", "--server-side", "--force-conflicts", "-f", "-"},
	}); err != nil {
		r.t.Fatal(err)
	}
	must(r.t, "", "wait", "--for=condition=Established", "--timeout=60s", "crd/flowexportpolicies.sluice.dev")
	if strings.Contains(o.Manifest, "service.beta.openshift.io/inject-cabundle") {
		if r.tls == "" {
			r.tls = r.t.TempDir()
		}
		if !r.running {
			r.authority = serviceCA(r.t, r.tls)
		}
		injects(r.t, r.authority)
	}
}

// pullable holds the page to images that a node can pull: those of a registry. Here a program
// of this machine takes their place, so that nothing else would tell.
func (r *reader) pullable() {
	r.t.Helper()
	workloads := 0
	for _, u := range r.overlay.Objects {
		if kind := u.GetKind(); kind != "Deployment" && kind != "DaemonSet" {
			continue
		}
		workloads++
		spec, err := r.overlay.PodSpec(u.GetKind(), u.GetName())
		if err != nil {
			r.t.Fatal(err)
		}
		for _, c := range spec.Containers {
			if !strings.HasPrefix(c.Image, "registry.example.com/") {
				r.t.Errorf("the page installs %s %s with the image %q, which nobody can pull", u.GetKind(), u.GetName(), c.Image)
			}
		}
	}
	if workloads == 0 {
		r.t.Error("the overlay runs nothing")
	}
}

// runs starts the webhook, as the Deployment's controller and a kubelet do.
func (r *reader) runs() {
	r.t.Helper()
	if r.running {
		return
	}
	r.running = true
	r.set, _ = serve(r.t, r.overlay, withDirectory(arguments(r.t, r.overlay, "Deployment"), r.tls))
	if err := shared.WaitRefused(r.t.Context(), "192.0.2.1", "sluice/missing-port"); err != nil {
		r.t.Fatal(err)
	}
}

// renders has kubectl read a kustomization of the page, in a folder next to the overlays.
func (r *reader) renders(kustomization string) {
	r.t.Helper()
	dir := filepath.Join(r.dir, "manifests", "overlays", "mine")
	indent := kustomization[:len(kustomization)-len(strings.TrimLeft(kustomization, " "))]
	text := strings.ReplaceAll("\n"+kustomization, "\n"+indent, "\n")
	if err := errors.Join(os.MkdirAll(dir, 0o700), os.WriteFile(filepath.Join(dir, "kustomization.yaml"), []byte(text), 0o600)); err != nil {
		r.t.Fatal(err)
	}
	out, err := shared.Kubectl(r.t.Context(), cluster.Admin, "kustomize", dir)
	if err != nil || !out.OK() || !strings.Contains(out.Stdout, "image: registry.example.com/sluice-webhook") {
		r.t.Errorf("%v: %s\n%s", err, out.Stderr, text)
	}
}
