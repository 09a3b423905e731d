package image

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"

	"github.com/sluice-project/sluice/test/cluster"
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
	env := []string{"PLATFORMS=" + platform(t)}
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
			Version, ShortDescription string
			Platforms                 []struct{ URI, SHA256, Bin string }
		}
	}
	text, err := os.ReadFile(filepath.Join(dir, "sluice.yaml"))
	if err == nil {
		err = yaml.Unmarshal(text, &plugin)
	}
	if err != nil || plugin.Metadata.Name != "sluice" || plugin.Spec.Version != version || len(plugin.Spec.Platforms) != 1 {
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
}

// platform is this machine's.
func platform(t *testing.T) string {
	t.Helper()
	return run(t, nil, "go", "env", "GOOS") + "/" + run(t, nil, "go", "env", "GOARCH")
}
