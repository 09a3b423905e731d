package node

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// Programs says where the programs are.
type Programs struct {
	paths map[string]string
	// root is the root folder of the packages: "/", <repository>/bin/packages, or that of a release.
	root string
	env  []string
}

// programNames are the programs that this package runs.
func programNames() []string {
	return append(switchPrograms(), "ip", "nfcapd", "nfdump", "sfacctd", "nfacctd")
}

// switchPrograms are the programs of Open vSwitch and OVN.
func switchPrograms() []string {
	return []string{
		"ovsdb-server", "ovs-vswitchd", "ovsdb-tool", "ovsdb-client", "ovs-vsctl", "ovs-ofctl",
		"ovs-appctl", "ovn-northd", "ovn-controller", "ovn-nbctl", "ovn-sbctl", "ovn-appctl",
	}
}

// FindPrograms finds the programs of a release. Those of this machine are looked for in PATH, in the
// system's folders and in <repository>/bin/packages, where "make packages" unpacks them for users
// without root.
func FindPrograms(ctx context.Context, release Release) (*Programs, error) {
	repository, err := repositoryRoot(ctx)
	if err != nil {
		return nil, err
	}
	unpacked := filepath.Join(repository, "bin", "packages")
	folders := slices.Concat(filepath.SplitList(os.Getenv("PATH")), programFolders("/"), programFolders(unpacked))
	other, err := release.unpacked(repository)
	if err != nil {
		return nil, err
	}
	if other != "" {
		folders = append([]string{filepath.Join(other, "programs")}, folders...)
	}
	p := &Programs{paths: map[string]string{}, root: "/"}
	for _, name := range programNames() {
		path := firstExecutable(folders, name)
		if path == "" {
			return nil, fmt.Errorf("no program %s; run \"make packages\"", name)
		}
		p.paths[name] = path
	}
	switch {
	case other != "":
		p.root = other
	case strings.HasPrefix(p.paths["ovs-vsctl"], unpacked+"/"):
		p.root = unpacked
	}
	for _, schema := range []string{p.SwitchSchema(), p.NorthboundSchema(), p.southboundSchema()} {
		if _, err := os.Stat(schema); err != nil {
			return nil, fmt.Errorf("no schema %s; run \"make packages\"", schema)
		}
	}
	p.env = append(os.Environ(), "PATH="+strings.Join(folders, ":"))
	if info, err := os.Stat(unpacked); err == nil && info.IsDir() {
		p.env = append(p.env, "LD_LIBRARY_PATH="+strings.Join(libraryFolders(unpacked), ":"))
	}
	return p, nil
}

// Path is the path of a program. It panics for a program that this package does not run.
func (p *Programs) Path(name string) string {
	path, ok := p.paths[name]
	if !ok {
		panic("node: unknown program " + name)
	}
	return path
}

// Env is the environment to run the programs with.
func (p *Programs) Env() []string { return slices.Clone(p.env) }

// SwitchSchema is the file of the Open_vSwitch database's schema.
func (p *Programs) SwitchSchema() string {
	return filepath.Join(p.root, "usr/share/openvswitch/vswitch.ovsschema")
}

// NorthboundSchema is the file of the schema of OVN's northbound database.
func (p *Programs) NorthboundSchema() string {
	return filepath.Join(p.root, "usr/share/ovn/ovn-nb.ovsschema")
}

func (p *Programs) southboundSchema() string {
	return filepath.Join(p.root, "usr/share/ovn/ovn-sb.ovsschema")
}

// programFolders are the folders with programs in the packages of Debian. /usr/sbin/ovs-vswitchd is a
// link that only an installation creates.
func programFolders(root string) []string {
	var folders []string
	for _, folder := range []string{"usr/sbin", "usr/bin", "sbin", "bin", "usr/lib/openvswitch-switch"} {
		folders = append(folders, filepath.Join(root, folder))
	}
	return folders
}

func libraryFolders(root string) []string {
	folders, err := filepath.Glob(filepath.Join(root, "usr/lib/*-linux-gnu"))
	if err != nil || len(folders) == 0 {
		return []string{filepath.Join(root, "usr/lib")}
	}
	return append(folders, filepath.Join(root, "usr/lib"))
}

func firstExecutable(folders []string, name string) string {
	for _, folder := range folders {
		path := filepath.Join(folder, name)
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0 {
			return path
		}
	}
	return ""
}

func repositoryRoot(ctx context.Context) (string, error) {
	out, err := exec.CommandContext(ctx, "go", "env", "GOMOD").Output()
	mod := strings.TrimSpace(string(out))
	if err != nil || mod == "" || mod == os.DevNull {
		return "", fmt.Errorf("find the repository: %w", err)
	}
	return filepath.Dir(mod), nil
}

// lookup returns Path for the programs of this package. Other programs are found in PATH.
func (p *Programs) lookup(name string) string {
	if path, ok := p.paths[name]; ok {
		return path
	}
	if path, err := exec.LookPath(name); err == nil {
		return path
	}
	return name
}
