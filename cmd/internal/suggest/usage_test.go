package suggest_test

import (
	"io"
	"testing"

	"github.com/spf13/cobra"

	"sluice/cmd/internal/exit"
	"sluice/cmd/internal/suggest"
)

func program() *cobra.Command {
	root := &cobra.Command{Use: "sluice", SilenceErrors: true, SilenceUsage: true}
	check := &cobra.Command{Use: "check", Run: func(*cobra.Command, []string) {}}
	check.Flags().String("format", "", "text or `json`")
	check.Flags().String("fail-on", "error", "")
	check.Flags().Duration("timeout", 0, "")
	check.Flags().Bool("quiet", false, "")
	check.Flags().StringP("output", "o", "table", "table, wide or json")
	policy := &cobra.Command{Use: "policy"}
	policy.AddCommand(&cobra.Command{Use: "test", Run: func(*cobra.Command, []string) {}}, &cobra.Command{Use: "lint", Run: func(*cobra.Command, []string) {}})
	root.AddCommand(check, policy)
	return suggest.Usage(root)
}

func TestUsage(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"chek"}, `unknown command "chek"; did you mean check?`},
		{[]string{"chkc"}, `unknown command "chkc"; use one of: check, completion, policy`},
		{[]string{"policy", "tset"}, `unknown command "tset"; did you mean test?`},
		{[]string{"check", "--fail-onn=x"}, `unknown flag "--fail-onn"; did you mean --fail-on?`},
		{[]string{"check", "--fomat=json"}, `unknown flag "--fomat"; did you mean --format?`},
		{[]string{"check", "--wide"}, `unknown flag "--wide"; did you mean --output=wide?`},
		{[]string{"check", "--zzz"}, `unknown flag "--zzz"; see: sluice check --help`},
		{[]string{"check", "-z"}, `unknown flag "-z"; see: sluice check --help`},
		{[]string{"check", "--format"}, `--format: the value is missing; write --format=JSON`},
		{[]string{"check", "--timeout=5"}, `--timeout: "5" is not valid: time: missing unit in duration "5"; write --timeout=30s`},
		{[]string{"check"}, ""},
		{[]string{"policy"}, ""},
		{nil, ""},
	} {
		root := program()
		root.SetArgs(append([]string{}, c.args...))
		root.SetOut(io.Discard)
		err := root.Execute()
		got := ""
		if err != nil {
			got = err.Error()
		}
		if got != c.want {
			t.Errorf("%v: %q, want %q", c.args, got, c.want)
		}
		if status := exit.Status(err, "sluice", io.Discard); (err == nil) != (status == exit.Success) || err != nil && status != exit.Incomplete {
			t.Errorf("%v: exit status %d", c.args, status)
		}
	}
}
