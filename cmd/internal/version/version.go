// Package version is the command that prints a program's version.
package version

import (
	"encoding/json"
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// info is what "version -o json" prints.
type info struct {
	Version  string `json:"version"`
	Revision string `json:"revision,omitempty"`
	Go       string `json:"go"`
	Platform string `json:"platform"`
}

// Command prints the version of a program. The linker sets version; "devel" stands for none.
func Command(program, version string) *cobra.Command {
	var output string
	command := &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			i := read(version)
			switch output {
			case "text":
				_, err := fmt.Fprintf(cmd.OutOrStdout(), "%s %s (%s, %s)\n", program, i.Version, i.Go, i.Platform)
				return err
			case "json":
				encoder := json.NewEncoder(cmd.OutOrStdout())
				encoder.SetIndent("", "  ")
				return encoder.Encode(i)
			}
			return fmt.Errorf("--output: %q is unknown; choose text or json", output)
		},
	}
	command.Flags().StringVarP(&output, "output", "o", "text", "text or json")
	return command
}

func read(version string) info {
	i := info{Version: version, Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
	build, ok := debug.ReadBuildInfo()
	if !ok {
		return i
	}
	if version == "devel" && build.Main.Version != "" && build.Main.Version != "(devel)" {
		i.Version = build.Main.Version // go install MODULE@VERSION
	}
	for _, setting := range build.Settings {
		if setting.Key == "vcs.revision" {
			i.Revision = setting.Value
		}
	}
	return i
}
