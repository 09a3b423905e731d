package main

import (
	"fmt"
	"runtime/debug"
	"strconv"

	"github.com/spf13/pflag"
)

// memoryShare is the part of the container's memory that the Go runtime may use, in percent. The rest is for
// the program itself, and for the buffers of the kernel that count as its memory.
const memoryShare = 75

// memoryFlags say how much memory the process has.
type memoryFlags struct {
	limit string
	// configured says that GOMEMLIMIT is set, which the Go runtime reads itself.
	configured bool
}

func (f *memoryFlags) register(flags *pflag.FlagSet, getenv func(string) string) {
	f.configured = getenv("GOMEMLIMIT") != ""
	flags.StringVar(&f.limit, "memory-limit", getenv("MEMORY_LIMIT"), fmt.Sprintf("memory limit of the container, in bytes. The garbage collector keeps the memory below %d %% of it, unless the environment variable GOMEMLIMIT is set (env MEMORY_LIMIT; default no limit)", memoryShare))
}

// soft is the limit for the Go runtime in bytes; 0 if there is none to set.
func (f *memoryFlags) soft() (int64, error) {
	if f.limit == "" {
		return 0, nil
	}
	bytes, err := strconv.ParseInt(f.limit, 10, 64)
	if err != nil || bytes <= 0 {
		return 0, fmt.Errorf("--memory-limit: %q is not a number of bytes, such as 134217728", f.limit)
	}
	if f.configured {
		return 0, nil
	}
	return bytes / 100 * memoryShare, nil
}

// apply sets the limit for the Go runtime.
func (f *memoryFlags) apply() error {
	bytes, err := f.soft()
	if err == nil && bytes > 0 {
		debug.SetMemoryLimit(bytes)
	}
	return err
}
