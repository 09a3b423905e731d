package install

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sluice/test/harness/cluster"
	"sluice/test/harness/replicas"
	"sluice/test/harness/testca"
)

// notHere are commands that need what this machine has not: nodes, controllers, pods. Each
// has a test of another kind, or none is possible.
var notHere = map[string]string{
	"make image":  "test/e2e/images builds what can be built here",
	"docker push": "there is no registry",
	"-n sluice-agent rollout status daemonset/sluice-agent": "there is no kubelet; test/e2e/applier runs agents",
	"-n sluice-system logs deployment/sluice-webhook":       "there are no pods",
	"delete --ignore-not-found -k manifests/overlays/mine":  "TestEachOverlayComesAndGoes does it",
	"--cascade=foreground daemonset/sluice-agent":           "there is no controller that ends pods",
	"-n sluice-system logs deployment/sluice-controller":    "there are no pods",
	"create configmap sluice-client-ca":                     "the page does not issue the certificate; TestOnlyTheAPIServerMayAsk does",
	"sluice status":                                         "there are no nodes; test/e2e/applier has them",
	"wait --for=condition=Ready flowexportpolicy":           "there is no policy; test/e2e/staleness waits for one",
	"wait nodeflowexports":                                  "there are no agents; test/e2e/applier has them",
}

// TestTheInstallPages does what each page under docs/install says. Every line that a page
// shows as an answer has to be part of the answer.
func TestTheInstallPages(t *testing.T) {
	for _, page := range []struct {
		name string
		// before is installed and running when the page is opened.
		before string
		// bare is a cluster without a Network.
		bare bool
	}{{name: "images"}, {name: "README"}, {name: "openshift"}, {name: "kubernetes", bare: true}, {name: "hypershift"}, {name: "gitops"}, {name: "failure-modes", before: "openshift"}, {name: "callers", before: "openshift"}} {
		t.Run(page.name, func(t *testing.T) {
			if page.bare && shared.Minor < 31 {
				if text := pageText(t, "docs/install/kubernetes.md"); !strings.Contains(text, "You need Kubernetes 1.31 or later") {
					t.Error("the page does not say that it is about later versions; TestEachOverlayComesAndGoes shows that the API server refuses its overlay")
				}
				return
			}
			r := &reader{t: t, dir: desk(t)}
			if page.bare {
				withoutNetwork(t)
			}
			if page.before != "" {
				r.renders(mine(page.before))
				r.installs("manifests/overlays/mine")
				r.runs()
			}
			text, err := os.ReadFile(filepath.Join(root(t), "docs", "install", page.name+".md"))
			if err != nil {
				t.Fatal(err)
			}
			r.follow(string(text))
		})
	}
}

// mine is an overlay of one's own, as the pages show it.
func mine(overlay string) string {
	return "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: [../" + overlay + "]\n" +
		"images: [{name: sluice-webhook, newName: registry.example.com/sluice-webhook}, {name: sluice-agent, newName: registry.example.com/sluice-agent}]\n"
}

// TestEachPageBeginsWithTheImages: no page applies anything before it has led to the page
// about the images, or says itself how to build and push them, and before it has named them.
// What TestTheInstallPages follows must name images of a registry.
func TestEachPageBeginsWithTheImages(t *testing.T) {
	for _, page := range []string{"README.md", "docs/install/README.md", "docs/install/openshift.md", "docs/install/kubernetes.md", "docs/install/hypershift.md", "docs/install/gitops.md", "manifests/olm/README.md"} {
		before, _, applies := strings.Cut(pageText(t, page), " -k ")
		if !applies && page != "docs/install/gitops.md" {
			t.Errorf("%s applies nothing", page)
		}
		if !strings.Contains(before, "images.md)") && missing(before, imageCommands()) != nil {
			t.Errorf("%s applies manifests before it links to images.md", page)
		}
		// The README leaves the overlay to the page about the images.
		if page != "README.md" && !strings.Contains(before, "\nimages:\n") {
			t.Errorf("%s applies manifests before it names the images", page)
		}
	}
}

// TestTheAgentsEndBeforeTheProfilesAreDeleted: the pages that delete the CRDs end the agents before.
func TestTheAgentsEndBeforeTheProfilesAreDeleted(t *testing.T) {
	for page, crds := range map[string]string{
		"docs/install/README.md":          "$ kubectl delete --ignore-not-found -k manifests/overlays/mine",
		"manifests/olm/README.md":         "oc delete crd",
		"manifests/helm/sluice/README.md": "",
	} {
		agents := "--cascade=foreground daemonset/sluice-agent"
		if page == "manifests/olm/README.md" {
			agents = "$ oc delete --ignore-not-found -k manifests/olm/cluster" // waits for the namespace of the agents
		}
		_, after, ends := strings.Cut(pageText(t, page), agents)
		if !ends || !strings.Contains(after, crds) {
			t.Errorf("%s does not end the agents, or not before it deletes the CRDs", page)
		}
	}
}

