package version_test

import (
	"encoding/json"
	"runtime"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"sluice/cmd/internal/version"
)

func printed(t *testing.T, args ...string) (string, error) {
	t.Helper()
	var out strings.Builder
	command := version.Command("sluice-agent", "v1.2.3")
	command.SilenceErrors, command.SilenceUsage = true, true
	command.SetOut(&out)
	command.SetArgs(args)
	err := command.Execute()
	return out.String(), err
}

func TestVersionText(t *testing.T) {
	want := "sluice-agent version v1.2.3 (" + runtime.Version() + ", " + runtime.GOOS + "/" + runtime.GOARCH + ")\n"
	if got, err := printed(t); got != want || err != nil {
		t.Errorf("printed %q, %v; want %q", got, err, want)
	}
}

func TestVersionJSON(t *testing.T) {
	got, err := printed(t, "-o", "json")
	if err != nil {
		t.Fatal(err)
	}
	if head := "{\n  \"apiVersion\": \"cli.sluice.dev/v1alpha1\",\n  \"kind\": \"Version\",\n  \"program\": \"sluice-agent\",\n  \"version\": \"v1.2.3\",\n"; !strings.HasPrefix(got, head) {
		t.Errorf("printed %s", got)
	}
	var v map[string]string
	if err := json.Unmarshal([]byte(got), &v); err != nil || v["goVersion"] == "" || v["platform"] == "" {
		t.Errorf("%v: %v", err, v)
	}
}

func TestUnknownFormatIsRefused(t *testing.T) {
	if _, err := printed(t, "-o", "xml"); err == nil || !strings.Contains(err.Error(), `--output: "xml" is unknown; use text or json`) {
		t.Error(err)
	}
}

func TestTheFlagPrintsTheSame(t *testing.T) {
	var out strings.Builder
	command := version.Flag(&cobra.Command{Use: "sluice-agent", Run: func(*cobra.Command, []string) { t.Error("it runs") }}, "v1.2.3")
	command.SetOut(&out)
	command.SetArgs([]string{"--version"})
	if err := command.Execute(); err != nil {
		t.Fatal(err)
	}
	if want, err := printed(t); err != nil || out.String() != want {
		t.Errorf("printed %q, not %q", out.String(), want)
	}
}
