package test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The linker leaves out the methods that no code calls, unless a function that it keeps looks methods up by a
// name that it can't know, as package text/template does. Then it keeps the methods of all types: the
// webhook had twice its size, and 17 MiB more of resident memory.
func TestProgramsLookUpNoMethodsByName(t *testing.T) {
	programs, err := filepath.Glob("../cmd/*/main.go")
	if err != nil || len(programs) != 4 {
		t.Fatalf("%q, %v: want four programs", programs, err)
	}
	for _, path := range programs {
		name := filepath.Base(filepath.Dir(path))
		t.Run(name, func(t *testing.T) {
			command := exec.CommandContext(t.Context(), "go", "build", "-ldflags=-dumpdep", "-o", filepath.Join(t.TempDir(), name), "./cmd/"+name)
			command.Dir, command.Env = "..", append(os.Environ(), "CGO_ENABLED=0") // as the images are built
			// The linker prints a line for each dependency, "A -> B", to stderr.
			printed, err := command.CombinedOutput()
			if err != nil {
				t.Fatalf("%v: %.2000s", err, printed)
			}
			found := map[string]bool{}
			read := 0
			for line := range strings.Lines(string(printed)) {
				from, _, isDependency := strings.Cut(line, " -> ")
				if !isDependency {
					continue
				}
				read++
				if function, marked := strings.CutSuffix(from, " <ReflectMethod>"); marked {
					found[function] = true
				}
			}
			if read < 10_000 {
				t.Errorf("the linker printed %d dependencies; the test reads its output wrongly", read)
			}
			for function := range found {
				t.Errorf("%s looks up methods by name; use a function that does not, so that the linker can leave out what no code calls", function)
			}
		})
	}
}
