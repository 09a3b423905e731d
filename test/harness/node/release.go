package node

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Release is the release of Debian from which Open vSwitch, OVN and the collectors are, such as "13";
// empty for those of this machine.
type Release string

// The releases that tests use.
const (
	Debian12 Release = "12" // Open vSwitch 3.1, OVN 23.03
	Debian13 Release = "13" // Open vSwitch 3.5, OVN 25.03
)

// ReleaseVariable is an environment variable with the release that a suite uses. "make test" runs the
// suite of the applier with two releases.
const ReleaseVariable = "SLUICE_DEBIAN"

// ChosenRelease is the release in the environment.
func ChosenRelease() Release { return Release(os.Getenv(ReleaseVariable)) }

// NewestRelease is Debian 13 if its programs are there, or else the release of this machine.
func NewestRelease(ctx context.Context) Release {
	if _, err := FindPrograms(ctx, Debian13); err != nil {
		return ""
	}
	return Debian13
}

// unpacked is the folder of a release that this machine does not have; empty for the release of this
// machine.
func (r Release) unpacked(repository string) (string, error) {
	if r == "" {
		return "", nil
	}
	root := filepath.Join(repository, "bin", "packages-"+string(r))
	_, err := os.Stat(root)
	switch {
	case err == nil:
		return root, nil
	case !errors.Is(err, fs.ErrNotExist):
		return "", fmt.Errorf("look for the packages of Debian %s: %w", r, err)
	case r == machineRelease():
		return "", nil
	}
	return "", fmt.Errorf("no programs of Debian %s in %s; run \"make packages\"", r, root)
}

// machineRelease is the release of this machine; empty if it is not Debian.
func machineRelease() Release {
	text, err := os.ReadFile("/etc/os-release")
	if err != nil {
		return ""
	}
	values := map[string]string{}
	for line := range strings.Lines(string(text)) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		values[name] = strings.Trim(value, `"`)
	}
	if values["ID"] != "debian" {
		return ""
	}
	return Release(values["VERSION_ID"])
}
