package suggest

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"sluice/cmd/internal/exit"
)

// Usage makes a program and all of its commands answer unknown commands and flags with the similar
// ones, and invalid values of flags with a valid one. Call it after all commands are added.
func Usage(root *cobra.Command) *cobra.Command {
	root.SetFlagErrorFunc(func(command *cobra.Command, err error) error { return exit.Usage(flagError(command, err)) })
	commands(root)
	return root
}

// commands checks the names of commands below this one. A command without an action of its own
// then prints its help.
func commands(command *cobra.Command) {
	for _, sub := range command.Commands() {
		commands(sub)
	}
	if !command.HasSubCommands() {
		explainArguments(command)
		return
	}
	command.Args = func(command *cobra.Command, args []string) error {
		if len(args) == 0 {
			return nil
		}
		var known []string
		for _, sub := range command.Commands() {
			if sub.IsAvailableCommand() {
				known = append(known, sub.Name())
			}
		}
		return exit.Usage(Unknown("command", args[0], known))
	}
	if !command.Runnable() {
		command.DisableFlagsInUseLine = true
		command.RunE = func(command *cobra.Command, _ []string) error { return command.Help() }
	}
}

// explainArguments makes a command without arguments say so. The library calls an argument an unknown command.
func explainArguments(command *cobra.Command) {
	check := command.Args
	if check == nil || len(strings.Fields(command.Use)) > 1 { // its use names arguments
		return
	}
	command.Args = func(command *cobra.Command, args []string) error {
		err := check(command, args)
		if err == nil || len(args) == 0 {
			return err
		}
		instead := "see: " + command.CommandPath() + " --help"
		if command.Flags().Lookup("node") != nil {
			instead = "for a node, write --node=" + args[0]
		}
		return exit.Usage(fmt.Errorf("%s takes no arguments, and got %q; %s", command.CommandPath(), args[0], instead))
	}
}

// flagError says what to write in place of a flag that can't be parsed.
func flagError(command *cobra.Command, err error) error {
	help := "see: " + command.CommandPath() + " --help"
	if unknown, ok := errors.AsType[*pflag.NotExistError](err); ok {
		name := unknown.GetSpecifiedName()
		if unknown.GetSpecifiedShortnames() != "" {
			return fmt.Errorf("unknown flag %q; %s", "-"+name, help)
		}
		if similar := flags(command, name); similar != "" {
			return fmt.Errorf("unknown flag %q; did you mean %s?", "--"+name, similar)
		}
		return fmt.Errorf("unknown flag %q; %s", "--"+name, help)
	}
	if missing, ok := errors.AsType[*pflag.ValueRequiredError](err); ok {
		return fmt.Errorf("--%s: the value is missing; write %s", missing.GetFlag().Name, example(missing.GetFlag()))
	}
	if invalid, ok := errors.AsType[*pflag.InvalidValueError](err); ok {
		reason := errors.Unwrap(invalid)
		if number, ok := errors.AsType[*strconv.NumError](reason); ok {
			reason = number.Err // without the function of Go's library
		}
		return fmt.Errorf("--%s: %q is not valid: %w; write %s", invalid.GetFlag().Name, invalid.GetValue(), reason, example(invalid.GetFlag()))
	}
	return fmt.Errorf("%w; %s", err, help)
}

// flags lists the flags that are similar to an unknown one. The name of an output format is one
// too: --wide is meant as --output=wide.
func flags(command *cobra.Command, name string) string {
	var known []string
	command.Flags().VisitAll(func(f *pflag.Flag) {
		if !f.Hidden {
			known = append(known, f.Name)
		}
	})
	if output := command.Flags().Lookup("output"); output != nil && regexp.MustCompile(`\b`+regexp.QuoteMeta(name)+`\b`).MatchString(output.Usage) {
		return "--output=" + name
	}
	similar := Similar(name, known)
	for i := range similar {
		similar[i] = "--" + similar[i]
	}
	return strings.Join(similar, ", ")
}

// example is a flag with a value of its type.
func example(f *pflag.Flag) string {
	value := f.DefValue
	switch {
	case value != "" && value != "[]" && value != "0" && value != "0s":
	case f.Value.Type() == "duration":
		value = "30s"
	case f.Value.Type() == "bool":
		value = "true"
	case strings.HasPrefix(f.Value.Type(), "int") || strings.HasPrefix(f.Value.Type(), "uint"):
		value = "1"
	default:
		value, _ = pflag.UnquoteUsage(f)
		value = strings.ToUpper(value)
	}
	return "--" + f.Name + "=" + value
}
