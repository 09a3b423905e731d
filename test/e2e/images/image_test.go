package images

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sluice/test/harness/cluster"
	"sluice/test/harness/require"
)

// version is what the images and files of the tests are called.
const version = "v0.0.0-test"

func run(t *testing.T, env []string, name string, args ...string) string {
	t.Helper()
	root, err := cluster.Root(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir = root
	cmd.Env = append(os.Environ(), env...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return strings.TrimSpace(string(out))
}

// TestTheWebhooksImage is built twice: both are the same image, with nothing in it but the
// program, which nobody but its own user runs.
func TestTheWebhooksImage(t *testing.T) {
	require.Root(t, "building an image")
	require.Programs(t, "buildah")
	name := "localhost/sluice-webhook:" + version
	id := func() string {
		t.Helper()
		run(t, nil, "hack/image.sh", version, "webhook")
		return run(t, nil, "buildah", "images", "--quiet", "--no-trunc", name)
	}
	first := id()
	t.Cleanup(func() { _ = exec.Command("buildah", "rmi", name).Run() }) //nolint:noctx // after the test's context
	if second := id(); second != first {
		t.Errorf("the same commit gives %s and %s", first, second)
	}
	var image struct {
		OCIv1 struct {
			Config struct {
				User       string
				Entrypoint []string
				Cmd        []string
				Labels     map[string]string
			} `json:"config"`
		}
	}
	if err := json.Unmarshal([]byte(run(t, nil, "buildah", "inspect", "--type=image", name)), &image); err != nil {
		t.Fatal(err)
	}
	c := image.OCIv1.Config
	if c.User != "65532:65532" || !slices.Equal(c.Entrypoint, []string{"/usr/local/bin/sluice-webhook"}) || c.Labels["org.opencontainers.image.version"] != version {
		t.Errorf("%+v", c)
	}
	container := run(t, nil, "buildah", "from", name)
	t.Cleanup(func() { _ = exec.Command("buildah", "rm", container).Run() }) //nolint:noctx // after the test's context
	if got := run(t, nil, "buildah", "run", "--isolation=chroot", container, "--", "/usr/local/bin/sluice-webhook", "version"); !strings.Contains(got, version) {
		t.Errorf("sluice-webhook version: %s", got)
	}
	var files []string
	mounted := run(t, nil, "buildah", "mount", container)
	err := filepath.WalkDir(mounted, func(path string, entry os.DirEntry, err error) error {
		if err == nil && entry.Type().IsRegular() {
			files = append(files, strings.TrimPrefix(path, mounted))
		}
		return err
	})
	if err != nil || !slices.Contains(files, "/usr/local/bin/sluice-webhook") || slices.ContainsFunc(files, func(f string) bool { return strings.Contains(f, "/bin/") && f != "/usr/local/bin/sluice-webhook" }) {
		t.Errorf("the image has %v (%v)", files, err)
	}
}

// TestTheAgentsImage has the tools that the agent runs, where it looks for them, and no
// database of this machine's build.
func TestTheAgentsImage(t *testing.T) {
	require.Root(t, "building an image")
	require.Programs(t, "buildah")
	name := "localhost/sluice-agent:" + version
	// Left for the next time: it takes half a minute to make.
	const base = "localhost/sluice-base:trixie"
	if run(t, nil, "buildah", "images", "--quiet", "--filter=reference="+base) == "" {
		require.Programs(t, "debootstrap")
		run(t, nil, "hack/image-base.sh", "bin/image-base")
	}
	run(t, []string{"AGENT_BASE=" + base}, "hack/image.sh", version, "agent")
	t.Cleanup(func() { _ = exec.Command("buildah", "rmi", name).Run() }) //nolint:noctx // after the test's context
	container := run(t, nil, "buildah", "from", name)
	t.Cleanup(func() { _ = exec.Command("buildah", "rm", container).Run() }) //nolint:noctx // after the test's context
	inside := func(args ...string) string {
		t.Helper()
		return run(t, nil, "buildah", append([]string{"run", "--isolation=chroot", container, "--"}, args...)...)
	}
	for tool, version := range map[string]string{"ovs-vsctl": "3.5.", "ovsdb-client": "3.5.", "ovs-ofctl": "3.5.", "ovs-appctl": "3.5.", "ovn-nbctl": "25.03."} {
		first, _, _ := strings.Cut(inside(tool, "--version"), "\n")
		if !strings.HasPrefix(first, tool+" ") || !strings.Contains(first, " "+version) {
			t.Errorf("%s --version: %s, want %s", tool, first, version)
		}
	}
	program := run(t, nil, "buildah", "inspect", "--type=image", "--format={{index .OCIv1.Config.Entrypoint 0}}", name)
	if got := inside(program, "version"); !strings.Contains(got, version) {
		t.Errorf("%s version: %s", program, got)
	}
	if got := inside("find", "/etc/openvswitch", "/var/lib/apt/lists", "/var/cache/apt", "-type", "f"); got != "" {
		t.Errorf("the image has %s", got)
	}
}
