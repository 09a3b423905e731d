// Package terminal tells commands about the terminal that they print to.
package terminal

import (
	"fmt"
	"os"
)

// Is reports whether a stream is a terminal.
func Is(stream any) bool {
	file, ok := stream.(*os.File)
	if !ok {
		return false
	}
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// Color decides by the flag --color whether to color the output. With "auto" the output is
// colored on a terminal, unless NO_COLOR is set or TERM is dumb.
func Color(when string, out any, getenv func(string) string) (bool, error) {
	switch when {
	case "always":
		return true, nil
	case "never":
		return false, nil
	case "auto":
		return Is(out) && getenv("NO_COLOR") == "" && getenv("TERM") != "dumb", nil
	}
	return false, fmt.Errorf("--color: %q is unknown; use auto, always or never", when)
}
