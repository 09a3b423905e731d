package images

import (
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"

	"sluice/test/harness/cluster"
)

// The images of the tests' release, one with a tag and one with a digest.
const (
	image      = "registry.example.com:5000/sluice-webhook:v0.0.0-test"
	agentImage = "registry.example.com/sluice-agent@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
)

// TestTheFilesOfARelease are the same each time, and say the truth about each other.
func TestTheFilesOfARelease(t *testing.T) {
	root, err := cluster.Root(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	assets, err := cluster.Assets(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	cyclonedx := filepath.Join(root, "bin", "cyclonedx-gomod")
	if _, err := os.Stat(cyclonedx); err != nil {
		t.Fatal(`no bin/cyclonedx-gomod; run "make packaging"`)
	}
	env := []string{"PLATFORMS=" + platform(t), "IMAGE=" + image, "AGENT_IMAGE=" + agentImage, "DOWNLOADS=https://downloads.example.com/" + version, "PROJECT_URL=https://project.example.com"}
	read := func() (dir, checksums string) {
		t.Helper()
		dir = t.TempDir()
		run(t, env, "hack/release.sh", version, dir, filepath.Join(assets, "kubectl"), cyclonedx)
		text, err := os.ReadFile(filepath.Join(dir, "checksums.txt"))
		if err != nil {
			t.Fatal(err)
		}
		return dir, string(text)
	}
	dir, first := read()
	if _, second := read(); second != first {
		t.Errorf("the same commit gives\n%s\nand\n%s", first, second)
	}
	sums := map[string]string{}
	for line := range strings.Lines(first) {
		sum, name, _ := strings.Cut(strings.TrimSpace(line), "  ")
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil || fmt.Sprintf("%x", sha256.Sum256(text)) != sum {
			t.Errorf("%s is not what checksums.txt says (%v)", name, err)
		}
		sums[name] = sum
	}
	var plugin struct {
		Metadata struct{ Name string }
		Spec     struct {
			Version, ShortDescription, Homepage string
			Platforms                           []struct{ URI, SHA256, Bin string }
		}
	}
	text, err := os.ReadFile(filepath.Join(dir, "sluice.yaml"))
	if err == nil {
		err = yaml.Unmarshal(text, &plugin)
	}
	if err != nil || plugin.Metadata.Name != "sluice" || plugin.Spec.Version != version || plugin.Spec.Homepage != "https://project.example.com" || len(plugin.Spec.Platforms) != 1 {
		t.Fatalf("%v: %s", err, text)
	}
	p := plugin.Spec.Platforms[0]
	if len(plugin.Spec.ShortDescription) > 50 || p.SHA256 != sums[filepath.Base(p.URI)] {
		t.Errorf("krew would refuse it: %s", text)
	}
	unpacked := t.TempDir()
	run(t, nil, "tar", "-xzf", filepath.Join(dir, filepath.Base(p.URI)), "-C", unpacked)
	if got := run(t, nil, filepath.Join(unpacked, p.Bin), "--help"); !strings.Contains(got, "kubectl sluice") {
		t.Errorf("the plugin says %s", got)
	}
	if _, err := os.Stat(filepath.Join(unpacked, "LICENSE")); err != nil {
		t.Error(err)
	}
	installs(t, dir)
}

// installs holds each way to install in a release to the images that it is for. The webhook and the
// controller have the same image.
func installs(t *testing.T, dir string) {
	t.Helper()
	named := func(what, text string) {
		t.Helper()
		if strings.Count(text, "image: "+image) != 2 || strings.Count(text, "image: "+agentImage) != 1 {
			t.Errorf("%s does not run the images of the release:\n%s", what, regexp.MustCompile(`.*image: .*`).FindAllString(text, -1))
		}
	}
	for _, overlay := range []string{"openshift", "cert-manager", "managed", "localhost", "vanilla", "vanilla-ipv6"} {
		text, err := os.ReadFile(filepath.Join(dir, "install-"+overlay+".yaml"))
		if err != nil {
			t.Fatal(err)
		}
		named(overlay, string(text))
	}
	number := strings.TrimPrefix(version, "v")
	root, err := cluster.Root(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	chart := filepath.Join(dir, "sluice-"+number+".tgz")
	rendered := run(t, nil, filepath.Join(root, "bin", "helm"), "template", "sluice", chart, "--kube-version=1.37.0")
	named("the chart", strings.ReplaceAll(rendered, `"`, ""))
	about := run(t, nil, filepath.Join(root, "bin", "helm"), "show", "chart", chart)
	if !strings.Contains(about, "\nversion: "+number) || !strings.Contains(about, "appVersion: "+version) || strings.Contains(about, "No release") {
		t.Errorf("the chart says of itself:\n%s", about)
	}
	unpacked := t.TempDir()
	run(t, nil, "tar", "-xzf", filepath.Join(dir, "olm.tar.gz"), "-C", unpacked)
	csv, err := os.ReadFile(filepath.Join(unpacked, "olm", "manifests", "sluice.clusterserviceversion.yaml"))
	if err != nil || !strings.Contains(string(csv), "name: sluice.v"+number) || !strings.Contains(string(csv), "containerImage: "+image) {
		t.Errorf("the bundle is of another version or image (%v)", err)
	}
	applied, err := os.ReadFile(filepath.Join(unpacked, "olm", "cluster", "objects.yaml"))
	if err != nil || !strings.Contains(string(applied), "image: "+agentImage) {
		t.Errorf("the administrator's part names another image (%v)", err)
	}
}

// TestAReleaseIsOfNamedImages: no registry is the default, which somebody else could own.
func TestAReleaseIsOfNamedImages(t *testing.T) {
	root, err := cluster.Root(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ version, image, agent, want string }{
		{version, "", agentImage, "IMAGE must name the image"},
		{version, image, "", "AGENT_IMAGE must name the image"},
		{version, "sluice:v1", agentImage, `not "sluice:v1"`},
		{version, "registry.example.com:5000/sluice", agentImage, "with its registry and a tag or a digest"},
		{"0f3c1d2-dirty", image, agentImage, "VERSION must be like v1.2.3"},
	} {
		out := filepath.Join(t.TempDir(), "out")
		cmd := exec.CommandContext(t.Context(), "hack/release.sh", c.version, out, "kubectl", "cyclonedx")
		cmd.Dir, cmd.Env = root, append(os.Environ(), "IMAGE="+c.image, "AGENT_IMAGE="+c.agent)
		text, err := cmd.CombinedOutput()
		if err == nil || !strings.Contains(string(text), c.want) {
			t.Errorf("%+v: %v %s", c, err, text)
		}
		if _, err := os.Stat(out); err == nil {
			t.Errorf("%+v: files were written", c)
		}
	}
}

// platform is this machine's.
func platform(t *testing.T) string {
	t.Helper()
	return run(t, nil, "go", "env", "GOOS") + "/" + run(t, nil, "go", "env", "GOARCH")
}
