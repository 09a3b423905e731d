// Package version has the command that prints the version of a program.
package version

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"sluice/cmd/internal/exit"
	"sluice/cmd/internal/output"
)

// info is what "version -o json" prints.
type info struct {
	output.Type
	Program   string `json:"program"`
	Version   string `json:"version"`
	Revision  string `json:"revision,omitempty"`
	GoVersion string `json:"goVersion"`
	Platform  string `json:"platform"`
}

// Command prints the version of a program. The linker sets version; without it, it is "devel".
func Command(program, version string) *cobra.Command {
	var format string
	command := &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			i := read(program, version)
			switch format {
			case "text":
				_, err := fmt.Fprint(cmd.OutOrStdout(), i.text())
				return err
			case "json":
				return output.JSON(cmd.OutOrStdout(), i)
			}
			return exit.Usage(fmt.Errorf("--output: %q is unknown; use text or json", format))
		},
	}
	command.Flags().StringVarP(&format, "output", "o", "text", "output format: text or json")
	return command
}

// Flag adds the flag --version, which prints the same line. Cobra writes it without a template: a program that can
// execute templates keeps the methods of all types, which doubles its size and the memory that it uses.
func Flag(command *cobra.Command, version string) *cobra.Command {
	command.Version = read(command.DisplayName(), version).details()
	command.InitDefaultVersionFlag()
	command.Flags().Lookup("version").Usage = "print the version"
	return command
}

func (i info) text() string {
	return fmt.Sprintf("%s version %s\n", i.Program, i.details())
}

func (i info) details() string {
	return fmt.Sprintf("%s (%s, %s)", i.Version, i.GoVersion, i.Platform)
}

func read(program, version string) info {
	i := info{Type: output.Of("Version"), Program: program, Version: version, GoVersion: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
	build, ok := debug.ReadBuildInfo()
	if !ok {
		return i
	}
	if version == "devel" && build.Main.Version != "" && build.Main.Version != "(devel)" {
		i.Version = build.Main.Version // of go install MODULE@VERSION
	}
	for _, setting := range build.Settings {
		if setting.Key == "vcs.revision" {
			i.Revision = setting.Value
		}
	}
	return i
}