// TestTheImagesAreDescribedOnce: the other pages link to docs/install/images.md.
func TestTheImagesAreDescribedOnce(t *testing.T) {
	if parts := missing(pageText(t, "docs/install/images.md"), imageCommands()); parts != nil {
		t.Errorf("docs/install/images.md has no %q", parts)
	}
	pages := []string{"manifests/olm/README.md", "manifests/helm/sluice/README.md"}
	files, err := filepath.Glob(filepath.Join(root(t), "docs", "install", "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		pages = append(pages, "docs/install/"+filepath.Base(file))
	}
	for _, page := range pages {
		text := pageText(t, page)
		if page == "docs/install/images.md" {
			continue
		}
		if strings.Contains(text, "$ make image ") {
			t.Errorf("%s describes how to build the images; link to docs/install/images.md instead", page)
		}
		if strings.Contains(text, "\nimages:\n") && !strings.Contains(text, "images.md)") && page != "docs/install/failure-modes.md" {
			t.Errorf("%s names images and has no link to docs/install/images.md", page)
		}
	}
}

// imageCommands are the commands that build and push the images.
func imageCommands() []string {
	return []string{"$ make image ", "$ docker push registry.example.com/sluice-webhook:", "$ docker push registry.example.com/sluice-agent:"}
}

// missing are the parts that a text does not contain, nil if it contains all.
func missing(text string, parts []string) []string {
	var list []string
	for _, part := range parts {
		if !strings.Contains(text, part) {
			list = append(list, part)
		}
	}
	return list
}

// pageText is the text of a page, by its path in the repository.
func pageText(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root(t), filepath.FromSlash(path)))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// desk is a folder with what the commands name: the manifests, the programs, a repository.
func desk(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	plugin, err := cluster.BuildPlugin(t.Context(), filepath.Join(dir, "bin"))
	if err != nil {
		t.Fatal(err)
	}
	assets, err := cluster.Assets(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	network := "apiVersion: operator.openshift.io/v1\nkind: Network\nmetadata: {name: cluster}\nspec:\n  exportNetworkFlows:\n    netFlow:\n      collectors:\n      - 192.0.2.1:02055\n"
	err = errors.Join(
		os.Mkdir(filepath.Join(dir, "clusters"), 0o700),
		os.WriteFile(filepath.Join(dir, "clusters", "network.yaml"), []byte(network), 0o600),
		os.CopyFS(filepath.Join(dir, "manifests"), os.DirFS(filepath.Join(root(t), "manifests"))),
		os.Symlink(checker, filepath.Join(filepath.Dir(plugin), "sluice")),
		os.Symlink(filepath.Join(assets, "kubectl"), filepath.Join(filepath.Dir(plugin), "kubectl")),
		os.Symlink(filepath.Join(assets, "kubectl"), filepath.Join(filepath.Dir(plugin), "oc")),
	)
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// withoutNetwork takes the Network away, until the end of the test.
func withoutNetwork(t *testing.T) {
	t.Helper()
	must(t, "", "delete", "network.operator", "cluster")
	t.Cleanup(func() {
		ctx := context.Background()
		_, err := shared.Must(ctx, cluster.Command{User: cluster.Admin, Args: []string{"delete", "network.operator", "cluster", "--ignore-not-found"}})
		if err := errors.Join(err, shared.InstallOpenShift(ctx)); err != nil {
			t.Error(err)
		}
	})
}

// reader is somebody who does what a page says.
type reader struct {
	t       *testing.T
	dir     string
	overlay *cluster.Overlay
	running bool
	// set is what runs.
	set *replicas.Set
	// tls is the directory of the service CA's certificate.
	tls       string
	authority *testca.Authority
}

// follow does all commands of a page.
func (r *reader) follow(page string) {
	r.t.Helper()
	commands := 0
	for i, block := range strings.Split(page, "```") {
		if yaml, ok := strings.CutPrefix(block, "yaml\n"); ok && i%2 == 1 && strings.Contains(yaml, "kustomize.config.k8s.io") {
			r.renders(yaml)
		}
		if i%2 == 0 || !strings.HasPrefix(block, "console\n") {
			continue
		}
		for _, step := range strings.Split("\n"+strings.TrimPrefix(block, "console\n"), "\n$ ")[1:] {
			r.step(step)
			commands++
		}
		// Blocks in lists are indented.
		for _, step := range strings.Split("\n"+strings.TrimPrefix(block, "console\n"), "\n  $ ")[1:] {
			r.step(step)
			commands++
		}
	}
	if commands == 0 {
		r.t.Error("the page has no commands")
	}
}

// step does one command, or what a cluster would do meanwhile.
func (r *reader) step(text string) {
	r.t.Helper()
	lines := strings.Split(strings.TrimSpace(text), "\n")
	command := lines[0]
	for part := range notHere {
		if strings.Contains(command, part) {
			return
		}
	}
	if strings.Contains(command, "rollout status deployment/sluice-") {
		r.runs()
		return
	}
	if strings.Contains(command, "scale deployment/sluice-controller --replicas=0") && r.set != nil {
		if err := r.set.StopController(); err != nil {
			r.t.Error(err)
		}
	}
	if _, rest, ok := strings.Cut(command, " -k "); ok {
		folder, _, _ := strings.Cut(rest, " ")
		defer r.installs(folder)
	}
	cmd := exec.CommandContext(r.t.Context(), "sh", "-c", command)
	cmd.Dir = r.dir
	cmd.Env = append(os.Environ(), "PATH="+filepath.Join(r.dir, "bin")+":"+os.Getenv("PATH"), "KUBECONFIG="+shared.Kubeconfig(cluster.Admin))
	out, err := cmd.CombinedOutput()
	refused := slices.ContainsFunc(lines[1:], func(l string) bool { return strings.Contains(l, "is invalid") })
	if (err != nil) != refused && !strings.Contains(command, "doctor") {
		r.t.Errorf("$ %s\n%v\n%s", command, err, out)
	}
	for _, l := range lines[1:] {
		if l = strings.TrimSpace(l); l != "" && !strings.Contains(string(out), l) {
			r.t.Errorf("$ %s\nshows no line %q:\n%s", command, l, out)
		}
	}
}
